"""A network of a test's own, with nothing in it but what the test puts there."""

import os
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target" / "debug" / "tocsin-voice"
UNSHARE = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-Urn"]


class Namespace:
    """Programs run in it by `run` (to their end) and `start` (until the namespace is closed)."""

    def __init__(self, within=None):
        self.started = []
        prefix = within.inside() if within else []
        # Holds the namespace open, until its standard input ends.
        self.holder = subprocess.Popen(
            [*prefix, *(["unshare", "-n"] if within else UNSHARE), "sh", "-c", "ip link set lo up && echo $$ && exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        said = self.holder.stdout.readline().strip()
        assert said, "no network namespace can be made here"
        self.pid = int(said)

    def inside(self, *command):
        user = [] if os.geteuid() == 0 else ["-U", "--preserve-credentials"]
        return ["nsenter", "-t", str(self.pid), *user, "-n", *map(str, command)]

    def run(self, *command, seconds=40, **how):
        return subprocess.run(self.inside(*command), capture_output=True, text=True, timeout=seconds, **how)

    def start(self, *command, **how):
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, **how}
        process = subprocess.Popen(self.inside(*command), stdin=subprocess.DEVNULL, **how)
        self.started.append(process)
        return process

    def listens(self, port, seconds=10):
        """Waits until somebody listens there, over UDP or TCP."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if f":{port} " in self.run("ss", "-Huntal").stdout:
                return
            time.sleep(0.05)
        raise AssertionError(f"nobody listens at port {port}")

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.terminate()
        for process in self.started:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self.holder.stdin.close()
        try:
            self.holder.wait(5)
        except subprocess.TimeoutExpired:
            self.holder.send_signal(signal.SIGKILL)
            self.holder.wait(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
