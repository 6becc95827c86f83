"""What a team wishes for a while: to hear nothing, that others know who takes care, that a page is not believed."""

import base64
import html
import json
import re
import time

import pages
from documented import refused, validate
from peers import TOKEN, Clock, until
from person import Person, welcome
from settings import config, group, hook, monitor, one_hook, provider

SOON = {"active_interval": "1s"}


def send(app, method, path, body=None):
    """What the API answers to whoever holds the admin token."""
    text = app.call(method, "/api/v1" + path, raw=True, token=TOKEN, body=None if body is None else json.dumps(body).encode())
    return json.loads(text) if text else None


def mistakes(app, method, path, body):
    problem = refused(app, method, "/api/v1" + path, 422, token=TOKEN, body=json.dumps(body).encode())
    return {one["pointer"]: one["detail"] for one in problem["errors"]}


def told(receiver, path="/hook"):
    return [(event["type"], event["data"]["incident"]["vendor_id"]) for event in receiver.events(path)]


def the_incident(app, vendor_id):
    return next(one for one in app.api("/incidents")["items"] if one["vendor_id"] == vendor_id)


def reasons(app, vendor_id):
    return [one["reason"]["code"] for one in app.api(f"/decisions?incident={the_incident(app, vendor_id)['id']}")["items"]]


def test_what_is_muted_is_silent_and_told_once_when_the_mute_ends(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver, poll=SOON)).seen()
    silence = send(app, "POST", "/silences", {"provider": "harbour", "for": "1h", "why": "we deploy"})
    validate(silence, "/silences", "post", "201")
    assert (silence["by"], silence["components"], silence["incident"]) == ("the admin token", [], None)
    listed = app.api("/silences", token=TOKEN)
    validate(listed, "/silences")
    assert [one["id"] for one in listed["items"]] == [silence["id"]]
    pages.harbour(vendor, pages.trouble("k1"), pages.trouble("k2"))
    until(lambda: len(app.api("/incidents")["items"]) == 2, what="the incidents")
    pages.harbour(vendor, pages.trouble("k1"), pages.trouble("k2", ["investigating", "resolved"]))
    until(lambda: the_incident(app, "k2")["state"] == "closed", what="the end of one")
    assert receiver.received("/hook") == [] and set(reasons(app, "k1")) == {"muted"}
    send(app, "DELETE", f"/silences/{silence['id']}")
    until(lambda: receiver.received("/hook"), what="what is still open")
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"]), pages.trouble("k2", ["investigating", "resolved"]))
    until(lambda: len(receiver.received("/hook")) == 2, what="its end")
    assert told(receiver) == [("incident.opened", "k1"), ("incident.resolved", "k1")], "what came and went is not told"
    refused(app, "DELETE", f"/api/v1/silences/{silence['id']}", 404, token=TOKEN)


def test_what_begins_again_under_a_mute_is_told_when_it_ends(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver, poll=SOON)).seen()
    over = ["investigating", "resolved"]
    again = [*over, "investigating"]
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: len(receiver.received("/hook")) == 1, what="its beginning")
    pages.harbour(vendor, pages.trouble("k1", over))
    until(lambda: len(receiver.received("/hook")) == 2, what="its end")
    silence = send(app, "POST", "/silences", {"provider": "harbour", "for": "1h"})
    pages.harbour(vendor, pages.trouble("k1", again))
    until(lambda: "muted" in reasons(app, "k1"), what="its beginning again")
    assert len(receiver.received("/hook")) == 2
    send(app, "DELETE", f"/silences/{silence['id']}")
    until(lambda: len(receiver.received("/hook")) == 3, what="that it is open again")
    pages.harbour(vendor, pages.trouble("k1", [*again, "resolved"]))
    until(lambda: len(receiver.received("/hook")) == 4, what="its second end")
    kinds = ["incident.opened", "incident.resolved", "incident.reopened", "incident.resolved"]
    assert told(receiver) == [(kind, "k1") for kind in kinds]


def test_a_mute_is_over_by_itself_and_what_is_open_is_told_then(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:00:00Z")
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver, poll=SOON), clock=clock).seen()
    send(app, "POST", "/silences", {"provider": "harbour", "components": ["Quay API"], "until": "2026-02-20T23:00:00Z"})
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: app.api("/incidents")["items"], what="the incident")
    until(lambda: reasons(app, "k1") == ["muted"], what="the decision")
    clock.set("2026-02-20T23:00:05Z")
    until(lambda: receiver.received("/hook"), 30, what="what is still open")
    assert told(receiver) == [("incident.opened", "k1")]
    until(lambda: app.api("/silences")["items"] == [], what="its end")


