"""Boards: made and changed, shared with the right people, and never saying something else than the dashboard."""

import html
import json
import re
import urllib.parse
import xml.etree.ElementTree

import pytest
import urllib3

import pages
from documented import refused
from peers import TOKEN, until
from person import Person, welcome
from settings import config, group, hook, monitor, provider, table
from test_setup import NOBODY, Desk

ATOM = "{http://www.w3.org/2005/Atom}"
API, VOICE = pages.component("c1", "Quay API"), pages.component("c2", "Voice")


def three(vendor, **more):
    """Three vendors, of which a team monitors two."""
    pages.harbour(vendor, components=[API, VOICE])
    pages.harbour(vendor, slug="granite", components=[pages.component("g1", "Vault")], name="Granite")
    pages.harbour(vendor, slug="secret", components=[pages.component("s1", "Core")], name="Payroll GmbH")
    return config(
        provider("harbour", vendor.url("/harbour")),
        provider("granite", vendor.url("/granite"), "Granite"), provider("secret", vendor.url("/secret"), "Payroll GmbH"),
        monitor("harbour", "desk"), monitor("secret", "desk"), group("desk", "pager"), hook("pager", "http://127.0.0.1:9/hidden-hook"), **more,
    )


@pytest.fixture
def desk(tocsin, vendor):
    return Desk(tocsin(three(vendor)))


