"""Pages that somebody describes: tried, kept, read, and never well without a reason."""

import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
from browsing import Reader, browser, plain
from conftest import closing, instances
from peers import TOKEN, Receiver, Vendor, run, until
from person import welcome
from settings import config, group, hook, monitor, provider

BOARD = """anchor = "$.board"

[components]
list = "$.services[*]"
id = "key"
name = "label"
status = "state"

[incidents]
list = "$.trouble"
id = "number"
title = "headline"
stage = "phase"
impact = "weight"
components = "services"

[words.health]
green = "operational"
red = "major_outage"

[words.stage]
looking = "investigating"

[words.impact]
heavy = "critical"
"""

PAGE = """anchor = "main > h1"

[components]
list = "li.service"
id = "@id"
name = "b"
status = "@class"

[incidents]
within = "main"
list = "article"
id = "@id"
title = "h2"
body = "p"

[words.health]
up = "operational"
down = "partial_outage"
"""


def board(state="green", *trouble):
    services = [{"key": "q", "label": "Queue", "state": state}, {"key": "w", "label": "Console", "state": "green"}]
    return {"board": "Harbour Queue", "services": services, "trouble": list(trouble)}


STUCK = {"number": 41, "headline": "Messages are stuck", "phase": "looking", "weight": "heavy", "services": ["Queue"]}


def page(state="up", trouble=""):
    return f"""<!doctype html><html lang="en"><head><title>Beacon</title></head><body><main><h1>How Beacon is</h1>
<ul><li class="service {state}" id="r"><b>Resolver</b></li></ul>{trouble}</main></body></html>""".encode()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with closing(Vendor()) as vendor, closing(Receiver()) as receiver, instances(tmp_path_factory.mktemp("describe")) as start:
        vendor.pages["/board.json"] = board()
        vendor.pages["/beacon"] = page()
        vendor.pages["/fixed.json"] = board()
        own = f'{provider("fixed", vendor.url("/fixed.json"), name="Fixed", platform="json")}\n' + "".join(
            f"[provider.describe{'.' + head.group(1) if head.group(1) else ''}]\n{head.group(2)}"
            for head in re.finditer(r"(?:\[([a-z.]+)\]\n|\A)([^\[]*(?:\[\*\][^\[]*)*)", BOARD))
        app = start(config(
            provider("harbour-queue", vendor.url("/board.json"), name="Harbour Queue"),
            provider("beacon", vendor.url("/beacon"), name="Beacon DNS"),
            own,
            monitor("harbour-queue", "desk"), monitor("beacon", "desk"), monitor("fixed", "desk"),
            group("desk", "hook"), hook("hook", receiver.url("/hook"))))
        app.vendor, app.receiver = vendor, receiver
        app.ada = welcome(app)
        yield app


@pytest.fixture
def open_page(browser, world):
    opened = []

    def start(path, **how):
        opened.append(Reader(browser, world.base(), **how))
        opened[-1].context.add_cookies([{"name": name, "value": value, "url": world.base()} for name, value in world.ada.jar.items()])
        return opened[-1].open(path)

    yield start
    for one in opened:
        one.context.close()
    assert [one.complaints for one in opened if one.complaints] == []


def parts(page):
    return [plain(text) for text in page.locator(".tried-out .parts li").all_inner_texts()]


def health(world, slug):
    return world.api(f"/providers/{slug}", token=TOKEN)["health"]


