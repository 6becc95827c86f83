"""A telephone for tests: SIP over UDP and PCMU, a tone to say, and an ear for tones."""

import math
import random
import re
import socket
import struct
import threading
import time
from typing import NamedTuple

RATE, FRAME = 8000, 160
# Whoever waits for something names what a free machine needs; a busy one is given so many times as much.
PATIENCE = 5


def encoded(sample):
    """µ-law (G.711)."""
    sign, size = (0x80, -sample) if sample < 0 else (0, sample)
    size = min(size, 32635) + 132
    exponent = max(size.bit_length() - 8, 0)
    return ~(sign | exponent << 4 | size >> exponent + 3 & 15) & 0xFF


def decoded(code):
    code = ~code & 0xFF
    size = ((code & 15) << 3) + 132 << (code >> 4 & 7)
    return 132 - size if code & 0x80 else size - 132


TABLE = [decoded(code) for code in range(256)]


def share(sound, hz):
    """The part of a sound's power that is one sine."""
    turn = 2 * math.cos(2 * math.pi * hz / RATE)
    before = last = 0.0
    for sample in sound:
        before, last = last, sample + turn * last - before
    energy = sum(sample * sample for sample in sound)
    return 0.0 if energy < len(sound) * 100 else 2 * (last * last + before * before - turn * last * before) / (len(sound) * energy)


def tones(payloads, hz):
    """In how many tenths of a second a tone is heard."""
    sound = [TABLE[code] for code in b"".join(payloads)]
    return sum(share(sound[at : at + 800], hz) > 0.5 for at in range(0, len(sound) - 799, 800))


class Heard(NamedTuple):
    """One packet of sound: when it came, its number (RTP), PCMU."""

    at: float
    number: int
    payload: bytes


