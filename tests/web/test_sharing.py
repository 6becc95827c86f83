"""Boards in a browser: made without and with script, by mouse and keyboard, shared, hung on a wall."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import WIDTHS, Reader, browser, invalid_html, plain
from conftest import closing, instances
from hands import Keyboard, Mouse
from peers import Vendor, until
from person import welcome
from settings import config, group, monitor, provider

PARTS = [pages.component("c1", "Quay API", "degraded_performance"), pages.component("c2", "Voice"), pages.component("c3", "Chat")]
WELL = {"granite": "Granite Vault", "beacon": "Beacon Mail with a name that is rather long for a board on a telephone", "juniper": "Juniper DNS"}
MANY = {f"v{number:03}": f"{('Larkspur', 'Quarry', 'Tidewater', 'Saltmarsh')[number % 4]} {number:03}" for number in range(496)}
FIVE = [
    {"provider": "harbour", "section": "What customers notice"}, {"provider": "beacon", "section": "What customers notice"},
    {"provider": "harbour", "components": ["Voice", "Chat"], "section": "Inside"}, {"provider": "broken", "section": "Inside"}, {"provider": "granite", "section": "Inside"},
]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with closing(Vendor()) as vendor, instances(tmp_path_factory.mktemp("boards")) as start:
        work = pages.work("m1", "scheduled", "2026-12-30T22:00:00.000Z", "2026-12-30T23:00:00.000Z")
        pages.harbour(vendor, pages.trouble("k1", component=PARTS[0], name="[Voice] [Boats arrive late] [PROD 1]"), components=PARTS, maintenances=[work])
        for slug, name in {**WELL, **MANY}.items():
            pages.harbour(vendor, slug=slug, components=[pages.component(slug, "Core")], name=name)
        vendor.pages["/broken/api/v2/summary.json"] = (500, b"", {})
        app = start(config(
            provider("harbour", vendor.url("/harbour")), provider("broken", vendor.url("/broken"), "Broken Record", platform="statuspage"),
            *(provider(slug, vendor.url(f"/{slug}"), name) for slug, name in WELL.items()),
            *(provider(slug, vendor.url(f"/{slug}"), name, "10m", platform="statuspage") for slug, name in MANY.items()),
            monitor("harbour", "desk"), monitor("broken", "desk"), monitor("granite", "desk"), group("desk"),
        ))
        app.ada = welcome(app)
        health = lambda slug: app.ada.send("GET", f"/providers/{slug}").json["health"]
        until(lambda: health("harbour") == "degraded" and health("granite") == "operational", what="the first look")
        yield app


@pytest.fixture
def open_page(browser, world):
    opened = []

    def start(path, signed_in=True, **how):
        opened.append(Reader(browser, world.base(), **how))
        if signed_in:
            opened[-1].context.add_cookies([{"name": name, "value": value, "url": world.base()} for name, value in world.ada.jar.items()])
        return opened[-1].open(path)

    yield start
    for one in opened:
        one.context.close()
    assert [one.complaints for one in opened if one.complaints] == []
    assert [one.strangers for one in opened if one.strangers] == []


@pytest.fixture(autouse=True)
def no_boards(world):
    yield
    for row in world.ada.send("GET", "/boards").json["items"]:
        world.ada.send("DELETE", f"/boards/{row['id']}")


def made(world, **body):
    answer = world.ada.send("POST", "/boards", {"name": "Every day", "about": "What the support desk looks at.", "visibility": "link", "entries": FIVE, **body})
    assert answer.status == 201, answer.text
    row = answer.json
    shown = lambda: world.ada.get(f"/boards/{row['slug']}").text
    until(lambda: "for the first time" not in shown() and "not read yet" not in shown(), what="the first look at all on it")
    return row["slug"], "/boards/" + row["address"].split("/boards/")[1]


def test_every_look_of_a_board_fits_and_axe_finds_nothing(open_page, world):
    slug, link = made(world)
    world.ada.send("POST", "/boards", {"name": "Empty"})
    page = open_page("/boards")
    for path in ("/boards", f"/boards/{slug}", f"/boards/{slug}?wall", "/boards/empty", f"/boards/{slug}/edit", "/boards/new?all"):
        page.goto(world.base() + path)
        assert browsing.every_look(page) == {}, path
    for path in (link, link + "&wall"):
        page = open_page(path, signed_in=False)
        assert browsing.every_look(page) == {}, path
        assert page.locator("nav[aria-label=Main], form.search").count() == 0


def test_the_html_is_valid(world, tmp_path):
    slug, _ = made(world)
    for name, path in {"list": "/boards", "board": f"/boards/{slug}", "wall": f"/boards/{slug}?wall", "form": f"/boards/{slug}/edit"}.items():
        (tmp_path / f"{name}.html").write_text(world.ada.get(path).text)
    assert invalid_html(str(tmp_path)) == []


@pytest.mark.parametrize("script", [True, False])
def test_a_newcomer_is_told_what_a_board_is_and_makes_one_of_all(open_page, world, script):
    page = open_page("/boards", script=script)
    assert "one calm page of some providers" in page.inner_text("main")
    page.click("main a:has-text('Make one of all that you monitor')")
    assert page.locator(".entries > li").count() == 3
    page.click("main button:visible:has-text('Make this board')")
    page.wait_for_url("**/boards/what-we-depend-on?saved=added")
    assert "The board is made." in page.inner_text("main")
    assert plain(page.inner_text("h1")) == "1 of 3 has trouble, 1 cannot be read"
    assert page.locator(".board > li").count() == 3


@pytest.mark.parametrize("script", [True, False])
def test_a_board_is_put_together_out_of_a_search(open_page, world, script):
    page = open_page("/boards/new", script=script)
    page.fill("#f-name", "Build")
    for query, name in (("granite", "Granite Vault"), ("harb", "Harbour Cloud"), ("junip", "Juniper DNS")):
        page.fill("#q", query)
        page.press("#q", "Enter")
        page.wait_for_selector(".adds")
        page.click(f".adds li:has-text('{name}') button")
        page.wait_for_selector(f".entries .name:text-is('{name}')")
    assert page.input_value("#f-name") == "Build", "nothing that was typed is lost"
    third = page.locator(".entries > li").nth(2)
    third.locator(".place input").fill("1")
    third.locator(".section input").fill("Names")
    page.click("button:has-text('Put in order')")
    page.wait_for_function("document.querySelector('.entries .name').innerText === 'Juniper DNS'")
    harbour = page.locator(".entries > li").nth(2)
    harbour.locator("summary").click()
    harbour.locator("textarea").fill("Voice\nChat")
    page.click(".entries > li:has-text('Granite') button")
    page.wait_for_function("document.querySelectorAll('.entries > li').length === 2")
    page.check("label:has-text('Whoever has the link')")
    page.click("main button:visible:has-text('Make this board')")
    page.wait_for_url("**/boards/build?saved=added")
    [row] = world.ada.send("GET", "/boards").json["items"]
    assert row["visibility"] == "link"
    assert row["entries"] == [{"provider": "juniper", "components": [], "section": "Names"}, {"provider": "harbour", "components": ["Voice", "Chat"], "section": ""}]
    assert page.input_value("#f-address") == row["address"]


@pytest.mark.parametrize("hand", [Mouse, Keyboard])
def test_mistakes_stand_at_their_fields(open_page, world, hand):
    made(world, name="Taken")
    page = open_page("/boards/new")
    page.evaluate("document.querySelector('#f-name').required = false")
    does = hand(page)
    does.write("slug", "Taken")
    does.choose("Everybody")
    page.click("main button:visible:has-text('Make this board')")
    page.wait_for_selector(".errors")
    assert "This is needed" in page.inner_text("#f-name-error") and "may hold only a-z" in page.inner_text("#f-slug-error")
    assert page.is_checked("label:has-text('Everybody') input") and browsing.axe(page) == []


def test_a_board_with_nothing_on_it_says_what_to_do(open_page, world):
    made(world, name="Empty", entries=[])
    page = open_page("/boards/empty")
    assert page.locator("main a.button:has-text('Choose them')").is_visible()
    page.click("main a:has-text('Choose them')")
    page.wait_for_url("**/boards/empty/edit")


def test_a_board_is_deleted_and_brought_back(open_page, world):
    slug, _ = made(world)
    page = open_page("/boards")
    page.click("main button:has-text('Delete')")
    page.wait_for_url("**/boards?gone=*")
    page.click("button:has-text('Undo')")
    page.wait_for_url(f"**/boards/{slug}")


def test_what_a_board_says_of_each(open_page, world):
    slug, _ = made(world)
    page = open_page(f"/boards/{slug}")
    assert plain(page.inner_text("h1")) == "1 of 4 has trouble, 1 cannot be read"
    assert [plain(text) for text in page.locator(".shown h2").all_inner_texts()] == ["What customers notice", "Inside"]
    rows = [plain(text) for text in page.locator(".board > li").all_inner_texts()]
    assert "Harbour Cloud" in rows[0] and "Degraded" in rows[0] and "Boats arrive late" in rows[0]
    assert "Voice and Chat" in rows[2] and "Operational" in rows[2], "what is wrong elsewhere is not wrong here"
    assert "Unknown" in rows[3] and "500" in rows[3] and "never read" in rows[3]
    assert page.locator(".board .track").count() == 3, "a bar for what has one past"
    assert "Boats arrive late" in page.inner_text("ul.open") and "Quay walls are painted" in page.inner_text(".agenda")
    assert "What the support desk looks at." in page.inner_text(".sub")


def test_a_guest_sees_the_board_and_an_open_page_changes(open_page, world):
    slug, link = made(world)
    guest = open_page(link, signed_in=False)
    guest.wait_for_selector("#mark[data-state=live]")
    assert guest.locator("#share").count() == 0
    world.ada.send("PUT", "/overrides", {"provider": "granite", "health": "major_outage", "why": "a private word"})
    try:
        guest.wait_for_selector("h1:has-text('2 of 4 have trouble')")
        assert "Said to have a major outage by somebody; the page says operational" in plain(guest.inner_text("#live-entries"))
        assert "a private word" not in guest.content()
    finally:
        world.ada.send("DELETE", "/overrides?provider=granite")
    guest.wait_for_selector("h1:has-text('1 of 4 has trouble')")


def test_a_new_address_ends_the_old_one_on_open_pages_too(browser, open_page, world):
    slug, link = made(world)
    # The browser notes that it asked in vain: not among the readers without a complaint.
    with Reader(browser, world.base()) as guest:
        page = guest.open(link)
        page.wait_for_selector("#mark[data-state=live]")
        member = open_page(f"/boards/{slug}")
        member.click("button:has-text('Make a new address')")
        member.wait_for_url("**saved=renewed**")
        assert member.input_value("#f-address") != world.base() + link
        page.wait_for_selector("#mark[data-state=stopped]")
        page.reload()
        assert "leads to no board" in page.inner_text("main")


@pytest.mark.parametrize("script", [True, False])
def test_on_a_wall_it_is_large_and_changes_by_itself(open_page, world, script):
    slug, link = made(world)
    page = open_page(link + "&wall", signed_in=False, script=script, width=1920)
    assert float(page.evaluate("parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)") if script else 99) > 60
    assert page.locator("header nav").count() == 0
    if script:
        page.wait_for_selector("#mark[data-state=live]")
    else:
        assert page.locator("meta[http-equiv=refresh]").get_attribute("content") == "60"
    page.click("text=As a page")
    page.wait_for_selector(".cols")
    assert "wall" not in page.url


def test_500_on_a_board(open_page, world):
    slugs = ["harbour", "broken", "granite", "beacon", *MANY]
    entries = [{"provider": slug, "section": f"Part {place // 100 + 1}"} for place, slug in enumerate(slugs)]
    assert world.ada.send("POST", "/boards", {"name": "Everything", "entries": entries}).status == 201
    for path in ("/boards/everything", "/boards/everything?wall", "/boards/everything/edit"):
        page = open_page(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert browsing.overflow(page) == 0, (path, width)
    assert page.locator(".entries > li").count() == len(entries) == 500
