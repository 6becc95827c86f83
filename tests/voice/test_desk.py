"""The desk with everything real: calls by SIP, agents in a browser who click, sound both ways."""

import contextlib
import json
import os
import signal
import struct
import subprocess
import time
from pathlib import Path

from desk_floor import AGENT_SAYS, CALLER_SAYS, Agent, Desk, both_heard
from staffed import agents, browser, chromium, desk, network  # noqa: F401
from telephone import share, tones


def talk(agent, telephone):
    agent.shows("Incoming call")
    agent.clicks("Accept")
    agent.shows("Connected")


def unbroken(agent, telephone, seconds):
    """Of so much sound that comes from now on no packet is missing, and the agent is heard in all of it."""
    first = len(telephone.sound)
    while len(telephone.sound) < first + seconds * 50:
        assert agent.title() == "Connected" and telephone.ended is None
        agent.waits(0.1)
    came = telephone.sound[first : first + seconds * 50]
    numbers = [(packet.number - came[0].number) % 65536 for packet in came]
    assert sorted(numbers) == list(range(len(came))), "a packet is missing"
    in_order = [packet.payload for _, packet in sorted(zip(numbers, came, strict=True))]
    tenths = tones(in_order, AGENT_SAYS)
    assert tenths >= seconds * 9, f"heard in {tenths} of {seconds * 10} tenths of a second"
    assert len(telephone.sources) == 1


def test_a_caller_reaches_an_agent_who_clicks_accept(desk, agents):
    ada = agents()
    telephone = desk.calls_in()
    ada.shows("Incoming call")
    assert ada.frame.locator("#caller").inner_text() == "4930111 · support"
    telephone.until(lambda: 180 in telephone.codes, 3, "it rings")
    assert 200 not in telephone.codes, "nobody is told of an answer before there is one"
    ada.clicks("Accept")
    ada.shows("Connected")
    assert telephone.codes.count(200) == 1
    both_heard(ada, telephone)
    assert desk.calls() == {"4930111": "CONNECTED"}
    assert len(telephone.sources) == 1
    ada.clicks("Hang up")
    telephone.until(lambda: telephone.ended == "them", 3, "the caller is told")
    ada.shows("After the call")
    ada.clicks("Done")
    ada.shows("Ready for calls")


def test_who_declines_is_passed_over_and_the_longest_idle_comes_first(desk, agents):
    ada = agents("ada")
    grace = agents("grace")
    telephone = desk.calls_in()
    ada.shows("Incoming call")
    assert grace.title() == "Ready for calls"
    ada.clicks("Decline")
    talk(grace, telephone)
    assert ada.shows("Ready for calls")
    both_heard(grace, telephone)
    telephone.hangs_up()
    grace.shows("After the call")
    assert [one["agent"] for one in desk.state()["agents"] if one["status"] == "wrap"] == ["grace"]


def test_who_does_not_answer_is_out_until_they_are_back(desk, agents):
    ada = agents("ada")
    grace = agents("grace")
    telephone = desk.calls_in(user="quick")
    ada.shows("Incoming call")
    grace.shows("Incoming call", 5)
    assert "did not take a call" in ada.shows("Not ready")
    assert not desk.agent("ada")["routable"] and desk.agent("ada")["notReady"] == "no_answer"
    talk(grace, telephone)
    ada.clicks("I am back")
    ada.shows("Ready for calls")
    desk.until(lambda: desk.agent("ada")["routable"], 5, "ada can be rung again")


def test_nobody_there_is_voicemail_and_a_missed_call(desk, agents):
    telephone = desk.calls_in(caller="4930222", user="4930999")
    telephone.until(lambda: 200 in telephone.codes, 5, "voicemail answers")
    telephone.until(lambda: telephone.heard(1000) >= 3, 4, "the beep")
    assert desk.calls() == {"4930222": "VOICEMAIL"}
    before = telephone.said
    telephone.until(lambda: telephone.said >= before + 125, 3, "something was said")
    telephone.hangs_up()
    desk.until(lambda: desk.state()["voicemail"][:1] and desk.state()["voicemail"][0]["caller"] == "4930222", 3, "the message")
    message = desk.state()["voicemail"][0]
    assert 1.5 < message["seconds"] <= telephone.said * 0.02 + 0.5
    missed = desk.state()["missed"][0]
    assert (missed["caller"], missed["queue"], missed["why"]) == ("4930222", "support", "nobody_there")
    file = (desk.data / f"voicemail/{message['call']}.wav").read_bytes()
    assert file[:4] == b"RIFF"
    sound = [value for (value,) in struct.iter_unpack("<h", file[44:])]
    assert share(sound[8000:16000], CALLER_SAYS) > 0.5, "what the caller said"
    assert desk.ask(f"/supervisor/voicemail/{message['call']}", token="wrong")[1] == 401


