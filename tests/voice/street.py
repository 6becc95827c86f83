"""An agent who works at home: a desk's network (the test's own), theirs, and a router between them."""

import contextlib

import pytest
from playwright.sync_api import sync_playwright

from desk_floor import AGENT_SAYS, CHROMIUM, FLAGS, sine
from namespace import Namespace, apart

DESK, HOME = "10.7.0.1", "10.8.0.2"
# The router's, on either side.
OFFICE_DOOR, HOME_DOOR = "10.7.0.254", "10.8.0.254"


class Street:
    """The three, each a namespace."""

    def __init__(self, office, street, home):
        self.office, self.street, self.home = office, street, home
        office.tied(street, f"{DESK}/24", f"{OFFICE_DOOR}/24", "office")
        street.tied(home, f"{HOME_DOOR}/24", f"{HOME}/24", "home")
        office.run("ip", "route", "add", "default", "via", OFFICE_DOOR, check=True)
        home.run("ip", "route", "add", "default", "via", HOME_DOOR, check=True)
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
            self.home.run("ip", "route", "add", "default", "via", HOME_DOOR, check=True)
        else:
            for end in (DESK, HOME):
                self.street.run("ip", "route", "del", "blackhole", f"{end}/32", check=True)

    def lets_no_udp_through(self):
        """What is for the router itself still reaches it."""
        for end in ("office", "home"):
            self.street.run("ip", "rule", "add", "iif", end, "ipproto", "udp", "blackhole", check=True)


@pytest.fixture
def street():
    with apart() as office, Namespace(within=office) as street, Namespace(within=office) as home:
        yield Street(office, street, home)


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
