"""A desk that runs, agents in browsers, and what a test needs to see of both. All in the network of the test's own."""

import contextlib
import json
import math
import signal
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
import wave
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "web")]

from browsing import CHROMIUM
from telephone import PATIENCE, Telephone

DESK = HERE.parents[1] / "target/debug/tocsin-desk"
AGENT_SAYS, CALLER_SAYS = 1558, 560
FLAGS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required", "--allow-loopback-in-peer-connection", "--disable-background-networking"]
SUPERVISOR = "supervisor-of-the-test"
CONFIG = """
web = "{at}:{web}"
sip = "{at}:{sip}"
data = "{data}"
supervisor_token = "supervisor-of-the-test"
clean_microphone = false
drain_seconds = 20
{more}
[[queue]]
id = "support"
numbers = ["4930999"]
ring_seconds = {ring}
wait_seconds = {wait}
alone_seconds = {alone}
wrap_seconds = {wrap}

[[queue]]
id = "quick"
ring_seconds = 2
wait_seconds = 60
alone_seconds = 1
wrap_seconds = 30

{agents}
"""

AGENT = """
[[agent]]
id = "{id}"
name = "{name}"
token = "token-of-{id}"
"""

# What a browser plays of a call, heard by tone, ten times a second.
EAR = """
{
  const Real = window.RTCPeerConnection;
  window.heard = {};
  window.peers = [];
  const share = (sound, hz, rate) => {
    const turn = 2 * Math.cos(2 * Math.PI * hz / rate);
    let before = 0, last = 0, energy = 0;
    for (const sample of sound) { const now = sample + turn * last - before; before = last; last = now; energy += sample * sample; }
    return energy / sound.length < 1e-6 ? 0 : 2 * (last * last + before * before - turn * last * before) / (sound.length * energy);
  };
  window.RTCPeerConnection = class extends Real {
    constructor(...how) {
      super(...how);
      window.peers.push(this);
      this.addEventListener("track", ({ track }) => {
        const context = new AudioContext(), analyser = context.createAnalyser(), sound = new Float32Array(4096);
        analyser.fftSize = sound.length;
        context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
        const listening = setInterval(() => {
          analyser.getFloatTimeDomainData(sound);
          for (const hz of [560, 1558, 440]) if (share(sound, hz, context.sampleRate) > 0.5) window.heard[hz] = (window.heard[hz] ?? 0) + 1;
          if (this.connectionState === "closed") { clearInterval(listening); context.close(); }
        }, 100);
      });
    }
  };
}
"""