def text(page):
    """What a page says, without its mark-up."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def lead(page):
    return text(re.search(r'<h1 class="lead">(.*?)</h1>', page)[1])


def test_a_board_is_made_changed_deleted_and_brought_back(desk):
    body = {"name": "Build & deploy", "about": "What ships need", "entries": ["harbour", {"provider": "granite", "components": ["Vault"], "section": "Storage"}]}
    made = desk.add("boards", **body)
    assert made["slug"] == "build-deploy" and made["visibility"] == "private" and made["declared"] is False
    assert made["address"].endswith("/boards/build-deploy")
    assert made["entries"] == [{"provider": "harbour", "components": [], "section": ""}, {"provider": "granite", "components": ["Vault"], "section": "Storage"}]
    path = f"/boards/{made['id']}"
    assert desk.ask("GET", path) == made and desk.ask("GET", "/boards")["items"] == [made]
    assert desk.add("boards", name="Build, deploy")["slug"] == "build-deploy-2", "a free address is found"
    changed = desk.ask("PATCH", path, {"visibility": "link", "slug": "ship"})
    assert changed["entries"] == made["entries"] and changed["slug"] == "ship" and "?key=" in changed["address"]
    desk.ask("DELETE", path, status=204)
    desk.ask("GET", path, status=404)
    desk.ask("DELETE", path, status=404)
    assert desk.ask("POST", f"{path}/restore") == changed
    desk.ask("DELETE", path, status=204)
    desk.add("boards", name="Another", slug="ship")
    assert "another board at /boards/ship" in desk.ask("POST", f"{path}/restore", status=409)["detail"]
    desk.ask("POST", f"/boards/{NOBODY}/restore", status=404)
    desk.ask("POST", f"/boards/{NOBODY}/renew", status=404)


def test_every_mistake_is_named_with_its_place(desk):
    desk.add("boards", name="Taken")
    wrong = desk.wrong("/boards", {"slug": "taken", "visibility": "publik", "entires": [], "about": "x" * 301})
    assert set(wrong) == {"/name", "/slug", "/visibility", "/entires", "/about"}
    assert "did you mean `public`" in wrong["/visibility"] and "did you mean `entries`" in wrong["/entires"]
    entries = ["harbr", {"provider": "harbour", "component": ["x"]}, {"section": "No provider"}, 7, {"provider": "granite", "components": ["x" * 301]}]
    wrong = desk.wrong("/boards", {"name": "Wrong", "entries": entries})
    assert set(wrong) == {"/entries/0", "/entries/1/component", "/entries/2/provider", "/entries/3", "/entries/4/components"}
    assert "did you mean `harbour`" in wrong["/entries/0"]
    assert set(desk.wrong("/boards", {"name": "Twice", "entries": ["harbour", "granite", "harbour"]})) == {"/entries/2"}
    assert set(desk.wrong("/boards", {"name": "x", "slug": "new"})) == {"/slug"}
    assert set(desk.wrong("/boards", {"name": "x", "entries": "harbour"})) == {"/entries"}
    assert set(desk.wrong("/boards", {"name": "x", "entries": ["harbour"] * 501})) == {"/entries"}
    assert desk.names("boards") == ["Taken"]


def test_what_a_file_declares_is_changed_there(tocsin, vendor):
    declared = table("[[board]]", name="Wall", visibility="link", entries=["harbour", "granite"])
    desk = Desk(tocsin(three(vendor) + declared))
    [row] = desk.ask("GET", "/boards")["items"]
    assert row["declared"] and row["slug"] == "wall"
    for method, path in [("PATCH", f"/boards/{row['id']}"), ("DELETE", f"/boards/{row['id']}")]:
        assert "configuration file" in desk.ask(method, path, {}, 409)["detail"]
    anew = desk.ask("POST", f"/boards/{row['id']}/renew")
    assert anew["address"] != row["address"]
    desk.app.restart()
    assert desk.ask("GET", "/boards")["items"] == [anew], "the new address holds over a start"


def test_what_only_a_board_shows_is_read_and_told_to_nobody(desk, vendor):
    until(lambda: vendor.asked("/harbour/api/v2/summary.json"), what="what is monitored")
    assert vendor.asked("/granite/api/v2/summary.json") == []
    made = desk.add("boards", name="Storage", entries=["granite"])
    desk.app.seen(provider="granite")
    pages.harbour(vendor, pages.trouble("k9", component=None), slug="granite", components=[pages.component("g1", "Vault", "major_outage")], name="Granite")
    desk.app.seen("major_outage", "granite")
    assert desk.app.deliveries("due") == desk.app.deliveries("dead") == desk.app.deliveries("sent") == []
    assert lead(desk.app.get("/boards/storage", raw=True)) == "Granite has trouble"
    desk.ask("DELETE", f"/boards/{made['id']}", status=204)
    until(lambda: desk.app.api("/providers/granite")["health"] == "unknown", what="nobody asks any more")


def test_a_provider_on_a_board_is_not_taken_away(desk, vendor):
    own = desk.add("providers", name="Own", page=vendor.url("/own"))
    made = desk.add("boards", name="Ours", entries=[own["slug"]])
    assert "on the board “Ours”" in desk.ask("DELETE", f"/providers/{own['slug']}", status=409)["detail"]
    desk.ask("PATCH", f"/boards/{made['id']}", {"entries": []})
    desk.ask("DELETE", f"/providers/{own['slug']}", status=204)


@pytest.fixture
def shared(tocsin, vendor):
    """Boards of each visibility on an instance that is not open, with an owner, and trouble at two vendors."""
    app = tocsin(three(vendor))
    ada = welcome(app)
    for visibility in ("private", "link", "public"):
        answer = ada.send("POST", "/boards", {"name": visibility.title(), "visibility": visibility, "entries": ["harbour", "granite"]})
        assert answer.status == 201, answer.text
    troubled = lambda slug, ident, part, name: pages.harbour(vendor, pages.trouble(ident, component=part, name=f"{name} is slow"), slug=slug, components=[{**part, "status": "degraded_performance"}], name=name)
    troubled("harbour", "k1", API, "Harbour Cloud")
    troubled("secret", "k2", pages.component("s1", "Core"), "Payroll GmbH")
    health = lambda slug: ada.send("GET", f"/providers/{slug}").json["health"]
    until(lambda: health("harbour") == health("secret") == "degraded" and health("granite") == "operational", what="what holds")
    return app, ada


def address(ada, slug):
    [row] = [one for one in ada.send("GET", "/boards").json["items"] if one["slug"] == slug]
    return "/boards/" + row["address"].split("/boards/")[1]


def test_who_sees_which(shared):
    app, ada = shared
    stranger = Person(app)
    for slug in ("private", "link", "public"):
        assert ada.get(f"/boards/{slug}").status == 200
        assert stranger.get(f"/boards/{slug}").to == f"/sign-in?next=%2Fboards%2F{slug}", "reading is not open here"
    assert stranger.get("/boards/nowhere").to == "/sign-in?next=%2Fboards%2Fnowhere", "nobody finds out which there are"
    assert ada.get("/boards/nowhere").status == 404
    assert stranger.get(address(ada, "link")).status == 200
    assert stranger.send("GET", "/boards").status == 401


def test_where_reading_is_open_strangers_see_what_is_public(tocsin, vendor):
    app = tocsin(three(vendor, server={"public_read": True}))
    ada = welcome(app)
    for visibility in ("private", "link", "public"):
        ada.send("POST", "/boards", {"name": visibility.title(), "visibility": visibility, "entries": ["harbour"]})
    stranger = Person(app)
    assert [one["slug"] for one in stranger.send("GET", "/boards").json["items"]] == ["public"]
    assert {one["slug"] for one in ada.send("GET", "/boards").json["items"]} == {"private", "link", "public"}
    hidden = {one["slug"]: one["id"] for one in ada.send("GET", "/boards").json["items"]}
    assert stranger.send("GET", f"/boards/{hidden['link']}").status == 404
    assert [stranger.get(f"/boards/{slug}").status for slug in ("private", "link", "public")] == [303, 303, 200]
    listed = stranger.get("/boards").text
    assert "Public" in listed and "Private" not in listed and ">Edit" not in listed and "Make a board" not in listed
    page = stranger.get("/boards/public").text
    assert 'property="og:title" content="Public"' in page and "noindex" not in page and 'id="share"' not in page


def test_forged_and_old_links_open_nothing(shared):
    app, ada = shared
    stranger = Person(app)
    link = address(ada, "link")
    key = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["key"][0]
    assert len(key) >= 24
    for forged in (key[:-1], key + "A", key.swapcase(), "A" * len(key), "%00", "é", key[::-1]):
        answer = stranger.get(f"/boards/link?key={urllib.parse.quote(forged)}")
        assert answer.status == 404 and "leads to no board" in answer.text and "Harbour" not in answer.text, forged
    for path in (f"/boards/private?key={key}", f"/boards/public?key={key}", f"/boards/nowhere?key={key}"):
        assert stranger.get(path).status == 404, "a key opens its own board"
    other = key[:-1] + ("x" if key[-1] != "x" else "y")
    assert stranger.get(f"/live/boards/link?key={other}").status == 404
    assert stranger.get("/boards/link/feed.atom?key=x").status == 404 and stranger.get("/boards/link/feed.atom").status == 404
    [row] = [one for one in ada.send("GET", "/boards").json["items"] if one["slug"] == "link"]
    ada.send("PATCH", f"/boards/{row['id']}", {"visibility": "private"})
    assert stranger.get(link).status == 404, "what is private again is private"
    ada.send("PATCH", f"/boards/{row['id']}", {"visibility": "link"})
    assert stranger.get(link).status == 200
    assert ada.post("/boards/link/renew").to.startswith("/boards/link?saved=renewed")
    assert stranger.get(link).status == 404 and stranger.get(address(ada, "link")).status == 200
    for path in ("/boards/link/renew", "/boards/link/edit", "/boards/link/delete", f"/boards/{row['id']}/restore", "/boards/new"):
        assert stranger.post(path).to == "/sign-in?next=%2Fboards"
    assert stranger.get(address(ada, "link")).status == 200, "strangers changed nothing"


def test_guests_see_the_board_and_nothing_else(shared):
    app, ada = shared
    ada.send("PUT", "/overrides", {"provider": "granite", "health": "major_outage", "why": "a private word"})
    ada.send("POST", "/silences", {"provider": "harbour", "for": "3h", "why": "a private word"})
    incident = next(one for one in ada.send("GET", "/incidents").json["items"] if one["vendor_id"] == "k1")
    ada.send("POST", f"/incidents/{incident['id']}/acknowledgement")
    stranger, link = Person(app), address(ada, "link")
    for path in (link, link + "&wall"):
        page = stranger.get(path).text
        assert lead(page) == "2 of 2 have trouble"
        said = text(page)
        assert "Harbour Cloud is slow" in said
        assert "Said to have a major outage by somebody; the page says operational" in said, "the team knows better, whoever it was"
        for private in ("Payroll", "pager", "hidden-hook", "desk", "Ada", "a private word"):
            assert private not in page, private
        assert "muted" not in said and "takes care" not in said
        inside = set(re.findall(r'href="(/[^"]*)"', page))
        ours = {path for path in inside if not path.startswith(("/static/", "/boards/link", "/sign-in"))}
        assert ours <= {"/"}, "everything else leads to the vendors"
        assert "https://status.example.com/incidents/k1" in page
    assert "noindex" in page and 'property="og:title" content="Link"' in page
    mine = ada.get("/boards/link").text
    assert "Ada" in text(mine) and f"/incidents/{incident['id']}" in mine and "/providers/harbour" in mine
    feed = stranger.get("/boards/link/feed.atom?" + link.split("?")[1])
    assert feed.headers["content-type"].startswith("application/atom+xml")
    entries = xml.etree.ElementTree.fromstring(feed.text).findall(f"{ATOM}entry")
    assert [one.find(f"{ATOM}title").text for one in entries] == ["Harbour Cloud is slow"]
    assert entries[0].find(f"{ATOM}link").get("href") == "https://status.example.com/incidents/k1"


def test_a_page_behind_a_login_is_not_shown_to_guests(tocsin, vendor):
    pages.harbour(vendor, pages.trouble("k1", name="Payroll leaks"), components=[{**API, "status": "major_outage"}])
    app = tocsin(config(provider("harbour", vendor.url("/harbour"), headers=["x-key: open sesame"]), monitor("harbour")))
    ada = welcome(app)
    ada.send("POST", "/boards", {"name": "Inside", "visibility": "link", "entries": ["harbour"]})
    until(lambda: ada.send("GET", "/providers/harbour").json["health"] == "major_outage", what="the reading")
    assert lead(ada.get("/boards/inside").text) == "Harbour Cloud has trouble"
    page = Person(app).get(address(ada, "inside")).text
    assert "only the team sees what it says" in page and "Payroll leaks" not in page and "outage" not in text(page).lower()
    assert 'class="is-unknown"' in page


def ledger(page):
    """Vendor and health of each row of the dashboard, and what it says beside it."""
    found = {}
    for part in page.split('<tbody id="of-')[1:]:
        health = part.split('"')[0]
        for name, row in re.findall(r'<tr data-row[^>]*>.*?<a href="/providers/([^"]+)">.*?</th>(.*?)</tr>', part, re.S):
            found[name, text(re.search(r'<td class="scope[^"]*">(.*?)</td>', row, re.S)[1])] = (health, text(re.search(r'<td class="why">(.*?)</td>', row, re.S)[1]))
    return found


def board(page):
    found = {}
    for health, row in re.findall(r'<li data-row id="entry-\d+" class="is-(\w+)">(.*?)</li>\n', page, re.S):
        scope = re.search(r'<span class="fine"[^>]*>(.*?)</span>', row.split('class="how"')[0])
        why = re.search(r'<p class="why fine">(.*?)</p>', row, re.S)
        name = re.search(r'<a href="/providers/([^"]+)">', row)[1]
        found[name, text(scope[1]) if scope and 'class="who"' in row else "everything"] = (health, text(why[1]) if why else "")
    return found


def test_board_and_dashboard_never_differ(tocsin, vendor):
    """The same monitors as entries: in every state of the world both say the same of each."""
    parts = [API, VOICE]
    vendor.pages["/broken/api/v2/summary.json"] = (500, b"", {})
    pages.harbour(vendor, components=parts)
    pages.harbour(vendor, slug="granite", components=[pages.component("g1", "Vault")], name="Granite")
    watched = [("harbour", []), ("harbour", ["Voice"]), ("harbour", ["Quay*"]), ("granite", []), ("broken", [])]
    app = tocsin(config(
        provider("harbour", vendor.url("/harbour")), provider("granite", vendor.url("/granite"), "Granite"), provider("broken", vendor.url("/broken"), "Broken"),
        *(monitor(slug, components=components) for slug, components in watched),
        table("[[board]]", name="All"), poll={"active_interval": "1s"},
    ))
    desk = Desk(app)
    made = desk.add("boards", name="Same", entries=[{"provider": slug, "components": components} for slug, components in watched])
    same = lambda: (ledger(app.get("/", raw=True)), board(app.get(f"/boards/{made['slug']}", raw=True)))

    def holds(wanted, what):
        def both():
            now, shown = same()
            return all(now.get(key, ("", ""))[0] == health for key, health in wanted.items()) and now == shown
        try:
            until(both, what=what)
        except AssertionError as late:
            raise AssertionError(f"{late}: {same()}") from None
        assert len(same()[0]) == len(watched)

    all_of, voice, quay, granite, broken = (("harbour", "everything"), ("harbour", "Voice"), ("harbour", "Quay*"), ("granite", "everything"), ("broken", "everything"))
    holds({all_of: "ok", voice: "ok", quay: "ok", granite: "ok", broken: "unknown"}, "all is well")
    pages.harbour(vendor, pages.trouble("k1", component=API), components=[{**API, "status": "partial_outage"}, VOICE])
    holds({all_of: "partial", voice: "ok", quay: "partial"}, "one component is out")
    pages.harbour(vendor, pages.trouble("k2", component=None, impact="critical"), components=parts)
    holds({all_of: "major", voice: "major", quay: "major"}, "trouble that names no component")
    work = pages.work("m1", "in_progress", "2026-11-01T22:00:00.000Z", "2030-11-01T23:00:00.000Z")
    pages.harbour(vendor, maintenances=[work], components=[{**API, "status": "under_maintenance"}, VOICE])
    holds({all_of: "maint", voice: "ok", quay: "maint"}, "maintenance")
    desk.ask("PUT", "/overrides", {"provider": "harbour", "component": "c2", "health": "major_outage"})
    holds({voice: "major", quay: "maint"}, "the team knows better of a component")
    desk.ask("PUT", "/overrides", {"provider": "harbour", "health": "operational", "why": "said their support"})
    holds({all_of: "ok", voice: "ok", quay: "ok"}, "the team knows better of all of it")
    said = text(app.get("/boards/same", raw=True))
    assert "Said to be operational by" in said and "1 of 3 cannot be read" in said


def test_500_providers_are_one_page_and_501_are_refused(tocsin, vendor):
    slugs = [f"v{number:03}" for number in range(500)]
    for number, slug in enumerate(slugs):
        pages.harbour(vendor, slug=slug, components=[API], name=f"Vendor {number:03}")
    app = tocsin(config(*(provider(slug, vendor.url(f"/{slug}"), f"Vendor {number:03}", "10m", platform="statuspage") for number, slug in enumerate(slugs))))
    desk = Desk(app)
    made = desk.add("boards", name="Everything", entries=slugs)
    until(lambda: lead(app.get("/boards/everything", raw=True)) == "All 500 are well", 60, "the first sweep")
    assert len(desk.ask("GET", f"/boards/{made['id']}")["entries"]) == 500
    page = app.get("/boards/everything", raw=True)
    assert len(board(page)) == 500 and len(page) < 500_000
    assert lead(app.get("/boards/everything?wall", raw=True)) == "All 500 are well"


def test_an_empty_board_says_so(desk):
    desk.add("boards", name="Nothing")
    page = desk.app.get("/boards/nothing", raw=True)
    assert lead(page) == "Nothing is on this board yet" and "stand here" in page


def test_an_open_board_changes_and_a_closed_one_is_let_go(shared, vendor):
    app, ada = shared
    link = address(ada, "link")
    stream = urllib3.PoolManager().request("GET", app.base() + "/live" + link, preload_content=False, timeout=30)
    assert stream.status == 200
    heard = b""
    pages.harbour(vendor, pages.trouble("k1", ["investigating", "resolved"]), components=[API, VOICE])
    while b"All 2 are well" not in heard:
        heard += stream.read1(4096) or pytest.fail("it ended")
    [row] = [one for one in ada.send("GET", "/boards").json["items"] if one["slug"] == "link"]
    ada.send("PATCH", f"/boards/{row['id']}", {"visibility": "private"})
    while stream.read1(4096):
        pass
    assert "cannot be renewed" not in app.logged()
