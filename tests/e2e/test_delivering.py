"""What the outbox does about receivers of every kind of misbehaviour, and what somebody can do about what it gave up."""

import email.utils
import gzip
import json
import threading
import time
import urllib.parse

import pytest

import faults
import pages
from documented import validate
from peers import TOKEN, Clock, free_port, until
from person import welcome
from settings import channel, config, group, hook, monitor, one_hook, provider

OPEN = pages.trouble("k1")
BOMB = gzip.compress(b"0" * (64 << 20))


def slow_headers(handler, _seen):
    """The answer comes in drops."""
    for part in [b"HTTP/1.1 200 OK\r\n", b"content-length: 2\r\n", b"x-slow: yes\r\n", b"\r\nok"]:
        handler.wfile.write(part)
        handler.wfile.flush()
        time.sleep(0.5)


def half_body(handler, _seen):
    handler.send_response(200)
    handler.send_header("content-length", "5000")
    handler.end_headers()
    handler.wfile.write(b"half of it")
    handler.close_connection = True


def busy_until(handler, _seen):
    """It says when to come again by its clock."""
    handler.send_response(429)
    handler.send_header("retry-after", email.utils.formatdate(time.time() + 2, usegmt=True))
    handler.send_header("content-length", "0")
    handler.end_headers()


# Path: what the receiver answers first (afterwards it is fine), and what the first attempt is to be called.
FARM = {
    "fine": (None, "delivered"),
    "fails": ((500, b"oops"), "retry"),
    "resets": (faults.reset, "ambiguous"),
    "busy-delta": ((429, b"", {"retry-after": "2"}), "retry_after"),
    "busy-date": (busy_until, "retry_after"),
    "busy-float": ((429, b"", {"retry-after": "1.5"}), "retry_after"),
    "busy": ((429, b"not now"), "retry"),
    "slow-headers": (slow_headers, "delivered"),
    "half-body": (half_body, "delivered"),
    "redirects": ((302, b"", {"location": "http://127.0.0.1:1/elsewhere"}), "retry"),
    "huge": ((200, b"ha" * (5 << 20)), "delivered"),
    "bomb": ((200, BOMB, {"content-encoding": "gzip"}), "delivered"),
    "refuses": ((422, b"no such field"), "reject_payload"),
    "stops": ((503, b"enough", {"webhook-delivery": "abort-message"}), "reject_payload"),
    "forbids": ((403, b"who are you?"), "endpoint_auth"),
    "lost": ((404, b"nothing here"), "endpoint_gone"),
}


def first_only(receiver, answers):
    """Each path answers so the first time, and 200 from then on."""
    lock = threading.Lock()

    def answering(path, answer):
        done = []

        def respond(handler, seen):
            with lock:
                first = not done
                done.append(1)
            if not first or answer is None:
                return receiver.send(handler, 200, b"ok")
            return answer(handler, seen) if callable(answer) else receiver.send(handler, *answer)

        receiver.always[path] = respond

    for name, answer in answers.items():
        answering(f"/{name}", answer)


def by_channel(app, state=None):
    path = "/deliveries?limit=200" + (f"&state={state}" if state else "")
    return {one["channel"]: one for one in app.api(path)["items"]}


