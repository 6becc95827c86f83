"""The API keeps its word: documented, paged without loss, refused clearly, live without a gap."""

import json
import subprocess
import sys
import urllib.request

import openapi_spec_validator
import pytest
from prometheus_client.parser import text_string_to_metric_families

import pages
from conftest import closing, instances
from documented import DOCUMENT, refused, validate
from mailserver import Mailbox
from peers import ROOT, TOKEN, Receiver, Vendor, run, until
from settings import channel, config, group, hook, monitor, one_hook, provider, table

BROWSER = ROOT / "crates/channels/cases/web_push/settings.json"
NOBODY = "01a20fb6-9e20-7a50-b3a2-41a43319491e"
READS = sorted(path for path, item in DOCUMENT["paths"].items() if "get" in item and path != "/events")
LISTS = [path for path in READS if "{" not in path and path != "/stats/latency"]
WRITES = sorted((method, path) for path, item in DOCUMENT["paths"].items() for method in item if method in ("post", "patch", "delete"))


class World:
    """An instance that has seen something of everything."""

    def __init__(self, start, vendor, receiver, mailbox):
        self.vendor = vendor
        past = [pages.trouble(f"old{number}", ["investigating", "resolved"], at=f"2026-01-{number // 3 + 1:02}T10:00:00Z") for number in range(40)]
        work = pages.work("m1", "scheduled", "2026-12-30T22:00:00.000Z", "2026-12-30T23:00:00.000Z")
        pages.harbour(vendor, *past, maintenances=[work])
        self.app = start(config(
            provider("harbour", vendor.url("/harbour")), provider("broken", vendor.url("/broken"), "Broken"),
            monitor("harbour", "desk"), monitor("harbour", "major", components=["Quay*"]), monitor("broken", "desk"),
            group("desk", "hook", "mail"), group("major", "hook", min_impact="major", events=["incident.*"]),
            hook("hook", receiver.url("/hook")), channel("email", "mail", to=["oncall@example.com"]),
            table("[[board]]", name="Wall", entries=["harbour", "broken"]),
            table("[[check]]", name="line", kind="sip_call", target="sip:line@127.0.0.1:1;transport=tcp", interval="30m", provider="harbour"),
            net={"smtp_url": mailbox.url()},
        )).seen()
        pages.harbour(vendor, pages.trouble("k1"), *past, maintenances=[work])
        until(lambda: len(self.app.deliveries("sent")) == 2, what="the news")
        until(lambda: self.app.api("/warnings")["items"], 60, what="the warning of a line that nobody answers")
        wished = {"/silences": ("POST", {"provider": "broken", "for": "4h"}), "/overrides": ("PUT", {"provider": "broken", "health": "unknown", "lock": True})}
        for path, (method, body) in wished.items():
            self.app.call(method, "/api/v1" + path, token=TOKEN, body=json.dumps(body).encode())
        browser = json.loads(BROWSER.read_text())
        body = {"endpoint": receiver.url("/push"), "keys": {name: browser[name] for name in ("p256dh", "auth")}}
        self.app.call("POST", "/providers/harbour/subscribe/push", body=json.dumps(body).encode())

    def path(self, template):
        """A real address for a template of the document."""
        if template == "/providers/{slug}":
            return "/providers/harbour"
        listed = template.split("/{")[0]
        return template.replace("{id}", self.app.api(listed)["items"][0]["id"]) if "{id}" in template else template


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with closing(Vendor(), Receiver(), Mailbox()) as peers, instances(tmp_path_factory.mktemp("api")) as start:
        yield World(start, *peers)


def test_the_document_is_valid_openapi_3_1():
    assert DOCUMENT["openapi"].startswith("3.1")
    openapi_spec_validator.validate(DOCUMENT)


def test_it_serves_its_own_document(world):
    assert world.app.api("/openapi.json") == DOCUMENT


@pytest.mark.parametrize("path", READS)
def test_every_answer_is_as_documented(world, path):
    answer = world.app.api(world.path(path))
    assert answer.get("items", True), "there is something to look at"
    validate(answer, path)


@pytest.mark.parametrize("path", READS)
def test_every_element_of_a_list_is_there_by_itself_too(world, path):
    if path.endswith("}"):
        one = world.app.api(world.path(path))
        only = "watched=true&" if path.startswith("/providers") else ""
        assert timeless([one])[0] in timeless(world.app.api(f"{path.split('/{')[0]}?{only}limit=500")["items"])


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=many", "colour=red"])
def test_what_a_list_does_not_know_is_refused(world, path, query):
    validate(refused(world.app, "GET", f"/api/v1{path}?{query}", 400), path, status="400")


