"""What a team wishes of a warning of its own check: not to hear it for a while, to be reminded, that somebody takes care."""

import json
import re
import time

import pytest

import pages
from conftest import closing
from documented import refused, validate
from peers import TOKEN, Clock, until
from person import Person, welcome
from settings import config, group, hook, monitor, provider
from voice import Telephone

START = "2026-02-20T22:00:00Z"
AUDIO = "Calls do not connect"


@pytest.fixture
def telephone():
    with closing(Telephone("busy")) as peer:
        yield peer


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path, START)


def line(telephone, **more):
    """A check of a line that is engaged."""
    keys = {"interval": "1s", "groups": ["support"], **more}
    keys = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
    voice = "[voice]\ncalls_per_hour = 3600\nbuffer_ms = 160\n"
    return f'{voice}[[check]]\nname = "line"\nkind = "sip_call"\ntarget = "sip:line@127.0.0.1:{telephone.port}"\n{keys}'


def send(app, method, path, body=None):
    text = app.call(method, "/api/v1" + path, raw=True, token=TOKEN, body=None if body is None else json.dumps(body).encode())
    return json.loads(text) if text else None


def the_warning(app):
    return until(lambda: app.api("/warnings?state=open")["items"], 60, "the warning")[0]


def told(receiver, path="/hook"):
    return [(event["type"], event["data"]["warning"]["kind"]) for event in receiver.events(path)]


def reasons(app):
    return {one["reason"]["code"] for one in app.api("/decisions")["items"]}


def test_what_began_under_a_mute_is_told_when_somebody_ends_it(vendor, receiver, telephone, tocsin):
    pages.harbour(vendor)
    telephone.answer("none")
    tables = config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "others"), group("others", "quiet"),
        group("support", "hook"), hook("hook", receiver.url("/hook")), hook("quiet", receiver.url("/quiet")),
        line(telephone, provider="harbour"),
    )
    app = tocsin(tables)
    until(lambda: app.api("/checks/line")["health"] == "operational", 60, "a call")
    silence = send(app, "POST", "/silences", {"provider": "harbour", "for": "1h"})
    telephone.answer("busy")
    warning = the_warning(app)
    until(lambda: reasons(app) == {"muted"}, what="the decision")
    assert receiver.received("/hook") == []
    assert "Harbour Cloud is muted" in app.get("/checks/line", raw=True)
    send(app, "DELETE", f"/silences/{silence['id']}")
    until(lambda: receiver.received("/hook"), what="what is still open")
    assert told(receiver) == [("warning.raised", "not_answered")]
    assert receiver.events("/hook")[0]["data"]["warning"]["id"] == warning["id"]
    assert receiver.received("/quiet") == [], "who asks for no warnings hears none, after a mute neither"


def test_a_mute_is_over_by_itself_and_a_restart_forgets_none(vendor, receiver, telephone, tocsin, clock):
    pages.harbour(vendor)
    telephone.answer("none")
    tables = config(
        provider("harbour", vendor.url("/harbour")), group("support", "hook"), hook("hook", receiver.url("/hook")),
        line(telephone, provider="harbour"),
    )
    app = tocsin(tables, clock=clock)
    until(lambda: app.api("/checks/line")["health"] == "operational", 60, "a call")
    send(app, "POST", "/silences", {"provider": "harbour", "until": "2026-02-20T23:00:00Z"})
    telephone.answer("busy")
    the_warning(app)
    until(lambda: reasons(app) == {"muted"}, what="the decision")
    app.restart()
    clock.set("2026-02-20T22:59:00Z")
    assert receiver.received("/hook") == []
    clock.set("2026-02-20T23:00:01Z")
    until(lambda: receiver.received("/hook"), 30, "what is still open")
    assert told(receiver) == [("warning.raised", "not_answered")]
    [event] = receiver.events("/hook")
    assert event["data"]["warning"]["started_at"] == START


