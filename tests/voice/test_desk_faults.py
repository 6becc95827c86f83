"""What goes wrong between a caller and an agent is seen, is never shown as connected, and the caller goes to somebody
else."""

import contextlib
import signal
import time

import pytest

from desk_floor import AGENT_SAYS, Agent, Desk, both_heard, sine
from staffed import browser, chromium, network  # noqa: F401
from telephone import PATIENCE

# What a browser does wrong, each once it is asked to: after its microphone was tried and found well.
FAULTY = """
{
  window.fault = null;
  const devices = navigator.mediaDevices;
  const real = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async how => {
    if (window.fault === "denied") throw new DOMException("no", "NotAllowedError");
    const stream = await real(how);
    if (window.fault === "off") stream.getTracks().forEach(track => track.enabled = false);
    return stream;
  };
  const stats = RTCPeerConnection.prototype.getStats;
  RTCPeerConnection.prototype.getStats = async function () {
    const all = await stats.call(this);
    return window.fault === "deaf" ? new Map([...all].filter(([, one]) => one.type !== "inbound-rtp")) : all;
  };
  const answer = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (what) {
    // Addresses at which nobody listens: no way is ever found.
    const sdp = window.fault === "no way" ? what.sdp.replace(/^a=(candidate|end-of-candidates).*\\r\\n/gm, "") : what.sdp;
    return answer.call(this, { ...what, sdp });
  };
  const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(RTCPeerConnection.prototype), "localDescription").get;
  Object.defineProperty(RTCPeerConnection.prototype, "localDescription", { get() {
    const said = own.call(this);
    if (window.fault !== "no way" || !said) return said;
    return { type: said.type, sdp: said.sdp.replace(/^a=candidate.*\\r\\n/gm, "").replace(/a=ice-pwd:.*/g, "a=ice-pwd:0123456789012345678901234") };
  } });
}
"""


@pytest.fixture
def desk(network, tmp_path, request):
    with contextlib.closing(Desk(tmp_path / "data", **getattr(request, "param", {}))) as one:
        yield one


@pytest.fixture
def agents(browser, desk):
    with contextlib.ExitStack() as opened:

        def one(name="ada", ready=True, where=browser, **how):
            agent = opened.enter_context(contextlib.closing(Agent(where, desk, name, script=FAULTY, **how)))
            if ready:
                agent.is_ready()
            return agent

        yield one
        desk.quiet()


def never_connected(agent, true, seconds):
    """Waits for something during which the agent is never told that they are connected."""
    end = time.monotonic() + seconds * PATIENCE
    while not true():
        assert agent.title() != "Connected", "shown as connected"
        assert time.monotonic() < end, (agent.title(), agent.why(), agent.desk.state())
        agent.waits(0.05)


@pytest.mark.parametrize(
    "fault, cause, seconds, answered",
    [("denied", "agent_not_heard", 4, True), ("off", "silent", 5, True), ("deaf", "caller_not_heard", 8, True), ("no way", "ice", 8, False)],
    ids=["the microphone is refused", "the microphone is off", "nothing reaches the browser", "no way through the network"],
)
def test_a_call_that_is_not_heard_is_no_call_and_goes_to_somebody_else(desk, agents, fault, cause, seconds, answered):
    ada = agents("ada")
    grace = agents("grace")
    ada.inner.evaluate("fault => window.fault = fault", fault)
    telephone = desk.calls_in()
    ada.shows("Incoming call")
    ada.clicks("Accept")
    never_connected(ada, lambda: grace.title() == "Incoming call", seconds)
    assert "nobody was heard" in ada.shows("Not ready", 3)
    assert desk.agent("ada")["notReady"] == "not_heard" and not desk.agent("ada")["routable"]
    told_before = telephone.codes.count(200)
    grace.clicks("Accept")
    grace.shows("Connected")
    both_heard(grace, telephone)
    assert telephone.codes.count(200) == 1, "the caller is told once, whoever it is that they hear"
    assert told_before <= int(answered), telephone.codes
    build = desk.state()["build"]
    figures = desk.metrics()
    failed = {name: count for name, count in figures.items() if name.startswith("voice_connect_fail_total")}
    assert list(failed.values()) == [1] and f'cause="{cause}",build="{build}"' in next(iter(failed)), failed
    telephone.hangs_up()
    grace.shows("After the call")
    ada.inner.evaluate("window.fault = null")
    ada.clicks("I am back")
    ada.shows("Ready for calls")


