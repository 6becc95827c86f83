"""Signing in: one link, one owner; sessions, tokens, and everybody who should not come in."""

import re

import pytest

import pages

from documented import validate
from peers import TOKEN, Clock
from person import PASSWORD, Person, link, welcome
from settings import config, hook, one_hook



@pytest.fixture
def app(tocsin):
    return tocsin(config(hook("hook", "http://127.0.0.1:9/hook")))


@pytest.fixture
def ada(app):
    return welcome(app)


def stored(app):
    """Every byte that is on the disk."""
    return b"".join(file.read_bytes() for file in (app.directory / "data").glob("tocsin.db*"))


def test_the_printed_link_makes_the_owner_and_works_once(app):
    assert app.api("/monitors") == {"items": [], "next_cursor": None}, "open on loopback until there is an owner"
    first = link(app)
    looked = Person(app).get(first)
    assert looked.status == 200 and 'name="password"' in looked.text
    assert Person(app).get(first).status == 200, "a look uses nothing up"
    ada = welcome(app)
    assert ada.is_signed_in() and ">Ada</span>" in ada.get("/").text
    assert Person(app).get(first).status == 404
    again = Person(app).post("/welcome", {"token": first.split("=")[1], "email": "eve@example.com", "name": "Eve", "password": PASSWORD})
    assert again.status == 404 and "owner already" in again.text
    assert app.problem("GET", "/api/v1/monitors")[0] == 401, "loopback is open no more"


def test_each_start_prints_a_new_link_until_there_is_an_owner(app):
    first = link(app)
    app.restart()
    second = link(app)
    assert second != first
    assert Person(app).get(first).status == 404 and Person(app).get(second).status == 200
    welcome(app)
    printed = app.logged().count("/welcome?token=")
    app.restart()
    assert app.logged().count("/welcome?token=") == printed
    assert Person(app).sign_in().status == 303, "the owner is still there"


def test_a_link_lasts_a_day(tmp_path, tocsin):
    clock = Clock(tmp_path, "2026-02-20T22:00:00Z")
    app = tocsin(config(), clock=clock)
    clock.set("2026-02-21T21:59:00Z")
    assert Person(app).get(link(app)).status == 200
    clock.set("2026-02-21T22:01:00Z")
    assert Person(app).get(link(app)).status == 404


@pytest.mark.parametrize("fields, hint", [
    ({"email": "ada"}, "not an e-mail address"), ({"password": "short"}, "at least 10 characters"), ({"name": ""}, "This is needed"),
    ({"password": "ada@example.com"}, "is no password"), ({"password": "aaaaaaaaaaaa"}, "is no password"),
])
def test_what_does_not_fit_is_said_and_the_rest_is_kept(app, fields, hint):
    token = link(app).split("=")[1]
    typed = {"token": token, "email": "ada@example.com", "name": "Ada <b>", "password": PASSWORD, **fields}
    answer = Person(app).post("/welcome", typed)
    assert answer.status == 422 and hint in answer.text
    assert f'value="{typed["email"]}"' in answer.text and PASSWORD not in answer.text
    assert Person(app).get(link(app)).status == 200, "nothing was used up"


def test_no_secret_lies_in_the_store(app):
    token = link(app).split("=")[1]
    ada = welcome(app)
    made = re.search(r"tocsin_[\w-]{43}", ada.post("/settings/tokens", {"token": "gate"}).text)[0]
    [session] = ada.jar.values()
    app.stop()
    kept = stored(app)
    for secret in (token, session, made, PASSWORD):
        assert secret.encode() not in kept
    assert b"$argon2id$" in kept
    app.start()


def test_cookies_are_out_of_reach_and_change_at_each_sign_in(app, ada):
    before = dict(ada.jar)
    [line] = ada.sign_in().cookies
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(line.split("; ")) and "Secure" not in line
    assert ada.jar != before
    stale = Person(app)
    stale.jar = before
    assert not stale.is_signed_in(), "the session before it has ended"


def test_with_https_cookies_and_headers_say_so(tocsin):
    app = tocsin(config(server={"base_url": "https://tocsin.example.com"}))
    token = link(app).split("=")[1]
    answer = Person(app).post("/welcome", {"token": token, "email": "a@example.com", "name": "A", "password": PASSWORD})
    assert answer.cookies[0].startswith("__Host-tocsin=") and "; Secure" in answer.cookies[0]
    assert "max-age" in answer.headers["strict-transport-security"]


def test_headers_of_every_answer(app, ada):
    for path in ("/", "/sign-in", "/api/v1/monitors", "/nowhere", "/static/tocsin.css", "/healthz"):
        headers = ada.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
        assert "unsafe" not in policy and "data:" not in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin" and "microphone=()" in headers["permissions-policy"]
        assert "strict-transport-security" not in headers
    for path in ("/", "/settings", "/api/v1/monitors"):
        assert ada.get(path).headers["cache-control"] == "private, no-store"
    assert "immutable" in ada.get("/static/tocsin.css?v=1").headers["cache-control"] or "no-cache" in ada.get("/static/tocsin.css?v=1").headers["cache-control"]


