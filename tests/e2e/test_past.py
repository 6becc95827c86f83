"""What was before we first looked: fetched with the first polls of a busy page, imported, and told to nobody."""

import datetime
import json

import pages
from peers import until
from settings import one_hook

NOW = datetime.datetime.now(datetime.timezone.utc)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def ended(number):
    """One of the fifty that the page's list has room for, a day apart."""
    at = (NOW - datetime.timedelta(days=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return pages.trouble(f"new{number:02}", ["investigating", "resolved"], at=at)


def part(number):
    """Three months of a history page, with one incident on the fifth of their first."""
    last = NOW.year * 12 + NOW.month - 1 - (number - 1) * 3
    months = []
    for place in range(last, last - 3, -1):
        year, month = divmod(place, 12)
        rows = []
        if place == last - 2:
            when = f"{MONTHS[month]} <var data-var='date'>5</var>, <var data-var='time'>10:00</var> - <var data-var='time'>11:30</var> UTC"
            rows = [{"code": f"old{number:09}", "name": f"Old trouble {number}", "message": "It is over.", "impact": "major", "timestamp": when}]
        months.append({"name": MONTHS[month], "year": year, "starts_on": 0, "days": 31, "incidents": rows})
    start = divmod(last - 2, 12)
    year, month = divmod(last + 1, 12)
    end = datetime.datetime(year, month + 1, 1) - datetime.timedelta(seconds=1)
    return {
        "page_status": {"page": {"id": pages.PAGE_ID, "name": "Harbour Cloud", "domain": "status.example.com"}},
        "components": [], "months": months, "component_filter": [], "show_component_filter": True,
        "start_time": f"{start[0]}-{start[1] + 1:02}-01T00:00:00Z", "end_time": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def test_a_year_is_fetched_a_little_at_a_time(vendor, receiver, tocsin):
    pages.harbour(vendor, *[ended(number) for number in range(1, 51)])
    asked = []

    def history(handler, seen):
        number = int(seen["path"].split("page=")[1])
        asked.append(number)
        vendor.send(handler, 200, json.dumps(part(number)).encode(), {"content-type": "application/json"})

    vendor.pages["/harbour/history.json"] = history
    app = tocsin(one_hook(vendor, receiver)).seen()
    old = lambda: [one for one in app.api("/incidents?limit=200")["items"] if one["vendor_id"].startswith("old")]
    until(lambda: len(old()) >= 4, what="the past")
    assert all(one["imported"] and one["state"] == "closed" for one in old())
    assert {one["title"] for one in old()} >= {"Old trouble 1", "Old trouble 2", "Old trouble 3"}
    until(lambda: len(asked) >= 4, what="the parts")
    assert receiver.received("/hook") == [], "what was is told to nobody"
    assert app.api("/providers/harbour")["health"] == "operational"
