"""The network between an agent and the desk fails for a while during a call."""

import contextlib
import os
import time

import pytest
from playwright.sync_api import sync_playwright

from desk_floor import AGENT_SAYS, CALLER_SAYS, CHROMIUM, FLAGS, Agent, Desk, both_heard, sine
from namespace import Namespace, apart

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="to be on two machines at once this test needs root")

WHERE = ["link", "way"]
IS_LONG = os.environ.get("TOCSIN_PROOFS") == "long"
DESK, HOME = "10.7.0.1", "10.8.0.2"


class Street:
    """A desk's network (the test's own), an agent's home, and a router between them."""

    def __init__(self, office, street, home):
        self.office, self.street, self.home = office, street, home
        office.tied(street, f"{DESK}/24", "10.7.0.254/24", "office")
        street.tied(home, "10.8.0.254/24", f"{HOME}/24", "home")
        office.run("ip", "route", "add", "default", "via", "10.7.0.254", check=True)
        home.run("ip", "route", "add", "default", "via", "10.8.0.254", check=True)
        street.run("sysctl", "-qw", "net.ipv4.ip_forward=1", check=True)

    @contextlib.contextmanager
    def cut(self, where):
        """While the block lasts nothing passes: the cable of the home is out, or a router swallows everything."""
        self.cuts(where)
        try:
            yield
        finally:
            self.mends(where)

    def cuts(self, where):
        if where == "link":
            self.home.run("ip", "link", "set", "home", "down", check=True)
        else:
            for end in (DESK, HOME):
                self.street.run("ip", "route", "add", "blackhole", f"{end}/32", check=True)

    def mends(self, where):
        if where == "link":
            self.home.run("ip", "link", "set", "home", "up", check=True)
            self.home.run("ip", "route", "add", "default", "via", "10.8.0.254", check=True)
        else:
            for end in (DESK, HOME):
                self.street.run("ip", "route", "del", "blackhole", f"{end}/32", check=True)


@pytest.fixture
def street():
    with apart() as office, Namespace(within=office) as street, Namespace(within=office) as home:
        yield Street(office, street, home)


@pytest.fixture
def desk(street, tmp_path):
    with contextlib.closing(Desk(tmp_path / "data", host=DESK, alone=60)) as one:
        yield one


@pytest.fixture
def browsers(street, tmp_path):
    """Starts browsers where they are asked for."""
    microphone = tmp_path / "agent.wav"
    sine(microphone, AGENT_SAYS)
    flags = [*FLAGS, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}", f"--unsafely-treat-insecure-origin-as-secure=http://{DESK}:8088"]
    with sync_playwright() as driver, contextlib.ExitStack() as opened:

        def one(where):
            there = tmp_path / f"chromium-{where.pid}"
            there.write_text(f'#!/bin/sh\nexec {" ".join(where.inside(CHROMIUM))} "$@"\n')
            there.chmod(0o700)
            return opened.enter_context(contextlib.closing(driver.chromium.launch(executable_path=there, args=flags)))

        yield one


@pytest.fixture
def talk(street, desk, browsers):
    """Ada, who works at home, and a caller who hear each other; and a browser in the office for who comes next."""
    ada = Agent(browsers(street.home), desk)
    ada.is_ready()
    telephone = desk.calls_in()
    ada.shows("Incoming call")
    ada.clicks("Accept")
    ada.shows("Connected")
    both_heard(ada, telephone)
    yield ada, telephone
    telephone.close()
    ada.close()


@pytest.mark.parametrize("where", WHERE)
def test_a_call_outlasts_two_seconds(street, desk, talk, where):
    ada, telephone = talk
    with street.cut(where):
        ada.waits(1)
        ada.forgets()
        ada.waits(1)
        assert ada.heard(CALLER_SAYS) == 0
    both_heard(ada, telephone, 15)
    ada.shows("Connected")
    assert desk.calls() == {"4930111": "CONNECTED"}
    assert telephone.codes.count(200) == 1 and telephone.ended is None and len(telephone.sources) == 1


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("seconds", [10, pytest.param(60, marks=pytest.mark.skipif(not IS_LONG, reason="only where proofs are long"))])
def test_after_longer_the_caller_is_with_somebody_else(street, desk, browsers, talk, where, seconds):
    ada, telephone = talk
    grace = Agent(browsers(street.office), desk, "grace")
    grace.is_ready()
    began = time.monotonic()
    with street.cut(where):
        ada.shows("Interrupted", 10)
        desk.until(lambda: desk.calls() != {"4930111": "CONNECTED"}, 15, "the desk gives it up")
        assert ada.title() != "Connected", "nobody is heard"
        grace.shows("Incoming call", 5)
        since = time.monotonic()
        telephone.until(lambda: telephone.heard(523.25, since) >= 1, 10, "notes meanwhile")
        grace.clicks("Accept")
        grace.shows("Connected")
        both_heard(grace, telephone)
        while time.monotonic() < began + seconds:
            assert ada.title() != "Connected"
            ada.waits(0.2)
    assert "broke off" in ada.shows("Not ready", 40)
    assert desk.agent("ada")["notReady"] == "lost" and not desk.agent("ada")["routable"]
    both_heard(grace, telephone)
    assert telephone.codes.count(200) == 1 and telephone.ended is None, "the caller stays on the line"
    ada.clicks("I am back")
    ada.shows("Ready for calls", 20)
    grace.close()
