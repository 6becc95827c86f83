"""Webhooks in Statuspage's form, held against what its receivers read: every key there, every word a known one."""

import json
import os
import pathlib

import jsonschema
import pytest

REQUESTS = [json.loads(line) for line in pathlib.Path(os.environ["REQUESTS"]).read_text("utf-8").splitlines()]
SENT = [pytest.param(request, id=request["case"]) for request in REQUESTS if request["kind"] == "statuspage_webhook"]

ID = {"type": "string", "pattern": "^[a-z0-9]{12}$"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
MAYBE_TIME = {"anyOf": [TIME, {"type": "null"}]}
HEALTH = {"enum": ["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"]}
STATUS = {"enum": ["investigating", "identified", "monitoring", "resolved", "postmortem", "scheduled", "in_progress", "verifying", "completed"]}


def thing(**keys):
    return {"type": "object", "properties": keys, "required": list(keys)}


COMPONENT = thing(id=ID, page_id=ID, name={"type": "string", "minLength": 1}, status=HEALTH)
UPDATE = thing(id=ID, incident_id=ID, status=STATUS, body={"type": "string", "minLength": 1}, created_at=TIME, updated_at=TIME, display_at=TIME)
INCIDENT = thing(
    id=ID, page_id=ID, name={"type": "string", "minLength": 1}, status=STATUS,
    impact={"enum": ["none", "minor", "major", "critical", "maintenance"]}, shortlink={"type": "string", "pattern": "^https?://"},
    created_at=TIME, updated_at=TIME, monitoring_at=MAYBE_TIME, resolved_at=MAYBE_TIME, scheduled_for=MAYBE_TIME, scheduled_until=MAYBE_TIME,
    incident_updates={"type": "array", "items": UPDATE, "minItems": 1}, components={"type": "array", "items": COMPONENT},
)
CHANGE = thing(id=ID, created_at=TIME, old_status=HEALTH, new_status=HEALTH, component_type={"const": "Component"}, component_id=ID)
BODY = {
    **thing(
        meta=thing(unsubscribe={"type": "string"}, documentation={"type": "string"}, generated_at=TIME),
        page=thing(id=ID, status_indicator={"enum": ["none", "minor", "major", "critical", "maintenance"]}, status_description={"type": "string", "minLength": 1}),
    ),
    "oneOf": [thing(incident=INCIDENT), thing(component_update=CHANGE, component=COMPONENT)],
}


@pytest.mark.parametrize("request_", SENT)
def test_what_receivers_read(request_):
    body = json.loads(request_["body"])
    jsonschema.validate(body, BODY)
    if "incident" not in body:
        assert body["component"]["id"] == body["component_update"]["component_id"]
        return
    incident = body["incident"]
    assert {update["incident_id"] for update in incident["incident_updates"]} == {incident["id"]}
    times = [update["created_at"] for update in incident["incident_updates"]]
    assert times == sorted(times, reverse=True), "newest first"
    assert incident["incident_updates"][0]["status"] == incident["status"]
    assert (incident["scheduled_for"] is not None) == request_["case"].startswith("maintenance-")
    over = incident["status"] in ("resolved", "postmortem", "completed")
    assert (incident["resolved_at"] is not None) == over


def test_one_incident_is_one_id():
    ids = {json.loads(param.values[0]["body"])["incident"]["id"] for param in SENT if param.id.startswith("incident-")}
    assert len(ids) == 1 and len(SENT) > 20