class Telephone:
    """Calls at once. What the other end answers is in `codes`; `ended` says who hung up."""

    def __init__(self, port, user="support", caller="4930111", says=560, codec="0 PCMU", at="127.0.0.1", here="127.0.0.1"):
        self.to, self.user, self.caller, self.says = (at, port), user, caller, says
        self.sip, self.rtp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        # Ten seconds of sound, should this process have to wait.
        self.rtp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 19)
        for one in (self.sip, self.rtp):
            one.bind((here, 0))
            one.settimeout(0.02)
        self.id, self.tag, self.branch = (f"{random.getrandbits(48):x}" for _ in range(3))
        self.here, self.own = here, f"{here}:{self.sip.getsockname()[1]}"
        # Once it is answered: the other end's own address, and whom requests pass on their way there.
        self.target, self.routes = f"sip:{user}@{at}:{port}", []
        self.codes, self.ended, self.sound_to, self.over, self.to_tag = [], None, None, False, ""
        self.sound, self.packets, self.sources, self.said = [], 0, set(), 0
        number, name = codec.split()
        self.cseq, self.changes = 1, []
        self.body = f"v=0\r\no=t 1 1 IN IP4 {here}\r\ns=-\r\nc=IN IP4 {here}\r\nt=0 0\r\nm=audio {self.rtp.getsockname()[1]} RTP/AVP {number} 101\r\na=rtpmap:{number} {name}/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
        self.threads = [threading.Thread(target=what, daemon=True) for what in (self.signals, self.speaks_and_hears)]
        self.lock = threading.Lock()
        self.send(self.request("INVITE", 1, self.branch, self.body))
        for thread in self.threads:
            thread.start()

    def request(self, method, number, branch, body=""):
        tag = f";tag={self.to_tag}" if self.to_tag else ""
        lines = [
            f"{method} {self.target} SIP/2.0", f"Via: SIP/2.0/UDP {self.own};branch=z9hG4bK{branch}",
            "Max-Forwards: 70", f"From: <sip:{self.caller}@{self.here}>;tag={self.tag}", f"To: <sip:{self.user}@{self.to[0]}>{tag}",
            f"Call-ID: {self.id}", f"CSeq: {number} {method}", f"Contact: <sip:{self.caller}@{self.own}>",
            *(f"Route: {route}" for route in self.routes),
        ]
        kind = ["Content-Type: application/sdp"] if body else []
        return "\r\n".join([*lines, *kind, f"Content-Length: {len(body)}", "", body]).encode()

    def send(self, message):
        self.sip.sendto(message, self.to)

    def signals(self):
        while not self.over:
            try:
                text = self.sip.recv(8192).decode()
            except (TimeoutError, OSError):
                continue
            head, _, body = text.partition("\r\n\r\n")
            if head.startswith("SIP/2.0"):
                self.answered(int(head.split()[1]), head, body)
            elif head.startswith("BYE"):
                kept = [line for line in head.split("\r\n") if re.match(r"(Via|From|To|Call-ID|CSeq):", line, re.I)]
                self.send("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]).encode())
                self.ended = self.ended or "them"

    def answered(self, code, head, body):
        cseq = re.search(r"^CSeq: *(\d+) INVITE", head, re.M | re.I)
        if not cseq:
            return
        if int(cseq[1]) > 1:
            self.changed(int(cseq[1]), code, body)
            return
        self.codes.append(code)
        if code < 200:
            return
        self.to_tag = re.search(r"^To:.*tag=([^;\s]+)", head, re.M | re.I)[1]
        if code == 200:
            self.target = re.search(r"^Contact:.*<([^>]+)>", head, re.M | re.I)[1]
            self.routes = re.findall(r"<[^>]+>", " ".join(re.findall(r"^Record-Route:(.*)", head, re.M | re.I)))[::-1]
            self.sound_to = (re.search(r"^c=IN IP4 (\S+)", body, re.M)[1], int(re.search(r"m=audio (\d+)", body)[1]))
            self.send(self.request("ACK", 1, f"{self.branch}a"))
        else:
            # The ACK of a refusal belongs to its INVITE.
            self.send(self.request("ACK", 1, self.branch))
            self.ended = self.ended or "refused"

    def changed(self, number, code, body):
        if code >= 200:
            self.send(self.request("ACK", number, f"{self.branch}a{number}"))
            self.changes.append((code, body))

    def speaks_and_hears(self):
        at, sequence, stamp, turn = time.monotonic(), 65500, 0, 0
        while not self.over:
            while time.monotonic() < at:
                self.hear()
            at += 0.02
            stamp = (stamp + FRAME) & 0xFFFFFFFF
            if self.sound_to and self.says and not self.ended:
                tone = bytes(encoded(round(8000 * math.sin(2 * math.pi * self.says * (turn * FRAME + i) / RATE))) for i in range(FRAME))
                self.rtp.sendto(struct.pack("!BBHII", 0x80, 0, sequence & 0xFFFF, stamp, 7) + tone, self.sound_to)
                sequence += 1
                self.said += 1
            turn += 1

    def hear(self):
        try:
            packet = self.rtp.recv(2048)
        except (TimeoutError, OSError):
            return
        if packet[1] & 0x7F == 0:
            with self.lock:
                self.packets += 1
                self.sources.add(packet[8:12])
                self.sound.append(Heard(time.monotonic(), struct.unpack("!H", packet[2:4])[0], packet[12:]))

    def heard(self, hz, since=0.0):
        """In how many tenths of a second."""
        with self.lock:
            came = [packet.payload for packet in self.sound if packet.at >= since]
        return tones(came, hz)

    def recently(self, hz):
        """In how many tenths of the last half second."""
        with self.lock:
            return tones([packet.payload for packet in self.sound[-25:]], hz)

    def until(self, true, seconds, what):
        end = time.monotonic() + seconds * PATIENCE
        while not true():
            assert time.monotonic() < end, f"{what}: {self.codes}, ended by {self.ended}, {self.packets} packets"
            time.sleep(0.1)

    def cancels(self):
        self.send(self.request("CANCEL", 1, self.branch))

    def changes_to(self, direction):
        """Offers the same sound again, sent so from now on; what comes of it is in `changes`: codes and bodies."""
        self.cseq += 1
        self.send(self.request("INVITE", self.cseq, f"{self.branch}c{self.cseq}", self.body.replace("a=sendrecv", f"a={direction}")))

    def hangs_up(self):
        self.ended = self.ended or "us"
        self.cseq += 1
        self.send(self.request("BYE", self.cseq, f"{self.branch}b"))

    def close(self):
        if self.ended is None:
            if 200 in self.codes:
                self.hangs_up()
            else:
                self.cancels()
                self.until(lambda: self.ended, 3, "the end of what was cancelled")
        self.over = True
        for thread in self.threads:
            thread.join(1)
        self.sip.close()
        self.rtp.close()
