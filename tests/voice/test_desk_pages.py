"""The desk's pages as people see them: held against axe, at every width, light and dark, in every state of a call."""

import contextlib

import pytest
from playwright.sync_api import sync_playwright

from desk_floor import AGENT_SAYS, CHROMIUM, FLAGS, SUPERVISOR, Agent, Desk, sine
from namespace import apart

from browsing import AXE, SCHEMES, WIDTHS, axe, invalid_html, overflow


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with apart(), contextlib.closing(Desk(tmp_path_factory.mktemp("desk") / "data")) as one:
        yield one


@pytest.fixture(scope="module")
def browser(desk, tmp_path_factory):
    microphone = tmp_path_factory.mktemp("microphone") / "agent.wav"
    sine(microphone, AGENT_SAYS)
    with sync_playwright() as driver:
        one = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}"])
        yield one
        one.close()


def is_fine(page):
    """With what is in its frames."""
    for frame in page.frames[1:]:
        frame.evaluate(AXE.read_text())
    assert axe(page) == []
    fits(page)


def fits(page):
    assert [overflow(frame) for frame in page.frames if overflow(frame) > 0] == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_everybody_can_use_them(desk, browser, scheme):
    with contextlib.closing(browser.new_context(color_scheme=scheme, viewport={"width": 1100, "height": 600})) as context:
        page = context.new_page()
        page.goto(f"{desk.base}/")
        page.frame_locator("#widget").locator("#sign-in").wait_for(timeout=5000)
        is_fine(page)
        page.frame_locator("#widget").get_by_label("Name").fill("ada")
        page.frame_locator("#widget").get_by_label("Token").fill("wrong")
        page.frame_locator("#widget").get_by_role("button", name="Sign in").click()
        page.frame_locator("#widget").get_by_text("Name or token is wrong.").wait_for(timeout=3000)
        is_fine(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 700})
            fits(page)
        page.close()
        with contextlib.closing(Agent(browser, desk, context=context)) as ada:
            ada.is_ready()
            is_fine(ada.page)
            assert ada.inner.evaluate("innerWidth") < 330
            telephone = desk.calls_in()
            ada.shows("Incoming call")
            is_fine(ada.page)
            ada.clicks("Accept")
            ada.shows("Connected")
            is_fine(ada.page)
            ada.clicks("Hold")
            ada.shows("On hold")
            is_fine(ada.page)
            supervisor = context.new_page()
            supervisor.goto(f"{desk.base}/supervisor")
            supervisor.get_by_label("Supervisor's token").fill(SUPERVISOR)
            supervisor.get_by_role("button", name="Show the desk").click()
            supervisor.get_by_role("cell", name="held").wait_for(timeout=4000)
            for width in WIDTHS:
                supervisor.set_viewport_size({"width": width, "height": 900})
                fits(supervisor)
            is_fine(supervisor)
            telephone.hangs_up()
            ada.shows("After the call")
            is_fine(ada.page)
            supervisor.get_by_label("To", exact=True).fill("off")
            supervisor.get_by_label("Who", exact=True).fill("Margaret")
            supervisor.get_by_label("Why", exact=True).fill("a drill")
            supervisor.get_by_role("button", name="Turn it").click()
            supervisor.get_by_text("Turned.").wait_for(timeout=3000)
            supervisor.get_by_role("cell", name="Margaret").first.wait_for(timeout=4000)
            desk.turn("calls.accept", True)
            assert ada.complaints == []
            desk.quiet()


def test_the_html_is_valid(desk, tmp_path):
    for name, path in [("host", "/"), ("widget", "/widget"), ("supervisor", "/supervisor")]:
        (tmp_path / f"{name}.html").write_bytes(desk.read(path)[1])
    # The widget is part of a page that has a heading of the first level.
    wrong = [one for one in invalid_html(tmp_path) if one[0] != "widget.html" or "heading level of 1" not in one[1]]
    assert wrong == []


def test_what_may_be_kept_and_what_may_not(desk):
    for path in ["/", "/widget", "/supervisor", "/voice/config"]:
        assert desk.read(path)[0]["cache-control"] == "no-store", path
    page = desk.read("/widget")[1].decode()
    file = page.split('src="')[1].split('"')[0]
    headers, body = desk.read(file)
    assert "immutable" in headers["cache-control"] and b"WidgetFrame" in body
    assert "frame-ancestors 'self'" in desk.read("/widget")[0]["content-security-policy"]
    assert desk.ask("/widget?host=https://elsewhere.example")[1] == 403
    for path in ["/voice/me", "/supervisor/state"]:
        assert desk.ask(path, token="ada:nonsense")[1] == 401
