"""The same promises on PostgreSQL."""

import json

import pytest

import pages
from conftest import instances
from peers import run, until
from settings import one_hook
from test_crash import polled_again
from test_trouble import ready_again, unready

OPEN = pages.trouble("k1")


@pytest.fixture
def database(postgres):
    return postgres.database()


@pytest.fixture
def settled(vendor, receiver, database):
    pages.harbour(vendor)
    return one_hook(vendor, receiver, database={"url": database})


def test_a_change_reaches_the_webhook_and_our_page(vendor, receiver, tocsin, settled, tmp_path):
    app = tocsin(settled).seen()
    pages.harbour(vendor, OPEN)
    until(lambda: app.deliveries("sent"), what="the news")
    assert [event["type"] for event in receiver.events("/hook")] == ["incident.opened"]
    [incident] = app.api("/incidents?state=open")["items"]
    assert "Trouble k1" in app.get(f"/incidents/{incident['id']}", raw=True)
    assert app.api(f"/decisions?incident={incident['id']}")["items"][0]["told"] is True
    assert not list((tmp_path / "data").glob("*.db")), "there is no second store beside it"
    assert app.stop() == 0


def test_killed_while_a_delivery_is_in_flight(vendor, receiver, tocsin, settled):
    app = tocsin(settled).seen()
    receiver.hold("/hook")
    pages.harbour(vendor, OPEN)
    until(lambda: receiver.received("/hook"), what="the first attempt")
    app.kill()
    receiver.release()
    app.start()
    until(lambda: app.deliveries("sent"), what="the repeat")
    first, *rest = receiver.attempts("/hook")
    assert rest == [first]
    app.restart()
    polled_again(vendor)
    assert len(receiver.attempts("/hook")) == 2, "a restart announces nothing"


def test_cursors_walk_without_loss_there_too(vendor, tocsin, settled):
    past = [pages.trouble(f"old{number}", ["investigating", "resolved"]) for number in range(20)]
    pages.harbour(vendor, *past)
    app = tocsin(settled).seen()
    walked, cursor = [], ""
    while cursor is not None:
        answer = app.api(f"/incidents?limit=3{cursor and f'&cursor={cursor}'}")
        walked += [one["id"] for one in answer["items"]]
        cursor = answer["next_cursor"]
    assert len(walked) == len(set(walked)) == 20


def test_a_server_that_goes_away_is_outlived(vendor, receiver, tocsin, settled, postgres):
    app = tocsin(settled).seen()
    postgres.stop()
    try:
        pages.harbour(vendor, OPEN)
        assert "store" in unready(app)
        assert app.get("/healthz", raw=True).strip() == "alive"
    finally:
        postgres.start()
    ready_again(app)
    until(lambda: app.deliveries("sent"), 40, "the news")
    assert len(receiver.received("/hook")) == 1


def test_a_second_one_waits_until_the_first_is_gone(vendor, receiver, tocsin, settled, database, postgres, tmp_path):
    first = tocsin(settled).seen()
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "data").mkdir()
    (tmp_path / "second" / "data" / "secret.key").write_bytes((tmp_path / "data" / "secret.key").read_bytes())
    with instances(tmp_path / "second") as start:
        second = start(settled, start=False)
        second.start(wait=False)
        waiting = lambda: postgres.ask(database, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        until(waiting, what="its waiting")
        with pytest.raises(OSError):
            second.get("/healthz", raw=True)
        first.kill()
        until(second.is_up, 30, "its turn")
        pages.harbour(vendor, OPEN)
        until(lambda: second.deliveries("sent"), what="the news")
        assert len(receiver.received("/hook")) == 1


def test_who_waits_can_be_told_to_stop(vendor, tocsin, settled, database, postgres, tmp_path):
    tocsin(settled).seen()
    (tmp_path / "second").mkdir()
    second = tocsin(settled, directory=tmp_path / "second", start=False)
    second.start(wait=False)
    until(lambda: postgres.ask(database, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"), what="its waiting")
    assert second.stop(5) == 0


def test_a_run_can_be_replayed_from_there(vendor, receiver, tocsin, settled, database):
    app = tocsin(settled).seen()
    pages.harbour(vendor, OPEN)
    until(lambda: app.deliveries("sent"), what="the news")
    code, out, err = run("replay", database, "--json")
    assert code == 0, err
    assert [json.loads(line)["type"] for line in out.splitlines()] == ["incident.opened"]
