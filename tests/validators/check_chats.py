"""Chat channels against other people's clients: each sends the same message to a server here, and what arrives is held
against our request. Where there is no client, a schema or another implementation (apprise) takes its place.

REQUESTS names the file of composed requests, one JSON object a line (see README.md).
"""

import asyncio
import html.parser
import http.server
import json
import os
import pathlib
import threading
import urllib.parse

import apprise
import pytest
import telegram
import telegram.request
import webexpythonsdk
import zulip
from mattermostdriver import Driver
from nio import Api
from nio.schemas import Schemas, validate_json
from rocketchat_API.rocketchat import RocketChat

REQUESTS = [json.loads(line) for line in pathlib.Path(os.environ["REQUESTS"]).read_text("utf-8").splitlines()]
MENTIONS = ["@everyone", "@here", "@channel", "<@", "<!", "<#", "<users/all>"]


def of(kind):
    ours = [request for request in REQUESTS if request["kind"] == kind]
    assert ours, kind
    return [pytest.param(one, id=f"{one['case']}-{one['method']}-{number}") for number, one in enumerate(ours)]


ANSWERS = {
    "/bot": {"ok": True, "result": {"message_id": 101, "date": 1, "chat": {"id": -1, "type": "group"}, "text": "x"}},
    "/api/v1/server_settings": {"result": "success", "msg": "", "zulip_version": "11.4", "zulip_feature_level": 421},
    "/api/v1/messages": {"result": "success", "msg": "", "id": 42},
    "/api/v1/chat": {"success": True, "message": {"_id": "m1"}},
    "/api/v4/posts": {"id": "p1"},
    "/v1/messages": {"id": "m1", "roomId": "r"},
}


class Caught(http.server.BaseHTTPRequestHandler):
    requests = []

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        Caught.requests.append((self.command, self.path, {key.lower(): value for key, value in self.headers.items()}, body))
        said = next((said for path, said in ANSWERS.items() if self.path.startswith(path)), {"name": "spaces/A/messages/B"})
        said = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Caught)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def path_of(request):
    address = urllib.parse.urlsplit(request["url"])
    return address.path + (f"?{address.query}" if address.query else "")


def nobody_is_called(request):
    text = urllib.parse.unquote_plus(request["body"])
    assert not [mention for mention in MENTIONS if mention in text]


class Tags(html.parser.HTMLParser):
    """Telegram's rules: known tags, closed in order, no quote in a quote."""

    KNOWN = {"b", "i", "s", "u", "code", "pre", "a", "blockquote"}

    def __init__(self):
        super().__init__()
        self.open, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        assert tag in self.KNOWN, tag
        assert tag != "blockquote" or "blockquote" not in self.open
        assert [name for name, _ in attributes] == (["href"] if tag == "a" else [])
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("request_", of("telegram"))
def test_telegram(request_, server):
    message = json.loads(request_["body"])

    async def send():
        bot = telegram.Bot("123456789:AAexampleexampleexampleexample", base_url=f"{server}/bot")
        given = dict(message)
        given["reply_markup"] = telegram.InlineKeyboardMarkup.de_json(given["reply_markup"], bot)
        given["link_preview_options"] = telegram.LinkPreviewOptions.de_json(given["link_preview_options"], bot)
        if "reply_parameters" in given:
            given["reply_parameters"] = telegram.ReplyParameters.de_json(given["reply_parameters"], bot)
        async with telegram.request.HTTPXRequest() as request:
            bot._request = (request, request)
            return await bot.send_message(**given)

    kept = asyncio.run(send())
    assert kept.message_id == 101
    method, path, _, body = Caught.requests[-1]
    assert (method, path) == ("POST", path_of(request_))
    form = dict(urllib.parse.parse_qsl(body.decode()))
    decoded = {key: value if key in ("text", "parse_mode") else json.loads(value) for key, value in form.items()}
    assert decoded == message
    tags = Tags()
    tags.feed(message["text"])
    assert tags.open == [] and len(tags.text.encode("utf-16-le")) // 2 <= 4096
    nobody_is_called(request_)


@pytest.mark.parametrize("request_", of("matrix"))
def test_matrix(request_):
    content = json.loads(request_["body"])
    path = urllib.parse.urlsplit(request_["url"]).path
    parts = path.split("/")
    room, kind, transaction = urllib.parse.unquote(parts[5]), parts[7], parts[8]
    method, theirs, _ = Api.room_send("token", room, kind, content, transaction)
    # Theirs says the token in the address, ours in a header, as the specification wants it now.
    assert (request_["method"], path) == (method, urllib.parse.urlsplit(theirs).path.replace("%21", "!").replace("%3A", ":"))
    event = {
        "type": kind, "content": content, "event_id": "$a", "sender": "@tocsin:example.com", "origin_server_ts": 1, "room_id": room,
    }
    for one in [content, content.get("m.new_content", content)]:
        of_kind = {"m.text": Schemas.room_message_text, "m.notice": Schemas.room_message_notice}[one["msgtype"]]
        validate_json({**event, "content": one}, Schemas.room_message)
        validate_json({**event, "content": one}, of_kind)
        assert one["m.mentions"] == {}
    assert len(json.dumps(event, ensure_ascii=False).encode()) <= 63_000
    relation = content.get("m.relates_to", {})
    if relation.get("rel_type") == "m.replace":
        assert content["m.new_content"]["msgtype"] == content["msgtype"] and "m.relates_to" not in content["m.new_content"]
    if relation.get("rel_type") == "m.thread":
        assert relation["is_falling_back"] is True and relation["m.in_reply_to"]["event_id"]
    nobody_is_called(request_)


