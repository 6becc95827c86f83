"""Announced work as people and their calendars see it: a month, a list of days, a subscription; and the feed."""

import datetime
import sys
import urllib.request
from pathlib import Path
from zoneinfo import ZoneInfo

import feedparser
import icalendar
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import browser, reader, plain
from conftest import closing, instances
from peers import Clock, Vendor, until
from settings import config, monitor, provider

NOW = "2026-03-10T12:00:00Z"
LONG = "Umzug der Datenbanken, wobei Verbindungen kurz abbrechen können; bitte planen Sie dies ein und prüfen Sie Ihre Wiederholungen – danke 🙏"
EVIL = "</title><script>alert(1)</script>\r\nBEGIN:VEVENT"


def work(ident, status, starts, ends, name):
    return pages.work(ident, status, starts, ends, name=name)


class World:
    def __init__(self, directory, start, vendor):
        self.vendor = vendor
        self.works = {
            "w1": work("w1", "scheduled", "2026-03-11T23:30:00.000Z", "2026-03-12T01:30:00.000Z", "Quay walls are painted"),
            "w2": work("w2", "scheduled", "2026-03-20T08:00:00.000Z", "2026-03-23T16:00:00.000Z", LONG),
            "w3": work("w3", "completed", "2026-03-02T08:00:00.000Z", "2026-03-02T09:00:00.000Z", "Cranes are greased"),
        }
        self.publish()
        pages.publish(vendor, "/elm", [pages.QUAY], maintenances=[work("e1", "scheduled", "2026-03-15T10:00:00.000Z", "2026-03-15T11:00:00.000Z", EVIL)])
        self.clock = Clock(directory, NOW)
        providers = [provider("harbour", vendor.url("/harbour"), platform="statuspage"), provider("elm", vendor.url("/elm"), "Elm Payroll", platform="statuspage")]
        server = {"time_zone": "Europe/Berlin"}
        self.app = start(config(*providers, monitor("harbour"), monitor("elm"), server=server), clock=self.clock)
        until(lambda: len(self.app.api("/maintenances")["items"]) == 4, what="the announced work")

    def publish(self):
        pages.publish(self.vendor, "/harbour", [pages.QUAY], [pages.trouble("k1", ("investigating", "resolved"), name="Ropes & <knots>", at="2026-03-09T10:00:00Z")], list(self.works.values()))

    def ics(self, query=""):
        with urllib.request.urlopen(self.app.base() + "/calendar.ics" + query, timeout=10) as answer:
            return answer.headers["content-type"], answer.read()

    def events(self, query=""):
        parsed = icalendar.Calendar.from_ical(self.ics(query)[1])
        return {str(event["SUMMARY"]): event for event in parsed.walk("VEVENT")}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("calendar")
    with closing(Vendor()) as vendor, instances(directory) as start:
        yield World(directory, start, vendor)


def test_a_month_on_the_teams_clock_without_script(world, reader):
    page = reader(script=False).open("/calendar")
    assert page.inner_text("h1") == "March 2026"
    assert "Days begin at midnight, Berlin time." in plain(page.inner_text(".sub"))
    # 23:30 UTC is the next day in Berlin.
    cell = page.locator(".month td:has-text('Thursday 12 March')")
    assert "Quay walls are painted" in cell.inner_text()
    assert page.locator(".month .today").inner_text().startswith("10")
    for day in ("Friday 20", "Saturday 21", "Sunday 22", "Monday 23"):
        assert "Umzug der Datenbanken" in page.locator(f".month td:has-text('{day} March')").inner_text(), day
    assert page.locator(".month td:has-text('Tuesday 24 March') li").count() == 0
    first = page.locator(".works > li").first
    assert "Cranes are greased" in first.inner_text() and "2 Mar, 09:00 – 10:00 CET" in plain(first.inner_text()) and "Completed" in first.inner_text()
    assert "Times are in Berlin time" in page.inner_text("footer")
    assert first.locator("time").first.get_attribute("title") == "2026-03-02 08:00:00 UTC"


def test_times_are_the_readers_own(world, reader):
    page = reader(zone="America/New_York").open("/calendar")
    assert "2 Mar, 03:00 – 04:00 EST" in plain(page.locator(".works > li").first.inner_text())
    assert "11 Mar, 19:30 – 21:30 EDT" in plain(page.locator(".works > li:has-text('Quay walls')").inner_text()), "clocks changed on the 8th"
    page = reader(zone="UTC").open("/calendar")
    assert "2 Mar, 08:00 – 09:00 UTC" in plain(page.locator(".works > li").first.inner_text()), "written in Berlin's time, read in UTC"


def test_leafing_and_one_vendor(world, reader):
    page = reader().open("/calendar")
    page.click("text=Next")
    assert page.inner_text("h1") == "April 2026" and "No maintenance is announced by the vendors you watch." in page.inner_text(".sub")
    page.click("text=This month")
    assert page.inner_text("h1") == "March 2026"
    page.click("text=Previous")
    assert page.inner_text("h1") == "February 2026"
    page = reader().open("/providers/elm")
    page.click("section[aria-labelledby=ahead] >> text=Calendar")
    assert "by Elm Payroll" in plain(page.inner_text(".sub")) and page.locator(".works > li").count() == 1
    page.click("text=Next")
    assert "provider=elm" in page.url
    for strange in ("?month=nonsense", "?month=9999999-1", "?month=2026-99"):
        assert reader().open(f"/calendar{strange}").inner_text("h1") == "March 2026", strange