def test_a_page_of_json_is_described_tried_kept_and_read(open_page, world):
    until(lambda: world.api("/providers/harbour-queue", token=TOKEN)["pages"][0]["reason"], 20, "the first failure")
    here = open_page("/providers/harbour-queue")
    here.click("text=Describe this page")
    assert here.is_checked("input[value=json]"), "what it sends was found out"
    assert '"Harbour Queue"' in here.locator("pre.snippet").text_content()
    assert "[words.health]" in here.input_value("#f-text"), "an example to begin with"
    here.fill("#f-text", BOARD)
    here.click("text=Preview")
    assert plain(here.inner_text("#tried")) == "Harbour Queue would be: operational"
    assert parts(here) == ["Queue Operational", "Console Operational"]
    assert here.input_value("#f-text").strip() == BOARD.strip(), "what was typed is kept"
    assert health(world, "harbour-queue") == "unknown", "nothing is stored by trying"
    here.click("button:has-text('Save')")
    here.wait_for_url("**/providers/harbour-queue")
    until(lambda: health(world, "harbour-queue") == "operational", 5, "the first reading")
    world.vendor.pages["/board.json"] = board("red", STUCK)
    until(lambda: health(world, "harbour-queue") == "major_outage", 10, "the outage")
    [incident] = world.api("/incidents?state=open&provider=harbour-queue", token=TOKEN)["items"]
    assert (incident["title"], incident["impact"], incident["stage"]) == ("Messages are stuck", "critical", "investigating")
    until(lambda: any(event["type"] == "incident.opened" for event in world.receiver.events("/hook")), 10, "the news")
    here = open_page("/providers/harbour-queue/describe", script=False)
    assert here.input_value("#f-text").strip() == BOARD.strip() and "Saved" in here.inner_text("main")
    # A new word is unknown, and a page without its anchor cannot be read.
    world.vendor.pages["/board.json"] = board("mauve")
    until(lambda: health(world, "harbour-queue") != "operational", 5)
    here.click("text=Preview")
    assert plain(here.inner_text("#tried")) == "Harbour Queue would be: unknown"
    assert "services[0].state: mauve is no word that the description knows." in plain(here.inner_text(".problems"))
    world.vendor.pages["/board.json"] = {"error": "gone"}
    here.click("text=Preview")
    assert plain(here.inner_text("#tried")) == "Cannot be read"
    assert "the anchor of its description" in here.inner_text(".tried-out")
    until(lambda: health(world, "harbour-queue") == "unknown", 20, "unknown")
    world.vendor.pages["/board.json"] = board()
    until(lambda: health(world, "harbour-queue") == "operational", 20, "well again")


def test_a_web_page_is_described_without_script(open_page, world):
    here = open_page("/providers/beacon/describe", script=False)
    assert here.is_checked("input[value=html]") and "within" in here.input_value("#f-text")
    here.fill("#f-text", PAGE)
    here.click("text=Preview")
    assert parts(here) == ["Resolver Operational"]
    here.click("button:has-text('Save')")
    until(lambda: health(world, "beacon") == "operational", 10, "the first reading")
    assert "Web page, as described" in here.inner_text("main") or here.reload() and "Web page, as described" in here.inner_text("main")
    world.vendor.pages["/beacon"] = page("down", '<article id="t7"><h2>Names do not resolve</h2><p>A full <em>cache</em>.</p></article>')
    until(lambda: world.api("/incidents?state=open&provider=beacon", token=TOKEN)["items"], 10, "the incident")
    [incident] = world.api("/incidents?state=open&provider=beacon", token=TOKEN)["items"]
    assert incident["title"] == "Names do not resolve" and health(world, "beacon") == "partial_outage"
    world.vendor.pages["/beacon"] = page()
    until(lambda: health(world, "beacon") == "operational", 10, "well again")


def test_mistakes_stand_at_the_field_with_their_lines(open_page):
    here = open_page("/providers/harbour-queue/describe")
    for button in ("Preview", "Save"):
        here.fill("#f-text", BOARD.replace("$.services[*]", "$.services[").replace("anchor", "ancor").replace("label", "label\"x"))
        here.click(f"button:has-text('{button}')")
        here.wait_for_selector("#f-text-error")
        assert "Line 6" in here.inner_text("#f-text-error")
        here.fill("#f-text", BOARD.replace("$.services[*]", "$.services[").replace("green =", "green = \"fine\" #"))
        here.click(f"button:has-text('{button}')")
        here.wait_for_selector("text=is none of our words")
        said = plain(here.inner_text("#f-text-error"))
        assert "Line 4: components.list $.services[ is no JSONPath: at character" in said and "Line 18: words.health.green fine is none of our words" in said, said
        here.fill("#f-text", BOARD.replace("[words.health]", "[words.helth]"))
        here.click(f"button:has-text('{button}')")
        here.wait_for_selector("text=did you mean health")


