"""Random days: what a vendor says, what goes wrong at receivers, and when the program is ended, are drawn from a seed.
Whatever comes, every channel hears every incident in order and of its end once; what may be there twice after a crash or
an answer that got lost can be told by its id, or is no more than what was lost."""

import datetime
import json
import os
import random
import re
import time

import pytest

import pages
from conftest import closing, instances
from peers import until
from settings import config
from test_every_kind import asked, kept, quiet, watched
from world import SCENARIOS, World

# Programs, mail, chats, telephones and tickets: each keeps everything it is told.
KINDS = ["webhook", "email", "matrix", "zulip", "telegram", "gotify", "servicenow", "sns"]
# The receiver tells a repeat by its id.
KNOWN_BY_ID = {"webhook", "email", "matrix"}
STAGES = ["investigating", "identified", "monitoring", "resolved"]
# After one of these the same message comes again after some seconds.
ONCE = ["error", "reset", "lost"]
# As above, where the service says more than a status.
SAYS_MORE = {"matrix": ["html"], "zulip": ["html", "no"], "telegram": ["html"], "gotify": ["html"], "servicenow": ["html"], "sns": ["html"]}
SEEDS = [int(seed) for seed in os.environ.get("TOCSIN_SEEDS", "11,14").split(",")]
TURNS = 2


class Day:
    """What a vendor's page has said so far: by incident the moments at which it reached its stages."""

    def __init__(self, chance, vendor):
        self.chance, self.vendor, self.said = chance, vendor, {}

    def publish(self):
        pages.harbour(self.vendor, *[
            pages.incident(one, f"Trouble {one}", "major", [
                pages.update(f"{one}-{stage}", stage, at, f"{stage} {one}", one) for stage, at in zip(STAGES, moments)
            ], [pages.QUAY])
            for one, moments in self.said.items()
        ])

    def go_on(self, one, stages):
        """It reaches so many stages, the new ones now."""
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        moments = self.said.setdefault(one, [])
        moments += [now] * (stages - len(moments))

    def change(self):
        """Something begins or goes on; what goes on may skip what nobody saw."""
        open_ones = [one for one, moments in self.said.items() if len(moments) < len(STAGES)]
        if not open_ones or self.chance.random() < 0.4:
            self.go_on(f"k{len(self.said) + 1}", self.chance.choice([1, 1, 1, 2]))
        else:
            one = self.chance.choice(open_ones)
            self.go_on(one, self.chance.randint(len(self.said[one]) + 1, len(STAGES)))
        self.publish()

    def end(self):
        """All that is open ends."""
        for one in self.said:
            self.go_on(one, len(STAGES))
        self.publish()


def faults(chance, kind):
    """For the next requests to one receiver: at first perhaps one after which it takes some seconds until the next attempt
    (a second one would take minutes), then what is over soon."""
    soon = [chance.choice(["busy", "slow", "well"]) for _ in range(chance.randint(0, 3))]
    return [chance.choice(ONCE + SAYS_MORE.get(kind, []))] * chance.choice([0, 1]) + soon


def stories(came):
    """By incident, everything that one channel was told of it, in order: how far the vendor's words go, and the request."""
    by_incident = {}
    for one in came:
        reached = {}
        for stage, incident in re.findall(rf"({'|'.join(STAGES)}) (k\d+)\b", json.dumps(one["json"])):
            reached[incident] = max(reached.get(incident, 0), STAGES.index(stage))
        for incident, stage in reached.items():
            by_incident.setdefault(incident, []).append((stage, one))
    return by_incident


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_day(seed, vendor, tmp_path):
    print(f"TOCSIN_SEEDS={seed}")
    chance = random.Random(seed)
    day = Day(chance, vendor)
    day.publish()
    crashes = 0
    with closing(World(SCENARIOS / "receivers.toml")) as world, instances(tmp_path) as start:
        channels = [world.told(kind, kind) for kind in KINDS]
        app = start(config(*watched(vendor, *channels), net={"smtp_url": world.addresses["receivers"]["email"]})).seen()
        for _ in range(TURNS):
            for kind in KINDS:
                if kind != "email":
                    world.then(kind, *faults(chance, kind), "well")
            for _ in range(chance.randint(1, 3)):
                day.change()
                time.sleep(chance.uniform(0, 1.3))
            ends = chance.choice([None, app.stop, app.kill, app.kill])
            if ends:
                crashes += ends == app.kill
                ends()
                app.start()
            seen(app, day)
            quiet(app)
        day.end()
        seen(app, day)
        quiet(app)
        states = {one["state"] for one in app.api("/deliveries?limit=200")["items"]}
        assert states == {"sent"}
        for kind in KINDS:
            check(world, kind, day, crashes)


def seen(app, day):
    """Waits until what the page says now was read."""
    reached = {one: len(moments) for one, moments in day.said.items()}
    read = lambda: {one["vendor_id"]: len(one["updates"]) for one in app.api("/incidents?limit=200")["items"]}
    until(lambda: read() == reached, what="the page being read")


def check(world, kind, day, crashes):
    came = [one for one in kept(world, kind) if one["act"] not in ("edited", "repeated")]
    heard = stories(came)
    assert set(heard) == set(day.said), f"{kind}: every incident, and no other"
    # It was kept and nobody heard that; or the program ended before it wrote that down.
    unsure = crashes + sum(one["fault"] in ("lost", "html", "no", "reset") for one in asked(world, kind))
    for incident, story in heard.items():
        if kind in KNOWN_BY_ID:
            news = {one["thing"]: stage for stage, one in story}
            assert all(stage == news[one["thing"]] for stage, one in story), f"{kind}: the same id says the same"
            stages = list(news.values())
            assert len(set(stages)) == len(stages), (kind, incident, stages)
        else:
            stages = list(dict.fromkeys(stage for stage, _ in story))
            assert len(story) - len(stages) <= unsure, (kind, incident, story)
        assert stages == sorted(stages) and stages[-1] == len(STAGES) - 1, (kind, incident, stages)
    refused = [one for one in asked(world, kind) if one["act"] == "refused" and one["fault"] == "well"]
    assert refused == [], "what is answered, edited and closed is there"
