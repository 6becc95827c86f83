"""The gate of a build: it lets through what works, and nothing else; its exit code says which."""

import json
import subprocess
from pathlib import Path

import pytest

from desk_floor import DESK
from namespace import apart

ROOT = Path(__file__).resolve().parents[2]
FILES = [*(ROOT / "voice/desk/web").glob("widget.*"), *(ROOT / "voice/desk/web" / name for name in ("main.js", "call.js")), *(ROOT / "voice/switchboard/web" / name for name in ("handshake.js", "widget.js", "timer.js"))]


@pytest.fixture(scope="module", autouse=True)
def network():
    with apart():
        yield


@pytest.fixture
def build(tmp_path):
    for file in FILES:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def gate(*what):
    done = subprocess.run([DESK, "gate", "--json", *map(str, what)], capture_output=True, text=True, timeout=60)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def breaks(build, file, what, instead):
    text = (build / file).read_text()
    assert what in text
    (build / file).write_text(text.replace(what, instead))


def test_what_works_passes(build):
    code, said = gate(build)
    assert code == 0, said
    assert said == {
        "passed": True,
        "steps": ["the widget is ready for calls", "it rings", "accepted by a click, and connected", "the agent hears the caller's number", "the caller hears the agent's number", "the caller is told that it is over"],
    }


def test_a_build_that_sends_no_sound_does_not(build):
    breaks(build, "call.js", "this.#peer.addTrack(track, this.#microphone)", "this.#peer.addTrack(Object.assign(track, { enabled: false }), this.#microphone)")
    code, said = gate(build)
    assert code == 1 and not said["passed"]
    assert said["steps"][-1].startswith("not: accepted by a click, and connected"), said


PLAYS_NOTHING = ("call.js", "this.#audio.srcObject = new MediaStream([track])", "this.#audio.srcObject = new MediaStream()")


def test_a_build_that_plays_nothing_is_never_connected(build):
    breaks(build, *PLAYS_NOTHING)
    code, said = gate(build)
    assert code == 1 and not said["passed"]
    assert any(step.startswith("not: accepted by a click, and connected") for step in said["steps"]), said


def test_a_build_that_says_connected_and_plays_nothing_does_not(build):
    breaks(build, *PLAYS_NOTHING)
    breaks(build, "main.js", '  CONNECTING: ["Connecting", "Not connected yet: nobody hears you until it says so here.", "wait"],', '  CONNECTING: ["Connected", "You hear each other.", "good"],')
    code, said = gate(build)
    assert code == 1 and not said["passed"]
    assert "accepted by a click, and connected" in said["steps"]
    assert any(step.startswith("not: the agent hears the caller's number") for step in said["steps"]), said


def test_a_build_that_misses_its_configuration_does_not(build):
    breaks(build, "widget.js", 'case "fetch":', 'case "fetched":')
    breaks(build, "handshake.js", 'if (message.kind === "CONFIG") {', 'if (message.kind === "CONFIG" && false) {')
    code, said = gate(build)
    assert code == 1
    assert said["steps"][0].startswith("not: the widget is ready for calls") and "No configuration came" in said["steps"][0], said


def test_what_cannot_be_tried_is_neither(build, tmp_path_factory):
    code, said = gate(build, "--browser", "no-such-browser")
    assert code == 3 and "install Chromium" in said
    code, said = gate(tmp_path_factory.mktemp("empty"))
    assert code == 3 and "holds no widget.html" in said
