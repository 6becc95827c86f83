"""A check of our own, as people see it: its calls as pictures, in words, and to be heard."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import Reader, browser, facts, plain
from conftest import closing, instances
from peers import Vendor, until
from person import welcome
from voice import Telephone

LINE = "/checks/support-line"
SILENT = "/checks/a-line-with-a-long-name-that-says-where-it-rings-and-who-a"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One line that passed and then went silent one way, and one that never answers."""
    folder = tmp_path_factory.mktemp("checks")
    with closing(Vendor()) as vendor, closing(Telephone()) as telephone, closing(Telephone("busy")) as busy, instances(folder) as start:
        pages.publish(vendor, "/kustomer", [pages.component("c1", "Kustomer Voice")])
        app = start(f"""
[poll]
spread = "0s"
[net]
allow_private = ["127.0.0.0/8"]
[voice]
calls_per_hour = 3600
buffer_ms = 160
record = true
[[provider]]
slug = "kustomer"
name = "Kustomer"
page = "{vendor.url('/kustomer')}"
interval = "1s"
[[monitor]]
provider = "kustomer"
[[check]]
name = "support line"
kind = "sip_call"
target = "sip:line@127.0.0.1:{telephone.port}"
interval = "1s"
provider = "kustomer"
components = ["Kustomer Voice"]
[[check]]
name = "A line with a long name that says where it rings and who answers"
kind = "sip_call"
target = "sip:a.user.with.a.very.long.name.indeed@127.0.0.1:{busy.port}"
interval = "30m"
""")
        until(lambda: app.api(LINE)["last_call"], 60, "a call that passes")
        telephone.answer("deaf")
        until(lambda: app.api(LINE)["warning"], 90, "the warning")
        app.seen(provider="kustomer")
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
    here = open_page(LINE)
    for path in (LINE, SILENT, "/", "/providers/kustomer"):
        here.goto(world.base() + path)
        here.evaluate("document.querySelectorAll('.calls details').forEach((one, place) => { one.open = place === 0 })")
        assert browsing.every_look(here) == {}, path


def test_the_page_is_sound_html(world, tmp_path):
    for number, path in enumerate((LINE, SILENT, "/", "/providers/kustomer")):
        (tmp_path / f"{number}.html").write_text(world.get(path, raw=True))
    assert browsing.invalid_html(tmp_path) == []


def test_a_call_is_a_picture_and_the_same_in_words(open_page):
    here = open_page(LINE)
    assert facts(here)["Our check says"].startswith("Partial outage")
    assert facts(here)["Kustomer’s page says"] == "Operational Kustomer Voice"
    latest = here.locator("figure.call").first
    told = latest.get_attribute("aria-label")
    assert "we speak from" in told and "they are heard from" in told
    assert plain(latest.locator("figcaption").inner_text()) == told
    assert [plain(one) for one in latest.locator(".lanes > p").all_inner_texts()][:3] == ["Signalling", "We say", "We hear"]

    # What is heard is drawn where it was heard: both lanes are as wide as the call, and their voices have a height.
    boxes = latest.locator(".lanes .voice").evaluate_all("all => all.map(one => one.getBBox()).map(box => [box.x, box.width, box.height])")
    assert len(boxes) == 2 and all(width > 300 and height > 10 for _, width, height in boxes), boxes
    rungs = [plain(one) for one in here.locator(".rungs").first.locator(".what").all_inner_texts()]
    assert rungs[0] == "we call" and "nothing says that the far end hears us" in rungs and rungs[-1] == "we hang up"
    ways = here.locator(".rungs").first.locator(".way svg").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    assert len(ways) == len(rungs) and {"from us to them", "from them to us"} <= set(ways)


def test_lists_show_the_last_call_at_a_glance(open_page, world):
    for path in ("/", "/providers/kustomer"):
        here = open_page(path)
        row = here.locator(".checks > li", has_text="support line")
        names = row.locator(".glimpse svg title").evaluate_all("all => all.map(one => one.textContent)")
        assert names == ["Signalling", "We say", "We hear"], (path, names)
        boxes = row.locator(".glimpse .voice").evaluate_all("all => all.map(one => one.getBBox()).map(box => [box.width, box.height])")
        assert len(boxes) == 2 and all(width > 300 and height > 10 for width, height in boxes), boxes
    unheard = open_page("/").locator(".checks > li", has_text="A line with a long name")
    assert unheard.locator(".glimpse svg").count() == 1, "nobody answers: there is nothing to hear"


def test_both_sides_can_be_heard(open_page):
    here = open_page(LINE)
    lengths = here.locator(".sounds").first.locator("audio").evaluate_all(
        "all => Promise.all(all.map(one => new Promise((done, failed) => { one.onloadedmetadata = () => done(one.duration); one.onerror = () => failed(one.error.message); one.preload = 'metadata'; one.load() })))"
    )
    assert len(lengths) == 2 and all(4 < length < 60 for length in lengths), lengths


def test_the_warning_stands_beside_the_green_page(open_page):
    here = open_page("/providers/kustomer")
    assert plain(here.locator(".care").inner_text()) == "Tocsin’s own check says: Calls are answerable but audio does not connect · support line"
    assert facts(here)["Health"] == "Operational"
    here.locator(".care a").click()
    assert here.url.endswith(LINE)
    now = open_page("/")
    assert plain(now.locator("h1").inner_text()).endswith("but our own check warns")
    assert "Calls are answerable but audio does not connect" in plain(now.locator(".warned").inner_text())


def test_whoever_is_signed_in_takes_care_of_the_warning_and_mutes_it(open_page, world):
    """The last one: from here on nobody else may read."""
    here = open_page(LINE)
    assert here.locator(".do-about").count() == 0, "who is not signed in may do nothing"
    owner = welcome(world)
    here.context.add_cookies([{"name": name, "value": value, "url": world.base()} for name, value in owner.jar.items()])
    here.reload()
    cared = lambda: [plain(one) for one in here.locator(".care").all_inner_texts()]
    here.get_by_role("button", name="Acknowledge").click()
    assert [one.split(" since")[0] for one in cared()] == ["Ada takes care of it"]
    here.get_by_text("Mute", exact=True).click()
    assert "becomes of this warning" in plain(here.locator(".unfold").inner_text())
    assert browsing.every_look(here) == {}
    here.get_by_role("button", name="Until it ends").click()
    assert cared()[1] == "This warning is muted until it ends, by Ada"
    assert browsing.every_look(here) == {}
    here.goto(world.base() + "/silences")
    assert here.locator(f"a[href='{LINE}']").count() == 2
    here.goto(world.base() + LINE)
    here.get_by_role("button", name="End the mute").click()
    here.get_by_role("button", name="Take the acknowledgement back").click()
    assert here.url.endswith(LINE) and cared() == []
