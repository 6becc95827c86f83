"""Pages that want to know who asks: what opens them is told to their own host alone, and shows nowhere."""

import base64
import json
import urllib.parse

import pages
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import closing
from peers import TOKEN, Vendor, run, until
from person import Person, welcome
from settings import config, group, monitor, provider

SECRET = "hunter2-hunter2"


def guarded(vendor, fits, path="/harbour"):
    """A page behind a door: what fits is let in, everybody else hears 401."""
    pages.harbour(vendor)

    def guard(page):
        def answer(handler, seen):
            query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(seen["path"]).query))
            if fits(seen["headers"], query):
                return vendor.send(handler, 200, page)
            return vendor.send(handler, 401, b"who are you?")

        return answer

    for name in list(vendor.pages):
        if name.startswith(path):
            vendor.pages[name] = guard(vendor.pages[name])


def watched(vendor, **door):
    return config(provider("harbour", vendor.url("/harbour"), platform="statuspage", **door), monitor("harbour", "desk"), group("desk"))


def shows_nowhere(app, *secrets):
    """Neither the log nor the store nor an answer holds what was typed."""
    said = [app.logged(), json.dumps(app.api("/providers/harbour", token=TOKEN)), app.ada.get("/providers/harbour").text, app.ada.get("/providers/harbour/access").text]
    kept = b"".join(file.read_bytes() for file in (app.directory / "data").iterdir() if file.is_file())
    for secret in secrets:
        assert not any(secret in text for text in said) and secret.encode() not in kept, secret


def typed(app, **fields):
    return app.ada.post("/providers/harbour/access", fields)


def test_headers_and_values_typed_into_the_form_open_a_page(tocsin, vendor):
    guarded(vendor, lambda headers, query: headers.get("x-api-key") == SECRET and headers.get("cookie") == "session=abc-def-ghi" and query.get("token") == "t0k-e-n")
    app = tocsin(watched(vendor))
    app.ada = welcome(app)
    until(lambda: "login" in (app.api("/providers/harbour", token=TOKEN)["pages"][0]["reason"] or ""), what="the refusal")
    assert app.api("/providers/harbour", token=TOKEN)["health"] == "unknown"
    assert "/providers/harbour/access" in app.ada.get("/providers/harbour").text
    answer = typed(app, headers=f"X-Api-Key: {SECRET}\nCookie: session=abc-def-ghi", query="token=t0k-e-n")
    assert answer.status == 200 and "header X-Api-Key, header Cookie, query value token" in answer.text
    until(lambda: app.api("/providers/harbour", token=TOKEN)["health"] == "operational", what="the page being read")
    shows_nowhere(app, SECRET, "abc-def-ghi", "t0k-e-n")
    app.restart()
    until(lambda: app.api("/providers/harbour", token=TOKEN)["pages"][0]["readable"], what="reading after a restart")
    app.ada.post("/providers/harbour/access/remove", {})
    until(lambda: not app.api("/providers/harbour", token=TOKEN)["pages"][0]["readable"], what="the door being shut again")


def test_a_stranger_is_not_told(tocsin, vendor):
    pages.harbour(vendor)
    with closing(Vendor()) as stranger:
        pages.harbour(stranger)
        for name in list(vendor.pages):
            if name.startswith("/harbour"):
                vendor.pages[name] = (302, b"", {"location": stranger.url(name)})
        app = tocsin(watched(vendor, bearer=SECRET, query=["token=t0k-e-n"], headers=["X-Api-Key: abc-def"]))
        until(lambda: stranger.requests, what="the redirect being followed")
        asked = vendor.requests[0]
        assert asked["headers"]["authorization"] == f"Bearer {SECRET}" and "token=t0k-e-n" in asked["path"] and asked["headers"]["x-api-key"] == "abc-def"
        for seen in stranger.requests:
            assert "t0k-e-n" not in seen["path"] and not {"authorization", "x-api-key"} & set(seen["headers"]), seen
        assert SECRET not in app.logged()