def test_without_permission_nobody_is_rung(desk, agents, chromium):
    ada = agents("ada", ready=False, where=chromium())
    assert "does not allow" in ada.shows("Not ready")
    telephone = desk.calls_in()
    never_connected(ada, lambda: desk.calls() == {"4930111": "VOICEMAIL"}, 5)
    assert ada.title() == "Not ready"
    assert any('state="NOT_READY(microphone)"' in name for name in desk.metrics())
    telephone.hangs_up()


def test_a_microphone_that_is_off_is_found_before_anybody_calls(desk, agents, chromium, tmp_path):
    sine(tmp_path / "silent.wav", AGENT_SAYS, loud=0)
    silent = chromium("--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={tmp_path / 'silent.wav'}")
    ada = agents("ada", ready=False, where=silent)
    assert "switched off or muted" in ada.shows("Not ready", 8)
    assert not desk.agent("ada")["routable"]


def test_a_caller_who_sends_nothing_is_nobodys_failure_here(desk, agents):
    ada = agents()
    telephone = desk.calls_in(says=None)
    ada.shows("Incoming call")
    ada.clicks("Accept")
    never_connected(ada, lambda: telephone.ended == "them", 8)
    ada.shows("Ready for calls")
    figures = desk.metrics()
    assert figures["voice_callers_unheard_total"] == 1
    assert not [name for name in figures if name.startswith("voice_connect_fail_total")]


@pytest.mark.parametrize("how", ["closed", "crashed"])
def test_a_browser_that_goes_away_in_a_call_leaves_the_caller_to_the_next(desk, agents, how):
    ada = agents("ada")
    telephone = desk.calls_in()
    ada.shows("Incoming call")
    ada.clicks("Accept")
    ada.shows("Connected")
    grace = agents("grace")
    if how == "closed":
        ada.page.close()
    else:
        with contextlib.suppress(Exception):
            ada.page.goto("chrome://crash")
    since = time.monotonic()
    # Whoever crashes says no goodbye: what came is missed, and waited for.
    grace.shows("Incoming call", 4 if how == "closed" else 14)
    telephone.until(lambda: telephone.heard(523.25, since) >= 1, 10, "notes meanwhile")
    grace.clicks("Accept")
    grace.shows("Connected")
    both_heard(grace, telephone)
    assert telephone.codes.count(200) == 1 and telephone.ended is None


# The browser is there and talks with the desk, and its microphone's packets come no longer: for good, or until another
# way is looked for.
STOPS = """
back => {
  const [sender] = window.peers.at(-1).getSenders(), { track } = sender;
  sender.replaceTrack(null);
  const answer = window.peers.at(-1).setRemoteDescription;
  window.ways = 0;
  window.peers.at(-1).setRemoteDescription = function (what) {
    window.ways += 1;
    if (back) sender.replaceTrack(track);
    return answer.call(this, what);
  };
}
"""


@pytest.mark.parametrize("fault, cause", [("stops", "agent_stopped"), ("deaf", "hearing_stopped")], ids=["nothing comes from the agent", "nothing reaches the agent"])
def test_who_falls_silent_in_a_call_is_left_and_the_caller_goes_to_the_next(desk, agents, fault, cause):
    ada = agents("ada")
    telephone = desk.calls_in()
    ada.shows("Incoming call")
    ada.clicks("Accept")
    ada.shows("Connected")
    grace = agents("grace")
    if fault == "stops":
        ada.inner.evaluate(STOPS, False)
    else:
        ada.inner.evaluate("window.fault = 'deaf'")
    desk.until(lambda: [one["silent"] for one in desk.state()["calls"]] == [cause], 8, "the supervisor sees which end is silent")
    grace.shows("Incoming call", 12)
    assert "sound stopped" in ada.shows("Not ready", 3)
    assert desk.agent("ada")["notReady"] == "broke_off" and not desk.agent("ada")["routable"]
    assert [one["failed"] for one in desk.state()["calls"]] == [[cause]]
    grace.clicks("Accept")
    grace.shows("Connected")
    both_heard(grace, telephone)
    assert telephone.codes.count(200) == 1 and telephone.ended is None
    failed = {name: count for name, count in desk.metrics().items() if name.startswith("voice_connect_fail_total")}
    assert list(failed.values()) == [1] and f'cause="{cause}"' in next(iter(failed)), failed


