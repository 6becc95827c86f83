"""People without an account: they sign up, prove that the address is theirs, hear, and leave with one click."""

import base64
import html
import json
import re

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from standardwebhooks import Webhook

import pages
from documented import refused, validate
from peers import TOKEN, Clock, Receiver, until
from person import Person, welcome
from settings import config, monitor, provider

ADA = "ada@example.com"
FROM = "Tocsin <tocsin@example.com>"


@pytest.fixture
def start(vendor, mailbox, tocsin):
    """An instance that watches Harbour Cloud, and the people that the block wants."""

    def begin(mail=True, how=None, net=None, **server):
        pages.harbour(vendor)
        net = {**({"smtp_url": mailbox.url(), "from": FROM} if mail else {}), **(net or {})}
        return tocsin(config(provider("harbour", vendor.url("/harbour")), monitor("harbour"), net=net, server=server), **(how or {})).seen()

    return begin


def person(app, **headers):
    """Somebody whose browser says this with every request."""
    return Person(app, **{name.replace("_", "-"): value for name, value in headers.items()})


def ask(app, address=ADA, **headers):
    return person(app, **headers).post("/providers/harbour/subscribe/email", {"email": address})


def links(mailbox, address=ADA, count=1):
    """The paths in the mails that ask for a confirmation."""
    asking = lambda: [mail for mail in mailbox.to(address) if mail["subject"].startswith("Confirm")]
    mails = until(lambda: len(asking()) >= count and asking(), what="a mail with a link")
    return [re.search(r"https?://[^/]+(/subscribe/\S+)", next(mail.iter_parts()).get_content()).group(1) for mail in mails]


def news(mailbox, count, address=ADA):
    told = lambda: [mail for mail in mailbox.to(address) if mail["x-tocsin-event"]]
    return until(lambda: len(told()) >= count and told(), what=f"mail {count}")


def leaving(mail):
    return re.fullmatch(r"<https?://[^/]+(/unsubscribe/\S+)>", mail["list-unsubscribe"]).group(1)


def subscribe(app, mailbox, address=ADA):
    assert ask(app, address).status == 200
    answer = Person(app).post(links(mailbox, address)[-1])
    assert answer.status == 200, answer.text
    return answer


def subscriptions(app):
    return app.api("/subscriptions", token=TOKEN)["items"]


