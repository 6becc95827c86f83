"""A simulated world in a process of its own: vendors of every platform, faults, and receivers for every channel."""

import json
import os
import subprocess
import urllib.request
from pathlib import Path

from peers import BINARY, ROOT
from settings import channel, config, group, monitor, provider

PROGRAM = Path(os.environ.get("TOCSIN_WORLD_BINARY", BINARY.parent / "tocsin-world"))
SCENARIOS = ROOT / "crates" / "world" / "scenarios"


class World:
    def __init__(self, scenario, speed=1):
        command = [PROGRAM, scenario, "--speed", str(speed)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addresses = json.loads(self.process.stdout.readline())

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()

    def arrived(self, kind=None):
        """What came to the receivers, oldest first."""
        with urllib.request.urlopen(self.addresses["arrived_json"], timeout=10) as answer:
            return [one for one in json.load(answer) if kind in (None, one["kind"])]

    def journal(self, kind=None, name=None):
        """Every request to the receivers with what came of it, oldest first."""
        with urllib.request.urlopen(self.addresses["journal_json"], timeout=10) as answer:
            return [one for one in json.load(answer) if kind in (None, one["kind"]) and name in (None, one["name"])]

    def then(self, name, *faults):
        """What the next requests to the receivers of this name meet, one after the other."""
        request = urllib.request.Request(f"{self.addresses['then']}/{name}/{','.join(faults)}", method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["waiting"]

    def told(self, kind, name, faults=None, way=0):
        """A channel of this kind whose receiver is its own; its first requests meet these faults. Mail's recipient is
        the name."""
        base = self.addresses["arrived"].rstrip("/")
        own = f"{base}/~at/{name}" + (f"/~fault/{faults}" if faults else "")
        settings = json.loads(json.dumps(self.addresses["channels"][kind][way]).replace(f"{base}/~", f"{own}/~"))
        if kind == "email":
            settings["to"] = [f"{name}+{faults}@example.com" if faults else f"{name}@example.com"]
        return channel(kind, name, **settings)

    def answered(self):
        """The last answers of each vendor, oldest first: {slug: [{path, at_us}]}."""
        with urllib.request.urlopen(self.addresses["answered_json"], timeout=10) as answer:
            return json.load(answer)

    def begin(self, slug):
        """What the scenario has for later begins at this vendor at once."""
        request = urllib.request.Request(f"{self.addresses['now']}/{slug}", method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def shown(self):
        """The page that shows what arrived."""
        with urllib.request.urlopen(self.addresses["arrived"], timeout=10) as answer:
            return answer.read().decode()

    def watched(self, **more):
        """A configuration that watches every vendor and tells every receiver."""
        where = self.addresses["receivers"]
        vendors = self.addresses["vendors"]
        chats = [channel(kind, kind, url=where[kind]) for kind in ("slack", "discord", "teams", "webhook")]
        return config(
            *(provider(one["slug"], one["page"], one["name"]) for one in vendors),
            *(monitor(one["slug"], "desk") for one in vendors),
            group("desk", "slack", "discord", "teams", "webhook", "email"),
            *chats,
            channel("email", "email", to=["oncall@example.com"]),
            net={"smtp_url": where["email"]},
            **more,
        )
