"""`serve --demo`: a living product without a network, in a store of its own."""

import datetime
import hashlib
import re
import time

import kustomer
import pytest

from demo import Demo
from peers import run, until


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    living = Demo(tmp_path_factory.mktemp("demo"))
    try:
        yield living
    finally:
        living.stop()
        print(living.logged())
        assert "panicked at" not in living.logged()


def seconds(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def test_it_lives_within_ten_seconds(demo):
    assert demo.worked < 10


def test_about_forty_vendors_on_all_platforms(demo):
    items = demo.api("/providers?limit=100")["items"]
    assert len(items) == 42, "the catalogue is switched off"
    assert {one["pages"][0]["platform"] for one in items} == {"statuspage", "incidentio", "instatus", "cachet", "aws", "feed"}
    assert {"operational", "degraded", "partial_outage", "major_outage", "maintenance", "unknown"} <= {one["health"] for one in items}
    assert len({one["category"] for one in items}) > 10


def test_the_past_was_lived_through(demo):
    closed = demo.api("/incidents?state=closed&limit=200")["items"]
    assert len(closed) > 80
    seen = [one for one in closed if not one["imported"]]
    assert len(seen) > 80
    for one in seen:
        noticed = seconds(one["first_seen_at"]) - seconds(one["started_at"])
        assert 0 < noticed < 180 or one["provider"] == "siltdb", one["title"]
    assert any(one["candour"]["edits"] for one in seen) and any(one["stage"] == "postmortem" for one in seen)
    assert all(seconds(one["created_at"]) > time.time() - 3600 for one in demo.api("/deliveries?limit=200")["items"]), "nobody is told of the past"


def test_a_vendor_that_wrote_late_is_caught(demo):
    [late] = [one for one in demo.api("/incidents?provider=siltdb&state=open")["items"]]
    assert seconds(late["first_seen_at"]) - seconds(late["started_at"]) > 5000


def test_the_public_record_is_replayed_and_labelled(demo):
    [record] = demo.api("/incidents?provider=kustomer")["items"]
    assert (record["title"], record["impact"], record["started_at"], record["resolved_at"]) == (kustomer.TITLE, "minor", "2026-02-20T22:01:00Z", "2026-02-21T00:01:00Z")
    assert record["duration_s"] == 7200 and [part["name"] for part in record["components"]] == ["Kustomer Voice"]
    assert [(update["stage"], update["at"]) for update in record["updates"]] == [(stage, at) for stage, at, _, _ in kustomer.SAID]
    assert [update["body"] for update in record["updates"]] == [body for *_, body in kustomer.SAID]
    assert all(0 < seconds(update["first_seen_at"]) - seconds(update["at"]) < 180 for update in record["updates"])
    assert "replay" in demo.get(f"/incidents/{record['id']}").lower()


def test_a_page_that_cannot_be_read_says_why(demo):
    unread = demo.api("/providers/porter-sso")
    assert unread["health"] == "unknown" and "web page" in unread["pages"][0]["reason"] and unread["last_known"] == "operational"


def test_a_page_that_moved_is_read_as_what_it_became(demo):
    assert demo.api("/providers/rolodex-one")["pages"][0]["platform"] == "instatus"
    assert demo.api("/providers/rolodex-one")["health"] == "operational"


def test_something_happens_and_every_receiver_is_told(demo):
    arrived = lambda: demo.json(demo.arrived() + "~arrived.json")
    until(lambda: {one["kind"] for one in arrived()} == {"slack", "discord", "teams", "webhook", "email"}, 60, "all five")
    story = lambda: [one for one in demo.api("/incidents?provider=larkspur-voice")["items"] if not one["imported"] and seconds(one["started_at"]) > time.time() - 600]
    until(lambda: any(len(one["updates"]) > 1 for one in story()), 120, "an update")
    subjects = [one["subject"] for one in arrived() if one["kind"] == "email"]
    assert "[Larkspur Voice] Inbound calls do not connect" in subjects
    assert "Inbound calls do not connect" in demo.get(demo.arrived())


def test_every_page_says_that_nothing_is_real(demo):
    incident = demo.api("/incidents")["items"][0]["id"]
    for path in ["/", "/providers", "/providers/kustomer", f"/incidents/{incident}", "/tour"]:
        page = demo.get(path)
        assert "Simulated world: nothing here is real" in page, path
        assert f'href="{demo.arrived()}"' in page and 'href="/tour"' in page, path


def test_the_tour_leads_somewhere(demo):
    tour = demo.get("/tour")
    tour = tour[tour.index("<main"):tour.index("</main>")]
    links = re.findall(r'href="([^"]+)"', tour)
    assert len(links) >= 10
    for link in links:
        assert demo.get(link.split("#")[0]), link
    for there in ["/providers/porter-sso", "/providers/rolodex-one", demo.arrived()]:
        assert there in links


def test_a_real_store_is_left_alone_and_nothing_stays(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "tocsin.db").write_bytes(b"somebody's store")
    (tmp_path / "tocsin.toml").write_text("this is no configuration")
    digest = lambda: [(one.name, hashlib.sha256(one.read_bytes()).hexdigest()) for one in sorted(data.iterdir())]
    before = digest()
    living = Demo(tmp_path, {"TOCSIN_DATA": str(data), "TOCSIN_DATABASE__URL": f"sqlite://{data}/tocsin.db"})
    assert [one.name[:12] for one in living.scratch.iterdir()] == ["tocsin-demo-"]
    assert living.stop() == 0
    assert digest() == before
    assert list(living.scratch.iterdir()) == [], "the throw-away store is thrown away"


@pytest.mark.parametrize("more", [["--config", "tocsin.toml"], ["--data", "data"]])
def test_it_takes_neither_configuration_nor_store(more):
    code, _, said = run("serve", "--demo", *more)
    assert code == 2 and "--demo has a configuration and a store of its own" in said


def test_another_world_has_no_tour(tocsin):
    status, _, page = tocsin("").problem("GET", "/tour")
    assert status == 404 and "Simulated world" not in page