def test_a_file_declares_a_door(tocsin, vendor, tmp_path):
    wanted = "Basic " + base64.b64encode(f"ada:{SECRET}".encode()).decode()
    guarded(vendor, lambda headers, _: headers.get("authorization") == wanted)
    (tmp_path / "door").write_text(f"ada:{SECRET}\n")
    text = watched(vendor, basic_file=str(tmp_path / "door"))
    app = tocsin(text)
    app.seen()
    app.ada = welcome(app)
    shows_nowhere(app, SECRET)
    page = app.ada.get("/providers/harbour/access").text
    assert "The configuration file says this" in page and "<form class=\"form\"" not in page
    assert typed(app, headers="X: y").status == 200 and "header X" not in app.ada.get("/providers/harbour/access").text
    file = tmp_path / "check.toml"
    file.write_text(text)
    code, out, _ = run("check", "--config", file, "harbour")
    assert code == 0 and "operational" in out.lower(), out


def test_mistakes_are_told_without_the_secret(tocsin, vendor, tmp_path):
    file = tmp_path / "tocsin.toml"
    wrong = {"headers": [f"X-Api-Key {SECRET}"], "basic": SECRET, "query": [SECRET], "client_id": "tocsin"}
    for key, value in wrong.items():
        file.write_text(watched(vendor, **{key: value}))
        code, out, err = run("config", "check", file)
        assert code != 0 and key in out + err and SECRET not in out + err, (key, out, err)
    file.write_text(watched(vendor, bearr=SECRET))
    code, out, err = run("config", "check", file)
    assert code != 0 and "bearer" in out + err, out + err
    pages.harbour(vendor)
    app = tocsin(watched(vendor))
    app.ada = welcome(app)
    answer = typed(app, headers="Host: example.com", token_url="https://a.example/token")
    assert answer.status == 422 and "belongs to the request itself" in answer.text and "client_secret" in answer.text
    assert typed(app).status == 422


def test_a_token_service_is_asked_and_asked_again(tocsin, vendor):
    given = []

    def tokens(handler, seen):
        form = dict(urllib.parse.parse_qsl(seen["body"].decode()))
        if form != {"grant_type": "client_credentials", "client_id": "tocsin", "client_secret": SECRET, "scope": "health.read"}:
            return vendor.send(handler, 401, {"error": "invalid_client", "error_description": SECRET})
        given.append(f"token-number-{len(given)}")
        vendor.send(handler, 200, {"access_token": given[-1], "token_type": "Bearer", "expires_in": 3600})

    guarded(vendor, lambda headers, _: bool(given) and headers.get("authorization") == f"Bearer {given[-1]}")
    vendor.pages["/token"] = tokens
    app = tocsin(watched(vendor))
    app.ada = welcome(app)
    fields = {"token_url": vendor.url("/token"), "client_id": "tocsin", "scope": "health.read"}
    typed(app, **fields, client_secret="wrong-wrong-wrong")
    until(lambda: "invalid_client" in (app.api("/providers/harbour", token=TOKEN)["pages"][0]["reason"] or ""), what="the refusal of the token service")
    typed(app, **fields, client_secret=SECRET)
    until(lambda: app.api("/providers/harbour", token=TOKEN)["health"] == "operational", what="the page being read")
    shows_nowhere(app, SECRET, given[0])
    asked = len(vendor.asked("/harbour/api/v2/summary.json"))
    until(lambda: len(vendor.asked("/harbour/api/v2/summary.json")) > asked + 2, what="more polls")
    assert len(given) == 1, "one token serves many polls"
    given.append("taken-back-by-the-service")
    until(lambda: len(given) > 2 and app.api("/providers/harbour", token=TOKEN)["pages"][0]["readable"], what="a new token")


