"""PagerDuty events, checked against the shapes of its API and against what its own client sends.

REQUESTS names the file of composed requests, one JSON object a line (see README.md).
"""

import json
import os
import pathlib

import httpx2
import jsonschema
import pagerduty
import pytest

REQUESTS = [json.loads(line) for line in pathlib.Path(os.environ["REQUESTS"]).read_text("utf-8").splitlines()]
MINE = [request for request in REQUESTS if request["kind"] == "pagerduty"]
TEXT = {"type": "string", "minLength": 1}
LINKS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["href"],
        "additionalProperties": False,
        "properties": {"href": {"type": "string", "format": "uri"}, "text": TEXT},
    },
}
SUMMARY = {**TEXT, "maxLength": 1024}
TIME = {"type": "string", "format": "date-time"}
TRIGGER = {
    "type": "object",
    "required": ["routing_key", "event_action", "payload"],
    "additionalProperties": False,
    "properties": {
        "routing_key": {"type": "string", "pattern": "^[0-9A-Za-z]{32}$"},
        "event_action": {"const": "trigger"},
        "dedup_key": {**TEXT, "maxLength": 255},
        "client": TEXT,
        "client_url": {"type": "string", "format": "uri"},
        "links": LINKS,
        "payload": {
            "type": "object",
            "required": ["summary", "severity", "source"],
            "additionalProperties": False,
            "properties": {
                "summary": SUMMARY,
                "timestamp": TIME,
                "severity": {"enum": ["critical", "error", "warning", "info"]},
                "source": TEXT,
                "component": TEXT,
                "group": TEXT,
                "class": TEXT,
                "custom_details": {"type": "object"},
            },
        },
    },
}
RESOLVE = {
    "type": "object",
    "required": ["routing_key", "event_action", "dedup_key"],
    "additionalProperties": False,
    "properties": {"routing_key": TEXT, "event_action": {"const": "resolve"}, "dedup_key": TEXT},
}
CHANGE = {
    "type": "object",
    "required": ["routing_key", "payload"],
    "additionalProperties": False,
    "properties": {
        "routing_key": TEXT,
        "links": LINKS,
        "payload": {
            "type": "object",
            "required": ["summary"],
            "additionalProperties": False,
            "properties": {"summary": SUMMARY, "timestamp": TIME, "source": TEXT, "custom_details": {"type": "object"}},
        },
    },
}


def checked(body, shape):
    jsonschema.validate(body, shape, format_checker=jsonschema.FormatChecker())


def sent_by_client(request, body):
    """Address and body of the same event, as PagerDuty's client sends it."""
    taken = []

    def take(sent):
        taken.append((str(sent.url), json.loads(sent.content)))
        return httpx2.Response(202, json={"status": "success", "dedup_key": body.get("dedup_key", "")})

    client = pagerduty.EventsApiV2Client(body["routing_key"], transport=httpx2.MockTransport(take))
    if request["url"].endswith("/v2/change/enqueue"):
        client.send_change_event(payload=body["payload"], links=body["links"])
    elif body["event_action"] == "resolve":
        client.resolve(body["dedup_key"])
    else:
        payload = body["payload"]
        named = {key: payload[key] for key in ("summary", "source", "severity")}
        client.trigger(**named, dedup_key=body["dedup_key"], payload=payload, links=body["links"])
    return taken[-1]


@pytest.mark.parametrize("request_", [pytest.param(request, id=request["case"]) for request in MINE])
def test_pagerduty(request_):
    body = json.loads(request_["body"])
    assert request_["method"] == "POST" and dict(request_["headers"])["content-type"] == "application/json"
    assert len(request_["body"].encode()) <= 512_000
    checked(body, CHANGE if request_["url"].endswith("/v2/change/enqueue") else RESOLVE if body["event_action"] == "resolve" else TRIGGER)
    shown = {key: value for key, value in body.items() if key not in ("client", "client_url")}
    assert sent_by_client(request_, body) == (request_["url"], shown)


def test_only_what_wakes_for_a_reason():
    incidents = {request["case"]: json.loads(request["body"]) for request in MINE if request["case"].startswith("incident-")}
    assert len({body["dedup_key"] for body in incidents.values()}) == 1
    ends = {case for case, body in incidents.items() if body["event_action"] == "resolve"}
    assert ends == {"incident-resolved", "incident-resolved-inferred", "incident-removed"}
    assert not {"incident-resolved-unseen", "incident-postmortem", "incident-edited"} & incidents.keys()
    assert not [request for request in MINE if request["case"].startswith("digest")]
    changes = {request["case"] for request in MINE if request["url"].endswith("/v2/change/enqueue")}
    assert changes and all(case.startswith("maintenance-") for case in changes)