def text(answer):
    """The words of a page's main part."""
    main = answer.text.split("<main", 1)[1].split("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def test_a_mailbox_says_yes_first_and_one_click_ends_it(start, vendor, mailbox):
    app = start()
    assert 'href="/providers/harbour/subscribe"' in Person(app).get("/providers/harbour").text
    answer = ask(app, " Ada@Example.com ")
    assert "If Ada@Example.com may be written to" in text(answer)
    [link] = links(mailbox, "Ada@Example.com")
    asked = Person(app).get(link)
    assert asked.status == 200 and "Nothing has been changed yet" in text(asked)
    assert subscriptions(app) == [], "a scanner that follows the link changes nothing"
    done = Person(app).post(link)
    assert "Mails go to Ada@Example.com from now on" in text(done) and "/unsubscribe/" in done.text
    [one] = subscriptions(app)
    assert (one["provider"], one["kind"], one["address"], one["rests"]) == ("harbour", "email", "Ada@Example.com", None)
    pages.harbour(vendor, pages.trouble("k1"))
    [first] = news(mailbox, 1, "Ada@Example.com")
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"]))
    first, last = news(mailbox, 2, "Ada@Example.com")
    assert [mail["x-tocsin-event"] for mail in (first, last)] == ["incident.opened", "incident.resolved"]
    assert last["in-reply-to"] == first["message-id"] and first["subject"] == last["subject"]
    assert first["list-unsubscribe-post"] is None, "one click in a mail program needs https"
    body = next(first.iter_parts()).get_content()
    assert "You subscribed to news of Harbour Cloud." in body and "Acknowledge" not in body
    incident = app.api("/incidents")["items"][0]["id"]
    decided = app.api(f"/decisions?incident={incident}")["items"]
    assert [(one["group"], one["channel"], one["told"]) for one in decided] == [("subscribers", "subscribers of harbour", True)] * 2
    stop = leaving(last)
    assert "gets news of Harbour Cloud" in text(Person(app).get(stop)) and len(subscriptions(app)) == 1
    for _ in range(2):
        gone = person(app, sec_fetch_site="cross-site").ask("POST", stop, b"List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert gone.status == 200 and "hears no more of Harbour Cloud" in text(gone)
    assert subscriptions(app) == []
    pages.harbour(vendor, pages.trouble("k2"))
    until(lambda: len(app.api("/incidents")["items"]) == 2, what="another incident")
    assert len(news(mailbox, 2, "Ada@Example.com")) == 2 and not app.deliveries("due")


def test_a_link_works_for_two_days_and_only_as_it_was_made(start, tmp_path, mailbox):
    clock = Clock(tmp_path, "2026-02-20T12:00:00Z")
    app = start(how={"clock": clock})
    assert ask(app).status == 200
    [link] = links(mailbox)
    for forged in (link[:-2] + "AA", link + "A", link.split(".")[0], "/subscribe/x.y"):
        answer = Person(app).post(forged)
        assert answer.status == 404 and "does not work" in text(answer)
    clock.set("2026-02-22T12:00:00Z")
    assert Person(app).get(link).status == 200
    clock.set("2026-02-22T12:00:01Z")
    for answer in (Person(app).get(link), Person(app).post(link)):
        assert answer.status == 410 and "too old" in text(answer)
    assert subscriptions(app) == []


def test_nobody_learns_who_subscribes_and_nobody_is_flooded(start, mailbox):
    app = start()
    subscribe(app, mailbox)
    known, unknown = ask(app), ask(app, "eve@example.com")
    assert (known.status, text(known)) == (unknown.status, text(unknown).replace("eve@", "ada@"))
    links(mailbox, count=2)
    for _ in range(6):
        assert text(ask(app)) == text(known)
    links(mailbox, count=5)
    until(lambda: not app.deliveries("due"), what="the end of the mails")
    assert len(links(mailbox)) == 5, "an hour has room for five"
    answers = [ask(app, f"user{number}@example.com") for number in range(30)]
    assert answers[0].status == 200 and answers[-1].status == 429
    assert "Try again in" in text(answers[-1]) and int(answers[-1].headers["retry-after"]) > 0
    other = ask(app, "else@example.com", x_forwarded_for="203.0.113.9")
    assert other.status == 200, "another address has room of its own"


@pytest.mark.parametrize("address", ["", "nobody", "a b@example.com", "Ada <ada@example.com>", "a@b@c", "ada@example.com, eve@example.com", "a@example.com\r\nBcc: eve@example.com"])
def test_what_is_no_address_is_said_beside_the_field(start, address):
    answer = ask(start(), address)
    assert answer.status == 422 and "Type a whole address" in text(answer)


def test_a_mailbox_that_is_gone_ends_its_subscription(start, vendor, mailbox):
    app = start()
    subscribe(app, mailbox)
    mailbox.answers = ["550 5.1.1 User unknown"]
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: subscriptions(app) == [], what="the end of the subscription")
    until(lambda: [one["recipient"] for one in app.deliveries("suppressed")] == [ADA], what="the record of it")


def test_a_mailbox_that_does_not_exist_is_not_asked_twice(start, mailbox):
    app = start()
    mailbox.answers = ["550 5.1.1 User unknown"]
    assert ask(app).status == 200
    until(lambda: app.deliveries("suppressed"), what="the bounce")
    assert ask(app).status == 200
    until(lambda: not app.deliveries("due"), what="nothing under way")
    assert mailbox.attempts == 1


def test_without_a_mail_server_the_page_says_so(start):
    app = start(mail=False)
    page = Person(app).get("/providers/harbour/subscribe")
    assert "net.smtp_url" in text(page) and "/subscribe/webhook" in page.text
    assert ask(app).status == 422


def test_subscribing_is_for_readers_and_can_be_switched_off(start, vendor, mailbox):
    app = start()
    owner = welcome(app)
    stranger = Person(app).get("/providers/harbour/subscribe")
    assert stranger.status == 303 and stranger.to.startswith("/sign-in")
    assert ask(app).to.startswith("/sign-in")
    assert owner.get("/providers/harbour/subscribe").status == 200
    assert owner.post("/providers/harbour/subscribe/email", {"email": ADA}).status == 200
    assert Person(app).post(links(mailbox)[0]).status == 200, "whoever reads the mailbox need not be known"
    assert owner.get("/providers/github/subscribe").status == 404, "nobody here watches it"
    listed = owner.get("/settings/subscribers")
    assert ADA in text(listed) and "Harbour Cloud" in text(listed)
    assert "One subscription." in text(owner.get("/settings"))
    assert Person(app).get("/settings/subscribers").status == 303
    app.stop()
    app.config = app.config.replace("[server]", "[server]\nsubscriptions = false")
    app.start()
    assert owner.get("/providers/harbour/subscribe").status == 404
    assert "Get updates" not in owner.get("/providers/harbour").text
    assert "is off" in subscriptions(app)[0]["rests"]
    until(lambda: app.api("/providers/harbour", token=TOKEN)["health"] == "operational", what="the first reading")
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: app.api("/incidents", token=TOKEN)["items"], what="the incident")
    assert app.api("/decisions", token=TOKEN)["items"] == []
    row = re.search(r'action="(/settings/subscribers/\S+/remove)"', owner.get("/settings/subscribers").text).group(1)
    assert owner.post(row).to == "/settings/subscribers"
    assert subscriptions(app) == []


