"""A desk with agents, for the tests of a file: its network, its desk, its browser. Import what is needed by name."""

import contextlib

import pytest
from playwright.sync_api import sync_playwright

from namespace import apart
from desk_floor import AGENT_SAYS, CHROMIUM, FLAGS, Agent, Desk, sine


@pytest.fixture(scope="module")
def network():
    with apart():
        yield


@pytest.fixture(scope="module")
def desk(network, tmp_path_factory):
    with contextlib.closing(Desk(tmp_path_factory.mktemp("desk") / "data")) as one:
        yield one


@pytest.fixture(scope="module")
def chromium(network):
    """Starts browsers."""
    with sync_playwright() as driver, contextlib.ExitStack() as opened:
        yield lambda *more: opened.enter_context(contextlib.closing(driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *more])))


@pytest.fixture(scope="module")
def browser(chromium, tmp_path_factory):
    """One whose microphone may be used, and plays a tone."""
    microphone = tmp_path_factory.mktemp("microphone") / "agent.wav"
    sine(microphone, AGENT_SAYS)
    return chromium("--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}")


@pytest.fixture
def agents(browser, desk):
    """Signs agents in; afterwards nothing is left of them or of any call."""
    with contextlib.ExitStack() as opened:

        def one(name="ada", ready=True, where=browser, **how):
            agent = opened.enter_context(contextlib.closing(Agent(where, desk, name, **how)))
            if ready:
                agent.is_ready()
            return agent

        yield one
        desk.quiet()
    desk.until(lambda: not any(one["present"] for one in desk.state()["agents"]), 5, "everybody is gone")