def test_one_warning_is_muted(receiver, telephone, tocsin):
    """A check that is about no provider has its wishes, too."""
    app = tocsin(config(group("support", "hook"), hook("hook", receiver.url("/hook")), line(telephone)))
    owner = welcome(app)
    until(lambda: receiver.received("/hook"), 180, "the warning")
    warning = owner.send("GET", "/warnings?state=open").json["items"][0]
    body = {"warning": warning["id"]}
    silence = send(app, "POST", "/silences", body)
    validate(silence, "/silences", "post", "201")
    assert (silence["warning"], silence["incident"], silence["maintenance"]) == (warning["id"], None, None)
    listed = owner.get("/silences").text
    assert AUDIO in listed and 'href="/checks/line"' in listed and "/providers/tocsin" not in listed
    assert "This warning is muted" in owner.get("/checks/line").text
    for wrong in ({**body, "incident": warning["id"]}, {"incident": warning["id"]}):
        refused(app, "POST", "/api/v1/silences", 422, token=TOKEN, body=json.dumps(wrong).encode())


def escalating(receiver, telephone, **more):
    """The first group has a minute; then the boss is told. It is reminded every five minutes."""
    return config(
        group("support", "hook", escalate_to="boss", escalate_after="1m", repeat="5m"), group("boss", "bell"),
        hook("hook", receiver.url("/hook")), hook("bell", receiver.url("/bell")), line(telephone), **more,
    )


def test_the_boss_hears_when_nobody_acknowledges_and_the_first_are_reminded(receiver, telephone, tocsin, clock):
    app = tocsin(escalating(receiver, telephone), clock=clock)
    until(lambda: receiver.received("/hook"), 180, "the first group")
    assert receiver.received("/bell") == []
    clock.set("2026-02-20T22:01:30Z")
    until(lambda: receiver.received("/bell"), 30, "the boss")
    clock.set("2026-02-20T22:05:30Z")
    until(lambda: len(receiver.received("/hook")) == 2, 30, "the reminder")
    assert {"named_by_check", "not_acknowledged", "reminder"} <= reasons(app)
    assert told(receiver) == [("warning.raised", "not_answered")] * 2
    assert told(receiver, "/bell") == [("warning.raised", "not_answered")]


def test_whoever_acknowledges_a_warning_lets_the_boss_sleep(receiver, telephone, tocsin, clock):
    app = tocsin(escalating(receiver, telephone), clock=clock)
    until(lambda: receiver.received("/hook"), 180, "the first group")
    warning = the_warning(app)
    path = f"/warnings/{warning['id']}/acknowledgement"
    first = send(app, "POST", path)
    validate(first, "/warnings/{id}/acknowledgement", "post", "201")
    one = app.api(f"/warnings/{warning['id']}")
    validate(one, "/warnings/{id}")
    assert one["acknowledged"] == first == app.api("/checks/line")["warning"]["acknowledged"]
    validate(app.api("/checks/line"), "/checks/{id}")
    refused(app, "POST", f"/api/v1/incidents/{warning['id']}/acknowledgement", 404, token=TOKEN)
    clock.set("2026-02-20T22:06:00Z")
    time.sleep(7)
    assert receiver.received("/bell") == [] and len(receiver.received("/hook")) == 1
    send(app, "DELETE", path)
    refused(app, "DELETE", "/api/v1" + path, 404, token=TOKEN)
    clock.set("2026-02-20T22:12:00Z")
    until(lambda: receiver.received("/bell"), 30, "the boss after all")


