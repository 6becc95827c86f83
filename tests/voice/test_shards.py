"""Several desks behind Kamailio, with the configuration that we publish: each call to the next one that is well."""

import contextlib
import os
import re
import signal

import pytest

from desk_floor import Desk
from engine_room import STRANGER, Kamailio, addressed, calls_in
from namespace import apart

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the ports of this test need root")


@pytest.fixture
def desks(tmp_path):
    """Two of them; nobody is signed in, so that whoever calls comes to voicemail after a second."""
    with apart() as network, contextlib.ExitStack() as opened:
        addressed(network)

        def starts(at):
            return opened.enter_context(contextlib.closing(Desk(tmp_path / f"data{at}", web=8088 + at, sip=5070 + at)))

        started = [starts(at) for at in range(2)]
        folder = tmp_path / "kamailio"
        folder.mkdir()
        kamailio = Kamailio(network, folder, "desks", {
            ("site.cfg", "/etc/kamailio/desks.list"): folder / "desks.list",
            ("desks.list", "203.0.113.11:5060"): "127.0.0.1:5070",
            ("desks.list", "203.0.113.12:5060"): "127.0.0.1:5071",
        })
        network.listens(5060)
        yield kamailio, starts, started
        assert kamailio.process.poll() is None, kamailio.said()


@pytest.fixture
def call():
    """Calls, and has been answered: the telephone."""
    with contextlib.ExitStack() as opened:

        def one(caller):
            telephone = opened.enter_context(contextlib.closing(calls_in(caller=caller)))
            telephone.until(lambda: 200 in telephone.codes or telephone.ended, 10, "an answer")
            assert telephone.codes[-1] == 200, telephone.codes
            return telephone

        yield one


def callers(desk):
    return set(desk.calls())


def well(kamailio):
    """Ports of desks that answer."""
    said = kamailio.asks("dispatcher.list")
    return {int(port) for port, flags in re.findall(r"URI: sip:127.0.0.1:(\d+).*?FLAGS: (\S+)", said, re.S) if flags == "AP"}


def test_calls_go_to_the_desks_in_turn_and_past_one_that_is_stopped_or_gone(desks, call):
    kamailio, starts, (first, second) = desks
    telephones = [call(f"493010{turn}") for turn in range(4)]
    assert sorted(len(callers(desk)) for desk in (first, second)) == [2, 2]
    telephones[0].hangs_up()
    first.until(lambda: sum(len(callers(desk)) for desk in (first, second)) == 3, 3, "one is over, through Kamailio")
    # One that is stopped finishes its calls and takes no more.
    first.process.send_signal(signal.SIGTERM)
    first.until(lambda: first.state()["draining"], 3, "draining")
    before = callers(second)
    more = {f"493020{turn}": call(f"493020{turn}") for turn in range(3)}
    assert callers(second) == before | set(more)
    # One that is gone is found out by the first call that it does not take.
    for telephone in [*telephones[1:], *more.values()]:
        telephone.hangs_up()
    first.process.wait(10)
    last = [call(f"493030{turn}") for turn in range(2)]
    assert callers(second) == {"4930300", "4930301"}
    second.until(lambda: well(kamailio) == {5071}, 10, "it is known to be gone")
    # And one that is back is given calls again.
    again = starts(0)
    second.until(lambda: well(kamailio) == {5070, 5071}, 10, "it is known to be back")
    more = [call(f"493040{turn}") for turn in range(2)]
    assert len(callers(again)) == 1 and len(callers(second)) == 3
    for telephone in [*last, *more]:
        telephone.hangs_up()


def test_with_no_desk_the_carrier_is_told(desks):
    _, _, started = desks
    for desk in started:
        desk.process.kill()
        desk.process.wait(5)
    with contextlib.closing(calls_in()) as telephone:
        telephone.until(lambda: telephone.ended, 10, "refused")
        assert telephone.codes[-1] in (408, 503), telephone.codes
    with contextlib.closing(calls_in(here=STRANGER)) as stranger:
        stranger.until(lambda: stranger.ended, 3, "refused")
        assert stranger.codes == [403]
