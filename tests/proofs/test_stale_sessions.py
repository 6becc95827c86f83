"""Sessions of a build that is shut out: none may be rung any more, all load the new one when they are idle, and a call goes on."""

import contextlib
import time

import pytest
from counted import noted, times

from desk_floor import Agent, Desk, both_heard
from staffed import browser, chromium, network  # noqa: F401 (fixtures)

COUNT = times(5, 100)
# Over which they spread; by themselves it is a minute.
SPREAD_MS = times(6_000, 60_000)
# In seconds, after the least build rose.
ROUTABLE_UNTIL, RELOADED_BY = 15, 120
# Turns that are spread evenly, so that a few sessions show the same as many.
TURN = "{ const real = crypto.getRandomValues.bind(crypto); crypto.getRandomValues = some => { real(some); if (some.length === 5) some[4] = %d; return some; }; }"
NAMES = [f"agent-{number:03}" for number in range(COUNT)]


@pytest.fixture
def desk(network, tmp_path):
    with contextlib.closing(Desk(tmp_path / "data", names=["ada", *NAMES], alone=120, wait=120)) as one:
        yield one


@pytest.fixture
def sign_in(browser, desk):
    """Opens a session for each of the others."""
    with contextlib.ExitStack() as opened:

        def all_of_them():
            for number, name in enumerate(NAMES):
                context = opened.enter_context(contextlib.closing(browser.new_context()))
                page = context.new_page()
                page.add_init_script(TURN % (number * SPREAD_MS // COUNT))
                page.goto(f"{desk.base}/#agent={name}&token=token-of-{name}")

        yield all_of_them


def others(desk):
    return [one for one in desk.state()["agents"] if one["agent"] != "ada"]


def newer(desk, folder):
    """The widget with another line in it."""
    folder.mkdir()
    [current] = (desk.data / "builds").iterdir()
    for file in current.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "main.js").write_text((folder / "main.js").read_text() + "\nwindow.isNewer = true;\n")
    return folder


def test_nobody_on_an_old_build_is_rung_all_load_the_new_one_and_no_call_is_cut(browser, desk, sign_in, tmp_path):
    old = desk.state()["build"]
    with contextlib.closing(Agent(browser, desk, script=TURN % 0)) as ada:
        ada.is_ready()
        telephone = desk.calls_in()
        ada.shows("Incoming call")
        ada.clicks("Accept")
        ada.shows("Connected")
        sign_in()
        desk.until(lambda: all(one["routable"] and one["build"] == old for one in others(desk)), 20 + COUNT, "all are ready")
        both_heard(ada, telephone)

        code, said = desk.tool("publish", newer(desk, tmp_path / "new"), "--now")
        assert code == 0, said
        desk.until(lambda: desk.state()["minBuild"] > old, 5, "the least build rose")
        rose, first_rung, stale, loaded = time.monotonic(), None, 0.0, 0.0
        caller = desk.calls_in(caller="4930777")
        while loaded == 0.0:
            here, after = others(desk), time.monotonic() - rose
            assert after < RELOADED_BY, [one for one in here if one["build"] != old + 1]
            if any(one["routable"] and one["build"] == old for one in here):
                stale = after
                assert after < ROUTABLE_UNTIL
            first_rung = first_rung or next((one for one in here if one["status"] == "ringing"), None)
            if all(one["build"] == old + 1 and one["present"] and (one["routable"] or one["status"] == "ringing") for one in here):
                loaded = after
            ada.waits(0.2)
        assert first_rung and first_rung["build"] == old + 1, "who is rung has the new build"
        assert ada.title() == "Connected" and desk.agent("ada")["build"] == old
        both_heard(ada, telephone)
        assert telephone.ended is None and len(telephone.sources) == 1
        caller.close()
        ada.clicks("Hang up")
        ada.clicks("Done")
        desk.until(lambda: desk.agent("ada")["build"] == old + 1, 15, "Ada has it after the call")
        ada.shows("Ready for calls")
        desk.quiet()
    noted("stale sessions", sessions=COUNT, seconds_until_none_was_routable=round(stale, 1), seconds_until_all_were_loaded=round(loaded, 1), calls_cut=0)
