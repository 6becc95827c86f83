"""Checks whose far end is an agent of ours: the program calls a desk, and a real browser signs in there, accepts and listens."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE)]

import pages
from namespace import apart
from conftest import closing, instances
from desk_floor import Desk
from peers import BINARY, TOKEN, Receiver, Vendor, run, until
from test_desk_gate import FILES, breaks

TITLE = "Calls are answerable but audio does not connect"
AGENT = """
[[agent]]
id = "robot"
token = "token-of-robot"
queues = ["check"]

[[queue]]
id = "check"
ring_seconds = 15
wait_seconds = 60
alone_seconds = 1
wrap_seconds = 1
"""
CHECKS = """
[voice]
calls_per_hour = 3600
buffer_ms = 160
record = true

[[check]]
name = "desk"
kind = "desk_e2e"
target = "sip:check@127.0.0.1:5070"
page = "http://127.0.0.1:8088/"
agent = "robot"
token_file = "{secret}"
interval = "30m"
{more}

[[check]]
name = "widget"
kind = "webrtc_agent"
target = "sip:check@127.0.0.1:5070"
page = "http://127.0.0.1:8088/"
steps = [
  {{ wait = "#sign-in" }},
  {{ fill = "#agent", with = "robot" }},
  {{ fill = "#token", with_file = "{secret}" }},
  {{ click = '#sign-in button:has-text("Sign in")' }},
]
ready = '#state:has-text("Ready for calls")'
dismiss = ["#back", "#done"]
accept = "#accept"
connected = '#state:has-text("Connected")'
says = ["#state", "#why", "#sign-in-problem"]
interval = "30m"
"""
MUTE = ("call.js", "this.#peer.addTrack(track, this.#microphone)", "this.#peer.addTrack(Object.assign(track, { enabled: false }), this.#microphone)")
# As in the incident: it shows a connected call at once, whatever is heard.
BOLD = ("main.js", '  CONNECTING: ["Connecting", "Not connected yet: nobody hears you until it says so here.", "wait"],', '  CONNECTING: ["Connected", "You hear each other.", "good"],')
TURNED_OFF = ("widget.html", '<audio id="sound" autoplay>', '<audio id="sound" autoplay muted>')
PLAYS_NOTHING = ("call.js", "this.#audio.srcObject = new MediaStream([track])", "this.#audio.srcObject = new MediaStream()")


@pytest.fixture(scope="module", autouse=True)
def network():
    with apart():
        yield


@pytest.fixture(scope="module")
def desk(network, tmp_path_factory):
    with closing(Desk(tmp_path_factory.mktemp("desk") / "data", more=AGENT)) as one:
        yield one


@pytest.fixture
def publishes(desk, tmp_path):
    """A build of the widget with something broken in it, until the test is over."""

    def publish(*faults):
        folder = tmp_path / f"build-{len(list(tmp_path.glob('build-*')))}"
        folder.mkdir()
        for file in FILES:
            (folder / file.name).write_bytes(file.read_bytes())
        for fault in faults:
            breaks(folder, *fault)
        before = desk.state()["build"]
        code, said = desk.tool("publish", folder)
        assert code == 0, said
        desk.until(lambda: desk.state()["build"] > before, 10, "published")

    published = []
    yield lambda *faults: published.append(publish(*faults))
    if published:
        publish()


@pytest.fixture
def file(tmp_path):
    """A configuration, and what is changed in it."""

    def write(*changes, more=""):
        secret = tmp_path / "token"
        secret.write_text("token-of-robot\n")
        text = CHECKS.format(secret=secret, more=more)
        for what, instead in changes:
            assert what in text
            text = text.replace(what, instead)
        path = tmp_path / "checks.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def room():
    """Where robots keep their browsers' folders: of this test's own, since others have robots, too. A browser's sockets lie
    in it, whose paths must be short."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


def called(name, path, *how, room="/tmp"):
    """The exit code and the call."""
    code, out, err = run("checks", "run", name, "--config", path, "--json", *how, env={"TMPDIR": str(room)})
    assert out, err
    return code, json.loads(out)


def proved(name, path):
    """The same of a call that says something; a busy machine may spoil one."""
    for _ in range(4):
        code, call = called(name, path)
        if call["verdict"] != "probe_fault":
            break
    return code, call


