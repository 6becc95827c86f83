"""Checks of our own: the program calls a telephone, and warns when people could not hear each other."""

import contextlib
import json
import sqlite3
import subprocess
import sys
import urllib.request
import wave
from pathlib import Path

import pytest

import pages
from conftest import closing
from documented import validate
from peers import BINARY, TOKEN, free_port, run, until
from voice import PROGRAM, Telephone

TITLE = "Calls are answerable but audio does not connect"


@pytest.fixture
def telephone():
    with closing(Telephone()) as peer:
        yield peer


def config(vendor, receiver, telephone, check="", voice="", more=""):
    return f"""
[poll]
spread = "0s"
[net]
allow_private = ["127.0.0.0/8"]
[voice]
calls_per_hour = 3600
buffer_ms = 160
{voice}
[[provider]]
slug = "kustomer"
name = "Kustomer"
page = "{vendor.url('/kustomer')}"
interval = "1s"
[[group]]
name = "support-desk"
channels = ["hook"]
[[channel]]
name = "hook"
kind = "webhook"
url = "{receiver.url('/hook')}"
[[check]]
name = "support line"
kind = "sip_call"
target = "sip:line@127.0.0.1:{telephone.port}"
interval = "1s"
provider = "kustomer"
components = ["Kustomer Voice"]
groups = ["support-desk"]
{check}
{more}
"""


def green(vendor):
    pages.publish(vendor, "/kustomer", [pages.component("c1", "Kustomer Voice")])


def check(app):
    return app.api("/checks/support-line")