def sine(path, hz, seconds=2, rate=48_000, loud=8000):
    """A file that a browser takes for its microphone, again and again."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", round(loud * math.sin(2 * math.pi * hz * at / rate))) for at in range(seconds * rate)))


class Desk:
    def __init__(self, data, at="127.0.0.1", web=8088, sip=5070, more="", names=("ada", "grace"), **times):
        self.data, self.at, self.sip = Path(data), at, sip
        self.base = f"http://{at}:{web}"
        self.config = self.data.with_suffix(".toml")
        times = {"ring": 15, "wait": 60, "alone": 1, "wrap": 30, **times}
        agents = "".join(AGENT.format(id=name, name=name.title()) for name in names)
        self.config.write_text(CONFIG.format(at=at, web=web, sip=sip, data=data, more=more, agents=agents, **times))
        self.log = open(self.data.with_suffix(".log"), "a")
        self.process = subprocess.Popen([DESK, "serve", "--config", self.config], stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.welcome = []
        while not (self.welcome and self.welcome[-1].startswith("data ")):
            line = self.process.stdout.readline()
            assert line, Path(self.log.name).read_text()
            self.welcome.append(line)
        self.browsers, self.telephones = [], []

    def ask(self, path, what=None, token=SUPERVISOR):
        """The answer as JSON, and its status."""
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        body = None if what is None else json.dumps(what).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.base + path, body, headers), timeout=5) as reply:
                return json.loads(reply.read()), reply.status
        except urllib.error.HTTPError as error:
            return json.loads(error.read()), error.code

    def read(self, path):
        with urllib.request.urlopen(self.base + path, timeout=5) as reply:
            return reply.headers, reply.read()

    def state(self):
        said, status = self.ask("/supervisor/state")
        assert status == 200, said
        return said

    def agent(self, name):
        return next(one for one in self.state()["agents"] if one["agent"] == name)

    def calls(self):
        """Stage by caller."""
        return {one["caller"]: one["stage"] for one in self.state()["calls"]}

    def turn(self, switch, to, who="somebody", why="a test"):
        return self.ask("/supervisor/switch", {"switch": switch, "to": to, "who": who, "why": why})

    def metrics(self):
        text = urllib.request.urlopen(self.base + "/metrics", timeout=5).read().decode()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if not line.startswith("#")}

    def until(self, true, seconds, what):
        end = time.monotonic() + seconds * PATIENCE
        while not true():
            assert time.monotonic() < end, f"{what}: {json.dumps(self.state(), indent=1)}"
            time.sleep(0.05)

    def calls_in(self, **how):
        one = Telephone(self.sip, at=self.at, here=self.at, **how)
        self.telephones.append(one)
        return one

    def tool(self, *what):
        done = subprocess.run([DESK, *map(str, what), "--config", self.config], capture_output=True, text=True, timeout=20)
        return done.returncode, done.stdout + done.stderr

    def quiet(self):
        """Nothing is left of any call."""
        for telephone in self.telephones:
            telephone.close()
        self.telephones.clear()
        self.until(lambda: self.state()["calls"] == [], 5, "no calls")

    def stop(self, patience=10):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(patience)
        self.log.close()
        return self.process.returncode

    def close(self):
        for telephone in self.telephones:
            with contextlib.suppress(AssertionError):
                telephone.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        said = Path(self.log.name).read_text()
        assert "panicked" not in said, said


class Agent:
    """A person with the host page open, the widget in it."""

    def __init__(self, browser, desk, name="ada", context=None, script=""):
        self.desk, self.name = desk, name
        self.own = context is None
        self.context = context or browser.new_context()
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.add_init_script(EAR + script)
        self.page.goto(f"{desk.base}/#agent={name}&token=token-of-{name}")

    @property
    def frame(self):
        return self.page.frame_locator("#widget")

    @property
    def inner(self):
        return next(frame for frame in self.page.frames if "/widget" in frame.url)

    def shows(self, title, seconds=10):
        """Waits until the widget says so; what is written beneath it."""
        end = time.monotonic() + seconds * PATIENCE
        while (now := self.title()) != title:
            assert time.monotonic() < end, f"{self.name} shows {now!r} ({self.why()!r}), not {title!r}: {self.log()}"
            self.page.wait_for_timeout(50)
        return self.why()

    def title(self):
        with contextlib.suppress(Exception):
            return self.frame.locator("#state").inner_text(timeout=2000)

    def why(self):
        with contextlib.suppress(Exception):
            return self.frame.locator("#why").text_content(timeout=2000)

    def log(self):
        with contextlib.suppress(Exception):
            return self.inner.evaluate("[window.widget?.state, window.peers?.map(one => one.connectionState), window.heard]")

    def is_ready(self):
        """Signed in, well, and idle."""
        self.frame.locator("#desk").wait_for(timeout=5000)
        self.waits(0.3)
        if self.frame.locator("#back").is_visible():
            self.clicks("I am back")
        self.shows("Ready for calls")
        self.desk.until(lambda: self.desk.agent(self.name)["status"] == "idle", 5, f"{self.name} is idle")

    def clicks(self, name):
        self.frame.get_by_role("button", name=name, exact=True).click(timeout=5000)

    def heard(self, hz):
        return self.inner.evaluate("hz => window.heard[hz] ?? 0", hz)

    def hears(self, hz, tenths, seconds=6):
        """Waits until it was heard in so many tenths of a second from now on."""
        self.forgets()
        end = time.monotonic() + seconds * PATIENCE
        while self.heard(hz) < tenths:
            assert time.monotonic() < end, f"{self.name} does not hear {hz} Hz: {self.log()}"
            self.waits(0.1)

    def hears_no_more(self, hz):
        """Waits for half a second without it, and forgets what was before."""
        self.forgets()
        self.waits(0.5)
        end = time.monotonic() + PATIENCE
        while self.heard(hz):
            assert time.monotonic() < end, f"{self.name} still hears {hz} Hz"
            self.forgets()
            self.waits(0.5)

    def forgets(self):
        self.inner.evaluate("window.heard = {}")

    def waits(self, seconds):
        self.page.wait_for_timeout(seconds * 1000)

    def close(self):
        with contextlib.suppress(Exception):
            self.frame.get_by_role("button", name="Sign out").click(timeout=500)
            self.frame.locator("#sign-in").wait_for(timeout=2000)
        self.page.close()
        if self.own:
            self.context.close()


def both_heard(agent, telephone, seconds=6):
    """From now on."""
    agent.forgets()
    since = time.monotonic()
    end = since + seconds * PATIENCE
    while agent.heard(CALLER_SAYS) < 4 or telephone.heard(AGENT_SAYS, since) < 4:
        assert time.monotonic() < end, f"the agent heard {agent.log()}, the caller {telephone.heard(AGENT_SAYS, since)} of {telephone.packets} packets"
        agent.waits(0.1)
