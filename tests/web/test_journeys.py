"""From the first start to the first alert, in a real browser, with a simulated world as vendor, chat and mail server."""

import contextlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
from browsing import Reader, plain
from conftest import closing, instances
from hands import Keyboard, Mouse
from peers import TOKEN, until
from person import PASSWORD, link, welcome
from settings import config, group, monitor, provider
from world import World

SCENARIO = """
[[vendor]]
slug = "lantern"
name = "Lantern Bay"
category = "voice-telephony"
platform = "statuspage"
parts = ["Europe / Voice", "Europe / Chat", "Billing"]

[[vendor.incident]]
title = "Calls fail"
at = "+9d"
impact = "major"
parts = ["Voice"]
updates = [
  { stage = "investigating", say = "We look into {part}." },
  { after = "10m", stage = "identified", say = "A queue is full." },
  { after = "10m", stage = "resolved", say = "All is well with {part} again." },
]
"""


@pytest.fixture(scope="module")
def browser():
    with browsing.chromium() as one:
        yield one


@contextlib.contextmanager
def playing(directory, speed):
    scenario = directory / "scenario.toml"
    scenario.write_text(SCENARIO)
    with closing(World(scenario, speed)) as world:
        yield world


@pytest.fixture
def world(tmp_path):
    """In its own time: the trouble outlasts the journey."""
    with playing(tmp_path, 1) as one:
        yield one


@pytest.fixture
def app(tmp_path, world):
    """An empty store; the file says only what a file must: that loopback may be asked, and where the mail server is."""
    with instances(tmp_path) as start:
        yield start(config(poll={"interval": "1s", "active_interval": "1s"}, net={"smtp_url": world.addresses["receivers"]["email"]}))


class Journey:
    """Somebody with hands who looks at every page they come to, as axe does."""

    def __init__(self, reader, hands, script=True):
        self.page = reader.page
        self.hands = hands(reader.page)
        self.reader = reader
        self.script = script

    def go(self, words, address):
        """Presses what leads there, also from there to there again, and looks."""
        with self.page.expect_navigation(url=address):
            self.hands.press(words)
        return self.look()

    def enter(self, address):
        with self.page.expect_navigation(url=address):
            self.page.keyboard.press("Enter")
        return self.look()

    def look(self):
        judge = browsing.axe if self.script else browsing.axe_without_script
        assert judge(self.page) == [], self.page.url
        assert self.reader.complaints == [], self.page.url
        return self.page

    def owner(self, app):
        self.reader.open(link(app))
        self.look()
        self.hands.write("email", "ada@example.com")
        self.hands.write("name", "Ada")
        self.hands.write("password", PASSWORD)
        self.go("Create the owner", "**/monitors")

    def known(self, app):
        welcome(app)
        self.reader.open("/sign-in")
        self.look()
        self.hands.write("email", "ada@example.com")
        self.hands.write("password", PASSWORD)
        self.enter(lambda url: "sign-in" not in url)

    def vendor(self, world):
        self.go("Monitors", "**/monitors")
        self.go("Add a monitor", "**/monitors/new")
        self.hands.write("name", "Lantern Bay")
        self.hands.write("page", world.addresses["vendors"][0]["page"])
        self.go("Take this page", "**/monitors/new?provider=lantern-bay")

    def channel(self, kind, answers, **fields):
        self.go("Channels", "**/channels")
        self.go("Add a channel", "**/channels/new")
        self.go(kind, "**/channels/new?kind=*")
        for name, value in fields.items():
            self.hands.write(name, value)
        self.go("Add this channel", "**/channels/*saved=added")
        self.hands.press("Send a test message")
        self.page.wait_for_selector(".answer")
        self.look()
        said = plain(self.page.inner_text(".answer"))
        assert "The test message arrived" in said and answers in said, said

    def channels(self, world):
        self.channel("Slack", "ok", name="chat", url=world.addresses["receivers"]["slack"])
        self.channel("E-mail", "2.0.0 Ok: queued as simulated", name="mail", to="oncall@example.com")
        until(lambda: {one["kind"] for one in world.arrived()} == {"slack", "email"}, what="both tests")

    def group(self):
        self.go("Groups", "**/groups")
        self.go("Add a group", "**/groups/new")
        self.hands.write("name", "desk")
        self.hands.tick("chat")
        self.hands.tick("mail")
        self.hands.choose("Minor and worse")
        self.go("Add this group", "**/groups/*saved=added")

    def monitor(self, app):
        """The vendor's components can be chosen once its page was read, which the first monitor has done."""
        self.go("Monitors", "**/monitors")
        self.go("Add a monitor", "**/monitors/new")
        self.page.wait_for_selector("#q:focus")
        self.page.keyboard.type("lantern")
        self.enter("**/monitors/new?q=lantern")
        self.go("Lantern Bay", "**/monitors/new?provider=lantern-bay")
        self.hands.tick("desk")
        self.go("Add this monitor", "**/monitors/*saved=added")
        self.hands.tick("Voice")
        self.go("Save", "**/monitors/*saved=changed")
        [made] = app.api("/monitors", token=TOKEN)["items"]
        assert made["components"] == ["Voice"] and made["groups"] == ["desk"]
        known = app.api("/providers/lantern-bay", token=TOKEN)["pages"][0]
        assert known["platform"] == "statuspage", "nobody said what kind of page it is"

    def told(self, app, world):
        """Everything that says that somebody was told of the trouble, and why."""
        world.begin("lantern")
        came = lambda kind: [one for one in world.arrived(kind) if "Calls fail" in str(one)]
        until(lambda: came("slack") and came("email"), what="the messages")
        until(lambda: not app.api("/deliveries?state=due", token=TOKEN)["items"], what="the receivers' answers being written down")
        self.reader.open("/")
        assert "Calls fail" in self.look().inner_text(".open")
        self.go("Calls fail", "**/incidents/*")
        assert "We look into Voice." in self.page.inner_text(".line")
        heard = [plain(one) for one in self.page.locator(".heard > li").all_inner_texts()]
        assert len(heard) == 2 and all("Delivered" in one for one in heard), heard
        self.go("Why was I (not) told?", "**/decisions*")
        why = plain(self.page.inner_text(".verdicts"))
        assert "Calls fail" in why and "told" in why and "desk" in why and "not told" not in why, why
        self.go("Deliveries", "**/deliveries")
        sent = [plain(one) for one in self.page.locator(".sent > li").all_inner_texts()]
        assert sum("Calls fail" in one for one in sent) == 2 and all("Delivered" in one for one in sent), sent