def test_a_link_in_a_mail_acknowledges_and_so_does_the_page(receiver, telephone, mailbox, tocsin, clock):
    tables = config(
        group("support", "mail", escalate_to="boss", escalate_after="1m"), group("boss", "bell"),
        '[[channel]]\nname = "mail"\nkind = "email"\nto = ["ada@example.com"]\n', hook("bell", receiver.url("/bell")),
        line(telephone), net={"smtp_url": mailbox.url()},
    )
    app = tocsin(tables, clock=clock)
    owner = welcome(app)
    until(lambda: mailbox.to("ada@example.com"), 180, "the mail")
    text = mailbox.to("ada@example.com")[0].get_body(("plain",)).get_content()
    [path] = set(re.findall(r"/acknowledge/[A-Za-z0-9_-]+", text.replace("\n", "")))
    stranger = Person(app)
    page = stranger.get(path)
    assert page.status == 200 and AUDIO in page.text and "Nothing has been changed yet" in page.text
    assert "Early warning" in page.text and "/providers/tocsin" not in page.text
    done = stranger.post(path)
    assert done.status == 200 and "It is yours" in done.text
    shown = owner.get("/checks/line").text
    assert "somebody who reads “mail”" in shown and "takes care of it" in shown
    assert AUDIO in owner.get("/silences").text
    # Taken back and taken again, by buttons.
    assert owner.post("/checks/line/take-back").status in (200, 303)
    assert "takes care of it since" not in owner.get("/checks/line").text
    assert owner.post("/checks/line/acknowledge").status in (200, 303)
    assert "takes care of it since" in owner.get("/checks/line").text
    assert owner.post("/checks/line/mute", {"for": "1h"}).status in (200, 303)
    assert "This warning is muted" in owner.get("/checks/line").text
    clock.set("2026-02-20T22:02:00Z")
    time.sleep(7)
    assert receiver.received("/bell") == []


def test_a_channel_that_is_back_hears_what_it_missed_and_of_a_check_that_is_gone(vendor, receiver, telephone, tocsin):
    pages.harbour(vendor)
    rest = [
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "support"),
        group("support", "hook"), hook("hook", receiver.url("/hook")),
    ]
    app = tocsin(config(*rest, line(telephone, provider="harbour")))
    channel = lambda: app.api("/channels")["items"][0]
    warned = lambda: [one for one in receiver.events("/hook") if "warning" in one["data"]]
    until(warned, 60, "the first warning")
    first = the_warning(app)["id"]

    def given_up(*troubles):
        """Nobody is there when the page has something to say."""
        receiver.always["/hook"] = (410, b"gone for good")
        pages.harbour(vendor, *(pages.trouble(one) for one in troubles))
        until(lambda: channel()["disabled"], what="the channel is given up")

    def back():
        known = len(warned())
        receiver.always.pop("/hook")
        send(app, "POST", f"/channels/{channel()['id']}/enable")
        until(lambda: len(warned()) > known, what="where things stand")
        event = warned()[-1]
        assert event["data"]["again"] == "missed" and "takes messages again" in event["data"]["reason"]
        return event["type"], event["data"]["warning"]["id"]

    given_up("k1")
    send(app, "POST", "/silences", {"warning": first})
    telephone.answer("none")
    until(lambda: app.api("/warnings?state=open")["items"] == [], 60, "the end")
    until(lambda: app.api("/silences")["items"] == [], what="the end of the mute with it")
    refused(app, "POST", "/api/v1/silences", 422, token=TOKEN, body=json.dumps({"warning": first}).encode())
    assert back() == ("warning.cleared", first)
    given_up("k1", "k2")
    telephone.answer("busy")
    second = the_warning(app)["id"]
    assert back() == ("warning.raised", second)

    # Nobody looks any more: whoever heard of it hears that, and an alarm ends.
    known = len(warned())
    app.stop()
    app.config = config(*rest)
    app.start()
    until(lambda: len(warned()) > known, what="the end")
    over = warned()[-1]
    assert (over["type"], over["data"]["warning"]["id"]) == ("warning.cleared", second)
    assert over["data"]["warning"]["ended_because"] == "The check is not part of the configuration any more."
    assert [one["state"] for one in app.api("/warnings")["items"]] == ["closed", "closed"]
