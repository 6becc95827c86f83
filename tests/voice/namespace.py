"""A network of a test's own, with nothing in it but what the test puts there."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target" / "debug" / "tocsin-voice"
NEW_NETWORK = 0x40000000
UNSHARE = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-Urn"]


def moves(thread_to):
    """This thread sees the network of that file descriptor from now on, and so does what it starts."""
    system = ctypes.CDLL(None, use_errno=True)
    if system.setns(thread_to, NEW_NETWORK) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{os.strerror(code)}: to enter a network namespace needs root")


class Namespace:
    """Programs run in it by `run` (to their end) and `start` (until the namespace is closed); a thread of the test itself
    goes into it by `entered`."""

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

    @contextlib.contextmanager
    def entered(self):
        """What this thread does and starts within the block happens here."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        here = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
        try:
            moves(here)
            yield
        finally:
            moves(before)
            os.close(before)
            os.close(here)

    def run(self, *command, seconds=40, **how):
        return subprocess.run(self.inside(*command), capture_output=True, text=True, timeout=seconds, **how)

    def start(self, *command, **how):
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, **how}
        process = subprocess.Popen(self.inside(*command), stdin=subprocess.DEVNULL, **how)
        self.started.append(process)
        return process

    def tied(self, other, here, there, called="cable"):
        """A cable to another namespace, with an address at each end, such as 10.0.0.1/24. It has the same name in both."""
        for line in (f"link add {called} type veth peer name {called} netns {other.pid}", f"address add {here} dev {called}", f"link set {called} up"):
            self.run("ip", *line.split(), check=True)
        for line in (f"address add {there} dev {called}", f"link set {called} up"):
            other.run("ip", *line.split(), check=True)

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


@contextlib.contextmanager
def apart():
    """A namespace that this thread is in, with all that it starts."""
    with Namespace() as network, network.entered():
        yield network
