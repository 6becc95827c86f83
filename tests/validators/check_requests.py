"""Webhooks, Slack messages and mails, checked by libraries that know nothing of Tocsin.

REQUESTS names the file of composed requests, one JSON object a line (see README.md).
"""

import base64
import datetime
import email
import email.policy
import email.utils
import json
import os
import pathlib
import smtplib
import socket

import pytest
from aiosmtpd.controller import Controller
from slack_sdk.models.blocks import Block
from standardwebhooks import Webhook, WebhookVerificationError

SECRETS = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]
REQUESTS = [json.loads(line) for line in pathlib.Path(os.environ["REQUESTS"]).read_text("utf-8").splitlines()]
MENTIONS = ["<!channel>", "<!here", "<@", "@everyone", "@here"]


def of(kind):
    return [pytest.param(request, id=request["case"]) for request in REQUESTS if request["kind"] == kind]


def test_every_kind_is_here():
    assert {"webhook", "email", "slack", "discord", "teams"} <= {request["kind"] for request in REQUESTS}


@pytest.mark.parametrize("request_", of("webhook"))
def test_webhook(request_):
    headers = dict(request_["headers"])
    for secret in SECRETS:
        body = Webhook(secret).verify(request_["body"], headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(request_["body"] + " ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"somebody else's key of 32 bytes!").decode()).verify(request_["body"], headers)
    assert len(request_["body"].encode()) <= 20_000
    data = body["data"]
    datetime.datetime.strptime(body["timestamp"], "%Y-%m-%dT%H:%M:%SZ")
    expected = {"provider", "updates", "changes", "also_opened", "monitor", "reason", "links", "sequence"}
    assert expected <= data.keys()
    assert body["type"] in data["changes"]
    subject = {"incident": "incident", "maintenance": "maintenance", "component": "component", "page": "page"}
    family = body["type"].split(".")[0]
    assert [key for key in subject.values() if key in data] == ([subject[family]] if family in subject else [])
    if "incident" in data:
        keys = "id vendor_id title url impact stage state started_at resolved_at first_seen_at imported duration_s"
        assert set(keys.split()) | {"components", "updates"} <= data["incident"].keys()
        times = [update["at"] for update in data["incident"]["updates"]]
        assert times == sorted(times), "oldest first"


@pytest.mark.parametrize("request_", of("slack") + of("slack_bot"))
def test_slack(request_):
    message = json.loads(request_["body"])
    assert 0 < len(message["text"]) <= 4_000
    assert len(message["blocks"]) <= 50
    for block in message["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None, block
        parsed.validate_json()
        assert parsed.to_dict()["type"] == block["type"]
    texts = json.dumps(message, ensure_ascii=False)
    assert not [mention for mention in MENTIONS if mention in texts]


class Inbox:
    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope)
        return "250 2.0.0 Ok: queued as 1"


@pytest.fixture(scope="module")
def server():
    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield controller, inbox
    controller.stop()


@pytest.mark.parametrize("request_", of("email"))
def test_mail(request_, server):
    raw = base64.b64decode(request_["message"])
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    for part in mail.walk():
        assert not part.defects, part.defects
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    title = mail["Subject"].split("] ", 1)[1]
    assert mail["Subject"].startswith("[") and "\n" not in mail["Subject"]
    assert "<!doctype html>" in html.get_content() and "<script" not in html.get_content()
    assert "<img" not in html.get_content(), "a mail asks nobody for anything"
    assert len(plain.get_content().splitlines()[0]) > 20 and title
    check_headers(mail, request_)
    deliver(raw, request_, server)


def check_headers(mail, request_):
    assert email.utils.parseaddr(mail["From"]) == ("Tocsin", request_["from"])
    assert email.utils.parseaddr(mail["To"])[1] == request_["to"]
    assert email.utils.parsedate_to_datetime(mail["Date"]).year == 2026
    assert mail["Message-ID"].startswith("<") and mail["Message-ID"].endswith("@example.com>")
    assert mail["References"] == mail["In-Reply-To"] != mail["Message-ID"] or mail["References"] is None
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].startswith("<https://tocsin.example.com/unsubscribe/")
    assert mail["List-Unsubscribe"].endswith(">") and " " not in mail["List-Unsubscribe"]
    assert mail["Bcc"] is None and mail["Cc"] is None
    assert len(mail.get_all("Subject")) == 1


def deliver(raw, request_, server):
    controller, inbox = server
    with smtplib.SMTP(controller.hostname, controller.port) as client:
        assert client.sendmail(request_["from"], [request_["to"]], raw) == {}
    received = inbox.mails[-1]
    assert received.mail_from == request_["from"] and received.rcpt_tos == [request_["to"]]
    assert received.content.rstrip(b"\r\n") == raw.rstrip(b"\r\n")


def test_one_incident_is_one_thread():
    mails = [request for request in REQUESTS if request["kind"] == "email" and request["case"].startswith("incident-")]
    parsed = [(m["case"], email.message_from_bytes(base64.b64decode(m["message"]), policy=email.policy.default)) for m in mails]
    roots = {mail["References"] or mail["Message-ID"] for _, mail in parsed}
    assert len(roots) == 1
    assert len({mail["Subject"] for _, mail in parsed}) == 1
    firsts = {case for case, mail in parsed if mail["References"] is None}
    assert firsts == {"incident-opened", "incident-escalated", "incident-resolved-unseen"}
