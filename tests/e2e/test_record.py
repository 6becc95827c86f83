"""A provider's worst evening, lived through at its own times: who heard what, once, and what we remember of it."""

import json

import pytest

import kustomer
from conftest import closing, instances
from mailserver import Mailbox
from peers import Clock, Receiver, Vendor, until
from settings import channel, config, group, hook, monitor, provider

HEARD = ["incident.opened", *["incident.updated"] * 4, "incident.resolved", "incident.postmortem"]
BODIES = [body for _, _, _, body in kustomer.SAID]


def configured(vendor, receiver, mailbox):
    chats = [channel(kind, kind, url=receiver.url(f"/{kind}")) for kind in ("slack", "discord", "teams")]
    return config(
        provider("kustomer", vendor.url("/kustomer"), "Kustomer"),
        monitor("kustomer", "support-desk", components=["Kustomer Voice"]),
        monitor("kustomer", "chat-desk", components=["Kustomer Chat"]),
        group("support-desk", "hook", "mail", "slack", "discord", "teams"),
        group("chat-desk", "elsewhere"),
        hook("hook", receiver.url("/hook")),
        hook("elsewhere", receiver.url("/elsewhere")),
        channel("email", "mail", to=["oncall@example.com"]),
        *chats,
        net={"smtp_url": mailbox.url(), "from": "Tocsin <tocsin@example.com>"},
        server={"time_zone": "America/New_York"},
    )


class Story:
    """The whole evening and its echo, told once for all tests of this file."""

    CHANNELS = ("/hook", "/slack", "/discord", "/teams")

    def __init__(self, directory, start, vendor, receiver, mailbox):
        self.vendor, self.receiver, self.mailbox = vendor, receiver, mailbox
        self.clock = Clock(directory, "2026-02-20T22:00:40Z")
        self.healths = []
        kustomer.publish(vendor, 0)
        self.app = start(configured(vendor, receiver, mailbox), clock=self.clock)
        self.read_now()
        for count, (_, _, seen, _) in enumerate(kustomer.SAID, 1):
            self.clock.set(seen)
            kustomer.publish(vendor, count)
            self.all_heard(count)
            self.healths.append(self.app.api("/providers/kustomer")["health"])
            if count == 4:
                self.restart("2026-02-20T23:20:00Z")
        until(lambda: not self.app.deliveries("due"), what="an empty outbox")
        self.told = len(self.receiver.requests)
        self.restart("2026-03-03T09:00:00Z")

    def all_heard(self, count):
        counts = lambda: [len(self.receiver.received(path)) for path in self.CHANNELS] + [len(self.mails())]
        until(lambda: min(counts()) >= count, what=f"update {count} in every channel")

    def mails(self):
        return self.mailbox.to("oncall@example.com")

    def restart(self, at):
        self.clock.set(at)
        self.app.restart()
        self.read_now()

    def read_now(self):
        until(lambda: self.app.api("/providers/kustomer")["read_at"] == self.clock.at, what="a reading at this hour")

    def incident(self):
        return self.app.api("/incidents?provider=kustomer")["items"][0]


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    directory = tmp_path_factory.mktemp("record")
    with closing(Vendor(), Receiver(), Mailbox()) as peers, instances(directory) as start:
        yield Story(directory, start, *peers)


def test_the_webhook_heard_each_change_once_and_in_order(story):
    events = story.receiver.events("/hook")
    assert [event["type"] for event in events] == HEARD
    assert [[one["body"] for one in event["data"]["updates"]] for event in events] == [[body] for body in BODIES]
    assert [event["data"]["updates"][0]["at"] for event in events] == [at for _, at, _, _ in kustomer.SAID]
    assert [event["timestamp"] for event in events] == [seen for _, _, seen, _ in kustomer.SAID]
    sequences = [event["data"]["sequence"] for event in events]
    assert sequences == sorted(set(sequences))
    assert len({seen["headers"]["webhook-id"] for seen in story.receiver.received("/hook")}) == len(HEARD)
    assert all(event["data"]["monitor"] == {"components": ["Kustomer Voice"]} for event in events)


