"""Messages to telephones: what Apprise, which is no relation, sends to the same services has the same address, the same
proof of who asks, and no field that ours lack. Text messages are counted with a codec of the telephones' alphabet."""

import base64
import json
import os
import pathlib
import urllib.parse
import xml.etree.ElementTree

import apprise
import gsm0338
import pytest
import requests

REQUESTS = [json.loads(line) for line in pathlib.Path(os.environ["REQUESTS"]).read_text("utf-8").splitlines()]
CASES = pathlib.Path(__file__).parents[2] / "crates/channels/cases"
EMERGENCY = "incident-impact-changed"


def of(kind):
    return [pytest.param(request, id=request["case"]) for request in REQUESTS if request["kind"] == kind]


def settings(kind):
    return json.loads((CASES / kind / "settings.json").read_text("utf-8"))


def ours(kind, case=EMERGENCY):
    return next(request for request in REQUESTS if request["kind"] == kind and request["case"] == case)


def form(request):
    return dict(urllib.parse.parse_qsl(request["body"], strict_parsing=True))


@pytest.fixture
def theirs(monkeypatch):
    """What Apprise would have sent: address, body, headers."""
    sent = []

    def post(url, data=None, headers=None, auth=None, **_):
        sent.append((url, json.loads(data) if isinstance(data, str) else data, {k.lower(): v for k, v in headers.items()}, auth))
        answer = requests.Response()
        answer.status_code, answer._content = 200, b'{"status": 1, "id": "1", "sid": "SM1"}'
        return answer

    monkeypatch.setattr(requests, "post", post)

    def send(address):
        client = apprise.Apprise()
        assert client.add(address)
        assert client.notify(title="title", body="body")
        return sent[-1]

    return send


def test_gotify(theirs):
    given = settings("gotify")
    url, body, headers, _ = theirs(f"gotifys://gotify.example.com/{given['token']}?priority=5")
    mine = ours("gotify")
    assert mine["url"] == url and dict(mine["headers"])["x-gotify-key"] == headers["x-gotify-key"]
    assert body.keys() <= json.loads(mine["body"]).keys()


def test_ntfy(theirs):
    given = settings("ntfy")
    url, body, headers, _ = theirs(f"ntfys://ntfy.example.com/{given['topic']}?auth=token&token={given['token']}")
    mine = ours("ntfy")
    assert mine["url"] == url and dict(mine["headers"])["authorization"] == headers["authorization"]
    message = json.loads(mine["body"])
    assert body.keys() <= message.keys() and message["topic"] == body["topic"]


@pytest.mark.parametrize("request_", of("ntfy"))
def test_ntfy_limits(request_):
    message = json.loads(request_["body"])
    assert 0 < len(message["message"].encode()) <= 4096 and 1 <= message["priority"] <= 5
    assert len(message.get("actions", [])) <= 3 and len(message.get("sequence_id", "")) <= 64


def test_pushover(theirs):
    given = settings("pushover")
    url, body, _, _ = theirs(f"pover://{given['user']}@{given['token']}/phone?priority=emergency&sound=siren&retry=60&expire=3600")
    mine = ours("pushover")
    message = json.loads(mine["body"])
    assert mine["url"] == url and body.keys() <= message.keys()
    for key in ("token", "user", "device", "sound"):
        assert message[key] == body[key]
    assert message["priority"] == int(body["priority"]) == 2 and message["retry"] >= 30 and message["expire"] <= 10800


@pytest.mark.parametrize("request_", of("pushover"))
def test_pushover_limits(request_):
    if "/receipts/" in request_["url"]:
        assert json.loads(request_["body"]).keys() == {"token"}
        return
    message = json.loads(request_["body"])
    assert 0 < len(message["message"]) <= 1024 and 0 < len(message["title"]) <= 250
    assert len(message["url"]) <= 512 and len(message["url_title"]) <= 100


def test_twilio(theirs):
    given = settings("twilio_sms")
    secret = "0123456789abcdef0123456789abcdef"
    url, body, _, (account, _) = theirs(f"twilio://{given['account']}:{secret}@15005550006/15558675309")
    mine = ours("twilio_sms")
    assert mine["url"] == url and body.keys() <= form(mine).keys()
    proof = base64.b64decode(dict(mine["headers"])["authorization"].removeprefix("Basic ")).decode()
    assert proof == f"{account}:{given['secret']}"


@pytest.mark.parametrize("request_", of("twilio_sms"))
def test_text_message(request_):
    fields = form(request_)
    assert fields["To"] in settings("twilio_sms")["to"]
    places = len(fields["Body"].encode("gsm03.38"))
    assert 0 < places <= 2 * 153


@pytest.mark.parametrize("request_", of("twilio_voice"))
def test_call(request_):
    fields = form(request_)
    assert request_["url"].endswith("/Calls.json") and len(fields["Twiml"]) <= 4000
    response = xml.etree.ElementTree.fromstring(fields["Twiml"])
    assert response.tag == "Response" and [one.tag for one in response] == ["Pause", "Say", "Pause", "Say"]
    assert all(len(one.text) > 20 and "://" not in one.text for one in response.iter("Say"))
    assert dict(request_["headers"])["authorization"].startswith("Basic ")


def test_only_what_wakes():
    asleep = {"incident-updated", "incident-edited", "incident-postmortem", "digest-storm", "page-unreadable", "maintenance-scheduled"}
    for kind in ("pushover", "twilio_sms", "twilio_voice"):
        cases = {request["case"] for request in REQUESTS if request["kind"] == kind}
        assert not cases & asleep and {EMERGENCY, "test-ping"} <= cases
