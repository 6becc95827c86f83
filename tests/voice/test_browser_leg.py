"""An agent in a real browser and a caller at a telephone, joined by the bridge: what each hears, and what is known of it
when one of them does not. All within a network of its own."""

import contextlib
import math
import re
import struct
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest
from playwright.sync_api import Error, sync_playwright

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "web")]

from browsing import CHROMIUM
from namespace import apart
from peers import until

DESK = HERE.parents[1] / "target/debug/examples/one_desk"
# What the check's callee says when it is called, and its caller (voice/media/src/signal.rs).
AGENT_SAYS, CALLER_SAYS = 1558, 560
IN_A_NAMESPACE = ["--no-sandbox", "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required", "--allow-loopback-in-peer-connection", "--disable-background-networking"]
# What may pass from the answer to the proof that both hear.
PROMPT_MS = 3000


def sine(path, hz, seconds=2, rate=48_000):
    """A file that a browser takes for its microphone, again and again."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", round(8000 * math.sin(2 * math.pi * hz * at / rate))) for at in range(seconds * rate)))


class Desk:
    def __init__(self):
        self.process = subprocess.Popen([DESK], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.base = self.process.stdout.readline().strip()

    def sockets(self):
        """UDP ports that are open, of everybody in this network."""
        return len(Path(f"/proc/{self.process.pid}/net/udp").read_text().splitlines()) - 1

    def ends(self):
        """With what it had to say of itself."""
        self.process.terminate()
        return self.process.communicate(timeout=5)[1]


@pytest.fixture(scope="module")
def desk():
    with apart():
        running = Desk()
        try:
            yield running
        finally:
            assert "panicked" not in running.ends()


@pytest.fixture(scope="module")
def chromium(desk):
    """Starts browsers within the network of the desk."""
    with sync_playwright() as driver, contextlib.ExitStack() as opened:
        yield lambda *more: opened.enter_context(contextlib.closing(driver.chromium.launch(executable_path=CHROMIUM, args=[*IN_A_NAMESPACE, *more])))


@pytest.fixture(scope="module")
def browser(chromium, tmp_path_factory):
    microphone = tmp_path_factory.mktemp("microphone") / "agent.wav"
    sine(microphone, AGENT_SAYS)
    return chromium("--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}")


# On a busy machine all takes longer.
PATIENCE = 3


class Agent:
    """A person with the page open."""

    def __init__(self, browser, desk):
        self.context = browser.new_context()
        self.page = self.context.new_page()
        self.page.goto(desk.base)

    def accept(self, **wish):
        """By a click; a call that something is wrong with is asked for by name."""
        if wish:
            self.page.evaluate("wish => accept(wish)", wish)
        else:
            self.page.click("#accept")
            self.page.wait_for_function("call.peer || call.error", timeout=5000)

    def tell(self, **what):
        return self.page.evaluate("what => tell(what)", what)

    def seen(self):
        return self.page.evaluate("fetch(`/call/${call.number}`).then(reply => reply.json())")

    def own(self, what):
        return self.page.evaluate(f"call.{what}")

    def heard(self, hz):
        """In how many tenths of a second."""
        return self.page.evaluate("hz => call.heard[hz] ?? 0", hz)

    def until(self, true, seconds, what):
        """Waits, with the page alive meanwhile, until the desk's view of the call is so."""
        end = time.monotonic() + seconds * PATIENCE
        while not true(seen := self.seen()):
            assert time.monotonic() < end, f"{what}: {seen}, {self.page.evaluate('[call.heard, call.error, call.states]')}"
            self.page.wait_for_timeout(50)
        return seen


def said(seen):
    return [what for what, _ in seen["done"]]


def when(seen, what):
    return next(at for done, at in seen["done"] if done == what)


@pytest.fixture
def agent(browser, desk):
    before = desk.sockets()
    one = Agent(browser, desk)
    try:
        yield one
        if one.own("number"):
            one.tell(hang_up="desk")
    finally:
        one.context.close()
    # Nothing of a call is left.
    until(lambda: desk.sockets() <= before, 5, "closed sockets")


