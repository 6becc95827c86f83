"""The edit ledger: a vendor rewrites its words, takes an update back and dates one back; the page says so."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import browser, reader, plain
from conftest import closing, instances
from peers import Clock, Vendor, until
from settings import config, monitor, provider


def told(*said, name="Boats are late", impact="minor"):
    return pages.incident("k1", name, impact, [pages.update(ident, stage, f"2026-02-20T{clock}:00.000Z", body, "k1") for ident, stage, clock, body in said], [pages.QUAY])


class World:
    def __init__(self, directory, start, vendor):
        clock = Clock(directory, "2026-02-20T12:01:00Z")
        pages.harbour(vendor)
        self.app = start(config(provider("harbour", vendor.url("/harbour")), monitor("harbour")), clock=clock).seen()
        first = ("u1", "investigating", "12:00", "Some boats may be late.")
        third = ("u3", "monitoring", "12:20", "We watch.")
        turns = [
            ("12:02", told(first)),
            ("12:21", told(first, ("u2", "identified", "12:10", "It is the tide."), third)),
            ("12:40", told(("u1", "investigating", "12:00", "All boats are late."), third, name="Boats do not arrive", impact="major")),
            ("13:10", told(("u1", "investigating", "12:00", "All boats are late."), third, ("u4", "identified", "12:25", "We knew it then."), name="Boats do not arrive", impact="major")),
        ]
        for clock_at, incident in turns:
            clock.set(f"2026-02-20T{clock_at}:00Z")
            pages.harbour(vendor, incident)
            ids = {one["body"] for one in incident["incident_updates"]}
            until(lambda: ids <= {one["body"] for one in self.updates()}, what=f"the page of {clock_at}")
        [self.incident] = self.app.api("/incidents")["items"]

    def updates(self):
        return [update for incident in self.app.api("/incidents")["items"] for update in incident["updates"]]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("ledger")
    with closing(Vendor()) as vendor, instances(directory) as start:
        yield World(directory, start, vendor)


def test_the_api_tells_what_was_changed_and_when_we_saw_it(world):
    record = world.app.api(f"/incidents/{world.incident['id']}")
    assert [(one["seen_at"], one["field"], one["before"]) for one in record["edits"]] == [
        ("2026-02-20T12:40:00Z", "title", "Boats are late"), ("2026-02-20T12:40:00Z", "impact", "minor"),
    ]
    by_body = {update["body"]: update for update in record["updates"]}
    assert by_body["It is the tide."]["unlisted_since"] == "2026-02-20T12:40:00Z"
    assert by_body["We knew it then."]["backdated"] and not by_body["We watch."]["backdated"]
    assert [one["body"] for one in by_body["All boats are late."]["revisions"]] == ["Some boats may be late."]
    candour = record["candour"]
    assert (candour["edits"], candour["backdated"], candour["removed"]) == (3, 1, 1)


def test_the_page_shows_what_changed_as_words_that_went_and_came(world, reader):
    page = reader().open(f"/incidents/{world.incident['id']}")
    line = plain(page.inner_text(".line"))
    assert "Taken away: the page no longer lists this since 20 Feb 2026, 12:40 UTC" in line
    assert "Dated back: we read the page at that time, and this was not there" in line
    page.click(".earlier summary")
    assert plain(page.inner_text(".earlier")) == "Changed later: 1 earlier version Until 20 Feb 2026, 12:40 UTC it read: SomeAll boats may beare late."
    assert (page.locator(".diff del").all_inner_texts(), page.locator(".diff ins").all_inner_texts()) == (["Some", "may be"], ["All", "are"])
    before = [plain(text) for text in page.locator(".before li").all_inner_texts()]
    assert before == ["Until 20 Feb 2026, 12:40 UTC the title was “Boats are late”.", "Until 20 Feb 2026, 12:40 UTC the impact was minor."]
    notes = plain(page.inner_text("#live-notes"))
    assert "Texts changed later 1" in notes and "Updates dated back 1" in notes and "Updates taken away 1" in notes


def test_it_fits_and_axe_finds_nothing(world, reader):
    page = reader().open(f"/incidents/{world.incident['id']}")
    page.click(".earlier summary")
    assert browsing.every_look(page) == {}