def test_strangers_are_sent_to_sign_in_and_come_back(app, ada):
    stranger = Person(app)
    for path in ("/", "/providers?q=a%20b", "/monitors", "/settings", "/channels/new?kind=slack"):
        answer = stranger.get(path)
        assert answer.status == 303 and answer.to.startswith("/sign-in?next=")
    signing = stranger.get(answer.to)
    assert 'name="next" value="/channels/new?kind=slack"' in signing.text
    assert stranger.sign_in(next="/channels/new?kind=slack").to == "/channels/new?kind=slack"
    assert stranger.get("/sign-in?next=/groups").to == "/groups", "whoever is signed in goes on at once"
    validate(Person(app).send("GET", "/monitors").json, "/monitors", status="401")
    answer = Person(app).post("/monitors/new", {"provider": "github"})
    assert answer.status == 303 and answer.to == "/sign-in?next=%2Fmonitors", "what was sent is gone, its page is not"


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "\\\\evil.example", "/\t/evil.example", "http:evil.example"])
def test_signing_in_leads_to_no_other_site(app, ada, next):
    assert Person(app).sign_in(next=next).to == "/"
    shown = Person(app).ask("GET", "/sign-in?" + __import__("urllib.parse").parse.urlencode({"next": next})).text
    assert 'name="next" value="/"' in shown


def test_unknown_accounts_and_wrong_passwords_get_the_same_answer(app, ada):
    wrong = Person(app).sign_in(password="correct horse batterz")
    unknown = Person(app).sign_in(email="eve@example.com")
    assert (wrong.status, unknown.status) == (422, 422)
    strip = lambda answer: answer.text.replace("ada@example.com", "X").replace("eve@example.com", "X")
    assert strip(wrong) == strip(unknown)
    assert "do not belong together" in wrong.text and not wrong.cookies
    assert Person(app).sign_in(email=" ADA@example.com ").status == 303


def test_attempts_are_throttled_by_account(app, ada):
    for _ in range(8):
        assert Person(app, x_forwarded_for=None).sign_in(password="wrong wrong wrong").status == 422
    answer = Person(app).sign_in()
    assert answer.status == 429 and "Try again in 15 minutes" in answer.text
    assert 800 < int(answer.headers["retry-after"]) <= 900
    assert Person(app).sign_in(email="eve@example.com").status == 422, "others may still try"
    assert ada.is_signed_in(), "whoever is in stays in"


def test_attempts_are_throttled_by_address_too(app, ada):
    proxied = Person(app, **{"x-forwarded-for": "203.0.113.7, 198.51.100.4"})
    statuses = [proxied.sign_in(email=f"{number}@example.com").status for number in range(31)]
    assert statuses == [422] * 30 + [429]
    assert Person(app, **{"x-forwarded-for": "198.51.100.5"}).sign_in().status == 303, "another address behind the proxy"


def test_signing_out_ends_the_session_and_not_only_the_cookie(app, ada):
    kept = dict(ada.jar)
    answer = ada.post("/sign-out")
    assert answer.to == "/sign-in" and ada.jar == {}
    ada.jar = kept
    assert not ada.is_signed_in()


def test_a_new_password_signs_every_other_browser_out(app, ada):
    other = Person(app)
    other.sign_in()
    assert "2 browsers are signed in" in ada.get("/settings").text
    assert ada.post("/settings/password", {"old": "wrong wrong wrong", "new": "another good one"}).status == 422
    weak = ada.post("/settings/password", {"old": PASSWORD, "new": "short"})
    assert weak.status == 422 and other.is_signed_in()
    done = ada.post("/settings/password", {"old": PASSWORD, "new": "another good one"})
    assert done.status == 200 and "Your password is changed" in done.text
    assert ada.is_signed_in() and not other.is_signed_in()
    assert Person(app).sign_in().status == 422 and Person(app).sign_in(password="another good one").status == 303


def test_signing_out_everywhere_means_here_too(app, ada):
    other = Person(app)
    other.sign_in()
    assert ada.post("/settings/sign-out-everywhere").to == "/sign-in"
    assert not ada.is_signed_in() and not other.is_signed_in()


def test_the_account_can_be_changed_with_its_password_only(app, ada):
    fields = {"name": "Ada L.", "email": "ADA@example.org", "current": "wrong wrong wrong"}
    refused = ada.post("/settings/account", fields)
    assert refused.status == 422 and "not your password" in refused.text and "Ada L." in refused.text
    assert ada.post("/settings/account", {**fields, "current": PASSWORD}).status == 200
    assert Person(app).sign_in().status == 422 and Person(app).sign_in(email="ada@example.org").status == 303


