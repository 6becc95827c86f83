"""`serve --demo` as a process of its own."""

import contextlib
import json
import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

from peers import BINARY, free_port, until


class Demo:
    """The program with a directory of its own: for its store's place, and to stand in."""

    def __init__(self, directory, env=None):
        self.directory = Path(directory)
        self.scratch = self.directory / "scratch"
        self.scratch.mkdir()
        self.port = free_port()
        self.log = open(self.directory / "log", "w+b")
        env = {"PATH": os.environ["PATH"], "TMPDIR": str(self.scratch), "TOCSIN_LOG": "info", **(env or {})}
        command = [BINARY, "serve", "--demo", "--listen", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=env, cwd=self.directory)
        until(self.is_ready, 60, "the start")
        self.worked = self.cpu_seconds()

    def cpu_seconds(self):
        """What it worked so far, whatever else the machine does."""
        after_name = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    def logged(self):
        return (self.directory / "log").read_text()

    def is_ready(self):
        assert self.process.poll() is None, self.logged()
        with contextlib.suppress(OSError):
            return self.get("/readyz") == "ready\n"

    def get(self, path):
        address = path if path.startswith("http") else f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.read().decode()

    def json(self, address):
        return json.loads(self.get(address))

    def api(self, path):
        return self.json("/api/v1" + path)

    def arrived(self):
        [address] = re.findall(r"What arrived is at (\S+)", self.logged())
        return address

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(40)
        self.log.close()
        return self.process.returncode