def test_a_caller_who_gives_up_while_it_rings(desk, agents):
    ada = agents()
    telephone = desk.calls_in(caller="4930333")
    ada.shows("Incoming call")
    telephone.cancels()
    telephone.until(lambda: telephone.codes[-1] == 487, 3, "487")
    ada.shows("Ready for calls")
    assert desk.state()["missed"][0]["why"] == "hung_up"
    assert desk.agent("ada")["status"] == "idle", "nothing of it is held against the agent"


def test_hold_mute_and_hanging_up(desk, agents):
    ada = agents()
    telephone = desk.calls_in()
    talk(ada, telephone)
    both_heard(ada, telephone)
    ada.clicks("Hold")
    ada.shows("On hold")
    telephone.until(lambda: telephone.recently(AGENT_SAYS) == 0, 2, "nothing of the agent")
    ada.hears_no_more(CALLER_SAYS)
    since = time.monotonic()
    telephone.until(lambda: telephone.heard(523.25, since) >= 1, 10, "notes on hold")
    assert telephone.heard(AGENT_SAYS, since) == 0
    ada.waits(1)
    assert ada.heard(CALLER_SAYS) == 0, "nothing of the caller meanwhile"
    ada.clicks("Hold")
    ada.shows("Connected")
    both_heard(ada, telephone)
    ada.clicks("Mute")
    desk.until(lambda: desk.state()["calls"][0]["muted"], 3, "muted")
    assert "You are muted" in ada.why()
    telephone.until(lambda: telephone.recently(AGENT_SAYS) == 0, 2, "nothing of the agent")
    since, before = time.monotonic(), telephone.packets
    ada.hears(CALLER_SAYS, 5)
    telephone.until(lambda: telephone.packets >= before + 50, 2, "a second of sound")
    assert telephone.heard(AGENT_SAYS, since) == 0
    ada.clicks("Mute")
    both_heard(ada, telephone)
    assert len(telephone.sources) == 1, "one stream, whatever was in it"
    telephone.hangs_up()
    ada.shows("After the call")


def test_what_cannot_be_answered_is_refused(desk):
    for how, code in [({"codec": "9 G722"}, 488), ({"user": "nobody"}, 404)]:
        telephone = desk.calls_in(**how)
        telephone.until(lambda telephone=telephone: telephone.ended, 3, "refused")
        assert telephone.codes[-1] == code
    desk.quiet()


def test_switches_stop_drain_and_are_written_down(desk, agents):
    ada = agents()
    assert desk.turn("calls.accept", False, why="a drill") == ({}, 200)
    telephone = desk.calls_in()
    telephone.until(lambda: telephone.ended, 3, "refused")
    assert telephone.codes[-1] == 503
    desk.turn("calls.accept", True)
    assert desk.turn("routing.queue.support", False) == ({}, 200)
    telephone = desk.calls_in(caller="4930444")
    desk.until(lambda: desk.calls() == {"4930444": "VOICEMAIL"}, 3, "voicemail")
    desk.turn("routing.queue.support", True)
    assert desk.turn("calls.terminate_all", True) == ({}, 200)
    telephone.until(lambda: telephone.ended == "them", 3, "ended")
    ada.shows("Ready for calls")
    said, status = desk.turn("bridge.v2", True)
    assert status == 422 and "was not tested on" in said["error"]
    assert desk.turn("calls.accept", False, why=" ")[1] == 422
    assert desk.ask("/supervisor/state", token="wrong")[1] == 401
    audit = [(one["switch"], one["to"], one["who"]) for one in desk.state()["audit"]]
    assert audit[0] == ("calls.terminate_all", True, "somebody") and ("calls.accept", False, "somebody") in audit


