"""The pages as their readers meet them: the real program, real vendors on loopback, a real browser."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import kustomer
import pages
from browsing import WIDTHS, Reader, browser, reader, facts, hovers, plain
from conftest import closing, instances
from peers import Clock, Vendor, until
from settings import config, monitor, provider

NOISE = "window.hacked = (window.hacked || 0) + 1"
EVIL = f"</title></script><script>{NOISE}</script><img src=x onerror=\"{NOISE}\"> 'quoted' & \"so\" <!--"
EVIL_BODY = f"""Plain words. [follow me](javascript:window.hacked=1) ![seen](https://elsewhere.example/pixel.png) [elsewhere](https://elsewhere.example)

<script>{NOISE}</script> <img src="https://elsewhere.example/x.png" onerror="{NOISE}">
<iframe src="https://elsewhere.example"></iframe> <svg onload="{NOISE}"></svg> <b onclick="{NOISE}">bold</b>
<form action="https://elsewhere.example"><input name="password"></form> <style>body {{ display: none }}</style>
<a href="javascript:{NOISE}">or me</a> <a href="data:text/html,x">or this</a>
{EVIL}"""
ARABIC = "تأخير في تسليم الرسائل"
LONG = "Geschwindigkeitsüberwachungsschnittstellenkonfigurationsverwaltungsdienst"


def hostile(vendor):
    """A vendor that hates us, with everything it may write."""
    part = pages.component("c1", EVIL, "major_outage")
    said = [pages.update("u1", "investigating", "2026-02-20T21:00:00.000Z", EVIL_BODY)]
    trouble = pages.incident("evil1", EVIL, "critical", said, [part], shortlink=f"javascript:{NOISE}")
    pages.publish(vendor, "/hostile", [part], [trouble], indicator="critical", name=EVIL)


def crowded(vendor):
    """470 components, fifty updates, and names that fit nowhere."""
    parts = [pages.component(f"c{number}", f"{LONG} {number}" if number % 9 == 0 else f"Cell {number}") for number in range(470)]
    parts[200]["status"] = "partial_outage"
    at = lambda number: f"2026-02-{10 + number // 10:02}T{number % 10 + 10}:00:00.000Z"
    said = [pages.update(f"u{number}", "investigating", at(number), f"{ARABIC} {number} https://example.com/{LONG}{LONG}") for number in range(50)]
    trouble = pages.incident("crowd1", f"[{LONG}] {ARABIC} 🔥 東京リージョン [EU]", "major", said, parts[:90])
    pages.publish(vendor, "/crowded", parts, [trouble], indicator="major", name=LONG)


class World:
    """Kustomer's evening told to its end beside a hostile, a crowded, an unreadable and a healthy vendor."""

    def __init__(self, directory, start, vendor):
        clock = Clock(directory, "2026-02-20T22:00:40Z")
        hostile(vendor)
        crowded(vendor)
        pages.publish(vendor, "/calm", [pages.component("c1", "Everything")])
        vendor.pages["/dark/api/v2/summary.json"] = (500, b"broken", {})
        kustomer.publish(vendor, 0)
        names = {"kustomer": "Kustomer", "hostile": EVIL, "crowded": f"{LONG} {ARABIC}", "dark": "Dark Matter", "calm": "Calm Sea"}
        providers = [provider(slug, vendor.url(f"/{slug}"), name, platform="statuspage") for slug, name in names.items()]
        watched = [monitor("kustomer", components=["Kustomer Voice"]), *[monitor(slug) for slug in names if slug != "kustomer"]]
        self.app = start(config(*providers, *watched), clock=clock)
        until(lambda: self.health("kustomer") == "operational", what="the first reading")
        for count, (_, _, seen, _) in enumerate(kustomer.SAID, 1):
            clock.set(seen)
            kustomer.publish(vendor, count)
            until(lambda: len(self.record().get("updates", [])) == count, what=f"update {count}")
        until(lambda: self.health("crowded") == "partial_outage" and self.health("hostile") == "major_outage", what="the other readings")
        until(lambda: "cannot be read" in self.app.get("/providers/dark", raw=True), what="the unreadable vendor")
        self.incident = f"/incidents/{self.record()['id']}"
        one = lambda slug: f"/incidents/{self.app.api(f'/incidents?provider={slug}')['items'][0]['id']}"
        self.hostile, self.crowd = one("hostile"), one("crowded")

    def health(self, slug):
        return self.app.api(f"/providers/{slug}")["health"]

    def record(self):
        return next(iter(self.app.api("/incidents?provider=kustomer")["items"]), {})

    def everywhere(self):
        """Every kind of page, by a name for files."""
        own = [f"/providers/{slug}" for slug in ("kustomer", "hostile", "crowded", "dark", "calm", "github")]
        lists = ["/", "/calendar", "/deliveries", "/decisions", "/providers?category=developer-tools&watched=yes", "/?q=nothing-is-called-this", "/?health=unknown", "/providers", "/providers?q=nothing-is-called-this", "/nowhere", "/unsubscribe/nobody"]
        return [*lists, *own, self.incident, self.hostile, self.crowd]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("pages")
    with closing(Vendor()) as vendor, instances(directory) as start:
        yield World(directory, start, vendor)


def test_the_record_in_utc_without_script(world, reader):
    page = reader(script=False, zone="America/New_York").open(world.incident)
    assert page.title().startswith(kustomer.TITLE)
    assert plain(page.inner_text("h1")) == "Trouble accepting Inbound Calls Voice PROD 1"
    assert page.get_attribute("h1", "title") == kustomer.TITLE
    assert plain(page.inner_text(".badges")).startswith("Minor Resolved Post-mortem Kustomer’s own page")
    assert facts(page) == {
        "Started": "20 Feb 2026, 22:01 UTC Kustomer’s clock",
        "Resolved": "21 Feb 2026, 00:01 UTC Kustomer’s clock",
        "Duration": "2h",
        "First seen here": "20 Feb 2026, 22:02:10 UTC our clock, 1m 10s after Kustomer’s first word",
    }
    assert plain(page.inner_text(".affected")) == "Affected Kustomer Voice"
    assert timeline(page) == [(stage, at[11:16]) for stage, at, _, _ in kustomer.SAID]
    assert days(page) == ["20 Feb", "21 Feb", "2 Mar"]
    assert page.get_attribute(".badges .out", "href") == f"https://status.example.com/incidents/{kustomer.ID}"
    assert "Times are in UTC" in page.inner_text("footer")


def test_the_record_in_the_readers_own_zone(world, reader):
    page = reader(zone="America/New_York").open(world.incident)
    assert facts(page) == {
        "Started": "20 Feb 2026, 17:01 EST Kustomer’s clock",
        "Resolved": "20 Feb 2026, 19:01 EST Kustomer’s clock",
        "Duration": "2h",
        "First seen here": "20 Feb 2026, 17:02:10 EST our clock, 1m 10s after Kustomer’s first word",
    }
    clocks = ["17:01", "17:21", "17:53", "18:08", "18:33", "19:01", "11:53"]
    assert timeline(page) == [(stage, clock) for (stage, *_), clock in zip(kustomer.SAID, clocks)]
    assert days(page) == ["20 Feb", "2 Mar"], "in New York it was one evening"
    assert "Times are in New York time" in page.inner_text("footer")


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_hovering_tells_the_exact_utc_in_every_zone(world, reader, zone):
    page = reader(zone=zone).open(world.incident)
    exact = lambda at: at.replace("T", " ").replace("Z", " UTC")
    assert hovers(page, ".facts") == ["2026-02-20 22:01:00 UTC", "2026-02-21 00:01:00 UTC", "2026-02-20 22:02:10 UTC"]
    assert hovers(page, ".line .at")[::2] == [exact(at) for _, at, _, _ in kustomer.SAID]
    stamps = page.eval_on_selector_all(".line .at > time", "all => all.map(time => time.dateTime)")
    assert stamps == [at for _, at, _, _ in kustomer.SAID]


def test_the_vendors_words_are_rendered(world, reader):
    page = reader(script=False).open(world.incident)
    bodies = [plain(text) for text in page.locator(".line .words").all_inner_texts()]
    assert bodies == [body.replace("*", "") for _, _, _, body in kustomer.SAID[:-1]]
    assert page.inner_text(".line .words em") == "still"
    post = page.locator("#postmortem")
    assert "published 2 Mar 2026, 16:53 UTC" in plain(post.inner_text())
    assert [plain(text) for text in post.locator("h3").all_inner_texts()] == ["Summary", "Timeline", "What follows"]
    assert post.locator("ul li").count() == 5 and post.locator("ol li").count() == 2
    assert post.locator("strong").inner_text() == "PROD 1" and post.locator("em").inner_text() == "before"
    assert "ring (or saw them flash) but" in plain(post.inner_text()) and "\\" not in post.inner_text()
    assert page.locator(".badges a[href='#postmortem']").count() == 1


def timeline(page):
    """Stage and clock of each entry, in the order of the page."""
    entries = page.eval_on_selector_all(".line > li", "all => all.map(one => [one.querySelector('h3').innerText, one.querySelector('.at time').innerText])")
    words = {"Post-mortem": "postmortem"}
    return [(words.get(stage, stage.lower()), clock) for stage, clock in entries]


def days(page):
    return [text for text in page.eval_on_selector_all(".line .at small", "all => all.filter(one => one.offsetHeight).map(one => one.innerText)")]


def test_link_previews_and_structured_data(world, reader):
    page = reader(script=False).open(world.incident)
    named = dict(page.eval_on_selector_all("meta[property]", "all => all.map(meta => [meta.getAttribute('property'), meta.content])"))
    assert named["og:title"] == kustomer.TITLE and named["og:type"] == "article" and named["og:site_name"] == "Tocsin"
    assert named["og:description"] == "Kustomer: Trouble accepting Inbound Calls. Minor, resolved after 2h."
    assert named["og:url"] == page.get_attribute("link[rel=canonical]", "href") and named["og:url"].endswith(world.incident)
    data = json.loads(page.text_content("script[type='application/ld+json']"))
    assert data["@context"] == "https://schema.org" and data["headline"] == kustomer.TITLE
    assert data["temporalCoverage"] == "2026-02-20T22:01:00Z/2026-02-21T00:01:00Z"
    assert data["datePublished"] == "2026-02-20T22:01:00Z" and data["dateModified"] == "2026-03-02T16:53:00Z"
    assert data["about"]["name"] == "Kustomer" and data["keywords"] == ["Kustomer Voice"]
    assert data["isBasedOn"] == f"https://status.example.com/incidents/{kustomer.ID}"


def test_the_dashboard_answers_first(world, reader):
    page = reader().open("/")
    assert plain(page.inner_text("h1")) == "2 of your 5 vendors are in trouble, 1 cannot be read"
    assert page.locator(".open > li").count() == 2
    dark = plain(page.inner_text(".dark"))
    assert dark.startswith("Dark Matter") and "never read" in dark
    ended = plain(page.inner_text("section[aria-labelledby=ended]"))
    assert "Trouble accepting Inbound Calls" in ended and "Kustomer · 9d ago · lasted 2h" in ended
    assert [plain(text) for text in page.locator(".ledger .group").all_inner_texts()] == ["Major outage 1", "Partial outage 1", "Unknown 1", "Operational 2"]


def test_a_provider_page_names_trouble_before_hundreds_of_parts(world, reader):
    page = reader().open("/providers/crowded")
    assert plain(page.inner_text(".first-parts")) == "Cell 200 Partial outage"
    assert page.locator(".parts:visible").count() == 1, "the other 469 are folded"
    page.locator("details.group summary").click()
    assert page.locator(".parts:visible li").count() == 1 + 470


def test_where_nothing_is_known_a_page_says_what_to_do(world, reader):
    page = reader().open("/providers/github")
    assert "is not watched" in page.inner_text("h1") and "nothing is known" in page.inner_text(".sub")
    assert page.inner_text(".snippet") == '[[monitor]]\nprovider = "github"'
    assert page.locator("h2").all_inner_texts() == ["Status page"]
    page = reader().open("/providers/dark")
    assert page.inner_text("h1") == "Dark Matter cannot be read" and "probably gone" in page.inner_text(".sub") and "HTTP 500" in page.inner_text("main")
    assert page.locator("h2").all_inner_texts() == ["Status page"] and page.locator(".snippet").count() == 0
    page = reader().open("/providers")
    assert page.inner_text(".sub") == "5 of them watched." and page.locator(".unwatched").count() == 95
    assert page.locator("tbody tr .word").count() == 5 and page.locator("tbody tr:nth-child(5) .word").count() == 1


@pytest.mark.parametrize("script", [True, False])
def test_every_page_fits_and_nothing_complains(world, reader, script):
    one = reader(script=script)
    wide = {}
    for path in world.everywhere():
        page = one.open(path)
        assert page.locator("main h1").is_visible(), path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wide[path, width] = browsing.overflow(page)
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    assert {path: by for path, by in wide.items() if by > 0} == {}


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing(world, reader, width, scheme):
    one = reader(width=width, scheme=scheme)
    found = {path: browsing.axe(one.open(path)) for path in world.everywhere()}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_the_html_is_valid(world, browser, tmp_path):
    with Reader(browser, world.app.base(), script=False) as one:
        for number, path in enumerate(world.everywhere()):
            answer = one.context.request.get(world.app.base() + path)
            assert answer.headers["content-type"].startswith("text/html")
            (tmp_path / f"{number:02}-{path.strip('/').replace('/', '-')[:20]}.html").write_text(answer.text())
    assert browsing.invalid_html(tmp_path) == []


def test_hostile_words_stay_words(world, reader):
    one = reader()
    for path in ("/", "/providers/hostile", world.hostile, "/?q=%3Cscript%3E", "/providers?q=%22%3E%3Cscript%3E"):
        page = one.open(path)
        page.wait_for_timeout(50)
        assert page.evaluate("window.hacked") is None, path
        assert page.locator("main :is(img, iframe, form:not(.filter, .narrow), input:not([type=search], [type=hidden], [type=checkbox]), style, script, object)").count() == 0, path
        assert page.locator("[onclick], [onload], [onerror], [href^=javascript], [href^='data:'], [style]").count() == 0, path
        strange = page.locator("script:not([src^='/static/']):not([type='application/ld+json'])")
        assert strange.count() == 0, path
    page = one.open(world.hostile)
    assert page.get_attribute("h1", "title") == EVIL and "Plain words." in page.inner_text(".line")
    assert json.loads(page.text_content("script[type='application/ld+json']"))["headline"] == EVIL
    assert page.locator(".badges .out").count() == 0, "an address that is no web address is no link"
    links = page.eval_on_selector_all(".words a[href]", "all => all.map(link => [link.innerText, link.getAttribute('href'), link.rel])")
    assert links == [["elsewhere", "https://elsewhere.example", "nofollow noopener noreferrer"]]


def test_the_keyboard_reaches_everything(world, reader):
    page = reader().open("/")
    page.keyboard.press("Tab")
    skip = page.locator(".skip:focus")
    assert skip.is_visible() and skip.bounding_box()["height"] > 10
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null"), "the skip link skips the header"
    for _ in range(12):
        ring = page.evaluate("(() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth)] })()")
        assert ring[0] == "solid" and ring[1] >= 2, page.evaluate("document.activeElement.outerHTML")
        page.keyboard.press("Tab")


def test_a_slash_reaches_the_search(world, reader):
    page = reader().open("/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("kusto/")
    assert page.input_value("#search") == "kusto/", "within a box a slash is a slash"
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    page.wait_for_url("**/providers?q=kusto")
    assert page.locator("tbody th a").first.inner_text() == "Kustomer" and page.input_value("#search") == "kusto"


def test_searching_needs_no_script(world, reader):
    page = reader(script=False).open("/")
    page.fill("#search", "kustomer")
    page.click(".search button")
    assert page.locator("tbody th a").first.inner_text() == "Kustomer"
    page.goto(world.app.base() + "/")
    page.fill("#filter", "dark")
    page.click(".filter button")
    assert page.locator(".ledger th[scope=row]").all_inner_texts() == ["Dark Matter"]
    page.click(".chip:has-text('Unknown')")
    assert page.input_value("#filter") == "dark" and page.locator(".ledger th[scope=row]").count() == 1