def test_calls_without_audio_are_told_though_the_page_is_green_and_their_end_is_too(vendor, receiver, telephone, tocsin, tmp_path):
    green(vendor)
    app = tocsin(config(vendor, receiver, telephone, check="record = true"))
    # On a busy machine a telephone may miss what it is told: then it is called again at once.
    until(lambda: (check(app)["last_call"] or {}).get("verdict") == "pass", 90, "a call that passes")
    assert check(app)["health"] == "operational" and receiver.received() == []
    # A check is read as a page is.
    assert check(app)["reading"] == {
        "platform": "sip_call", "page": {"id": "support-line", "name": "support line", "url": None, "time_zone": None}, "health": "operational",
        "components": [{"id": "c1", "name": "Kustomer Voice", "group": [], "health": "operational", "hidden_while_operational": False}],
        "incidents": [], "maintenances": [], "covers": {"open": False, "history_since": None}, "problems": [],
    }

    telephone.answer("one-way")
    [told] = until(lambda: receiver.events("/hook"), 90, "the warning")
    assert told["type"] == "warning.raised" and told["data"]["changes"] == ["warning.raised"]
    warning = told["data"]["warning"]
    assert warning["summary"] == TITLE
    assert told["data"]["provider"] == {"slug": "kustomer", "name": "Kustomer"}
    assert warning["provider"] == "kustomer" and warning["components"] == [{"id": "c1", "name": "Kustomer Voice"}]
    assert warning["kind"] == "no_audio" and 0.5 < warning["confidence"] < 1
    assert warning["page_says"] == "operational" and warning["evidence"][0] == "Kustomer’s page says operational."
    assert told["data"]["links"]["incident"].endswith("/checks/support-line")
    assert "the check names this group" in told["data"]["reason"]

    # The second of two offers the other codec first, and what is told names the one that was spoken.
    later, before = app.api("/checks/support-line/calls?limit=2")["items"]
    assert {later["offered"][0], before["offered"][0]} == {"PCMU", "PCMA"}
    for one in (later, before):
        spoken = one["measures"]["codec"] or " or ".join(one["offered"])
        assert any(line.endswith(f", {spoken}: {one['why']}") for line in warning["evidence"]), warning["evidence"]

    # Everywhere else it is said, too, and the page is shown as green as it is.
    assert app.api("/providers/kustomer")["health"] == "operational"
    assert f"Tocsin’s own check says: <b>{TITLE}</b>" in app.get("/providers/kustomer", raw=True)
    assert TITLE in app.get("/", raw=True)
    assert check(app)["health"] == "partial_outage" and check(app)["reason"] == TITLE
    read = check(app)["reading"]
    assert (read["health"], [part["health"] for part in read["components"]]) == ("partial_outage", ["partial_outage"])
    assert read["problems"] == [{"code": "no_audio", "where": "", "detail": TITLE}]
    assert [one["id"] for one in app.api("/warnings?state=open&provider=kustomer")["items"]] == [warning["id"]]
    assert app.api(f"/warnings/{warning['id']}") == {**warning, "acknowledged": None}
    assert 'tocsin_check_health{check="support-line"} 2' in app.get("/metrics", raw=True)
    shown = app.get("/checks/support-line", raw=True)
    assert TITLE in shown and "Kustomer</a>’s page says" in shown and shown.count("<svg viewBox=\"0 0 1000 48\"") >= 3

    # What was said can be heard, as long as nobody is shut out.
    [call] = app.api("/checks/support-line/calls?limit=1")["items"]
    assert call["recorded"] and call["verdict"] == "one_way_out" and call["ladder"][0]["what"] == "we call"
    assert call["reading"] == read
    with urllib.request.urlopen(f"{app.base()}/checks/support-line/calls/{call['id']}/sent.wav") as answer:
        (tmp_path / "sent.wav").write_bytes(answer.read())
        assert answer.headers["content-type"] == "audio/wav"
    with wave.open(str(tmp_path / "sent.wav")) as sound:
        assert sound.getframerate() == 8000 and 4 < sound.getnframes() / 8000 < 60

    # A restart forgets nothing and says nothing, politely or not.
    app.restart()
    before = len(app.api("/checks/support-line/calls?limit=100")["items"])
    assert check(app)["warning"]["id"] == warning["id"] and check(app)["reading"] == read
    until(lambda: len(app.api("/checks/support-line/calls?limit=100")["items"]) > before, 60, "a call after the restart")
    app.kill()
    app.start()
    assert check(app)["warning"]["id"] == warning["id"] and len(receiver.events("/hook")) == 1

    telephone.answer("none")
    def ended():
        return [one for one in receiver.events("/hook") if one["type"] == "warning.cleared"]

    [over] = until(ended, 120, "the end")
    assert {one["data"]["warning"]["id"] for one in receiver.events("/hook")} == {warning["id"]}
    assert over["data"]["warning"]["ended_because"] == "The last three calls passed."
    assert check(app)["health"] == "operational" and check(app)["warning"] is None
    assert [one["state"] for one in app.api("/warnings")["items"]] == ["closed"]
    decided = app.api("/decisions")["items"]
    assert {(one["change"], one["told"], one["reason"]["code"]) for one in decided} == {
        ("warning.raised", True, "named_by_check"), ("warning.cleared", True, "named_by_check"),
    }


def test_only_those_hear_of_warnings_who_want_to(vendor, receiver, tocsin):
    green(vendor)
    more = f"""
[[monitor]]
provider = "kustomer"
groups = ["default", "early"]
[[group]]
name = "default"
channels = ["plain"]
[[group]]
name = "early"
channels = ["early"]
events = ["warning.*"]
[[channel]]
name = "plain"
kind = "webhook"
url = "{receiver.url('/plain')}"
[[channel]]
name = "early"
kind = "webhook"
url = "{receiver.url('/early')}"
"""
    with closing(Telephone("busy")) as telephone:
        app = tocsin(config(vendor, receiver, telephone, more=more).replace('groups = ["support-desk"]\n', ""))
        [told] = until(lambda: receiver.events("/early"), 60, "the warning")
        assert told["data"]["warning"]["kind"] == "not_answered"
        assert told["data"]["warning"]["summary"] == "Calls do not connect"
        assert any(", PCMU or PCMA: " in line for line in told["data"]["warning"]["evidence"]), told
        decided = {(one["channel"], one["reason"]["code"]) for one in app.api("/decisions")["items"]}
        assert len({code for _, code in decided} ^ {"event_not_wanted", "component_followed", "whole_provider"}) <= 1
        assert receiver.received("/plain") == [] and receiver.received("/hook") == []