def test_a_flag_that_changes_in_a_call_leaves_it_alone(desk, agents):
    ada = agents()
    telephone = desk.calls_in()
    talk(ada, telephone)
    both_heard(ada, telephone)
    before = desk.agent("ada")["version"]
    desk.turn("widget.min_build", 1 if desk.state()["minBuild"] == 0 else 0)
    unbroken(ada, telephone, 4)
    both_heard(ada, telephone)
    assert desk.agent("ada")["version"] == before, "frozen until the call is over"
    ada.clicks("Hang up")
    ada.clicks("Done")
    desk.until(lambda: desk.agent("ada")["version"] == before + 1, 8, "the new version")
    ada.shows("Ready for calls")
    desk.until(lambda: desk.state()["share"] == {"current": 1, "of": 1}, 8, "everybody is on it")


def test_one_tab_of_an_agent_takes_calls(browser, desk, agents):
    ada = agents()
    second = agents(ready=False, context=ada.context)
    assert "another tab" in second.shows("Not ready")
    elsewhere = agents(ready=False)
    assert "another device" in elsewhere.shows("Not ready")
    assert ada.title() == "Ready for calls"
    ada.page.close()
    second.shows("Ready for calls", 20)


def test_five_calls_at_once_by_sipp(desk, agents):
    before = len(desk.state()["missed"])
    done = subprocess.run(
        ["sipp", "-sn", "uac", f"127.0.0.1:{desk.sip}", "-s", "support", "-m", "5", "-l", "5", "-r", "5", "-rp", "200", "-d", "1500", "-nostdin"],
        capture_output=True, text=True, timeout=30, cwd=desk.data,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    desk.until(lambda: desk.state()["calls"] == [], 5, "no calls")
    assert len(desk.state()["missed"]) == before + 5
    assert {one["why"] for one in desk.state()["missed"][:5]} == {"nobody_there"}


def test_figures_have_their_names(desk, agents):
    figures = desk.metrics()
    for stage in ["offered", "ringing", "accepted", "dtls_up", "first_rtp_in", "first_rtp_out", "two_way"]:
        assert figures[f'voice_calls_total{{stage="{stage}"}}'] > 0, stage
    assert figures['accept_to_two_way_seconds_bucket{le="3"}'] == figures["accept_to_two_way_seconds_count"] > 0
    assert figures["config_ack_seconds_count"] > 0
    assert figures['lease_refused_total{why="calls_off"}'] == 1
    assert figures["config_timeout_total"] == 0
    assert not [name for name in figures if name.startswith("voice_connect_fail_total")]


# A browser whose turn comes at once when builds are shut out, which is spread over a minute.
AT_ONCE = "{ const real = crypto.getRandomValues.bind(crypto); crypto.getRandomValues = some => { real(some); if (some.length === 5) some[4] = 300; return some; }; }"


# Three hours late, and an hour slow each day.
SKEWED = """
const RealDate = Date, began = RealDate.now();
const wrong = () => began - 3 * 3600e3 + Math.round((RealDate.now() - began) * 23 / 24);
Date = class extends RealDate { constructor(...given) { given.length ? super(...given) : super(wrong()) } static now() { return wrong() } };
"""


def test_a_clock_that_is_wrong_changes_nothing(desk, agents):
    ada = agents(script=SKEWED)
    assert abs(ada.inner.evaluate("Date.now()") / 1000 - time.time()) > 3 * 3600 - 60
    # Its lease is renewed several times.
    ada.waits(12)
    assert ada.title() == "Ready for calls" and desk.agent("ada")["routable"]
    telephone = desk.calls_in()
    ada.shows("Incoming call")
    ada.clicks("Accept")
    ada.shows("Connected")
    both_heard(ada, telephone)
    telephone.hangs_up()
    ada.shows("After the call")


def processes(mark):
    """Those of a browser that was started with that mark."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found[int(entry.name)] = (int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]), (entry / "cmdline").read_bytes())
    ours = {pid for pid, (_, command) in found.items() if mark.encode() in command}
    while more := {pid for pid, (parent, _) in found.items() if parent in ours} - ours:
        ours |= more
    return ours


def test_a_laptop_that_sleeps_is_not_rung_and_wakes_up_well(desk, agents, chromium):
    mark = "--sleeper=yes"
    ada = agents(where=chromium("--use-fake-ui-for-media-stream", mark))
    asleep = processes(mark)
    assert len(asleep) > 3, asleep
    try:
        for one in asleep:
            os.kill(one, signal.SIGSTOP)
        desk.until(lambda: not desk.agent("ada")["routable"], 20, "its lease is over")
        telephone = desk.calls_in()
        telephone.until(lambda: 180 in telephone.codes, 3, "it rings")
        time.sleep(1)
        assert desk.agent("ada")["status"] != "ringing", desk.agent("ada")
    finally:
        for one in asleep:
            os.kill(one, signal.SIGCONT)
    # Whoever waited for nobody may be with the voicemail by now.
    telephone.close()
    ada.shows("Ready for calls")
    desk.until(lambda: desk.agent("ada")["routable"], 8, "its lease is new")
    telephone = desk.calls_in(caller="4930222")
    ada.shows("Incoming call")
    ada.clicks("Accept")
    ada.shows("Connected")
    ada.hears(CALLER_SAYS, 4)
    telephone.hangs_up()
    ada.shows("After the call")


def test_a_new_build_reaches_who_is_idle_and_cuts_nobody_off(desk, agents, tmp_path):
    ada = agents("ada", script=AT_ONCE)
    telephone = desk.calls_in()
    talk(ada, telephone)
    grace = agents("grace", script=AT_ONCE)
    first = desk.agent("grace")["build"]
    current = max((desk.data / "builds").iterdir(), key=lambda folder: folder.stat().st_mtime)
    for file in current.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "main.js").write_text((tmp_path / "main.js").read_text() + "\nwindow.isNewer = true;\n")
    code, said = desk.tool("publish", tmp_path, "--now")
    assert code == 0 and f"build {first + 1} is published" in said, said
    desk.until(lambda: desk.agent("grace")["build"] == first + 1, 25, "grace has the new build")
    grace.shows("Ready for calls")
    assert grace.inner.evaluate("window.isNewer")
    assert ada.title() == "Connected" and desk.agent("ada")["build"] == first
    both_heard(ada, telephone)
    ada.clicks("Hang up")
    ada.clicks("Done")
    desk.until(lambda: desk.agent("ada")["build"] == first + 1, 15, "ada has it after the call")
    ada.shows("Ready for calls")
    code, said = desk.tool("rollback")
    assert code == 0, said
    desk.until(lambda: desk.agent("ada")["build"] == first + 2, 25, "the files of before under a number of their own")
    assert ada.inner.evaluate("window.isNewer") is None
    ada.shows("Ready for calls")


def test_it_is_stopped_without_cutting_anybody_off_and_remembers(browser, network, tmp_path):
    with contextlib.closing(Desk(tmp_path / "data", web=8089, sip=5071)) as desk:
        desk.turn("routing.queue.quick", False)
        with contextlib.closing(Agent(browser, desk)) as ada:
            ada.shows("Ready for calls")
            telephone = desk.calls_in()
            talk(ada, telephone)
            desk.process.terminate()
            desk.until(lambda: desk.state()["draining"], 3, "draining")
            other = desk.calls_in(caller="4930555")
            other.until(lambda: other.ended, 3, "refused")
            assert other.codes[-1] == 503
            both_heard(ada, telephone)
            ada.clicks("Hang up")
            assert desk.process.wait(8) == 0
            with contextlib.closing(Desk(tmp_path / "data", web=8089, sip=5071)) as again:
                # The same page, which nobody loaded anew: the new desk knows of no call that anything could follow.
                ada.shows("Ready for calls", 15)
                again.until(lambda: again.agent("ada")["epoch"] == 2, 10, "a lease of the new desk")
                state = again.state()
                assert state["epoch"] == 2
                stands = {one["switch"]: one["stands"] for one in state["switches"]}
                assert stands["routing.queue.quick"] is False, "what is off stays off"
                record = json.loads((tmp_path / "data/calls.jsonl").read_text().splitlines()[0])
                assert record["connected"] and record["agent"] == "ada" and record["ended_by"] == "agent"
