"""How pages are asked: politely, rarely for the same bytes, and wherever they have gone."""

import sqlite3
import time

import pages
from conftest import closing
from peers import Clock, Vendor, until
from settings import one_hook

SUMMARY = "/harbour/api/v2/summary.json"


def test_one_failure_is_no_news(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    whole = vendor.pages[SUMMARY]
    asked = len(vendor.asked(SUMMARY))

    def once(handler, _seen):
        vendor.pages[SUMMARY] = whole
        vendor.send(handler, 500)

    vendor.pages[SUMMARY] = once
    healths = set()
    until(lambda: healths.add(app.api("/providers/harbour")["health"]) or len(vendor.asked(SUMMARY)) > asked + 2, what="three polls")
    assert healths == {"operational"}


def test_a_page_that_was_never_read_is_unknown_without_a_past(vendor, receiver, tocsin):
    vendor.instead["harbour"] = (500, b"oops", {})
    app = tocsin(one_hook(vendor, receiver))
    shown = lambda: app.api("/providers/harbour")
    until(lambda: "500" in (shown()["pages"][0]["reason"] or ""), what="the reason")
    assert (shown()["health"], shown()["last_known"], shown()["read_at"]) == ("unknown", None, None)


def test_who_asks_for_patience_is_given_it(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    vendor.instead["harbour"] = (429, b"slow down", {"retry-after": "4"})
    refused = len(vendor.requests)
    until(lambda: len(vendor.requests) > refused, what="the refusal")
    vendor.instead.clear()
    pages.harbour(vendor, pages.trouble("k1"))
    app.seen("degraded")
    first, second = vendor.requests[refused : refused + 2]
    assert second["at"] - first["at"] >= 4


def test_the_same_page_is_not_sent_twice(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    until(lambda: sum("unchanged" in seen for seen in vendor.asked(SUMMARY)) >= 3, what="three answers without a body")
    assert sum("unchanged" not in seen for seen in vendor.asked(SUMMARY)) <= 2, "once to detect it, once to read it"
    before = app.api("/providers/harbour")["read_at"]
    until(lambda: app.api("/providers/harbour")["read_at"] > before, what="a later reading")
    app.restart()
    full = sum("unchanged" not in seen for seen in vendor.asked(SUMMARY))
    asked = len(vendor.asked(SUMMARY))
    until(lambda: len(vendor.asked(SUMMARY)) > asked + 1, what="polls after the restart")
    assert sum("unchanged" not in seen for seen in vendor.asked(SUMMARY)) == full, "what the page gave us to know it by is kept"


def test_a_clock_in_the_body_is_no_news(vendor, receiver, tocsin):
    pages.harbour(vendor)
    summary = vendor.pages[SUMMARY]

    def ticking(handler, _seen):
        vendor.send(handler, 200, {**summary, "generated_at": time.time_ns()})

    vendor.pages[SUMMARY] = ticking
    app = tocsin(one_hook(vendor, receiver)).seen()
    asked = len(vendor.asked(SUMMARY))
    until(lambda: len(vendor.asked(SUMMARY)) > asked + 3, what="bodies that differ in their clock")
    with closing(sqlite3.connect(f"file:{app.directory}/data/tocsin.db?mode=ro", uri=True)) as db:
        assert db.execute("SELECT COUNT(*) FROM readings").fetchone()[0] <= 2, "the first, and the first of a restart at most"


def test_we_say_who_asks(vendor, receiver, tocsin):
    pages.harbour(vendor)
    tocsin(one_hook(vendor, receiver, server={"base_url": "https://tocsin.example.com"})).seen()
    agents = {seen["headers"].get("user-agent") for seen in vendor.requests}
    assert len(agents) == 1 and "Tocsin" in (agent := agents.pop()) and "https://tocsin.example.com" in agent


def test_a_page_is_followed_to_another_host(vendor, receiver, tocsin):
    with closing(Vendor()) as other:
        pages.harbour(other)
        for path in other.pages:
            vendor.pages[path] = (302, b"", {"location": other.url(path)})
        app = tocsin(one_hook(vendor, receiver)).seen()
        pages.harbour(other, pages.trouble("k1"))
        until(lambda: receiver.received("/hook"), what="the news")
        assert app.api("/providers/harbour")["pages"][0]["url"] == vendor.url("/harbour"), "it is still asked where it was declared"


def test_a_platform_is_found_out_once_and_remembered(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    assert app.api("/providers/harbour")["pages"][0]["platform"] == "statuspage"
    app.kill()
    asked = len(vendor.requests)
    app.start()
    until(lambda: len(vendor.asked(SUMMARY)) and len(vendor.requests) > asked + 1, what="polls after the restart")
    paths = {seen["path"] for seen in vendor.requests[asked:]}
    assert "/harbour" not in paths and "/harbour/summary.json" not in paths, "nothing is probed any more"
    assert app.logged().count("platform detected") == 1


def test_a_page_that_changes_its_platform_is_noticed(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    seen = app.listen()
    vendor.pages.clear()
    vendor.pages["/harbour/summary.json"] = {"page": {"name": "Harbour Cloud", "url": vendor.url("/harbour"), "status": "UP"}}
    vendor.pages["/harbour/v3/components.json"] = {"components": [
        {"id": "n1", "name": "Quay API", "status": "OPERATIONAL", "isParent": False, "children": []},
    ]}
    until(lambda: app.api("/providers/harbour")["pages"][0]["platform"] == "instatus", 40, "the new platform")
    app.seen()
    moved = until(lambda: [event for event in seen if event.event == "page.moved"], what="the event")
    assert "Instatus" in moved[0].data and "Statuspage" in moved[0].data
    assert receiver.received("/hook") == [], "it is no incident"


def test_a_move_with_other_ids_is_told_at_once_and_resolves_nothing(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    seen = app.listen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: receiver.received("/hook"), what="the first word")
    pages.harbour(vendor, components=(pages.component("01HZXWKQ000000000000000001", "Quay API"),))
    for path, page in vendor.pages.items():
        vendor.pages[path] = {**page, "page": {**page["page"], "id": "01HZXWKQ000000000000000000"}}
    until(lambda: app.api("/providers/harbour")["pages"][0]["platform"] == "incidentio", 40, "the new platform")
    app.seen()
    moved = until(lambda: [event for event in seen if event.event == "page.moved"], what="the event")
    assert "incident.io" in moved[0].data and "Statuspage" in moved[0].data
    assert app.api("/incidents?state=open")["items"] == []
    assert [event["type"] for event in receiver.events("/hook")] == ["incident.opened"]


def test_half_an_hour_without_a_reading_is_told_and_so_is_its_end(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:00:00Z")
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver), clock=clock).seen()
    vendor.instead["harbour"] = (500, b"oops", {})
    app.seen("unknown")
    assert receiver.received("/hook") == []
    clock.set("2026-02-20T22:31:00Z")
    until(lambda: receiver.received("/hook"), 30, "the news")
    vendor.instead.clear()
    until(lambda: len(receiver.received("/hook")) == 2, 30, "its end")
    first, second = receiver.events("/hook")
    assert (first["type"], second["type"]) == ("page.unreadable", "page.readable")
    assert "500" in first["data"]["page"]["reason"] and first["data"]["page"]["last_known"] == "operational"
