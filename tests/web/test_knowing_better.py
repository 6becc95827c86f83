"""Muting, acknowledging and knowing better, as people do it in a browser."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import Reader, browser, plain
from conftest import closing, instances
from hands import Keyboard, Mouse
from peers import Vendor
from person import welcome
from settings import config, group, monitor, provider

PARTS = [pages.component("c1", "Quay API", "degraded_performance"), pages.component("c2", "Voice", within="g1"), pages.component("c3", "Chat", within="g1"), pages.family("g1", "PROD 1", "c2", "c3")]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with closing(Vendor()) as vendor, instances(tmp_path_factory.mktemp("wishes")) as start:
        pages.harbour(vendor, pages.trouble("k1", component=PARTS[0], name="Boats arrive late"), components=PARTS)
        app = start(config(provider("harbour", vendor.url("/harbour")), monitor("harbour", "desk"), group("desk"), server={"public_read": True}))
        app.seen("degraded")
        app.incident = f"/incidents/{app.api('/incidents')['items'][0]['id']}"
        app.ada = welcome(app)
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


@pytest.fixture(autouse=True)
def nothing_wished(world):
    """Each test begins and ends with nothing muted, taken or said."""
    yield
    for silence in world.ada.send("GET", "/silences").json["items"]:
        world.ada.send("DELETE", f"/silences/{silence['id']}")
    for said in world.ada.send("GET", "/overrides").json["items"]:
        world.ada.send("DELETE", f"/overrides?provider=harbour&component={said['component'] or ''}")
    world.ada.send("DELETE", f"{world.incident}/acknowledgement")


def test_every_page_with_wishes_fits_and_axe_finds_nothing(open_page, world):
    world.ada.send("POST", "/silences", {"provider": "harbour", "components": ["c2", "c3"], "for": "3h", "why": "a deployment of ours that upsets both of them"})
    world.ada.send("POST", "/silences", {"incident": world.incident.split("/")[-1]})
    world.ada.send("POST", f"{world.incident}/acknowledgement")
    world.ada.send("PUT", "/overrides", {"provider": "harbour", "health": "operational", "why": "only their staging, says their support"})
    here = open_page("/")
    for path in ("/", "/silences", "/providers/harbour", "/providers/harbour/mute", "/providers/harbour/override", world.incident, f"/decisions?incident={world.incident.split('/')[-1]}"):
        here.goto(world.base() + path)
        assert browsing.every_look(here) == {}, path


@pytest.mark.parametrize("hand", [Mouse, Keyboard])
def test_an_incident_is_acknowledged_and_taken_back(open_page, world, hand):
    here = open_page(world.incident)
    hand(here).press("Acknowledge")
    here.wait_for_selector("text=takes care of it since")
    assert plain(here.inner_text(".care")).startswith("Ada takes care of it since")
    now = open_page("/")
    assert "Ada" in now.inner_text("ul.open .pill.taken")
    assert "Boats arrive late" in open_page("/silences").inner_text("main")
    hand(here).press("Take the acknowledgement back")
    here.wait_for_selector("text=Whoever acknowledges")
    here.wait_for_selector(".care", state="detached")


@pytest.mark.parametrize("script", [True, False])
def test_an_incident_is_muted_for_a_while_or_until_it_ends(open_page, world, script):
    here = open_page(world.incident, script=script)
    here.click("summary:has-text('Mute')")
    here.click("text=For 4 hours")
    assert plain(here.inner_text(".care")).startswith("This incident is muted until")
    assert "muted" in open_page("/", script=script).inner_text("ul.open")
    here.click("text=End the mute")
    here.wait_for_selector("summary:has-text('Mute')")
    here.wait_for_selector(".care", state="detached")
    here.click("summary:has-text('Mute')")
    here.click("text=Until it ends")
    assert "muted until it ends, by Ada" in plain(here.inner_text(".care"))


@pytest.mark.parametrize("hand", [Mouse, Keyboard])
def test_components_are_muted_and_heard_again(open_page, world, hand):
    here = open_page("/providers/harbour")
    does = hand(here)
    does.press("Mute")
    here.wait_for_url("**/mute")
    does.tick("Voice")
    does.write("other", "soon")
    does.write("why", "we deploy")
    here.click("main button:has-text('Mute')")
    assert "is not a duration" in here.inner_text("#f-for-error")
    assert here.is_checked("label:has-text('Voice') input") and here.input_value("#f-why") == "we deploy"
    here.fill("#f-other", "90m")
    here.click("main button:has-text('Mute')")
    here.wait_for_url("**/providers/harbour#team")
    said = plain(here.inner_text("#team"))
    assert "Voice" in said and "by Ada: we deploy" in said
    assert "muted in part" in open_page("/").inner_text("#ledger")
    assert plain(here.inner_text("#live-title .care")).startswith("Voice muted until")
    here.click("#team button:has-text('End')")
    assert "Nothing is muted" in here.inner_text("#team")


def test_who_knows_better_says_so_and_the_page_stays_beside_it(open_page, world):
    here = open_page("/providers/harbour")
    here.click("text=Say how it is")
    here.click("main button:has-text('Say so')")
    assert here.url.endswith("/override"), "the browser asks for a health"
    here.check("label:has-text('Operational') input")
    here.fill("#f-why", "only their staging")
    here.click("main button:has-text('Say so')")
    here.wait_for_url("**/providers/harbour#team")
    here.wait_for_selector("h1:has-text('Harbour Cloud is operational')")
    assert "Said to be operational by Ada: only their staging; the page says degraded" in plain(here.inner_text("#live-title"))
    now = open_page("/")
    assert "Said to be operational by Ada; the page says degraded" in now.inner_text("#ledger")
    assert "Your one vendor is well" in now.inner_text("h1")
    here.click("#team button:has-text('End')")
    here.wait_for_selector("h1:has-text('Harbour Cloud is degraded')")


def test_strangers_see_what_is_so_and_no_buttons(open_page, world):
    world.ada.send("POST", "/silences", {"provider": "harbour", "for": "3h", "why": "a secret"})
    for path in ("/silences", "/providers/harbour", world.incident):
        here = open_page(path, signed_in=False)
        text = here.inner_text("main")
        assert "muted" in text.lower() and "Ada" not in text and "a secret" not in text
        assert here.locator("main button").count() == 0, path
