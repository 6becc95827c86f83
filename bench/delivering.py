"""P6 and P7: one event to many webhooks, durable and signed, beside Alertmanager in the same run.

    python3 delivering.py BINARY [--count N] [--only ours|peer] [--port PORT]

The sink is nginx with one worker: 204 for a healthy receiver, 500 for a failing one, and a socket that never answers
behind it for one that hangs; its log holds the moment of each arrival. P6 is the fault-free run, P7 the same with 1 % of
the receivers hanging and 5 % answering 500. Clocks run from the moment at which the trouble is on the page (ours) or the
alert was posted (peer) to the arrival; CPU is user + system of the process alone, memory its peak. Pages are polled every
second: the wait for the poll is in our first arrival and not in the rate, which runs from the first to the last.

Needed: apt-get install nginx-light prometheus-alertmanager
"""

import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "e2e"))

NGINX = """worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit; daemon on;
events {{ worker_connections 8192; }}
http {{ log_format came '$msec $status $request_uri'; access_log {folder}/came.log came; keepalive_requests 1000000;
server {{ listen 127.0.0.1:{port} backlog=4096;
location /ok/ {{ return 204; }} location /fail/ {{ return 500; }} location /hang/ {{ proxy_pass http://127.0.0.1:{hole}; proxy_read_timeout 600s; }} }} }}
"""


class Sink:
    def __init__(self, folder, port):
        self.folder = Path(folder)
        self.port = port
        self.folder.mkdir()
        self.hole = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.swallowed = []
        threading.Thread(target=self.swallow, daemon=True).start()
        file = self.folder / "nginx.conf"
        file.write_text(NGINX.format(folder=self.folder, port=port, hole=self.hole.getsockname()[1]))
        subprocess.run(["nginx", "-c", file, "-p", self.folder, "-e", self.folder / "error.log"], check=True)

    def swallow(self):
        while True:
            self.swallowed.append(self.hole.accept())

    def url(self, kind, number):
        return f"http://127.0.0.1:{self.port}/{kind}/{number}"

    def came(self):
        """(second, status, path) of every answer."""
        lines = [line.split() for line in (self.folder / "came.log").read_text().splitlines()]
        return [(float(at), int(status), path) for at, status, path in lines]

    def healthy(self):
        """The first arrival at each healthy receiver."""
        first = {}
        for at, status, path in self.came():
            if path.startswith("/ok/") and status == 204:
                first.setdefault(path, at)
        return first

    def forget(self):
        (self.folder / "came.log").write_text("")
        os.kill(int((self.folder / "pid").read_text()), signal.SIGUSR1)
        time.sleep(0.2)

    def close(self):
        subprocess.run(["nginx", "-c", self.folder / "nginx.conf", "-p", self.folder, "-e", self.folder / "error.log", "-s", "stop"], check=False)
        self.hole.close()