def test_one_incident_is_muted_until_it_ends(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver, poll=SOON)).seen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: receiver.received("/hook"), what="the opening")
    incident = the_incident(app, "k1")["id"]
    silence = send(app, "POST", "/silences", {"incident": incident})
    assert (silence["provider"], silence["incident"], silence["until"]) == ("harbour", incident, None)
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "identified"]), pages.trouble("k2"))
    until(lambda: len(receiver.received("/hook")) == 2, what="the other one")
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "identified", "resolved"]), pages.trouble("k2"))
    until(lambda: len(receiver.received("/hook")) == 3, what="the end")
    assert told(receiver) == [("incident.opened", "k1"), ("incident.opened", "k2"), ("incident.resolved", "k1")]
    until(lambda: app.api("/silences")["items"] == [], what="the end of the mute with it")


def test_every_mistake_of_a_wish_is_named(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    wrong = mistakes(app, "POST", "/silences", {"provider": "harbor", "until": "tomorrow", "wy": "x"})
    assert "harbour" in wrong["/provider"] and "2026-" in wrong["/until"] and "why" in wrong["/wy"]
    assert "4h" in mistakes(app, "POST", "/silences", {"provider": "harbour"})["/for"]
    assert "Quay API" in mistakes(app, "POST", "/silences", {"provider": "harbour", "components": ["Quai API"], "for": "1h"})["/components/0"]
    assert "past" in mistakes(app, "POST", "/silences", {"provider": "harbour", "until": "2020-01-01T00:00:00Z"})["/until"]
    nobody = "0197aaaa-0000-7000-8000-000000000000"
    assert nobody in mistakes(app, "POST", "/silences", {"incident": nobody})["/incident"]
    wrong = mistakes(app, "PUT", "/overrides", {"provider": "harbour", "health": "fine", "lock": True, "for": "1h"})
    assert "operational" in wrong["/health"] and "/lock" in wrong
    refused(app, "POST", f"/api/v1/incidents/{nobody}/acknowledgement", 404, token=TOKEN)
    refused(app, "POST", "/api/v1/silences", 401, body=b"{}")
    refused(app, "DELETE", "/api/v1/overrides", 400, token=TOKEN)


def escalating(vendor, receiver):
    """The first group has a minute; then the boss is told."""
    return config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "first"),
        group("first", "hook", escalate_to="boss", escalate_after="1m"), group("boss", "bell"),
        hook("hook", receiver.url("/hook")), hook("bell", receiver.url("/bell")), poll=SOON,
    )


def test_the_boss_hears_when_nobody_acknowledges(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:30:00Z")
    pages.harbour(vendor)
    app = tocsin(escalating(vendor, receiver), clock=clock).seen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: receiver.received("/hook"), what="the first group")
    assert receiver.received("/bell") == []
    clock.set("2026-02-20T22:31:30Z")
    until(lambda: receiver.received("/bell"), 30, what="the boss")
    assert told(receiver, "/bell") == [("incident.opened", "k1")] and "not_acknowledged" in reasons(app, "k1")


def test_whoever_acknowledges_lets_the_boss_sleep_and_may_take_it_back(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:30:00Z")
    pages.harbour(vendor)
    app = tocsin(escalating(vendor, receiver), clock=clock).seen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: receiver.received("/hook"), what="the first group")
    incident = the_incident(app, "k1")
    assert incident["acknowledged"] is None
    path = f"/incidents/{incident['id']}/acknowledgement"
    first = send(app, "POST", path)
    validate(first, "/incidents/{id}/acknowledgement", "post", "201")
    clock.set("2026-02-20T22:30:10Z")
    assert send(app, "POST", path) == first, "whoever was first stays"
    incident = app.api(f"/incidents/{incident['id']}")
    validate(incident, "/incidents/{id}")
    assert incident["acknowledged"] == first
    clock.set("2026-02-20T22:32:00Z")
    time.sleep(4)
    assert receiver.received("/bell") == []
    send(app, "DELETE", path)
    refused(app, "DELETE", "/api/v1" + path, 404, token=TOKEN)
    clock.set("2026-02-20T22:34:00Z")
    until(lambda: receiver.received("/bell"), 30, what="the boss after all")


def test_a_link_in_a_message_acknowledges_without_an_account(vendor, receiver, mailbox, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:30:00Z")
    tables = config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "first"),
        group("first", "mail", escalate_to="boss", escalate_after="1m"), group("boss", "bell"),
        '[[channel]]\nname = "mail"\nkind = "email"\nto = ["ada@example.com"]\n', hook("bell", receiver.url("/bell")),
        poll=SOON, net={"smtp_url": mailbox.url()},
    )
    pages.harbour(vendor)
    app = tocsin(tables, clock=clock).seen()
    owner = welcome(app)
    pages.harbour(vendor, pages.trouble("k1", name="Boats arrive late"))
    until(lambda: mailbox.to("ada@example.com"), what="the mail")
    text = mailbox.to("ada@example.com")[0].get_body(("plain",)).get_content()
    [path] = set(re.findall(r"/acknowledge/[A-Za-z0-9_-]+", text.replace("\n", "")))
    stranger = Person(app)
    for _ in range(2):
        page = stranger.get(path)
        assert page.status == 200 and "Boats arrive late" in page.text and "Nothing has been changed yet" in page.text
    assert owner.send("GET", f"/incidents/{the_incident_of(owner)}").json["acknowledged"] is None, "whoever looks acknowledges nothing"
    done = stranger.post(path, sec_fetch_site="cross-site")
    assert done.status == 200 and "It is yours" in done.text and "set-cookie" not in done.headers
    again = stranger.post(path)
    assert again.status == 200 and html.unescape(again.text).count("Somebody who reads “mail” takes care of it") == 1
    taken = owner.send("GET", f"/incidents/{the_incident_of(owner)}").json["acknowledged"]
    assert taken["by"] == "somebody who reads “mail”"
    for forged in (path[:-4] + "AAAA", "/acknowledge/" + base64.urlsafe_b64encode(bytes(72)).decode(), "/acknowledge/x"):
        assert stranger.get(forged).status == 404 and stranger.post(forged).status == 404
    clock.set("2026-02-20T22:32:00Z")
    time.sleep(4)
    assert receiver.received("/bell") == [], "nobody else is called"
    clock.set("2026-03-25T22:32:00Z")
    assert stranger.get(path).status == 410, "a link grows old"