@pytest.mark.parametrize("path, status", [
    ("/providers/nobody", 404), ("/incidents/nothing", 404), (f"/incidents/{NOBODY}", 404), (f"/deliveries/{NOBODY}", 404),
    ("/nowhere", 404), ("/incidents?state=strange", 400), ("/incidents?since=yesterday", 400), ("/incidents?cursor=x", 400),
    ("/deliveries?state=lost", 400), ("/decisions?incident=x", 400), ("/events?since=x", 400), ("/maintenances?from=x", 400),
    ("/checks/nobody", 404), ("/checks/nobody/calls", 404), (f"/warnings/{NOBODY}", 404), ("/warnings?state=strange", 400),
])
def test_errors_are_problem_documents(world, path, status):
    refused(world.app, "GET", f"/api/v1{path}", status)


def test_another_method_is_refused_as_a_problem_too(world):
    refused(world.app, "DELETE", "/api/v1/providers", 405)


def walk(app, path, limit):
    """Everything of a list, `limit` at a time."""
    walked, cursor = [], ""
    while cursor is not None:
        answer = app.api(f"{path}{'&' if '?' in path else '?'}limit={limit}{cursor and f'&cursor={cursor}'}")
        walked += answer["items"]
        cursor = answer["next_cursor"]
    return walked


def timeless(items):
    """Without what grows while we look: how long an open incident has lasted."""
    return [{key: value for key, value in one.items() if key not in ("duration_s", "read_at")} for one in items]


@pytest.mark.parametrize("path", LISTS)
def test_every_list_can_be_walked(world, path):
    path += "?q=a&category=communication" if path == "/providers" else ""
    whole = world.app.api(f"{path}{'&' if '?' in path else '?'}limit=500")
    assert whole["next_cursor"] is None
    assert timeless(walk(world.app, path, 1)) == timeless(walk(world.app, path, 3)) == timeless(whole["items"])


@pytest.mark.parametrize("limit", [1, 7, 40])
def test_a_cursor_walks_through_all_incidents_without_loss(world, limit):
    walked = walk(world.app, "/incidents", limit)
    assert timeless(walked) == timeless(world.app.api("/incidents?limit=500")["items"])
    assert len({one["id"] for one in walked}) == len(walked) == 41
    started = [one["started_at"] for one in walked]
    assert started == sorted(started, reverse=True), "newest first"


def test_incidents_are_narrowed(world):
    ids = lambda query: [one["vendor_id"] for one in world.app.api(f"/incidents?limit=500&{query}")["items"]]
    assert ids("state=open") == ["k1"]
    assert len(ids("state=closed")) == 40 and len(ids("state=all")) == 41
    assert ids("provider=broken") == [] and len(ids("provider=harbour")) == 41
    assert ids("since=2026-01-14T00:00:00Z") == ["k1", "old39"]


def test_what_was_there_at_the_first_look_is_imported(world):
    assert {one["vendor_id"]: one["imported"] for one in world.app.api("/incidents?limit=500")["items"]}["old3"] is True
    assert world.app.api("/stats/latency")["detection"]["count"] == 1, "imported ones have no latency"


@pytest.mark.parametrize("method, path", WRITES)
def test_writing_needs_the_token(world, method, path):
    address = "/api/v1" + world.path(path)
    for token in (None, "wrong", TOKEN + "x"):
        validate(refused(world.app, method.upper(), address, 401, token=token), path, method, "401")


def test_events_are_live_and_resume_without_a_gap(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    trouble = [pages.trouble(f"k{number}") for number in range(4)]
    live = app.listen()
    for count in (1, 2):
        pages.harbour(vendor, *trouble[:count])
        until(lambda: [one for one in live if one.event == "incident.opened"][count - 1 :], what=f"event {count}")
    opened = [one for one in live if one.event == "incident.opened"]
    body = json.loads(opened[0].data)
    assert body["type"] == "incident.opened" and str(body["data"]["sequence"]) == opened[0].id
    assert body["data"]["incident"]["vendor_id"] == "k0"
    pages.harbour(vendor, *trouble[:3])
    until(lambda: len(receiver.received("/hook")) == 3, what="what happens while nobody listens")
    resumed = app.listen(after=opened[0].id)
    pages.harbour(vendor, *trouble)
    until(lambda: len([one for one in resumed if one.event == "incident.opened"]) == 3, what="the rest")
    sequences = [int(one.id) for one in resumed]
    assert sequences == list(range(int(opened[0].id) + 1, int(opened[0].id) + 1 + len(sequences)))


def test_reading_from_elsewhere_needs_the_token(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver), host="0.0.0.0")
    for path in ("/providers", "/incidents", "/deliveries", "/decisions", "/channels", "/events"):
        refused(app, "GET", f"/api/v1{path}", 401)
    refused(app, "GET", "/metrics", 401)
    for path in ("/", "/providers"):
        assert app.opened(path).endswith("/sign-in?next=" + path.replace("/", "%2F"))
    assert app.api("/providers?limit=1", token=TOKEN)["items"]
    assert app.get("/healthz", raw=True)


