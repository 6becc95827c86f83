"""Uptime bars: what was seen is drawn, what nobody looked at is hatched, and percentages say what they rest on."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import browser, reader, plain
from conftest import closing, instances
from peers import Clock, Vendor, until
from settings import config, monitor, provider

API = pages.component("c1", "API")
SHOP = pages.component("c2", "Shop")


class World:
    """Three days of Harbour Cloud: looked at for nine hours, the last of them in trouble; a day nobody looked; an hour today."""

    def __init__(self, directory, start, vendor):
        self.vendor = vendor
        self.clock = Clock(directory, "2026-03-10T06:00:00Z")
        pages.harbour(vendor, components=[API, SHOP])
        self.cells = [pages.component(f"p{number}", f"Cell {number:03}", within="g1") for number in range(500)]
        self.vast([])
        declared = config(provider("harbour", vendor.url("/harbour")), monitor("harbour"), provider("vast", vendor.url("/vast"), "Vast"), monitor("vast"), provider("dark", vendor.url("/dark"), "Dark Matter"), monitor("dark"))
        self.app = start(declared, clock=self.clock)
        self.app.seen()
        until(lambda: self.app.api("/providers/vast")["read_at"], what="the vast page")
        self.say([API, SHOP], "2026-03-10T06:00:00Z", "operational")
        self.steadily("2026-03-10T06", 8)
        self.say([{**API, "status": "major_outage"}, SHOP], "2026-03-10T14:00:00Z", "major_outage")
        self.steadily("2026-03-10T14", 1, "major_outage")
        self.say([API, SHOP], "2026-03-10T15:00:01Z", "operational")
        # Nobody looks until the morning after next.
        self.say([API, SHOP, pages.component("c3", "New thing")], "2026-03-12T08:00:00Z", "operational")
        self.steadily("2026-03-12T08", 1)

    def vast(self, announced):
        region = pages.family("g1", "Region", *[cell["id"] for cell in self.cells])
        pages.publish(self.vendor, "/vast", [region, *self.cells], maintenances=announced)

    def say(self, components, at, health):
        """What is announced changes each time, so that each look is news and is stored at once."""
        self.clock.set(at)
        self.parts = components
        announced = pages.work("m1", "scheduled", "2026-06-01T08:00:00.000Z", "2026-06-01T09:00:00.000Z", name=f"Plan of {at}")
        pages.harbour(self.vendor, components=components, maintenances=[announced])
        self.vast([announced])
        plans = lambda slug: [one["title"] for one in self.app.api(f"/maintenances?provider={slug}")["items"]]
        until(lambda: plans("harbour") == plans("vast") == [f"Plan of {at}"] and self.app.api("/providers/harbour")["health"] == health, what=f"{health} at {at}")

    def steadily(self, start, hours, health="operational"):
        """Looks every half an hour."""
        day, first = start.split("T")
        for half in range(1, hours * 2 + 1):
            self.say(self.parts, f"{day}T{int(first) + half // 2:02}:{half % 2 * 30:02}:00Z", health)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("uptime")
    with closing(Vendor()) as vendor, instances(directory) as start:
        yield World(directory, start, vendor)


def columns(page, selector, colour):
    """Days (from 0, the oldest, to 89) that a bar paints in a colour, with the top of the paint."""
    path = page.locator(f"{selector} path.{colour}").first
    if path.count() == 0:
        return {}
    days = {}
    for x, top, width, height in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)", path.get_attribute("d")):
        days.update({int(x) // 4 + day: (int(top), int(height)) for day in range(int(width) // 4)})
    return days


def test_the_page_as_a_whole(world, reader):
    page = reader(script=False).open("/providers/harbour")
    bar = ".record .days"
    assert columns(page, bar, "major").keys() == {87}, "the tenth of March"
    unseen = columns(page, bar, "unseen")
    assert set(range(87)) < unseen.keys() and unseen[88] == (0, 24), "the eleventh is hatched from top to bottom"
    assert 0 < unseen[87][1] < 24 and columns(page, bar, "major")[87][0] == unseen[87][1], "fifteen hours of the tenth are missing"
    assert 88 not in columns(page, bar, "ok"), "a day that nobody looked at is never green"
    assert columns(page, bar, "ok").keys() == {89}
    said = plain(page.inner_text(".record .head"))
    # Nine hours on the tenth, one of them in trouble, and one on the twelfth.
    assert said == "The page as a whole 89.99 % without trouble, of the 10h we looked", said
    assert "10 Mar: major outage for 1h" in page.locator(f"{bar} svg title").text_content()


def test_day_by_day_in_words(world, reader):
    page = reader(script=False).open("/providers/harbour")
    page.click("text=Day by day")
    rows = [plain(text) for text in page.locator(".by-day tbody tr").all_inner_texts()]
    assert rows[0] == "12 Mar not looked at for 8h" and rows[1] == "11 Mar not looked at"
    assert rows[2] == "10 Mar major outage for 1h, not looked at for 15h" and rows[3].endswith("– 9 Mar not looked at") and len(rows) == 4


def test_each_component_has_its_own(world, reader):
    page = reader(script=False).open("/providers/harbour")
    part = lambda name: f".parts > li:has-text('{name}')"
    assert plain(page.inner_text(f"{part('API')} .rests")) == "89.99 % of the 10h we looked"
    assert plain(page.inner_text(f"{part('Shop')} .rests")) == "100 % of the 10h we looked"
    assert plain(page.inner_text(f"{part('New thing')} .rests")) == "100 % of the 1h we looked", "before it was listed nothing is known of it"
    assert columns(page, part("API"), "major").keys() == {87} and columns(page, part("Shop"), "major") == {}
    assert columns(page, part("New thing"), "ok").keys() == {89}


def test_where_nobody_has_looked_there_is_no_bar(world, reader):
    page = reader(script=False).open("/providers/dark")
    assert page.locator(".days").count() == 0 and "cannot be read" in page.inner_text("h1")
    assert reader(script=False).open("/providers/github").locator(".days").count() == 0


def test_a_phone_shows_thirty_days(world, reader):
    page = reader(width=390).open("/providers/harbour")
    frame, drawing = (page.locator(f".record .days{inner}").bounding_box() for inner in ("", " svg"))
    assert abs(drawing["width"] - 3 * frame["width"]) < 2 and abs(drawing["x"] + drawing["width"] - frame["x"] - frame["width"]) < 2
    assert page.inner_text(".record .span").startswith("30 days ago") and browsing.overflow(page) == 0


def test_five_hundred_components_are_readable(world, reader):
    page = reader().open("/providers/vast")
    assert page.locator(".parts:visible").count() == 0 and "500 components" in page.inner_text(".group summary")
    page.click(".group summary")
    assert page.locator(".parts > li:visible").count() == 500 and page.locator(".parts .days").count() == 500
    assert len(world.app.get("/providers/vast", raw=True)) < 600_000


def test_it_fits_and_axe_finds_nothing(world, reader):
    assert browsing.every_look(reader().open("/providers/harbour")) == {}


def test_the_html_is_valid(world, tmp_path):
    for name in ("harbour", "vast", "dark"):
        (tmp_path / f"{name}.html").write_text(world.app.get(f"/providers/{name}", raw=True))
    assert browsing.invalid_html(tmp_path) == []


def test_what_was_seen_survives_a_restart(world, reader):
    before = reader(script=False).open("/providers/harbour").inner_text(".record .head")
    world.app.restart()
    assert reader(script=False).open("/providers/harbour").inner_text(".record .head") == before
