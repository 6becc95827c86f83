"""What is not told at once: at night, in digests, in a storm; and what is told again, or to others."""

import pages
from peers import Clock, until
from settings import config, group, hook, monitor, provider


def one(vendor, receiver, *groups, path="/harbour", **keys):
    """One vendor; a group of the given keys, and others as (name, keys), each with a hook of its own name."""
    tables = [provider("harbour", vendor.url(path)), monitor("harbour", "desk"), group("desk", "desk", **keys)]
    tables += [hook("desk", receiver.url("/desk"))]
    for name, more in groups:
        tables += [group(name, name, **more), hook(name, receiver.url(f"/{name}"))]
    return config(*tables)


def kinds(receiver, name="desk"):
    return [(event["type"], event["data"]["also_opened"]) for event in receiver.events(f"/{name}")]


def decided(app, code):
    return [one for one in app.api("/decisions")["items"] if one["reason"]["code"] == code]


def test_a_group_that_rests_hears_in_the_morning(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:30:00Z")
    pages.harbour(vendor)
    app = tocsin(one(vendor, receiver, quiet_hours=["22:00-07:00"]), clock=clock).seen()
    pages.harbour(vendor, pages.trouble("night", impact="minor"))
    until(lambda: decided(app, "quiet_hours"), what="the decision to wait")
    pages.harbour(vendor, pages.trouble("night", ["investigating", "resolved"]), pages.trouble("long", impact="major"))
    until(lambda: len(decided(app, "quiet_hours")) == 3, what="the second decision")
    assert receiver.received("/desk") == []
    # What is kept outlives us.
    app.kill()
    clock.set("2026-02-21T07:00:05Z")
    app.start()
    until(lambda: len(receiver.received("/desk")) == 2, what="the morning")
    told = {event["data"]["incident"]["vendor_id"]: event for event in receiver.events("/desk")}
    assert (told["night"]["type"], told["night"]["data"]["also_opened"]) == ("incident.resolved", True)
    assert [update["stage"] for update in told["night"]["data"]["updates"]] == ["investigating", "resolved"]
    assert (told["long"]["type"], told["long"]["data"]["again"]) == ("incident.opened", "held_back")
    pages.harbour(vendor, pages.trouble("night", ["investigating", "resolved"]), pages.trouble("long", ["investigating", "resolved"]))
    until(lambda: len(receiver.received("/desk")) == 3, what="the end, by day")
    assert kinds(receiver)[-1] == ("incident.resolved", False)


def test_what_becomes_critical_wakes_and_says_what_was_held_back(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T23:00:00Z")
    pages.harbour(vendor)
    app = tocsin(one(vendor, receiver, quiet_hours=["22:00-07:00"]), clock=clock).seen()
    pages.harbour(vendor, pages.trouble("bad", impact="minor"))
    until(lambda: decided(app, "quiet_hours"), what="the decision to wait")
    pages.harbour(vendor, pages.trouble("bad", ["investigating", "identified"], impact="critical"))
    until(lambda: receiver.received("/desk"), what="the alarm")
    [event] = receiver.events("/desk")
    assert event["type"] == "incident.opened"
    assert [update["stage"] for update in event["data"]["updates"]] == ["investigating", "identified"]
    clock.set("2026-02-21T07:00:05Z")
    pages.harbour(vendor, pages.trouble("bad", ["investigating", "identified", "resolved"], impact="critical"))
    until(lambda: len(receiver.received("/desk")) == 2, what="the end")
    assert kinds(receiver)[-1] == ("incident.resolved", False)


def test_a_digest_is_one_message(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T12:10:00Z")
    pages.harbour(vendor)
    app = tocsin(one(vendor, receiver, digest="hourly"), clock=clock).seen()
    pages.harbour(vendor, pages.trouble("a", impact="minor"), pages.trouble("b", impact="major"))
    until(lambda: len(decided(app, "in_digest")) == 2, what="the decisions")
    clock.set("2026-02-20T13:00:05Z")
    until(lambda: receiver.received("/desk"), seconds=45, what="the digest")
    [event] = receiver.events("/desk")
    assert event["type"] == "digest.ready"
    digest = event["data"]["digest"]
    assert (digest["gathered"], [item["impact"] for item in digest["items"]]) == ("hourly", ["major", "minor"])


def test_a_storm_is_told_in_one_message(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one(vendor, receiver, storm="3 in 1m")).seen()
    pages.harbour(vendor, *[pages.trouble(f"k{number}", impact="major") for number in range(9)])
    until(lambda: len(receiver.received("/desk")) == 4, seconds=90, what="three messages and a digest")
    *single, storm = receiver.events("/desk")
    assert [event["type"] for event in single] == ["incident.opened"] * 3
    assert (storm["type"], storm["data"]["digest"]["gathered"], len(storm["data"]["digest"]["items"])) == ("digest.ready", "storm", 6)
    assert len(decided(app, "in_storm")) == 12, "six that waited, six that were told"


def test_who_does_not_answer_is_reminded_and_another_is_told(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T12:00:00Z")
    pages.harbour(vendor)
    rule = {"repeat": "1h", "escalate_to": "boss", "escalate_after": "15m"}
    app = tocsin(one(vendor, receiver, ("boss", {}), **rule), clock=clock).seen()
    pages.harbour(vendor, pages.trouble("k1", impact="major"))
    until(lambda: receiver.received("/desk"), what="the news")
    clock.set("2026-02-20T12:16:00Z")
    until(lambda: receiver.received("/boss"), what="the escalation")
    [event] = receiver.events("/boss")
    assert (event["type"], event["data"]["again"]) == ("incident.opened", {"escalated": "desk"})
    clock.set("2026-02-20T13:01:00Z")
    until(lambda: len(receiver.received("/desk")) == 2, what="the reminder")
    assert receiver.events("/desk")[1]["data"]["again"] == {"repeat": 1}
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"], impact="major"))
    until(lambda: len(receiver.received("/desk")) == 3 and len(receiver.received("/boss")) == 2, what="the end for both")
    assert kinds(receiver)[-1] == kinds(receiver, "boss")[-1] == ("incident.resolved", False)
    until(lambda: app.deliveries("due") == [], what="an empty outbox")