def test_reading_may_be_opened_to_everybody(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver, server={"public_read": True}), host="0.0.0.0").seen()
    path = f"/api/v1/channels/{app.api('/channels')['items'][0]['id']}/test"
    refused(app, "POST", path, 401)


def test_strangers_do_not_learn_whom_we_write_to(vendor, receiver, mailbox, tocsin):
    pages.harbour(vendor)
    receiver.always["/hook"] = (400, b"no room for bob here")
    told = [monitor("harbour", "desk"), group("desk", "hook", "mail"), hook("hook", receiver.url("/hook")), channel("email", "mail", to=["alice@example.com"])]
    app = tocsin(config(provider("harbour", vendor.url("/harbour")), *told, net={"smtp_url": mailbox.url()}, server={"public_read": True}), host="0.0.0.0").seen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: app.deliveries("sent") and app.deliveries("failed"), what="one that arrives and one that is refused")
    incident = app.api("/incidents")["items"][0]["id"]
    sent, failed = app.deliveries("sent")[0]["id"], app.deliveries("failed")[0]["id"]
    shown = ["/deliveries", f"/deliveries/{sent}", f"/deliveries/{failed}", "/decisions", f"/incidents/{incident}"]
    read = ["/deliveries", f"/deliveries/{sent}", f"/deliveries/{failed}", "/decisions", "/channels", "/groups"]
    stranger = [(path, app.get(path, raw=True)) for path in shown] + [(path, json.dumps(app.api(path), ensure_ascii=False)) for path in read]
    for path, text in stranger:
        assert "alice" not in text and "no room" not in text and receiver.url("/hook") not in text, path
    seen = dict(stranger[: len(shown)])
    assert "a…@example.com" in seen["/deliveries"] and "a…@example.com" in seen[f"/incidents/{incident}"]
    assert "Sign in to see it." in seen[f"/deliveries/{failed}"]
    assert app.api(f"/deliveries/{failed}")["attempts"][0]["status"] == 400, "that it was refused is no secret"
    with urllib.request.urlopen(app.base() + f"/live/incidents/{incident}", timeout=10) as stream:
        messages = iter(lambda: b"".join(iter(stream.readline, b"\n")).decode(), "")
        live = next(message for message in messages if "live-told" in message)
    assert "a…@example.com" in live and "alice" not in live
    known = {one["name"]: one["settings"] for one in app.api("/channels", token=TOKEN)["items"]}
    assert known["mail"]["to"] == ["alice@example.com"] and known["hook"]["url"] == receiver.url("/hook")
    assert app.api(f"/deliveries/{sent}", token=TOKEN)["recipient"] == "alice@example.com"
    assert app.api(f"/deliveries/{failed}", token=TOKEN)["attempts"][0]["answer"] == "no room for bob here"
    assert "alice@example.com" in app.get(f"/incidents/{incident}", raw=True, token=TOKEN)


def test_metrics_can_be_read_by_prometheus(world):
    families = {family.name: family for family in text_string_to_metric_families(world.app.get("/metrics", raw=True))}
    samples = lambda name: {tuple(sample.labels.values()): sample.value for sample in families[name].samples}
    assert any("statuspage" in labels and "read" in labels for labels in samples("tocsin_polls"))
    assert {labels for labels in samples("tocsin_deliveries")} >= {("webhook", "delivered"), ("email", "delivered")}
    assert samples("tocsin_provider_health")[("harbour",)] == 1
    assert samples("tocsin_component_health")[("harbour", "Quay API")] == 0
    assert samples("tocsin_outbox_due")[()] == 0
    assert "tocsin_poll_seconds" in families


def test_it_says_that_it_lives_and_that_it_can_work(world):
    assert world.app.get("/healthz", raw=True).strip() == "alive"
    assert world.app.get("/readyz", raw=True).strip() == "ready"


def test_no_odd_request_breaks_it(world, tmp_path):
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(DOCUMENT))
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", str(file), "--url", world.app.base() + "/api/v1", "--header", f"Authorization: Bearer {TOKEN}",
        "--checks", "not_a_server_error,content_type_conformance,response_schema_conformance", "--exclude-path", "/events", "--phases", "coverage,fuzzing",
        "--max-examples", "10", "--seed", "7", "--suppress-health-check", "all",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