def test_somebody_lets_it_call_now_and_a_cap_holds_it_back(vendor, receiver, telephone, tocsin):
    green(vendor)
    voice = "calls_per_hour = 2"
    text = config(vendor, receiver, telephone).replace("calls_per_hour = 3600", voice).replace('interval = "1s"\nprovider', 'interval = "30m"\nprovider')
    app = tocsin(text)
    until(lambda: check(app)["last_call"], 60, "the first call")
    assert app.problem("POST", "/api/v1/checks/support-line/run", body=b"")[0] in (401, 403)
    said = app.call("POST", "/api/v1/checks/support-line/run", token=TOKEN, body=b"")
    assert said == {"check": check(app)["id"], "calling": True}
    validate(said, "/checks/{id}/run", "post", "202")
    until(lambda: check(app)["calling"], 10, "the call")
    assert app.problem("POST", "/api/v1/checks/support-line/run", token=TOKEN, body=b"")[0] == 409
    until(lambda: len(app.api("/checks/support-line/calls")["items"]) == 2, 60, "the second call")
    status, _, text = app.problem("POST", "/api/v1/checks/support-line/run", token=TOKEN, body=b"")
    validate(json.loads(text), "/checks/{id}/run", "post", "429")
    assert status == 429 and "calls_per_hour" in json.loads(text)["detail"]
    assert app.problem("POST", "/api/v1/checks/nobody/run", token=TOKEN, body=b"")[0] == 404


def test_a_day_costs_no_more_than_it_may_also_when_we_fall_in_a_call(vendor, receiver, telephone, tocsin):
    green(vendor)
    app = tocsin(config(vendor, receiver, telephone, voice='price_per_minute = "0.5"\nspend_per_day = "1.2"'))
    until(lambda: len(app.api("/checks/support-line/calls")["items"]) == 1 and check(app)["calling"], 90, "the second call")
    app.kill()
    app.start()
    until(lambda: "`spend_per_day` allows" in (check(app)["reason"] or ""), 30, "the cap")
    assert (check(app)["health"], [problem["code"] for problem in check(app)["reading"]["problems"]]) == ("unknown", ["held_back"])
    assert app.problem("POST", "/api/v1/checks/support-line/run", token=TOKEN, body=b"")[0] == 429
    assert len(app.api("/checks/support-line/calls")["items"]) == 1


