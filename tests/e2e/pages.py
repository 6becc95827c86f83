"""Status pages of made-up vendors, in the true shape."""

import copy
import datetime

PAGE_ID = "hb4rb0urcl0d"


def component(ident, name, status="operational", within=None, **more):
    return {
        "id": ident, "name": name, "status": status, "created_at": "2024-01-02T03:04:05.000Z",
        "updated_at": "2024-01-02T03:04:05.000Z", "position": 1, "description": None, "showcase": False,
        "start_date": None, "group_id": within, "page_id": PAGE_ID, "group": False, "only_show_if_degraded": False, **more,
    }


def family(ident, name, *members):
    """A group of components; each of them says `within` which it is."""
    return component(ident, name, **{"group": True, "components": list(members)})


def update(ident, status, at, body, incident="inc"):
    return {
        "id": ident, "status": status, "body": body, "incident_id": incident, "created_at": at, "updated_at": at,
        "display_at": at, "affected_components": None, "deliver_notifications": True, "custom_tweet": None, "tweet_id": None,
    }


def incident(ident, name, impact, updates, components=(), **more):
    """`updates` oldest first; the page lists them newest first."""
    updates = list(updates)
    last = updates[-1]
    resolved = next((one["display_at"] for one in updates if one["status"] == "resolved"), None)
    return {
        "id": ident, "name": name, "status": last["status"], "created_at": updates[0]["display_at"],
        "updated_at": last["updated_at"], "monitoring_at": None, "resolved_at": resolved, "impact": impact,
        "shortlink": f"https://status.example.com/incidents/{ident}", "started_at": updates[0]["display_at"],
        "page_id": PAGE_ID, "incident_updates": list(reversed(updates)), "components": list(components), "reminder_intervals": None, **more,
    }


def summary(components, incidents=(), maintenances=(), indicator="none", name="Harbour Cloud", updated_at="2026-01-01T00:00:00.000Z"):
    return {
        "page": {"id": PAGE_ID, "name": name, "url": "https://status.example.com", "time_zone": "Etc/UTC", "updated_at": updated_at},
        "components": list(components),
        "incidents": [one for one in incidents if one["status"] not in ("resolved", "postmortem")],
        "scheduled_maintenances": list(maintenances),
        "status": {"indicator": indicator, "description": "All Systems Operational"},
    }


def publish(vendor, path, components, incidents=(), maintenances=(), indicator="none", name="Harbour Cloud"):
    """Puts a whole Statuspage under a path: summary, incidents, maintenances."""
    vendor.edits = getattr(vendor, "edits", 0) + 1
    stamp = f"2026-01-01T{vendor.edits // 3600:02}:{vendor.edits // 60 % 60:02}:{vendor.edits % 60:02}.000Z"
    whole = summary(components, incidents, maintenances, indicator, name, stamp)
    page = copy.deepcopy(whole["page"])
    vendor.pages[f"{path}/api/v2/incidents.json"] = {"page": page, "incidents": list(incidents)}
    vendor.pages[f"{path}/api/v2/scheduled-maintenances.json"] = {"page": page, "scheduled_maintenances": list(maintenances)}
    vendor.pages[f"{path}/api/v2/summary.json"] = whole


QUAY = component("c1", "Quay API")


def trouble(ident="k1", stages=("investigating",), impact="minor", component=QUAY, name=None, at="2026-02-20T22:21:00Z"):
    """An incident that reached the last of `stages`, a minute apart from `at` on."""
    start = datetime.datetime.fromisoformat(at)
    moment = lambda turn: (start + datetime.timedelta(minutes=turn)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    told = [update(f"{ident}-u{turn}", stage, moment(turn), f"{stage} {ident}", ident) for turn, stage in enumerate(stages)]
    return incident(ident, name or f"Trouble {ident}", impact, told, [component] if component else [])


def harbour(vendor, *incidents, components=(QUAY,), slug="harbour", **more):
    """Publishes the page of Harbour Cloud."""
    publish(vendor, f"/{slug}", components, incidents, **more)


def work(ident, status, starts, ends, name="Quay walls are painted", component=QUAY):
    """A scheduled maintenance."""
    told = [update(f"{ident}-{status}", status, "2026-02-20T12:00:00.000Z", f"The work is {status}.", ident)]
    planned = incident(ident, name, "maintenance", told, [component])
    return {**planned, "resolved_at": None, "scheduled_for": starts, "scheduled_until": ends}
