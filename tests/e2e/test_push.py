"""Push: a vendor sends word, its page is asked at once, and only what the page says counts."""

import base64
import datetime
import json
import secrets
import time
import urllib.error
import urllib.request

import pages
from peers import TOKEN, until
from person import welcome
from settings import config, group, hook, monitor, provider
from standardwebhooks import Webhook

NEVER = {"interval": "1h", "active_interval": "1h"}


def listening(tocsin, vendor, receiver):
    """Polled once an hour: what is heard sooner was heard by push."""
    pages.harbour(vendor)
    app = tocsin(config(provider("harbour", vendor.url("/harbour"), platform="statuspage"), monitor("harbour", "desk"), group("desk", "hook"), hook("hook", receiver.url("/hook")), poll=NEVER))
    app.seen(provider="harbour")
    app.ada = welcome(app)
    return app


def made(app, secret=""):
    answer = app.ada.post("/providers/harbour/push", {"secret": secret})
    assert answer.status == 200, answer.text
    return answer.text.split('<code class="snippet">')[1].split("</code>")[0].removeprefix(app.base())


def send(app, path, body, headers=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(app.base() + path, method="POST", data=raw, headers={"content-type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


STATUSPAGE = {"meta": {"unsubscribe": "https://example.com/u"}, "page": {"id": "y2j98763l56x", "status_indicator": "minor"}, "incident": {"id": "k1", "name": "Lies", "status": "investigating"}}


def test_word_from_the_vendor_is_a_hint_and_its_page_is_the_truth(tocsin, vendor, receiver):
    app = listening(tocsin, vendor, receiver)
    path = made(app)
    asked = lambda: len(vendor.asked("/harbour/api/v2/summary.json"))
    before = asked()
    pages.harbour(vendor, pages.trouble("k1", name="Boats are late"))
    assert send(app, path, STATUSPAGE) == (202, {"heard": True})
    until(lambda: receiver.received("/hook"), 10, "the news")
    [event] = receiver.events("/hook")
    assert event["data"]["incident"]["title"] == "Boats are late", "what the page says, not what was pushed"
    [incident] = app.api("/incidents", token=TOKEN)["items"]
    assert incident["candour"]["spoke_first"] == "push"
    assert asked() - before <= 3
    assert "after Harbour Cloud sent us word" in app.ada.get(f"/incidents/{incident['id']}").text
    assert "1 time, last at" in app.ada.get("/providers/harbour/push").text


def test_a_forged_word_invents_nothing(tocsin, vendor, receiver):
    app = listening(tocsin, vendor, receiver)
    path = made(app)
    asked = lambda: len(vendor.asked("/harbour/api/v2/summary.json"))
    before = asked()
    assert send(app, path, STATUSPAGE)[0] == 202
    until(lambda: asked() > before, 10, "the page being asked")
    assert app.api("/incidents", token=TOKEN)["items"] == [] and receiver.received("/hook") == []


def test_who_is_not_known_or_sends_no_word_is_refused(tocsin, vendor, receiver):
    app = listening(tocsin, vendor, receiver)
    path = made(app)
    assert send(app, "/in/harbour/guessed", {})[0] == 404
    assert send(app, path.replace("harbour", "github"), {})[0] == 404
    assert send(app, path, b"hello")[0] == 400
    assert send(app, path, b"[" * 5000)[0] == 400
    assert send(app, path, b'{"a":"' + b"x" * 300_000 + b'"}')[0] == 413
    again = made(app)
    assert send(app, path, {})[0] == 404 and send(app, again, {})[0] == 202
    app.ada.post("/providers/harbour/push/remove", {})
    assert send(app, again, {})[0] == 404


def test_what_is_signed_is_checked(tocsin, vendor, receiver):
    app = listening(tocsin, vendor, receiver)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    assert app.ada.post("/providers/harbour/push", {"secret": "nonsense"}).status == 422
    path = made(app, secret)
    body = json.dumps({"event_type": "public_incident.incident_created_v2"})

    def signed(names, at=None, key=secret, text=body):
        at = at or datetime.datetime.now(tz=datetime.timezone.utc)
        signature = Webhook(key).sign("msg_1", at, text)
        return {f"{names}-id": "msg_1", f"{names}-timestamp": str(int(at.timestamp())), f"{names}-signature": signature}

    other = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    old = datetime.datetime.now(tz=datetime.timezone.utc) - datetime.timedelta(minutes=10)
    for wrong in ({}, signed("webhook", key=other), signed("webhook", at=old), signed("webhook", text=body + " ")):
        assert send(app, path, body.encode(), wrong)[0] == 401, wrong
    for names in ("webhook", "svix"):
        assert send(app, path, body.encode(), signed(names))[0] == 202


def test_word_breaks_no_promise_to_wait(tocsin, vendor, receiver):
    app = listening(tocsin, vendor, receiver)
    path = made(app)
    asked = lambda: len(vendor.requests)
    vendor.instead["harbour"] = (429, b"slowly", {"retry-after": "120"})
    before = asked()
    assert send(app, path, STATUSPAGE)[0] == 202
    until(lambda: asked() > before, 10, "the page being asked")
    time.sleep(1)
    refused = asked()
    for _ in range(8):
        assert send(app, path, STATUSPAGE)[0] == 202
        time.sleep(1)
    assert asked() == refused, "its server asked us to wait"


def test_a_burst_of_words_does_not_put_off_the_page(tocsin, vendor, receiver):
    app = listening(tocsin, vendor, receiver)
    path = made(app)
    before = len(vendor.asked("/harbour/api/v2/summary.json"))
    pages.harbour(vendor, pages.trouble("k1", name="Boats are late"))
    for _ in range(30):
        assert send(app, path, STATUSPAGE)[0] == 202
        time.sleep(0.3)
    assert receiver.received("/hook") and 2 <= len(vendor.asked("/harbour/api/v2/summary.json")) - before <= 4
