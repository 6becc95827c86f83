"""The commands: what they print, where, and the exit code that scripts rely on."""

import json
import subprocess

import pytest

import faults
import pages
from peers import free_port, run
from settings import config, monitor, provider

SLOW = {**pages.QUAY, "status": "degraded_performance"}
CHAT = pages.component("c2", "Chat")


@pytest.fixture
def here(tmp_path):
    """Writes a file and gives its path."""

    def write(name, content):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode())
        return file

    return write


@pytest.fixture
def loopback(here):
    return here("loopback.toml", config())


def said(arguments, code, **how):
    """Standard output of a command that must end with this code; it complains only where it fails."""
    got, out, err = run(*arguments, **how)
    assert got == code, err
    assert "panicked" not in err
    return out if code in (0, 3) else err


# read


def test_read_makes_one_reading_of_the_files_of_a_page(here):
    summary = here("summary.json", pages.summary([pages.QUAY], [pages.trouble("k1")]))
    history = here("incidents.json", {"page": {"id": pages.PAGE_ID}, "incidents": [pages.trouble("k0", ["investigating", "resolved"])]})
    reading = json.loads(said(["read", summary, history], 0))
    assert set(reading) == {"platform", "page", "health", "components", "incidents", "maintenances", "covers", "problems"}
    assert (reading["platform"], reading["health"], reading["problems"]) == ("statuspage", "degraded", [])
    assert {one["id"]: one["stage"] for one in reading["incidents"]} == {"k1": "investigating", "k0": "resolved"}
    assert reading["page"]["name"] == "Harbour Cloud" and reading["covers"]["open"] is True


def test_read_takes_a_pipe_and_what_is_known_of_it():
    payload = json.dumps(pages.summary([SLOW])).encode()
    arguments = ["read", "--platform", "statuspage", "--page", "https://status.example.com", "--at", "2026-02-20T22:00:00Z", "-"]
    reading = json.loads(said(arguments, 0, stdin=payload))
    assert reading["components"][0] == {"id": "c1", "name": "Quay API", "group": [], "health": "degraded", "hidden_while_operational": False}


@pytest.mark.parametrize("payload", [faults.SIGN_IN, b'{"message": "Forbidden"}', b"", faults.WHOLE[:80], b"\xff\xfe\x00"])
def test_read_says_unknown_of_what_it_does_not_recognise(payload):
    reading = json.loads(said(["read", "-"], 3, stdin=payload))
    assert (reading["health"], reading["platform"]) == ("unknown", None)
    assert reading["problems"][0]["detail"].endswith(".")


@pytest.mark.parametrize("arguments", [["read"], ["read", "no-such-file"], ["read", "--platform", "statuspag", "-"], ["read", "--at", "noon", "-"]])
def test_read_refuses_what_makes_no_sense(arguments):
    code, out, err = run(*arguments, stdin=b"")
    assert (code, out) == (2, "") and err
    if "statuspag" in arguments:
        assert "`statuspage`" in err, "the nearest name is said"


# detect and check


def test_detect_ranks_platforms_with_their_evidence(vendor, loopback):
    pages.harbour(vendor)
    found = json.loads(said(["detect", vendor.url("/harbour"), "--config", loopback, "--json"], 0))
    assert set(found[0]) == {"platform", "confidence", "evidence", "page"}
    assert (found[0]["platform"], found[0]["page"].rstrip("/")) == ("statuspage", vendor.url("/harbour"))
    assert found[0]["evidence"] and found == sorted(found, key=lambda one: -one["confidence"])
    assert "statuspage" in said(["detect", vendor.url("/harbour"), "--config", loopback], 0)


def test_detect_tells_no_platform_from_nobody_there(vendor, loopback):
    vendor.instead["plain"] = (200, faults.SIGN_IN, {"content-type": "text/html"})
    assert run("detect", vendor.url("/plain"), "--config", loopback)[0] == 3
    code, out, err = run("detect", f"http://127.0.0.1:{free_port()}/", "--config", loopback, "--json")
    assert (code, json.loads(out)) == (4, []) and err
    assert run("detect", "not an address", "--config", loopback)[0] == 2


@pytest.mark.parametrize("component, incidents, code, health", [
    (pages.QUAY, [], 0, "operational"), (SLOW, [], 1, "degraded"), (pages.QUAY, [pages.trouble("k1", impact="critical")], 1, "major_outage"),
    ({**pages.QUAY, "status": "under_maintenance"}, [], 0, "maintenance"),
])
def test_check_is_a_gate_for_deployments(vendor, here, component, incidents, code, health):
    pages.harbour(vendor, *incidents, components=[component])
    file = here("tocsin.toml", config(provider("harbour", vendor.url("/harbour"))))
    got, out, _ = run("check", "harbour", "--config", file, "--json")
    [answer] = json.loads(out)
    assert (got, answer["provider"], answer["health"], answer["reason"]) == (code, "harbour", health, None)
    assert [one["id"] for one in answer["incidents"]] == [one["id"] for one in incidents]
    assert answer["components"][0]["name"] == "Quay API"
    assert health.replace("_", " ") in run("check", "harbour", "--config", file)[1]


