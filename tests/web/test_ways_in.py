"""What a vendor may send, and what opens its page: two forms behind a provider's page."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import Reader, browser
from conftest import closing, instances
from peers import Vendor
from person import welcome
from settings import config, group, monitor, provider


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with closing(Vendor()) as vendor, instances(tmp_path_factory.mktemp("ways")) as start:
        pages.harbour(vendor)
        app = start(config(provider("harbour", vendor.url("/harbour"), platform="statuspage"), monitor("harbour", "desk"), group("desk")))
        app.seen(provider="harbour")
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


def test_both_forms_fit_and_axe_finds_nothing(open_page):
    for path in ("/providers/harbour/push", "/providers/harbour/access"):
        assert browsing.every_look(open_page(path)) == {}, path


def test_an_address_for_the_vendor_is_made_and_taken_back(open_page):
    here = open_page("/providers/harbour")
    here.click("text=Let the vendor send word")
    here.click("text=Make an address")
    assert "/in/harbour/" in here.inner_text("code.snippet")
    assert browsing.axe(here) == []
    here.click("text=Take the address back")
    assert here.locator("text=Make an address").count() == 1 and here.locator("code.snippet").count() == 0


def test_what_opens_a_page_is_typed_corrected_and_forgotten(open_page):
    here = open_page("/providers/harbour")
    here.click("text=The page wants a login")
    here.fill("#f-headers", "hunter2 hunter2")
    here.click("button:has-text('Save')")
    assert "write each header like" in here.inner_text("#f-headers-error") and browsing.axe(here) == []
    here.fill("#f-headers", "X-Api-Key: hunter2")
    here.click("button:has-text('Save')")
    assert "Saved" in here.inner_text("[role=status]") and "header X-Api-Key" in here.inner_text("main")
    assert "hunter2" not in here.content()
    here.click("text=Forget it")
    assert "Nothing opens the page any more" in here.inner_text("[role=status]")