def connected(agent, **wish):
    agent.accept(**wish)
    return agent.until(lambda seen: "Connected" in said(seen), 10, "connected")


def both_heard(agent, seconds=5):
    """From now on."""
    agent.page.evaluate("call.heard = {}")
    tones = len(agent.seen()["telephone"]["tones"])
    packets = agent.seen()["stats"]["from_agent"]["passed"]
    return agent.until(lambda seen: tones <= len(seen["telephone"]["tones"]) and seen["stats"]["from_agent"]["passed"] > packets + 25 and agent.heard(CALLER_SAYS) >= 4, seconds, "both heard")


def not_heard(agent, hz, ms):
    agent.page.evaluate("call.heard = {}")
    agent.page.wait_for_timeout(ms)
    return agent.heard(hz) == 0


def test_both_hear_each_other(agent):
    seen = connected(agent)
    assert said(seen).index("AnswerCaller") < said(seen).index("Connected")
    assert when(seen, "Connected") - when(seen, "AnswerCaller") < PROMPT_MS
    assert "RestartIce" not in said(seen)
    seen = both_heard(agent)
    # Once, or again after a gap on a busy machine.
    assert set(seen["telephone"]["tones"]) == {"CalleeGreets"}
    assert seen["stats"]["troubles"] == []
    assert seen["telephone"]["lost"] == 0 and seen["telephone"]["sources"] == 1
    # The level of each as it was made, but for what resampling and the law cost.
    agent.until(lambda seen: seen["stats"]["from_caller"]["level"] == pytest.approx(-13, abs=0.5), 3, "the caller's level")
    agent.until(lambda seen: seen["stats"]["from_agent"]["level"] == pytest.approx(20 * math.log10(8000 / 32767), abs=2), 3, "the agent's level")


def test_only_pcmu_is_agreed(agent):
    connected(agent)
    described = agent.own("peer.remoteDescription.sdp")
    assert re.findall(r"a=rtpmap:\d+ (\S+)", described) == ["PCMU/8000", "telephone-event/8000"]
    assert agent.page.evaluate("call.peer.getSenders()[0].getParameters().codecs.map(one => one.mimeType)")[0] == "audio/PCMU"


def test_hold_mute_and_keys(agent):
    connected(agent)
    both_heard(agent)
    agent.tell(hears="Caller", mode="Hold")
    agent.tell(hears="Agent", mode="Mute")
    agent.until(lambda seen: seen["telephone"]["notes"] >= 8, 6, "the hold's notes")
    agent.until(lambda _: not_heard(agent, CALLER_SAYS, 500), 4, "nothing of the caller")
    assert agent.seen()["stats"]["troubles"] == [], "both ends still speak"
    before = len(agent.seen()["telephone"]["tones"])
    agent.tell(hears="Caller", mode="Pass")
    agent.tell(hears="Agent", mode="Pass")
    # Once more, or oftener after gaps on a busy machine.
    seen = agent.until(lambda seen: len(seen["telephone"]["tones"]) > before, 4, "the agent's tone again")
    assert set(seen["telephone"]["tones"]) == {"CalleeGreets"}
    assert seen["telephone"]["sources"] == 1 and seen["telephone"]["lost"] == 0, "one stream, whatever was in it"
    agent.page.evaluate("call.peer.getSenders()[0].dtmf.insertDTMF('42')")
    agent.until(lambda seen: seen["pressed"] == "42" and seen["telephone"]["pressed"] == "42", 4, "the agent's keys")
    agent.tell(press="5#")
    agent.until(lambda seen: seen["telephone"]["pressed"] == "425#", 4, "the desk's keys")
    assert both_heard(agent)["telephone"]["lost"] == 0