def test_what_strangers_subscribed_to_rests_while_they_may_not_read(start, vendor, mailbox):
    app = start(public_read=True)
    owner = welcome(app)
    subscribe(app, mailbox)
    assert owner.post("/providers/harbour/subscribe/email", {"email": "known@example.com"}).status == 200
    assert Person(app).post(links(mailbox, "known@example.com")[0]).status == 200
    app.stop()
    app.config = app.config.replace("public_read = true", "public_read = false")
    app.start()
    rests = {one["address"]: one["rests"] for one in subscriptions(app)}
    assert rests["known@example.com"] is None and "strangers may not read" in rests[ADA]
    until(lambda: app.api("/providers/harbour", token=TOKEN)["health"] == "operational", what="the first reading")
    pages.harbour(vendor, pages.trouble("k1"))
    assert len(news(mailbox, 1, "known@example.com")) == 1
    assert not [mail for mail in mailbox.to(ADA) if mail["x-tocsin-event"]]


def test_the_api_lists_and_ends_them(start, mailbox):
    app = start(public_read=True)
    owner = welcome(app)
    subscribe(app, mailbox)
    whole = app.api("/subscriptions?provider=harbour", token=TOKEN)
    validate(whole, "/subscriptions")
    assert app.api("/subscriptions?provider=other", token=TOKEN)["items"] == []
    assert [one["address"] for one in whole["items"]] == [ADA]
    refused(app, "GET", "/api/v1/subscriptions", 401)
    sent = app.api("/deliveries", token=TOKEN)["items"]
    assert [one["recipient"] for one in sent] == [ADA] and app.api("/deliveries")["items"] == [], "strangers see nothing of them"
    for path in (f"/api/v1/deliveries/{sent[0]['id']}", f"/deliveries/{sent[0]['id']}"):
        assert Person(app).get(path).status == 404
    assert "a…@" not in Person(app).get("/deliveries").text and ADA in owner.get("/deliveries").text
    path = f"/api/v1/subscriptions/{whole['items'][0]['id']}"
    refused(app, "DELETE", path, 401)
    assert app.call("DELETE", path, raw=True, token=TOKEN) == ""
    refused(app, "DELETE", path, 404, token=TOKEN)
    assert subscriptions(app) == []


def echo(handler, seen):
    """What an address answers that wants to be told."""
    challenge = json.loads(seen["body"])["data"]["challenge"]
    Receiver.send(handler, 200, {"challenge": challenge})


def hook(app, url, who=None):
    return (who or Person(app)).post("/providers/harbour/subscribe/webhook", {"url": url})


