"""Setting up through the API: every mistake at once, taken over at once, undone, paused, told once."""

import concurrent.futures
import json
import time

import pytest

import pages
from documented import DOCUMENT, validate
from peers import TOKEN, until
from person import Person
from settings import SECRET, config, group, hook, monitor, provider

NOBODY = "01a20fb6-9e20-7a50-b3a2-41a43319491e"


class Desk:
    """A program with the token, whose every answer must be as documented."""

    def __init__(self, app):
        self.app = app
        self.program = Person(app, authorization=f"Bearer {TOKEN}")

    def ask(self, method, path, body=None, status=200):
        answer = self.program.send(method, path, body)
        assert answer.status == status, answer.text
        if status == 204:
            return None
        validate(answer.json, self.template(path), method.lower(), str(status))
        return answer.json

    @staticmethod
    def template(path):
        parts = path.split("?")[0].split("/")
        if parts[1] == "providers" and len(parts) > 2:
            return "/providers/{slug}"
        return "/".join("{id}" if len(part) == 36 and part.count("-") == 4 else part for part in parts)

    def add(self, kind, /, **body):
        return self.ask("POST", f"/{kind}", body, 201)

    def wrong(self, kind, body, method="POST"):
        """What is wrong with it: {pointer: detail}."""
        problem = self.ask(method, kind, body, 422)
        return {one["pointer"]: one["detail"] for one in problem["errors"]}

    def names(self, kind):
        return sorted(one.get("name") or one["provider"] for one in self.ask("GET", f"/{kind}")["items"])


@pytest.fixture
def app(tocsin, vendor):
    pages.harbour(vendor)
    return tocsin(config(provider("harbour", vendor.url("/harbour")), hook("declared", "http://127.0.0.1:9/hook"), group("fixed", "declared"), monitor("harbour", "fixed")))


@pytest.fixture
def desk(app):
    return Desk(app)


@pytest.fixture
def bare(tocsin):
    """Nothing is declared but how often to look."""
    return Desk(tocsin(config(poll={"interval": "1s", "active_interval": "1s"})))


def test_from_nothing_to_the_first_message(bare, vendor, receiver):
    pages.harbour(vendor)
    own = bare.add("providers", name="Harbour Cloud (EU)", page=vendor.url("/harbour"))
    assert own["slug"] == "harbour-cloud-eu" and own["category"] == "own"
    channel = bare.add("channels", name="pager", kind="webhook", url=receiver.url("/pager"), secret=SECRET)
    assert channel["settings"]["secret"] == "••••"
    bare.add("groups", name="desk", channels=["pager"], min_impact="minor", dwell="0s", events=["incident.*"])
    made = bare.add("monitors", provider=own["slug"], components=["Quay*"], groups=["desk"])
    assert made == {"id": made["id"], "provider": own["slug"], "components": ["Quay*"], "groups": ["desk"], "paused": False, "tags": [], "aware": False, "declared": False}
    bare.app.seen(provider=own["slug"])
    pages.harbour(vendor, pages.trouble())
    until(lambda: receiver.received("/pager"), what="the news")
    assert receiver.events("/pager")[0]["type"] == "incident.opened"
    bare.app.restart()
    assert bare.ask("GET", f"/monitors/{made['id']}") == made


def test_a_new_monitor_is_polled_at_once(bare, vendor):
    pages.harbour(vendor)
    bare.add("providers", slug="harbour", name="Harbour", page=vendor.url("/harbour"))
    assert vendor.requests == [], "nobody watches it yet"
    bare.add("monitors", provider="harbour")
    until(lambda: vendor.requests, 3, "the first look")
    bare.app.seen()


