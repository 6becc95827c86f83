"""Deliveries with every attempt, sending again, and why somebody was (not) told."""

import sys
import urllib.request
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import browser, reader, plain
from conftest import closing, instances
from peers import TOKEN, Receiver, Vendor, until
from settings import config, group, hook, monitor, provider


class World:
    def __init__(self, directory, start, vendor, receiver):
        self.receiver = receiver
        receiver.always["/gone"] = (400, b"<b>this hook was removed</b>")
        pages.harbour(vendor)
        told = [monitor("harbour", "on-call", "managers"), group("on-call", "good", "bad"), group("managers", "good", min_impact="critical")]
        hooks = [hook("good", receiver.url("/good")), hook("bad", receiver.url("/gone"))]
        self.app = start(config(provider("harbour", vendor.url("/harbour")), *told, *hooks)).seen()
        pages.harbour(vendor, pages.trouble("k1", ("investigating",), name="[EU] The quay is flooded"))
        until(lambda: self.app.deliveries("sent") and self.app.deliveries("failed"), what="one that arrives and one that is refused")
        self.incident = self.app.api("/incidents")["items"][0]["id"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("deliveries")
    with closing(Vendor(), Receiver()) as (vendor, receiver), instances(directory) as start:
        yield World(directory, start, vendor, receiver)


def test_each_delivery_with_its_attempts_and_the_answer(world, reader):
    page = reader(script=False).open("/deliveries")
    assert page.locator(".sent > li").count() == 2
    bad = page.locator(".sent > li:has-text('bad')")
    assert "Refused" in bad.inner_text() and "The quay is flooded" in bad.locator("h2").inner_text() and "New incident · Harbour Cloud" in bad.inner_text()
    bad.locator("summary").click()
    assert "400" in bad.locator(".tries").inner_text() and "<b>this hook was removed</b>" in bad.locator(".tries pre").inner_text()
    bad.locator("text=Link to this delivery").click()
    assert page.locator(".sent > li").count() == 1 and page.locator(".tries").is_visible()


def test_reasons_are_said_in_words(world, reader):
    page = reader(script=False).open("/decisions")
    why = plain(page.inner_text(".verdicts"))
    assert "Group on-call hears of new incidents, and the monitor follows the whole provider." in why
    assert "Its impact is minor; group managers hears of critical ones only." in why
    for path in ("/decisions", "/deliveries", f"/incidents/{world.incident}", f"/decisions?incident={world.incident}"):
        said = page.goto(world.app.base() + path) and page.inner_text("main")
        assert not any(word in said for word in ("incident.", "component.", "maintenance.", "_")), path


def test_on_a_phone_sending_again_stands_beside_the_state(world, reader):
    page = reader(width=390).open("/deliveries")
    for row in page.locator(".sent > li").all():
        if row.locator("button").count():
            state, button = row.locator(".age .word").bounding_box(), row.locator("button").bounding_box()
            assert button["x"] > state["x"] + state["width"] and button["y"] < state["y"] + state["height"]


def test_states_narrow_the_list(world, reader):
    page = reader(script=False).open("/deliveries")
    page.click(".chip:has-text('Delivered')")
    assert "state=sent" in page.url and page.locator(".sent > li").count() == 1
    page.click(".chip:has-text('Given up')")
    assert page.inner_text(".nothing").startswith("No delivery fits.")
    page.click(".nothing a")
    assert page.locator(".sent > li").count() == 2


def test_an_incident_page_says_who_was_told(world, reader):
    page = reader().open(f"/incidents/{world.incident}")
    heard = plain(page.inner_text(".heard"))
    assert "good Webhook New incident · Delivered" in heard and "bad Webhook New incident · Refused" in heard
    page.click("#live-told >> text=Deliveries")
    assert page.inner_text("h1") == "What was sent about it" and page.locator(".sent > li").count() == 2
    page.go_back()
    page.click("text=Why was I (not) told?")
    verdicts = {plain(text) for text in page.locator(".verdicts ul > li").all_inner_texts()}
    [told] = [one for one in verdicts if one.startswith("told on-call")]
    assert len(verdicts) == 2 and "good" in told and "bad" in told, "channels with the same reason share a line"
    [silent] = [one for one in verdicts if one.startswith("not told managers")]
    assert "critical" in silent, "the reason names the rule"


def test_decisions_narrow_and_lead_back(world, reader):
    page = reader(script=False).open("/decisions")
    page.click(".chip:has-text('Not told')")
    texts = page.locator(".verdicts .pill").all_inner_texts()
    assert texts and set(texts) == {"not told"}
    page.click(".verdicts h2 a >> nth=0")
    assert "/incidents/" in page.url or "/providers/" in page.url


def test_only_who_may_write_is_offered_to_send_again(world, reader):
    assert reader().open("/deliveries").locator(".sent form").count() == 0
    ident = world.app.deliveries("failed")[0]["id"]
    assert world.app.problem("POST", f"/deliveries/{ident}/resend")[0] == 401
    request = urllib.request.Request(world.app.base() + "/deliveries", headers={"authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert f'action="/deliveries/{ident}/resend"' in answer.read().decode()
    before = len(world.receiver.received("/gone"))
    shown = world.app.call("POST", f"/deliveries/{ident}/resend", raw=True, token=TOKEN)
    assert "One delivery" in shown, "it leads to the delivery"
    until(lambda: len(world.receiver.received("/gone")) > before, what="another attempt")


def test_it_fits_and_axe_finds_nothing(world, reader):
    one = reader()
    for path in ("/deliveries", "/deliveries?state=dead", f"/deliveries?incident={world.incident}", "/decisions", f"/decisions?incident={world.incident}"):
        page = one.open(path)
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        assert browsing.every_look(page) == {}, path


def test_the_html_is_valid(world, tmp_path):
    for number, path in enumerate(("/deliveries", "/deliveries?state=dead", "/decisions", f"/decisions?incident={world.incident}&told=no", f"/incidents/{world.incident}")):
        (tmp_path / f"{number}.html").write_text(world.app.get(path, raw=True))
    assert browsing.invalid_html(tmp_path) == []
