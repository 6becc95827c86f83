"""Nothing is wrong with any line: as many calls as one check makes in a day at one a minute, and nobody is warned."""

import contextlib
import re
import time

from counted import noted, times

from conftest import closing, instances
from desk_floor import Desk
from namespace import apart
from peers import Receiver, until
from voice import Telephone

CALLS = times(4, 24 * 60)
LINES = times(2, 12)
AGENT_CALLS = times(1, 48)
PACE = times(60, 20)

CONFIG = """
[voice]
calls_per_hour = 3600
buffer_ms = 160
[net]
allow_private = ["127.0.0.0/8"]
[[group]]
name = "ops"
channels = ["hook"]
[[channel]]
name = "hook"
kind = "webhook"
url = "{hook}"
[[check]]
name = "desk"
kind = "desk_e2e"
target = "sip:support@127.0.0.1:{sip}"
page = "{page}/"
agent = "robot"
token = "token-of-robot"
interval = "1s"
groups = ["ops"]
"""
LINE = """
[[check]]
name = "line {number}"
kind = "sip_call"
target = "sip:line{number}@127.0.0.1:{port}"
interval = "1s"
groups = ["ops"]
"""


def counted(app):
    """Calls by kind of check and verdict."""
    found = {}
    for check, verdict, count in re.findall(r'tocsin_check_calls_total\{check="([^"]+)",verdict="([^"]+)"\} (\d+)', app.get("/metrics", raw=True)):
        kind = "agent" if check == "desk" else "line"
        found[kind, verdict] = found.get((kind, verdict), 0) + int(count)
    return found


def calls(app, kind):
    return sum(count for (one, _), count in counted(app).items() if one == kind)


def test_a_day_of_calls_without_a_fault_warns_nobody(tmp_path):
    began = time.monotonic()
    with apart(), closing(Receiver()) as receiver, closing(Telephone()) as telephone, contextlib.closing(Desk(tmp_path / "desk", names=["robot"], alone=30)) as desk, instances(tmp_path) as start:
        lines = [LINE.format(number=number, port=telephone.port) for number in range(LINES)]
        app = start("".join([CONFIG.format(hook=receiver.url("/hook"), sip=desk.sip, page=desk.base), *lines]))
        until(lambda: calls(app, "line") >= CALLS and calls(app, "agent") >= AGENT_CALLS, CALLS * PACE // LINES, "enough calls")
        seen = counted(app)
        warnings = app.api("/warnings")["items"]
        assert (warnings, receiver.events("/hook")) == ([], []), seen
    verdicts = {kind: {verdict: count for (one, verdict), count in seen.items() if one == kind} for kind in ("line", "agent")}
    noted("a day of calls without a fault", side_by_side=LINES + 1, calls=verdicts, warnings=0, minutes=round((time.monotonic() - began) / 60, 1))
    # A busy machine loses sound: then a call is poor, or says nothing of the line.
    assert verdicts["line"].get("pass", 0) * 2 >= CALLS, verdicts