def test_every_mistake_is_named_at_once(desk):
    wrong = desk.wrong("/monitors", {"provider": "githib", "groups": ["fixed", "fxed"], "components": [1], "pausd": True})
    assert set(wrong) == {"/provider", "/groups/1", "/components", "/pausd"}
    assert "did you mean `github`?" in wrong["/provider"] and "did you mean `fixed`?" in wrong["/groups/1"]
    assert "did you mean `paused`?" in wrong["/pausd"]
    wrong = desk.wrong("/groups", {"channels": ["declred"], "events": ["incident.opend", "page.*"], "min_impact": "huge", "dwell": "soon"})
    assert set(wrong) == {"/name", "/channels/0", "/events/0", "/min_impact", "/dwell"}
    assert "did you mean `declared`?" in wrong["/channels/0"] and "did you mean `incident.opened`?" in wrong["/events/0"]
    wrong = desk.wrong("/channels", {"kind": "webhook", "url": "ftp://x", "secret": "x", "colour": "red"})
    assert set(wrong) == {"/name", "/url", "/secret", "/colour"}
    assert set(desk.wrong("/channels", {"kind": "slak", "name": "x"})) == {"/kind"}
    wrong = desk.wrong("/providers", {"slug": "GitHub!", "platform": "statuspge", "page": "status.example.com"})
    assert set(wrong) == {"/name", "/slug", "/platform", "/page"}
    for detail in wrong.values():
        assert detail[0].isupper() or detail[0] == "`", detail
        assert detail.endswith((".", "?")), detail


@pytest.mark.parametrize("path", ["/monitors", "/groups", "/channels", "/providers"])
@pytest.mark.parametrize("body, status", [(b"not json", 400), (b"", 400), (b"[]", 422), (b'"x"', 422), (b"{}", 422)])
def test_what_is_no_body_is_refused(app, path, body, status):
    answer = Person(app, authorization=f"Bearer {TOKEN}").ask("POST", f"/api/v1{path}", body)
    assert answer.status == status
    validate(answer.json, path, "post", str(status))


def test_names_are_given_once(desk):
    desk.add("channels", name="pager", kind="slack", url="https://hooks.slack.com/services/T/B/x")
    assert set(desk.wrong("/channels", {"name": "pager", "kind": "slack", "url": "https://hooks.slack.com/services/T/B/y"})) == {"/name"}
    assert set(desk.wrong("/channels", {"name": "declared", "kind": "slack", "url": "https://hooks.slack.com/services/T/B/y"})) == {"/name"}
    desk.add("groups", name="night")
    assert set(desk.wrong("/groups", {"name": " night "})) == {"/name"}
    other = desk.add("groups", name="day")
    assert set(desk.wrong(f"/groups/{other['id']}", {"name": "night"}, "PATCH")) == {"/name"}
    assert desk.ask("PATCH", f"/groups/{other['id']}", {"name": "day"})["name"] == "day"


def test_a_patch_changes_what_it_names(desk):
    first = desk.add("groups", name="night", channels=["declared"], events=["incident.*"], min_impact="major", dwell="10m")
    path = f"/groups/{first['id']}"
    assert desk.ask("PATCH", path, {"dwell": "5m"}) == {**first, "dwell": "5m"}
    assert desk.ask("PATCH", path, {"events": None, "min_impact": None, "channels": []}) == {**first, "dwell": "5m", "events": None, "min_impact": "none", "channels": []}
    assert desk.wrong(path, {"name": None}, "PATCH") == {"/name": "`name` is needed."}
    one = desk.add("monitors", provider="github", components=["Actions"], groups=["night"])
    path = f"/monitors/{one['id']}"
    assert desk.ask("PATCH", path, {}) == one
    assert desk.ask("PATCH", path, {"components": None}) == {**one, "components": []}


RULE = {
    "longer_than": "5m", "providers": ["harbour", "aws-*"], "categories": ["payments"], "tags": ["prod"], "components": ["Quay*"],
    "words": ["EU"], "maintenance": False, "reminders": ["1h"], "quiet_hours": ["22:00-07:00", "sat,sun"],
    "business_hours": ["mon-fri 09:00-17:30"], "break_quiet": "major", "repeat": "1h", "escalate_to": "fixed", "escalate_after": "15m",
    "promises": True, "storm": "5 in 10m",
}


def test_everything_a_rule_can_say_is_kept_and_taken_back(desk):
    made = desk.add("groups", name="night", **RULE)
    assert {key: made[key] for key in RULE} == RULE
    path = f"/groups/{made['id']}"
    assert desk.ask("PATCH", path, {}) == made
    plain = desk.add("groups", name="plain")
    back = desk.ask("PATCH", path, {key: None for key in RULE})
    assert {key: back[key] for key in RULE} == {key: plain[key] for key in RULE}
    assert desk.ask("PATCH", path, {"digest": "weekly"})["digest"] == "weekly"
    one = desk.add("monitors", provider="github", tags=["prod", "eu"], aware=True)
    assert (one["tags"], one["aware"]) == (["prod", "eu"], True)


