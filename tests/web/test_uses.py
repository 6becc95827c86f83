"""Which vendors do you use? Pasted and uploaded, ticked, and watched."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
from browsing import Reader, browser, plain
from conftest import closing, instances
from peers import TOKEN
from person import welcome
from settings import config, group, hook, monitor

PACKAGE = '{"dependencies": {"@sentry/node": "8", "left-pad": "1", "stripe": "17"}, "devDependencies": {"@octokit/rest": "21"}}'


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with instances(tmp_path_factory.mktemp("uses")) as start:
        app = start(config(group("desk", "hook"), hook("hook", "http://127.0.0.1:9/hook"), monitor("stripe", "desk")))
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


def rows(page):
    return [plain(text) for text in page.locator(".answer .ticks.one li").all_inner_texts()]


def test_what_is_pasted_names_vendors_with_the_reason(open_page, world):
    page = open_page("/monitors/new")
    page.click("text=Find out which vendors you use")
    page.fill("#f-text", PACKAGE)
    page.click("text=Look for vendors")
    assert plain(page.inner_text("#found")) == "This looks like a package.json with 4 names. It points to 3 vendors."
    assert rows(page) == ["GitHub the package @octokit/rest", "Sentry the package @sentry/node", "Stripe the package stripe; watched already"]
    assert not page.is_checked("label:has-text('Stripe') input") and page.is_checked("label:has-text('Sentry') input")
    page.uncheck("label:has-text('GitHub') input")
    page.check("label:has-text('desk') input")
    page.click("text=Add these monitors")
    page.wait_for_url("**/monitors?added=1")
    assert "1 monitor is added." in page.inner_text(".done")
    made = {one["provider"]: one["groups"] for one in world.api("/monitors", token=TOKEN)["items"]}
    assert made == {"stripe": ["desk"], "sentry": ["desk"]}


def test_a_file_is_looked_through_without_script_too(open_page, tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text("boto3==1.35\nopenai>=1\nrequests\n")
    page = open_page("/monitors/uses", script=False)
    page.set_input_files("#f-file", file)
    page.click("text=Look for vendors")
    assert rows(page) == ["Amazon Web Services the package boto3", "OpenAI the package openai"]


def test_names_that_nobody_bears_are_told(open_page):
    page = open_page("/monitors/uses")
    page.fill("#f-text", "GitHub\nAcme Rockets\n<b>Evil</b>")
    page.click("text=Look for vendors")
    assert rows(page) == ["GitHub you named GitHub"]
    assert "Nobody in the catalogue is called Acme Rockets, <b>Evil</b>." in plain(page.inner_text(".answer"))


def test_nothing_is_a_mistake_at_its_field(open_page):
    page = open_page("/monitors/uses")
    page.click("text=Look for vendors")
    page.wait_for_selector(".errors")
    assert "There is no name in it that could be looked up." in page.inner_text("#f-text-error")


def test_it_fits_and_axe_finds_nothing(open_page):
    page = open_page("/monitors/uses")
    page.fill("#f-text", PACKAGE)
    page.click("text=Look for vendors")
    page.wait_for_selector("#found")
    assert browsing.every_look(page) == {}


def test_the_html_is_valid(open_page, tmp_path):
    page = open_page("/monitors/uses", script=False)
    page.fill("#f-text", PACKAGE)
    page.click("text=Look for vendors")
    (tmp_path / "uses.html").write_text(page.content())
    assert browsing.invalid_html(tmp_path) == []
