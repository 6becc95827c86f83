"""P5: from a vendor's answer that shows a change to the webhook that tells of it, durable outbox and signature included.

    python3 latency.py BINARY [--samples N]

Pages are polled every second. The clock runs from the moment the last answer of the poll that shows the change was
written to the moment the webhook's body was read. In the same run: a bare POST to the same receiver (the limit).
"""

import argparse
import base64
import json
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "e2e"))
import pages  # noqa: E402
import peers  # noqa: E402

PAGES = 20


class Vendor(peers.Vendor):
    """Notes when each answer had been written."""

    def __init__(self):
        self.answered = {}
        super().__init__()

    def respond(self, handler, seen):
        super().respond(handler, seen)
        handler.wfile.flush()
        self.answered.setdefault(seen["path"].split("/")[1], []).append(time.monotonic())


class Receiver(peers.Receiver):
    """Notes when each body had been read."""

    def __init__(self):
        self.arrived = {}
        super().__init__()

    def respond(self, handler, seen):
        now = time.monotonic()
        if seen["path"] == "/hook":
            body = json.loads(seen["body"])
            self.arrived[(body["data"]["provider"]["slug"], body["type"], body["data"]["incident"]["vendor_id"])] = now
        self.send(handler, 200, b"ok")


def configuration(vendor, receiver):
    secret = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()
    entries = "".join(
        f'[[provider]]\nslug = "p{n}"\nname = "Vendor {n}"\npage = "{vendor.url(f"/p{n}")}"\nplatform = "statuspage"\ninterval = "1s"\n'
        f'[[monitor]]\nprovider = "p{n}"\ngroups = ["all"]\n'
        for n in range(PAGES)
    )
    return (
        '[poll]\nspread = "0s"\n[net]\nallow_private = ["127.0.0.0/8"]\n[[group]]\nname = "all"\nchannels = ["hook"]\n'
        f'[[channel]]\nname = "hook"\nkind = "webhook"\nurl = "{receiver.url("/hook")}"\nsecret = "{secret}"\n{entries}'
    )


def quantiles(milliseconds):
    ordered = sorted(milliseconds)
    at = lambda share: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)  # noqa: E731
    return {"n": len(ordered), "p50_ms": at(0.5), "p90_ms": at(0.9), "p99_ms": at(0.99), "max_ms": round(ordered[-1], 2)}


def bare(receiver, count):
    """A POST on a connection of its own, from the first byte to the answer."""
    times = []
    for _ in range(count):
        began = time.monotonic()
        urllib.request.urlopen(urllib.request.Request(receiver.url("/bare"), data=b"x" * 1500), timeout=5).read()
        times.append((time.monotonic() - began) * 1000)
    return times


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--samples", type=int, default=300)
    arguments = parser.parse_args()
    peers.BINARY = Path(arguments.binary).resolve()
    vendor, receiver = Vendor(), Receiver()
    part = pages.component("c1", "API")
    for n in range(PAGES):
        pages.publish(vendor, f"/p{n}", [part])
    delays = []
    with tempfile.TemporaryDirectory() as folder:
        app = peers.Tocsin(folder, configuration(vendor, receiver), env={"TOCSIN_LOG": "warn"})
        peers.until(lambda: all(app.api(f"/providers/p{n}")["read_at"] for n in range(PAGES)), what="the first sweep")
        for turn in range((arguments.samples + PAGES - 1) // PAGES):
            ident = f"k{turn}"
            opened = pages.incident(ident, "Slow", "minor", [pages.update("u1", "investigating", "2026-02-20T22:21:00.000Z", "Looking.")], [part])
            for n in range(PAGES):
                pages.publish(vendor, f"/p{n}", [part], [opened], indicator="minor")
                time.sleep(0.013)
            for n in range(PAGES):
                key = (f"p{n}", "incident.opened", ident)
                peers.until(lambda key=key: key in receiver.arrived, 15, str(key))
                # What the vendor answered last before the webhook came belongs to the poll that showed the change.
                arrived = receiver.arrived[key]
                last = max(at for at in vendor.answered[f"p{n}"] if at <= arrived)
                delays.append((arrived - last) * 1000)
            over = pages.incident(ident, "Slow", "minor", [pages.update("u1", "investigating", "2026-02-20T22:21:00.000Z", "Looking."), pages.update("u2", "resolved", "2026-02-20T22:31:00.000Z", "Done.")], [part])
            for n in range(PAGES):
                pages.publish(vendor, f"/p{n}", [part], [over])
            peers.until(lambda: all((f"p{n}", "incident.resolved", ident) in receiver.arrived for n in range(PAGES)), 15, "the resolves")
        app.stop()
    print(json.dumps({"what": "P5 change to webhook", "ours": quantiles(delays), "limit_bare_post": quantiles(bare(receiver, 200))}))
    vendor.close()
    receiver.close()


if __name__ == "__main__":
    main()