def test_every_mistake_in_a_rule_is_named_at_once(desk):
    wrong = desk.wrong("/groups", {
        "name": "night", "categories": ["paymnts"], "reminders": ["2h"], "quiet_hours": ["at night"], "business_hours": ["9-5"],
        "break_quiet": "huge", "digest": "yearly", "repeat": "1s", "escalate_to": "fixd", "escalate_after": "soon", "storm": "many",
        "longer_than": "a while", "maintenance": "perhaps",
    })
    assert set(wrong) >= {f"/{key}" for key in ("categories", "reminders", "quiet_hours", "business_hours", "break_quiet", "digest", "repeat", "escalate_after", "storm", "longer_than", "maintenance")}
    assert "did you mean `payments`?" in wrong["/categories"] and "22:00-07:00" in wrong["/quiet_hours"]
    wrong = desk.wrong("/groups", {"name": "night", "escalate_to": "fixd", "escalate_after": "5m"})
    assert "did you mean `fixed`?" in wrong["/escalate_to"]
    assert set(desk.wrong("/groups", {"name": "night", "digest": "daily", "repeat": "1h"})) == {"/digest"}
    assert set(desk.wrong("/monitors", {"provider": "github", "tags": ["a,b"], "aware": "no idea"})) == {"/tags", "/aware"}


def test_secrets_are_kept_and_never_shown(desk, receiver):
    channel = desk.add("channels", name="pager", kind="webhook", url=receiver.url("/pager"), secret=SECRET)
    path = f"/channels/{channel['id']}"
    desk.ask("PATCH", path, {"name": "beeper"})
    answered = desk.ask("POST", f"{path}/test")
    assert answered["outcome"] == "delivered" and answered["status"] == 200
    assert "webhook-signature" in receiver.received("/pager")[0]["headers"], "the secret is still there"
    assert SECRET not in json.dumps(desk.ask("GET", "/channels")) + json.dumps(desk.ask("GET", path))
    desk.ask("PATCH", path, {"secret": None})
    desk.ask("POST", f"{path}/test")
    assert "webhook-signature" not in receiver.received("/pager")[1]["headers"]
    assert set(desk.wrong(path, {"url": None}, "PATCH")) == {"/url"}
    assert set(desk.wrong(path, {"kind": "slack"}, "PATCH")) >= {"/kind"}


def test_files_of_the_server_cannot_be_read_through_settings(desk):
    assert set(desk.wrong("/channels", {"name": "x", "kind": "webhook", "url_file": "/etc/passwd"})) == {"/url", "/url_file"}


@pytest.mark.parametrize("url", ["https://10.0.0.7/hook", "https://169.254.169.254/latest", "https://[::1]/x", "http://example.com/hook", "https://u:p@example.com/x"])
def test_addresses_nobody_may_ask_are_refused(desk, url):
    assert set(desk.wrong("/channels", {"name": "x", "kind": "webhook", "url": url})) == {"/url"}
    if "example" not in url:
        assert set(desk.wrong("/providers", {"name": "x", "page": url})) == {"/page"}


def test_a_page_that_is_known_is_named(desk, vendor):
    assert "`github`" in desk.wrong("/providers", {"name": "GitHub", "page": "https://www.githubstatus.com/"})["/page"]
    assert "`harbour`" in desk.wrong("/providers", {"name": "Mine", "page": vendor.url("/harbour/")})["/page"]
    assert set(desk.wrong("/providers", {"name": "Mine", "slug": "github", "page": vendor.url("/x")})) == {"/slug"}
    assert desk.add("providers", name="GitHub", page=vendor.url("/hub"))["slug"] == "github-2"


def test_a_page_given_wrong_can_be_put_right(bare, vendor):
    pages.harbour(vendor)
    bare.add("providers", slug="harbour", name="Harbour", page=vendor.url("/harbur"))
    made = bare.add("monitors", provider="harbour")
    until(lambda: bare.ask("GET", "/providers/harbour")["pages"][0]["reason"], what="the first look")
    assert "`harbour` is watched" in bare.ask("DELETE", "/providers/harbour", None, 409)["detail"]
    assert set(bare.wrong("/providers/harbour", {"page": "x", "slug": "y"}, "PATCH")) == {"/page", "/slug"}
    bare.ask("PATCH", "/providers/harbour", {"page": vendor.url("/harbour"), "name": "Harbour Cloud"})
    bare.app.seen()
    bare.ask("DELETE", f"/monitors/{made['id']}", None, 204)
    bare.ask("DELETE", "/providers/harbour", None, 204)
    bare.ask("DELETE", "/providers/harbour", None, 404)
    assert "catalogue" in bare.ask("PATCH", "/providers/github", {}, 409)["detail"]


