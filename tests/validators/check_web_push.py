"""Messages for browsers, opened as the browser opens them (`http_ece`) and held against who sends them (`py-vapid`)."""

import base64
import json
import os
import pathlib
import time

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

REQUESTS = [json.loads(line) for line in pathlib.Path(os.environ["REQUESTS"]).read_text("utf-8").splitlines()]
PUSHES = [pytest.param(request, id=request["case"]) for request in REQUESTS if request["kind"] == "web_push"]
# The private half of the subscription in crates/channels/cases/web_push/settings.json.
BROWSER = ec.derive_private_key(int.from_bytes(b"the browser's own key, made up..", "big"), ec.SECP256R1())
AUTH = b"sixteen bytes .."


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("request_", PUSHES)
def test_push(request_):
    headers = dict(request_["headers"])
    sealed = base64.b64decode(request_["sealed"])
    assert len(sealed) <= 4096 and headers["content-encoding"] == "aes128gcm"
    message = json.loads(http_ece.decrypt(sealed, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm"))
    assert {"title", "body", "url", "tag", "event", "at"} <= message.keys() and message["title"] and message["body"]
    with pytest.raises(Exception):
        http_ece.decrypt(sealed, private_key=BROWSER, auth_secret=b"another sixteen.", version="aes128gcm")
    assert int(headers["ttl"]) in (3600, 86400) and headers["urgency"] in ("high", "normal", "low")
    topic = headers.get("topic", "")
    assert len(topic) <= 32 and topic == message["tag"][: len(topic)]
    check_sender(headers["authorization"])


def check_sender(authorization):
    assert Vapid02.verify(authorization)
    with pytest.raises(Exception):
        token = authorization.replace("t=e", "t=f", 1)
        assert Vapid02.verify(token)
    parts = dict(part.strip().split("=", 1) for part in authorization.removeprefix("vapid ").split(","))
    claims = json.loads(unpadded(parts["t"].split(".")[1]))
    assert claims["aud"] == "https://fcm.googleapis.com" and claims["sub"] == "mailto:tocsin@example.com"
    assert 0 < claims["exp"] - time.time() <= 86400


def test_each_message_has_a_key_of_its_own():
    heads = [base64.b64decode(param.values[0]["sealed"])[:86] for param in PUSHES]
    assert len(set(heads)) == len(heads) > 20