def memory_mb(app):
    status = open(f"/proc/{app.process.pid}/status").read()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def test_a_farm_of_receivers_each_with_its_own_fault(vendor, receiver, tocsin):
    hanging = [f"hangs-{number}" for number in range(20)]
    names = [*FARM, *hanging, "closed"]
    hooks = [hook(name, receiver.url(f"/{name}")) for name in [*FARM, *hanging]]
    pages.harbour(vendor)
    app = tocsin(config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "all"), group("all", *names), *hooks,
        hook("closed", f"http://127.0.0.1:{free_port()}/hook"),
    )).seen()
    first_only(receiver, {name: answer for name, (answer, _) in FARM.items()})
    receiver.hold("/hangs")
    began = time.time()
    pages.harbour(vendor, OPEN)
    until(lambda: receiver.received("/fine"), 10, "the news where all is well")
    attempted = lambda: {name for name, one in by_channel(app).items() if one["attempts"]}
    until(lambda: attempted() >= {*FARM, "closed"}, 15, "one attempt everywhere but where it hangs")
    assert time.time() - began < 20, "nobody waited for those that hang"
    first = {name: one["attempts"][0]["outcome"] for name, one in by_channel(app).items() if one["attempts"]}
    assert {name: first[name] for name in FARM} == {name: outcome for name, (_, outcome) in FARM.items()}
    assert first["closed"] == "retry"
    assert not receiver.received("/elsewhere")
    # Those that recover are told, each once and with the same bytes.
    recovering = {"fails", "resets", "busy-delta", "busy-date", "busy-float"}
    until(lambda: recovering <= set(by_channel(app, "sent")), 25, "the second attempts")
    for name in recovering:
        assert len(set(receiver.attempts(f"/{name}"))) == 1, name
    told = by_channel(app)
    answers = {name: one["attempts"][0]["answer"] for name, one in told.items() if one["attempts"]}
    assert answers["half-body"] == "half of it" and answers["huge"] == "ha" * 512 and len(answers["bomb"]) <= 1024
    assert (told["refuses"]["state"], told["stops"]["state"]) == ("failed", "failed")
    assert told["stops"]["why"] is None or "stop this message" in told["stops"]["why"]
    assert told["busy"]["state"] == "due", "a receiver that does not say when is left alone for longer"
    assert memory_mb(app) < 300
    # News that come while others hang do not wait either, and nothing is lost by a crash.
    pages.harbour(vendor, OPEN, pages.trouble("k2"))
    until(lambda: len(receiver.received("/fine")) == 2, 5, "more news where all is well")
    app.kill()
    receiver.release()
    app.start()
    until(lambda: {*hanging} <= set(by_channel(app, "sent")), 30, "the news where it hung")


def test_one_channel_takes_few_at_once_and_all_in_the_end(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    at_once, most, lock = [0], [0], threading.Lock()

    def counting(handler, _seen):
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.1)
        with lock:
            at_once[0] -= 1
        receiver.send(handler, 200, b"ok")

    receiver.always["/hook"] = counting
    pages.harbour(vendor, *[pages.trouble(f"k{number}") for number in range(40)])
    until(lambda: len(app.deliveries("sent")) == 40, 30, "all of it")
    assert most[0] <= 4
    assert len({ident for ident, _ in receiver.attempts("/hook")}) == len(receiver.attempts("/hook")) == 40


def test_old_news_is_replaced_by_where_it_stands(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:25:00Z")
    pages.harbour(vendor)
    app = tocsin(config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "all"), group("all", "room"),
        channel("slack", "room", url=receiver.url("/services/T1/B1/x")),
    ), clock=clock).seen()
    receiver.always["/services/T1/B1/x"] = (500, b"down")
    pages.harbour(vendor, OPEN)
    until(lambda: [one for one in app.deliveries("due") if one["attempts"]], what="an attempt")
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "identified"]))
    until(lambda: len(app.deliveries("due")) == 2, what="an update behind it")
    receiver.always["/services/T1/B1/x"] = (200, b"ok")
    clock.set("2026-02-21T05:00:00Z")
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "identified"]), pages.trouble("k2"))
    until(lambda: len(app.deliveries("sent")) == 2, 40, "the summary, and other news")
    states = {(one["state"], one["notice"]["type"]) for one in app.api("/deliveries")["items"]}
    assert states == {
        ("dead", "incident.opened"), ("suppressed", "incident.updated"), ("sent", "incident.updated"), ("sent", "incident.opened"),
    }
    [dead], [overtaken] = app.deliveries("dead"), app.deliveries("suppressed")
    assert "within 6 hours" in dead["why"] and "summary" in overtaken["why"]
    assert [one["status"] for one in dead["attempts"]] == [500]
    said = [json.loads(seen["body"])["text"] for seen in receiver.received("/services") if seen["at"] > 0]
    summary = next(text for text in reversed(said) if "k1" in text)
    assert "identified" in summary, "it says where it stands, not how it began"
    page = app.get(f"/deliveries/{dead['id']}", raw=True)
    assert "within 6 hours" in page


def owner_and_two(vendor, receiver, mailbox=None):
    net = {"smtp_url": mailbox.url(), "from": "Tocsin <tocsin@example.com>"} if mailbox else {}
    return config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "desk"), group("desk", "broken", "room", "hook"),
        hook("broken", receiver.url("/broken")), hook("hook", receiver.url("/hook")),
        channel("slack", "room", url=receiver.url("/services/T1/B1/x")), net=net, server={"public_read": True},
    )


