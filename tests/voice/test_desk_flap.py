"""An agent at another machine whose network fails: for a moment, and for longer."""

import contextlib
import subprocess
import time

import pytest
from playwright.sync_api import sync_playwright

from namespace import apart
from desk_floor import AGENT_SAYS, CHROMIUM, FLAGS, Agent, Desk, both_heard, sine
from namespace import Namespace

DESK, AGENT = "10.9.0.1", "10.9.0.2"


def ip(*what, within=()):
    subprocess.run([*within, "ip", *" ".join(what).split()], check=True)


@pytest.fixture(scope="module")
def there():
    """Another machine, wired to this one."""
    with apart(), Namespace() as other:
        ip(f"link add here type veth peer name there netns {other.pid}")
        ip(f"addr add {DESK}/24 dev here")
        ip("link set here up")
        ip(f"addr add {AGENT}/24 dev there", within=other.inside())
        ip("link set there up", within=other.inside())
        yield other


@pytest.fixture(scope="module")
def desk(there, tmp_path_factory):
    with contextlib.closing(Desk(tmp_path_factory.mktemp("desk") / "data", at=DESK)) as one:
        yield one


@pytest.fixture(scope="module")
def browsers(there, desk, tmp_path_factory):
    """One at the other machine, one here."""
    folder = tmp_path_factory.mktemp("browsers")
    sine(folder / "agent.wav", AGENT_SAYS)
    far = folder / "chromium"
    far.write_text(f'#!/bin/sh\nexec {" ".join(there.inside(CHROMIUM))} "$@"\n')
    far.chmod(0o755)
    flags = [*FLAGS, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={folder / 'agent.wav'}", f"--unsafely-treat-insecure-origin-as-secure={desk.base}"]
    with sync_playwright() as driver, contextlib.ExitStack() as opened:
        yield [opened.enter_context(contextlib.closing(driver.chromium.launch(executable_path=str(path), args=flags))) for path in (far, CHROMIUM)]


@contextlib.contextmanager
def cut():
    ip("link set here down")
    try:
        yield
    finally:
        ip("link set here up")


def test_a_moment_is_borne_and_after_longer_the_caller_goes_to_the_next(desk, browsers):
    far, near = browsers
    with contextlib.closing(Agent(far, desk, "ada")) as ada, contextlib.closing(Agent(near, desk, "grace")) as grace:
        ada.is_ready()
        telephone = desk.calls_in()
        ada.shows("Incoming call")
        ada.clicks("Accept")
        ada.shows("Connected")
        both_heard(ada, telephone)
        with cut():
            time.sleep(2)
        both_heard(ada, telephone)
        [call] = desk.state()["calls"]
        assert (call["stage"], call["agent"], call["failed"]) == ("CONNECTED", "ada", [])

        grace.is_ready()
        with cut():
            grace.shows("Incoming call", 14)
            telephone.until(lambda: telephone.recently(523.25) >= 1, 10, "notes meanwhile")
            grace.clicks("Accept")
            grace.shows("Connected")
            both_heard(grace, telephone)
        assert desk.agent("ada")["notReady"] == "lost" and telephone.codes.count(200) == 1
        # Ada's browser finds out once it is back.
        assert "broke off" in ada.shows("Not ready", 12)
        telephone.hangs_up()
        grace.shows("After the call")
        ada.clicks("I am back")
        ada.shows("Ready for calls")
        desk.quiet()
