"""A call through Kamailio and rtpengine with the configuration that we publish: from a carrier by SIP and RTP to an agent
in a browser by SIP over WebSocket and DTLS-SRTP, who clicks; both hear."""

import contextlib
import json
import os
import time

import pytest
from playwright.sync_api import sync_playwright

from desk_floor import AGENT_SAYS, CALLER_SAYS, CHROMIUM, FLAGS, sine
from engine_room import MACHINE, NAME, NUMBER, PASSWORDS, STRANGER, Engine, Pages, Softphone, calls_in
from namespace import PROGRAM, Namespace, apart

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the programs and ports of this test need root")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engine")
    with apart() as network:
        one = Engine(network, folder, ring_ms=8000)
        pages = tmp_path_factory.mktemp("pages")
        with contextlib.closing(Pages(pages, one.files)):
            yield one
        assert one.kamailio.process.poll() is None and one.rtpengine.poll() is None, one.said()


@pytest.fixture(scope="module")
def browser(engine, tmp_path_factory):
    microphone = tmp_path_factory.mktemp("microphone") / "agent.wav"
    sine(microphone, AGENT_SAYS)
    with sync_playwright() as driver:
        one = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=[*FLAGS, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}", f"--host-resolver-rules=MAP {NAME} {MACHINE}"],
        )
        yield one
        one.close()


@pytest.fixture
def opened(engine):
    """What is closed when the test is over; then no call is left anywhere."""
    with contextlib.ExitStack() as all_of_it:
        yield lambda one: all_of_it.enter_context(contextlib.closing(one))
    engine.until(lambda: engine.sessions() == 0, 5, "a call is left in rtpengine")


@pytest.fixture
def agents(browser, opened):
    def one(name="ada"):
        agent = opened(Softphone(browser, name))
        agent.shows("Ready for calls")
        return agent

    return one


def both_heard(agent, telephone, seconds=8):
    """From now on."""
    agent.page.evaluate("window.heard = {}")
    since = time.monotonic()
    while agent.heard(CALLER_SAYS) < 4 or telephone.heard(AGENT_SAYS, since) < 4:
        assert time.monotonic() < since + seconds, f"the agent heard {agent.heard(CALLER_SAYS)}, the caller {telephone.heard(AGENT_SAYS, since)} of {telephone.packets} packets"
        agent.page.wait_for_timeout(100)


def talk(agent, telephone):
    agent.shows("Incoming call")
    telephone.until(lambda: 180 in telephone.codes, 5, "it rings")
    assert 200 not in telephone.codes
    agent.page.click("#accept")
    agent.shows("Connected")
    both_heard(agent, telephone)


@pytest.mark.parametrize("who", ["agent", "caller"])
def test_a_carriers_call_reaches_a_browser_and_both_hear(engine, agents, opened, who):
    ada = agents()
    telephone = opened(calls_in())
    talk(ada, telephone)
    assert set(ada.codecs()) == {"audio/PCMU"}, "nothing is transcoded"
    assert engine.sessions() == 1 and len(telephone.sources) == 1
    if who == "agent":
        ada.page.click("#hang-up")
        telephone.until(lambda: telephone.ended == "them", 3, "the caller is told")
    else:
        telephone.hangs_up()
    ada.shows("Ready for calls")


def test_the_check_calls_through_it(engine, agents, tmp_path):
    """From a machine of its own, as a carrier's is. Somebody who says one tone and answers nothing is a half-heard line."""
    ada = agents()
    with Namespace(within=engine.network) as carrier:
        engine.network.tied(carrier, "198.51.100.1/25", "198.51.100.30/25")
        carrier.run("ip", "route", "add", "default", "via", "198.51.100.1", check=True)
        calling = carrier.start(PROGRAM, "call", f"sip:{NUMBER}@{MACHINE}", "--json", "--no-control", "--buffer", "160")
        ada.shows("Incoming call")
        ada.page.click("#accept")
        ada.shows("Connected")
        said = json.loads(calling.communicate(timeout=40)[0])
    ada.shows("Ready for calls")
    assert said["verdict"] == "one_way_in" and said["dialogs_left"] == 0, said
    assert said["measures"]["codec"] == "PCMU", said
    assert ada.heard(CALLER_SAYS) >= 4


BROWSER = """#!/bin/sh
exec chromium --ignore-certificate-errors "--host-resolver-rules=MAP {name} {machine}" "$@"
"""
CHECK = """
[voice]
allow = ["sip:{number}@{machine}"]
buffer_ms = 160

[[check]]
name = "softphone"
kind = "webrtc_agent"
target = "sip:{number}@{machine}"
page_file = "{page}"
browser = "{browser}"
ready = '#state:has-text("Ready for calls")'
accept = "#accept:enabled"
connected = '#state:has-text("Connected")'
says = ["#state", "#why"]
"""