def arrived(browser, world):
    """What a person sees who looks at the chat and into the mailbox."""
    with Reader(browser, world.addresses["arrived"]) as one:
        page = one.open("")
        assert "Calls fail" in page.inner_text("article.slack >> nth=0") and "Voice" in page.inner_text("article.slack >> nth=0")
        assert "Calls fail" in page.inner_text("article.email h2 >> nth=0")
        page.frame_locator("article.email iframe >> nth=0").get_by_text("Calls fail").first.wait_for()
        assert browsing.axe(page) == []
        assert one.complaints == [] and one.strangers == []


@pytest.mark.parametrize("hands", [Mouse, Keyboard])
def test_from_the_first_start_to_the_first_alert(app, world, browser, hands):
    with Reader(browser, app.base()) as reader:
        journey = Journey(reader, hands)
        journey.owner(app)
        journey.vendor(world)
        journey.channels(world)
        journey.group()
        journey.monitor(app)
        journey.told(app, world)
        assert reader.complaints == [] and reader.strangers == []
    arrived(browser, world)


def test_without_script_from_signing_in_to_reading_the_incident(app, world, browser):
    with Reader(browser, app.base(), script=False) as reader:
        journey = Journey(reader, Mouse, script=False)
        journey.known(app)
        journey.vendor(world)
        journey.channels(world)
        journey.group()
        journey.monitor(app)
        journey.told(app, world)
        assert reader.complaints == [] and reader.strangers == []


def watched(world):
    where = world.addresses["vendors"][0]["page"]
    return config(provider("lantern", where, "Lantern Bay"), monitor("lantern", "desk"), group("desk"))


def test_three_open_pages_follow_an_incident_from_its_begin_to_its_end(tmp_path, browser):
    with playing(tmp_path, 40) as world, instances(tmp_path) as start, contextlib.ExitStack() as open_pages:
        app = start(watched(world)).seen(provider="lantern")
        readers = [open_pages.enter_context(Reader(browser, app.base())) for _ in range(3)]

        def live(reader, path):
            page = reader.open(path)
            page.wait_for_selector("#mark[data-state=live]")
            page.wait_for_selector("main[data-seen]", state="attached")
            page.evaluate("window.kept = true")
            return page

        now, of = live(readers[0], "/"), live(readers[1], "/providers/lantern")
        world.begin("lantern")
        now.wait_for_selector(".open > li.news:has-text('Calls fail')")
        of.wait_for_selector(".parts li:has-text('Voice'):has-text('Partial outage')")
        incident = live(readers[2], now.get_attribute(".open a:has-text('Calls fail')", "href"))
        assert plain(of.inner_text("h1")) == "Lantern Bay has a partial outage"
        incident.wait_for_selector(".line > li.news:has-text('A queue is full.')")
        now.wait_for_selector(".open > li:has-text('Identified')")
        incident.wait_for_selector(".line > li.news:has-text('All is well with Voice again.')")
        incident.wait_for_selector(".badges:has-text('Resolved')")
        now.wait_for_selector("#live-ended:has-text('Calls fail')")
        now.wait_for_selector(".open", state="detached")
        of.wait_for_selector("h1:has-text('Lantern Bay is operational')")
        for reader, page in zip(readers, (now, of, incident), strict=True):
            assert page.evaluate("window.kept"), "no page was ever loaded again"
            assert browsing.axe(page) == [] and reader.complaints == [] and reader.strangers == []
