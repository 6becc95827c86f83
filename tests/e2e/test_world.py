"""The simulated world and the real program: every platform is read, every fault is named, every receiver is told."""

import contextlib
import html
import json
import subprocess
import threading
import urllib.error
import urllib.request

import pytest

from conftest import closing, instances
from peers import until
from world import PROGRAM, SCENARIOS, World

PLATFORMS = ["statuspage", "incidentio", "instatus", "cachet", "aws", "feed"]
# What the reason must say of each broken page.
FAULTS = {
    "reset": "", "error": "500", "busy": "429", "html": "web page", "truncated": "", "cut-off": "", "huge": "more than we read",
    "gzip-bomb": "more than we read", "redirect-loop": "circle", "changed-ids": "another page",
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """Fifty times faster: what comes after ten minutes comes after twelve seconds."""
    with closing(World(SCENARIOS / "every-platform.toml", 50)) as world, instances(tmp_path_factory.mktemp("world")) as start:
        app = start(world.watched())
        with watching(app) as seen:
            yield world, app, seen


@contextlib.contextmanager
def watching(app):
    """Every state in which a provider was ever shown, by its slug: (health, last known health, reason)."""
    seen = {}
    over = threading.Event()

    def look():
        while not over.wait(0.1):
            with contextlib.suppress(OSError):
                for one in app.api("/providers?limit=100&watched=true")["items"]:
                    seen.setdefault(one["slug"], set()).add((one["health"], one["last_known"], one["pages"][0]["reason"]))

    looking = threading.Thread(target=look)
    looking.start()
    yield seen
    over.set()
    looking.join()


def of(app, slug):
    return app.api(f"/providers/{slug}")


def calls(app, slug):
    return [one for one in app.api(f"/incidents?provider={slug}")["items"] if one["title"] == "Calls fail"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_is_recognised_and_read(lived, platform):
    _, app, _ = lived
    until(lambda: of(app, platform)["pages"][0]["readable"], what="a reading")
    told = of(app, platform)
    assert told["pages"][0]["platform"] == platform
    until(lambda: any(one["title"] == "An old story" and one["imported"] for one in app.api(f"/incidents?provider={platform}")["items"]), what="the history")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_that_breaks_is_unknown_with_the_reason(lived, fault):
    _, _, seen = lived
    broken = until(lambda: [state for state in seen.get(fault, ()) if state[0] == "unknown" and state[1]], 60, f"{fault} unknown")
    assert all(known == "operational" and reason for _, known, reason in broken)
    assert any(FAULTS[fault] in reason for *_, reason in broken), broken


def test_a_slow_page_is_read_all_the_same(lived):
    _, app, seen = lived
    until(lambda: "unknown" in {health for health, known, _ in seen.get("reset", ()) if known}, 60, "the faults")
    assert of(app, "slow")["health"] == "operational" and of(app, "slow")["pages"][0]["readable"]


def test_a_page_that_moved_is_read_as_what_it_became(lived):
    _, app, _ = lived
    until(lambda: of(app, "moved")["pages"][0]["platform"] == "incidentio", 60, "the move")
    until(lambda: of(app, "moved")["health"] == "operational", 60, "a reading after it, whatever the ids")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_trouble_of_every_platform_is_told_from_its_begin_to_its_end(lived, platform):
    _, app, _ = lived
    ended = until(lambda: [one for one in calls(app, platform) if one["state"] == "closed"], 60, f"the end at {platform}")[0]
    assert ended["resolved_at"] and not ended["imported"] and ended["candour"]["detection_s"] is not None
    stages = [update["stage"] for update in ended["updates"]]
    assert stages[-1] == "resolved" and len(stages) == 3


def test_every_receiver_shows_what_arrived(lived):
    world, app, _ = lived
    until(lambda: all(calls(app, platform) and calls(app, platform)[0]["state"] == "closed" for platform in PLATFORMS), 60, "all ends")
    until(lambda: not app.deliveries("due"), what="the last deliveries")
    for kind in ("slack", "discord", "teams", "webhook", "email"):
        came = world.arrived(kind)
        told = str([one.get("json") or one["subject"] + one["text"] for one in came])
        assert "Calls fail" in told and "Statuspage" in told, kind
    assert {one["state"] for one in app.api("/deliveries?limit=200")["items"]} == {"sent"}
    mail = world.arrived("email")[0]
    assert mail["to"] == "oncall@example.com" and "<html" in mail["html"].lower()
    page = world.shown()
    assert page.count("<article") >= 30 and "Calls fail" in page and "<script" not in page


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "changed-ids"])
def test_a_page_that_is_mended_is_well_again(lived, fault):
    _, app, _ = lived
    until(lambda: of(app, fault)["health"] == "operational", 90, f"{fault} well")


def test_discord_keeps_what_is_edited():
    def said(method, url, message):
        request = urllib.request.Request(url, json.dumps(message).encode(), {"content-type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    with closing(World(SCENARIOS / "every-platform.toml", 1)) as world:
        hook = world.addresses["receivers"]["discord"]
        first, second = (said("POST", f"{hook}?wait=true", {"content": text, "username": "Tocsin"})[1]["id"] for text in ("one", "two"))
        assert first != second
        assert said("PATCH", f"{hook}/messages/{first}", {"content": "one, edited"}) == (200, {"id": first, "type": 0, "channel_id": "1000000000000000001"})
        assert [one["json"] for one in world.arrived("discord")] == [
            {"content": "one, edited", "username": "Tocsin"}, {"content": "two", "username": "Tocsin"},
        ]
        assert said("PATCH", f"{hook}/messages/7", {"content": "nobody's"})[1]["code"] == 10008


def test_where_nothing_arrived_the_page_says_how_something_would():
    with closing(World(SCENARIOS / "every-platform.toml", 1)) as world:
        page = world.shown()
        assert "Nothing has arrived here yet." in page and all(html.escape(address) in page for address in world.addresses["receivers"].values())


def test_a_mistake_in_a_scenario_is_told_with_its_line(tmp_path):
    scenario = tmp_path / "mine.toml"
    scenario.write_text((SCENARIOS / "every-platform.toml").read_text().replace('impact = "major"', 'impct = "major"', 1))
    done = subprocess.run([PROGRAM, scenario], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "mine.toml:" in done.stderr and "did you mean `impact`?" in done.stderr
