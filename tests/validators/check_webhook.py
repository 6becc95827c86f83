"""Webhooks with the headers of CloudEvents, read by the `cloudevents` package."""

import json
import os
import pathlib

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event

REQUESTS = [json.loads(line) for line in pathlib.Path(os.environ["REQUESTS"]).read_text("utf-8").splitlines()]
WEBHOOKS = [pytest.param(request, id=request["case"]) for request in REQUESTS if request["kind"] == "webhook"]


@pytest.mark.parametrize("request_", WEBHOOKS)
def test_cloud_event(request_):
    headers = dict(request_["headers"])
    body = json.loads(request_["body"])
    event = from_http_event(HTTPMessage(headers=headers, body=request_["body"].encode()))
    assert event.get_specversion() == "1.0"
    assert event.get_id() == headers["webhook-id"]
    assert event.get_type() == f"tocsin.{body['type']}"
    assert event.get_source() == "https://tocsin.example.com"
    assert event.get_time().strftime("%Y-%m-%dT%H:%M:%SZ") == body["timestamp"]
    assert event.get_subject().startswith("kustomer")
    assert event.get_extension("sequence") == str(body["data"]["sequence"])
    assert event.get_data() == body
