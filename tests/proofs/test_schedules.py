"""Seeded schedules of the handshake in Chromium against the real desk: storms, page and frame loaded again, configurations that
change, a desk that falls. Nobody is ever available without an acknowledged configuration, none goes back, all are well after."""

import contextlib
import json
import random
import signal
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from counted import ROOT, noted, spread, times

from desk_floor import Desk
from staffed import browser, chromium, network  # noqa: F401 (fixtures)
from telephone import PATIENCE

COUNT = times(10, 200)
SIDE_BY_SIDE = 10
# In seconds: of the storm, once all pages are open; and by when all are well after it.
STORM, WELL = 6, 10
FILES = {
    "/host.html": ROOT / "tests/proofs/host.html",
    "/weather.js": ROOT / "tests/voice/handshake/weather.js",
    "/web/host.js": ROOT / "voice/switchboard/web/host.js",
    "/web/handshake.js": ROOT / "voice/switchboard/web/handshake.js",
}
WEATHER, FRAME = FILES["/weather.js"].read_text(), (ROOT / "tests/proofs/frame.js").read_text()


class Pages(SimpleHTTPRequestHandler):
    """A site of its own, with a page that holds the desk's widget."""

    def translate_path(self, path):
        return str(FILES.get(path.split("?")[0], "nothing"))

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(network):
    server = ThreadingHTTPServer(("127.0.0.1", 8099), Pages)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield "http://127.0.0.1:8099"
    server.shutdown()
    server.server_close()


def plan(desk, seed, calm):
    dice = random.Random(seed)
    return {
        "seed": seed,
        "agent": f"agent-{seed:03}",
        "desk": desk.base,
        "calm": calm,
        "loss": dice.randint(0, 50),
        "copies": dice.randint(1, 5),
        "delay": dice.randint(0, 2000),
        "hostDelay": dice.randint(0, 2000),
        "widgetDelay": dice.randint(0, 2000),
        "restarts": [dice.randint(0, 3500) for _ in range(dice.randint(0, 2))],
        "reloads": [dice.randint(0, 3500) for _ in range(dice.randint(0, 1))],
    }


def loaded(page, site, plan):
    page.add_init_script(f"window.thePlan = {json.dumps(plan)}; if (location.pathname === '/widget') {{ {WEATHER} {FRAME} }}")
    page.goto(f"{site}/host.html", wait_until="commit")


def proved(issued, notes):
    """What may never be, by what one agent's widgets reported and the desk granted them."""
    faults, latest, granted = [], {}, set()
    for note in notes:
        if "asked" in note:
            asked = note["asked"]
            stamp = (asked["epoch"], asked["version"], asked["hash"])
            if note["outcome"]["is"] == "leased":
                granted.add((asked["widgetId"], stamp))
            continue
        report = note["reported"]
        stamp = report["stamp"] and (report["stamp"]["epoch"], report["stamp"]["version"], report["stamp"]["hash"])
        widget = report["widgetId"]
        if stamp and stamp[:2] < latest.get(widget, (0, 0)):
            faults.append(f"went back from {latest[widget]} to {stamp[:2]}")
        if stamp:
            latest[widget] = stamp[:2]
        if report["state"] == "AVAILABLE":
            if stamp not in issued:
                faults.append(f"available on {stamp}, which no desk issued")
            elif (widget, stamp) not in granted:
                faults.append("available on what it never acknowledged, or without a lease")
    return faults


def holds(desk):
    said = json.loads(desk.read("/voice/config")[1])
    return said["epoch"], said["version"], said["hash"]


class Storm:
    """Some schedules side by side on one desk."""

    def __init__(self, browser, site, folder, seeds):
        self.seeds = list(seeds)
        self.names = {f"agent-{seed:03}": seed for seed in self.seeds}
        self.data, self.site = folder / "data", site
        self.desk = self.start()
        self.issued = {holds(self.desk)}
        # Each with storage of its own, as agents have at their own machines.
        self.pages = {seed: browser.new_context().new_page() for seed in self.seeds}
        self.calm = time.time() + STORM + 0.3 * len(self.seeds)
        for seed, page in self.pages.items():
            loaded(page, site, plan(self.desk, seed, int(self.calm * 1000)))

    def start(self):
        return Desk(self.data, names=self.names, more=f'hosts = ["{self.site}"]')

    def weather(self):
        """Four changes of the configuration while it storms; at the third the desk falls and rises. Pages are there by then:
        what a browser cannot load at all is another matter than what is lost between those who talk."""
        for change in range(4):
            self.waits(max(0.2, (self.calm - time.time()) / (5 - change)))
            self.desk.turn("routing.queue.quick", change % 2 == 1)
            self.desk.turn("widget.min_build", 1 - change % 2)
            self.issued.add(holds(self.desk))
            if change == 2:
                while not all(page.evaluate("notes.length") for page in self.pages.values()):
                    self.waits(0.2)
                self.desk.process.send_signal(signal.SIGKILL)
                self.desk.process.wait(5)
                self.desk = self.start()
                self.issued.add(holds(self.desk))
        self.calm = max(self.calm, time.time())

    def waits(self, seconds):
        next(iter(self.pages.values())).wait_for_timeout(seconds * 1000)

    def well(self):
        """Seconds after the storm until the desk may ring each on what holds; those who never came there are missing."""
        self.waits(max(0.0, self.calm - time.time()))
        came, end = {}, self.calm + WELL * PATIENCE
        while len(came) < len(self.seeds) and time.time() < end:
            state, now = self.desk.state(), time.time()
            for one in state["agents"]:
                current = (one["epoch"], one["version"]) == (state["epoch"], state["version"])
                if one["routable"] and current and one["state"] == "AVAILABLE":
                    came.setdefault(self.names[one["agent"]], max(0.0, now - self.calm))
                else:
                    came.pop(self.names[one["agent"]], None)
            self.waits(0.1)
        return came

    def faults(self, came):
        found = {}
        for seed, page in self.pages.items():
            notes = page.evaluate("notes")
            faults = proved(self.issued, notes)
            if seed not in came:
                faults.append(f"not well at the end: {notes[-3:]}")
            if not any("outcome" in note for note in notes):
                faults.append("nothing was noted")
            if faults:
                found[seed] = faults
        return found

    def close(self):
        for page in self.pages.values():
            page.context.close()
        self.desk.close()


def test_many_schedules(browser, site, tmp_path):
    took = []
    for first in range(0, COUNT, SIDE_BY_SIDE):
        folder = tmp_path / str(first)
        folder.mkdir()
        with contextlib.closing(Storm(browser, site, folder, range(first, first + SIDE_BY_SIDE))) as storm:
            storm.weather()
            came = storm.well()
            faults = storm.faults(came)
            assert not faults, json.dumps(faults, indent=1)
            took.extend(came.values())
    assert len(took) == COUNT
    noted("schedules in Chromium on the real desk", schedules=COUNT, available_unready=0, went_back=0, well_after_seconds=spread(took), well_within_10_s=sum(one <= WELL for one in took))