def test_an_address_gives_the_challenge_back_before_it_is_told(start, vendor, receiver):
    app = start()
    assert "not with the challenge" in text(hook(app, receiver.url("/hook")))
    receiver.answers = [echo]
    made = hook(app, receiver.url("/hook"))
    assert made.status == 200, text(made)
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", html.unescape(made.text)).group(0)
    stop = re.search(r'href="(/unsubscribe/[^"]+)"', made.text).group(1)
    asked = json.loads(receiver.received("/hook")[1]["body"])
    assert asked["type"] == "endpoint.verify" and asked["data"]["provider"] == {"slug": "harbour", "name": "Harbour Cloud"}
    assert asked["data"]["unsubscribe"] == app.base() + stop and len(asked["data"]["challenge"]) >= 32
    receiver.answers = [echo]
    again = hook(app, receiver.url("/hook"))
    assert again.status == 422 and "told already" in text(again) and "whsec_" not in again.text
    receiver.requests.clear()
    pages.harbour(vendor, pages.trouble("k1"))
    [told] = until(lambda: receiver.received("/hook"), what="the message")
    event = Webhook(secret).verify(told["body"], told["headers"])
    assert event["type"] == "incident.opened" and event["data"]["reason"] == "You subscribed to news of Harbour Cloud."
    assert [one["address"] for one in subscriptions(app)] == [receiver.url("/hook")]
    shown = text(Person(app).get(stop))
    assert "127.0.0.1 gets news of Harbour Cloud" in shown
    assert Person(app).post(stop).status == 200 and subscriptions(app) == []
    assert Person(app).post(stop).status == 200, "twice is fine"
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"]))
    until(lambda: app.api("/incidents")["items"][0]["state"] == "closed", what="the end")
    assert len(receiver.received("/hook")) == 1


def test_strangers_do_not_reach_our_own_network(start, receiver):
    app = start(public_read=True)
    owner = welcome(app)
    for url in (receiver.url("/hook"), "http://localhost/x", "https://10.1.2.3/x", "https://[::ffff:7f00:1]/x", "http://2130706433/", "https://user@example.com/x"):
        answer = hook(app, url)
        assert answer.status == 422, url
    assert "127.0.0.1" in text(hook(app, receiver.url("/hook"))) and receiver.requests == []
    assert "metadata" in text(hook(app, "https://169.254.169.254/latest/", owner)).lower()
    receiver.always["/hook"] = (500, b"a secret of ours")
    known = hook(app, receiver.url("/hook"), owner)
    assert "status of 5xx" in text(known) and "was 500" in text(known) and "a secret of ours" not in known.text
    receiver.always["/hook"] = echo
    assert hook(app, receiver.url("/hook"), owner).status == 200, "who is known may name what net.allow_private allows"


def test_an_address_that_is_gone_is_told_no_more(start, vendor, receiver):
    app = start()
    receiver.answers = [echo]
    assert hook(app, receiver.url("/hook")).status == 200
    receiver.always["/hook"] = (410, b"gone")
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: subscriptions(app) == [], what="the end of the subscription")


