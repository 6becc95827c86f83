"""A channel that was given up comes back: it hears where things stand, each once."""

import json

import pages
from documented import validate
from peers import TOKEN, until
from settings import one_hook


def stands(*stages):
    """The page with incidents named by letters, each at the last of its stages."""
    return [pages.trouble(ident, told.split(), impact="major") for ident, told in stages]


def test_who_is_back_hears_what_holds_and_what_ended(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    pages.harbour(vendor, *stands(("a", "investigating")))
    until(lambda: app.deliveries("sent"), what="the first alarm")
    receiver.always["/hook"] = (410, b"gone for good")
    pages.harbour(vendor, *stands(("a", "investigating"), ("b", "investigating")))
    channel = lambda: app.api("/channels")["items"][0]
    until(lambda: channel()["disabled"], what="the channel is given up")
    # Meanwhile: one ends, one goes on, one begins, one comes and goes.
    pages.harbour(vendor, *stands(("a", "investigating resolved"), ("b", "investigating identified"), ("c", "investigating"), ("d", "investigating")))
    until(lambda: len(app.api("/incidents?state=open")["items"]) == 3, what="what happens meanwhile")
    pages.harbour(vendor, *stands(("a", "investigating resolved"), ("b", "investigating identified"), ("c", "investigating"), ("d", "investigating resolved")))
    until(lambda: len(app.api("/incidents?state=open")["items"]) == 2, what="one is over again")
    before = len(receiver.received("/hook"))
    receiver.always.pop("/hook")
    enabled = app.call("POST", f"/api/v1/channels/{channel()['id']}/enable", token=TOKEN)
    validate(enabled, "/channels/{id}/enable", "post", "200")
    until(lambda: len(receiver.received("/hook")) == before + 3, what="where things stand")
    news = {event["data"]["incident"]["vendor_id"]: event for event in receiver.events("/hook")[before:]}
    assert {ident: event["type"] for ident, event in news.items()} == {"a": "incident.resolved", "b": "incident.opened", "c": "incident.opened"}
    assert all(event["data"]["again"] == "missed" and "takes messages again" in event["data"]["reason"] for event in news.values())
    assert [update["stage"] for update in news["b"]["data"]["updates"]] == ["investigating", "identified"]
    assert [update["stage"] for update in news["a"]["data"]["updates"]] == ["resolved"]
    # What takes the place of the message that was given up is not missed any more.
    assert app.deliveries("dead") == [] and app.deliveries("failed") == []
    [instead] = app.deliveries("suppressed")
    assert "told where this stands" in instead["why"]
    since = json.dumps({"since": "2026-01-01T00:00:00Z"}).encode()
    assert app.call("POST", f"/api/v1/channels/{channel()['id']}/resend", token=TOKEN, body=since) == {"resent": 0}
    # From here on it is a channel like any other, and enabling what works says nothing.
    app.call("POST", f"/api/v1/channels/{channel()['id']}/enable", token=TOKEN)
    pages.harbour(vendor, *stands(("a", "investigating resolved"), ("b", "investigating identified resolved"), ("c", "investigating"), ("d", "investigating resolved")))
    until(lambda: len(receiver.received("/hook")) == before + 4, what="the next end")
    last = receiver.events("/hook")[-1]
    assert (last["type"], last["data"]["incident"]["vendor_id"], last["data"].get("again")) == ("incident.resolved", "b", None)


def test_an_end_that_was_missed_is_told_and_nothing_else(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    pages.harbour(vendor, *stands(("a", "investigating"), ("b", "investigating")))
    until(lambda: len(app.deliveries("sent")) == 2, what="the alarms")
    receiver.always["/hook"] = (410, b"gone for good")
    pages.harbour(vendor, *stands(("a", "investigating resolved"), ("b", "investigating")))
    until(lambda: app.api("/channels")["items"][0]["disabled"], what="the channel is given up")
    receiver.always.pop("/hook")
    before = len(receiver.received("/hook"))
    channel = app.api("/channels")["items"][0]["id"]
    app.call("POST", f"/api/v1/channels/{channel}/enable", token=TOKEN)
    until(lambda: receiver.received("/hook")[before:], what="the end that it missed")
    pages.harbour(vendor, *stands(("a", "investigating resolved"), ("b", "investigating identified")))
    until(lambda: len(receiver.received("/hook")) == before + 2, what="the next word")
    told = [(event["type"], event["data"]["incident"]["vendor_id"]) for event in receiver.events("/hook")[before:]]
    assert told == [("incident.resolved", "a"), ("incident.updated", "b")], "of what is as it was heard nothing is said"
