"""A real browser, and independent judges of what it is shown: axe-core and the Nu HTML checker."""

import contextlib
import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
CHROMIUM = "/usr/bin/chromium"
AXE = HERE / "node_modules/axe-core/axe.min.js"
VNU = HERE / "node_modules/vnu-jar/build/dist/vnu.jar"
# A program that runs for a moment: what is compiled thoroughly is not worth it.
BRIEF = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss2m"]
WIDTHS = (1440, 768, 390)
SCHEMES = ("light", "dark")


@contextlib.contextmanager
def chromium():
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Reader:
    """A person with a browser of their own: a zone, a width, a scheme, script or none. Complaints are kept."""

    def __init__(self, browser, base, zone="UTC", width=1440, scheme="light", script=True):
        self.base = base
        self.complaints = []
        self.strangers = []
        size = {"width": width, "height": 900}
        self.context = browser.new_context(viewport=size, timezone_id=zone, color_scheme=scheme, java_script_enabled=script)
        self.page = self.context.new_page()
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self.surprised)
        self.page.on("request", self.asked)

    def heard(self, message):
        # A browser itself notes a page that was refused; that is its status, not a fault.
        refused = message.type == "error" and any(f"status of {status}" in message.text for status in (404, 409, 422, 429))
        if message.type in ("error", "warning") and not refused:
            self.complaints.append(message.text)

    def surprised(self, dialog):
        self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def asked(self, request):
        if not request.url.startswith(self.base):
            self.strangers.append(request.url)

    def open(self, path):
        self.page.goto(self.base + path, wait_until="load")
        return self.page

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


@pytest.fixture
def reader(browser, world):
    """Opens browsers on the module's `world`; none may have had a reason to complain, or have asked anybody else."""
    opened = []

    def start(**how):
        opened.append(Reader(browser, world.app.base(), **how))
        return opened[-1]

    yield start
    for one in opened:
        one.context.close()
    assert [one.complaints for one in opened if one.complaints] == []
    assert [one.strangers for one in opened if one.strangers] == []


def plain(text):
    """Text with every kind of white space as one space."""
    return " ".join(text.split())


def facts(page):
    """The strip of facts: {"Started": "20 Feb 2026, 22:01 UTC Kustomer’s clock", …}."""
    pairs = page.eval_on_selector_all(".facts > div", "all => all.map(one => [one.querySelector('dt').innerText, one.querySelector('dd').innerText])")
    return {plain(name): plain(value) for name, value in pairs}


def hovers(page, selector):
    return page.eval_on_selector_all(f"{selector} time", "all => all.map(time => time.title)")


def overflow(page):
    """Pixels by which the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def axe(page):
    """What axe-core finds wrong, rule by rule."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found["violations"]]


def every_look(page):
    """What is wrong with a page at each width, light and dark: the pixels by which it sticks out, and what axe-core finds.
    It is loaded once, since what it does about either stands in its style."""
    wrong, size = {}, page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({**size, "width": width})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = (overflow(page), axe(page))
            if found != (0, []):
                wrong[width, scheme] = found
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="null", reduced_motion="null")
    return wrong


def axe_without_script(page):
    """The same of a page in a context where script is off, and where axe could not run: what its reader sees, served
    again at its own address to a context with script. The program's own scripts do not come along."""
    told = page.content().replace("<noscript>", "").replace("</noscript>", "")
    size, scheme = page.viewport_size, "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    context = page.context.browser.new_context(viewport=size, color_scheme=scheme)
    try:
        context.add_cookies(page.context.cookies())
        again = context.new_page()
        again.route("**/*", lambda route: route.abort() if route.request.resource_type == "script" else route.continue_())
        again.route(page.url, lambda route: route.fulfill(body=told, content_type="text/html; charset=utf-8"))
        again.goto(page.url, wait_until="load")
        assert again.evaluate("!document.documentElement.classList.contains('js')"), "a script of ours ran"
        assert plain(again.inner_text("body")) == plain(page.inner_text("body")), "it is not what the reader sees"
        return axe(again)
    finally:
        context.close()


def invalid_html(folder):
    """What the Nu HTML checker says about every file of a folder, warnings too."""
    done = subprocess.run(["java", *BRIEF, "-jar", VNU, "--format", "json", "--exit-zero-always", "--stdout", folder], capture_output=True, timeout=60)
    messages = json.loads(done.stdout)["messages"]
    return [(Path(one["url"]).name, one["message"], one.get("extract")) for one in messages]