def test_somebody_hears_elsewhere_that_a_channel_is_given_up(vendor, receiver, tocsin):
    pages.harbour(vendor)
    receiver.always["/services/T1/B1/x"] = (200, b"ok")
    app = tocsin(owner_and_two(vendor, receiver)).seen()
    receiver.always["/broken"] = (410, b"gone for good")
    pages.harbour(vendor, OPEN)
    told = lambda: [one for one in app.deliveries("sent") if one["notice"]["type"] == "channel.disabled"]
    [news] = until(told, what="word of it")
    assert news["channel"] == "room", "people before programs"
    said = json.loads(receiver.received("/services")[-1]["body"])
    assert "broken" in said["text"] and "gone for good" in json.dumps(said)
    assert len(receiver.received("/broken")) == 1, "never through the broken one"


def test_the_owner_hears_by_mail_and_puts_it_right(vendor, receiver, mailbox, tocsin):
    pages.harbour(vendor)
    receiver.always["/services/T1/B1/x"] = (200, b"ok")
    app = tocsin(owner_and_two(vendor, receiver, mailbox)).seen()
    ada = welcome(app)
    receiver.always["/broken"] = (410, b"gone for good")
    pages.harbour(vendor, OPEN)
    [mail] = until(lambda: mailbox.to("ada@example.com"), what="a mail to the owner")
    assert "broken" in mail["subject"] and "gone for good" in mail.get_body(("plain",)).get_content()
    broken = next(one for one in app.api("/channels", token=TOKEN)["items"] if one["name"] == "broken")
    page = ada.get(f"/channels/{broken['id']}").text
    assert "gone for good" in page and "Enable it again" in page and "1 message since" in page
    receiver.always.pop("/broken")
    enabled = ada.post(f"/channels/{broken['id']}/enable")
    assert enabled.status == 303 and "It is enabled" in ada.get(enabled.to).text
    until(lambda: len(receiver.received("/broken")) == 2, what="where it stands, in place of what it was not told")
    [_, told] = receiver.events("/broken")
    assert (told["type"], told["data"]["again"]) == ("incident.opened", "missed")
    page = ada.get(f"/channels/{broken['id']}").text
    assert "Enable it again" not in page and "1 message since" not in page, "nothing is missed any more"


def test_what_was_missed_since_a_time_is_sent_again(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    receiver.always["/hook"] = (422, b"no such field")
    pages.harbour(vendor, OPEN, pages.trouble("k2"))
    until(lambda: len(app.deliveries("failed")) == 2, what="both refusals")
    ident = app.api("/channels")["items"][0]["id"]
    path = f"/api/v1/channels/{ident}/resend"
    body = lambda since: json.dumps({"since": since}).encode()
    assert app.problem("POST", path, body=body("2026-01-01T00:00:00Z"))[0] == 401
    for wrong in (b"{}", body("yesterday"), b"[]"):
        status, _, text = app.problem("POST", path, token=TOKEN, body=wrong)
        assert status == 400 and "2026-02-20T22:00:00Z" in text
    receiver.always.pop("/hook")
    assert app.call("POST", path, token=TOKEN, body=body("2999-01-01T00:00:00Z")) == {"resent": 0}
    answer = app.call("POST", path, token=TOKEN, body=body("2026-01-01T00:00:00Z"))
    validate(answer, "/channels/{id}/resend", "post", "200")
    assert answer == {"resent": 2}
    until(lambda: len(app.deliveries("sent")) == 2, what="both")
    one = app.deliveries("sent")[0]
    assert [attempt["status"] for attempt in one["attempts"]] == [422, 200]
    # The list narrows by channel and time.
    named = app.api("/deliveries?channel=hook&since=2026-01-01T00:00:00Z")["items"]
    assert named == app.api(f"/deliveries?channel={ident}")["items"] and len(named) == 2
    assert app.api("/deliveries?since=2999-01-01T00:00:00Z")["items"] == []
    assert app.problem("GET", "/api/v1/deliveries?channel=nobody")[0] == 400
    assert "Deliveries to hook" in app.get(f"/deliveries?channel={ident}", raw=True)


def test_a_receiver_that_lets_nobody_in_is_given_up_after_an_hour(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:00:00Z")
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver), clock=clock).seen()
    receiver.always["/hook"] = (403, b"who are you?")
    pages.harbour(vendor, OPEN)
    for count, moment in [(1, "22:37:00"), (2, "23:14:00")]:
        until(lambda: [one for one in app.deliveries("due") if len(one["attempts"]) == count], 40, f"attempt {count}")
        app.restart()
        assert app.api("/channels")["items"][0]["disabled"] is None
        clock.set(f"2026-02-20T{moment}Z")
    [dead] = until(lambda: app.deliveries("dead"), 40, "its end")
    assert [one["status"] for one in dead["attempts"]] == [403, 403, 403] and dead["why"] == "The channel was disabled."
    assert "not let us in" in app.api("/channels")["items"][0]["disabled"]