def test_mail_needs_a_server(desk):
    assert "net.smtp_url" in desk.wrong("/channels", {"name": "x", "kind": "email", "to": ["a@example.com"]})["/kind"]


def test_what_a_file_declares_is_changed_there(desk):
    for kind in ("monitors", "groups", "channels"):
        [one] = desk.ask("GET", f"/{kind}")["items"]
        assert one["declared"] is True
        for method, body in (("PATCH", {}), ("DELETE", None)):
            assert "in the configuration file" in desk.ask(method, "/providers/harbour", body, 409)["detail"]
            refused = desk.ask(method, f"/{kind}/{one['id']}", body, 409)
            assert "in the configuration file: change it there" in refused["detail"]
    assert desk.names("groups") == ["fixed"]


def test_a_file_goes_before_what_was_named_by_hand(desk):
    app = desk.app
    mine = desk.add("channels", name="pager", kind="webhook", url="http://127.0.0.1:9/mine")
    app.stop()
    app.config += hook("pager", "http://127.0.0.1:9/declared")
    app.start()
    named = {one["name"]: one["declared"] for one in desk.ask("GET", "/channels")["items"]}
    assert named == {"declared": True, "pager": True, "pager (2)": False}
    assert desk.ask("GET", f"/channels/{mine['id']}")["name"] == "pager (2)"


@pytest.mark.parametrize("kind", ["monitors", "groups", "channels"])
def test_what_is_not_there_is_said(desk, kind):
    for method, path, body in (("GET", "", None), ("PATCH", "", {}), ("DELETE", "", None), ("POST", "/restore", None)):
        assert NOBODY in desk.ask(method, f"/{kind}/{NOBODY}{path}", body, 404)["detail"]


def test_what_is_used_says_by_whom(desk):
    channel = desk.add("channels", name="pager", kind="webhook", url="http://127.0.0.1:9/x")
    group = desk.add("groups", name="night", channels=["pager"])
    desk.add("groups", name="day", channels=["pager"])
    watched = desk.add("monitors", provider="github", groups=["night"])
    assert "the groups `day` and `night`" in desk.ask("DELETE", f"/channels/{channel['id']}", None, 409)["detail"]
    assert "the monitor of `github`" in desk.ask("DELETE", f"/groups/{group['id']}", None, 409)["detail"]
    desk.ask("DELETE", f"/monitors/{watched['id']}", None, 204)
    desk.ask("DELETE", f"/groups/{group['id']}", None, 204)
    assert "the group `day`" in desk.ask("DELETE", f"/channels/{channel['id']}", None, 409)["detail"]


@pytest.mark.parametrize("kind, body", [
    ("monitors", {"provider": "github", "components": ["Actions"], "groups": ["fixed"]}),
    ("groups", {"name": "night", "channels": ["declared"], "events": ["incident.*"], "min_impact": "major", "dwell": "1m", "quiet_hours": ["22:00-07:00"], "tags": ["prod"]}),
    ("channels", {"name": "pager", "kind": "webhook", "url": "http://127.0.0.1:9/x", "secret": SECRET}),
])
def test_what_is_deleted_comes_back_as_it_was(desk, kind, body):
    before = desk.ask("GET", f"/{kind}")["items"]
    made = desk.add(kind, **body)
    path = f"/{kind}/{made['id']}"
    desk.ask("DELETE", path, None, 204)
    assert desk.ask("GET", f"/{kind}")["items"] == before
    desk.ask("DELETE", path, None, 404)
    desk.app.restart()
    assert desk.ask("POST", f"{path}/restore") == made
    assert desk.ask("GET", path) == made
    desk.ask("POST", f"{path}/restore", None, 404)


def test_a_name_given_away_is_not_taken_back(desk):
    made = desk.add("groups", name="night")
    desk.ask("DELETE", f"/groups/{made['id']}", None, 204)
    desk.add("groups", name="night")
    assert "another group called `night`" in desk.ask("POST", f"/groups/{made['id']}/restore", None, 409)["detail"]


