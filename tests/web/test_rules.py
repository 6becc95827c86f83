"""A group's whole rule in one form, and what it would have sent, in a real browser."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import Reader, browser, plain  # noqa: F401 (fixtures)
from conftest import closing, instances
from peers import TOKEN, Receiver, Vendor, until
from person import welcome
from settings import config, group, hook, monitor, provider

PARTS = [pages.component("c1", "Quay API"), pages.component("c2", "Voice")]


class Past:
    """An instance to whose only page something has happened."""

    def __init__(self, start, vendor, receiver):
        pages.harbour(vendor, components=PARTS)
        self.app = start(config(
            provider("harbour", vendor.url("/harbour")), monitor("harbour", "ops", tags=["prod"]),
            group("ops", "pager", quiet_hours=["22:00-07:00"], break_quiet="minor", repeat="1h"), hook("pager", receiver.url("/pager")),
            poll={"interval": "1s", "active_interval": "1s"},
        ))
        self.app.seen()
        pages.harbour(vendor, pages.trouble("k1", component=PARTS[0]), pages.trouble("k2", impact="critical", component=PARTS[1]), components=PARTS)
        until(lambda: len(receiver.received("/pager")) == 2, what="the messages")
        self.ada = welcome(self.app)


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    with closing(Vendor(), Receiver()) as peers, instances(tmp_path_factory.mktemp("past")) as start:
        yield Past(start, *peers)


@pytest.fixture
def reading(browser, past):
    opened = []

    def start(**how):
        one = Reader(browser, past.app.base(), **how)
        one.context.add_cookies([{"name": name, "value": value, "url": past.app.base()} for name, value in past.ada.jar.items()])
        opened.append(one)
        return one

    yield start
    for one in opened:
        one.context.close()
        assert one.complaints == [] and one.strangers == []


def unfold(page, words):
    page.click(f"summary:has-text('{words}')")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_rule_is_written_tried_and_kept(past, reading, script):
    page = reading(script=script).open("/groups/new")
    name = f"night {script}".lower()
    page.fill("#f-name", name)
    page.check("label:has-text('pager')")
    page.check("label:has-text('Critical only')")
    unfold(page, "When to rest")
    page.fill("#f-quiet_hours", "22:00-07:00\nsat,sun")
    page.check("label:has-text('Major incidents and worse')")
    unfold(page, "Only some of it")
    assert "There are prod." in page.inner_text("main")
    page.fill("#f-tags", "prod")
    unfold(page, "If nobody answers")
    page.fill("#f-repeat", "2h")
    page.check("fieldset:has-text('Which group is told then?') label:has-text('ops')")
    page.fill("#f-escalate_after", "15m")
    page.click("button:has-text('Try it on the last 30 days')")
    page.wait_for_selector(".trial")
    said = plain(page.inner_text(".trial"))
    assert "It would have sent 1 message in the last 30 days." in said and "1 × new incident" in said
    assert "No monitor tells this group yet, so it was tried with all there are (1 monitor)." in said
    unfold(page, "Why it would have been silent")
    assert "1 not bad enough" in plain(page.inner_text(".because"))
    assert page.input_value("#f-name") == name, "nothing typed is lost"
    assert [one["name"] for one in past.app.api("/groups", token=TOKEN)["items"] if one["name"] == name] == [], "nothing is saved"
    page.click("button:has-text('Add this group')")
    page.wait_for_url("**saved=added")
    says = page.inner_text(".says")
    assert "only critical ones" in says and "Rests 22:00–07:00 and Sat, Sun" in says and "Only monitors tagged prod." in says
    assert "within 15m, the group ops is told too" in says
    kept = next(one for one in past.app.api("/groups", token=TOKEN)["items"] if one["name"] == name)
    assert (kept["quiet_hours"], kept["break_quiet"], kept["tags"], kept["repeat"]) == (["22:00-07:00", "sat,sun"], "major", ["prod"], "2h")
    assert (kept["escalate_to"], kept["escalate_after"], kept["reminders"], kept["maintenance"]) == ("ops", "15m", None, True)
    rest = page.locator(".wish:has-text('When to rest')")
    assert rest.get_attribute("open") is None and "Rests 22:00–07:00" in rest.locator("summary").inner_text(), "in sight while folded"
    page.click("button:has-text('Save')")
    page.wait_for_url("**saved=changed")
    again = next(one for one in past.app.api("/groups", token=TOKEN)["items"] if one["name"] == name)
    assert again == kept, "saved as it stands, it stays as it is"
    page.goto(past.app.base() + "/groups")
    assert "Rests 22:00–07:00" in page.inner_text(f"tr:has-text('{name}')")
    page.click(f"tr:has-text('{name}') button:has-text('Delete')")
    page.wait_for_url("**gone=*")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_mistake_while_trying_stands_at_its_field(reading, script):
    page = reading(script=script).open("/groups/new")
    unfold(page, "Too much at once")
    page.fill("#f-storm", "many")
    page.click("button:has-text('Try it on the last 30 days')")
    page.wait_for_selector("#f-storm-error")
    assert page.input_value("#f-storm") == "many" and "10 in 5m" in page.inner_text("#f-storm-error")
    assert page.locator("main").count() == 1 and page.locator("h1").count() == 1


def test_what_a_file_declares_is_read_and_tried(past, reading):
    [ops] = [one for one in past.app.api("/groups", token=TOKEN)["items"] if one["declared"]]
    page = reading().open(f"/groups/{ops['id']}")
    assert page.locator("main input, main textarea").count() == 0
    assert "Rests 22:00–07:00, and is told afterwards; a minor incident wakes it." in page.inner_text(".says")
    page.click("button:has-text('Try it on the last 30 days')")
    page.wait_for_selector(".trial")
    assert "It would have sent 2 messages" in page.inner_text(".trial h2")


def test_a_monitor_gets_tags_and_can_keep_people_aware(past, reading):
    page = reading().open("/monitors/new?provider=github")
    page.fill("#f-tags", "prod, eu ,")
    page.check("label:has-text('Only keep us aware')")
    page.click("button:has-text('Add this monitor')")
    page.wait_for_url("**saved=added")
    made = next(one for one in past.app.api("/monitors", token=TOKEN)["items"] if one["provider"] == "github")
    assert (made["tags"], made["aware"]) == (["prod", "eu"], True)
    assert page.input_value("#f-tags") == "prod, eu" and "tells nobody" in page.inner_text("h1")
    page.uncheck("label:has-text('Only keep us aware')")
    page.click("button:has-text('Save')")
    page.wait_for_url("**saved=changed")
    assert next(one for one in past.app.api("/monitors", token=TOKEN)["items"] if one["provider"] == "github")["aware"] is False


def test_kinds_of_channels_are_found(reading):
    page = reading().open("/channels/new")
    titles = page.locator(".kinds h2").all_inner_texts()
    assert {"Chat", "Mail", "Programs"} <= {title.capitalize() for title in titles}
    assert page.locator(".kinds li a").count() == len(set(page.locator(".kinds li a").all_inner_texts()))
    page = reading(script=False).open("/channels/new?q=slack")
    assert "Slack" in page.locator(".kinds li a").first.inner_text() and "E-mail" not in page.inner_text(".kinds")


def test_it_can_be_read_at_every_width(past, reading):
    [ops] = [one for one in past.app.api("/groups", token=TOKEN)["items"] if one["declared"]]
    one = reading()
    for path in ("/groups/new", f"/groups/{ops['id']}", "/groups", "/channels/new", "/monitors/new?provider=harbour"):
        page = one.open(path)
        if path == "/groups/new":
            for summary in page.locator(".wish summary").all():
                summary.click()
            page.click("button:has-text('Try it on the last 30 days')")
            page.wait_for_selector(".trial")
        assert browsing.every_look(page) == {}, path
