"""Replay: stored captures through today's readers and rules, from a directory or from the database of a run."""

import json
import sqlite3
from contextlib import closing

import kustomer
import pages
from peers import Clock, run, until
from settings import config, group, hook, monitor, one_hook, provider

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


def stored(tmp_path):
    [database] = (tmp_path / "data").glob("*.db")
    return database


CRANES = {
    "id": "g1", "begin": "2026-02-20T22:20:00+00:00", "created": "2026-02-20T22:20:00+00:00", "end": None,
    "external_desc": "Cranes stand still", "service_name": "Cranes", "service_key": "cranes", "severity": "medium",
    "status_impact": "SERVICE_DISRUPTION", "affected_products": [{"id": "cranes", "title": "Cranes"}],
    "updates": [{"when": "2026-02-20T22:20:00+00:00", "created": "2026-02-20T22:20:00+00:00", "text": "They stand.", "status": "SERVICE_DISRUPTION"}],
}


def test_an_empty_list_is_one_where_it_was_asked_for(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:00:00Z")
    vendor.pages["/cloud/incidents.json"] = []
    page = provider("harbour", vendor.url("/cloud"), platform="googlecloud")
    app = tocsin(config(page, monitor("harbour", "on-call"), group("on-call", "hook"), hook("hook", receiver.url("/hook"))), clock=clock).seen()
    clock.set("2026-02-20T22:21:00Z")
    vendor.pages["/cloud/incidents.json"] = [CRANES]
    until(lambda: receiver.received("/hook"), what="the news")
    until(lambda: app.deliveries("sent"), what="the answer being written down")
    assert app.stop() == 0
    kept = [line for line in lines(stored(tmp_path)) if line["incident"]]
    assert [(line["type"], line["told"]) for line in kept] == [("incident.opened", True)]
    with closing(sqlite3.connect(stored(tmp_path))) as db, db:
        rows = [(page, at, json.loads(answers)) for page, at, answers in db.execute("SELECT page, at, payloads FROM readings")]
        assert {answer[2] for _, _, answers in rows for answer in answers} == {vendor.url("/cloud/incidents.json")}
        for page, at, answers in rows:
            db.execute("UPDATE readings SET payloads = ? WHERE page = ? AND at = ?", (json.dumps([answer[:2] for answer in answers]), page, at))
    kept = [line for line in lines(stored(tmp_path)) if line["incident"]]
    assert [line["type"] for line in kept] == ["incident.imported"], "older readings know no address, and are still read"


def instatus(*open_now):
    page = {"name": "Harbour Cloud", "url": "https://status.example.com", "status": "HASISSUES" if open_now else "UP"}
    return {"page": page, **({"activeIncidents": list(open_now)} if open_now else {})}


QUAY_NOW = {"components": [{"id": "n1", "name": "Quay API", "status": "OPERATIONAL", "isParent": False, "children": []}]}


def test_a_directory_may_tell_of_a_move(tmp_path):
    before = {"summary.json": pages.summary([pages.QUAY], [pages.trouble("k1")])}
    after = {"summary.json": instatus(), "components.json": QUAY_NOW}
    moments = [f"2026-02-20T22:{minute}:00Z" for minute in ("00", "05", "30", "55")] + ["2026-02-20T23:30:00Z"]
    captured(tmp_path / "harbour", lambda number: before if number < 2 else after, moments)
    told = lines(tmp_path / "harbour")
    assert [(line["type"], line["at"]) for line in told if not line["type"].startswith("component.")] == [
        ("incident.imported", moments[0]), ("page.moved", moments[2]), ("incident.removed", moments[2]),
    ]


def test_the_database_of_a_run_tells_of_a_move(vendor, receiver, tocsin, tmp_path):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    vendor.pages.clear()
    vendor.pages["/harbour/summary.json"] = instatus()
    vendor.pages["/harbour/v3/components.json"] = QUAY_NOW
    until(lambda: app.api("/providers/harbour")["pages"][0]["platform"] == "instatus", 40, "the new platform")
    app.seen()
    assert app.stop() == 0
    told = [line for line in lines(stored(tmp_path)) if line["type"].startswith("page.")]
    assert [line["type"] for line in told] == ["page.moved"]
    compared = run("replay", stored(tmp_path))[2].splitlines()
    assert compared[-1].endswith("as then, 0 otherwise"), compared


def test_a_capture_that_is_not_all_there_any_more_is_left_out(vendor, receiver, tocsin, tmp_path):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: receiver.received("/hook"), what="the news")
    until(lambda: app.deliveries("sent"), what="the answer being written down")
    assert app.stop() == 0
    assert "left out" not in run("replay", stored(tmp_path))[2]
    with closing(sqlite3.connect(stored(tmp_path))) as db, db:
        [first] = db.execute("SELECT payloads FROM readings ORDER BY at, turn LIMIT 1").fetchone()
        later = {answer[1] for [answers] in db.execute("SELECT payloads FROM readings ORDER BY at, turn LIMIT -1 OFFSET 1") for answer in json.loads(answers)}
        gone = next(answer[1] for answer in json.loads(first) if answer[1] not in later)
        db.execute("DELETE FROM payloads WHERE hash = ?", (gone,))
    _, _, said = run("replay", stored(tmp_path))
    assert "tocsin: harbour: 1 capture is left out: not all that was read then is kept" in said.splitlines()
    told = lines(stored(tmp_path))
    assert [line["type"] for line in told if line["incident"]] == ["incident.imported"]
    assert not any(line["type"].startswith("page.") for line in told)


def test_replay_for_people_and_for_who_is_wrong(tmp_path):
    captured(tmp_path / "kustomer", surfaces, ["2026-02-20T22:00:40Z", "2026-02-20T22:02:10Z"])
    code, out, _ = run("replay", tmp_path / "kustomer")
    assert code == 0 and "told" in out and kustomer.TITLE in out
    assert run("replay", tmp_path / "nowhere")[0] == 2
    assert run("replay")[0] == 2