def test_a_deleted_monitor_hears_nothing(bare, vendor, receiver):
    made = watched(bare, vendor, receiver)
    bare.ask("DELETE", f"/monitors/{made['id']}", None, 204)
    rests(vendor)
    pages.harbour(vendor, pages.trouble())
    bare.ask("POST", f"/monitors/{made['id']}/restore")
    until(lambda: receiver.received("/pager"), what="the news, once it is back")


def watched(desk, vendor, receiver, *incidents, **more):
    """One vendor, one webhook, by hand."""
    pages.harbour(vendor, *incidents)
    desk.add("providers", slug="harbour", name="Harbour", page=vendor.url("/harbour"), interval="1s")
    desk.add("channels", name="pager", kind="webhook", url=receiver.url("/pager"))
    desk.add("groups", name="desk", channels=["pager"], **more)
    made = desk.add("monitors", provider="harbour", groups=["desk"])
    desk.app.seen("degraded" if incidents else "operational")
    return made


def rests(vendor):
    """Waits until the vendor is asked no more: nothing for three of its intervals."""
    def quiet():
        with vendor.lock:
            return not vendor.requests or time.time() - vendor.requests[-1]["at"] > 3.2

    until(quiet, what="quiet")


def test_a_paused_monitor_is_neither_polled_nor_told(bare, vendor, receiver):
    made = watched(bare, vendor, receiver)
    path = f"/monitors/{made['id']}"
    assert bare.ask("PATCH", path, {"paused": True})["paused"] is True
    rests(vendor)
    pages.harbour(vendor, pages.trouble())
    bare.app.restart()
    asked = len(vendor.requests)
    until(lambda: bare.app.get("/readyz", raw=True) == "ready\n", what="ready")
    assert len(vendor.requests) == asked and receiver.received("/pager") == []
    assert bare.ask("GET", path)["paused"] is True
    bare.ask("PATCH", path, {"paused": False})
    until(lambda: receiver.received("/pager"), what="what happened meanwhile")


def test_one_paused_monitor_silences_only_itself(bare, vendor, receiver):
    made = watched(bare, vendor, receiver)
    bare.add("channels", name="other", kind="webhook", url=receiver.url("/other"))
    bare.add("groups", name="others", channels=["other"])
    bare.add("monitors", provider="harbour", groups=["others"])
    bare.ask("PATCH", f"/monitors/{made['id']}", {"paused": True})
    pages.harbour(vendor, pages.trouble())
    until(lambda: receiver.received("/other"), what="the others' news")
    until(lambda: bare.app.deliveries("due") == [], what="nothing on its way")
    assert receiver.received("/pager") == []


def test_trouble_at_adding_is_told_once_and_followed(bare, vendor, receiver):
    made = watched(bare, vendor, receiver, pages.trouble("k1"), pages.trouble("k2"), min_impact="critical")
    assert receiver.received("/pager") == [], "it was there before: no news by itself"
    assert bare.ask("POST", f"/monitors/{made['id']}/tell") == {"told": 2}
    assert "told already" in bare.ask("POST", f"/monitors/{made['id']}/tell", None, 409)["detail"]
    until(lambda: len(receiver.received("/pager")) == 2, what="both")
    for event in receiver.events("/pager"):
        assert event["type"] == "incident.opened" and "asked for when the monitor was added" in event["data"]["reason"]
    told = [one for one in bare.app.api("/decisions")["items"] if one["told"]]
    assert [one["reason"]["code"] for one in told] == ["asked_for", "asked_for"]
    bare.app.restart()
    bare.ask("POST", f"/monitors/{made['id']}/tell", None, 409)
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"]), pages.trouble("k2"))
    until(lambda: len(receiver.received("/pager")) == 3, what="its end")
    assert receiver.events("/pager")[2]["type"] == "incident.resolved"
    assert len({one["headers"]["webhook-id"] for one in receiver.received("/pager")}) == 3


def test_many_who_ask_at_once_are_told_once(bare, vendor, receiver):
    made = watched(bare, vendor, receiver, pages.trouble("k1"))
    ask = lambda _: bare.program.send("POST", f"/monitors/{made['id']}/tell").status
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(ask, range(8))) == [200] + [409] * 7
    until(lambda: receiver.received("/pager") and bare.app.deliveries("due") == [], what="the message")
    assert len(receiver.received("/pager")) == 1