@pytest.mark.parametrize("request_", of("webex"))
def test_webex(request_, server):
    message = json.loads(request_["body"])
    api = webexpythonsdk.WebexAPI(access_token="token", base_url=f"{server}/v1/")
    assert api.messages.create(**message).id == "m1"
    method, path, headers, body = Caught.requests[-1]
    assert (method, path) == ("POST", path_of(request_))
    assert headers["authorization"] == dict(request_["headers"])["authorization"]
    assert json.loads(body) == message
    assert len(message["markdown"].encode()) <= 7439
    nobody_is_called(request_)


@pytest.mark.parametrize("request_", of("zulip"))
def test_zulip(request_, server):
    message = dict(urllib.parse.parse_qsl(request_["body"], strict_parsing=True))
    client = zulip.Client(email="tocsin-bot@acme.zulipchat.com", api_key="key", site=server)
    assert client.send_message(message)["id"] == 42
    method, path, headers, body = Caught.requests[-1]
    assert (method, path) == ("POST", path_of(request_))
    assert headers["authorization"] == dict(request_["headers"])["authorization"]
    assert headers["content-type"] == dict(request_["headers"])["content-type"]
    assert dict(urllib.parse.parse_qsl(body.decode())) == message
    assert len(message["topic"]) <= 60 and len(message["content"]) <= 10_000
    nobody_is_called(request_)


def test_a_zulip_topic_holds_one_incident():
    forms = [(one["case"], dict(urllib.parse.parse_qsl(one["body"]))) for one in REQUESTS if one["kind"] == "zulip"]
    topics = {form["topic"] for case, form in forms if case.startswith("incident-")}
    assert topics == {"Kustomer: Trouble accepting Inbound Calls · 20 Feb"}


@pytest.mark.parametrize("request_", of("mattermost"))
def test_mattermost(request_, server):
    message = json.loads(request_["body"])
    host, port = server.removeprefix("http://").split(":")
    driver = Driver({"url": host, "port": int(port), "scheme": "http", "token": "token", "basepath": "/team/api/v4"})
    driver.client._token = "token"
    path = path_of(request_)
    if request_["method"] == "PUT":
        driver.posts.patch_post(path.split("/")[-2], options=message)
    else:
        driver.posts.create_post(options=message)
    method, theirs, headers, body = Caught.requests[-1]
    assert (method, theirs) == (request_["method"], path)
    assert headers["authorization"].lower() == dict(request_["headers"])["authorization"].lower()
    assert json.loads(body) == message
    assert len(message["message"]) <= 16_383
    nobody_is_called(request_)


@pytest.mark.parametrize("request_", of("rocket_chat"))
def test_rocket_chat(request_, server):
    message = json.loads(request_["body"])
    client = RocketChat(auth_token="token", user_id="aobEdbYhXfu5hkeqG", server_url=server)
    path = path_of(request_)
    if path.endswith("chat.update"):
        client.chat_update(room_id=message["roomId"], msg_id=message["msgId"], text=message["text"])
    else:
        thread = {"tmid": message["tmid"]} if "tmid" in message else {}
        client.chat_post_message(message["text"], room_id=message["roomId"], **thread)
    method, theirs, headers, body = Caught.requests[-1]
    assert (method, theirs) == ("POST", path)
    for header in ("x-auth-token", "x-user-id"):
        assert headers[header] == dict(request_["headers"])[header]
    assert json.loads(body) == message
    assert len(message["text"]) <= 5_000
    nobody_is_called(request_)


@pytest.mark.parametrize("request_", of("google_chat"))
def test_google_chat(request_, server, monkeypatch):
    message = json.loads(request_["body"])
    workspace = apprise.Apprise.instantiate("gchat://AAAA/key/token/thread")
    monkeypatch.setattr(workspace, "notify_url", f"{server}/v1/spaces/{{workspace}}/messages")
    monkeypatch.setattr(workspace, "request_rate_per_sec", 0)
    assert workspace.notify("words")
    method, path, _, body = Caught.requests[-1]
    theirs, ours = urllib.parse.urlsplit(path), urllib.parse.urlsplit(request_["url"])
    assert (method, theirs.path) == (request_["method"], ours.path)
    assert dict(urllib.parse.parse_qsl(theirs.query)) == dict(urllib.parse.parse_qsl(ours.query))
    assert set(json.loads(body)) == {"text", "thread"}
    assert set(message) - {"thread"} == {"text", "cardsV2"}
    assert len(request_["body"].encode()) <= 32_000
    check_card(message["cardsV2"])
    nobody_is_called(request_)


def check_card(cards):
    """The widgets we use, as the reference names them."""
    [card] = cards
    assert set(card) == {"cardId", "card"} and set(card["card"]) == {"sections"}
    for section in card["card"]["sections"]:
        assert section["widgets"]
        for widget in section["widgets"]:
            [(kind, inner)] = widget.items()
            if kind == "decoratedText":
                assert set(inner) == {"topLabel", "text", "wrapText"} and inner["text"]
            elif kind == "textParagraph":
                tags = Tags()
                tags.feed(inner["text"])
                assert tags.open == [] and tags.text
            else:
                assert kind == "buttonList" and inner["buttons"]
                for button in inner["buttons"]:
                    assert button["text"] and button["onClick"]["openLink"]["url"].startswith("https://")
