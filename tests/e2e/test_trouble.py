"""Trouble of our own: a store that does not take anything, a start that cannot be, addresses that may not be asked."""

import contextlib
import os
import re
import socket
import sqlite3
import stat
import subprocess

import pytest

import pages
from conftest import closing
from peers import Receiver, run, until
from settings import config, group, hook, monitor, one_hook, provider


def unready(app, seconds=40):
    """Why it cannot do its job; it must say so within this time."""

    def reason():
        with contextlib.suppress(AssertionError):
            status, _, text = app.problem("GET", "/readyz")
            return status == 503 and text

    return until(reason, seconds, "the trouble")


def ready_again(app, seconds=40):
    until(lambda: not _refused(app), seconds, "the recovery")


def _refused(app):
    try:
        return app.get("/readyz", raw=True).strip() != "ready"
    except OSError:
        return True


def lived_through(app, vendor, receiver, begin, end):
    """What changes while the store fails is told once afterwards; meanwhile pages are asked and shown."""
    begin()
    pages.harbour(vendor, pages.trouble("k1", name="x" * 300))
    reason = unready(app)
    asked = len(vendor.requests)
    assert app.get("/healthz", raw=True).strip() == "alive", "the process is fine"
    until(lambda: len(vendor.requests) > asked, 30, "polling goes on")
    assert receiver.received("/hook") == [], "nothing is told that is not stored"
    end()
    ready_again(app)
    until(lambda: app.deliveries("sent"), 30, "the news")
    assert [event["data"]["incident"]["vendor_id"] for event in receiver.events("/hook")] == ["k1"]
    app.restart()
    assert len(app.api("/incidents")["items"]) == 1 and len(receiver.received("/hook")) == 1
    return reason


