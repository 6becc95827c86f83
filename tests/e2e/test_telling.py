"""Who is told what: filters, rules, defaults, and a reason for every word and every silence."""

import pages
from peers import Clock, until
from settings import config, group, hook, monitor, one_hook, provider

VOICE = pages.component("v1", "Voice PROD 1", within="g1")
CHAT = pages.component("c1", "Chat")
PROD = pages.family("g1", "PROD", "v1")
EVERYTHING = [PROD, VOICE, CHAT]


def listeners(vendor, receiver, rules):
    """A group and a hook of its own for each name: {name: (components, keys of the group)}."""
    tables = [provider("harbour", vendor.url("/harbour"))]
    for name, (components, keys) in rules.items():
        interest = {"components": components} if components else {}
        tables += [monitor("harbour", name, **interest), group(name, name, **keys), hook(name, receiver.url(f"/{name}"))]
    return config(*tables)


def heard(receiver, name):
    return [(event["type"], event["data"]["incident"]["vendor_id"]) for event in receiver.events(f"/{name}")]


def test_what_opened_and_closed_between_two_polls_is_told_once(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:00:00Z")
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver), clock=clock).seen()
    clock.set("2026-02-20T22:30:00Z")
    pages.harbour(vendor, pages.trouble("short", ["investigating", "identified", "resolved"]))
    until(lambda: app.deliveries("sent"), what="the news")
    [event] = receiver.events("/hook")
    assert (event["type"], event["data"]["also_opened"]) == ("incident.resolved", True)
    assert {"incident.opened", "incident.resolved"} <= set(event["data"]["changes"])
    assert [update["stage"] for update in event["data"]["updates"]] == ["investigating", "identified", "resolved"]


def test_components_are_chosen_by_name_id_glob_or_group(vendor, receiver, tocsin):
    rules = {
        "all": ([], {}), "name": (["Voice PROD 1"], {}), "id": (["v1"], {}), "glob": (["voice*"], {}),
        "group": (["PROD"], {}), "other": (["Chat"], {}), "both": (["Chat", "Voice*"], {}),
    }
    pages.harbour(vendor, components=EVERYTHING)
    app = tocsin(listeners(vendor, receiver, rules)).seen()
    voice, chat = pages.trouble("voice", component=VOICE), pages.trouble("chat", component=CHAT)
    pages.harbour(vendor, voice, chat, pages.trouble("nameless", component=None), components=EVERYTHING)
    until(lambda: len(app.deliveries("sent")) == 3 + 4 * 2 + 2 + 3, what="all news")
    told = {name: {ident for _, ident in heard(receiver, name)} for name in rules}
    everything, voices = {"voice", "chat", "nameless"}, {"voice", "nameless"}
    assert told == {
        "all": everything, "name": voices, "id": voices, "glob": voices, "group": voices,
        "other": {"chat", "nameless"}, "both": everything,
    }


