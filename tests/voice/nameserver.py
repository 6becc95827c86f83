"""A name server for one domain: `nameserver.py PORT` says that calls for trunk.example are taken by gateway.trunk.example at
that port, and at 127.0.0.1. What else it is asked it does not know."""

import socket
import struct
import sys

SRV, A = 33, 1
SERVICE, GATEWAY = "_sip._udp.trunk.example", "gateway.trunk.example"


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def asked(question):
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode())
        at += 1 + question[at]
    return ".".join(labels).lower(), struct.unpack(">H", question[at + 1 : at + 3])[0], question[12 : at + 5]


def service(priority, weight, port, host):
    return struct.pack(">HHH", priority, weight, port) + name(host)


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", 53))
    known = {
        # The second is not to be tried while the first is there.
        (SERVICE, SRV): [service(20, 0, 9, GATEWAY), service(10, 5, int(sys.argv[1]), GATEWAY)],
        (GATEWAY, A): [socket.inet_aton("127.0.0.1")],
    }
    while True:
        question, peer = server.recvfrom(1500)
        who, kind, section = asked(question)
        answers = known.get((who, kind), [])
        unknown = 0 if any(one == who for one, _ in known) else 3
        reply = question[:2] + struct.pack(">HHHHH", 0x8580 | unknown, 1, len(answers), 0, 0) + section
        for answer in answers:
            reply += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(answer)) + answer
        server.sendto(reply, peer)