# Every kind that can be sent to a receiver here, with its secrets.
CANARY = "CANARYcanary00"
SIGNS = {"webhook": f"/canary-webhook?key={CANARY}", "slack": f"/services/T1/B1/{CANARY}", "discord": f"/api/webhooks/1/{CANARY}", "teams": f"/workflows/x?sig={CANARY}"}


def test_no_secret_comes_back_from_receivers_that_echo_everything(vendor, receiver, tocsin):
    def echo(handler, seen):
        lines = [seen["method"], seen["path"], urllib.parse.unquote(seen["path"]), *(f"{name}: {value}" for name, value in seen["headers"].items())]
        receiver.send(handler, 400 if len(receiver.requests) % 2 else 500, "\n".join(lines).encode() + b"\n" + seen["body"])

    pages.harbour(vendor)
    secret = "whsec_" + CANARY + "A" * 30
    channels = [channel(kind, kind, url=receiver.url(path), **({"secret": secret} if kind == "webhook" else {})) for kind, path in SIGNS.items()]
    app = tocsin(config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "all"), group("all", *SIGNS), *channels,
        server={"public_read": True},
    )).seen()
    for path in SIGNS.values():
        receiver.always[path] = echo
    receiver.respond, answered = (lambda handler, seen: echo(handler, seen)), receiver.respond
    pages.harbour(vendor, OPEN)
    until(lambda: len([one for one in app.api("/deliveries")["items"] if one["attempts"]]) == len(SIGNS), what="all attempts")
    for one in app.api("/channels")["items"]:
        app.call("POST", f"/api/v1/channels/{one['id']}/test", token=TOKEN)
    receiver.respond = lambda handler, seen: receiver.send(handler, 410, seen["path"].encode())
    pages.harbour(vendor, OPEN, pages.trouble("k2"))
    until(lambda: len([one for one in app.api("/channels")["items"] if one["disabled"]]) == len(SIGNS), what="all given up")
    everything = json.dumps(receiver.requests, default=str)
    assert CANARY in everything, "they were told"
    paths = ["/api/v1/channels", "/api/v1/deliveries?limit=200", "/api/v1/decisions", "/metrics", "/", "/deliveries", "/channels"]
    shown = [app.get(path, raw=True) for path in paths[:-1]]
    ada = welcome(app)
    shown += [ada.get("/channels").text, *(ada.get(f"/channels/{one['id']}").text for one in app.api("/channels")["items"])]
    shown += [ada.get(f"/deliveries/{one['id']}").text for one in app.api("/deliveries?limit=200")["items"]]
    tested = [ada.post(f"/channels/{one['id']}/test").text for one in app.api("/channels")["items"]]
    for text in (*shown, *tested, app.logged()):
        assert CANARY not in text
    assert any("••••" in text for text in shown), "something was cut"
    stored = b"".join(file.read_bytes() for file in (app.directory / "data").glob("*.db*"))
    assert stored and CANARY.encode() not in stored
    receiver.respond = answered


@pytest.mark.parametrize("kind, path", [("slack", "/services/T1/B1/x"), ("discord", "/api/webhooks/1/x"), ("teams", "/workflows/x?sig=1")])
def test_a_kind_that_cannot_tell_repeats_is_repeated_once(vendor, receiver, tocsin, tmp_path, kind, path):
    clock = Clock(tmp_path, "2026-02-20T22:00:00Z")
    pages.harbour(vendor)
    app = tocsin(config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "all"), group("all", "room"), channel(kind, "room", url=receiver.url(path)),
    ), clock=clock).seen()
    receiver.answers = [faults.reset, faults.reset, faults.reset]
    pages.harbour(vendor, OPEN)
    until(lambda: [one for one in app.deliveries("due") if one["attempts"]], what="the first attempt")
    clock.set("2026-02-20T22:00:10Z")
    [dead] = until(lambda: app.deliveries("dead"), 40, "its end")
    assert [one["outcome"] for one in dead["attempts"]] == ["ambiguous", "ambiguous"]
    assert "perhaps twice" in dead["why"]