def test_small_trouble_is_kept_from_who_wants_major_until_it_grows(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(listeners(vendor, receiver, {"all": ([], {}), "major": ([], {"min_impact": "major"})})).seen()
    pages.harbour(vendor, pages.trouble("k1", impact="minor"))
    until(lambda: app.deliveries("sent"), what="the news for all")
    assert receiver.received("/major") == []
    pages.harbour(vendor, pages.trouble("k1", impact="major"))
    until(lambda: len(app.deliveries("sent")) == 3, what="the news for both")
    assert heard(receiver, "all") == [("incident.opened", "k1"), ("incident.impact_changed", "k1")]
    assert len(heard(receiver, "major")) == 1
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"], impact="minor"))
    until(lambda: len(app.deliveries("sent")) == 5, what="the end for both")
    assert heard(receiver, "major")[-1] == ("incident.resolved", "k1"), "who heard of it hears its end"


def test_edits_and_components_are_told_only_where_they_are_asked_for(vendor, receiver, tocsin):
    rules = {"default": ([], {}), "curious": ([], {"events": ["component.changed", "incident.edited"]})}
    pages.harbour(vendor)
    app = tocsin(listeners(vendor, receiver, rules)).seen()
    slow = {**pages.QUAY, "status": "degraded_performance"}
    pages.harbour(vendor, components=[slow])
    until(lambda: len(receiver.received("/curious")) == 1, what="the component's change")
    change = receiver.events("/curious")[0]
    assert change["type"] == "component.changed"
    assert (change["data"]["component"]["before"], change["data"]["component"]["health"]) == ("operational", "degraded")
    pages.harbour(vendor, pages.trouble("k1"), components=[slow])
    until(lambda: heard(receiver, "default") == [("incident.opened", "k1")], what="the opening")
    edited = pages.trouble("k1")
    edited["incident_updates"][0]["body"] = "What we said before was wrong."
    pages.harbour(vendor, edited, components=[slow])
    until(lambda: len(receiver.received("/curious")) == 2, what="the edit")
    assert receiver.events("/curious")[1]["type"] == "incident.edited"
    assert len(receiver.received("/default")) == 1
    update = app.api("/incidents")["items"][0]["updates"][0]
    assert update["body"] == "What we said before was wrong."
    assert [earlier["body"] for earlier in update["revisions"]] == ["investigating k1"]


def test_work_is_told_from_its_announcement_to_its_end(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T12:00:00Z")
    window = ("2026-02-22T22:00:00.000Z", "2026-02-22T23:00:00.000Z")
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver), clock=clock).seen()
    story = [
        ("12:05:00Z", 20, "scheduled", "maintenance.scheduled"), ("22:00:10Z", 21, "scheduled", "maintenance.reminder"),
        ("21:00:10Z", 22, "scheduled", "maintenance.reminder"), ("22:00:20Z", 22, "in_progress", "maintenance.started"),
        ("22:50:00Z", 22, "completed", "maintenance.completed"),
    ]
    for turn, (time, day, status, kind) in enumerate(story):
        clock.set(f"2026-02-{day}T{time}")
        pages.harbour(vendor, maintenances=[pages.work("m1", status, *window)])
        until(lambda: len(receiver.received("/hook")) > turn, what=f"{kind} {turn}")
    events = receiver.events("/hook")
    assert [event["type"] for event in events] == [kind for *_, kind in story]
    assert [event["data"].get("reminder_s") for event in events[1:3]] == [24 * 3600 - 10, 3600 - 10]
    [work] = app.api("/maintenances")["items"]
    assert (work["starts_at"], work["ends_at"], work["stage"]) == ("2026-02-22T22:00:00Z", "2026-02-22T23:00:00Z", "completed")


def test_what_vanishes_without_a_word_is_closed_quietly_and_may_come_back(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: receiver.received("/hook"), what="the opening")
    pages.harbour(vendor)
    until(lambda: not app.api("/incidents?state=open")["items"], what="its end")
    [incident] = app.api("/incidents")["items"]
    assert (incident["state"], incident["resolved_at"], incident["candour"]["end_inferred"]) == ("closed", None, True)
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: len(receiver.received("/hook")) == 2, what="its return")
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"]))
    until(lambda: len(receiver.received("/hook")) == 3, what="its end in words")
    assert [kind for kind, _ in heard(receiver, "hook")] == ["incident.opened", "incident.reopened", "incident.resolved"]
    assert len(app.api("/incidents")["items"]) == 1, "it is one incident all along"


def test_every_word_and_every_silence_has_a_reason(vendor, receiver, tocsin):
    rules = {"all": ([], {}), "major": ([], {"min_impact": "major"}), "ends": ([], {"events": ["incident.resolved"]})}
    pages.harbour(vendor)
    app = tocsin(listeners(vendor, receiver, rules)).seen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: app.deliveries("sent"), what="the news")
    incident = app.api("/incidents")["items"][0]["id"]
    decisions = app.api(f"/decisions?incident={incident}")["items"]
    facts = {one["group"]: (one["change"], one["channel"], one["told"], one["reason"]["code"]) for one in decisions}
    assert facts == {
        "all": ("incident.opened", "all", True, "whole_provider"),
        "major": ("incident.opened", "major", False, "below_min_impact"),
        "ends": ("incident.opened", "ends", False, "event_not_wanted"),
    }
    assert all(one["reason"]["text"].endswith(".") for one in decisions)
    [event] = receiver.events("/all")
    assert event["data"]["reason"] == next(one["reason"]["text"] for one in decisions if one["told"])


def test_one_channel_in_two_groups_hears_once(vendor, receiver, tocsin):
    pages.harbour(vendor)
    twice = config(
        provider("harbour", vendor.url("/harbour")),
        monitor("harbour", "first", "second"),
        group("first", "hook"), group("second", "hook"), hook("hook", receiver.url("/hook")),
    )
    app = tocsin(twice).seen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: app.deliveries("sent"), what="the news")
    decisions = app.api("/decisions")["items"]
    assert sorted(one["told"] for one in decisions) == [False, True]
    assert {one["reason"]["code"] for one in decisions} == {"whole_provider", "told_by_other_group"}
    assert len(receiver.received("/hook")) == 1
