"""The real Alertmanager: it is told, at each of its addresses, for as long as it lasts, and of the end."""

import time

import pytest

import pages
from alerting import Alertmanager
from conftest import closing
from peers import TOKEN, until
from settings import channel, config, group, monitor, provider

OPEN = pages.trouble("k1")
RESOLVED = pages.trouble("k1", ["investigating", "resolved"])
# What is repeated is repeated every minute.
REPEATED = 80


@pytest.fixture
def pair(tmp_path, receiver):
    with closing(*(Alertmanager(tmp_path / name, receiver.url(f"/{name}")) for name in ("first", "second"))) as both:
        yield both


def start(vendor, tocsin, *peers, group_={}, **settings):
    pages.harbour(vendor)
    return tocsin(config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "desk"), group("desk", "am", **group_),
        channel("alertmanager", "am", urls=[peer.url() for peer in peers], **settings),
    )).seen()


def told(receiver, path):
    """What Alertmanager itself told: (status, alertname) of each alert, in order."""
    return [(one["status"], one["labels"]["alertname"]) for event in receiver.events(path) for one in event["alerts"]]


def test_both_peers_are_told_of_the_beginning_and_of_the_end(vendor, receiver, tocsin, pair):
    app = start(vendor, tocsin, *pair, labels=["severity=critical", "team=desk"])
    pages.harbour(vendor, OPEN)
    incident = until(lambda: app.api("/incidents")["items"], what="the incident")[0]
    for peer in pair:
        alert = until(lambda: peer.alerts("alertname=StatusPageIncident"), what="the alert")[0]
        assert alert["labels"] == {
            "alertname": "StatusPageIncident", "provider": "harbour", "incident": incident["id"], "instance": app.base(),
            "severity": "critical", "team": "desk",
        }
        notes = alert["annotations"]
        assert "Harbour Cloud: minor incident" in notes["summary"] and "investigating k1" in notes["description"]
        assert notes["severity"] == "warning" and notes["components"] == "Quay API"
        assert alert["generatorURL"] == f"{app.base()}/incidents/{incident['id']}"
        assert peer.alerts("team=desk") and not peer.alerts("team=other")
    # It forgets what has no end of its own after a second; ours has one.
    time.sleep(3)
    assert all(len(peer.alerts()) == 1 for peer in pair)
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "identified"]))
    for peer in pair:
        until(lambda: "identified k1" in peer.alerts()[0]["annotations"]["description"], what="the update")
        assert len(peer.alerts()) == 1, "an update is no other alert"
    pages.harbour(vendor, RESOLVED)
    for peer, path in zip(pair, ("/first", "/second")):
        until(lambda: not peer.alerts(), what="the end")
        until(lambda: ("resolved", "StatusPageIncident") in told(receiver, path), what="the word of the end")
        assert told(receiver, path) == [("firing", "StatusPageIncident"), ("resolved", "StatusPageIncident")]


def test_one_that_is_started_anew_hears_again_and_what_ended_in_silence_ends(vendor, receiver, tocsin, pair):
    first, _ = pair
    app = start(vendor, tocsin, first, group_={"events": ["incident.opened"]})
    pages.harbour(vendor, OPEN)
    until(first.alerts, what="the alert")
    first.close()
    first.start()
    assert not first.alerts(), "it keeps no alerts"
    alert = until(first.alerts, REPEATED, what="the repeat")[0]
    assert alert["labels"]["alertname"] == "StatusPageIncident"
    pages.harbour(vendor, RESOLVED)
    until(lambda: app.api("/incidents")["items"][0]["state"] == "closed", what="the end of the incident")
    until(lambda: not first.alerts(), REPEATED, what="the end of the alert, which the group does not hear of")
    assert len(app.deliveries("sent")) == 1
    until(lambda: told(receiver, "/first")[-1] == ("resolved", "StatusPageIncident"), what="the word of the end")


def test_a_test_fires_and_says_what_it_is(vendor, tocsin, pair):
    first, second = pair
    app = start(vendor, tocsin, first, second)
    ident = app.api("/channels")["items"][0]["id"]
    answer = app.call("POST", f"/api/v1/channels/{ident}/test", token=TOKEN, body=b"{}")
    assert (answer["outcome"], answer["status"]) == ("delivered", 200)
    for peer in pair:
        alert = until(lambda: peer.alerts("alertname=TocsinTest"), what="the test")[0]
        assert "Test message" in alert["annotations"]["summary"]


def test_announced_work_is_an_alert_while_it_goes_on(vendor, tocsin, pair):
    first, _ = pair
    start(vendor, tocsin, first)
    pages.harbour(vendor, maintenances=[pages.work("w1", "in_progress", "2026-02-20T22:00:00Z", "2099-02-20T23:00:00Z")])
    until(lambda: first.alerts("alertname=StatusPageMaintenance"), what="the work")
    pages.harbour(vendor, maintenances=[pages.work("w1", "completed", "2026-02-20T22:00:00Z", "2099-02-20T23:00:00Z")])
    until(lambda: not first.alerts(), what="its end")


def test_a_peer_that_is_down_does_not_keep_the_other_from_hearing(vendor, receiver, tocsin, pair):
    first, second = pair
    second.close()
    app = start(vendor, tocsin, first, second)
    pages.harbour(vendor, OPEN)
    until(first.alerts, what="the alert at the one that is there")
    second.start()
    until(second.alerts, 30, what="the alert at the other")
    waiting = app.deliveries("due")
    assert not waiting
