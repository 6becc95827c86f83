"""A telephone on a line that loses packets: what it does not get, or what does not arrive, has to come again.

`forgetful.py callee PORT` loses the first INVITE, sends its answer three times as if no ACK had come, and loses the first
BYE. `forgetful.py caller PORT TO` gets the answer three times before its ACK goes out. Either prints what it saw as one line
of JSON when the call is over."""

import json
import re
import socket
import sys

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"


def header(message, name):
    return re.search(rf"^{name}:[ \t]*(.*?)\r?$", message, re.M | re.I).group(1)


def reply(request, line, body="", tag=";tag=forgetful"):
    to = header(request, "To")
    lines = [f"SIP/2.0 {line}", f"Via: {header(request, 'Via')}", f"From: {header(request, 'From')}",
             f"To: {to if 'tag=' in to else to + tag}", f"Call-ID: {header(request, 'Call-ID')}",
             f"CSeq: {header(request, 'CSeq')}", f"Contact: <sip:127.0.0.1:{port}>"]
    return finished(lines, body)


def finished(lines, body=""):
    if body:
        lines.append("Content-Type: application/sdp")
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()


def messages(line):
    while True:
        bytes_, peer = line.recvfrom(4096)
        yield bytes_.decode(), peer


def callee(line):
    seen = {"INVITE": 0, "ACK": 0, "BYE": 0}
    answer = None
    for message, peer in messages(line):
        method = message.split(" ", 1)[0]
        if method not in seen:
            continue
        seen[method] += 1
        if method == "INVITE" and seen["INVITE"] == 2:
            line.sendto(reply(message, "180 Ringing"), peer)
            answer = reply(message, "200 OK", SDP.format(port=port + 1))
            line.sendto(answer, peer)
        elif method == "ACK" and seen["ACK"] < 3:
            line.sendto(answer, peer)
        elif method == "BYE" and seen["BYE"] == 2:
            line.sendto(reply(message, "200 OK"), peer)
            break
    print(json.dumps(seen), flush=True)


def caller(line, to):
    seen = {"100": 0, "180": 0, "200": 0}
    place = ("127.0.0.1", to)

    def ask(method, number, remote="", body=""):
        lines = [f"{method} sip:desk@127.0.0.1:{to} SIP/2.0",
                 f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK-{method}-{number}",
                 f"From: <sip:forgetful@127.0.0.1:{port}>;tag=forgetful", f"To: <sip:desk@127.0.0.1:{to}>{remote}",
                 "Call-ID: forgetful@127.0.0.1", f"CSeq: {number} {method}", "Max-Forwards: 70",
                 f"Contact: <sip:forgetful@127.0.0.1:{port}>"]
        line.sendto(finished(lines, body), place)

    ask("INVITE", 1, body=SDP.format(port=port + 1))
    for message, _ in messages(line):
        code = message.split(" ", 2)[1]
        if "BYE" in header(message, "CSeq"):
            seen["BYE"] = code
            break
        seen[code] += 1
        if seen["200"] == 3:
            remote = ";tag=" + header(message, "To").split("tag=")[1]
            ask("ACK", 1, remote)
            ask("BYE", 2, remote)
    print(json.dumps(seen), flush=True)


port = int(sys.argv[2])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
    own.bind(("127.0.0.1", port))
    own.settimeout(20)
    if sys.argv[1] == "callee":
        callee(own)
    else:
        caller(own, int(sys.argv[3]))
