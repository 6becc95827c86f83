"""The incident, played against a desk that Tocsin watches: a build that accepts calls and shows them as connected, and in which no
sound goes out, is published, and the warning is at a webhook soon after. The desk rolls the build back by itself; that is seen, too."""

import contextlib
import json
import time
from concurrent.futures import ThreadPoolExecutor

from counted import noted, spread, times

from conftest import closing, instances
from desk_floor import Desk
from namespace import apart
from peers import Receiver, until
from test_agent_checks import BOLD, MUTE
from test_desk_gate import FILES, breaks

COUNT, SIDE_BY_SIDE = times(1, 20), times(1, 4)
INTERVAL = times(10, 60)
# In seconds, from the build's publication to the warning.
KNOWN_WITHIN = 180

CONFIG = """
[voice]
calls_per_hour = 3600
buffer_ms = 160
[[group]]
name = "ops"
channels = ["hook"]
[[channel]]
name = "hook"
kind = "webhook"
url = "{hook}"
[net]
allow_private = ["127.0.0.0/8"]
[[check]]
name = "desk"
kind = "desk_e2e"
target = "sip:support@127.0.0.1:{sip}"
page = "{page}/"
agent = "robot"
token = "token-of-robot"
interval = "{interval}s"
groups = ["ops"]
"""


def broken(folder):
    """The desk's own widget, with the fault."""
    folder.mkdir()
    for file in FILES:
        (folder / file.name).write_bytes(file.read_bytes())
    for fault in (MUTE, BOLD):
        breaks(folder, *fault)
    return folder


def calls(app):
    """The latest first."""
    return app.api("/checks/desk/calls?limit=50")["items"]


def played(number, folder):
    """One desk, watched, from its first good call to the warning, the first also to its end; what was measured, in seconds."""
    folder.mkdir()
    with apart(), closing(Receiver()) as receiver, contextlib.closing(Desk(folder / "desk", names=["robot"], alone=30)) as desk, instances(folder) as start:
        app = start(CONFIG.format(hook=receiver.url("/hook"), sip=desk.sip, page=desk.base, interval=INTERVAL))
        until(lambda: any(call["verdict"] == "pass" for call in calls(app)), 300, "a call that passes")
        until(lambda: app.api("/checks/desk")["health"] == "operational" and not app.api("/checks/desk")["calling"], 120, "a desk that is well")
        assert receiver.events("/hook") == []
        # Somewhere between two calls.
        time.sleep(number * 7 % INTERVAL)
        first, known = desk.state()["build"], {call["id"] for call in calls(app)}
        published = time.time()
        code, said = desk.tool("publish", broken(folder / "broken"))
        assert code == 0, said
        [told] = until(lambda: receiver.received("/hook"), KNOWN_WITHIN * 2, "the warning")
        warning = json.loads(told["body"])
        assert warning["type"] == "warning.raised" and warning["data"]["warning"]["kind"] == "no_audio", warning
        assert warning["data"]["warning"]["summary"] == "Calls are answerable but audio does not connect"
        failed = [call for call in reversed(calls(app)) if call["id"] not in known and call["verdict"] != "pass"]
        print(*(f"{call['at']} {call['verdict']}: {call['why']}" for call in failed), sep="\n")
        # Two failures, and the desk went back to the files of before.
        until(lambda: desk.state()["build"] == first + 2, 60 + 4 * INTERVAL, "the roll-back")
        seen = {"known": told["at"] - published, "rolled_back": time.time() - published, "verdicts": [call["verdict"] for call in failed]}
        if number == 0:
            until(lambda: len(receiver.received("/hook")) == 2, 240 + 8 * INTERVAL, "the end of the warning")
            over = receiver.received("/hook")[1]
            assert json.loads(over["body"])["type"] == "warning.cleared"
            seen["over"] = over["at"] - published
        noted(f"the incident against a watched desk, number {number + 1}", **seen)
        return seen


def test_what_happened_to_the_vendor_is_known_within_three_minutes(tmp_path):
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        seen = list(pool.map(lambda number: played(number, tmp_path / str(number)), range(COUNT)))
    within = sum(one["known"] <= KNOWN_WITHIN for one in seen)
    noted(
        "the incident against a watched desk", played=COUNT, known_within_3_minutes=within, every_seconds=INTERVAL,
        known=spread([one["known"] for one in seen]), rolled_back=spread([one["rolled_back"] for one in seen]),
        over=round(seen[0]["over"], 1), verdicts=sorted({verdict for one in seen for verdict in one["verdicts"]}),
    )
    assert within == COUNT