def the_incident_of(person):
    return person.send("GET", "/incidents").json["items"][0]["id"]


def test_links_are_for_those_who_are_told_alone(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver, poll=SOON, server={"public_read": True})).seen()
    stream = app.listen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: stream, what="the stream")
    everywhere = [stream[0].data, app.get("/providers/harbour/feed.atom", raw=True), app.get("/", raw=True)]
    assert all("/acknowledge/" not in text for text in everywhere)


def test_what_is_known_better_is_shown_beside_what_the_page_says(vendor, receiver, tocsin):
    slow = {**pages.QUAY, "status": "degraded_performance"}
    pages.harbour(vendor, components=[slow])
    app = tocsin(one_hook(vendor, receiver, poll=SOON)).seen("degraded")
    said = send(app, "PUT", "/overrides", {"provider": "harbour", "health": "operational", "why": "only their staging"})
    validate(said, "/overrides", "put")
    assert (said["component"], said["until_change"], said["until"]) == (None, True, None)
    harbour = app.api("/providers/harbour")
    validate(harbour, "/providers/{slug}")
    assert (harbour["health"], harbour["said"], harbour["override"]["why"]) == ("operational", "degraded", "only their staging")
    validate(app.api("/overrides"), "/overrides")
    # The next change on the page ends it.
    pages.harbour(vendor, pages.trouble("k1"), components=[slow])
    until(lambda: app.api("/providers/harbour")["override"] is None, what="its end")
    assert app.api("/providers/harbour")["health"] == "degraded"
    assert told(receiver) == [("incident.opened", "k1")], "it changes nothing of who is told"
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"]), components=[slow])
    until(lambda: the_incident(app, "k1")["state"] == "closed", what="the end")
    send(app, "PUT", "/overrides", {"provider": "harbour", "component": "quay api", "health": "operational", "lock": True})
    harbour = app.api("/providers/harbour")
    validate(harbour, "/providers/{slug}")
    [part] = harbour["components"]
    assert (harbour["health"], harbour["said"]) == ("operational", "degraded")
    assert (part["health"], part["said"], part["override"]["until_change"]) == ("operational", "degraded", False)
    pages.harbour(vendor, components=[{**slow, "status": "partial_outage"}])
    until(lambda: app.api("/providers/harbour")["said"] == "partial_outage", what="the change")
    assert app.api("/providers/harbour")["health"] == "operational", "what is locked stays"
    send(app, "DELETE", "/overrides?provider=harbour&component=Quay%20API")
    assert app.api("/providers/harbour")["health"] == "partial_outage"
    refused(app, "DELETE", "/api/v1/overrides?provider=harbour", 404, token=TOKEN)


def test_strangers_do_not_learn_who_wishes_what(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver, poll=SOON, server={"public_read": True})).seen()
    ada = welcome(app)
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: app.api("/incidents")["items"], what="the incident")
    incident = the_incident(app, "k1")["id"]
    assert ada.send("POST", f"/incidents/{incident}/acknowledgement").status == 201
    assert ada.send("POST", "/silences", {"provider": "harbour", "for": "1h", "why": "a secret move"}).json["by"] == "Ada"
    assert ada.send("PUT", "/overrides", {"provider": "harbour", "health": "operational", "why": "a secret move"}).json["by"] == "Ada"
    paths = ["/", "/silences", "/providers/harbour", f"/incidents/{incident}", f"/decisions?incident={incident}"]
    paths += [f"/api/v1{path}" for path in ("/silences", "/overrides", "/providers/harbour", f"/incidents/{incident}")]
    for path in paths:
        ours, theirs = ada.get(path).text, app.get(path, raw=True)
        assert "Ada" in ours, path
        assert "Ada" not in theirs.replace("Adapt", "") and "a secret move" not in theirs, path
    assert "Acknowledge" not in app.get(f"/incidents/{incident}", raw=True)
