"""A farm of status pages on loopback: N bodies in the shape of a Statuspage summary, served by nginx.

    python3 farm.py make DIR N        writes N bodies (seeded: the same on every machine)
    python3 farm.py start DIR PORT    nginx on 127.0.0.1: PORT unchanging pages, PORT+1 pages that change on every request
    python3 farm.py stop DIR

Both ports close every connection, as thousands of distinct hosts would. The changing pages have two components whose
status follows the number of the connection: 16 texts of each page, while `page.updated_at` stays as it is.
"""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

WORDS = """delivery queue region gateway search login build webhook storage compute latency errors elevated recovering
customers observed deploy rollback database replica billing export import console runner voice message upload""".split()
STATUSES = ["operational"] * 30 + ["degraded_performance", "partial_outage", "major_outage", "under_maintenance"]
CHANGING = 2


def body(seed):
    rng = random.Random(seed)

    def ident():
        return "".join(rng.choice("0123456789bcdfghjklmnpqrstvwxyz") for _ in range(12))

    def words(count):
        return " ".join(rng.choice(WORDS) for _ in range(count))

    def moment():
        return "2026-%02d-%02dT%02d:%02d:%02d.%03dZ" % (rng.randint(1, 10), rng.randint(1, 28), rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59), rng.randint(0, 999))

    page = ident()

    def component(position, group, is_group=False):
        return {
            "id": ident(), "name": words(rng.randint(1, 4)).title(), "status": rng.choice(STATUSES), "created_at": moment(),
            "updated_at": moment(), "position": position, "description": words(9) if rng.random() < 0.4 else None,
            "showcase": False, "start_date": None, "group_id": group, "page_id": page, "group": is_group, "only_show_if_degraded": False,
        }

    def incident(kind):
        own = ident()
        affected = [component(1, None) for _ in range(rng.randint(1, 3))]
        stages = ["scheduled"] if kind == "maintenance" else ["investigating", "identified", "monitoring"]
        updates = [
            {
                "id": ident(), "status": rng.choice(stages), "body": words(rng.randint(20, 90)) + ".", "incident_id": own,
                "created_at": moment(), "updated_at": moment(), "display_at": moment(), "affected_components": None,
                "deliver_notifications": True, "custom_tweet": None, "tweet_id": None,
            }
            for _ in range(rng.randint(1, 6))
        ]
        one = {
            "id": own, "name": words(7).capitalize(), "status": stages[-1], "created_at": moment(), "updated_at": moment(),
            "monitoring_at": None, "resolved_at": None, "impact": "maintenance" if kind == "maintenance" else rng.choice(["minor", "major", "critical"]),
            "shortlink": "https://stspg.io/" + ident(), "started_at": moment(), "page_id": page, "incident_updates": updates,
            "components": affected, "reminder_intervals": None,
        }
        if kind == "maintenance":
            one.update(scheduled_for="2027-01-02T03:04:05.000Z", scheduled_until="2027-01-02T05:04:05.000Z")
        return one

    incidents = [incident("incident") for _ in range(rng.randint(1, 2))] if rng.random() < 0.4 else []
    works = [incident("maintenance")] if rng.random() < 0.4 else []
    target = rng.choice([8, 9, 10, 12, 14, 16, 20, 24, 30, 40]) * 1024
    components, size, group = [], len(json.dumps([incidents, works])), None
    while size < target:
        is_group = len(components) % 8 == 0
        one = component(len(components) + 1, None if is_group else group, is_group)
        if is_group:
            group = one["id"]
        components.append(one)
        size += len(json.dumps(one))
    leaves = [one for one in components if not one["group"]]
    for number, one in enumerate(leaves[:CHANGING]):
        one["status"] = f"operational@{number}"
    return {
        "page": {"id": page, "name": f"Vendor {seed:05}", "url": "https://status.example.com", "time_zone": "Etc/UTC", "updated_at": moment()},
        "components": components, "incidents": incidents, "scheduled_maintenances": works,
        "status": {"indicator": rng.choice(["none"] * 8 + ["minor", "major"]), "description": "All Systems Operational"},
    }


def make(folder, count):
    sizes = []
    for seed in range(count):
        text = json.dumps(body(seed), separators=(",", ":"))
        place = folder / "still" / f"v{seed:05}" / "api" / "v2"
        place.mkdir(parents=True, exist_ok=True)
        still = text
        for number in range(CHANGING):
            still = still.replace(f"operational@{number}", "operational")
        (place / "summary.json").write_text(still)
        (place / "incidents.json").write_text('{"page":%s,"incidents":[]}' % json.dumps(json.loads(still)["page"]))
        (place / "scheduled-maintenances.json").write_text('{"page":%s,"scheduled_maintenances":[]}' % json.dumps(json.loads(still)["page"]))
        moving = folder / "moving" / f"v{seed:05}" / "api" / "v2"
        moving.mkdir(parents=True, exist_ok=True)
        (moving / "summary.json").write_text(text)
        for name in ("incidents.json", "scheduled-maintenances.json"):
            (moving / name).write_text((place / name).read_text())
        sizes.append(len(still))
    print(f"{count} pages, mean {sum(sizes) // count} bytes, most {max(sizes)}")


def configuration(folder, port):
    words = ["operational", "degraded_performance", "partial_outage", "major_outage"]
    maps = "".join(
        f"map $connection $c{place} {{ default operational; "
        + " ".join(f'"~{digit}{"." * place}$" {words[digit % 4]};' for digit in range(10))
        + " }\n"
        for place in range(CHANGING)
    )
    filters = " ".join(f"sub_filter 'operational@{place}' $c{place};" for place in range(CHANGING))
    return f"""
daemon on; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn; worker_rlimit_nofile 65536;
events {{ worker_connections 20000; multi_accept on; }}
http {{
  access_log off; sendfile on; if_modified_since before; etag on; default_type application/json; keepalive_timeout 0; server_tokens off;
  open_file_cache max=8000 inactive=60s; open_file_cache_valid 60s;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  {maps}
  server {{ listen 127.0.0.1:{port} backlog=4096; root {folder}/still; location = /served {{ stub_status; }} }}
  server {{ listen 127.0.0.1:{port + 1} backlog=4096; root {folder}/moving; sub_filter_types application/json; sub_filter_once on; {filters} }}
}}
"""


def main():
    command, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    if command == "make":
        make(folder, int(sys.argv[3]))
    elif command == "start":
        (folder / "nginx.conf").write_text(configuration(folder, int(sys.argv[3])))
        subprocess.run(["nginx", "-c", str(folder / "nginx.conf")], check=True)
    elif command == "stop":
        os.kill(int((folder / "nginx.pid").read_text()), signal.SIGTERM)


if __name__ == "__main__":
    main()
