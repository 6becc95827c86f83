"""The handshake in a real browser: a host page and a widget of another origin, in bad weather and with parts missing."""

import contextlib
import json
import random
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Error, sync_playwright

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "proofs")]

from counted import noted, spread, times
from handshake_desk import WHOLE, Desk, sealed
from telephone import PATIENCE

SEEDS = times(50, 200)
SIDE_BY_SIDE = 50
CALM = 10


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as driver:
        one = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield one
        one.close()


@pytest.fixture
def desk():
    with contextlib.closing(Desk()) as one:
        yield one


class Tab:
    """A tab with the host page, and the widget in its frame."""

    def __init__(self, context, desk, **plan):
        self.desk = desk
        self.page = context.new_page()
        self.complaints = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.began = time.monotonic()
        plan = {"desk": desk.desk, "host": desk.host, **plan}
        self.page.goto(f"{desk.host}/host.html?plan={quote(json.dumps(plan))}")

    def widget(self):
        """The frame, once the widget in it runs."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            for frame in self.page.frames:
                with contextlib.suppress(Exception):
                    if "widget.html" in frame.url and frame.evaluate("typeof window.me === 'object'"):
                        return frame
            self.page.wait_for_timeout(20)
        raise AssertionError("the widget did not start")

    def do(self, script):
        try:
            return self.widget().evaluate(script)
        except Error:
            # It was loading again just then.
            return self.widget().evaluate(script)

    def until(self, state, within=10.0):
        """Seconds until it comes to a state."""
        began = time.monotonic()
        while (now := self.do("widget.state")) != state:
            assert time.monotonic() - began < within * PATIENCE, f"{now} and not {state} after {within} s: {self.log()}"
            self.page.wait_for_timeout(25)
        return time.monotonic() - began

    def passes(self, state, within):
        """Comes through a state, however shortly, after what was noted until now."""
        known = len(self.log())
        deadline = time.monotonic() + within * PATIENCE
        while state not in [note.get("state") for note in self.log()[known:]]:
            assert time.monotonic() < deadline, f"no {state} within {within} s: {self.log()}"
            self.page.wait_for_timeout(25)

    def stays(self, seconds, *states):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.do("widget.state") in states, self.log()
            self.page.wait_for_timeout(50)

    def log(self):
        return self.do("log")

    def states(self):
        return [note["state"] for note in self.log() if "state" in note]

    def applied(self):
        return [note["applied"]["version"] for note in self.log() if "applied" in note]


@pytest.fixture
def tab(browser, desk):
    contexts = []
    tabs = []

    def opened(context=None, **plan):
        if context is None:
            context = browser.new_context()
            contexts.append(context)
        tabs.append(Tab(context, desk, **plan))
        return tabs[-1]

    yield opened
    for context in contexts:
        context.close()
    assert [one.complaints for one in tabs if one.complaints] == []


def proved(desk, notes):
    """What may never be: faults in what widgets noted, held against what the server knows. Notes are of one agent."""
    faults = []
    latest = {}
    for note in notes:
        widget = note["widget"]
        if "applied" in note:
            order = (note["applied"]["epoch"], note["applied"]["version"])
            if order <= latest.get(widget, (0, 0)):
                faults.append(f"applied {order} after {latest[widget]}")
            latest[widget] = order
        elif note["state"] == "AVAILABLE":
            known = (widget, note["stamp"] and note["stamp"]["hash"])
            if known[1] not in desk.issued:
                faults.append("available on what no server issued")
            elif known not in desk.asked:
                faults.append("available on what it never acknowledged")
            elif known not in desk.granted:
                faults.append("available without a lease")
    return faults


def plans(desk, seeds, calm, **more):
    for seed in seeds:
        dice = random.Random(seed)
        yield {
            "seed": seed,
            "agent": f"agent-{seed}",
            "farm": True,
            "desk": desk.desk,
            "host": desk.host,
            "calm": calm,
            "loss": dice.randint(0, 50),
            "copies": dice.randint(1, 5),
            "delay": dice.randint(0, 2000),
            "hostDelay": dice.randint(0, 2000),
            "widgetDelay": dice.randint(0, 2000),
            "restarts": [dice.randint(0, 3500) for _ in range(dice.randint(0, 2))],
            "reloads": [dice.randint(0, 3500) for _ in range(dice.randint(0, 1))],
            **more,
        }


def schedules(browser, desk, seeds, patience=PATIENCE, **more):
    """Plays schedules side by side; by seed, what was wrong. Also the seconds after the storm until each was well."""
    page = browser.new_page()
    page.goto(f"{desk.host}/farm.html")
    calm = time.time() + 6
    page.evaluate("plans => plant(plans)", list(plans(desk, seeds, int(calm * 1000), **more)))
    for change in range(4):
        page.wait_for_timeout(900)
        desk.publish(bridge="v2" if change % 2 == 0 else "v1")
        if change == 2:
            desk.restart()
    well = {}
    while time.time() < calm + CALM * patience:
        page.wait_for_timeout(200)
        now = time.time()
        notes = {int(seed): one for seed, one in page.evaluate("notes").items()}
        for seed in seeds:
            last = next((note for note in reversed(notes.get(seed, [])) if "state" in note), {})
            fits = last.get("state") == "AVAILABLE" and (last["stamp"] or {}).get("hash") == desk.current["hash"]
            if fits and now > calm and desk.routable(f"agent-{seed}") == last["widget"]:
                well.setdefault(seed, max(0.0, now - calm))
            else:
                well.pop(seed, None)
        if len(well) == len(seeds) and now > calm + 1:
            break
    page.close()
    faults = {}
    for seed in seeds:
        found = proved(desk, notes.get(seed, []))
        if seed not in well:
            found.append(f"not well at the end: {notes.get(seed, [])[-3:]}")
        if found:
            faults[seed] = found
    return faults, well


def test_many_schedules(browser):
    took = []
    for first in range(0, SEEDS, SIDE_BY_SIDE):
        with contextlib.closing(Desk()) as desk:
            faults, well = schedules(browser, desk, range(first, first + SIDE_BY_SIDE))
            assert faults == {}
            took.extend(well.values())
    assert len(took) == SEEDS
    noted("schedules in Chromium on a small desk", schedules=SEEDS, well_after_seconds=spread(took))


def test_the_naive_widget_fails(browser, desk):
    seeds = range(25)
    faults, _ = schedules(browser, desk, seeds, patience=1, naive=True)
    assert len(faults) > 20
    assert any("never acknowledged" in fault or "no server issued" in fault for found in faults.values() for fault in found)


@pytest.mark.parametrize(
    ("plan", "within"),
    [
        ({}, 2),
        ({"boot": 2000}, 4),
        ({"hostDelay": 2000}, 4),
        ({"dropFirst": 3}, 8),
        ({"loss": 30, "calm": 1e15}, 10),
        ({"copies": 3, "calm": 1e15}, 3),
        ({"delay": 200, "calm": 1e15}, 5),
        ({"boot": 5000, "hostDelay": 1000}, 7),
        ({"hostDelay": 4500}, 7),
    ],
    ids=["calm", "config-first", "widget-first", "first-3-lost", "30-percent-lost", "tripled", "late", "slow-frame", "slow-host"],
)
def test_comes_to_available(tab, desk, plan, within):
    one = tab(**plan)
    one.until("AVAILABLE", within)
    assert one.applied() == [1], "applied, and once"
    widget = one.do("me.widgetId")
    assert desk.routable() == widget
    assert proved(desk, [{"widget": widget, **note} for note in one.log()]) == []


def test_an_old_version_after_a_new_one(tab, desk):
    old = desk.current
    desk.publish(bridge="v2")
    one = tab()
    one.until("AVAILABLE")
    desk.instead["host"] = old
    one.page.evaluate("startHost()")
    one.page.wait_for_function("host.state !== 'WAIT_HELLO' && host.state !== 'PORT_SENT'")
    one.until("AVAILABLE")
    one.stays(1.5, "AVAILABLE")
    assert one.applied() == [2]
    assert one.do("widget.snapshot.content.flags.bridge") == "v2"


def test_a_change_reaches_an_open_widget(tab, desk):
    one = tab()
    one.until("AVAILABLE")
    desk.publish(codec="opus")
    one.page.wait_for_timeout(100)
    assert desk.routable() is None, "nobody is given calls on what no longer holds"
    one.page.wait_for_function("host.acked?.version === 2")
    one.until("AVAILABLE")
    assert one.applied() == [1, 2]


def test_the_host_page_starts_again(tab, desk):
    one = tab()
    one.until("AVAILABLE")
    one.page.evaluate("startHost()")
    one.page.wait_for_function("host.state === 'SYNCED'", timeout=2000)
    one.until("AVAILABLE", 2)
    assert one.applied() == [1]


def test_the_frame_is_loaded_again(tab, desk):
    one = tab()
    one.until("AVAILABLE")
    before = one.do("me")
    one.page.evaluate("frameElementOfWidget.src = frameElementOfWidget.src")
    one.page.wait_for_timeout(200)
    one.until("AVAILABLE", 3)
    after = one.do("me")
    assert (after["tab"], after["load"]) == (before["tab"], before["load"] + 1)
    assert desk.routable() == after["widgetId"], "the lease went along"


def test_a_port_is_closed(tab, desk):
    one = tab()
    one.until("AVAILABLE")
    one.do("ends.forEach(end => end.close())")
    one.passes("NOT_READY(host_lost)", 1.6)
    one.until("AVAILABLE", 2)
    assert one.applied() == [1]


def test_the_host_page_dies_and_the_server_is_enough(tab, desk):
    one = tab()
    one.until("AVAILABLE")
    one.page.evaluate("stopHost()")
    one.until("NOT_READY(host_lost)", 1.6)
    assert one.until("AVAILABLE", 7) > 2
    one.stays(2, "AVAILABLE")
    # What it misses now, the lease tells it.
    desk.publish(bridge="v2")
    one.page.wait_for_timeout(6000)
    one.until("AVAILABLE", 3)
    assert one.applied() == [1, 2]


def test_no_host_page_at_all(tab, desk):
    desk.down.add("widget")
    one = tab(noHost=True)
    one.until("NOT_READY(config_timeout)", 7)
    one.stays(6, "NOT_READY(config_timeout)")
    assert desk.routable() is None
    desk.down.clear()
    one.until("AVAILABLE", 6)


def test_a_host_page_without_a_server(tab, desk):
    desk.down.update({"host", "widget", "lease"})
    one = tab()
    one.until("NOT_READY(config_timeout)", 7)
    desk.down.discard("host")
    one.until("CONFIRMED", 4)
    one.stays(1.5, "CONFIRMED")
    assert desk.routable() is None, "no lease, no calls"
    desk.down.clear()
    one.until("AVAILABLE", 4)


@pytest.mark.parametrize(
    ("broken", "missing"),
    [
        ({"flags": {key: value for key, value in WHOLE.items() if key != "bridge"}}, ["flags.bridge"]),
        ({"flags": {**WHOLE, "bridge": "legacy"}}, ["flags.bridge"]),
        ({"flags": {}}, ["flags.bridge", "flags.codec", "flags.ice", "flags.signalling"]),
        ({"hash": "0" * 64}, ["hash"]),
        ({"snapshot": "{}"}, ["hash"]),
    ],
    ids=["one-flag", "a-path-that-is-none", "no-flags", "hash", "text"],
)
def test_incomplete(tab, desk, broken, missing):
    whole = desk.current
    broken = sealed(1, 1, broken["flags"]) if "flags" in broken else {**whole, **broken}
    desk.instead.update({"host": broken, "widget": broken})
    one = tab()
    one.until("REJECTED", 3)
    one.stays(1, "REJECTED")
    assert next(note["missing"] for note in one.log() if note.get("state") == "REJECTED") == missing
    assert "AVAILABLE" not in one.states()
    assert desk.routable() is None
    # The page goes on giving what is broken; the server is put right.
    del desk.instead["widget"]
    one.until("CONFIGURED" if "flags" in broken else "AVAILABLE", 7)
    one.until("AVAILABLE", 3)


def test_two_tabs_one_lease(tab, desk, browser):
    context = browser.new_context()
    one = tab(context)
    one.until("AVAILABLE")
    other = tab(context)
    other.until("NOT_READY(another_tab)")
    other.stays(1, "NOT_READY(another_tab)")
    assert desk.routable() == one.do("me.widgetId")
    one.page.close()
    other.until("AVAILABLE", 3)
    context.close()


def test_two_tabs_at_once_are_one_lease(tab, desk, browser):
    context = browser.new_context()
    tabs = [tab(context), tab(context)]
    deadline = time.monotonic() + 10 * PATIENCE
    while (holder := next((one for one in tabs if one.do("widget.state") == "AVAILABLE"), None)) is None:
        assert time.monotonic() < deadline, [one.log() for one in tabs]
        tabs[0].page.wait_for_timeout(25)
    (other,) = [one for one in tabs if one is not holder]
    other.until("NOT_READY(another_tab)")
    other.stays(1, "NOT_READY(another_tab)")
    assert desk.routable() == holder.do("me.widgetId")
    holder.page.close()
    other.until("AVAILABLE", 3)
    context.close()


def test_two_browsers_one_lease(tab, desk):
    one = tab()
    one.until("AVAILABLE")
    other = tab()
    other.until("NOT_READY(refused:another_tab)")
    other.stays(3, "NOT_READY(refused:another_tab)")
    assert desk.routable() == one.do("me.widgetId")


def test_a_stale_build_loads_again(tab, desk):
    one = tab(die=1500)
    one.until("AVAILABLE")
    desk.build = 8
    desk.publish(min_build=8)
    assert desk.routable() is None
    one.until("STALE", 8)
    one.until("AVAILABLE", 6)
    assert one.do("me.build") == 8
    assert desk.routable() == one.do("me.widgetId")


def test_flags_are_frozen_in_a_call(tab, desk):
    one = tab()
    one.until("AVAILABLE")
    assert one.do("widget.ring()")
    one.do("widget.accept(); widget.connected()")
    desk.publish(bridge="v2", min_build=9)
    one.page.evaluate("stopHost()")
    one.stays(5, "IN_CALL")
    assert one.do("widget.snapshot.content.flags.bridge") == "v1"
    one.page.evaluate("startHost()")
    one.stays(2, "IN_CALL")
    one.do("widget.hungUp(true)")
    assert one.do("widget.snapshot.content.flags.bridge") == "v2"
    assert one.do("widget.state") == "WRAP"
    one.do("widget.wrapDone()")
    assert one.do("widget.state") == "STALE"
    assert not one.do("widget.ring()")


def test_back_from_sleep(tab, desk):
    one = tab()
    one.until("AVAILABLE")
    script = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})), widget.state"
    assert one.do(script) != "AVAILABLE", "what was known may be long past"
    one.until("AVAILABLE", 3)


def test_strangers_are_not_heard(tab, desk):
    desk.down.add("widget")
    one = tab(noHost=True)
    forged = {"kind": "RELOAD", "reason": "protocol"}
    # From the frame itself, and from a page of another origin than the host's.
    one.do(f"postMessage({json.dumps(forged)}, '*')")
    one.page.evaluate(f"frames[0].postMessage({{kind: 'PORT'}}, '*')")
    one.stays(1, "HELLO")
    stranger = tab(noHost=True, host="http://127.0.0.1:9")
    stranger.page.evaluate("message => frames[0].postMessage(message, '*')", forged)
    stranger.stays(1, "HELLO")
    # From the host page it counts.
    one.page.evaluate("message => frames[0].postMessage(message, '*')", forged)
    one.until("REJECTED", 2)