class Browser:
    """The receiving end of a browser: its keys, and its push service on loopback."""

    def __init__(self, receiver, path="/push"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"sixteen bytes .."
        self.receiver, self.path = receiver, path
        point = self.key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        plain = lambda some: base64.urlsafe_b64encode(some).decode().rstrip("=")
        self.subscription = {"endpoint": receiver.url(path), "expirationTime": None, "keys": {"p256dh": plain(point), "auth": plain(self.auth)}}
        receiver.always[path] = (201, b"")

    def subscribe(self, app, who=None, **other):
        body = json.dumps({**self.subscription, **other}).encode()
        return (who or Person(app)).ask("POST", "/providers/harbour/subscribe/push", body, content_type="application/json")

    def messages(self):
        opened = lambda seen: json.loads(http_ece.decrypt(seen["body"], private_key=self.key, auth_secret=self.auth, version="aes128gcm"))
        return [(seen, opened(seen)) for seen in self.receiver.received(self.path)]


def test_a_browser_is_told_and_one_that_has_left_is_forgotten(start, vendor, receiver):
    app = start()
    browser = Browser(receiver)
    page = Person(app).get("/providers/harbour/subscribe").text
    key = re.search(r'data-key="([^"]+)"', page).group(1)
    assert len(base64.urlsafe_b64decode(key + "=")) == 65
    made = browser.subscribe(app)
    assert made.status == 201
    stop = made.json["unsubscribe"]
    assert browser.subscribe(app).json["unsubscribe"] == stop and len(subscriptions(app)) == 1, "it is there once"
    assert "/push" not in subscriptions(app)[0]["address"], "what opens a browser is shown to nobody"
    pages.harbour(vendor, pages.trouble("k1", impact="critical"))
    [(seen, message)] = until(browser.messages, what="the message")
    assert "Harbour Cloud" in message["title"] and message["rings"] is True
    assert message["url"] == f"{app.base()}/incidents/{app.api('/incidents')['items'][0]['id']}"
    assert Vapid02.verify(seen["headers"]["authorization"]) and key in seen["headers"]["authorization"]
    assert "This browser" in text(Person(app).get(stop))
    receiver.always["/push"] = (404, b"unknown")
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"], impact="critical"))
    until(lambda: subscriptions(app) == [], what="the end of the subscription")
    assert browser.subscribe(app).status == 201
    assert person(app, sec_fetch_site="cross-site").post(stop).status == 200, "a link of one that is gone ends nothing else"
    assert len(subscriptions(app)) == 1


def test_a_service_that_refuses_us_does_not_end_what_browsers_wanted(start, vendor, receiver):
    app = start()
    browser = Browser(receiver)
    assert browser.subscribe(app).status == 201
    receiver.always["/push"] = (403, b"bad vapid key")
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: receiver.received("/push"), what="the attempt")
    until(lambda: app.deliveries("due") and app.deliveries("due")[0]["attempts"], what="another try")
    assert len(subscriptions(app)) == 1


def test_what_no_browser_would_say_is_refused(start, receiver):
    app = start(public_read=True)
    owner = welcome(app)
    browser = Browser(receiver)
    wrong = [
        ({"endpoint": "https://evil.example.com/push"}, "push service"), ({"endpoint": "nothing"}, "endpoint"), ({"endpoint": 7}, "endpoint"),
        ({"keys": {}}, "p256dh"), ({"keys": {**browser.subscription["keys"], "auth": "short"}}, "auth"),
    ]
    for other, word in wrong:
        answer = browser.subscribe(app, owner, **other)
        assert answer.status == 422 and word in answer.json["detail"], other
    stranger = browser.subscribe(app)
    assert stranger.status == 422 and "127.0.0.1" in stranger.json["detail"]
    assert Person(app).ask("POST", "/providers/harbour/subscribe/push", b"no json").status == 400
    foreign = person(app, sec_fetch_site="cross-site").ask("POST", "/providers/harbour/subscribe/push", b"{}")
    assert foreign.status == 403, "another site subscribes nobody"


def test_many_hear_by_one_decision_even_after_a_crash(start, vendor, receiver):
    """More than are told in one go: a kill on the way loses nobody and tells nobody twice under another id."""
    app = start()
    receiver.always.update({f"/push/{number}": (201, b"") for number in range(230)})
    people = [Browser(receiver, f"/push/{number}") for number in range(230)]
    for number, browser in enumerate(people):
        assert browser.subscribe(app, person(app, x_forwarded_for=f"203.0.113.{number}")).status == 201
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: receiver.received("/push/"), what="the first message")
    app.kill()
    app.start()
    everybody = {f"/push/{number}" for number in range(230)}
    until(lambda: {seen["path"] for seen in receiver.received("/push/")} == everybody, 40, "a message for each")
    until(lambda: not app.deliveries("due"), what="the rest")
    incident = app.api("/incidents")["items"][0]["id"]
    assert len(app.api(f"/decisions?incident={incident}")["items"]) == 1
    sent = app.api(f"/deliveries?incident={incident}&limit=500")["items"]
    assert len(sent) == 230 and {one["state"] for one in sent} == {"sent"}
    topics = {}
    for seen in receiver.received("/push/"):
        topics.setdefault(seen["path"], set()).add(seen["headers"]["topic"])
    assert all(len(one) == 1 for one in topics.values())
    shown = Person(app).get(f"/incidents/{incident}").text
    assert "subscribers of harbour" not in shown, "whom the team wrote to is not hidden behind hundreds"


