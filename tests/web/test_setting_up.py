"""Setting things up as people do it: from the printed link to a tested channel, in a real browser."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import Reader, plain
from conftest import closing, instances, receiver, tocsin, vendor  # noqa: F401 (fixtures)
from peers import TOKEN, Receiver, Vendor, until
from person import PASSWORD, link, welcome
from settings import SECRET, config, group, hook, monitor, provider

PARTS = [pages.component("c1", "Quay API", "degraded_performance"), pages.component("c2", "Voice", within="g1"), pages.component("c3", "Chat", within="g1"), pages.family("g1", "PROD 1", "c2", "c3")]


@pytest.fixture(scope="module")
def browser():
    with browsing.chromium() as one:
        yield one


@pytest.fixture
def app(tocsin, vendor, receiver):
    pages.publish(vendor, "/harbour", PARTS, [pages.trouble("k1", component=PARTS[0], name="[Voice] [Boats arrive late] [PROD 1]")])
    return tocsin(config(poll={"interval": "1s", "active_interval": "1s"}))


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def reader(request, browser, app):
    with Reader(browser, app.base(), script=request.param) as one:
        yield one
    assert one.complaints == [] and one.strangers == []


def known(reader, app, ada=None):
    """The reader, signed in."""
    ada = ada or welcome(app)
    reader.context.add_cookies([{"name": name, "value": value, "url": app.base()} for name, value in ada.jar.items()])
    return ada


def press(page, words):
    page.click(f"main :is(button, a):has-text('{words}')")


def test_the_whole_way_from_the_link_to_the_first_message(app, reader, vendor, receiver):
    page = reader.open(link(app))
    for name, value in {"email": "ada@example.com", "name": "Ada", "password": PASSWORD}.items():
        page.fill(f"#f-{name}", value)
    press(page, "Create the owner")
    page.wait_for_url("**/monitors")
    press(page, "Add a channel")
    press(page, "Webhook")
    page.fill("#f-name", "pager")
    page.fill("#f-url", receiver.url("/pager"))
    page.fill("#f-secret", SECRET)
    press(page, "Add this channel")
    page.wait_for_url("**/channels/*saved=added")
    receiver.answers.append((202, b"taken, thank you"))
    press(page, "Send a test message")
    page.wait_for_selector(".answer")
    answer = plain(page.inner_text(".answer"))
    assert "The test message arrived" in answer and "Status 202" in answer and "taken, thank you" in answer and " ms" in answer
    [tested] = receiver.events("/pager")
    assert tested["type"] == "test.ping"

    page.goto(app.base() + "/groups")
    press(page, "Add a group")
    page.fill("#f-name", "support-desk")
    page.check("label:has-text('pager')")
    page.check("label:has-text('Minor and worse')")
    press(page, "Add this group")
    page.wait_for_url("**/groups/*saved=added")

    page.goto(app.base() + "/monitors/new")
    page.fill("#f-name", "Harbour Cloud")
    page.fill("#f-page", vendor.url("/harbour"))
    press(page, "Take this page")
    page.wait_for_url("**/monitors/new?provider=harbour-cloud")
    assert "offered here once its page was read" in page.inner_text("main")
    page.check("label:has-text('support-desk')")
    press(page, "Add this monitor")
    page.wait_for_url("**/monitors/*saved=added")
    assert "Degraded" in page.inner_text("main"), "it was read at once"
    assert "Harbour Cloud has trouble right now" in page.inner_text(".trouble")
    assert page.inner_text(".trouble li a") == "Boats arrive late"
    press(page, "Tell support-desk once")
    page.wait_for_url("**saved=told")
    assert page.locator("button:has-text('once')").count() == 0
    until(lambda: len(receiver.received("/pager")) == 2, what="the message")
    assert "asked for when the monitor was added" in receiver.events("/pager")[1]["data"]["reason"]

    page.check("label:has-text('All of PROD 1')")
    page.fill("#f-components", "Quay*\nTower")
    press(page, "Save")
    page.wait_for_url("**saved=changed")
    assert page.is_checked("label:has-text('All of PROD 1') input") and page.input_value("#f-components") == "Quay*\nTower"
    assert app.api("/monitors", token=TOKEN)["items"][0]["components"] == ["PROD 1", "Quay*", "Tower"]


def test_by_keyboard_only(app, browser, receiver):
    with Reader(browser, app.base()) as one:
        known(one, app)
        page = one.open("/channels")
        keys = page.keyboard

        def reach(what, most=60):
            """Tabs until the focus is on something with these words or this id."""
            for _ in range(most):
                keys.press("Tab")
                here = page.evaluate("(() => { const e = document.activeElement; return [e.id, e.innerText || '', e.closest('label')?.innerText || ''].join('|') })()")
                if what in here:
                    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", f"{what} shows no focus"
                    return
            raise AssertionError(f"{what} cannot be reached")

        reach("Add a channel")
        keys.press("Enter")
        page.wait_for_url("**/channels/new")
        reach("Webhook")
        keys.press("Enter")
        page.wait_for_url("**kind=webhook")
        reach("f-name")
        keys.type("pager")
        reach("f-url")
        keys.type(receiver.url("/pager"))
        keys.press("Enter")
        page.wait_for_url("**saved=added")
        reach("Send a test message")
        keys.press("Enter")
        page.wait_for_selector(".answer")
        page.goto(app.base() + "/groups/new")
        reach("f-name")
        keys.type("desk")
        reach("pager")
        keys.press("Space")
        reach("Add this group")
        keys.press("Enter")
        page.wait_for_url("**saved=added")
        page.goto(app.base() + "/monitors/new")
        assert page.evaluate("document.activeElement.id") == "q"
        keys.type("github")
        keys.press("Enter")
        page.wait_for_url("**q=github")
        reach("GitHub")
        keys.press("Enter")
        page.wait_for_url("**provider=github")
        reach("desk")
        keys.press("Space")
        reach("Add this monitor")
        keys.press("Enter")
        page.wait_for_url("**saved=added")
        assert app.api("/monitors", token=TOKEN)["items"][0]["groups"] == ["desk"]
        reach("Pause this monitor")
        keys.press("Enter")
        page.wait_for_selector("text=This monitor is paused")
        assert one.complaints == []


def add(app, kind, /, **body):
    return app.call("POST", f"/api/v1/{kind}", token=TOKEN, body=json.dumps(body).encode())


def test_mistakes_stand_beside_their_fields_and_nothing_is_lost(app, reader):
    known(reader, app)
    page = reader.open("/channels/new?kind=webhook")
    page.fill("#f-name", "pager")
    page.fill("#f-url", "https://10.0.0.7/hook")
    page.fill("#f-secret", "whsec_short")
    press(page, "Add this channel")
    page.wait_for_selector(".errors")
    assert page.locator(".errors a").all_inner_texts() == ["Secret"], "one kind of check after the other"
    page.fill("#f-secret", "")
    press(page, "Add this channel")
    page.wait_for_selector("#f-url-error")
    assert "net.allow_private" in page.inner_text("#f-url-error")
    assert page.input_value("#f-name") == "pager" and page.input_value("#f-url") == "https://10.0.0.7/hook"
    assert page.evaluate("document.activeElement.className") == "errors" or not page.evaluate("true"), "the focus is where the news is"
    page = reader.open("/groups/new")
    page.fill("#f-name", "night")
    page.click("summary:has-text('Not every small thing')")
    page.fill("#f-dwell", "soon")
    page.click("summary:has-text('When to rest')")
    page.fill("#f-quiet_hours", "at night")
    page.check("label:has-text('Major and worse')")
    press(page, "Add this group")
    page.wait_for_selector("#f-dwell-error")
    assert page.locator(".errors a").all_inner_texts() == ["Wait before telling a minor incident", "It rests at these times"], "all at once"
    assert page.is_visible("#f-quiet_hours-error") and page.input_value("#f-quiet_hours") == "at night"
    assert not page.is_visible("#f-storm"), "what fits stays folded"
    assert page.input_value("#f-name") == "night" and page.is_checked("label:has-text('Major and worse') input")


def test_an_address_given_wrong_is_put_right(app, reader, vendor):
    known(reader, app)
    add(app, "providers", slug="harbour", name="Harbour Cloud", page=vendor.url("/harbur"))
    made = add(app, "monitors", provider="harbour")
    page = reader.open(f"/monitors/{made['id']}")
    page.fill("#f-page", "https://10.1.2.3/")
    press(page, "Change the address")
    page.wait_for_selector("#f-page-error")
    assert page.input_value("#f-page") == "https://10.1.2.3/"
    page.fill("#f-page", vendor.url("/harbour"))
    press(page, "Change the address")
    page.wait_for_url("**saved=page")
    assert "Degraded" in page.inner_text("main")


def test_deleting_can_be_undone(app, reader):
    known(reader, app)
    for kind, body, said in (
        ("channels", {"name": "pager", "kind": "webhook", "url": "http://127.0.0.1:9/x"}, "The channel pager is deleted."),
        ("groups", {"name": "night"}, "The group night is deleted."),
        ("monitors", {"provider": "github"}, "The monitor of GitHub is deleted."),
    ):
        made = add(app, kind, **body)
        page = reader.open(f"/{kind}")
        page.click("table button:has-text('Delete')")
        page.wait_for_url("**gone=*")
        assert said in page.inner_text(".done") and app.api(f"/{kind}", token=TOKEN)["items"] == []
        page.click("button:has-text('Undo')")
        page.wait_for_url(lambda url: "gone" not in url)
        assert app.api(f"/{kind}", token=TOKEN)["items"] == [made]


def test_what_is_used_says_by_whom(app, reader):
    known(reader, app)
    channel = add(app, "channels", name="pager", kind="webhook", url="http://127.0.0.1:9/x")
    add(app, "groups", name="night", channels=["pager"])
    page = reader.open(f"/channels/{channel['id']}")
    assert "Used by the group night." in page.inner_text("main")
    press(page, "Delete this channel")
    page.wait_for_selector(".errors")
    assert "used by the group night: take it out" in page.inner_text(".errors")


def test_secrets_stay_when_their_field_is_empty(app, reader, receiver):
    known(reader, app)
    channel = add(app, "channels", name="pager", kind="webhook", url=receiver.url("/x"), secret=SECRET)
    page = reader.open(f"/channels/{channel['id']}")
    assert SECRET not in page.content() and page.input_value("#f-secret") == ""
    page.fill("#f-name", "beeper")
    press(page, "Save")
    page.wait_for_url("**saved=changed")
    receiver.answers.append((401, b"who are you?"))
    press(page, "Send a test message")
    page.wait_for_selector(".answer")
    assert "did not arrive" in page.inner_text(".answer") and "who are you?" in page.inner_text(".answer")
    assert "webhook-signature" in receiver.received("/x")[0]["headers"]


def test_groups_choose_events(app, reader):
    known(reader, app)
    made = add(app, "groups", name="night", events=["incident.*"])
    page = reader.open(f"/groups/{made['id']}")
    assert page.is_checked("label:has-text('Only those chosen') input")
    assert page.is_checked("input[value='incident.postmortem']") and not page.is_checked("input[value='page.moved']")
    page.uncheck("input[value='incident.postmortem']")
    page.check("input[value='page.moved']")
    press(page, "Save")
    page.wait_for_url("**saved=changed")
    events = app.api(f"/groups/{made['id']}", token=TOKEN)["events"]
    assert "page.moved" in events and "incident.opened" in events and "incident.postmortem" not in events
    page.check("label:has-text('The usual events')")
    press(page, "Save")
    page.wait_for_selector(".done")
    assert app.api(f"/groups/{made['id']}", token=TOKEN)["events"] is None


def test_monitors_are_found_and_paused_in_the_list(app, reader):
    known(reader, app)
    for slug in ("github", "cloudflare", "zoom"):
        add(app, "monitors", provider=slug)
    page = reader.open("/monitors")
    page.fill("#q", "cloud")
    press(page, "Find")
    page.wait_for_url("**q=cloud**")
    assert page.locator("tbody th").all_inner_texts() == ["Cloudflare"]
    page.click("tbody button:has-text('Pause')")
    page.wait_for_selector("text=This monitor is paused")
    press(page, "Go on with this monitor")
    page.wait_for_selector("button:has-text('Pause this monitor')")
    assert [one["paused"] for one in app.api("/monitors", token=TOKEN)["items"]] == [False] * 3


class Full:
    """An instance with something of everything, from a file and by hand."""

    def __init__(self, start, vendor, receiver):
        pages.publish(vendor, "/harbour", PARTS, [pages.trouble("k1", component=PARTS[0])])
        crowd = [pages.component(f"c{number}", f"Cell {number}", within=f"g{number % 9}") for number in range(300)]
        crowd += [pages.family(f"g{number}", f"Region {number}", *[f"c{one}" for one in range(number, 300, 9)]) for number in range(9)]
        pages.publish(vendor, "/crowded", crowd)
        self.app = start(config(
            provider("harbour", vendor.url("/harbour")), provider("crowded", vendor.url("/crowded"), "Crowded"), monitor("harbour", "file"),
            group("file", "filed"), hook("filed", receiver.url("/filed")),
        ))
        self.ada = welcome(self.app)
        channel = add(self.app, "channels", name="pager", kind="webhook", url=receiver.url("/pager"), secret=SECRET)
        made = add(
            self.app, "groups", name="desk " + "very long " * 6, channels=["pager"], dwell="10m", quiet_hours=["22:00-07:00"], repeat="1h",
            providers=["crowded", "harbour-with-a-name-that-does-not-end"], words=["EU", "PROD 1"],
        )
        watched = add(self.app, "monitors", provider="crowded", components=["Cell 1*"], groups=[made["name"]], tags=["prod", "eu"])
        gone = add(self.app, "monitors", provider="zoom")
        self.app.call("DELETE", f"/api/v1/monitors/{gone['id']}", token=TOKEN, raw=True)
        seen = lambda slug: self.app.api(f"/providers/{slug}", token=TOKEN)["health"]
        until(lambda: (seen("harbour"), seen("crowded")) == ("degraded", "operational"), what="the first look")
        filed = {kind: next(one["id"] for one in self.app.api(f"/{kind}", token=TOKEN)["items"] if one["declared"]) for kind in ("monitors", "groups", "channels")}
        self.paths = [
            "/monitors", f"/monitors?gone={gone['id']}", "/monitors?q=nothing", "/monitors/new", "/monitors/new?q=cloud", "/monitors/new?q=nothing%20at%20all",
            "/monitors/new?provider=harbour", "/monitors/new?provider=github", f"/monitors/{watched['id']}", f"/monitors/{watched['id']}?saved=added",
            "/groups", "/groups/new", f"/groups/{made['id']}", "/channels", "/channels/new", "/channels/new?q=mail", "/channels/new?q=pigeon", "/channels/new?kind=email", "/channels/new?kind=slack",
            f"/channels/{channel['id']}", *(f"/{kind}/{id}" for kind, id in filed.items()), "/settings", "/", "/providers", "/providers/harbour",
        ]


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    with closing(Vendor(), Receiver()) as peers, instances(tmp_path_factory.mktemp("full")) as start:
        yield Full(start, *peers)


def test_axe_finds_nothing_and_nothing_sticks_out(full, browser):
    with Reader(browser, full.app.base()) as one:
        known(one, full.app, full.ada)
        for path in full.paths:
            assert browsing.every_look(one.open(path)) == {}, path
        assert one.complaints == [] and one.strangers == []


def test_the_html_is_valid(full, tmp_path):
    folder = tmp_path / "html"
    folder.mkdir()
    for number, path in enumerate(full.paths):
        (folder / f"{number}.html").write_text(full.ada.get(path).text)
    for number, (path, fields) in enumerate({
        "/channels/new": {"kind": "webhook", "url": "x"}, "/groups/new": {"dwell": "x", "which": "chosen", "events": "x", "digest": "x", "escalate_to": "x", "quiet_hours": "x", "reminders": "x"},
        "/monitors/new": {"provider": "github", "groups": "x"}, "/monitors/new/page": {},
    }.items()):
        answer = full.ada.post(path, fields)
        assert answer.status == 422 and "`" not in answer.text, path
        (folder / f"wrong-{number}.html").write_text(answer.text)
    assert browsing.invalid_html(folder) == []


def test_only_where_the_file_and_the_hand_meet_is_the_file_marked(full, browser):
    with Reader(browser, full.app.base()) as one:
        known(one, full.app, full.ada)
        for path in ("/monitors", "/groups", "/channels"):
            page = one.open(path)
            marked = page.locator("tbody tr:has-text('from the file')")
            filed = [item for item in full.app.api(path, token=TOKEN)["items"] if item["declared"]]
            assert marked.count() == len(filed) > 0 and "What is marked “from the file”" in page.inner_text(".sub"), path
        page = one.open("/monitors?q=harbour")
        assert page.locator("tbody tr").count() == 1 and page.locator("tbody:has-text('from the file')").count() == 0
        assert "What is listed here is set in the configuration file" in page.inner_text(".sub")


def test_what_a_file_declares_is_shown_and_not_offered_to_be_changed(full):
    for path in full.paths:
        if any(path.startswith(f"/{kind}/") for kind in ("monitors", "groups", "channels")) and "declared in the configuration file" in full.ada.get(path).text:
            text = full.ada.get(path).text
            assert "from the file" in text and "/delete" not in text and "Save</button>" not in text
            id = path.split("/")[2]
            refused = full.ada.post(f"{path}/delete")
            assert refused.status == 409 and "change it there" in refused.text, id
