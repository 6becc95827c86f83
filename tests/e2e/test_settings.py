"""Where settings may come from, and what a first start finds without any."""

import json

import pages
from peers import until
from settings import SECRET, config, group, monitor, one_hook, provider, table

QUIET = {"TOCSIN_NET__PROXY": "http://127.0.0.1:9", "TOCSIN_POLL__SPREAD": "1h"}


def test_a_first_start_has_something_to_see(tocsin, tmp_path):
    app = tocsin(None, env=QUIET)
    monitors = app.api("/monitors?limit=100")["items"]
    assert 20 <= len(monitors) <= 30 and "kustomer" in {one["provider"] for one in monitors}
    assert not any(one["declared"] for one in monitors)
    assert "Kustomer" in app.get("/", raw=True)
    app.restart()
    assert app.api("/monitors?limit=100")["items"] == monitors


def test_what_a_file_declares_is_shown_as_such_and_goes_with_it(vendor, receiver, tocsin):
    pages.harbour(vendor)
    app = tocsin(one_hook(vendor, receiver)).seen()
    shown = {kind: app.api(f"/{kind}")["items"] for kind in ("monitors", "groups", "channels")}
    assert all(len(items) == 1 and items[0]["declared"] for items in shown.values())
    app.stop()
    app.config = config(provider("harbour", vendor.url("/harbour")), monitor("harbour"))
    app.start()
    assert app.api("/channels")["items"] == app.api("/groups")["items"] == []
    assert len(app.api("/monitors")["items"]) == 1


def test_secrets_may_stand_in_files_of_their_own(vendor, receiver, tocsin, tmp_path):
    (tmp_path / "secret").write_text(SECRET + "\n")
    pages.harbour(vendor)
    hook = table("[[channel]]", name="hook", kind="webhook", url=receiver.url("/hook"), secret_file=str(tmp_path / "secret"))
    app = tocsin(config(provider("harbour", vendor.url("/harbour")), monitor("harbour", "desk"), group("desk", "hook"), hook)).seen()
    pages.harbour(vendor, pages.trouble("k1"))
    [seen] = until(lambda: receiver.received("/hook"), what="the news")
    assert seen["headers"]["webhook-signature"].startswith("v1,")


def test_the_environment_overrides_the_file(vendor, receiver, tocsin):
    pages.harbour(vendor)
    env = {"TOCSIN_SERVER__BASE_URL": "https://tocsin.example.org", "TOCSIN_NET__ALLOW_PRIVATE": "10.0.0.0/8,127.0.0.0/8"}
    app = tocsin(one_hook(vendor, receiver, net={"allow_private": []}), env=env).seen()
    pages.harbour(vendor, pages.trouble("k1"))
    until(lambda: receiver.received("/hook"), what="the news")
    link = json.loads(receiver.received("/hook")[0]["body"])["data"]["links"]["incident"]
    assert link.startswith("https://tocsin.example.org/incidents/")
    assert app.get("/healthz", raw=True)


def test_a_rotated_secret_signs_twice(vendor, receiver, tocsin):
    pages.harbour(vendor)
    both = SECRET + " " + SECRET.replace("c2", "d2", 1)
    hook = table("[[channel]]", name="hook", kind="webhook", url=receiver.url("/hook"), secret=both)
    tocsin(config(provider("harbour", vendor.url("/harbour")), monitor("harbour", "desk"), group("desk", "hook"), hook)).seen()
    pages.harbour(vendor, pages.trouble("k1"))
    [seen] = until(lambda: receiver.received("/hook"), what="the news")
    assert len(seen["headers"]["webhook-signature"].split()) == 2


def test_trouble_on_a_page_that_is_watched_no_more_is_not_shown_as_open(vendor, receiver, tocsin):
    pages.harbour(vendor, pages.trouble("k1"))
    app = tocsin(one_hook(vendor, receiver)).seen("degraded")
    assert "Trouble k1" in app.get("/", raw=True)
    pages.harbour(vendor, slug="quay")
    app.config = app.config.replace(vendor.url("/harbour"), vendor.url("/quay"))
    app.restart().seen("operational")
    assert "Trouble k1" not in app.get("/", raw=True) and "Trouble k1" not in app.get("/providers/harbour", raw=True)
    assert app.api("/incidents?state=open")["items"] == app.api("/incidents?state=open&limit=1")["items"] == []
    assert [one["title"] for one in app.api("/incidents")["items"]] == ["Trouble k1"], "what was seen is not forgotten"
    assert receiver.received("/hook") == [], "another page of the same vendor is a first look"