def test_sessions_last_while_they_are_used(tmp_path, tocsin):
    clock = Clock(tmp_path, "2026-02-01T00:00:00Z")
    ada = welcome(tocsin(config(), clock=clock))
    [first] = ada.jar.values()
    clock.set("2026-02-01T00:30:00Z")
    assert not ada.get("/settings").cookies, "not moved at every look"
    clock.set("2026-02-14T00:00:00Z")
    assert "Max-Age=1209600" in ada.get("/settings").cookies[0]
    assert list(ada.jar.values()) == [first]
    clock.set("2026-02-27T00:00:00Z")
    assert ada.is_signed_in(), "four weeks after it began"
    clock.set("2026-03-14T00:00:00Z")
    assert not ada.is_signed_in(), "a fortnight after it was used"


def test_tokens_are_shown_once_named_and_revoked(app, ada):
    answer = ada.post("/settings/tokens", {"token": "deploy gate"})
    token = re.search(r"tocsin_[\w-]{43}", answer.text)[0]
    page = ada.get("/settings").text
    assert token not in page and "deploy gate" in page and "never used" in page
    assert app.api("/monitors", token=token)["items"] == []
    assert app.call("POST", "/api/v1/groups", token=token, body=b'{"name": "night"}')["name"] == "night"
    assert "never used" not in ada.get("/settings").text
    assert app.problem("GET", "/api/v1/monitors", token=token + "x")[0] == 401
    [id] = re.findall(r"/settings/tokens/([\w-]+)/revoke", ada.get("/settings").text)
    assert ada.post(f"/settings/tokens/{id}/revoke").status == 303
    assert app.problem("GET", "/api/v1/monitors", token=token)[0] == 401
    assert ada.post("/settings/tokens", {"token": ""}).status == 422


def test_the_admin_token_works_beside_all_this(app, ada):
    assert app.api("/monitors", token=TOKEN)["items"] == []
    assert app.call("POST", "/api/v1/groups", token=TOKEN, body=b'{"name": "night"}')["name"] == "night"


@pytest.mark.parametrize("headers", [
    {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"sec-fetch-site": None, "origin": "https://evil.example"},
    {"sec-fetch-site": None, "origin": "null"}, {"sec-fetch-site": None}, {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
])
def test_other_sites_change_nothing(app, ada, headers):
    evil = Person(app, **headers)
    evil.jar = dict(ada.jar)
    answer = evil.send("POST", "/groups", {"name": "night"})
    assert answer.status == 403 and "another site" in answer.json["detail"]
    validate(answer.json, "/groups", "post", "403")
    assert evil.post("/groups/new", {"name": "night"}).status == 403
    assert evil.post("/sign-out").status == 403 and ada.is_signed_in()
    assert [one["name"] for one in app.api("/groups", token=TOKEN)["items"]] == []


def test_nobody_is_signed_in_by_another_site(app, ada):
    evil = Person(app, **{"sec-fetch-site": "cross-site"})
    assert evil.sign_in().status == 403 and not evil.jar


def test_our_own_pages_change_things_by_either_header(app, ada):
    named = Person(app, **{"sec-fetch-site": None, "origin": app.base()})
    named.jar = dict(ada.jar)
    assert named.send("POST", "/groups", {"name": "by origin"}).status == 201
    assert ada.send("POST", "/groups", {"name": "by fetch"}).status == 201


def test_public_reading_opens_pages_to_read_and_nothing_else(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver, server={"public_read": True}), host="0.0.0.0").seen()
    ada = welcome(app)
    stranger = Person(app)
    for path in ("/", "/providers", "/providers/harbour"):
        answer = stranger.get(path)
        assert answer.status == 200 and "Sign in" in answer.text and "/settings" not in answer.text
        assert "no-store" not in answer.headers["cache-control"]
    assert stranger.send("GET", "/incidents").status == 200
    assert stranger.send("POST", "/groups", {"name": "x"}, sec_fetch_site="none").status == 401
    for path in ("/monitors", "/groups", "/channels", "/settings", "/monitors/new"):
        assert stranger.get(path).status == 303, "setting up is for those who are signed in"
    assert "/settings" in ada.get("/").text


def test_an_instance_on_all_addresses_is_closed_before_the_first_owner_too(tocsin):
    app = tocsin(config(), host="0.0.0.0")
    assert app.problem("GET", "/api/v1/monitors")[0] == 401
    answer = Person(app).get("/")
    assert answer.status == 303
    assert "Nobody can sign in yet" in Person(app).get(answer.to).text
    assert welcome(app).is_signed_in()


def test_people_survive_a_restart_on_postgres(tmp_path, tocsin, postgres):
    app = tocsin(config(database={"url": postgres.database()}))
    ada = welcome(app)
    ada.post("/settings/tokens", {"token": "gate"})
    assert ada.send("POST", "/channels", {"name": "pager", "kind": "webhook", "url": "http://127.0.0.1:9/x"}).status == 201
    app.restart()
    assert ada.is_signed_in() and "gate" in ada.get("/settings").text
    [channel] = ada.send("GET", "/channels").json["items"]
    assert ada.send("DELETE", f"/channels/{channel['id']}").status == 204
    assert ada.send("POST", f"/channels/{channel['id']}/restore").json == channel