def test_what_a_file_describes_is_changed_there(open_page, world):
    until(lambda: health(world, "fixed") == "operational", 20, "the reading of a declared description")
    here = open_page("/providers/fixed/describe")
    assert "The configuration file describes this page" in here.inner_text("main")
    assert here.locator("button:has-text('Save')").count() == 0 and 'list = "$.services[*]"' in here.input_value("#f-text")
    here.click("text=Preview")
    assert parts(here) == ["Queue Operational", "Console Operational"]
    code, out, _ = run("check", "--config", world.directory / "tocsin.toml", "fixed")
    assert (code, out) == (0, "fixed: operational\n")
    assert world.ada.post("/providers/fixed/describe", {"sends": "json", "text": BOARD, "do": "save"}).status == 409


def test_strangers_describe_nothing(world):
    from person import Person
    stranger = Person(world)
    assert stranger.post("/providers/beacon/describe", {"sends": "html", "text": PAGE, "do": "save"}).to.startswith("/sign-in")
    assert stranger.get("/providers/beacon/describe").to.startswith("/sign-in")


def test_what_was_described_is_taken_away(open_page, world):
    here = open_page("/providers/beacon/describe")
    here.fill("#f-text", PAGE)
    here.click("button:has-text('Save')")
    here.wait_for_url("**/providers/beacon")
    here.goto(world.base() + "/providers/beacon/describe")
    here.click("text=Take the description away")
    here.wait_for_url("**/providers/beacon")
    until(lambda: health(world, "beacon") == "unknown", 20, "nobody knows it any more")


def test_commands_read_by_a_description(tmp_path):
    (tmp_path / "describe.toml").write_text(BOARD)
    (tmp_path / "board.json").write_text(json.dumps(board("red", STUCK)))
    code, out, _ = run("read", "--platform", "json", "--describe", tmp_path / "describe.toml", tmp_path / "board.json")
    assert code == 0 and json.loads(out)["health"] == "major_outage"
    code, out, _ = run("read", "--platform", "json", tmp_path / "board.json")
    assert code == 3 and "Nothing describes this page" in out
    (tmp_path / "describe.toml").write_text(BOARD.replace("anchor", "ancor"))
    code, _, err = run("read", "--platform", "json", "--describe", tmp_path / "describe.toml", tmp_path / "board.json")
    assert code == 2 and "describe.toml:1: ancor: is not a key of this table; did you mean `anchor`?" in err


def test_what_was_read_is_replayed_by_its_description(world):
    code, out, err = run("replay", "--json", world.directory / "data" / "tocsin.db")
    told = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and any(one["provider"] == "harbour-queue" and one["type"] == "incident.opened" and one["title"] == "Messages are stuck" for one in told), err


def test_it_fits_and_axe_finds_nothing(open_page, world):
    world.vendor.pages["/board.json"] = board("mauve", STUCK)
    here = open_page("/providers/harbour-queue/describe")
    here.fill("#f-text", BOARD)
    here.click("text=Preview")
    here.wait_for_selector("#tried")
    assert browsing.every_look(here) == {}
    world.vendor.pages["/board.json"] = board()


def test_the_html_is_valid(open_page, world, tmp_path):
    world.vendor.pages["/board.json"] = board("mauve", STUCK)
    here = open_page("/providers/harbour-queue/describe", script=False)
    here.fill("#f-text", BOARD)
    here.click("text=Preview")
    (tmp_path / "tried.html").write_text(here.content())
    here.fill("#f-text", "anchor =")
    here.click("text=Preview")
    (tmp_path / "wrong.html").write_text(here.content())
    assert browsing.invalid_html(tmp_path) == []
