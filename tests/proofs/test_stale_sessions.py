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
            """Ten by ten, each ready before the next come."""
            ready = set()
            for number, name in enumerate(NAMES):
                context = opened.enter_context(contextlib.closing(browser.new_context()))
                page = context.new_page()
                page.add_init_script(TURN % (number * SPREAD_MS // COUNT))
                page.goto(f"{desk.base}/#agent={name}&token=token-of-{name}", wait_until="commit", timeout=120_000)
                if number % 10 == 9 or name == NAMES[-1]:
                    desk.until(lambda number=number: routable(desk, ready) >= set(NAMES[: number + 1]), 30, "all are ready")
            # All but those whose lease a busy machine let lapse just then.
            desk.until(lambda: len(routable(desk, set())) >= COUNT * 0.95, 30, "all may be rung at the same time")

        yield all_of_them


def others(desk):
    return [one for one in desk.state()["agents"] if one["agent"] != "ada"]


def routable(desk, before):
    """Adds whoever may be rung now."""
    before.update(one["agent"] for one in others(desk) if one["routable"])
    return before


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
        assert {one["build"] for one in others(desk)} == {old}
        both_heard(ada, telephone)

        code, said = desk.tool("publish", newer(desk, tmp_path / "new"), "--now")
        assert code == 0, said
        desk.until(lambda: desk.state()["minBuild"] > old, 5, "the least build rose")
        rose, first_rung, stale, loaded, came = time.monotonic(), None, 0.0, 0.0, set()
        caller = desk.calls_in(caller="4930777")
        while loaded == 0.0:
            here, after = others(desk), time.monotonic() - rose
            assert after < RELOADED_BY, [one for one in here if one["build"] != old + 1]
            if any(one["routable"] and one["build"] == old for one in here):
                stale = after
                assert after < ROUTABLE_UNTIL
            first_rung = first_rung or next((one for one in here if one["status"] == "ringing"), None)
            came.update(one["agent"] for one in here if one["build"] == old + 1 and (one["routable"] or one["status"] == "ringing"))
            if len(came) == COUNT:
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