def test_who_left_while_a_message_waits_does_not_get_it(start, vendor, receiver):
    app = start()
    receiver.answers = [echo]
    made = hook(app, receiver.url("/hook"))
    stop = re.search(r'href="(/unsubscribe/[^"]+)"', made.text).group(1)
    receiver.always["/hook"] = (503, b"later")
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: any(one["attempts"] for one in app.deliveries("due")), what="a failed attempt")
    assert Person(app).post(stop).status == 200
    [gone] = app.deliveries("suppressed")
    assert gone["why"] == "The subscription has ended."
    refused(app, "POST", f"/api/v1/deliveries/{gone['id']}/resend", 409, token=TOKEN)


def test_a_team_that_mutes_it_silences_nobody_else(start, vendor, mailbox):
    app = start()
    subscribe(app, mailbox)
    app.call("POST", "/api/v1/silences", token=TOKEN, body=json.dumps({"provider": "harbour", "for": "1h"}).encode())
    pages.harbour(vendor, pages.trouble("k1"))
    assert len(news(mailbox, 1)) == 1


VOICE = pages.component("c2", "Voice")


def board(app, name="Build", visibility="public", entries=("harbour",)):
    """Adds a board; its path as it is shared."""
    body = {"name": name, "visibility": visibility, "entries": list(entries)}
    made = app.call("POST", "/api/v1/boards", token=TOKEN, body=json.dumps(body).encode())
    return made["id"], "/boards/" + made["address"].split("/boards/")[1]


def within(path, way):
    """`/boards/x/subscribe/way?key=…` of a board's path."""
    bare, _, key = path.partition("?")
    return f"{bare}/subscribe{way}" + (f"?{key}" if key else "")


def subscribe_to_board(app, mailbox, path, address=ADA, who=None):
    before = len([mail for mail in mailbox.to(address) if mail["subject"].startswith("Confirm")])
    answer = (who or Person(app)).post(within(path, "/email"), {"email": address})
    assert answer.status == 200, answer.text
    link = links(mailbox, address, before + 1)[-1]
    done = Person(app).post(link)
    assert done.status == 200, done.text
    return link


def test_a_board_tells_what_it_shows_and_no_more(start, vendor, mailbox):
    app = start()
    ident, path = board(app, entries=[{"provider": "harbour", "components": ["Voice"]}])
    assert 'href="/boards/build/subscribe"' in Person(app).get(path).text
    assert "/subscribe" not in Person(app).get(path + "?wall").text, "nobody types an address on a wall"
    page = Person(app).get(within(path, ""))
    assert page.status == 200 and "Get updates about the board Build" in text(page) and "calendar" not in text(page)
    subscribe_to_board(app, mailbox, path)
    [one] = subscriptions(app)
    assert (one["board"], one["provider"], one["kind"], one["address"], one["rests"]) == (ident, None, "email", ADA, None)
    validate(app.api(f"/subscriptions?board={ident}", token=TOKEN), "/subscriptions")
    assert len(app.api(f"/subscriptions?board={ident}", token=TOKEN)["items"]) == 1
    assert app.api("/subscriptions?provider=harbour", token=TOKEN)["items"] == []
    refused(app, "GET", f"/api/v1/subscriptions?provider=harbour&board={ident}", 400, token=TOKEN)
    quay = pages.trouble("k1")
    pages.harbour(vendor, quay, components=[pages.QUAY, VOICE])
    until(lambda: len(app.api("/incidents")["items"]) == 1, what="the incident that it does not show")
    pages.harbour(vendor, quay, pages.trouble("k2", component=VOICE), components=[pages.QUAY, VOICE])
    [mail] = news(mailbox, 1)
    assert "Trouble k2" in mail["subject"]
    assert "You subscribed to the board Build." in next(mail.iter_parts()).get_content()
    shown = next(one for one in app.api("/incidents")["items"] if one["vendor_id"] == "k2")
    [decided] = app.api(f"/decisions?incident={shown['id']}")["items"]
    assert (decided["group"], decided["channel"], decided["told"]) == ("subscribers", "subscribers of the board Build", True)
    stop = leaving(mail)
    assert "gets news of the board Build" in text(Person(app).get(stop))
    app.call("PATCH", f"/api/v1/boards/{ident}", token=TOKEN, body=json.dumps({"slug": "ship", "name": "Ship"}).encode())
    assert subscriptions(app)[0]["rests"] is None, "another name is no other board"
    assert "hears no more of the board Ship" in text(Person(app).post(stop)) and subscriptions(app) == []