def test_the_month_leads_to_the_day(world, reader):
    page = reader().open("/calendar")
    page.click(".month td:has-text('Friday 20 March') a")
    assert page.locator(".works > li:target").count() == 1 and "Umzug" in page.inner_text(".works > li:target")


def test_a_phone_shows_the_list(world, reader):
    page = reader(width=390).open("/calendar")
    assert page.locator(".month").is_hidden() and page.locator(".works > li").count() == 4 and browsing.overflow(page) == 0


def test_python_reads_the_subscription(world):
    kind, text = world.ics()
    assert kind.startswith("text/calendar") and text.count(b"\r\nBEGIN:VEVENT\r\n") == 4
    assert b"\n" not in text.replace(b"\r\n", b""), "lines end as the standard has it"
    assert max(len(line) for line in text.split(b"\r\n")) <= 75, "long lines are folded"
    parsed = icalendar.Calendar.from_ical(text)
    assert [error for part in parsed.walk() for error in part.errors] == [] and parsed["VERSION"] == "2.0" and parsed["PRODID"]
    events = world.events()
    quay = events["Harbour Cloud: Quay walls are painted"]
    assert quay.decoded("DTSTART") == datetime.datetime(2026, 3, 11, 23, 30, tzinfo=ZoneInfo("UTC"))
    assert quay.decoded("DTEND") == datetime.datetime(2026, 3, 12, 1, 30, tzinfo=ZoneInfo("UTC"))
    assert quay["STATUS"] == "CONFIRMED" and str(quay["URL"]).startswith("https://status.example.com/")
    assert "Affected: Quay API" in str(quay["DESCRIPTION"])
    assert f"Harbour Cloud: {LONG}" in events, "nothing is lost in folding and escaping"
    assert any("BEGIN:VEVENT" in name and "script" in name for name in events), "a vendor's words begin no event"
    assert set(world.events("?provider=elm")) < set(events) and len(world.events("?provider=elm")) == 1
    assert world.app.problem("GET", "/calendar.ics?provider=nobody")[0] == 404


def test_a_change_is_the_same_event_with_a_higher_sequence(world):
    name = "Harbour Cloud: Quay walls are painted"
    before = world.events()[name]
    world.clock.set("2026-03-10T12:05:00Z")
    world.works["w1"] = work("w1", "scheduled", "2026-03-12T02:00:00.000Z", "2026-03-12T04:00:00.000Z", "Quay walls are painted")
    world.publish()
    moved = until(lambda: (event := world.events()[name]).decoded("DTSTART") != before.decoded("DTSTART") and event, what="the new window")
    assert moved["UID"] == before["UID"] and int(moved["SEQUENCE"]) > int(before["SEQUENCE"])
    assert moved.decoded("DTSTAMP") > before.decoded("DTSTAMP")
    world.clock.set("2026-03-10T12:10:00Z")
    del world.works["w1"]
    world.publish()
    until(lambda: world.clock.set(f"2026-03-10T12:{11 + len(world.vendor.asked('/harbour/api/v2/summary.json')) % 40:02}:00Z") or world.events()[name]["STATUS"] == "CANCELLED", what="the cancellation")
    gone = world.events()[name]
    assert gone["UID"] == before["UID"] and int(gone["SEQUENCE"]) > int(moved["SEQUENCE"])


def test_a_feed_reader_reads_the_incidents(world):
    with urllib.request.urlopen(world.app.base() + "/providers/harbour/feed.atom", timeout=10) as answer:
        assert answer.headers["content-type"].startswith("application/atom+xml")
        feed = feedparser.parse(answer.read())
    assert not feed.bozo and feed.version == "atom10" and feed.feed.title == "Harbour Cloud: incidents"
    [entry] = feed.entries
    assert entry.title == "Ropes & <knots>"
    assert entry.id.startswith("urn:uuid:") and entry.published == "2026-03-09T10:00:00Z" and entry.updated == "2026-03-09T10:01:00Z"
    assert "resolved k1" in entry.content[0].value and [tag.term for tag in entry.tags] == ["resolved", "minor"]
    assert world.app.problem("GET", "/providers/nobody/feed.atom")[0] == 404


def test_it_fits_and_axe_finds_nothing(world, reader):
    one = reader()
    for path in ("/calendar", "/calendar?month=2026-04", "/calendar?provider=elm"):
        assert browsing.every_look(one.open(path)) == {}, path


def test_the_html_is_valid(world, tmp_path):
    for number, path in enumerate(("/calendar", "/calendar?month=2026-04", "/calendar?provider=elm")):
        (tmp_path / f"{number}.html").write_text(world.app.get(path, raw=True))
    assert browsing.invalid_html(tmp_path) == []
