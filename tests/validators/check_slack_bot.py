"""Slack's own client sends what we send: its requests are caught by a server here and held against ours."""

import http.server
import json
import os
import pathlib
import threading

import pytest
from slack_sdk import WebClient

REQUESTS = [json.loads(line) for line in pathlib.Path(os.environ["REQUESTS"]).read_text("utf-8").splitlines()]
OURS = [request for request in REQUESTS if request["kind"] == "slack_bot"]


class Caught(http.server.BaseHTTPRequestHandler):
    requests = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        Caught.requests.append((self.path, dict(self.headers), body))
        answer = json.dumps({"ok": True, "channel": "C0123456789", "ts": "1.2"}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def client():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Caught)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield WebClient(token="xoxb-0-0-token", base_url=f"http://127.0.0.1:{server.server_port}/api/")
    server.shutdown()


@pytest.mark.parametrize("request_", [pytest.param(one, id=f"{one['case']}-{one['url'][-6:]}") for one in OURS])
def test_the_client_would_send_the_same(request_, client):
    message = json.loads(request_["body"])
    method = request_["url"].removeprefix("https://slack.com/api/")
    call = {"chat.update": client.chat_update, "chat.postMessage": client.chat_postMessage}[method]
    call(**message)
    path, headers, body = Caught.requests[-1]
    assert path == f"/api/{method}"
    assert headers["Authorization"] == dict(request_["headers"])["authorization"]
    theirs = json.loads(body)
    assert {key: theirs.get(key) for key in message} == message


def test_a_thread_has_one_root():
    of_incident = [json.loads(one["body"]) for one in OURS if one["case"] == "incident-resolved"]
    edit, reply = of_incident
    assert edit["ts"] == reply["thread_ts"]
    assert reply["reply_broadcast"] is True
    assert "thread_ts" not in edit