def test_who_subscribed_to_a_vendor_and_to_boards_that_show_it_hears_once(start, vendor, mailbox, receiver):
    app = start()
    subscribe(app, mailbox)
    for name in ("Build", "Ship"):
        _, path = board(app, name)
        subscribe_to_board(app, mailbox, path)
        subscribe_to_board(app, mailbox, path, "eve@example.com")
    receiver.answers = [echo]
    hooked = Person(app).post(within(path, "/webhook"), {"url": receiver.url("/hook")})
    assert hooked.status == 200, text(hooked)
    asked = json.loads(receiver.received("/hook")[0]["body"])["data"]
    assert asked["board"] == {"slug": "ship", "name": "Ship"} and "provider" not in asked
    assert len(subscriptions(app)) == 6
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: len(receiver.received("/hook")) == 2, what="the message")
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"]))
    until(lambda: len(receiver.received("/hook")) == 3, what="the end")
    for address, reason in ((ADA, "You subscribed to news of Harbour Cloud."), ("eve@example.com", "You subscribed to the board")):
        told = news(mailbox, 2, address)
        until(lambda: not app.deliveries("due"), what="nothing under way")
        told = news(mailbox, 2, address)
        assert [mail["x-tocsin-event"] for mail in told] == ["incident.opened", "incident.resolved"]
        assert told[1]["in-reply-to"] == told[0]["message-id"]
        assert all(reason in next(mail.iter_parts()).get_content() for mail in told)
    incident = app.api("/incidents")["items"][0]["id"]
    decided = {one["channel"] for one in app.api(f"/decisions?incident={incident}")["items"]}
    assert decided == {"subscribers of harbour", "subscribers of the board Build", "subscribers of the board Ship"}


def test_a_guest_hears_while_the_link_opens_the_board(start, vendor, mailbox):
    app = start()
    owner = welcome(app)
    ident, path = board(app, visibility="link")
    rests = lambda: {one["address"]: one["rests"] for one in subscriptions(app)}
    for closed in ("/boards/build", path[:-1] + ("A" if path[-1] != "A" else "B")):
        assert Person(app).get(within(closed, "")).status in (303, 404)
        assert Person(app).post(within(closed, "/email"), {"email": ADA}).status in (303, 404)
        assert Person(app).ask("POST", within(closed, "/push"), b"{}", content_type="application/json").status == 404
    page = Person(app).get(within(path, ""))
    assert page.status == 200 and "key=" in re.search(r'action="([^"]+/email[^"]*)"', page.text).group(1)
    assert "/monitors" not in page.text and "noindex" in page.text, "a guest is offered nothing else"
    old = subscribe_to_board(app, mailbox, path)
    subscribe_to_board(app, mailbox, "/boards/build", "known@example.com", owner)
    assert rests() == {ADA: None, "known@example.com": None}
    pages.harbour(vendor, pages.trouble("k1"))
    [mail], [known] = news(mailbox, 1), news(mailbox, 1, "known@example.com")
    body = next(mail.iter_parts()).get_content()
    assert app.base() + path in body and "/incidents/" not in body.replace("status.example.com/incidents/", ""), "it leads to what they may open"
    assert f"{app.base()}/incidents/" in next(known.iter_parts()).get_content()
    assert owner.post("/boards/build/renew").status == 303
    assert "may not look" in rests()[ADA] and rests()["known@example.com"] is None
    assert Person(app).post(old).status == 404, "the link in the mail opens no more than the board's"
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "identified"]))
    news(mailbox, 2, "known@example.com")
    [row] = [one for one in owner.send("GET", "/boards").json["items"] if one["id"] == ident]
    subscribe_to_board(app, mailbox, "/boards/" + row["address"].split("/boards/")[1])
    assert rests()[ADA] is None and len(subscriptions(app)) == 2
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "identified", "resolved"]))
    assert [mail["x-tocsin-event"] for mail in news(mailbox, 2)] == ["incident.opened", "incident.resolved"]
    owner.send("PATCH", f"/boards/{ident}", {"visibility": "private"})
    assert "may not look" in rests()[ADA] and rests()["known@example.com"] is None
    listed = text(owner.get("/settings/subscribers"))
    assert "2 subscriptions to news of 1 board." in listed and "may not look at the board" in listed
    owner.send("DELETE", f"/boards/{ident}")
    assert set(rests().values()) == {"Rests: the board was deleted."}
    assert "a board that was deleted" in text(owner.get("/settings/subscribers"))
    assert "hears no more of a board that was deleted" in text(Person(app).post(leaving(known)))
    owner.send("POST", f"/boards/{ident}/restore")
    assert list(rests()) == [ADA]


