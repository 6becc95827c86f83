"""A promised update, as people see it: counted down while there is time, named once it is overdue."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import Reader, browser, plain
from conftest import closing, instances
from peers import Clock, Vendor
from settings import config, group, monitor, provider


def said(ident, name, *told):
    """An incident with its updates: when, and with which words."""
    updates = [pages.update(f"{ident}-{turn}", "investigating", f"2026-02-20T{at}:00.000Z", text, ident) for turn, (at, text) in enumerate(told)]
    return pages.incident(ident, name, "major", updates, [pages.QUAY])


LATE = [("21:00", "We look. Next update in 30 minutes."), ("21:29", "Still looking. Next update in 10 minutes."), ("21:50", "A crane fell. Next update within 15 minutes.")]
SOON = said("k2", "Buoys are dark", ("22:27", "We look into it. Another update within the next hour."))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """It is half past ten at night, and stays so."""
    folder = tmp_path_factory.mktemp("promises")
    with closing(Vendor()) as vendor, instances(folder) as start:
        pages.harbour(vendor, said("k1", "Boats arrive late", *LATE), SOON)
        app = start(config(provider("harbour", vendor.url("/harbour")), monitor("harbour", "desk"), group("desk"), server={"public_read": True}), clock=Clock(folder, "2026-02-20T22:30:00Z"))
        app.seen("partial_outage")
        app.vendor = vendor
        app.paths = {one["vendor_id"]: f"/incidents/{one['id']}" for one in app.api("/incidents")["items"]}
        yield app


@pytest.fixture
def open_page(browser, world):
    opened = []

    def start(path, **how):
        opened.append(Reader(browser, world.base(), **how))
        return opened[-1].open(path)

    yield start
    for one in opened:
        one.context.close()
    assert [one.complaints for one in opened if one.complaints] == []


def test_it_fits_and_axe_finds_nothing(open_page, world):
    here = open_page("/")
    for path in ("/", "/providers/harbour", *world.paths.values()):
        here.goto(world.base() + path)
        assert browsing.every_look(here) == {}, path


@pytest.mark.parametrize("script", [True, False])
def test_what_is_promised_and_what_is_overdue(open_page, world, script):
    here = open_page(world.paths["k2"], script=script)
    assert plain(here.inner_text(".promise")) == "Next update promised by 23:27 UTC, due in 57m"
    late = open_page(world.paths["k1"], script=script)
    assert plain(late.inner_text(".promise.broken")) == "Next update was promised for 22:05 UTC, 25m overdue"
    line = plain(late.inner_text(".line"))
    assert line.count("and it came") == 2 and "promised by 21:39 UTC, and it came 11m late" in line
    for path in ("/", "/providers/harbour"):
        board = open_page(path, script=script)
        assert [plain(one) for one in board.locator(".pill.broken").all_inner_texts()] == ["update 25m overdue"], path


def test_readers_in_other_zones_read_their_own_clock(open_page, world):
    here = open_page(world.paths["k2"], zone="Asia/Kolkata")
    assert "promised by 04:57" in plain(here.inner_text(".promise"))


def test_an_open_page_stops_counting_when_the_word_comes(open_page, world):
    here = open_page(world.paths["k1"])
    pages.harbour(world.vendor, said("k1", "Boats arrive late", *LATE, ("22:30", "The crane stands again.")), SOON)
    here.wait_for_selector("text=The crane stands again.")
    here.wait_for_selector(".promise", state="detached")
    assert "promised by 22:05 UTC, and it came 25m late" in plain(here.inner_text(".line"))
    assert "overdue" not in open_page("/").inner_text("main")