def test_nobody_is_told_of_nothing(bare, vendor, receiver):
    made = watched(bare, vendor, receiver)
    assert "Nothing is open" in bare.ask("POST", f"/monitors/{made['id']}/tell", None, 409)["detail"]
    lonely = bare.add("monitors", provider="harbour")
    assert "nobody to tell" in bare.ask("POST", f"/monitors/{lonely['id']}/tell", None, 409)["detail"]
    bare.ask("PATCH", f"/monitors/{made['id']}", {"paused": True})
    assert "paused" in bare.ask("POST", f"/monitors/{made['id']}/tell", None, 409)["detail"]


def test_a_mail_channel_keeps_its_name_and_who_left_stays_away(tocsin, mailbox):
    desk = Desk(tocsin(config(net={"smtp_url": mailbox.url()})))
    channel = desk.add("channels", name="mail", kind="email", to=["a@example.com", "b@example.com"])
    path = f"/channels/{channel['id']}"
    assert set(desk.wrong(path, {"name": "post"}, "PATCH")) == {"/name"}
    assert desk.ask("PATCH", path, {"to": ["c@example.com"]})["settings"] == {"to": ["c@example.com"]}
    assert desk.ask("POST", f"{path}/test")["outcome"] == "delivered"
    assert set(desk.wrong(path, {"to": ["nobody"]}, "PATCH")) == {"/to"}


def test_a_channel_that_was_stopped_goes_on_with_a_new_address(bare, vendor, receiver):
    receiver.always["/pager"] = (410, b"gone")
    made = watched(bare, vendor, receiver)
    pages.harbour(vendor, pages.trouble())
    [channel] = bare.ask("GET", "/channels")["items"]
    stopped = lambda: bare.ask("GET", f"/channels/{channel['id']}")["disabled"]
    until(stopped, what="the stop")
    assert bare.ask("PATCH", f"/channels/{channel['id']}", {"url": receiver.url("/new")})["disabled"] is None
    pages.harbour(vendor, pages.trouble(stages=["investigating", "identified"]))
    until(lambda: receiver.received("/new"), what="the news at its new place")


def test_many_changes_at_once_lose_nothing(desk):
    add = lambda number: desk.program.send("POST", "/groups", {"name": f"g{number}"}).status
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(add, range(24))) == {201}
    assert set(desk.names("groups")) == {"fixed", *(f"g{number}" for number in range(24))}


def test_every_writing_operation_is_held_against_the_document():
    """This file asks each of them; a new one must be asked here too."""
    asked = {("post", f"/{kind}") for kind in ("monitors", "groups", "channels", "providers")}
    for kind in ("monitors", "groups", "channels"):
        asked |= {("patch", f"/{kind}/{{id}}"), ("delete", f"/{kind}/{{id}}"), ("post", f"/{kind}/{{id}}/restore")}
    asked |= {("patch", "/providers/{slug}"), ("delete", "/providers/{slug}"), ("post", "/monitors/{id}/tell"), ("post", "/channels/{id}/test"), ("post", "/deliveries/{id}/resend")}
    asked |= {("post", "/boards"), ("patch", "/boards/{id}"), ("delete", "/boards/{id}"), ("post", "/boards/{id}/restore"), ("post", "/boards/{id}/renew")}  # in test_boards.py
    asked |= {("post", "/groups/rehearse"), ("post", "/groups/{id}/rehearse")}  # in test_rehearsal.py
    asked |= {(method, "/incidents/{id}/acknowledgement") for method in ("post", "delete")}  # these and the next in test_wishes.py
    asked |= {("post", "/silences"), ("delete", "/silences/{id}"), ("put", "/overrides"), ("delete", "/overrides")}
    asked |= {("post", "/channels/{id}/enable"), ("post", "/channels/{id}/resend")}  # in test_delivering.py
    asked |= {("delete", "/subscriptions/{id}")}  # in test_subscribing.py
    asked |= {("post", "/checks/{id}/run")}  # in test_voice_checks.py
    asked |= {(method, "/warnings/{id}/acknowledgement") for method in ("post", "delete")}  # in test_warning_wishes.py
    documented = {(method, path) for path, item in DOCUMENT["paths"].items() for method in item if method != "get"}
    assert documented == asked
