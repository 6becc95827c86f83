"""Whatever ends us, and whenever: nothing is lost, what is repeated is byte for byte the same, nothing else is told."""

import threading
import time

import pages
from peers import Clock, until
from settings import one_hook

OPEN = pages.trouble("k1")


def started(tocsin, vendor, receiver, **how):
    pages.harbour(vendor)
    return tocsin(one_hook(vendor, receiver), **how).seen()


def polled_again(vendor, count=2):
    """Waits until the page was asked anew: what it says now has been seen."""
    asked = lambda: len(vendor.asked("/harbour/api/v2/summary.json"))
    wanted = asked() + count
    until(lambda: asked() >= wanted, what="another poll")


def test_killed_while_a_delivery_is_in_flight(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    receiver.hold("/hook")
    pages.harbour(vendor, OPEN)
    until(lambda: receiver.received("/hook"), what="the first attempt")
    app.kill()
    receiver.release()
    app.start()
    until(lambda: app.deliveries("sent"), what="the repeat")
    first, *rest = receiver.attempts("/hook")
    assert rest == [first], "one repeat: the same id and the same bytes"
    polled_again(vendor)
    assert len(receiver.attempts("/hook")) == 2


def test_killed_between_two_attempts(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    receiver.answers = [(500, b"not now")]
    pages.harbour(vendor, OPEN)
    until(lambda: [one for one in app.deliveries("due") if one["attempts"]], what="the failed attempt")
    app.kill()
    app.start()
    delivery = until(lambda: app.deliveries("sent"), what="the second attempt")[0]
    first, *rest = receiver.attempts("/hook")
    assert rest == [first]
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 200]
    assert delivery["webhook_id"] == first[0]


def test_killed_at_any_moment_after_a_change(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    incidents = []
    for turn, delay in enumerate([0, 0.005, 0.01, 0.02, 0.04, 0.08]):
        incidents.append(pages.trouble(f"k{turn}"))
        asked = len(vendor.requests)
        pages.harbour(vendor, *incidents)
        history = lambda: any(seen["path"].endswith("incidents.json") for seen in vendor.requests[asked:])
        until(history, what="the poll that brings the change")
        time.sleep(delay)  # the moment of the end is what differs: before, while or after it is stored and sent
        app.kill()
        app.start()
        told = lambda: {event["data"]["incident"]["vendor_id"] for event in receiver.events("/hook")}
        until(lambda: f"k{turn}" in told(), what=f"the news of k{turn}")
        until(lambda: not app.deliveries("due"), what="the end of it")
    attempts = receiver.attempts("/hook")
    assert len({ident for ident, _ in attempts}) == len({body for _, body in attempts}) == len(set(attempts)) == len(incidents)


def test_told_to_stop_it_finishes_what_is_under_way(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    receiver.hold("/hook")
    pages.harbour(vendor, OPEN)
    until(lambda: receiver.received("/hook"), what="the attempt")
    threading.Timer(1, receiver.release).start()
    assert app.stop() == 0
    app.start()
    assert len(app.deliveries("sent")) == 1
    polled_again(vendor)
    assert len(receiver.attempts("/hook")) == 1, "it was finished, so it is not repeated"


def test_told_to_stop_it_does_not_wait_for_a_page_that_hangs(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    asked, never = len(vendor.requests), threading.Event()
    vendor.instead["harbour"] = lambda *_: never.wait(60)
    until(lambda: len(vendor.requests) > asked, what="a poll that hangs")
    assert app.stop(8) == 0
    never.set()


def test_a_restart_announces_nothing(vendor, receiver, tocsin):
    pages.harbour(vendor, pages.trouble("old"))
    app = tocsin(one_hook(vendor, receiver)).seen("degraded")
    pages.harbour(vendor, OPEN, pages.trouble("old"))
    until(lambda: app.deliveries("sent"), what="the news")
    for end in (app.stop, app.kill):
        end()
        app.start()
        polled_again(vendor)
    assert [event["data"]["incident"]["vendor_id"] for event in receiver.events("/hook")] == ["k1"]


def test_what_was_open_at_the_first_look_is_told_from_then_on(vendor, receiver, tocsin):
    pages.harbour(vendor, pages.trouble("old"))
    app = tocsin(one_hook(vendor, receiver)).seen("degraded")
    assert app.api("/incidents")["items"][0]["imported"] is True
    pages.harbour(vendor, pages.trouble("old", ["investigating", "identified"]))
    until(lambda: len(receiver.received("/hook")) == 1, what="its update")
    pages.harbour(vendor, pages.trouble("old", ["investigating", "identified", "resolved"]))
    until(lambda: len(receiver.received("/hook")) == 2, what="its end")
    assert [event["type"] for event in receiver.events("/hook")] == ["incident.updated", "incident.resolved"]


def test_what_changed_while_we_were_away_is_told_with_its_age(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:00:00Z")
    app = started(tocsin, vendor, receiver, clock=clock)
    assert app.stop() == 0
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "identified"], at="2026-02-20T22:30:00Z"))
    clock.set("2026-02-21T01:00:00Z")
    app.start()
    until(lambda: receiver.received("/hook"), what="the late news")
    event = receiver.events("/hook")[0]
    assert event["type"] == "incident.opened"
    assert event["data"]["unseen_s"] == 3 * 3600
    assert event["timestamp"] == "2026-02-21T01:00:00Z"
    assert [update["at"] for update in event["data"]["updates"]] == ["2026-02-20T22:30:00Z", "2026-02-20T22:31:00Z"]