@pytest.mark.parametrize(
    "wish, cause, troubles, restarts",
    [
        ({"says": "nothing", "fills": False}, "BrowserHearsNothing", ["BrowserHearsNothing", "CallerSendsNothing"], True),
        ({"says": "nothing"}, "CallerSendsNothing", ["CallerSendsNothing"], False),
        ({"dead_microphone": True}, "AgentSilent", ["AgentSilent"], False),
    ],
    ids=["nothing reaches the browser", "the caller sends nothing", "a microphone that is off"],
)
def test_one_way_is_told_and_never_connected(agent, wish, cause, troubles, restarts):
    agent.accept(**wish)
    agent.until(lambda seen: (seen["stats"] or {}).get("troubles") == troubles, 4, "the trouble")
    seen = agent.until(lambda seen: said(seen)[-1] == f"GiveUp({cause})", 9, "given up")
    assert "Connected" not in said(seen)
    assert ("RestartIce" in said(seen)) == restarts
    if restarts:
        assert said(seen).count("RestartIce") == 1
    caller_speaks, agent_speaks = "says" not in wish, "dead_microphone" not in wish
    assert (agent.heard(CALLER_SAYS) > 0) == caller_speaks
    assert ("CalleeGreets" in seen["telephone"]["tones"]) == agent_speaks


def test_who_mutes_on_purpose_is_connected(agent):
    connected(agent, muted=True)
    agent.until(lambda seen: seen["stats"]["troubles"] == ["AgentSilent"], 4, "told as silent")
    agent.page.evaluate("call.muted = false, call.microphone.getTracks()[0].enabled = true")
    agent.until(lambda seen: seen["stats"]["troubles"] == [] and seen["telephone"]["tones"] == ["CalleeGreets"], 4, "heard")


def test_without_a_microphone(chromium, desk):
    agent = Agent(chromium(), desk)
    agent.accept()
    seen = agent.until(lambda seen: seen["over"] is not None, 4, "over")
    assert agent.own("error") == "NotAllowedError", "nobody allowed it"
    assert said(seen)[-1] == "GiveUp(NoMicrophone)"
    assert "There is no microphone" in agent.page.inner_text("#state")


def test_a_way_that_never_was_is_found_by_a_restart(agent):
    seen = connected(agent, severed=True)
    assert said(seen).count("RestartIce") == 1
    assert when(seen, "RestartIce") < when(seen, "AnswerCaller")
    both_heard(agent)


def test_a_way_that_is_lost_is_found_again(agent):
    connected(agent)
    both_heard(agent)
    agent.tell(sever=True)
    agent.until(lambda seen: {"AgentSendsNothing", "BrowserHearsNothing"} <= set(seen["stats"]["troubles"]), 4, "the loss")
    agent.tell(restart=True)
    agent.until(lambda seen: seen["stats"]["troubles"] == [], 5, "the way again")
    seen = both_heard(agent)
    assert seen["telephone"]["sources"] == 1, "the caller noticed no more than a pause"


@pytest.mark.parametrize("end", ["agent", "desk", "caller", "tab", "crash"])
def test_either_end_hangs_up(agent, browser, desk, end):
    quiet = desk.sockets()
    other = Agent(browser, desk)
    connected(other)
    number = other.own("number")
    assert desk.sockets() > quiet
    look = f"fetch('/call/{number}').then(reply => reply.json())"
    if end == "agent":
        other.page.click("#hang_up")
    elif end == "tab":
        other.context.close()
    elif end == "crash":
        with contextlib.suppress(Error):
            other.page.goto("chrome://crash")
    else:
        other.tell(hang_up=end)
    whose = "None" if end in ("desk", "caller") else "Some(Agent)"
    # Whoever crashes says no goodbye: the way is missed, and waited for.
    seconds = 20 if end == "crash" else 3
    until(lambda: (agent.page.evaluate(look)["over"] or "").startswith(whose), seconds, "the end")
    if end not in ("tab", "crash"):
        other.page.wait_for_function("call.over && call.peer.connectionState === 'closed'", timeout=3000)
        other.context.close()
    until(lambda: desk.sockets() == quiet, 3, "closed sockets")
