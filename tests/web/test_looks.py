"""How pages look where no other test looks: on paper, in the colours chosen by hand, with motion unwanted."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import Reader
from conftest import closing, instances, receiver, tocsin, vendor  # noqa: F401 (fixtures)
from person import welcome
from settings import config, monitor, provider

PART = pages.component("c1", "Quay API", "degraded_performance")
PAPER = {"light": "rgb(251, 250, 247)", "dark": "rgb(18, 20, 23)"}


@pytest.fixture(scope="module")
def browser():
    with browsing.chromium() as one:
        yield one


@pytest.fixture
def app(tocsin, vendor):
    pages.publish(vendor, "/harbour", [PART], [pages.trouble("k1", component=PART, name="Boats arrive late")])
    return tocsin(config(provider("harbour", vendor.url("/harbour")), monitor("harbour"), server={"public_read": True}))


def test_without_script_times_are_on_the_teams_clock_everywhere(tocsin, vendor, browser):
    pages.publish(vendor, "/harbour", [PART], [pages.trouble("k1", component=PART, name="Boats arrive late", at="2026-02-21T02:01:00Z")])
    app = tocsin(config(provider("harbour", vendor.url("/harbour")), monitor("harbour"), server={"public_read": True, "time_zone": "America/New_York"}))
    app.seen("degraded")
    incident = f"/incidents/{app.api('/incidents')['items'][0]['id']}"
    with Reader(browser, app.base(), script=False) as one:
        for path in ("/", "/providers/harbour", incident, "/calendar", "/decisions", "/deliveries"):
            page = one.open(path)
            assert page.inner_text("footer [data-zone]") == "New York time", path
            written = page.eval_on_selector_all("main time[data-as]", "all => all.map(one => [one.innerText, one.title, one.dateTime])")
            assert all("UTC" not in text and "UTC" in exact and at.endswith("Z") for text, exact, at in written), path
        page = one.open(incident)
        assert browsing.facts(page)["Started"].startswith("20 Feb 2026, 21:01 EST")
        assert page.get_attribute(".facts time", "title") == "2026-02-21 02:01:00 UTC"
        assert "times in New York time" in page.inner_text(".head")
    with Reader(browser, app.base(), zone="Europe/Berlin") as one:
        assert browsing.facts(one.open(incident))["Started"].startswith("21 Feb 2026, 03:01 GMT+1"), "with script the clock is the reader's"


@pytest.mark.parametrize("width", [1440, 768, 390])
def test_no_button_is_squeezed_until_its_word_breaks(app, browser, width):
    ada = welcome(app)
    with Reader(browser, app.base(), width=width, script=False) as one:
        one.context.add_cookies([{"name": name, "value": value, "url": app.base()} for name, value in ada.jar.items()])
        for path in ("/", "/providers", "/monitors", "/deliveries", "/channels", "/settings"):
            page = one.open(path)
            for button in page.locator(".button:visible").all():
                assert button.bounding_box()["height"] < 44, (path, button.inner_text())


def style(page, selector, name, pseudo=""):
    return page.evaluate("([selector, name, pseudo]) => getComputedStyle(document.querySelector(selector), pseudo)[name]", [selector, name, pseudo])


def test_paper_gets_what_is_said_in_ink_and_no_controls(app, browser):
    with Reader(browser, app.base(), scheme="dark") as one:
        page = one.open("/")
        assert style(page, "html", "backgroundColor") == PAPER["dark"]
        page.emulate_media(media="print", color_scheme="dark")
        assert style(page, "html", "backgroundColor") == PAPER["light"], "nobody prints night"
        assert page.locator("h1").is_visible() and page.locator("#ledger").is_visible()
        for control in (".top", "footer", ".filter", ".chips"):
            assert not page.locator(control).is_visible(), control


def test_colours_chosen_by_hand_stay_on_every_page(app, browser):
    with Reader(browser, app.base(), scheme="light") as one:
        page = one.open("/")
        seen = [(page.inner_text("#scheme"), style(page, "html", "backgroundColor"))]
        for _ in range(3):
            page.click("#scheme")
            seen.append((page.inner_text("#scheme"), style(page, "html", "backgroundColor")))
        assert seen == [
            ("Colours: as the system", PAPER["light"]),
            ("Colours: light", PAPER["light"]),
            ("Colours: dark", PAPER["dark"]),
            ("Colours: as the system", PAPER["light"]),
        ]
        page.click("#scheme")
        page.click("#scheme")
        page = one.open("/providers")
        assert style(page, "html", "backgroundColor") == PAPER["dark"] and page.inner_text("#scheme") == "Colours: dark"
        assert one.complaints == []


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_news_glows_or_is_marked_where_motion_is_unwanted(app, browser, motion):
    with Reader(browser, app.base()) as one:
        one.page.emulate_media(reduced_motion=motion)
        page = one.open("/")
        page.wait_for_selector(".open > li")
        # at one stroke: the page is live, and what comes next may take the mark away
        moves, mark = page.evaluate("""() => {
            const row = document.querySelector('.open > li');
            row.classList.add('news');
            const { animationName, boxShadow } = getComputedStyle(row);
            return [animationName, boxShadow];
        }""")
        wanted = ("none", True) if motion == "reduce" else ("glow", True)
        assert (moves, mark != "none") == wanted
        assert (style(page, "a", "transitionDuration") == "0s") == (motion == "reduce")


@pytest.mark.parametrize("width", [1440, 1024, 768, 390])
def test_a_long_name_leaves_room_for_every_entry(app, browser, width):
    ada = welcome(app, name="Augusta Ada King, Countess of Lovelace, " * 3)
    with Reader(browser, app.base(), width=width) as one:
        one.context.add_cookies([{"name": name, "value": value, "url": app.base()} for name, value in ada.jar.items()])
        page = one.open("/")
        page.wait_for_selector("#mark:visible")
        lines = set(page.eval_on_selector_all(".top nav a", "all => all.map(one => Math.round(one.getBoundingClientRect().top))"))
        assert len(lines) == (2 if width == 390 else 1), "the entries stand in one line, on a phone in two"
        assert page.locator(".top nav a").count() == 9 and page.locator(".me button").is_visible()
        assert browsing.overflow(page) == 0
        with page.expect_navigation():
            page.click(".me button")
        assert page.locator("form.me").count() == 0


def test_nothing_to_press_is_smaller_than_a_thumb_needs(app, browser):
    ada = welcome(app)
    small = """() => [...document.querySelectorAll('a, button, summary, select, input:not([type=checkbox], [type=radio], [type=hidden])')]
        .filter(one => one.checkVisibility() && !one.closest('.skip, .words'))
        .map(one => [one.innerText || one.name, one.getBoundingClientRect()])
        .filter(([, box]) => box.height < 24 || box.width < 24)
        .map(([words, box]) => `${words}: ${box.width} × ${box.height}`)"""
    with Reader(browser, app.base(), width=390) as one:
        one.context.add_cookies([{"name": name, "value": value, "url": app.base()} for name, value in ada.jar.items()])
        for path in ("/", "/providers/harbour", "/calendar", "/deliveries", "/decisions", "/monitors", "/groups/new", "/channels/new", "/settings"):
            assert one.open(path).evaluate(small) == [], path