def test_an_agent_of_ours_takes_calls_at_somebody_elses_softphone(engine, tmp_path):
    """A page that we did not write, over engines that we did not write: each end hears the other's number."""
    browser, page, file = (tmp_path / name for name in ("browser", "page", "checks.toml"))
    browser.write_text(BROWSER.format(name=NAME, machine=MACHINE))
    browser.chmod(0o755)
    page.write_text(f"https://{NAME}/#server=wss://{NAME}:8443&address=sip:ada@{NAME}&password={PASSWORDS['ada']}")
    file.write_text(CHECK.format(number=NUMBER, machine=MACHINE, page=page, browser=browser))
    with Namespace(within=engine.network) as carrier:
        engine.network.tied(carrier, "198.51.100.1/25", "198.51.100.30/25")
        carrier.run("ip", "route", "add", "default", "via", "198.51.100.1", check=True)
        done = carrier.run(PROGRAM.with_name("tocsin"), "checks", "run", "softphone", "--config", file, "--json", seconds=100)
    said = json.loads(done.stdout) if done.stdout else pytest.fail(done.stderr)
    steps = [rung["what"] for rung in said["ladder"]]
    assert said["verdict"] in ("pass", "poor_quality"), (said["why"], said["control"], steps)
    assert "the agent clicks to accept" in steps and "the page says that they are connected" in steps, steps
    assert PASSWORDS["ada"] not in done.stdout + done.stderr


def test_who_declines_and_who_does_not_answer_are_passed_over(engine, agents, opened):
    ada, grace = agents("ada"), agents("grace")
    telephone = opened(calls_in())
    ada.shows("Incoming call")
    assert grace.page.inner_text("#state") == "Ready for calls", "one after the other"
    ada.page.click("#decline")
    talk(grace, telephone)
    ada.shows("Ready for calls")
    grace.page.click("#hang-up")
    other = opened(calls_in())
    ada.shows("Incoming call")
    grace.shows("Incoming call", 20)
    ada.shows("Ready for calls")
    other.cancels()
    other.until(lambda: other.codes[-1] == 487, 3, "487")
    grace.shows("Ready for calls")


def test_the_carrier_holds_and_takes_up_again(engine, agents, opened):
    ada = agents()
    telephone = opened(calls_in())
    talk(ada, telephone)
    for turn, (direction, answered) in enumerate([("sendonly", "recvonly"), ("sendrecv", "sendrecv")], 1):
        telephone.changes_to(direction)
        telephone.until(lambda turn=turn: len(telephone.changes) == turn, 3, "an answer")
        code, body = telephone.changes[-1]
        assert code == 200 and f"a={answered}" in body and "RTP/AVP 0" in body, body
    both_heard(ada, telephone)


def test_a_page_that_is_closed_is_rung_no_more(engine, browser, agents, opened):
    with contextlib.closing(Softphone(browser)) as ada:
        ada.shows("Ready for calls")
        assert "AoR: ada" in engine.kamailio.asks("ul.dump")
    grace = agents("grace")
    telephone = opened(calls_in())
    talk(grace, telephone)
    engine.until(lambda: "AoR: ada" not in engine.kamailio.asks("ul.dump"), 10, "ada is known to be gone")


def test_who_has_just_gone_is_passed_over(engine, browser, agents, opened):
    grace = agents("grace")
    for _ in range(4):
        ada = Softphone(browser)
        ada.shows("Ready for calls")
        ada.close()
        telephone = opened(calls_in())
        grace.shows("Incoming call")
        assert telephone.codes[-1] in (100, 180, 183), telephone.codes
        telephone.cancels()
        telephone.until(lambda telephone=telephone: telephone.codes[-1] == 487, 5, "487")
        grace.shows("Ready for calls")


@pytest.mark.parametrize(
    "how, code",
    [({}, 480), ({"user": "4930000"}, 404), ({"here": STRANGER}, 403), ({"codec": "9 G722"}, 488)],
    ids=["nobody is there", "a number that leads nowhere", "no carrier of ours", "no codec in common"],
)
def test_what_cannot_be_answered_is_refused(engine, opened, how, code):
    # Whoever has just closed their page is known to be gone a moment later.
    engine.until(lambda: "AoR:" not in engine.kamailio.asks("ul.dump"), 10, "nobody is there")
    telephone = opened(calls_in(**how))
    telephone.until(lambda: telephone.ended, 5, "refused")
    assert telephone.codes[-1] == code


def test_who_has_no_password_and_what_is_no_page_of_ours_stay_outside(engine, browser, opened):
    stranger = opened(Softphone(browser, password="wrong"))
    stranger.page.wait_for_function("document.getElementById('why').textContent")
    assert stranger.page.inner_text("#why") == "Authentication Error"
    assert [engine.upgrades(origin) for origin in (f"https://{NAME}", "https://elsewhere.example.com")] == [101, 403]


def test_without_rtpengine_nobody_is_told_of_an_answer(engine, agents, opened):
    ada = agents()
    engine.rtpengine.kill()
    engine.rtpengine.wait(5)
    telephone = opened(calls_in())
    telephone.until(lambda: telephone.ended, 15, "refused")
    assert telephone.codes[-1] == 503 and 200 not in telephone.codes
    assert ada.page.inner_text("#state") == "Ready for calls"
    engine.starts_rtpengine()
    talk(ada, opened(calls_in()))
