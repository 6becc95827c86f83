"""Mails: their parts and headers, a server that is busy, one click that ends them, times as the team reads them."""

import re
import urllib.request

import pytest

import pages
from peers import TOKEN, until
from settings import channel, config, group, monitor, provider

OPEN = pages.trouble("k1")
ADDRESSES = ["oncall@example.com", "boss@example.com"]


@pytest.fixture
def app(vendor, mailbox, tocsin):
    pages.harbour(vendor)
    return tocsin(config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "desk"), group("desk", "mail"),
        channel("email", "mail", to=ADDRESSES),
        net={"smtp_url": mailbox.url(), "from": "Tocsin <tocsin@example.com>"},
        server={"time_zone": "America/New_York"},
    )).seen()


def mails(mailbox, count=1, to=ADDRESSES[0]):
    return until(lambda: len(mailbox.to(to)) >= count and mailbox.to(to), what=f"mail {count}")


def one_click(mail):
    return re.fullmatch(r"<(http://\S+)>", mail["list-unsubscribe"]).group(1)


def ask(url, body=None, method=None):
    with urllib.request.urlopen(urllib.request.Request(url, data=body, method=method), timeout=10) as answer:
        return answer.read().decode()


def test_a_mail_is_complete_as_text_and_as_html(vendor, mailbox, app):
    pages.harbour(vendor, OPEN)
    mail = mails(mailbox)[0]
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    incident = app.api("/incidents")["items"][0]
    for part in (text.get_content(), html.get_content()):
        assert all(fact in part for fact in ("Trouble k1", "Harbour Cloud", "investigating k1", "Quay API", "Minor"))
        assert f"{app.base()}/incidents/{incident['id']}" in part
    assert "<script" not in html.get_content() and "<img" not in html.get_content()


def test_a_mail_says_who_writes_and_that_nobody_should_answer(vendor, mailbox, app):
    pages.harbour(vendor, OPEN)
    envelope, mail = until(lambda: mailbox.mails, what="a mail")[0]
    assert envelope.mail_from == "tocsin@example.com"
    assert mail["from"] == "Tocsin <tocsin@example.com>"
    assert re.fullmatch(r"<[^<>@\s]+@example\.com>", mail["message-id"])
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["list-unsubscribe"] and mail["list-unsubscribe-post"] is None, "one click is for https addresses only"
    assert mail["date"] and mail["list-id"]


def test_each_recipient_gets_a_mail_of_their_own(vendor, mailbox, app):
    pages.harbour(vendor, OPEN)
    both = [mails(mailbox, to=to)[0] for to in ADDRESSES]
    assert [mail["to"] for mail in both] == ADDRESSES
    assert one_click(both[0]) != one_click(both[1])


def test_later_mails_answer_the_first(vendor, mailbox, app):
    pages.harbour(vendor, OPEN)
    mails(mailbox)
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"]))
    first, second = mails(mailbox, 2)
    assert second["references"] == second["in-reply-to"] == first["message-id"] != second["message-id"]
    assert second["subject"] == first["subject"]


def test_times_are_told_in_the_teams_zone_and_in_utc(vendor, mailbox, app):
    pages.harbour(vendor, pages.trouble("k1", at="2026-02-20T22:21:00Z"))
    text = mails(mailbox)[0].get_body(("plain",)).get_content()
    assert re.search(r"17:21|5:21", text) and "22:21" in text and "UTC" in text


def test_a_busy_server_gets_the_same_mail_again(vendor, mailbox, app):
    mailbox.answers = ["451 4.3.0 Come again later"] * 2
    pages.harbour(vendor, OPEN)
    [first], [second] = mails(mailbox), mails(mailbox, to=ADDRESSES[1])
    assert mailbox.attempts == 4
    assert first["message-id"] and second["message-id"]
    delivery = until(lambda: len(app.deliveries("sent")) == 2 and app.deliveries("sent"), what="both settled")[0]
    assert [(one["outcome"], one["status"]) for one in delivery["attempts"]] == [("retry", 451), ("delivered", 250)]
    assert delivery["attempts"][0]["answer"].startswith("4.3.0 Come again later")


def test_a_refused_recipient_is_that_mails_end_only(vendor, mailbox, app):
    mailbox.answers = ["550 5.1.1 No such user"]
    pages.harbour(vendor, OPEN)
    [refused] = until(lambda: app.deliveries("sent") and app.deliveries("suppressed"), what="both ends")
    assert (refused["attempts"][0]["outcome"], refused["attempts"][0]["status"]) == ("recipient_gone", 550)
    assert mailbox.attempts == 2
    assert app.api("/channels")["items"][0]["disabled"] is None


def test_one_click_ends_the_mails_and_only_one(vendor, mailbox, app):
    pages.harbour(vendor, OPEN)
    url = one_click(mails(mailbox)[0])
    mails(mailbox, to=ADDRESSES[1])
    page = ask(url)
    assert 'method="post"' in page.lower() and ADDRESSES[0] in page, "a GET only asks"
    ask(url, b"List-Unsubscribe=One-Click")
    app.restart()
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "identified"]))
    mails(mailbox, 2, ADDRESSES[1])
    [silent] = until(lambda: app.deliveries("suppressed"), what="the mail that was not sent")
    assert (silent["recipient"], silent["attempts"]) == (ADDRESSES[0], [])
    assert len(mailbox.to(ADDRESSES[0])) == 1
    assert app.problem("POST", f"/api/v1/deliveries/{silent['id']}/resend", token=TOKEN)[0] == 409


def test_looking_at_the_link_changes_nothing(vendor, mailbox, app):
    pages.harbour(vendor, OPEN)
    url = one_click(mails(mailbox)[0])
    for _ in range(3):
        ask(url)
    ask(url, method="HEAD")
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "identified"]))
    assert len(mails(mailbox, 2)) == 2


def test_a_forged_link_ends_nothing(vendor, mailbox, app):
    pages.harbour(vendor, OPEN)
    url = one_click(mails(mailbox)[0])
    forged = url[:-2] + ("AA" if not url.endswith("AA") else "BB")
    assert app.problem("POST", forged.removeprefix(app.base()), body=b"List-Unsubscribe=One-Click")[0] == 404
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "identified"]))
    assert len(mails(mailbox, 2)) == 2
