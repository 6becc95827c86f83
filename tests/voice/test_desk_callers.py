"""Callers who are not ours reach an agent: sipp, baresip and linphone. And what the desk tells of what goes wrong, where somebody
is to hear of it."""

import contextlib
import json
import math
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e")]

from desk_floor import AGENT_SAYS, CALLER_SAYS, SUPERVISOR, Agent, Desk, sine
from namespace import Namespace, apart
from peers import Receiver
from staffed import agents, chromium  # noqa: F401
from telephone import encoded, share
from test_desk_gate import FILES, breaks

DESK, CALLER = "10.9.0.1", "10.9.0.2"


@pytest.fixture(scope="module")
def caller():
    """The machine of whoever calls, and the desk's, which is this one."""
    with apart() as here, Namespace(within=here) as there:
        here.tied(there, f"{DESK}/24", f"{CALLER}/24")
        there.run("ip", "route", "add", "default", "via", DESK, check=True)
        yield there


@pytest.fixture(scope="module")
def network(caller):
    return caller


@pytest.fixture(scope="module")
def desk(network, tmp_path_factory):
    with contextlib.closing(Desk(tmp_path_factory.mktemp("desk") / "data", at=DESK)) as one:
        yield one


@pytest.fixture(scope="module")
def browser(chromium, tmp_path_factory):
    """One whose microphone may be used, and plays a tone."""
    microphone = tmp_path_factory.mktemp("microphone") / "agent.wav"
    sine(microphone, AGENT_SAYS)
    return chromium("--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}", f"--unsafely-treat-insecure-origin-as-secure=http://{DESK}:8088")


def accepts(agent, caller):
    agent.shows("Incoming call")
    assert agent.frame.locator("#caller").inner_text() == f"{caller} · support"
    agent.clicks("Accept")
    agent.shows("Connected")
    assert agent.desk.calls() == {caller: "CONNECTED"}
    agent.hears(CALLER_SAYS, 4)


def record(desk, caller):
    """The only one of a caller; it is written once the call is over."""
    desk.until(lambda: caller not in desk.calls(), 5, "the call is over")
    [one] = [one for one in map(json.loads, (desk.data / "calls.jsonl").read_text().splitlines()) if one["caller"] == caller]
    return one