def test_check_looks_only_at_the_components_it_is_asked_for(vendor, here):
    pages.harbour(vendor, components=[SLOW, CHAT])
    file = here("tocsin.toml", config(provider("harbour", vendor.url("/harbour"))))
    check = lambda *names: run("check", "harbour", "--config", file, *[part for name in names for part in ("--component", name)])[0]
    assert (check("Chat"), check("Quay API"), check("quay*", "Chat"), check("c2")) == (0, 1, 1, 0)
    assert check("Pier") == 4, "what is not listed is unknown, not fine"


def test_check_says_unknown_at_once_and_affected_wins(vendor, here):
    pages.harbour(vendor, components=[SLOW])
    vendor.instead["broken"] = (200, faults.SIGN_IN, {"content-type": "text/html"})
    file = here("tocsin.toml", config(provider("harbour", vendor.url("/harbour")), provider("broken", vendor.url("/broken"), platform="statuspage")))
    got, out, _ = run("check", "broken", "--config", file, "--json")
    [answer] = json.loads(out)
    assert (got, answer["health"]) == (4, "unknown") and "web page" in answer["reason"]
    assert run("check", "broken", "harbour", "--config", file)[0] == 1
    assert run("check", vendor.url("/harbour"), "--config", file)[0] == 1, "an address will do"
    code, _, err = run("check", "harbor", "--config", file)
    assert code == 2 and "`harbour`" in err


def test_check_refuses_private_addresses_and_names_the_line_that_allows_them(vendor):
    pages.harbour(vendor)
    code, out, _ = run("check", vendor.url("/harbour"), "--json")
    assert code == 4 and "allow_private" in json.loads(out)[0]["reason"]
    assert vendor.requests == []


# the catalogue, the configuration and papers


def test_providers_searches_the_catalogue():
    found = json.loads(said(["providers", "github", "--json"], 0))
    assert found[0]["slug"] == "github" and set(found[0]) == {"slug", "name", "category", "page", "platform"}
    category = found[0]["category"]
    assert {one["category"] for one in json.loads(said(["providers", "--category", category, "--json"], 0))} == {category}
    assert "kustomer" in said(["providers", "kustomer"], 0)
    code, out, _ = run("providers", "no such vendor anywhere", "--json")
    assert (code, json.loads(out)) == (1, [])


def test_config_check_is_content_with_what_is_right(here):
    file = here("tocsin.toml", config(provider("harbour", "https://status.example.com"), monitor("harbour")))
    assert "no mistakes" in said(["config", "check", file], 0)


def test_config_check_reports_every_mistake_with_its_line(here):
    text = '[server]\nlisten = "nowhere"\n[poll]\nintervall = "5m"\n[[monitor]]\nprovider = "githubb"\n[[group]]\nname = "g"\nchannels = ["hok"]\nmin_impact = "huge"\n'
    file = here("tocsin.toml", text)
    code, out, err = run("config", "check", file)
    assert (code, out) == (2, "")
    for line, word in [(2, "nowhere"), (4, "`interval`"), (6, "`github`"), (9, "hok"), (10, "huge")]:
        assert any(one.startswith(f"{file}:{line}: ") and word in one for one in err.splitlines()), (line, err)
    assert run("config", "check", here("odd.toml", "[server"))[0] == 2
    assert run("config", "check", "no-such-file")[0] == 2


def test_papers_are_printed():
    assert json.loads(said(["openapi"], 0))["info"]["title"] == "Tocsin"
    for shell in ("bash", "zsh", "fish"):
        assert "tocsin" in said(["completions", shell], 0)
    assert said(["man"], 0).lstrip().startswith((".ie", ".TH", "'\\\""))
    for arguments in (["--help"], ["--version"], ["serve", "--help"]):
        assert "tocsin" in said(arguments, 0).lower()
    assert run("completions", "tcl")[0] == run("sreve")[0] == 2


def test_the_manual_has_a_page_for_every_command(tmp_path):
    said(["man", "--dir", tmp_path / "man"], 0)
    names = {file.name for file in (tmp_path / "man").iterdir()}
    assert {"tocsin.1", "tocsin-serve.1", "tocsin-check.1", "tocsin-replay.1"} <= names


def test_completions_are_understood_by_bash(here):
    script = here("tocsin.bash", said(["completions", "bash"], 0))
    assert subprocess.run(["bash", "-n", script], capture_output=True).returncode == 0
