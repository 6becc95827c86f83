"""An open page changes by itself, and says so only while it is true."""

import contextlib
import datetime
import re
import sys
import threading
from pathlib import Path

import playwright.sync_api
import pytest
import sseclient
import urllib3

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import Reader, plain
from conftest import closing, instances
from peers import Receiver, Vendor, until
from settings import config, group, hook, monitor, provider

QUAY = pages.component("c1", "Quay API")
SICK = {**QUAY, "status": "partial_outage"}


class World:
    def __init__(self, directory, start, vendor, receiver):
        self.vendor = vendor
        self.began = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=20)).isoformat()
        pages.harbour(vendor)
        for number in range(3):
            pages.publish(vendor, f"/calm{number}", [pages.component("c1", "Everything")])
        calm = [provider(f"calm{number}", vendor.url(f"/calm{number}"), f"Calm Sea {number}", "2s", platform="statuspage") for number in range(3)]
        told = [monitor("harbour", "on-call"), *[monitor(f"calm{number}") for number in range(3)], group("on-call", "hook"), hook("hook", receiver.url("/hook"))]
        self.app = start(config(provider("harbour", vendor.url("/harbour"), platform="statuspage"), *calm, *told))
        until(lambda: "All 4 vendors are well" in self.app.get("/", raw=True), what="the first readings")

    def trouble(self, *stages, ident="k1"):
        """Harbour Cloud says that something is wrong; the last stage counts."""
        ended = stages and stages[-1] == "resolved"
        pages.harbour(self.vendor, pages.trouble(ident, stages, component=QUAY, at=self.began), components=[QUAY if ended else SICK], indicator="none" if ended else "major")

    def calm(self):
        pages.harbour(self.vendor)
        until(lambda: not self.app.api("/incidents?state=open")["items"], what="the end of all trouble")

    def incident(self):
        return until(lambda: self.app.api("/incidents?state=open")["items"], what="an open incident")[0]


@pytest.fixture
def world(tmp_path):
    with closing(Vendor(), Receiver()) as (vendor, receiver), instances(tmp_path) as start:
        yield World(tmp_path, start, vendor, receiver)


@pytest.fixture(scope="module")
def browser():
    with browsing.chromium() as one:
        yield one


@pytest.fixture
def reader(browser, world):
    with Reader(browser, world.app.base()) as one:
        yield one
    assert one.complaints == [] and one.strangers == []


def live(page):
    """Waits until the page calls itself live and has the newest state."""
    try:
        page.wait_for_selector("#mark[data-state=live]", timeout=15_000)
    except playwright.sync_api.TimeoutError:
        raise AssertionError(f"it never called itself live: {page.evaluate('document.getElementById(`mark`).outerHTML')}") from None
    page.wait_for_selector("main[data-seen]", state="attached", timeout=15_000)
    page.evaluate("window.kept = true")
    return page


def test_an_incident_opens_and_ends_on_an_open_dashboard(world, reader):
    page = live(reader.open("/"))
    assert page.inner_text("#mark") == "live" and page.locator(".open").count() == 0
    world.trouble("investigating")
    page.wait_for_selector(".open > li.news", timeout=15_000)
    assert plain(page.inner_text("h1")) == "1 of your 4 vendors is in trouble"
    assert "Trouble k1" in page.inner_text(".open")
    assert [plain(text) for text in page.locator(".ledger .group").all_inner_texts()] == ["Partial outage 1", "Operational 3"]
    assert page.locator(".ledger tr.news").count() == 1, "only the row that changed glows"
    assert browsing.axe(page) == []
    world.trouble("investigating", "resolved")
    page.wait_for_function("() => document.querySelector('.open') === null", timeout=15_000)
    page.wait_for_selector("#live-ended:has-text('Trouble k1')", timeout=15_000)
    assert plain(page.inner_text("h1")) == "All 4 vendors are well"
    assert page.evaluate("window.kept"), "the page was never loaded again"


def test_a_provider_page_and_an_incident_page_follow(world, reader, browser):
    page = live(reader.open("/providers/harbour"))
    world.trouble("investigating")
    page.wait_for_selector(".parts > li.news:has-text('Partial outage')", timeout=15_000)
    assert page.inner_text("h1") == "Harbour Cloud has a partial outage"
    with Reader(browser, world.app.base()) as other:
        follow = live(other.open(f"/incidents/{world.incident()['id']}"))
        assert follow.locator(".line > li").count() == 1
        world.trouble("investigating", "identified")
        follow.wait_for_selector(".line > li.news:has-text('Identified')", timeout=15_000)
        assert follow.locator(".line > li").count() == 2
        follow.wait_for_function("() => document.querySelectorAll('.heard > li').length === 2", timeout=20_000)
        assert "hook" in follow.inner_text(".heard") and "Delivered" in follow.inner_text(".heard")
        assert other.complaints == []


def test_a_vendor_that_cannot_be_read_is_shown_without_an_event(world, reader):
    page = live(reader.open("/"))
    world.vendor.instead["calm1"] = (500, b"broken", {})
    page.wait_for_selector(".dark:has-text('Calm Sea 1')", timeout=40_000)
    assert plain(page.inner_text("h1")) == "1 of your 4 vendors cannot be read, none is known to be in trouble"