def test_what_aws_is_asked_is_signed_as_aws_wants_it(tocsin, vendor):
    """The other side reckons the signature with AWS's own library."""
    credentials = Credentials("AKIDEXAMPLE", SECRET, "session-token")
    event = {"arn": "arn:aws:health:eu-central-1::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/1", "service": "EC2", "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE", "eventTypeCategory": "issue", "region": "eu-central-1", "startTime": 1772480000.5, "lastUpdatedTime": 1772484000.25, "statusCode": "open"}

    def health(handler, seen):
        signed = seen["headers"]["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        request = AWSRequest(method="POST", url=vendor.url(seen["path"]), data=seen["body"], headers={name: seen["headers"][name] for name in signed})
        request.context["timestamp"] = seen["headers"]["x-amz-date"]
        auth = SigV4Auth(credentials, "health", "us-east-1")
        canonical = auth.canonical_request(request)
        text = auth.string_to_sign(request, canonical)
        expected = auth.signature(text, request)
        if f"Signature={expected}" not in seen["headers"]["authorization"] or seen["headers"].get("x-amz-security-token") != "session-token":
            return vendor.send(handler, 403, {"__type": "InvalidSignatureException"})
        target = seen["headers"]["x-amz-target"].split(".")[1]
        if target == "DescribeEvents":
            return vendor.send(handler, 200, {"events": [event]})
        assert json.loads(seen["body"]) == {"eventArns": [event["arn"]]}
        vendor.send(handler, 200, {"successfulSet": [{"event": event, "eventDescription": {"latestDescription": "Some instances cannot be reached."}}], "failedSet": []})

    vendor.pages["/AWSHealth"] = health
    door = {"aws_key_id": "AKIDEXAMPLE", "aws_secret_key": SECRET, "aws_session_token": "session-token"}
    app = tocsin(config(provider("harbour", vendor.url("/AWSHealth"), platform="aws", **door), monitor("harbour", "desk"), group("desk")))
    app.ada = welcome(app)
    until(lambda: app.api("/providers/harbour", token=TOKEN)["health"] == "degraded", what="the event")
    [incident] = app.api("/incidents", token=TOKEN)["items"]
    assert incident["title"] == "EC2: operational issue in eu-central-1" and incident["updates"][0]["body"] == "Some instances cannot be reached."
    assert SECRET not in app.logged()


def test_a_private_statuspage_is_read_by_its_owners_api(tocsin, vendor):
    page = "/v1/pages/" + pages.PAGE_ID
    trouble = pages.incident("k1", "Cranes stand still", "major", [pages.update("u1", "investigating", "2026-03-02T19:55:00Z", "Looking.")])
    lists = {"components": [pages.component("c1", "Cranes", "partial_outage")], "incidents": [{**trouble, "scheduled_for": None}]}

    def list_of(name):
        def answer(handler, seen):
            if seen["headers"].get("authorization") != f"OAuth {SECRET}":
                return vendor.send(handler, 401, {"error": "Could not authenticate"})
            vendor.send(handler, 200, lists[name])

        return answer

    for name in lists:
        vendor.pages[f"{page}/{name}"] = list_of(name)
    door = {"headers": [f"Authorization: OAuth {SECRET}"]}
    app = tocsin(config(provider("harbour", vendor.url(page), platform="statuspage", **door), monitor("harbour", "desk"), group("desk")))
    app.seen("partial_outage")
    [incident] = app.api("/incidents")["items"]
    assert incident["title"] == "Cranes stand still" and vendor.asked(f"{page}/incidents")[0]["path"].endswith("?limit=100")


def test_what_a_private_page_says_is_not_for_everybody(tocsin, vendor):
    pages.harbour(vendor)
    text = watched(vendor).replace("[poll]", "[server]\npublic_read = true\n[poll]", 1)
    app = tocsin(text)
    app.seen()
    app.ada = welcome(app)
    assert app.api("/providers/harbour")["health"] == "operational", "open to everybody"
    typed(app, headers=f"X-Api-Key: {SECRET}")
    assert app.problem("GET", "/api/v1/providers/harbour")[0] == 401
    assert app.api("/providers/harbour", token=TOKEN)["health"] == "operational"
    app.ada.post("/providers/harbour/access/remove", {})
    assert app.api("/providers/harbour")["health"] == "operational"


def test_what_would_travel_in_clear_is_refused_beforehand(tocsin, vendor, tmp_path):
    public = "http://93.184.216.34"
    app = tocsin(config(provider("harbour", f"{public}/harbour", platform="statuspage"), provider("pier", vendor.url("/pier"), platform="statuspage")))
    app.ada = welcome(app)
    answer = typed(app, headers=f"X-Api-Key: {SECRET}")
    assert answer.status == 422 and "in clear, by plain http" in answer.text
    answer = app.ada.post("/providers/pier/access", {"token_url": f"{public}/token", "client_id": "tocsin", "client_secret": SECRET})
    assert answer.status == 422 and "in clear, by plain http" in answer.text and SECRET not in answer.text
    for page, door in ((f"{public}/harbour", {"bearer": SECRET}), (vendor.url("/harbour"), {"token_url": f"{public}/token", "client_id": "tocsin", "client_secret": SECRET})):
        file = tmp_path / "tocsin.toml"
        file.write_text(config(provider("harbour", page, platform="statuspage", **door)))
        code, out, err = run("config", "check", file)
        assert code == 0 and "in clear" in err and SECRET not in out + err, err
    file.write_text(config(provider("harbour", f"{public}/harbour", platform="statuspage", bearer=SECRET)))
    code, out, err = run("check", "--config", file, "harbour")
    assert code == 4 and "in clear" in out and SECRET not in out + err, out


def test_a_token_service_that_sends_us_on_is_not_followed_with_the_secret(tocsin, vendor):
    pages.harbour(vendor)
    with closing(Vendor()) as stranger:
        stranger.pages["/token"] = {"access_token": "stolen", "expires_in": 3600}
        vendor.pages["/token"] = (307, b"", {"location": stranger.url("/token")})
        app = tocsin(watched(vendor, token_url=vendor.url("/token"), client_id="tocsin", client_secret=SECRET))
        until(lambda: "is not told what was meant for" in (app.api("/providers/harbour", token=TOKEN)["pages"][0]["reason"] or ""), what="the reason")
        assert not stranger.requests and not vendor.asked("/harbour/api/v2/summary.json")


def test_a_door_is_for_the_address_it_was_given_for(tocsin, vendor):
    pages.harbour(vendor)
    key = {"x-api-key": SECRET}
    told = lambda peer: [seen for seen in peer.requests if key.items() <= seen["headers"].items()]
    with closing(Vendor()) as other:
        pages.harbour(other)
        app = tocsin(config())
        app.ada = welcome(app)
        program = Person(app, authorization=f"Bearer {TOKEN}")
        made = lambda: program.send("POST", "/providers", {"slug": "harbour", "name": "Harbour Cloud", "page": vendor.url("/harbour"), "platform": "statuspage", "interval": "1s"})
        assert made().status == 201
        watch = program.send("POST", "/monitors", {"provider": "harbour"}).json
        typed(app, headers=f"X-Api-Key: {SECRET}")
        until(lambda: told(vendor), what="the door being used")
        assert app.ada.post("/providers/harbour/push", {}).status == 200
        assert program.send("PATCH", "/providers/harbour", {"page": other.url("/harbour"), "platform": "statuspage"}).status == 200
        until(lambda: len(other.asked("/harbour/api/v2/summary.json")) > 2, what="the other address being asked")
        app.restart()
        asked = len(other.requests)
        until(lambda: len(other.requests) > asked + 2, what="the other address being asked again")
        assert not told(other), "it was given for another address"
        page = app.ada.get("/providers/harbour/access").text
        assert f"This was given for {vendor.url('')}" in page and "give it again" in page
        assert "Saved" in typed(app, headers=f"X-Api-Key: {SECRET}").text
        until(lambda: told(other), what="the door being used at the new address")
        assert "This was given for" not in app.ada.get("/providers/harbour/access").text
        assert program.send("DELETE", f"/monitors/{watch['id']}").status == 204
        assert program.send("DELETE", "/providers/harbour").status == 204 and made().status == 201
        assert "X-Api-Key" not in app.ada.get("/providers/harbour/access").text.replace("X-Api-Key: 1234", "")
        assert "last at" not in app.ada.get("/providers/harbour/push").text and "Take the address back" not in app.ada.get("/providers/harbour/push").text


def test_an_address_by_itself_is_entered_by_the_declared_door_of_its_origin(vendor, tmp_path):
    guarded(vendor, lambda headers, _: headers.get("authorization") == f"Bearer {SECRET}")
    file = tmp_path / "tocsin.toml"
    file.write_text(config(provider("harbour", vendor.url("/harbour"), platform="statuspage", bearer=SECRET)))
    code, out, err = run("detect", vendor.url("/harbour"), "--config", file)
    assert code == 0 and "statuspage" in out and SECRET not in out + err, out + err
    code, out, err = run("check", vendor.url("/harbour"), "--config", file)
    assert code == 0 and "operational" in out and SECRET not in out + err, out + err
    file.write_text(config(provider("harbour", vendor.url("/harbour").replace("127.0.0.1", "127.0.0.2"), platform="statuspage", bearer=SECRET)))
    assert run("check", vendor.url("/harbour"), "--config", file)[0] == 4