def test_sound_that_stops_in_a_call_is_found_again_by_another_way(desk, agents):
    ada = agents("ada")
    telephone = desk.calls_in()
    ada.shows("Incoming call")
    ada.clicks("Accept")
    ada.shows("Connected")
    both_heard(ada, telephone)
    ada.inner.evaluate(STOPS, True)
    desk.until(lambda: ada.inner.evaluate("window.ways") == 1, 8, "another way is looked for")
    both_heard(ada, telephone)
    assert ada.title() == "Connected" and desk.state()["calls"][0]["failed"] == []
    assert telephone.codes.count(200) == 1 and len(telephone.sources) == 1
    assert not [name for name in desk.metrics() if name.startswith("voice_connect_fail_total")]


@pytest.mark.parametrize("stage", ["accepted", "connected"])
def test_a_caller_who_hangs_up_at_any_stage(desk, agents, stage):
    ada = agents()
    telephone = desk.calls_in()
    ada.shows("Incoming call")
    ada.inner.evaluate("fault => window.fault = fault", "no way" if stage == "accepted" else None)
    ada.clicks("Accept")
    if stage == "accepted":
        ada.shows("Connecting")
        telephone.cancels()
        telephone.until(lambda: telephone.codes[-1] == 487, 3, "487")
        assert desk.state()["missed"][0]["why"] == "hung_up", "an agent had accepted, and nobody was spoken to"
    else:
        ada.shows("Connected")
        telephone.hangs_up()
    ada.shows("After the call", 4)
    ada.clicks("Done")
    ada.shows("Ready for calls")


@pytest.mark.parametrize("desk", [{"alone": 40}], indirect=True)
def test_a_build_in_which_nobody_is_heard_names_itself_and_is_rolled_back(desk, agents, tmp_path):
    first = desk.state()["build"]
    files = next((desk.data / "builds").iterdir())
    new = tmp_path / "new"
    new.mkdir()
    for file in files.iterdir():
        (new / file.name).write_bytes(file.read_bytes())
    # The fault of a deploy: everything seems well, and no sound goes out.
    (new / "call.js").write_text((new / "call.js").read_text().replace("this.#peer.addTrack(track, this.#microphone)", "this.#peer.addTrack(Object.assign(track, { enabled: false }), this.#microphone)"))
    code, said = desk.tool("publish", new)
    assert code == 0, said
    desk.until(lambda: desk.state()["build"] == first + 1, 3, "published")
    ada, grace = agents("ada"), agents("grace")
    telephone = desk.calls_in()
    for agent in (ada, grace):
        agent.shows("Incoming call", 6)
        agent.clicks("Accept")
        never_connected(agent, lambda agent=agent: agent.title() == "Not ready", 6)
    desk.until(lambda: desk.state()["build"] == first + 2, 3, "rolled back")
    assert desk.state()["minBuild"] == first + 2
    for alarm in (f"build {first + 1} is new, and 2 of its calls", f"build {first + 1} is rolled back"):
        desk.until(lambda alarm=alarm: any(alarm in one["said"] for one in desk.state()["told"]), 5, alarm)
    state = desk.state()
    assert state["audit"][0]["who"] == "the desk"
    assert desk.metrics()['voice_build_alarms_total{alarm="roll_back"}'] == 1
    assert [(rate["build"], rate["failed"]) for rate in state["rates"]] == [(first + 1, 2)]
    # The caller is still on the line, and whoever loads the widget now can be heard.
    ada.page.reload()
    ada.frame.locator("#desk").wait_for(timeout=5000)
    ada.clicks("I am back")
    desk.until(lambda: ada.title() == "Incoming call", 8, "ada is rung")
    ada.clicks("Accept")
    ada.shows("Connected")
    both_heard(ada, telephone)


def test_a_desk_that_falls_and_rises_is_found_again(network, browser, tmp_path):
    with contextlib.closing(Desk(tmp_path / "data", web=8090, sip=5072)) as desk, contextlib.closing(Agent(browser, desk)) as ada:
        ada.is_ready()
        telephone = desk.calls_in()
        ada.shows("Incoming call")
        ada.clicks("Accept")
        ada.shows("Connected")
        desk.process.send_signal(signal.SIGKILL)
        desk.process.wait(5)
        with contextlib.closing(Desk(tmp_path / "data", web=8090, sip=5072)) as again:
            desk.telephones, again.telephones = [], [telephone]
            # What the new one knows nothing of is over.
            ada.shows("Ready for calls", 20)
            again.until(lambda: again.agent("ada")["routable"], 8, "ada can be rung")
            assert again.state()["epoch"] == 2
            telephone.ended = "us"
            other = again.calls_in()
            ada.shows("Incoming call")
            ada.clicks("Accept")
            ada.shows("Connected")
            both_heard(ada, other)
