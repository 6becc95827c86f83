"""What a status page answers when it is broken: each as an answer of `Vendor`, with a word its reason must hold."""

import gzip
import json
import socket
import struct

import pages

SIGN_IN = b"<!doctype html><html><head><title>Sign in</title></head><body><form>Sign in to go on</form></body></html>"


def reset(handler, _seen):
    """The connection breaks before a word was said."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def cut_off(handler, _seen):
    """More is promised than comes."""
    handler.send_response(200)
    handler.send_header("content-length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"page": {"id": "')
    handler.close_connection = True


def circle(handler, seen):
    handler.send_response(302)
    handler.send_header("location", seen["path"])
    handler.send_header("content-length", "0")
    handler.end_headers()


def endless(handler, _seen):
    """A body without an announced end."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.end_headers()
    handler.close_connection = True
    for _ in range(2_000):
        handler.wfile.write(b" " * 65_536)


WHOLE = json.dumps(pages.summary([pages.QUAY])).encode()
BOMB = gzip.compress(b" " * (64 << 20))

ALL = {
    "html": ((200, SIGN_IN, {"content-type": "text/html"}), "answers with a web page"),
    "forbidden": ((200, {"message": "Forbidden"}, {}), "Forbidden"),
    "refused": ((403, {"message": "Forbidden"}, {}), "403"),
    "truncated": ((200, WHOLE[: len(WHOLE) // 2], {"content-type": "application/json"}), ""),
    "cut-off": (cut_off, ""),
    "nothing": ((200, b"", {"content-type": "application/json"}), "nothing at all"),
    "error": ((500, b"oops", {}), "500"),
    "reset": (reset, ""),
    "circle": (circle, "circle"),
    "bomb": ((200, BOMB, {"content-type": "application/json", "content-encoding": "gzip"}), "more than we read"),
    "endless": (endless, "more than we read"),
}
