"""An agent whose network lets nothing but a TURN server through: coturn, with the configuration that we publish."""

import contextlib
import os
from pathlib import Path

import pytest

from desk_floor import Agent, Desk, both_heard
from street import DESK, HOME_DOOR, OFFICE_DOOR, browsers, street  # noqa: F401 (fixtures)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="to be on two machines at once this test needs root")

CONFIGURATION = Path(__file__).resolve().parents[2] / "voice/desk/turnserver.conf"
SECRET = "CHANGE-ME-TO-A-LONG-SECRET"
# The kind of the way that the browser chose.
CHOSEN = """async () => {
  const all = await window.peers.at(-1).getStats();
  const transport = [...all.values()].find(one => one.type === "transport");
  const local = all.get(all.get(transport.selectedCandidatePairId).localCandidateId);
  return [local.candidateType, local.relayProtocol ?? null];
}"""


@pytest.fixture
def coturn(street, tmp_path):
    """On the router, which reaches both sides."""
    text = CONFIGURATION.read_text()
    for before, after in [("198.51.100.9", HOME_DOOR), ("203.0.113.9", OFFICE_DOOR), ("203.0.113.7", DESK)]:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    (tmp_path / "turnserver.conf").write_text(text)
    log = tmp_path / "turn.log"
    one = street.street.start("turnserver", "-c", tmp_path / "turnserver.conf", "--log-file", log, "--simple-log", "--pidfile", tmp_path / "turn.pid", "--userdb", tmp_path / "turn.db")
    street.street.listens(3478)
    yield one
    assert one.poll() is None, log.read_text()


@pytest.fixture
def desk(street, tmp_path):
    """Starts a desk with a TURN server, or none."""
    with contextlib.ExitStack() as opened:

        def one(over=None, secret=SECRET, relay_only=False):
            turn = "" if over is None else f'[turn]\nurls = ["turn:{HOME_DOOR}:3478?transport={over}"]\nsecret = "{secret}"\nrelay_only = {str(relay_only).lower()}\n'
            return opened.enter_context(contextlib.closing(Desk(tmp_path / "data", at=DESK, alone=60, more=turn)))

        yield one


@pytest.fixture
def agents(browsers):
    with contextlib.ExitStack() as opened:

        def one(desk, where, name):
            agent = opened.enter_context(contextlib.closing(Agent(browsers(where), desk, name)))
            agent.is_ready()
            return agent

        yield one


@pytest.mark.parametrize(
    "blocked, how, chosen",
    [
        (False, {"over": "udp"}, None),
        (False, {"over": "udp", "relay_only": True}, "udp"),
        (True, {"over": "udp"}, "udp"),
        (True, {"over": "tcp"}, "tcp"),
    ],
    ids=["nothing is in the way", "no other way may be tried", "udp to the server alone", "no udp at all"],
)
def test_both_hear_each_other(street, coturn, desk, agents, blocked, how, chosen):
    if blocked:
        street.lets_no_udp_through()
    desk = desk(**how)
    ada = agents(desk, street.home, "ada")
    telephone = desk.calls_in()
    ada.shows("Incoming call")
    ada.clicks("Accept")
    ada.shows("Connected")
    both_heard(ada, telephone, 10)
    kind, protocol = ada.inner.evaluate(CHOSEN)
    assert (kind == "relay", protocol if kind == "relay" else None) == (chosen is not None, chosen)
    ada.clicks("Hang up")
    desk.quiet()


@pytest.mark.parametrize("how", [{}, {"over": "udp", "secret": "another-secret-than-the-servers"}], ids=["no server", "not let in by it"])
def test_without_it_the_caller_goes_to_somebody_else(street, coturn, desk, agents, how):
    street.lets_no_udp_through()
    desk = desk(**how)
    ada = agents(desk, street.home, "ada")
    grace = agents(desk, street.office, "grace")
    telephone = desk.calls_in()
    ada.shows("Incoming call")
    ada.clicks("Accept")
    desk.until(lambda: desk.agent("ada")["notReady"] == "not_heard", 15, "given up")
    assert "nobody was heard" in ada.shows("Not ready")
    assert 200 not in telephone.codes, "nobody is told of an answer"
    failed = {name: count for name, count in desk.metrics().items() if name.startswith("voice_connect_fail_total")}
    assert list(failed.values()) == [1] and 'cause="ice"' in next(iter(failed)), failed
    grace.shows("Incoming call")
    grace.clicks("Accept")
    grace.shows("Connected")
    both_heard(grace, telephone)
    telephone.hangs_up()
