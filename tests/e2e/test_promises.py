"""A vendor says when it will speak again: it is counted down, and named where it does not."""

import re

import pages
from peers import Clock, until
from settings import config, group, hook, monitor, provider

SOON = "We are looking into it. Next update within 30 minutes."


def said(*updates):
    """Trouble of the harbour: (stage, clock, text) each."""
    told = [pages.update(f"u{turn}", stage, f"2026-02-20T{clock}:00.000Z", text, "k1") for turn, (stage, clock, text) in enumerate(updates)]
    return pages.incident("k1", "Boats arrive late", "major", told, [pages.QUAY])


def words(app, path):
    """A page as a reader without script sees it."""
    main = app.get(path, raw=True).split("<main", 1)[1].split("</main>", 1)[0]
    inline = re.sub(r"</?(?:a|b|span|svg|time|use)\b[^>]*>", "", main)
    return " ".join(re.sub(r"<[^>]*>", " ", inline).replace("\u00a0", " ").split())


def test_a_promise_is_shown_counted_and_told_when_it_is_broken(vendor, receiver, tocsin, tmp_path):
    clock = Clock(tmp_path, "2026-02-20T22:00:00Z")
    pages.harbour(vendor)
    app = tocsin(config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "desk"),
        group("desk", "desk", promises=True), hook("desk", receiver.url("/desk")),
        server={"public_read": True},
    ), clock=clock).seen()
    clock.set("2026-02-20T22:01:00Z")
    pages.harbour(vendor, said(("investigating", "22:00", SOON)))
    until(lambda: receiver.received("/desk"), what="the alarm")
    [opened] = receiver.events("/desk")
    promised = {"promised_at": "2026-02-20T22:30:00Z", "promise_broken": False}
    assert {key: opened["data"]["incident"][key] for key in promised} == promised

    def record():
        return app.api(f"/incidents/{opened['data']['incident']['id']}")

    path = f"/incidents/{record()['id']}"
    assert {key: record()[key] for key in promised} == promised
    assert record()["updates"][0]["promise"] == {"by": "2026-02-20T22:30:00Z", "came_at": None, "late_s": None}
    clock.set("2026-02-20T22:18:00Z")
    assert "Next update promised by 22:30 UTC, due in 12m" in words(app, path)
    assert "overdue" not in words(app, "/") + words(app, "/providers/harbour")

    # Nothing comes. Five minutes are forgiven.
    clock.set("2026-02-20T22:34:50Z")
    assert "Next update promised by 22:30 UTC, due now" in words(app, path)
    clock.set("2026-02-20T22:55:00Z")
    assert "Next update was promised for 22:30 UTC, 25m overdue" in words(app, path)
    assert "update 25m overdue" in words(app, "/") and "update 25m overdue" in words(app, "/providers/harbour")
    assert record()["promise_broken"] and record()["updates"][0]["promise"]["late_s"] == 25 * 60
    assert [one["promise_broken"] for one in app.api("/incidents?state=open")["items"]] == [True]
    until(lambda: len(receiver.received("/desk")) == 2, what="the word that none came")
    broken = receiver.events("/desk")[1]["data"]
    assert broken["again"] == {"promise_broken": "2026-02-20T22:30:00Z"} and broken["incident"]["promise_broken"]

    # It comes at last, with another promise, which is kept.
    pages.harbour(vendor, said(("investigating", "22:00", SOON), ("identified", "22:56", "A crane. Next update by 23:30 UTC.")))
    until(lambda: len(record()["updates"]) == 2, what="the late update")
    clock.set("2026-02-20T23:20:00Z")
    pages.harbour(vendor, said(("investigating", "22:00", SOON), ("identified", "22:56", "A crane. Next update by 23:30 UTC."), ("resolved", "23:19", "It lifts again.")))
    until(lambda: record()["state"] == "closed", what="the end")
    assert [one["promise"] for one in record()["updates"]] == [
        {"by": "2026-02-20T22:30:00Z", "came_at": "2026-02-20T22:56:00Z", "late_s": 26 * 60},
        {"by": "2026-02-20T23:30:00Z", "came_at": "2026-02-20T23:19:00Z", "late_s": None},
        None,
    ]
    assert (record()["promised_at"], record()["promise_broken"]) == (None, False)
    assert (record()["candour"]["promises"], record()["candour"]["promises_broken"]) == (2, 1)
    told = words(app, path)
    assert "Next update promised by 22:30 UTC, and it came 26m late" in told
    assert "Next update promised by 23:30 UTC, and it came in time" in told and "Promised updates on time 1 of 2" in told
    assert "overdue" not in told + words(app, "/")
