"""Receivers that hang, fail, ask for patience or are gone: each has its own fate and none delays another."""

import json

import faults
import pages
from peers import TOKEN, Clock, until
from settings import config, group, hook, monitor, one_hook, provider

OPEN = pages.trouble("k1")


def started(tocsin, vendor, receiver, **how):
    pages.harbour(vendor)
    return tocsin(one_hook(vendor, receiver), **how).seen()


def test_a_receiver_that_hangs_delays_no_other(vendor, receiver, tocsin):
    names = ["slow", "quick"]
    tables = [hook(name, receiver.url(f"/{name}")) for name in names]
    pages.harbour(vendor)
    app = tocsin(config(provider("harbour", vendor.url("/harbour")), monitor("harbour", "all"), group("all", *names), *tables)).seen()
    receiver.hold("/slow")
    for turn in range(6):
        pages.harbour(vendor, *[pages.trouble(f"k{number}") for number in range(turn + 1)])
        until(lambda: len(receiver.received("/quick")) == turn + 1, 4, "the quick one's news")
    until(lambda: len(app.deliveries("due")) == 6, what="the quick one's answers being written down")
    receiver.release()
    until(lambda: not app.deliveries("due"), what="the slow one's news")


def test_one_incident_is_told_in_order_and_holds_up_no_other(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    receiver.answers = [(500, b"not now")]
    stages = ["investigating"]
    pages.harbour(vendor, pages.trouble("k1", stages))
    until(lambda: receiver.received("/hook"), what="the failed attempt")
    for stage in ("identified", "resolved"):
        stages.append(stage)
        pages.harbour(vendor, pages.trouble("k1", stages), pages.trouble("k2"))
        until(lambda: len(app.api("/incidents?state=open")["items"]) == 3 - len(stages[1:]), what=stage)
    until(lambda: not app.deliveries("due"), what="everything told")
    told = [(event["data"]["incident"]["vendor_id"], event["type"]) for event in receiver.events("/hook")]
    assert [kind for ident, kind in told if ident == "k1"] == ["incident.opened", "incident.opened", "incident.updated", "incident.resolved"]
    assert told[1] == ("k2", "incident.opened"), "another incident did not wait"


def test_a_receiver_may_say_when_to_come_again(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    receiver.answers = [(429, b"slow down", {"retry-after": "2"})]
    pages.harbour(vendor, OPEN)
    delivery = until(lambda: app.deliveries("sent"), what="the second attempt")[0]
    first, second = receiver.received("/hook")
    assert 2 <= second["at"] - first["at"] < 4
    assert len(set(receiver.attempts("/hook"))) == 1
    assert [(one["outcome"], one["status"]) for one in delivery["attempts"]] == [("retry_after", 429), ("delivered", 200)]


def test_a_receiver_that_fails_twice_is_told_the_same_in_the_end(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:00:00Z")
    app = started(tocsin, vendor, receiver, clock=clock)
    receiver.answers = [(500, b"a"), (500, b"b")]
    pages.harbour(vendor, OPEN)
    for count, moment in [(1, "22:00:06"), (2, "22:06:10")]:
        until(lambda: [one for one in app.deliveries("due") if len(one["attempts"]) == count], what=f"attempt {count}")
        clock.set(f"2026-02-20T{moment}Z")
    pages.harbour(vendor, OPEN, pages.trouble("k2"))
    until(lambda: len(app.deliveries("sent")) == 2, what="the third attempt, and other news")
    delivery = next(one for one in app.deliveries("sent") if len(one["attempts"]) > 1)
    assert [(one["status"], one["answer"], one["at"][11:19]) for one in delivery["attempts"]] == [
        (500, "a", "22:00:00"), (500, "b", "22:00:06"), (200, "ok", "22:06:10"),
    ]
    attempts = receiver.attempts("/hook")
    assert len(attempts) == 4 and len({one for one in attempts if one[0] == delivery["webhook_id"]}) == 1


def test_a_receiver_that_is_gone_gets_nothing_more_until_somebody_asks(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    receiver.always["/hook"] = (410, b"gone for good")
    pages.harbour(vendor, OPEN)
    [dead] = until(lambda: app.deliveries("dead"), what="its end")
    assert [(one["outcome"], one["status"], one["answer"]) for one in dead["attempts"]] == [("endpoint_gone", 410, "gone for good")]
    assert dead["next_at"] is None
    [channel] = app.api("/channels")["items"]
    assert "gone for good" in channel["disabled"]
    pages.harbour(vendor, OPEN, pages.trouble("k2"))
    until(lambda: [one for one in app.api("/decisions")["items"] if one["reason"]["code"] == "no_channel"], what="a silence with a reason")

    del receiver.always["/hook"]
    path = f"/api/v1/deliveries/{dead['id']}/resend"
    assert app.problem("POST", path)[0] == 401
    again = app.call("POST", path, token=TOKEN)
    assert again["state"] in ("due", "sent") and again["webhook_id"] == dead["webhook_id"]
    until(lambda: app.api(f"/deliveries/{dead['id']}")["state"] == "sent", what="the message")
    assert app.api("/channels")["items"][0]["disabled"] is None, "it took a message, so it is there again"
    until(lambda: len(receiver.received("/hook")) == 3, what="what began meanwhile")
    first, same, missed = receiver.events("/hook")
    assert first == same and receiver.attempts("/hook")[0] == receiver.attempts("/hook")[1]
    assert (missed["data"]["incident"]["vendor_id"], missed["data"]["again"]) == ("k2", "missed")


def test_a_receiver_that_is_not_found_for_an_hour_is_given_up(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:00:00Z")
    app = started(tocsin, vendor, receiver, clock=clock)
    receiver.always["/hook"] = (404, b"nothing here")
    pages.harbour(vendor, OPEN)
    until(lambda: [one for one in app.deliveries("due") if one["attempts"]], what="the first attempt")
    clock.set("2026-02-20T22:30:00Z")
    until(lambda: [one for one in app.deliveries("due") if len(one["attempts"]) == 2], 40, "the second attempt")
    assert app.api("/channels")["items"][0]["disabled"] is None
    clock.set("2026-02-20T23:00:01Z")
    [dead] = until(lambda: app.deliveries("dead"), 40, "its end")
    assert [one["status"] for one in dead["attempts"]] == [404, 404, 404]
    assert app.api("/channels")["items"][0]["disabled"]


def test_what_a_receiver_refuses_is_not_repeated(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    receiver.always["/hook"] = (422, b"no such field")
    pages.harbour(vendor, OPEN)
    [failed] = until(lambda: app.deliveries("failed"), what="its end")
    assert [one["status"] for one in failed["attempts"]] == [422]
    assert app.api("/channels")["items"][0]["disabled"] is None, "the receiver itself is fine"


def test_a_connection_that_breaks_after_the_message_is_no_end(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    receiver.answers = [faults.reset]
    pages.harbour(vendor, OPEN)
    [sent] = until(lambda: app.deliveries("sent"), what="the second attempt")
    assert [one["outcome"] for one in sent["attempts"]] == ["ambiguous", "delivered"]
    assert len(receiver.attempts("/hook")) == 2 and len(set(receiver.attempts("/hook"))) == 1, "the receiver can tell"


def test_a_long_answer_is_kept_short(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    receiver.always["/hook"] = (200, b"ha" * (5 << 20))
    pages.harbour(vendor, OPEN)
    [sent] = until(lambda: app.deliveries("sent"), what="the news")
    assert sent["attempts"][0]["answer"] == "ha" * 512


def test_a_receiver_cannot_send_us_elsewhere(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    receiver.always["/hook"] = (302, b"", {"location": receiver.url("/elsewhere")})
    pages.harbour(vendor, OPEN)
    [due] = until(lambda: [one for one in app.deliveries("due") if one["attempts"]], what="the attempt")
    assert [(one["outcome"], one["status"]) for one in due["attempts"]] == [("retry", 302)]
    assert receiver.received("/elsewhere") == []


def test_a_channel_can_be_tried(vendor, receiver, tocsin):
    app = started(tocsin, vendor, receiver)
    path = f"/api/v1/channels/{app.api('/channels')['items'][0]['id']}/test"
    assert app.problem("POST", path)[0] == 401
    answer = app.call("POST", path, token=TOKEN)
    assert set(answer) == {"outcome", "status", "latency_ms", "answer"}
    assert (answer["outcome"], answer["status"], answer["answer"]) == ("delivered", 200, "ok")
    assert receiver.events("/hook")[0]["type"] == "test.ping"
    receiver.answers = [(403, b"who are you?")]
    answer = app.call("POST", path, token=TOKEN)
    assert (answer["outcome"], answer["status"], answer["answer"]) == ("endpoint_auth", 403, "who are you?")
    assert len(receiver.received("/hook")) == 2, "a test is not repeated"
    assert app.deliveries("due") == []


def test_secrets_of_channels_are_never_shown(vendor, receiver, tocsin):
    pages.harbour(vendor)
    secret = "T00000000/B00000000/a-secret-of-slack"
    app = tocsin(config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "all"), group("all", "slack", "hook"),
        "[[channel]]\nname = \"slack\"\nkind = \"slack\"\nurl = " + json.dumps(receiver.url(f"/services/{secret}")) + "\n",
        hook("hook", receiver.url("/hook")),
    )).seen()
    receiver.answers = [(500, b"not now"), (500, b"not now")]
    pages.harbour(vendor, OPEN)
    until(lambda: len(receiver.requests) >= 2, what="both attempts")
    until(lambda: len([one for one in app.deliveries("due") if one["attempts"]]) == 2, what="both results")
    shown = "".join(app.get(path, raw=True) for path in ("/api/v1/channels", "/api/v1/deliveries", "/metrics", "/"))
    for text in (shown, app.logged()):
        assert "a-secret-of-slack" not in text and "whsec_" not in text
    stored = b"".join(file.read_bytes() for file in (app.directory / "data").glob("*.db*"))
    assert stored and b"a-secret-of-slack" not in stored and b"whsec_" not in stored


def test_somebody_else_hears_that_we_are_alive(vendor, receiver, tocsin):
    pages.harbour(vendor)
    tocsin(one_hook(vendor, receiver, server={"heartbeat_url": receiver.url("/alive")}))
    until(lambda: receiver.received("/alive"), what="the first beat")
