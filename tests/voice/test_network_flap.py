"""The network between an agent and the desk fails for a while during a call."""

import contextlib
import os
import time

import pytest

from desk_floor import CALLER_SAYS, Agent, Desk, both_heard
from street import DESK, browsers, street  # noqa: F401 (fixtures)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="to be on two machines at once this test needs root")

WHERE = ["link", "way"]
IS_LONG = os.environ.get("TOCSIN_PROOFS") == "long"


@pytest.fixture
def desk(street, tmp_path):
    with contextlib.closing(Desk(tmp_path / "data", at=DESK, alone=60)) as one:
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