def steps(call):
    return [rung["what"] for rung in call["ladder"]]


def told(call):
    """A call, where something is wrong with it."""
    return "\n".join([call["verdict"], call["why"], str(call["trouble"]), str(call["control"]), *steps(call)])


def connects(call):
    """Both heard each other. A busy machine loses sound: then a call is poor, and where the probe's own is poor, too, it says
    nothing of the desk."""
    is_busy = call["verdict"] == "probe_fault" and (call["control"] or "").startswith(("poor_quality", "late_audio"))
    return call["verdict"] in ("pass", "poor_quality") or is_busy


def left_over(room):
    """Browsers of robots that run, and their folders."""
    running = []
    for one in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{one}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            if str(room) in command:
                running.append(command[:120])
    return running + [one.name for one in room.iterdir()]


def test_both_ends_prove_that_they_hear_each_other(desk, file, room, tmp_path):
    path = file()
    for name in ("desk", "widget"):
        code, call = called(name, path, "--record", tmp_path / name, room=room)
        assert connects(call) and (code == 0) == (call["verdict"] == "pass"), told(call)
        said = steps(call)
        for step in ("it rings at the agent", "the agent clicks to accept", "the page says that they are connected", "the call is answered"):
            assert step in said, said
        numbers = [step.rsplit(" ", 1)[1] for step in said if "hears the number" in step or "says the number" in step]
        assert len(set(numbers)) == 2, said
        assert [rung["by"] for rung in call["ladder"] if rung["what"] == "it rings at the agent"] == ["agent"]
        assert call["measures"]["agent_ready_ms"] > 0 and call["measures"]["two_way_ms"] is not None
        sides = sorted(one.name.rsplit("-", 1)[1] for one in (tmp_path / name).glob("*.wav"))
        assert sides == ["agent.wav", "heard.wav", "sent.wav"]
        for one in (tmp_path / name).glob("*.wav"):
            with wave.open(str(one)) as sound:
                assert sound.getframerate() == 8000 and 2 < sound.getnframes() / 8000 < 60
    assert left_over(room) == []


def test_a_widget_as_in_the_incident_is_told_of_in_the_incidents_words(desk, publishes, file, room):
    with closing(Vendor()) as vendor, closing(Receiver()) as receiver, instances(file().parent) as start:
        pages.publish(vendor, "/kustomer", [pages.component("c1", "Kustomer Voice")])
        more = 'provider = "kustomer"\ncomponents = ["Kustomer Voice"]\ngroups = ["support-desk"]'
        config = file(more=more).read_text() + f"""
[poll]
spread = "0s"
[net]
allow_private = ["127.0.0.0/8"]
[[provider]]
slug = "kustomer"
name = "Kustomer"
page = "{vendor.url('/kustomer')}"
interval = "1s"
[[group]]
name = "support-desk"
channels = ["hook"]
[[channel]]
name = "hook"
kind = "webhook"
url = "{receiver.url('/hook')}"
[[check]]
name = "no browser"
kind = "desk_e2e"
target = "sip:check@127.0.0.1:5070"
page = "http://127.0.0.1:8088/"
agent = "robot"
token = "token-of-robot"
browser = "no-such-browser"
interval = "1s"
groups = ["support-desk"]
"""
        # One agent takes the calls of one check at a time.
        config = config.replace('name = "widget"\nkind = "webrtc_agent"', 'name = "widget"\nkind = "webrtc_agent"\nbusiness_hours = ["sun 00:00-00:01"]')
        app = start(config, env={"TMPDIR": str(room)})
        check = lambda name="desk": app.api(f"/checks/{name}")
        first = until(lambda: check()["last_call"], 90, "the first call")
        assert check()["kind"] == "desk_e2e" and connects(first), told(first)
        assert check()["health"] == "operational"

        publishes(MUTE, BOLD)
        app.call("POST", "/api/v1/checks/desk/run", token=TOKEN, body=b"")
        [told] = until(lambda: receiver.events("/hook"), 120, "the warning")
        assert told["type"] == "warning.raised" and told["data"]["warning"]["summary"] == TITLE
        assert told["data"]["warning"]["page_says"] == "operational"
        assert "its browser" not in json.dumps(told) and any("browser heard its own microphone" in one for one in told["data"]["warning"]["evidence"])
        calls = app.api("/checks/desk/calls?limit=5")["items"]
        # Nobody waits for the next turn: the second call came at once.
        assert len(calls) == 3 and all(call["verdict"] in ("one_way_out", "answered_silent") for call in calls[:2]), calls
        assert "the page says that they are connected" in steps(calls[0]) and "“Connected" in calls[0]["why"] + calls[1]["why"] or "Not ready" in calls[0]["why"], calls[0]["why"]
        shown = app.get("/checks/desk", raw=True)
        assert TITLE in shown and "Agent hears" in shown and "Our agent answers at" in shown

        # A browser that is missing says nothing of the desk.
        calls = until(lambda: (lambda all: len(all) >= 3 and all)(app.api("/checks/no-browser/calls")["items"]), 60, "its calls")
        assert {call["verdict"] for call in calls} == {"probe_fault"} and "install Chromium" in calls[0]["why"]
        assert check("no-browser")["health"] == "unknown" and check("no-browser")["warning"] is None
        assert [one["data"]["warning"]["check"]["slug"] for one in receiver.events("/hook")] == ["desk"]
        assert app.stop() == 0
    assert left_over(room) == []


