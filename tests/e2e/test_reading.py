"""Pages that cannot be read: unknown with a reason, never fine; nothing is told of it, and it ends by itself."""

import pytest

import faults
import pages
from conftest import closing, instances
from peers import Receiver, Vendor, until
from settings import config, group, hook, monitor, one_hook, provider


class Weather:
    """One provider for each fault, all broken at once and healed at once."""

    def __init__(self, start, vendor, receiver):
        self.receiver = receiver
        for slug in faults.ALL:
            pages.harbour(vendor, slug=slug)
        watched = [(provider(slug, vendor.url(f"/{slug}")), monitor(slug, "desk")) for slug in faults.ALL]
        tables = [table for pair in watched for table in pair]
        self.app = start(config(*tables, group("desk", "hook"), hook("hook", receiver.url("/hook"))))
        self.all_are("operational")
        for slug in faults.ALL:
            pages.harbour(vendor, pages.trouble(slug), slug=slug)
        until(lambda: len(receiver.received("/hook")) == len(faults.ALL), what="all news")
        vendor.instead = {slug: answer for slug, (answer, _) in faults.ALL.items()}
        self.broken = self.all_are("unknown", 60)
        self.open = self.app.api("/incidents?state=open&limit=100")["items"]
        self.metrics = self.app.get("/metrics", raw=True)
        self.page = self.app.get("/providers/html", raw=True)
        vendor.instead = {}
        self.healed = self.all_are("degraded", 60)
        self.told = len(receiver.received("/hook"))

    def all_are(self, health, seconds=30):
        found = lambda: {one["slug"]: one for one in self.app.api("/providers?watched=true&limit=100")["items"]}
        fits = lambda: all(one["health"] == health for one in found().values())
        until(fits, seconds, f"everything {health}")
        return found()


@pytest.fixture(scope="module")
def weather(tmp_path_factory):
    with closing(Vendor(), Receiver()) as peers, instances(tmp_path_factory.mktemp("weather")) as start:
        yield Weather(start, *peers)


@pytest.mark.parametrize("slug", faults.ALL)
def test_what_cannot_be_read_is_unknown_with_a_reason(weather, slug):
    broken = weather.broken[slug]
    page = broken["pages"][0]
    assert (broken["health"], broken["last_known"], page["readable"]) == ("unknown", "degraded", False)
    assert page["platform"] == "statuspage", "a fault is no move"
    assert faults.ALL[slug][1].lower() in page["reason"].lower() and page["reason"].endswith(".")
    assert broken["read_at"] is not None
    assert f'tocsin_provider_health{{provider="{slug}"}} 5' in weather.metrics


@pytest.mark.parametrize("slug", faults.ALL)
def test_an_open_incident_stays_open_meanwhile(weather, slug):
    assert slug in {one["provider"] for one in weather.open}


@pytest.mark.parametrize("slug", faults.ALL)
def test_it_recovers_by_itself(weather, slug):
    healed = weather.healed[slug]
    assert (healed["health"], healed["last_known"], healed["pages"][0]["reason"]) == ("degraded", None, None)


def test_nothing_was_told_of_all_this(weather):
    assert weather.told == len(faults.ALL)
    assert weather.app.deliveries("due") == []


def test_the_page_of_the_provider_says_so_too(weather):
    assert "cannot be read" in weather.page and "answers with a web page" in weather.page
    assert "All systems operational" not in weather.page


def test_an_address_that_answers_for_another_page_resolves_nothing(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: receiver.received("/hook"), what="the first word")
    ours = {path: page for path, page in vendor.pages.items()}
    other = pages.component("z1", "Somebody else's")
    pages.harbour(vendor, components=(other,))
    for path, page in vendor.pages.items():
        vendor.pages[path] = {**page, "page": {**page["page"], "id": "0therpag3000"}}
    app.seen("unknown")
    shown = app.api("/providers/harbour")
    assert "another page" in shown["pages"][0]["reason"] and shown["last_known"] == "degraded"
    asked = len(vendor.requests)
    until(lambda: len(vendor.requests) > asked + 4, what="more polls")
    assert app.api("/providers/harbour")["health"] == "unknown", "a 304 of theirs is no word of ours"
    vendor.pages.update(ours)
    app.seen("degraded")
    assert [event["type"] for event in receiver.events("/hook")] == ["incident.opened"]
