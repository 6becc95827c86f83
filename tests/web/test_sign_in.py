"""Signing in as people do it: in a real browser, by keyboard, without script."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
from browsing import Reader, plain
from conftest import tocsin  # noqa: F401 (a fixture)
from person import PASSWORD, Person, link, welcome
from settings import config, hook


@pytest.fixture(scope="module")
def browser():
    with browsing.chromium() as one:
        yield one


@pytest.fixture
def app(tocsin):
    return tocsin(config(hook("hook", "http://127.0.0.1:9/hook")))


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def reader(request, browser, app):
    with Reader(browser, app.base(), script=request.param) as one:
        yield one
    assert one.complaints == [] and one.strangers == []


def fill(page, **fields):
    for name, value in fields.items():
        page.fill(f"#f-{name}", value)


def test_from_the_printed_link_to_signing_out_and_in_again(app, reader):
    page = reader.open(link(app))
    assert page.inner_text("h1") == "Welcome to Tocsin"
    fill(page, email="ada@example.com", name="Ada", password=PASSWORD)
    page.click("button:has-text('Create the owner')")
    page.wait_for_url("**/monitors")
    assert "Ada" in page.inner_text(".me")
    page.click("button:has-text('Sign out')")
    page.wait_for_url("**/sign-in")
    page.goto(app.base() + "/groups/new")
    assert page.url.endswith("/sign-in?next=%2Fgroups%2Fnew")
    fill(page, email="ada@example.com", password=PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/groups/new")


def test_mistakes_are_shown_beside_their_field_and_input_is_kept(app, reader):
    page = reader.open(link(app))
    fill(page, email="ada@example.com", name="Ada", password="short")
    page.click("button:has-text('Create the owner')")
    page.wait_for_selector(".errors")
    assert "at least 10 characters" in page.inner_text("#f-password-error")
    assert page.input_value("#f-email") == "ada@example.com" and page.input_value("#f-password") == ""
    assert page.get_attribute("#f-password", "aria-invalid") == "true"
    assert "f-password-error" in page.get_attribute("#f-password", "aria-describedby")
    page.click(".errors a")
    fill(page, password=PASSWORD)
    page.click("button:has-text('Create the owner')")
    page.wait_for_url("**/monitors")


def test_a_wrong_password_says_so_and_leads_on_afterwards(app, reader):
    welcome(app)
    page = reader.open("/channels")
    fill(page, email="ada@example.com", password="wrong wrong wrong")
    page.click("main button")
    page.wait_for_selector(".errors")
    assert "do not belong together" in page.inner_text(".errors")
    fill(page, password=PASSWORD)
    page.click("main button")
    page.wait_for_url("**/channels")


def test_by_keyboard_only(app, browser):
    with Reader(browser, app.base()) as one:
        page = one.open(link(app))
        keys = page.keyboard
        for _ in range(20):
            keys.press("Tab")
            if page.evaluate("document.activeElement.id") == "f-email":
                break
        keys.type("ada@example.com")
        keys.press("Tab")
        keys.type("Ada")
        keys.press("Tab")
        keys.type(PASSWORD)
        keys.press("Enter")
        page.wait_for_url("**/monitors")
        assert one.complaints == []


def test_settings_change_the_password_and_make_a_token_once(app, reader):
    ada = welcome(app)
    reader.context.add_cookies([{"name": name, "value": value, "url": app.base()} for name, value in ada.jar.items()])
    page = reader.open("/settings")
    page.fill("#f-token", "deploy gate")
    page.click("button:has-text('Make a token')")
    page.wait_for_selector(".made")
    token = page.inner_text(".made .snippet")
    assert app.api("/monitors", token=token)["items"] == []
    page.goto(app.base() + "/settings")
    assert token not in page.content() and "deploy gate" in page.inner_text(".tokens")
    page.click("button:has-text('Revoke')")
    page.wait_for_selector(".tokens", state="detached")
    page.fill("#f-old", PASSWORD)
    page.fill("#f-new", "short")
    page.click("button:has-text('Change the password')")
    page.wait_for_selector(".errors")
    assert "at least 10" in page.inner_text("#f-new-error")
    page.fill("#f-old", PASSWORD)
    page.fill("#f-new", "another good one")
    page.click("button:has-text('Change the password')")
    page.wait_for_selector(".done")
    facts = plain(page.inner_text("main"))
    assert "Channels hook" in facts and "Who may read whoever is signed in" in facts


def test_at_every_width_in_light_and_dark(app, browser):
    with Reader(browser, app.base()) as one:
        judged = lambda path: browsing.every_look(one.open(path))
        assert judged("/sign-in") == {}
        assert judged(link(app)) == {}
        ada = welcome(app)
        assert judged("/sign-in") == {}
        one.context.add_cookies([{"name": name, "value": value, "url": app.base()} for name, value in ada.jar.items()])
        assert judged("/settings") == {}
        assert one.complaints == [] and one.strangers == []


def test_the_html_is_valid(app, tmp_path):
    folder = tmp_path / "html"
    folder.mkdir()
    stranger = Person(app)
    (folder / "nobody.html").write_text(stranger.get("/sign-in").text)
    (folder / "welcome.html").write_text(stranger.get(link(app)).text)
    wrong = {"token": link(app).split("=")[1], "email": "x", "name": "", "password": "x"}
    (folder / "welcome-wrong.html").write_text(stranger.post("/welcome", wrong).text)
    ada = welcome(app)
    (folder / "sign-in.html").write_text(stranger.sign_in(password="wrong wrong wrong").text)
    (folder / "token.html").write_text(ada.post("/settings/tokens", {"token": "gate"}).text)
    (folder / "settings-wrong.html").write_text(ada.post("/settings/password", {"old": "", "new": ""}).text)
    assert browsing.invalid_html(folder) == []
