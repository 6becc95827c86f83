"""What would have been sent: a rule is tried on what the journal has, and nobody is told."""

import pytest

import pages
from documented import refused
from peers import until
from settings import config, group, hook, monitor, provider
from test_setup import NOBODY, Desk

PARTS = [pages.component("c1", "Quay API"), pages.component("c2", "Voice")]


@pytest.fixture
def desk(tocsin, vendor, receiver):
    """One page to which two incidents came and of which one ended."""
    pages.harbour(vendor, components=PARTS)
    desk = Desk(tocsin(config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "ops", tags=["prod"]), group("ops", "pager"),
        hook("pager", receiver.url("/pager")), poll={"interval": "1s", "active_interval": "1s"},
    )))
    desk.app.seen()
    small, big = lambda *stages: pages.trouble("k1", stages, component=PARTS[0]), pages.trouble("k2", impact="critical", component=PARTS[1])
    for number, incidents in enumerate([(small("investigating"),), (small("investigating"), big), (small("investigating", "resolved"), big)]):
        pages.harbour(vendor, *incidents, components=PARTS)
        until(lambda: len(receiver.received("/pager")) == number + 1, what="the message")
    return desk


def tried(desk, path="/groups/rehearse", /, **body):
    answer = desk.ask("POST", path, body)
    assert answer["messages"] == sum(answer["by_kind"].values())
    assert answer["events_told"] == sum(line["outcome"] != "silent" for line in answer["lines"])
    return answer


def test_the_rule_in_force_says_what_was_sent(desk, receiver):
    [ops] = desk.ask("GET", "/groups")["items"]
    answer = tried(desk, f"/groups/{ops['id']}/rehearse")
    sent = [one["type"] for one in receiver.events("/pager")]
    told = [line for line in answer["lines"] if line["outcome"] == "told"]
    assert [line["change"] for line in reversed(told)] == sent == ["incident.opened", "incident.opened", "incident.resolved"]
    assert answer["messages"] == 3 and answer["by_channel"] == {"pager": 3} and answer["days"] == 30 and answer["monitors"] == 1
    decisions = {(one["change"], one["reason"]["text"]) for one in desk.ask("GET", "/decisions")["items"]}
    assert {(line["change"], line["reason"]["text"]) for line in answer["lines"]} == decisions
    assert all(line["provider"] == "harbour" and line["group"] == "ops" and line["incident"] for line in told)
    assert len(receiver.received("/pager")) == 3, "nobody is told"


@pytest.mark.parametrize("rule, messages, silent", [
    ({}, 3, {}),
    ({"min_impact": "critical"}, 1, {"below_min_impact": 2}),
    ({"events": ["incident.resolved"]}, 1, {"event_not_wanted": 2}),
    ({"components": ["Voice"]}, 1, {"out_of_scope": 2}),
    ({"tags": ["prod"]}, 3, {}),
    ({"tags": ["eu"]}, 0, {"out_of_scope": 3}),
    ({"dwell": "1h"}, 1, {"within_dwell": 1, "ended_within_dwell": 1}),
    ({"quiet_hours": ["mon-sun"]}, 1, {}),
    ({"quiet_hours": ["mon-sun"], "break_quiet": "never"}, 0, {}),
    ({"digest": "weekly"}, 0, {}),
])
def test_a_rule_is_tried_before_it_is_saved(desk, rule, messages, silent):
    answer = tried(desk, **rule)
    assert (answer["messages"], answer["silent"]) == (messages, silent)
    told_later = sum(line["outcome"] == "later" for line in answer["lines"])
    assert answer["kept"] == told_later, "it would still wait"
    assert [one["name"] for one in desk.ask("GET", "/groups")["items"]] == ["ops"], "nothing is stored"


def test_what_a_rehearsal_asks_for_is_checked(desk):
    [ops], [one] = (desk.ask("GET", kind)["items"] for kind in ("/groups", "/monitors"))
    assert tried(desk, monitors=[one["id"]], days=1)["messages"] == 3
    wrong = desk.wrong("/groups/rehearse", {"monitors": [NOBODY], "days": 31, "dwell": "soon", "colour": "red", "name": "ops"})
    assert set(wrong) == {"/monitors/0", "/days", "/dwell", "/colour", "/name"}
    assert set(desk.wrong(f"/groups/{ops['id']}/rehearse", {"escalate_to": "ops", "escalate_after": "5m"})) == {"/escalate_to"}
    assert tried(desk, f"/groups/{ops['id']}/rehearse", min_impact="critical")["messages"] == 1, "what a file declares can be tried"
    desk.ask("POST", f"/groups/{NOBODY}/rehearse", {}, 404)
    refused(desk.app, "POST", "/api/v1/groups/rehearse", 401, body=b"{}")


def test_those_behind_are_told_in_a_rehearsal_too(desk):
    desk.add("groups", name="managers", channels=["pager"])
    answer = tried(desk, channels=["pager"], escalate_to="managers", escalate_after="1m", repeat="1m")
    assert {line["group"] for line in answer["lines"]} <= {"this group", "managers"}