def test_a_locked_database_is_waited_for(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    other = sqlite3.connect(app.directory / "data" / "tocsin.db", isolation_level=None)
    reason = lived_through(app, vendor, receiver, lambda: other.execute("BEGIN EXCLUSIVE"), lambda: other.execute("ROLLBACK"))
    assert "locked" in reason


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own, which can be filled."""
    folder = tmp_path / "data"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_said_and_outlived(vendor, receiver, tocsin, small_disk):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    filler = small_disk / "filler"

    def fill():
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)

    assert "full" in lived_through(app, vendor, receiver, fill, filler.unlink)


def test_a_taken_port_is_said_in_a_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, _, err = run("serve", "--data", tmp_path, "--listen", address, "--config", written(tmp_path, config()))
    assert code == 1
    assert address in err and "--listen" in err and "panicked" not in err


def serve(directory, *more):
    """A start that must fail: exit code and what is said."""
    code, _, err = run("serve", "--data", directory, "--listen", "127.0.0.1:0", "--config", written(directory, config()), *more)
    assert "panicked" not in err
    return code, err.splitlines()[-1]


def test_two_never_work_on_one_database(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    code, said = serve(app.directory / "data")
    assert code == 1 and "another Tocsin" in said and "--data" in said
    app.kill()
    app.start()


def test_a_database_that_is_locked_at_the_start_is_said_in_a_sentence(tmp_path, vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver))
    app.stop()
    other = sqlite3.connect(app.directory / "data" / "tocsin.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    code, said = serve(app.directory / "data")
    assert code == 1 and said.count("database is locked") == 1


def test_a_spoiled_key_is_said_in_a_sentence(tmp_path):
    (tmp_path / "secret.key").write_text("not a key")
    code, said = serve(tmp_path)
    assert code == 2 and "secret.key" in said and "backup" in said


def written(directory, text):
    file = directory / "tocsin.toml"
    file.write_text(text)
    return file


def test_a_wrong_configuration_is_refused_whole(tmp_path):
    file = written(tmp_path, '[poll]\nspred = "0s"\n[[group]]\nname = "g"\nchannels = ["nobody"]\n[[channel]]\nname = "c"\nkind = "slak"\n')
    code, _, err = run("serve", "--data", tmp_path / "data", "--config", file)
    assert code == 2
    assert [int(line) for line in re.findall(r"tocsin\.toml:(\d+): ", err)] == [2, 5, 8]
    assert "`spread`" in err and "`slack`" in err and "3 mistakes" in err
    assert not (tmp_path / "data").exists(), "nothing was begun"


@pytest.mark.parametrize("name", ["TOCSIN_POLL__INTERVAL", "TOCSIN_POLL__INTERVALL"])
def test_the_environment_is_held_to_the_same(tmp_path, name):
    code, _, err = run("config", "check", written(tmp_path, config()), env={name: "soon"})
    assert code == 2 and name in err


def test_a_file_that_is_no_database_is_said_in_a_sentence(tmp_path):
    (tmp_path / "tocsin.db").write_text("This is a letter to my aunt. " * 100)
    code, said = serve(tmp_path)
    assert code in (1, 2) and "database" in said


def test_the_key_is_made_for_us_alone(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver))
    assert stat.S_IMODE(os.stat(app.directory / "data" / "secret.key").st_mode) == 0o600


def test_a_page_on_a_private_address_is_unknown_and_the_line_is_named(vendor, receiver, tocsin):
    pages.harbour(vendor)
    for host in ("127.0.0.1", "localhost"):
        page = vendor.url("/harbour").replace("127.0.0.1", host)
        app = tocsin(config(provider("harbour", page), monitor("harbour"), net={"allow_private": []}))
        reason = until(lambda: app.api("/providers/harbour")["pages"][0]["reason"], what="the reason")
        until(lambda: "allow_private" in app.api("/providers/harbour")["pages"][0]["reason"], what="the line")
        assert app.api("/providers/harbour")["health"] == "unknown" and reason
        app.kill()
    assert vendor.requests == []


def test_a_receiver_on_a_private_address_is_refused_and_the_line_is_named(vendor, tocsin):
    pages.harbour(vendor)
    with closing(Receiver(host="127.0.0.2")) as elsewhere:
        app = tocsin(config(
            provider("harbour", vendor.url("/harbour")), monitor("harbour", "desk"), group("desk", "hook"),
            hook("hook", elsewhere.url("/hook")), net={"allow_private": ["127.0.0.1/32"]},
        )).seen()
        pages.harbour(vendor, pages.trouble("k1"))
        [due] = until(lambda: [one for one in app.deliveries("due") if one["attempts"]], what="the attempt")
        assert "allow_private" in due["attempts"][0]["answer"] and due["attempts"][0]["status"] is None
        assert elsewhere.requests == []


def test_a_redirect_into_a_private_network_is_not_followed(vendor, receiver, tocsin):
    with closing(Receiver(host="127.0.0.2")) as elsewhere:
        vendor.instead["harbour"] = (302, b"", {"location": elsewhere.url("/secret")})
        app = tocsin(config(provider("harbour", vendor.url("/harbour"), platform="statuspage"), monitor("harbour"), net={"allow_private": ["127.0.0.1/32"]}))
        until(lambda: "allow_private" in (app.api("/providers/harbour")["pages"][0]["reason"] or ""), what="the reason")
        assert elsewhere.requests == []


HOSTS = ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:7f00:1]", "[::1]", "localhost.", "0.0.0.0", "①②⑦.⓪.⓪.①"]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", HOSTS)
def test_no_spelling_of_a_private_address_gets_through(vendor, host, scheme):
    pages.harbour(vendor)
    code, out, err = run("check", f"{scheme}://{host}:{vendor.port}/harbour", "--json")
    assert code in (2, 4), out + err
    assert vendor.requests == []


def test_metadata_addresses_are_refused_whatever_is_allowed(tmp_path):
    file = written(tmp_path, config(net={"allow_private": ["169.254.0.0/16", "10.0.0.0/8"]}))
    code, out, _ = run("check", "http://169.254.169.254/latest/meta-data", "--json", "--config", file)
    assert code == 4 and "169.254.169.254" in out and "timed out" not in out
