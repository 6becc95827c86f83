"""A vendor's words are quoted, never obeyed: no markup of theirs runs, no mention of theirs rings."""

import json

import pytest

import pages
from conftest import closing, instances
from mailserver import Mailbox
from peers import Receiver, Vendor, until
from settings import channel, config, group, hook, monitor, provider

TITLE = "Calls <img src=x onerror=alert(1)> <!channel> @everyone\r\nBcc: all@example.com"
BODY = (
    "[click](javascript:alert(3)) <a href=\"javascript:alert(4)\">here</a>\n\n<script>alert(2)</script>\n\n"
    "<!channel> <@U012345> @everyone @here <users/all>\n\n"
    "![pixel](https://tracker.example.com/p.gif) <iframe src=https://evil.example.com></iframe> {{7*7}}\n\n"
    "A fine [link](https://status.example.com/more)."
)
HARM = ["<img src=x", "<script>alert", '="javascript:', "<iframe", 'src="https://tracker.example.com', "onerror=alert(1)>"]
NAME = "Quay\"><script>alert(5)</script>"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    with closing(Vendor(), Receiver(), Mailbox()) as (vendor, receiver, mailbox), instances(tmp_path_factory.mktemp("hostile")) as start:
        part = pages.component("c1", NAME)
        pages.harbour(vendor, components=[part])
        chats = [channel(kind, kind, url=receiver.url(f"/{kind}")) for kind in ("slack", "discord", "teams")]
        app = start(config(
            provider("harbour", vendor.url("/harbour")), monitor("harbour", "desk"), group("desk", "hook", "mail", "slack", "discord", "teams"),
            hook("hook", receiver.url("/hook")), channel("email", "mail", to=["oncall@example.com"]), *chats, net={"smtp_url": mailbox.url()},
        )).seen()
        trouble = pages.incident("k1", TITLE, "minor", [pages.update("u1", "investigating", "2026-02-20T22:21:00.000Z", BODY)], [part])
        pages.harbour(vendor, {**trouble, "shortlink": "javascript:alert(6)"}, components=[part])
        until(lambda: len(app.deliveries("sent")) == 5, what="all news")
        yield app, receiver, mailbox


@pytest.mark.parametrize("path", ["/", "/providers/harbour", "/incidents/{id}"])
def test_no_markup_of_theirs_reaches_a_page(told, path):
    app, *_ = told
    page = app.get(path.format(id=app.api("/incidents")["items"][0]["id"]), raw=True).lower()
    for harm in HARM:
        assert harm not in page, harm
    assert "calls" in page


def test_a_fine_link_of_theirs_stays_a_link(told):
    app, *_ = told
    [update] = app.api("/incidents")["items"][0]["updates"]
    assert 'href="https://status.example.com/more"' in update["html"]
    assert update["body"] == BODY, "the words are kept as they came"
    assert not any(harm in update["html"] for harm in HARM)


def test_pages_allow_nothing_but_our_own(told):
    app, *_ = told
    policy = app.answer("/")["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert app.answer("/")["x-content-type-options"] == "nosniff"


def test_nobody_is_rung_by_their_mentions(told):
    _, receiver, _ = told
    slack, discord, teams = (json.loads(receiver.received(f"/{kind}")[0]["body"]) for kind in ("slack", "discord", "teams"))
    assert "<!channel>" not in json.dumps(slack) and "<@U012345>" not in json.dumps(slack)
    assert discord["allowed_mentions"] == {"parse": []}
    assert "<at>" not in json.dumps(teams)


def test_a_title_cannot_add_a_header(told):
    *_, mailbox = told
    [mail] = mailbox.to("oncall@example.com")
    assert mail["bcc"] is None and "\n" not in mail["subject"] and "Bcc: all@example.com" in mail["subject"]
    html = mail.get_body(("html",)).get_content()
    assert not any(harm in html for harm in HARM)


def test_a_webhook_has_the_words_as_they_came(told):
    _, receiver, _ = told
    [event] = receiver.events("/hook")
    assert event["data"]["updates"][0]["body"] == BODY


def test_an_address_of_theirs_that_is_no_page_is_left_out(told):
    app, receiver, _ = told
    [event] = receiver.events("/hook")
    assert event["data"]["incident"]["url"] is event["data"]["links"]["vendor"] is None and app.api("/incidents")["items"][0]["url"] is None
