"""5,000 monitors: the dashboard stays a ledger that can be read, searched and leafed through."""

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import Reader, plain
from conftest import closing, instances
from peers import Vendor, until
from settings import config, provider, table

VENDORS = 250
MONITORS = 5_000
NAMES = ("Larkspur", "Quarry", "Beacon", "Tidewater", "Harbour", "Juniper", "Granite", "Saltmarsh")
SLOW = (77, 234)
DARK = 191


def name(number):
    return f"{NAMES[number % len(NAMES)]} {number:03}"


def publish(vendor):
    """Two in trouble, one that cannot be read, the rest well."""
    part = pages.component("c1", "API")
    for number in range(VENDORS):
        pages.publish(vendor, f"/v{number}", [part], name=name(number))
    for number in SLOW:
        said = [pages.update("u1", "investigating", "2026-02-20T21:00:00.000Z", "We look into it.")]
        trouble = pages.incident(f"k{number}", "Answers are slow", "minor", said, [part])
        pages.publish(vendor, f"/v{number}", [{**part, "status": "degraded_performance"}], [trouble], indicator="minor", name=name(number))
    vendor.pages[f"/v{DARK}/api/v2/summary.json"] = (500, b"broken", {})


def watched(vendor):
    entry = lambda number: provider(f"v{number}", vendor.url(f"/v{number}"), name(number), "10m", platform="statuspage")
    monitors = [table("[[monitor]]", provider=f"v{number % VENDORS}") for number in range(MONITORS)]
    return config(*monitors, *map(entry, range(VENDORS)))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with closing(Vendor()) as vendor, instances(tmp_path_factory.mktemp("fleet")) as start:
        publish(vendor)
        app = start(watched(vendor))
        told = ("2</b> of your 250 vendors are in trouble", "1</b> cannot be read", f'Operational <span class="num">{well()}')
        until(lambda: [app.get("/", raw=True).count(words) for words in told] == [1, 1, 2], what="the first sweep")
        yield app


def well():
    return f"{MONITORS - (len(SLOW) + 1) * MONITORS // VENDORS:,}"


@pytest.fixture(scope="module")
def browser():
    with browsing.chromium() as one:
        yield one


@pytest.fixture
def reader(browser, fleet):
    with Reader(browser, fleet.base()) as one:
        yield one
    assert one.complaints == [] and one.strangers == []


def test_the_page_is_light_and_quick(fleet):
    began = time.monotonic()
    page = fleet.get("/", raw=True)
    assert time.monotonic() - began < 3
    assert len(page) < 150_000 and page.count("<th scope=\"row\">") == 100


def test_the_sentence_and_the_worst_come_first(reader):
    page = reader.open("/")
    assert plain(page.inner_text("h1")) == "2 of your 250 vendors are in trouble, 1 cannot be read"
    assert set(page.locator(".ledger th[scope=row]").all_inner_texts()[:40]) == {name(number) for number in SLOW}
    assert [plain(text) for text in page.locator(".ledger .group").all_inner_texts()] == ["Degraded 40", "Unknown 20", f"Operational {well()}"]
    assert plain(page.inner_text(".chips")) == f"All 5,000 Degraded 40 Unknown 20 Operational {well()}"


def test_leafing_reaches_the_last_of_them(reader):
    page = reader.open("/")
    assert page.locator(".pager a").all_inner_texts() == ["Next"]
    page.click(".pager a[rel=next]")
    page.wait_for_url("**page=2**")
    assert "101–200 of 5,000" in page.inner_text(".pager")
    page = reader.open("/?page=50")
    assert "4,901–5,000 of 5,000" in page.inner_text(".pager") and page.locator(".pager a").all_inner_texts() == ["Previous"]
    assert reader.open("/?page=999999").inner_text(".pager span") == "4,901–5,000 of 5,000"


def test_typing_filters_and_enter_looks_through_all(reader):
    page = reader.open("/")
    page.fill("#filter", "234")
    assert set(page.locator(".ledger th[scope=row]:visible").all_inner_texts()) == {name(234)}
    assert "20 of 100 rows on this page" in page.inner_text("[data-filter-result]")
    page.fill("#filter", "quarry 00")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=quarry**")
    assert set(page.locator(".ledger th[scope=row]").all_inner_texts()) == {name(1), name(9)}
    page.click(".chip:has-text('All')")
    assert page.input_value("#filter") == "quarry 00"


def test_health_narrows_it_down(reader):
    page = reader.open("/")
    page.click(".chip:has-text('Degraded')")
    page.wait_for_url("**health=degraded**")
    assert set(page.locator(".ledger th[scope=row]").all_inner_texts()) == {name(number) for number in SLOW}
    assert page.locator(".pager").count() == 0, "40 rows need no pages"


@pytest.mark.parametrize("width", browsing.WIDTHS)
def test_it_is_a_page_at_every_width(browser, fleet, width):
    with Reader(browser, fleet.base(), width=width) as one:
        page = one.open("/?page=3")
        assert browsing.overflow(page) == 0 and page.locator(".ledger th[scope=row] a").first.is_visible()
        assert one.complaints == []


def test_axe_finds_nothing_in_a_full_ledger(reader):
    assert browsing.axe(reader.open("/")) == []
