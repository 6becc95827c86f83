"""Replay: stored captures through today's readers and rules, from a directory or from the database of a run."""

import json
import sqlite3
from contextlib import closing

import kustomer
import pages
from peers import Clock, run, until
from settings import one_hook

HEARD = ["incident.opened", *["incident.updated"] * 4, "incident.resolved", "incident.postmortem"]


def lines(*sources):
    code, out, err = run("replay", *sources, "--json")
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def captured(directory, pages_of, moments):
    """Captures of a page at each moment: a folder with the payloads of its surfaces."""
    for number, moment in enumerate(moments):
        folder = directory / f"{number:02}-{moment.replace(':', '')}"
        folder.mkdir(parents=True)
        for name, payload in pages_of(number).items():
            (folder / name).write_text(json.dumps(payload))


def surfaces(count):
    vendor = type("Page", (), {"pages": {}})()
    kustomer.publish(vendor, count)
    return {path.rsplit("/", 1)[1]: payload for path, payload in vendor.pages.items()}


def test_a_directory_of_captures_is_lived_through_again(tmp_path):
    captured(tmp_path / "kustomer", surfaces, ["2026-02-20T22:00:40Z", *[seen for _, _, seen, _ in kustomer.SAID]])
    told = lines(tmp_path / "kustomer")
    assert set(told[0]) == {"at", "type", "provider", "incident", "title", "told", "reason"}
    incidents = [line for line in told if line["type"].startswith("incident.")]
    assert [line["type"] for line in incidents] == HEARD
    assert [line["at"] for line in incidents] == [seen for _, _, seen, _ in kustomer.SAID]
    assert all((line["incident"], line["title"], line["told"]) == (kustomer.ID, kustomer.TITLE, True) for line in incidents)
    silent = [line for line in told if line not in incidents]
    assert {line["type"] for line in silent} == {"component.changed"} and not any(line["told"] for line in silent)
    assert all(line["reason"] for line in told)


def test_what_the_first_capture_holds_is_imported(tmp_path):
    captured(tmp_path / "kustomer", lambda number: surfaces(number + 2), ["2026-02-20T22:22:00Z", "2026-02-20T22:54:00Z"])
    told = [line for line in lines(tmp_path / "kustomer") if line["incident"]]
    assert [(line["type"], line["told"]) for line in told] == [("incident.imported", False), ("incident.updated", True)]


def test_files_may_stand_alone_and_a_date_is_midnight(tmp_path):
    quiet, loud = pages.summary([pages.QUAY]), pages.summary([pages.QUAY], [pages.trouble("k1")])
    for name, payload in {"2026-02-20.json": quiet, "07-2026-02-20T222200Z.json": loud, "notes.txt": "not a capture"}.items():
        (tmp_path / name).write_text(json.dumps(payload))
    told = [line for line in lines(tmp_path) if line["incident"]]
    assert [(line["at"], line["type"]) for line in told] == [("2026-02-20T22:22:00Z", "incident.opened")]


def test_what_cannot_be_read_is_no_change(tmp_path):
    whole = json.dumps(pages.summary([pages.QUAY], [pages.trouble("k1")]))
    for name, text in {"2026-02-20T220000Z.json": whole, "2026-02-20T220500Z.json": "<html>Sign in</html>", "2026-02-20T221000Z.json": whole}.items():
        (tmp_path / name).write_text(text)
    assert [line["type"] for line in lines(tmp_path)] == ["incident.imported"]


def test_the_database_of_a_run_tells_the_same_story(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:00:00Z")
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver), clock=clock).seen()
    for turn, stages in enumerate([["investigating"], ["investigating", "identified"], ["investigating", "identified", "resolved"]], 1):
        clock.set(f"2026-02-20T22:{21 + turn}:30Z")
        pages.harbour(vendor, pages.trouble("k1", stages))
        until(lambda: len(receiver.received("/hook")) == turn, what=f"update {turn}")
    assert app.stop() == 0
    [database] = (tmp_path / "data").glob("*.db")
    before = database.read_bytes()
    told = [(line["at"], line["type"], line["told"], line["provider"]) for line in lines(database)]
    assert told == [(event["timestamp"], event["type"], True, "harbour") for event in receiver.events("/hook")]
    assert database.read_bytes() == before, "reading it changed nothing"
    _, _, compared = run("replay", database)
    assert compared.splitlines()[-1] == "tocsin: harbour: 3 as then, 0 otherwise"


def test_what_is_decided_otherwise_today_is_named(vendor, receiver, tocsin, tmp_path):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: receiver.received("/hook"), what="the news")
    until(lambda: app.deliveries("sent"), what="the answer being written down")
    pages.harbour(vendor)
    until(lambda: not app.api("/incidents?state=open")["items"], what="its being taken off the page")
    assert app.stop() == 0
    [database] = (tmp_path / "data").glob("*.db")
    assert run("replay", database)[2].splitlines()[-1] == "tocsin: harbour: 2 as then, 0 otherwise"
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("DELETE FROM events WHERE type = 'incident.removed'")
        db.execute("UPDATE decisions SET told = 0")
    differences = run("replay", database)[2].splitlines()
    assert "incident.opened was silent then, and would be told now: Trouble k1" in differences[-3]
    assert "incident.removed is an event now, and was none then: Trouble k1" in differences[-2]
    assert differences[-1] == "tocsin: harbour: 0 as then, 2 otherwise"


def test_replay_for_people_and_for_who_is_wrong(tmp_path):
    captured(tmp_path / "kustomer", surfaces, ["2026-02-20T22:00:40Z", "2026-02-20T22:02:10Z"])
    code, out, _ = run("replay", tmp_path / "kustomer")
    assert code == 0 and "told" in out and kustomer.TITLE in out
    assert run("replay", tmp_path / "nowhere")[0] == 2
    assert run("replay")[0] == 2