@pytest.mark.parametrize("fault", [PLAYS_NOTHING, TURNED_OFF], ids=["plays-nothing", "turned-off"])
def test_a_widget_that_plays_nothing_is_not_connected(desk, publishes, file, fault):
    publishes(fault)
    failed = lambda: sum(count for name, count in desk.metrics().items() if name.startswith('voice_connect_fail_total{cause="caller_not_heard"'))
    before = failed()
    code, call = proved("desk", file())
    assert code == 1 and call["verdict"] == "one_way_in", told(call)
    assert "The caller hears the agent, and the agent hears nothing" in call["why"] and "“Not ready" in call["why"], call["why"]
    assert "the page says that they are connected" not in steps(call) and failed() > before


def test_a_widget_that_plays_nothing_and_says_that_it_is_connected(desk, publishes, file):
    publishes(PLAYS_NOTHING, BOLD)
    code, call = proved("desk", file())
    assert code == 1 and call["verdict"] == "one_way_in", told(call)
    assert "the page says that they are connected" in steps(call)


class Failing(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(503)

    def log_message(self, *_):
        pass


def test_a_page_that_cannot_be_used_is_said_to_be_the_reason(desk, file):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Failing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for page, why in (
        (f"http://127.0.0.1:{server.server_port}/", "it answers with HTTP 503"),
        ("http://127.0.0.1:9/", "cannot be loaded (net::ERR_"),
    ):
        code, call = called("desk", file(("http://127.0.0.1:8088/", page)))
        assert code == 1 and call["verdict"] == "not_answered" and why in call["why"], told(call)
        assert steps(call) == ["nobody is called: the agent is not ready"]
    server.shutdown()
    code, call = called("widget", file(('with = "robot"', 'with = "nobody"'), ('says = [', 'ready_within = "5s"\nsays = [')))
    assert code == 1 and "Name or token is wrong" in call["why"], told(call)
    code, call = called("desk", file(("http://127.0.0.1:8088/", "http://no-such-host.invalid/")))
    assert code == 4 and call["verdict"] == "probe_fault" and "cannot be reached from here" in call["why"], told(call)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_whoever_stops_it_leaves_no_browser_and_no_call(desk, file, room, how):
    command = [BINARY, "checks", "run", "desk", "--config", file()]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"], "TMPDIR": str(room)})
    desk.until(lambda: desk.state()["calls"], 60, "a call")
    running.send_signal(how)
    _, said = running.communicate(timeout=20)
    if how == signal.SIGTERM:
        assert running.returncode == 4 and b"it has been ended" in said, said
        assert left_over(room) == []
        desk.until(lambda: desk.state()["calls"] == [], 15, "the call is over")
    else:
        # Nobody is left to remove the folder; the next one does, when it is old.
        until(lambda: [one for one in left_over(room) if not one.startswith("tocsin-robot-")] == [], 10, "the browser ends")
        [folder] = room.iterdir()
        os.utime(folder, (0, 0))
        code, call = called("desk", file(('token_file', 'browser = "no-such-browser"\ntoken_file')), room=room)
        assert code == 4 and call["verdict"] == "probe_fault", told(call)
        assert left_over(room) == []