def test_the_mark_never_lies(world, browser):
    with Reader(browser, world.app.base()) as one:
        page = live(one.open("/"))
        world.app.kill()
        page.wait_for_selector("#mark[data-state=lost]", timeout=15_000)
        assert page.inner_text("#mark").startswith("reconnecting since ")
        world.trouble("investigating")
        world.app.start()
        page.wait_for_selector("#mark[data-state=live]", timeout=40_000)
        page.wait_for_selector(".open:has-text('Trouble k1')", timeout=15_000)
        assert page.evaluate("window.kept")


@pytest.mark.parametrize("late", ["hx-sse.min", "live"])
def test_it_follows_even_where_a_script_comes_late(world, reader, late):
    def held(route):
        """Until htmx has looked through the page, which it does as soon as it is there itself."""
        reader.page.wait_for_function("() => window.looked")
        route.continue_()

    reader.page.add_init_script("addEventListener('htmx:after:process', () => { window.looked = true }, { once: true })")
    reader.page.route(re.compile(rf"/{late}[^/]*\.js"), held)
    page = live(reader.open("/"))
    world.trouble("investigating")
    page.wait_for_selector(".open > li.news", timeout=15_000)


def test_nothing_moves_under_the_readers_hand(world, reader):
    page = live(reader.open("/"))
    page.mouse.move(300, 300)
    page.mouse.down()
    world.trouble("investigating")
    until(lambda: world.app.api("/incidents?state=open")["items"], what="the incident")
    page.wait_for_timeout(1_500)
    assert page.locator(".open").count() == 0, "the button is still pressed"
    page.mouse.up()
    page.wait_for_selector(".open > li", timeout=15_000)


def test_what_was_typed_and_what_was_opened_stays(world, reader):
    page = live(reader.open("/providers/harbour"))
    page.locator("#live-past details summary").click()
    world.trouble("investigating")
    page.wait_for_selector(".parts > li:has-text('Partial outage')", timeout=15_000)
    assert page.locator("#live-past details[open]").count() == 1
    page = live(reader.open("/"))
    page.fill("#filter", "calm")
    assert page.locator(".ledger th[scope=row]:visible").count() == 3
    world.trouble("investigating", "resolved")
    page.wait_for_function("() => document.querySelector('.open') === null", timeout=15_000)
    assert page.input_value("#filter") == "calm" and page.locator(".ledger th[scope=row]:visible").count() == 3


def test_ages_count_on(world, reader):
    page = live(reader.open("/"))
    first = page.inner_text("#live-sub")
    page.wait_for_function("text => document.querySelector('#live-sub').innerText !== text", arg=first, timeout=40_000)


def test_without_script_the_page_asks_again_only_for_who_wants_it(world, browser):
    with Reader(browser, world.app.base(), script=False) as one:
        page = one.open("/")
        assert page.locator("meta[http-equiv=refresh]").count() == 0
        assert page.locator("#mark").is_hidden(), "without script nothing is live"
        page.click(".still a:text-is('Load again every minute')")
        assert page.get_attribute("meta[http-equiv=refresh]", "content") == "60"
        page.click(".still a:text-is('Stop')")
        assert page.locator("meta[http-equiv=refresh]").count() == 0


class Stream:
    """A live stream as a program reads it."""

    def __init__(self, app, path, last=None):
        headers = {"accept": "text/event-stream", **({"last-event-id": last} if last else {})}
        self.answer = urllib3.PoolManager().request("GET", app.base() + path, headers=headers, preload_content=False)
        self.come = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        with contextlib.suppress(urllib3.exceptions.HTTPError, ValueError, AttributeError):
            for event in sseclient.SSEClient(self.answer).events():
                self.come.append(event)

    def states(self):
        return [one for one in self.come if one.event == "message"]


def test_all_who_look_at_the_same_get_the_same(world):
    streams = [Stream(world.app, "/live/now") for _ in range(30)]
    until(lambda: all(one.states() for one in streams), what="the first states")
    world.trouble("investigating")
    changed = lambda one: any("Trouble k1" in state.data for state in one.states()[1:])
    until(lambda: all(changed(one) for one in streams), what="the change on every stream")
    assert len({one.states()[-1].id for one in streams}) == 1
    assert [one.data for one in streams[0].come if one.event == "beat"][0] == "well"


def test_who_comes_back_gets_what_changed_meanwhile(world):
    first = Stream(world.app, "/live/providers/harbour")
    state = until(lambda: first.states(), what="the first state")[0]
    same = Stream(world.app, "/live/providers/harbour", last=state.id)
    until(lambda: same.come, what="a beat")
    world.trouble("investigating")
    news = until(lambda: same.states(), what="the change")[0]
    assert "has a partial outage" in news.data and "live-pages" not in news.data, "only what changed, not the whole state"
    back = Stream(world.app, "/live/providers/harbour", last=state.id)
    assert "live-pages" in until(lambda: back.states(), what="the whole state")[0].data


def test_there_is_no_stream_of_nothing(world):
    for path in ("/live/incidents/00000000-0000-0000-0000-000000000000", "/live/providers/nobody-has-this-slug"):
        status, headers, _ = world.app.problem("GET", path)
        assert status == 404 and headers["content-type"] == "application/problem+json"