def test_chats_heard_the_same_in_their_own_shapes(story):
    slack, discord, teams = ([json.loads(seen["body"]) for seen in story.receiver.received(path)] for path in story.CHANNELS[1:])
    # What has no fields is a short word beside the message that shows what holds now.
    discord = [one for one in discord if one["embeds"][0].get("fields")]
    assert len(slack) == len(discord) == len(teams) == len(HEARD)
    for told, (_, _, _, body) in zip(zip(slack, discord, teams), kustomer.SAID):
        assert all("Trouble accepting Inbound Calls" in json.dumps(one) for one in told)
        if "*" not in body:
            assert all(body in json.dumps(one).replace("\\\\", "") for one in told)
    assert all(one["blocks"] and one["text"] for one in slack)
    assert all(one["embeds"] and one["allowed_mentions"] == {"parse": []} for one in discord)
    assert all(one["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive" for one in teams)


def test_all_mails_are_one_thread(story):
    mails = story.mails()
    assert len(mails) == len(HEARD)
    assert len({mail["subject"] for mail in mails}) == 1 and kustomer.TITLE in mails[0]["subject"]
    assert len({mail["message-id"] for mail in mails}) == len(mails)
    root = mails[0]["message-id"]
    assert mails[0]["references"] is None
    assert {(mail["references"], mail["in-reply-to"]) for mail in mails[1:]} == {(root, root)}


def test_who_follows_other_components_heard_nothing_and_the_reason_is_kept(story):
    assert story.receiver.received("/elsewhere") == []
    decisions = story.app.api(f"/decisions?incident={story.incident()['id']}&limit=100")["items"]
    silent = [one for one in decisions if one["group"] == "chat-desk"]
    assert len(silent) == len(HEARD) and not any(one["told"] for one in silent)
    assert {one["reason"]["code"] for one in silent} == {"other_components"}
    assert all("Kustomer Voice" in one["reason"]["text"] for one in silent)
    assert [one["change"] for one in reversed(silent)] == HEARD


def test_the_postmortem_came_ten_days_later_and_reopened_nothing(story):
    last = story.receiver.events("/hook")[-1]
    assert last["type"] == "incident.postmortem" and last["data"]["changes"] == ["incident.postmortem"]
    assert (last["data"]["incident"]["stage"], last["data"]["incident"]["state"]) == ("postmortem", "closed")
    assert last["data"]["incident"]["resolved_at"] == "2026-02-21T00:01:00Z"
    assert story.app.api("/incidents?state=open")["items"] == []
    assert story.app.api("/providers/kustomer")["health"] == "operational"


def test_the_provider_was_degraded_until_the_end_was_said(story):
    assert story.healths == ["degraded"] * 5 + ["operational"] * 2


def test_the_record_of_the_incident_is_right(story):
    record = story.incident()
    facts = {key: record[key] for key in ("provider", "vendor_id", "title", "impact", "stage", "state", "imported")}
    assert facts == {
        "provider": "kustomer", "vendor_id": kustomer.ID, "title": kustomer.TITLE, "impact": "minor",
        "stage": "postmortem", "state": "closed", "imported": False,
    }
    assert (record["started_at"], record["resolved_at"]) == ("2026-02-20T22:01:00Z", "2026-02-21T00:01:00Z")
    assert record["duration_s"] == 2 * 3600
    groups = {one["name"]: one["group"] for one in story.app.api("/providers/kustomer")["components"]}
    assert groups == {"Kustomer Voice": ["PROD 1"], "Kustomer Chat": ["PROD 1"]}
    assert record["components"] == [{"id": "c1", "name": "Kustomer Voice"}]
    told = [(update["stage"], update["at"], update["first_seen_at"], update["body"]) for update in record["updates"]]
    assert told == kustomer.SAID
    assert all(update["revisions"] == [] for update in record["updates"])
    assert story.app.api(f"/incidents/{record['id']}") == record
    assert len(story.app.api("/incidents")["items"]) == 1


def test_the_delay_of_our_sight_is_measured_from_the_vendors_first_word(story):
    record = story.incident()
    assert record["first_seen_at"] == "2026-02-20T22:02:10Z"
    assert record["candour"]["detection_s"] == 70
    assert story.app.api("/stats/latency")["detection"] == {"count": 1, "p50_s": 70, "p95_s": 70, "p99_s": 70}


def test_the_page_of_the_incident_tells_the_same(story):
    record = story.incident()
    page = story.app.get(f"/incidents/{record['id']}", raw=True)
    assert "Trouble accepting Inbound Calls" in page and "Kustomer Voice" in page
    assert "<dd class=\"num\">2h</dd>" in page and "1m 10s after" in page
    assert all(f'datetime="{at}"' in page for _, at, _, _ in kustomer.SAID)
    assert "(or saw them flash)" in page, "escaped parentheses are shown as meant"
    assert "<li>5:01 PM: a fix for an earlier fault is watched</li>" in page
    assert "<em>before</em>" in page
    assert kustomer.TITLE.split("] [")[1] in story.app.get("/providers/kustomer", raw=True)


def test_restarts_announced_nothing(story):
    assert len(story.receiver.requests) == story.told
    for path in Story.CHANNELS:
        if path != "/discord":  # where short words stand beside the message that is edited
            assert len(story.receiver.received(path)) == len(HEARD), path
    assert story.mailbox.attempts == len(HEARD)