def test_a_line_whose_calls_cannot_be_stored_is_not_shown_as_well(vendor, receiver, telephone, tocsin):
    green(vendor)
    app = tocsin(config(vendor, receiver, telephone))
    until(lambda: check(app)["health"] == "operational", 90, "a call that passes")
    with contextlib.closing(sqlite3.connect(app.directory / "data" / "tocsin.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        until(lambda: check(app)["health"] == "unknown", 60, "nothing is known")
        assert "cannot be stored" in check(app)["reason"]
        other.execute("ROLLBACK")
    until(lambda: check(app)["health"] == "operational", 90, "a call that passes again")
    assert receiver.received("/hook") == []


def test_a_stop_in_the_middle_of_a_call_hangs_up(vendor, receiver, telephone, tocsin):
    green(vendor)
    app = tocsin(config(vendor, receiver, telephone))
    until(lambda: check(app)["calling"], 20, "a call")
    assert app.stop() == 0
    calls = telephone.close()
    assert calls and calls[-1]["hung_up"] in ("them", "nobody", None) and calls[-1]["dialogs"] == 0, calls


ALONE = """
import json, subprocess, sys, time, urllib.request
binary, voice, directory, token = sys.argv[1:]
for line in ("link set lo up", "addr del 127.0.0.1/8 dev lo", "addr add 127.0.0.2/32 dev lo"):
    subprocess.run(["ip", *line.split()], check=True)
answering = subprocess.Popen([voice, "answer", "--listen", "127.0.0.2:5070", "--fault", "one-way"], stdout=subprocess.DEVNULL)
env = {"PATH": "/usr/bin:/bin", "HOME": directory, "TOCSIN_ADMIN_TOKEN": token}
app = subprocess.Popen([binary, "serve", "--config", directory + "/tocsin.toml", "--data", directory + "/data", "--listen", "127.0.0.2:8400"], env=env)
def ask(path):
    with urllib.request.urlopen("http://127.0.0.2:8400" + path, timeout=5) as answer:
        return answer.read().decode()
try:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        time.sleep(0.3)
        try:
            calls = json.loads(ask("/api/v1/checks/line/calls"))["items"]
        except OSError:
            continue
        if len(calls) >= 3:
            break
    print(json.dumps({"calls": calls, "check": json.loads(ask("/api/v1/checks/line")),
        "warnings": json.loads(ask("/api/v1/warnings"))["items"], "metrics": ask("/metrics")}))
finally:
    app.terminate(); answering.terminate(); app.wait(20); answering.wait(20)
"""


def test_a_probe_that_is_ill_warns_of_nobody(tmp_path):
    """Where this machine has no 127.0.0.1, the call to our own far end fails, whatever the line does."""
    (tmp_path / "tocsin.toml").write_text("""
[voice]
calls_per_hour = 3600
[[check]]
name = "line"
kind = "sip_call"
target = "sip:line@127.0.0.2:5070"
interval = "1s"
""")
    command = ["unshare", "-n", sys.executable, "-c", ALONE, BINARY, PROGRAM, tmp_path, TOKEN]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=150)
    said = json.loads(done.stdout.splitlines()[-1]) if done.stdout else pytest.fail(done.stderr)
    assert {call["verdict"] for call in said["calls"]} == {"probe_fault"} and len(said["calls"]) >= 3
    assert said["warnings"] == []
    assert said["check"]["health"] == "unknown" and "The probe itself is ill" in said["check"]["reason"]
    assert 'tocsin_check_probe_ill{check="line"} 1' in said["metrics"]
    assert "the probe itself is ill" in done.stdout + done.stderr


def test_a_check_is_run_by_hand(telephone, tmp_path):
    file = tmp_path / "tocsin.toml"
    file.write_text(f"""
[voice]
buffer_ms = 160
[[check]]
name = "support line"
kind = "sip_call"
target = "sip:line@127.0.0.1:{telephone.port}"
""")
    code, out, _ = run("checks", "list", "--config", file)
    assert code == 0 and "support line" in out and "sip_call" in out
    for number in range(5):
        code, out, _ = run("checks", "run", "support line", "--config", file, "--record", tmp_path / f"heard{number}")
        # On a busy machine it may not hear its own echo: then it says nothing of the line.
        if "probe_fault" not in out:
            break
    assert code == 0 and "pass: Both ends heard each other." in out, out
    assert len(list(Path(tmp_path / f"heard{number}").glob("*.wav"))) == 2
    telephone.answer("busy")
    code, out, _ = run("checks", "run", "support line", "--config", file, "--json")
    assert code == 1 and json.loads(out)["verdict"] == "busy"
    code, _, err = run("checks", "run", "suport line", "--config", file)
    assert code == 2 and "did you mean `support line`" in err
    file.write_text(file.read_text().replace(f":{telephone.port}", f":{free_port()}").replace("127.0.0.1", "no-such-host.invalid"))
    code, out, err = run("checks", "run", "support line", "--config", file)
    assert code == 2 and "add \"sip:line@no-such-host.invalid" in err
