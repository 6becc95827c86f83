"""A small desk server: configuration and leases by the rules of the switchboard, over HTTP, on two origins.

It remembers what it was asked and what it granted, so that a test need not believe what a widget says of itself.
"""

import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

HERE = Path(__file__).resolve().parent
WEB = HERE.parent.parent / "voice/switchboard/web"
KINDS = {".js": "text/javascript", ".html": "text/html"}
TTL = 15
WHOLE = {"bridge": "v1", "codec": "pcmu", "ice": "all", "signalling": "/voice/call"}


def sealed(epoch, version, flags, min_build=1, expires=60_000):
    text = json.dumps({"flags": flags}, separators=(",", ":"))
    digest = hashlib.sha256(f"{epoch}.{version}\n{expires}\n{min_build}\n{text}".encode()).hexdigest()
    return {"epoch": epoch, "version": version, "hash": digest, "expires": expires, "minBuild": min_build, "snapshot": text}


class Desk:
    def __init__(self):
        self.lock = threading.Lock()
        self.epoch = 1
        self.build = 7
        self.current = sealed(1, 1, WHOLE)
        self.issued = {self.current["hash"]}
        self.instead = {}
        self.down = set()
        self.asked = set()
        self.granted = set()
        self.leases = {}
        self.token = 1000
        self.servers = [ThreadingHTTPServer(("127.0.0.1", 0), self.handler()) for _ in range(2)]
        for server in self.servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self.host, self.desk = (f"http://127.0.0.1:{server.server_port}" for server in self.servers)

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def publish(self, min_build=None, **flags):
        with self.lock:
            before = self.current
            held = json.loads(before["snapshot"])["flags"] | flags
            self.current = sealed(self.epoch, before["version"] + 1, held, min_build or before["minBuild"])
            self.issued.add(self.current["hash"])
            return self.current

    def restart(self):
        """Forgets every lease, and begins an epoch."""
        with self.lock:
            self.epoch += 1
            self.current = sealed(self.epoch, 1, json.loads(self.current["snapshot"])["flags"], self.current["minBuild"])
            self.issued.add(self.current["hash"])
            self.leases = {}
            self.token = self.epoch * 1000

    def routable(self, agent="ada"):
        """The widget to which a call may be offered at this moment."""
        with self.lock:
            lease = self.leases.get(agent)
            fits = lease and time.monotonic() < lease["until"] and lease["build"] >= self.current["minBuild"]
            return lease["widgetId"] if fits and lease["hash"] == self.current["hash"] else None

    def config(self, who):
        if who in self.down:
            return None
        return self.instead.get(who) or self.current

    def lease(self, request):
        with self.lock:
            now = time.monotonic()
            self.asked.add((request["widgetId"], request["hash"]))
            outcome = self.decide(now, request)
            if outcome["is"] == "leased":
                self.granted.add((request["widgetId"], request["hash"]))
            current = self.current
            return {
                "ask": request["ask"],
                "minBuild": current["minBuild"],
                "epoch": current["epoch"],
                "version": current["version"],
                "outcome": outcome,
            }

    def decide(self, now, request):
        def no(why):
            return {"is": "refused", "why": why}

        held = self.leases.get(request["agent"])
        if held and held["until"] <= now:
            held = self.leases.pop(request["agent"]) and None
        if held and (held["tab"] != request["tab"] or request["load"] < held["load"]):
            return no("another_tab")
        why = None
        if request["build"] < self.current["minBuild"]:
            why = "build_too_old"
        elif [request["epoch"], request["version"]] != [self.current["epoch"], self.current["version"]]:
            why = "stale_config"
        elif request["hash"] != self.current["hash"]:
            why = "wrong_hash"
        if why:
            self.leases.pop(request["agent"], None)
            return no(why)
        if not held or held["widgetId"] != request["widgetId"] or held["token"] != request["token"]:
            self.token += 1
            held = {"token": self.token}
        self.leases[request["agent"]] = {**request, "token": held["token"], "until": now + TTL}
        return {"is": "leased", "token": held["token"], "ttl": TTL * 1000, "renew": 5000}

    def release(self, request):
        with self.lock:
            held = self.leases.get(request["agent"])
            if held and held["token"] == request["token"]:
                del self.leases[request["agent"]]
            return {}

    def handler(desk):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self, body, kind="application/json", status=200):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "max-age=600" if kind == KINDS[".js"] else "no-store")
                self.end_headers()
                self.wfile.write(body)

            def say(self, value):
                if value is None:
                    self.answer(b"{}", status=503)
                else:
                    self.answer(json.dumps(value).encode())

            def do_GET(self):
                address = urlsplit(self.path)
                if address.path == "/voice/config":
                    return self.say(desk.config(parse_qs(address.query)["who"][0]))
                if address.path == "/build":
                    return self.say({"build": desk.build})
                name = Path(address.path).name
                file = (WEB if address.path.startswith("/web/") else HERE / "handshake") / name
                if not file.is_file():
                    return self.answer(b"", status=404)
                return self.answer(file.read_bytes(), KINDS[file.suffix])

            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if "lease" in desk.down:
                    return self.say(None)
                return self.say(desk.lease(request) if self.path == "/voice/lease" else desk.release(request))

            def log_message(self, *_):
                pass

        return Handler