@contextlib.contextmanager
def program(caller, log, *command, **how):
    """Runs there while the block lasts; what it says is in the log."""
    with log.open("w") as said:
        process = subprocess.Popen(caller.inside(*command), stdout=said, stderr=subprocess.STDOUT, text=True, **how)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def heard(file, hz):
    """In how many tenths of a second of a file; it may still be written, and its lengths not be known."""
    data = file.read_bytes() if file.exists() else b""
    if len(data) < 46:
        return 0
    channels, rate = struct.unpack("<HI", data[22:28])
    assert data[:4] == b"RIFF" and rate % 8000 == 0, (channels, rate)
    every = channels * rate // 8000
    sound = [value for (value,) in struct.iter_unpack("<h", data[44 : len(data) // 2 * 2])][::every]
    return sum(share(sound[at : at + 800], hz) > 0.5 for at in range(0, len(sound) - 799, 800))


def test_sipp_reaches_an_agent(caller, desk, agents, tmp_path):
    second = (encoded(round(8000 * math.sin(2 * math.pi * CALLER_SAYS * at / 8000))) for at in range(8000))
    (tmp_path / "said.pcmu").write_bytes(bytes(second))
    ada = agents()
    how = ["-s", "support", "-m", "1", "-i", CALLER, "-nostdin", "-trace_err", "-trace_msg"]
    with program(caller, tmp_path / "screen", "sipp", "-sf", HERE / "scenarios/uac_speaks.xml", f"{DESK}:{desk.sip}", *how, cwd=tmp_path) as sipp:
        accepts(ada, "4930777")
        ada.shows("After the call", 15)
        assert sipp.wait(10) == 0, "".join(file.read_text() for file in tmp_path.glob("*.log"))
    one = record(desk, "4930777")
    assert one["connected"] and one["agent"] == "ada" and one["ended_by"] == "caller" and one["failed"] == []


def baresip(folder):
    modules = next(Path("/usr/lib").glob("**/baresip/modules"))
    folder.mkdir()
    (folder / "config").write_text(
        f"sip_listen 0.0.0.0:5060\nnet_interface cable\nmodule_path {modules}\n"
        f"audio_source ausine,{CALLER_SAYS}\nausrc_srate 48000\nausrc_channels 2\nauplay_srate 48000\nauplay_channels 2\n"
        f"snd_path {folder}\n"
        "module g711.so\nmodule ausine.so\nmodule sndfile.so\nmodule_app menu.so\nmodule_app account.so\n"
    )
    (folder / "accounts").write_text(f"<sip:4930888@{CALLER}>;regint=0;audio_codecs=pcmu\n")
    return folder


def test_baresip_reaches_an_agent_who_hangs_up(caller, desk, agents, tmp_path):
    ada = agents()
    log, folder = tmp_path / "log", baresip(tmp_path / "bare")
    with program(caller, log, "baresip", "-f", folder, "-t", "120", "-e", f"/dial sip:support@{DESK}:{desk.sip}", stdin=subprocess.DEVNULL):
        accepts(ada, "4930888")
        desk.until(lambda: any(heard(file, AGENT_SAYS) >= 4 for file in folder.glob("dump-*-dec.wav")), 6, "the caller hears the agent")
        assert "session closed" not in log.read_text()
        ada.clicks("Hang up")
        desk.until(lambda: "session closed" in log.read_text(), 5, "the caller is told")
    one = record(desk, "4930888")
    assert one["connected"] and one["agent"] == "ada" and one["ended_by"] == "agent" and one["failed"] == []


LINPHONE = f"""
[sip]
contact=sip:4930666@{CALLER}
guess_hostname=0
"""


@pytest.mark.skipif(not shutil.which("linphonec"), reason="linphonec is not installed (Debian: linphone-cli)")
def test_linphone_reaches_an_agent(caller, desk, agents, tmp_path):
    # Without a place for its own papers it opens no port.
    (tmp_path / ".local/share/linphone").mkdir(parents=True)
    sine(tmp_path / "said.wav", CALLER_SAYS, seconds=60, rate=8000)
    (tmp_path / "linphonerc").write_text(LINPHONE)
    ada = agents()
    log = tmp_path / "log"
    with program(caller, log, "linphonec", "-c", tmp_path / "linphonerc", cwd=tmp_path, env={"HOME": str(tmp_path)}, stdin=subprocess.PIPE) as linphone:

        def types(line):
            linphone.stdin.write(f"{line}\n")
            linphone.stdin.flush()

        for line in ("soundcard use files", f"play {tmp_path / 'said.wav'}", f"record {tmp_path / 'heard.wav'}", f"call sip:support@{DESK}:{desk.sip}"):
            types(line)
        accepts(ada, "4930666")
        # What it hears has a head to be read by once the call is over.
        desk.until(lambda: (tmp_path / "heard.wav").stat().st_size >= 32_000, 6, "two seconds were heard")
        types("terminate")
        ada.shows("After the call")
        types("quit")
        assert linphone.wait(10) == 0, log.read_text()
    assert heard(tmp_path / "heard.wav", AGENT_SAYS) >= 4, "the caller heard the agent"
    one = record(desk, "4930666")
    assert one["connected"] and one["agent"] == "ada" and one["ended_by"] == "caller" and one["failed"] == []


@pytest.fixture
def hook(network):
    with contextlib.closing(Receiver()) as one:
        yield one


@pytest.fixture
def told(network, tmp_path, hook):
    """A desk that tells alarms to somebody."""
    with contextlib.closing(Desk(tmp_path / "data", web=8092, sip=5074, more=f'webhook = "{hook.url("/alarms")}"\n', alone=40)) as one:
        yield one


def test_a_webhook_is_told_of_a_build_that_is_rolled_back(told, hook, browser, tmp_path):
    first = told.state()["build"]
    new = tmp_path / "new"
    new.mkdir()
    for file in FILES:
        (new / file.name).write_bytes(file.read_bytes())
    breaks(new, "call.js", "this.#peer.addTrack(track, this.#microphone)", "this.#peer.addTrack(Object.assign(track, { enabled: false }), this.#microphone)")
    code, said = told.tool("publish", new)
    assert code == 0, said
    told.until(lambda: told.state()["build"] == first + 1, 3, "published")
    # Nobody takes the first in time: it is told again.
    hook.answers.append((503, b"busy", {}))
    with contextlib.closing(Agent(browser, told, "ada")) as ada, contextlib.closing(Agent(browser, told, "grace")) as grace:
        for agent in (ada, grace):
            agent.is_ready()
        told.calls_in()
        for agent in (ada, grace):
            agent.shows("Incoming call", 6)
            agent.clicks("Accept")
            agent.shows("Not ready", 8)
        told.until(lambda: told.state()["build"] == first + 2, 3, "rolled back")
        told.until(lambda: len(hook.received("/alarms")) == 4, 15, "three alarms, one of them twice")
        told.quiet()
    known = {one["said"]: one for one in told.state()["told"]}
    posted = hook.events("/alarms")
    assert {one["said"] for one in posted} == {
        f"build {first + 1} is new, and 2 of its calls were accepted without anybody being heard",
        f"build {first + 1} is rolled back: the files before it are published as build {first + 2}",
        f"over: build {first + 1} is new, and 2 of its calls were accepted without anybody being heard",
    }
    for one, seen in zip(posted, hook.received("/alarms"), strict=True):
        assert one == known[one["said"]], "what the desk keeps is what it tells"
        assert one["of"] == "build" and one["at_ms"] > 0 and one["detail"]
        assert seen["headers"]["content-type"] == "application/json"
    # One after the other: the first until it is taken, and the end of it last.
    assert posted[0] == posted[1] and [one["said"][:5] for one in posted[1:]] == ["build", "build", "over:"], posted


# A host page that hears nothing of what its frame says, and so never answers it.
SILENT = 'if (window === top) addEventListener("message", event => event.stopImmediatePropagation(), true);'


def test_a_host_page_that_stays_silent_is_counted_and_done_without(told, browser):
    with contextlib.closing(Agent(browser, told, script=SILENT)) as ada:
        told.until(lambda: told.metrics()["config_timeout_total"] == 1, 8, "it is counted")
        # The widget asks the desk by itself.
        ada.is_ready()
        assert ada.page.locator("#handshake").inner_text() == "Waiting for the frame to call"
        assert told.agent("ada")["routable"] and told.metrics()["config_timeout_total"] == 1
        assert told.state()["alarms"]["readiness"] == [] == told.state()["told"]


def test_a_widget_that_nobody_gives_its_configuration_is_counted_and_alarming(told, hook, browser):
    with contextlib.ExitStack() as opened:
        contexts = {name: opened.enter_context(contextlib.closing(browser.new_context())) for name in ("ada", "grace")}
        supervisor = opened.enter_context(contextlib.closing(browser.new_page()))
        supervisor.goto(f"{told.base}/supervisor#token={SUPERVISOR}")
        everybody = []
        for at, (name, context) in enumerate(contexts.items()):
            # Their own question is not answered either.
            context.route("**/voice/config", lambda route: route.abort())
            one = opened.enter_context(contextlib.closing(Agent(browser, told, name, context=context, script=SILENT)))
            everybody.append(one)
            assert "No configuration came" in one.shows("Not ready", 9)
            told.until(lambda at=at: told.metrics()["config_timeout_total"] == at + 1, 3, "it is counted")
            state = told.agent(name)
            assert state["state"] == "NOT_READY(config_timeout)" and not state["routable"] and state["status"] == "away"
            # One alone may be a page that somebody leaves.
            assert len(told.state()["alarms"]["readiness"]) == at
        build = told.state()["build"]
        assert told.state()["alarms"]["readiness"] == [{"alarm": "missing", "builds": [build], "sessions": 2}]
        assert told.metrics()[f'sessions{{build="{build}",config_version="0",state="NOT_READY(config_timeout)"}}'] == 2
        says = f"2 session(s) of build(s) {{{build}}} were given no configuration"
        supervisor.locator("#alarms").get_by_role("cell", name=says).wait_for(timeout=5000)
        supervisor.locator("#agents").get_by_role("cell", name="not ready(config timeout)").nth(1).wait_for(timeout=5000)
        told.until(lambda: [one["said"] for one in hook.events("/alarms")] == [says], 3, "the webhook is told")
        telephone = told.calls_in()
        telephone.until(lambda: 180 in telephone.codes, 3, "it rings")
        assert {one.title() for one in everybody} == {"Not ready"} and {one["status"] for one in told.state()["agents"]} == {"away"}
        telephone.cancels()
        for context in contexts.values():
            context.unroute("**/voice/config")
        for one in everybody:
            one.is_ready()
        told.until(lambda: told.state()["alarms"]["readiness"] == [], 3, "it is over")
        told.until(lambda: hook.events("/alarms")[-1]["said"].startswith("over: "), 3, "and that is told")
        assert told.metrics()["config_timeout_total"] == 2
        told.quiet()
