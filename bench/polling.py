"""P1–P4: what polling costs, beside wrk (the limit) and a script with aiohttp (the peer), in one run on one machine.

    python3 polling.py BINARY FARM PORT [--pages N] [--seconds S]

FARM is a folder made by farm.py, PORT where it is started. Figures are CPU seconds (user + system) for 1,000 requests,
and ratios to the limit of the same run.
"""

import argparse
import contextlib
import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
LISTEN = "127.0.0.1:8497"
# Pages that farm.py was told to make.
FARM = 5000


def cpu(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid, key="VmHWM"):
    return int(re.search(rf"{key}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def served(base):
    """Requests that the farm has answered."""
    text = urllib.request.urlopen(f"{base}/served", timeout=30).read().decode()
    return int(re.findall(r"(\d+)", text)[3])


def query(number):
    """More pages than the farm has: the same again under another address."""
    return "" if number < FARM else f"?again={number // FARM}"


class Ours:
    def __init__(self, binary, folder, base, pages, interval):
        self.binary, self.folder, self.base, self.pages = binary, Path(folder), base, pages
        entries = "".join(
            f'[[provider]]\nslug = "v{n:05}"\nname = "Vendor {n:05}"\npage = "{base}/v{n % FARM:05}{query(n)}"\nplatform = "statuspage"\n'
            f'[[monitor]]\nprovider = "v{n:05}"\n'
            for n in range(pages)
        )
        (self.folder / "bench.toml").write_text(
            f'[poll]\nspread = "0s"\ninterval = "{interval}"\nactive_interval = "{interval}"\n'
            f'[net]\nallow_private = ["127.0.0.0/8"]\n{entries}'
        )

    def database(self):
        return sqlite3.connect(f"file:{self.folder}/data/tocsin.db?mode=ro", uri=True)

    def stored(self, since):
        """Pages whose reading at or after `since` is stored."""
        try:
            with contextlib.closing(self.database()) as db:
                return db.execute("SELECT COUNT(*) FROM page_states WHERE read_at >= ?", (since,)).fetchone()[0]
        except sqlite3.OperationalError:
            return 0

    def readings(self):
        with contextlib.closing(self.database()) as db:
            return db.execute("SELECT COUNT(*) FROM readings").fetchone()[0]

    def sweep(self):
        """Starts the program: seconds until every page was asked and what it said is stored."""
        began, since = time.monotonic(), int(time.time())
        command = [self.binary, "serve", "--config", self.folder / "bench.toml", "--data", self.folder / "data", "--listen", LISTEN]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "TOCSIN_LOG": "warn"})
        while self.stored(since) < self.pages:
            if self.process.poll() is not None:
                sys.exit("the program ended; see above")
            time.sleep(0.05)
        return time.monotonic() - began

    def window(self, seconds):
        """CPU seconds for 1,000 polls of what happens now; how many, and how many of them changed something."""
        polls, changed, used = served(self.base), self.readings(), cpu(self.process.pid)
        time.sleep(seconds)
        polls, changed, used = served(self.base) - polls - 1, self.readings() - changed, cpu(self.process.pid) - used
        return {"cpu_per_1000": round(used * 1000 / max(polls, 1), 4), "polls_per_s": round(polls / seconds), "changed": f"{changed * 100 // max(polls, 1)} %"}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def wrk(base, pages, conditional):
    env = {**os.environ, "PAGES": str(pages)}
    if conditional:
        env["CONDITIONAL"] = "1"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(["wrk", "-t1", "-c64", "-d4s", "-s", HERE / "limit.lua", base], capture_output=True, text=True, env=env, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    requests = int(re.search(r"(\d+) requests in", done.stdout)[1])
    return {"cpu_per_1000": round(used * 1000 / requests, 4), "requests": requests}


def aiohttp(base, pages):
    python = os.environ.get("PEER_PYTHON", sys.executable)
    done = subprocess.run([python, HERE / "peers" / "aiohttp_poll.py", base, str(min(pages, 5000)), "2"], capture_output=True, text=True)
    if done.returncode != 0:
        return {"skipped": done.stderr.strip().splitlines()[-1:]}
    told = json.loads(done.stdout)
    return {"cpu_per_1000": round(told["cpu_s"] * 1000 / told["polls"], 4), "sweep_s": round(told["seconds"] * 5000 / told["polls"], 1), "rss_mb": told["rss_mb"]}


def one(kind, arguments, base, still, conditional):
    """First start, a window of steady polling between two measurements of the limit, and a later start."""
    with tempfile.TemporaryDirectory() as folder:
        interval = max(1, arguments.pages // arguments.rate)
        ours = Ours(arguments.binary, folder, base, arguments.pages, f"{interval}s")
        ours.base = still
        first = ours.sweep()
        time.sleep(2 * interval)
        before = wrk(base, min(arguments.pages, FARM), conditional)
        steady = ours.window(arguments.seconds)
        after = wrk(base, min(arguments.pages, FARM), conditional)
        peak = memory_mb(ours.process.pid)
        ours.stop()
        again = ours.sweep() if kind.startswith("P2") else None
        ours.stop()
    limit = (before["cpu_per_1000"] + after["cpu_per_1000"]) / 2
    return {
        "what": kind, "pages": arguments.pages, "ours": steady, "limit_cpu_per_1000": round(limit, 4),
        "ratio_to_limit": round(steady["cpu_per_1000"] / limit, 2), "first_start_sweep_s": round(first, 2),
        "later_sweep_changed_s": again and round(again, 2), "peak_mb": round(peak, 1), "peer_aiohttp": aiohttp(base, arguments.pages),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("farm")
    parser.add_argument("port", type=int)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--rate", type=int, default=2500, help="polls that fall due in a second; wrk asks as fast as it can")
    parser.add_argument("--only", choices=["P1", "P2"], help="one of the two measurements")
    arguments = parser.parse_args()
    still, moving = (f"http://127.0.0.1:{arguments.port + offset}" for offset in (0, 1))
    if arguments.only != "P2":
        print(json.dumps(one("P1 unchanged pages (304, a connection each)", arguments, still, still, True)), flush=True)
    if arguments.only != "P1":
        print(json.dumps(one("P2 changed pages (200, a connection each)", arguments, moving, still, False)), flush=True)


if __name__ == "__main__":
    main()
