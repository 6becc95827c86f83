"""P9: what the pages of a team with 5,000 monitors cost, beside a static file of the same size from the same server.

    python3 dashboard.py BINARY [--monitors N] [--requests N]

Starts a vendor of 5,000 small status pages on loopback, the program with a monitor on each (every tenth on one chosen
component), and asks for each page over one connection, one request after another. Server time is the wall clock of a
request on loopback; CPU is user + system of the program alone, polls that fall into the time included; the limit is the largest static file of the same program over the same connection.
"""

import argparse
import gzip
import http.client
import http.server
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

LISTEN = "127.0.0.1:8496"
TROUBLE = 97
DARK = 211


def body(number):
    ill = number % TROUBLE == 0
    parts = [
        {"id": f"c{part}", "name": name, "status": "partial_outage" if ill and part == 0 else "operational", "group_id": None, "group": False, "only_show_if_degraded": False}
        for part, name in enumerate(("API", "Dashboard", "Webhooks", "Login"))
    ]
    said = {"id": f"u{number}", "status": "investigating", "body": "We are looking into it.", "display_at": "2026-02-20T22:21:00.000Z", "created_at": "2026-02-20T22:21:00.000Z", "updated_at": "2026-02-20T22:21:00.000Z", "incident_id": f"k{number}"}
    incident = {"id": f"k{number}", "name": f"Answers are slow at {number}", "status": "investigating", "impact": "major", "created_at": "2026-02-20T22:21:00.000Z", "updated_at": "2026-02-20T22:21:00.000Z", "started_at": "2026-02-20T22:21:00.000Z", "resolved_at": None, "shortlink": f"https://status.example.com/incidents/k{number}", "page_id": f"page{number}", "incident_updates": [said], "components": parts[:1]}
    return json.dumps({
        "page": {"id": f"page{number}", "name": f"Vendor {number}", "url": "https://status.example.com", "time_zone": "Etc/UTC", "updated_at": "2026-01-01T00:00:00.000Z"},
        "components": parts, "incidents": [incident] if ill else [], "scheduled_maintenances": [],
        "status": {"indicator": "major" if ill else "none", "description": ""},
    }).encode()


def cpu(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


class Silent(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """The program was stopped in the middle of an answer."""


class Vendor(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        slug, _, rest = self.path.strip("/").partition("/")
        number = int(slug[1:])
        dark = number % DARK == 1
        answer = b"broken" if dark else body(number) if rest.startswith("api/v2/summary") else b'{"incidents": [], "scheduled_maintenances": []}'
        self.send_response(500 if dark else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def configuration(port, monitors):
    entries = "".join(
        f'[[provider]]\nslug = "v{n:05}"\nname = "Vendor {n:05}"\npage = "http://127.0.0.1:{port}/v{n:05}"\nplatform = "statuspage"\n'
        f'[[monitor]]\nprovider = "v{n:05}"\n' + ('components = ["API"]\n' if n % 10 == 0 else "")
        for n in range(monitors)
    )
    return f'[poll]\nspread = "0s"\ninterval = "10m"\nactive_interval = "10m"\n[net]\nallow_private = ["127.0.0.0/8"]\n{entries}'


def ask(connection, path, encoding="gzip"):
    began = time.perf_counter()
    connection.request("GET", path, headers={"accept-encoding": encoding})
    answer = connection.getresponse()
    text = answer.read()
    spent = time.perf_counter() - began
    assert answer.status == 200, (path, answer.status)
    return spent * 1000, text


def measure(pid, path, requests):
    connection = http.client.HTTPConnection(LISTEN, timeout=30)
    for _ in range(5):
        ask(connection, path)
    used = cpu(pid)
    spent = sorted(ask(connection, path)[0] for _ in range(requests))
    used = (cpu(pid) - used) / requests
    text = ask(connection, path)[1]
    plain = gzip.decompress(text) if text[:2] == b"\x1f\x8b" else text
    at = lambda share: round(spent[min(len(spent) - 1, int(len(spent) * share))], 2)
    return {"path": path, "p50_ms": at(0.5), "p99_ms": at(0.99), "cpu_ms": round(used, 2), "kb_gzip": round(len(text) / 1000, 1), "kb_plain": round(len(plain) / 1000, 1)}


def ready(monitors):
    """Every page was asked: nothing is waiting for its first reading."""
    try:
        text = ask(http.client.HTTPConnection(LISTEN, timeout=30), "/", "identity")[1].decode()
    except OSError:
        return False
    return f"of your {monitors:,} vendors" in text and "not read yet" not in text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--monitors", type=int, default=5000)
    parser.add_argument("--requests", type=int, default=300)
    arguments = parser.parse_args()
    server = Silent(("127.0.0.1", 0), Vendor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.toml"
        file.write_text(configuration(server.server_address[1], arguments.monitors))
        command = [arguments.binary, "serve", "--config", file, "--data", Path(folder) / "data", "--listen", LISTEN]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "TOCSIN_LOG": "error"})
        try:
            began = time.monotonic()
            while not ready(arguments.monitors):
                if process.poll() is not None or time.monotonic() - began > 300:
                    sys.exit("the first sweep did not end")
                time.sleep(0.5)
            for path in ("/", "/?page=40", "/?q=vendor+00097", "/?health=unknown", "/providers", "/providers?q=vendor+00097", "/providers/v00097", "/static/htmx.min.js"):
                print(json.dumps(measure(process.pid, path, arguments.requests)), flush=True)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


if __name__ == "__main__":
    main()