def test_what_stands_behind_a_login_is_not_told_to_guests(vendor, mailbox, tocsin):
    pages.harbour(vendor)
    net = {"smtp_url": mailbox.url(), "from": FROM}
    app = tocsin(config(provider("harbour", vendor.url("/harbour"), headers=["x-key: open sesame"]), monitor("harbour"), net=net))
    owner = welcome(app)
    _, path = board(app, visibility="link")
    subscribe_to_board(app, mailbox, path)
    subscribe_to_board(app, mailbox, "/boards/build", "known@example.com", owner)
    until(lambda: owner.send("GET", "/providers/harbour").json["health"] == "operational", what="the first reading")
    pages.harbour(vendor, pages.trouble("k1"))
    news(mailbox, 1, "known@example.com")
    until(lambda: app.api("/deliveries?state=due", token=TOKEN)["items"] == [], what="nothing under way")
    assert not [mail for mail in mailbox.to(ADA) if mail["x-tocsin-event"]]


def test_on_postgresql_it_is_the_same(vendor, mailbox, receiver, tocsin, postgres):
    pages.harbour(vendor)
    net = {"smtp_url": mailbox.url(), "from": FROM}
    app = tocsin(config(provider("harbour", vendor.url("/harbour")), monitor("harbour"), net=net, database={"url": postgres.database()})).seen()
    subscribe(app, mailbox)
    _, path = board(app)
    subscribe_to_board(app, mailbox, path)
    [first] = [one for one in subscriptions(app) if one["board"]]
    assert app.call("DELETE", f"/api/v1/subscriptions/{first['id']}", raw=True, token=TOKEN) == ""
    subscribe_to_board(app, mailbox, path)
    receiver.answers = [echo]
    assert hook(app, receiver.url("/hook")).status == 200
    assert Browser(receiver).subscribe(app).status == 201
    assert len(subscriptions(app)) == 4
    page = app.api("/subscriptions?limit=2", token=TOKEN)
    rest = app.api(f"/subscriptions?limit=2&cursor={page['next_cursor']}", token=TOKEN)
    assert sorted(one["kind"] for one in page["items"] + rest["items"]) == ["email", "email", "web_push", "webhook"]
    app.restart()
    pages.harbour(vendor, pages.trouble("k1"))
    [mail] = news(mailbox, 1)
    until(lambda: len(receiver.received("/hook")) == 2 and receiver.received("/push"), what="a message each")
    assert Person(app).post(leaving(mail)).status == 200
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"]))
    until(lambda: len(receiver.received("/hook")) == 3 and len(receiver.received("/push")) == 2, what="the end")
    until(lambda: not app.deliveries("due"), what="nothing under way")
    told = [mail["x-tocsin-event"] for mail in news(mailbox, 2)]
    assert told == ["incident.opened", "incident.resolved"] and len(subscriptions(app)) == 3, "the board tells the rest"
