"""P5: from a vendor's answer that shows a change to the webhook that tells of it, durable outbox and signature included.

    python3 latency.py BINARY WORLD [--samples N] [--rules N --monitors M]

Vendors and receiver are the simulated world (`tocsin-world`), a process of its own. Pages are polled every second. The
clock runs from the moment at which the last answer of the poll that shows the change was handed to the vendor's socket
to the moment at which the webhook's last byte was there; the world notes both, in microseconds of one clock. In the same
run: a bare POST to the same receiver (the limit), whose time ends in the same place. `--rules` adds groups of all kinds of
rules, all of which stay silent, and `--monitors` monitors that ask them: each is decided, and its reason kept.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "e2e"))

PAGES = 20
# Real time is the scenario's: an incident ends so long after it began.
OPEN_S = 4


def scenario(turns):
    """Every vendor has one incident a turn, far off: each begins when it is brought forward."""
    lines = ["[[story]]", 'name = "trouble"', "updates = [", '  { stage = "investigating", say = "We look." },', f'  {{ after = "{OPEN_S}s", stage = "resolved", say = "Well." }},', "]"]
    for page in range(PAGES):
        lines += ["[[vendor]]", f'slug = "p{page}"', f'name = "Vendor {page}"', 'category = "cloud"', 'platform = "statuspage"', 'parts = ["API"]']
        for turn in range(turns):
            lines += ["[[vendor.incident]]", f'title = "Slow {turn}"', f'at = "+{turn + 9}d"', 'impact = "minor"', 'parts = ["API"]', 'story = "trouble"']
    return "\n".join(lines)


# What rules look at; each of these is silent about a minor incident of the scenario.
SILENT = [
    {"min_impact": "critical"}, {"words": ["PROD 7"], "min_impact": "major"}, {"tags": ["payments"]}, {"components": ["Voice*"]},
    {"categories": ["voice-telephony"]}, {"events": ["maintenance.scheduled"]}, {"min_impact": "major", "quiet_hours": ["22:00-07:00", "sat,sun"]},
]


def configuration(world, rules, monitors):
    from settings import config, group, hook, monitor, provider

    vendors = world.addresses["vendors"]
    entries = [provider(one["slug"], one["page"], one["name"], platform="statuspage") for one in vendors]
    told = [monitor(one["slug"], "all") for one in vendors]
    told += [group(f"rule {number}", "hook", **SILENT[number % len(SILENT)]) for number in range(rules)]
    told += [monitor(vendors[number % PAGES]["slug"], *(f"rule {rule}" for rule in range(number % 3, rules, 3)), components=["API"]) for number in range(monitors)]
    return config(*entries, *told, group("all", "hook"), hook("hook", world.addresses["receivers"]["webhook"]))


def told(world):
    """When each change was told: {(slug, kind of event, title): microseconds}."""
    moments = {}
    for one in world.arrived("webhook"):
        data = one["json"].get("data", {})
        if "incident" in data:
            moments[(data["provider"]["slug"], one["json"]["type"], data["incident"]["title"])] = one["at_us"]
    return moments


def quantiles(milliseconds):
    ordered = sorted(milliseconds)
    at = lambda share: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)  # noqa: E731
    return {"n": len(ordered), "p50_ms": at(0.5), "p90_ms": at(0.9), "p99_ms": at(0.99), "max_ms": round(ordered[-1], 2)}


def bare(world, count):
    """A POST on a connection of its own, from before it is opened to the moment at which its last byte was there."""
    sent = []
    for number in range(count):
        body = json.dumps({"bare": number, "filled": "x" * 1500}).encode()
        sent.append(time.time_ns() // 1000)
        urllib.request.urlopen(urllib.request.Request(world.addresses["receivers"]["webhook"], data=body), timeout=5).read()
    came = {one["json"]["bare"]: one["at_us"] for one in world.arrived("webhook") if "bare" in one["json"]}
    return [(came[number] - at) / 1000 for number, at in enumerate(sent)]


def measure(app, world, turns):
    from peers import until

    until(lambda: all(app.api(f"/providers/p{page}")["read_at"] for page in range(PAGES)), what="the first sweep")
    delays = []
    for turn in range(turns):
        for page in range(PAGES):
            world.begin(f"p{page}")
            time.sleep(0.013)
        every = [(f"p{page}", "incident.opened", f"Slow {turn}") for page in range(PAGES)]
        until(lambda every=every: all(key in told(world) for key in every), what=f"turn {turn} told")
        moments, answers = told(world), world.answered()
        for slug, kind, title in every:
            # What the vendor answered last before the webhook came belongs to the poll that showed the change.
            arrived = moments[(slug, kind, title)]
            last = max(one["at_us"] for one in answers[slug] if one["at_us"] <= arrived)
            delays.append((arrived - last) / 1000)
        ended = [(slug, "incident.resolved", title) for slug, _, title in every]
        until(lambda ended=ended: all(key in told(world) for key in ended), what=f"the end of turn {turn} told")
    return delays


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=Path)
    parser.add_argument("world", type=Path)
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--rules", type=int, default=0)
    parser.add_argument("--monitors", type=int, default=0)
    arguments = parser.parse_args()
    os.environ["TOCSIN_BINARY"] = str(arguments.binary.resolve())
    os.environ["TOCSIN_WORLD_BINARY"] = str(arguments.world.resolve())
    # These read at once where the programs are.
    from peers import Tocsin
    from world import World

    turns = (arguments.samples + PAGES - 1) // PAGES
    with tempfile.TemporaryDirectory() as folder:
        played = Path(folder) / "scenario.toml"
        played.write_text(scenario(turns))
        world = World(played, 1)
        app = Tocsin(folder, configuration(world, arguments.rules, arguments.monitors), env={"TOCSIN_LOG": "warn"})
        delays = measure(app, world, turns)
        app.stop()
        print(json.dumps({"what": "P5 change to webhook", "rules": arguments.rules, "monitors": arguments.monitors, "ours": quantiles(delays), "limit_bare_post": quantiles(bare(world, 200))}))
        world.close()


if __name__ == "__main__":
    main()
