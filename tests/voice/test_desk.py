"""The desk with everything real: calls by SIP, agents in a browser who click, sound both ways."""

import contextlib
import json
import subprocess
import time

import pytest
from playwright.sync_api import sync_playwright

from apart import apart
from desk_floor import AGENT_SAYS, CALLER_SAYS, CHROMIUM, FLAGS, Agent, Desk, both_heard, sine


@pytest.fixture(scope="module")
def network():
    with apart():
        yield


@pytest.fixture(scope="module")
def desk(network, tmp_path_factory):
    with contextlib.closing(Desk(tmp_path_factory.mktemp("desk") / "data")) as one:
        yield one


@pytest.fixture(scope="module")
def browser(network, tmp_path_factory):
    microphone = tmp_path_factory.mktemp("microphone") / "agent.wav"
    sine(microphone, AGENT_SAYS)
    with sync_playwright() as driver:
        one = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}"])
        yield one
        one.close()


@pytest.fixture
def agents(browser, desk):
    """Signs agents in; afterwards nothing is left of them or of any call."""
    with contextlib.ExitStack() as opened:

        def one(name="ada", ready=True, **how):
            agent = opened.enter_context(contextlib.closing(Agent(browser, desk, name, **how)))
            if ready:
                agent.shows("Ready for calls")
                desk.until(lambda: desk.agent(name)["status"] == "idle", 5, f"{name} is idle")
            return agent

        yield one
        desk.quiet()
    desk.until(lambda: not any(one["present"] for one in desk.state()["agents"]), 5, "everybody is gone")


def talk(agent, telephone):
    agent.shows("Call")
    agent.clicks("Accept")
    agent.shows("Connected")


def test_a_caller_reaches_an_agent_who_clicks_accept(desk, agents):
    ada = agents()
    telephone = desk.calls_in()
    ada.shows("Call")
    assert ada.frame.locator("#caller").inner_text() == "4930111 · support"
    assert telephone.codes[-1] == 180 and 200 not in telephone.codes, "nobody is told of an answer before there is one"
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