def kinds(count, faulty):
    """Which receiver is what: 1 % hang and 5 % fail where there are faults, spread evenly."""
    all_kinds = ["ok"] * count
    if faulty:
        some = random.Random(7).sample(range(count), count * 6 // 100)
        for place, number in enumerate(some):
            all_kinds[number] = "hang" if place < count // 100 else "fail"
    return all_kinds


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def wait_for(sink, wanted, seconds=180):
    deadline = time.monotonic() + seconds
    while len(sink.healthy()) < wanted and time.monotonic() < deadline:
        time.sleep(0.2)


def told(sink, began, wanted, cpu, peak):
    arrivals = sorted(sink.healthy().values())
    if not arrivals:
        return {"healthy": f"0 of {wanted}"}
    at = lambda share: round(arrivals[min(len(arrivals) - 1, int(len(arrivals) * share))] - began, 3)  # noqa: E731
    span = max(arrivals[-1] - arrivals[0], 1e-3)
    return {
        "healthy": f"{len(arrivals)} of {wanted}", "first_s": at(0), "p50_s": at(0.5), "p99_s": at(0.99), "last_s": at(1),
        "since_first_p99_s": round(at(0.99) - at(0), 3), "a_second": round(len(arrivals) / span),
        "cpu_s_per_1000": round(cpu * 1000 / len(sink.came() or [1]), 3), "peak_mb": round(peak),
    }


def ours(sink, folder, all_kinds):
    import pages
    from peers import Tocsin, Vendor, until
    from settings import config, group, hook, monitor, provider

    vendor = Vendor()
    pages.harbour(vendor)
    hooks = [hook(f"h{number}", sink.url(kind, number)) for number, kind in enumerate(all_kinds)]
    names = [f"h{number}" for number in range(len(all_kinds))]
    app = Tocsin(folder, config(
        provider("harbour", vendor.url("/harbour")), monitor("harbour", "all"), group("all", *names), *hooks,
    ), env={"TOCSIN_LOG": "error"}).seen()
    time.sleep(2)
    sink.forget()
    before, began = cpu_s(app.process.pid), time.time()
    pages.harbour(vendor, pages.trouble("k1"))
    wanted = all_kinds.count("ok")
    wait_for(sink, wanted)
    result = told(sink, began, wanted, cpu_s(app.process.pid) - before, peak_mb(app.process.pid))
    until(lambda: len(app.api("/deliveries?state=sent&limit=1")["items"]) == 1, what="what was told being written down")
    time.sleep(1)
    due = sum(1 for kind in all_kinds if kind != "ok")
    metrics = app.get("/metrics", raw=True)
    delivered = sum(float(line.split()[-1]) for line in metrics.splitlines() if line.startswith("tocsin_deliveries_total") and 'outcome="delivered"' in line)
    result["lost"] = wanted - int(delivered)
    result["waiting"] = f"of {due} that fail or hang, all are kept"
    app.kill()
    vendor.close()
    return result


def peer(sink, folder, all_kinds):
    urls = "".join(f'  - {{url: "{sink.url(kind, number)}", send_resolved: false}}\n' for number, kind in enumerate(all_kinds))
    file = Path(folder) / "am.yml"
    file.write_text(f"route: {{receiver: r, group_by: [alertname], group_wait: 0s, group_interval: 30s, repeat_interval: 1h}}\nreceivers:\n- name: r\n  webhook_configs:\n{urls}")
    command = ["prometheus-alertmanager", f"--config.file={file}", f"--storage.path={folder}/am", "--web.listen-address=127.0.0.1:9193", "--cluster.listen-address=", "--log.level=error"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen("http://127.0.0.1:9193/-/ready", timeout=2)
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(2)
        sink.forget()
        before, began = cpu_s(process.pid), time.time()
        alerts = [{"labels": {"alertname": "a", "vendor": "v"}, "annotations": {"summary": "API: partial outage"}}]
        request = urllib.request.Request("http://127.0.0.1:9193/api/v2/alerts", json.dumps(alerts).encode(), {"content-type": "application/json"})
        urllib.request.urlopen(request, timeout=30)
        wanted = all_kinds.count("ok")
        wait_for(sink, wanted)
        return told(sink, began, wanted, cpu_s(process.pid) - before, peak_mb(process.pid))
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(f"{folder}/am", ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=Path)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--only", choices=["ours", "peer"])
    parser.add_argument("--port", type=int, default=8290)
    arguments = parser.parse_args()
    os.environ["TOCSIN_BINARY"] = str(arguments.binary.resolve())
    with tempfile.TemporaryDirectory() as folder:
        for what, faulty in [("P6", False), ("P7", True)]:
            all_kinds = kinds(arguments.count, faulty)
            row = {"what": what, "receivers": arguments.count}
            for name, measure in [("ours", ours), ("peer", peer)]:
                if arguments.only in (None, name):
                    home = Path(folder) / f"{what}-{name}"
                    home.mkdir()
                    # A sink of its own each: what hangs in one run must not slow the next.
                    sink = Sink(home / "sink", arguments.port)
                    try:
                        row[name] = measure(sink, home, all_kinds)
                    finally:
                        sink.close()
                        time.sleep(1)
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
