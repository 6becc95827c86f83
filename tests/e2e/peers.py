"""Real peers on loopback: a vendor's status page, a webhook receiver, a mail server, and the program itself."""

import contextlib
import gzip
import http.server
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import sseclient
import urllib3

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("TOCSIN_BINARY", ROOT / "target" / "debug" / "tocsin"))
TOKEN = "an-admin-token-for-tests"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, seconds=60, what="it"):
    """Waits until condition() is truthy and returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


class Clock:
    """A wall clock that stands where the test puts it. Timers go on in real time."""

    LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"

    def __init__(self, directory, at):
        self.file = Path(directory) / "clock"
        self.set(at)

    def set(self, at):
        """`at` like 2026-02-20T22:00:40Z."""
        self.at = at
        fresh = self.file.with_suffix(".new")
        fresh.write_text(at.replace("T", " ").removesuffix("Z"))
        fresh.replace(self.file)

    def env(self):
        return {
            "LD_PRELOAD": self.LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC",
        }


class Server:
    """An HTTP server on loopback whose answers a test decides."""

    def __init__(self, port=0, host="127.0.0.1"):
        self.host = host
        self.requests = []
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                seen = {"method": self.command, "path": self.path, "headers": {name.lower(): value for name, value in self.headers.items()}, "body": body, "at": time.time()}
                with outer.lock:
                    outer.requests.append(seen)
                try:
                    outer.respond(self, seen)
                except (BrokenPipeError, ConnectionResetError):
                    pass

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        class Threaded(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, *_):
                """A client that ends, or that a test breaks off, is no error of the server's."""

        self.http = Threaded((host, port), Handler)
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def url(self, path=""):
        return f"http://{self.host}:{self.port}{path}"

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def asked(self, path):
        """The requests for a path, without what stands after a question mark."""
        with self.lock:
            return [seen for seen in self.requests if seen["path"].split("?")[0] == path]

    @staticmethod
    def send(handler, status, body=b"", headers=None):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers = {"content-type": "application/json", **(headers or {})}
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


class Vendor(Server):
    """Status pages by path: {"/harbour/api/v2/summary.json": body or (status, body, headers) or a function}.
    `instead` answers everything below a first folder: {"harbour": …}."""

    def __init__(self):
        self.pages = {}
        self.instead = {}
        super().__init__()

    def respond(self, handler, seen):
        path = seen["path"].split("?")[0]
        page = self.instead.get(path.split("/")[1], self.pages.get(path))
        if page is None:
            return self.send(handler, 404, b"not here")
        if callable(page):
            return page(handler, seen)
        status, body, headers = page if isinstance(page, tuple) else (200, page, {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers = {"content-type": "application/json", **headers}
        tag = '"%x"' % (hash(body) & 0xFFFFFFFFFFFF)
        if status == 200 and seen["headers"].get("if-none-match") == tag:
            seen["unchanged"] = True
            return self.send(handler, 304, b"", {"etag": tag})
        if status == 200:
            headers = {**headers, "etag": tag}
        if "gzip" in seen["headers"].get("accept-encoding", "") and "content-encoding" not in headers and len(body) > 200:
            body = gzip.compress(body)
            headers = {**headers, "content-encoding": "gzip"}
        self.send(handler, status, body, headers)


class Receiver(Server):
    """A webhook receiver. `answers` are (status, body, headers) or functions for the next requests; afterwards
    200, or what `always` says for a path."""

    def __init__(self, port=0, host="127.0.0.1"):
        self.answers = []
        self.always = {}
        self.held = None
        self.open = threading.Event()
        super().__init__(port, host)

    def respond(self, handler, seen):
        if self.held and seen["path"].startswith(self.held):
            self.open.wait(60)
        with self.lock:
            answer = self.answers.pop(0) if self.answers else self.always.get(seen["path"], (200, b"ok"))
        if callable(answer):
            return answer(handler, seen)
        self.send(handler, *answer)

    def hold(self, path="/"):
        """From now on requests to this path get no answer, until released."""
        self.open.clear()
        self.held = path

    def release(self):
        self.held = None
        self.open.set()

    def close(self):
        self.release()
        super().close()

    def attempts(self, path="/"):
        """What tells repeats from news: id and bytes of each request."""
        return [(seen["headers"]["webhook-id"], seen["body"]) for seen in self.received(path)]

    def received(self, path="/"):
        with self.lock:
            return [seen for seen in self.requests if seen["path"].startswith(path)]

    def events(self, path="/"):
        return [json.loads(seen["body"]) for seen in self.received(path)]


class Tocsin:
    """The program with a configuration of its own in a directory of its own."""

    def __init__(self, directory, config="", env=None, clock=None, host="127.0.0.1", port=None, start=True):
        self.directory = Path(directory)
        self.host = host
        self.port = port or free_port()
        self.config = config
        self.env = {**(clock.env() if clock else {}), **(env or {})}
        self.process = None
        if start:
            self.start()

    def base(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, wait=True):
        configured = []
        if self.config is not None:
            file = self.directory / "tocsin.toml"
            file.write_text(self.config)
            configured = ["--config", file]
        self.log = open(self.directory / "log", "ab")
        env = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "TOCSIN_ADMIN_TOKEN": TOKEN, "TOCSIN_LOG": "info", **self.env}
        command = [BINARY, "serve", *configured, "--data", self.directory / "data", "--listen", f"{self.host}:{self.port}"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=env)
        if wait:
            until(self.is_up, 30, "the start")
        return self

    def is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"it ended with {self.process.returncode}:\n{self.logged()}")
        try:
            return self.get("/healthz", raw=True) is not None
        except OSError:
            return False

    def seen(self, health="operational", provider="harbour"):
        """Waits for the first reading of a provider, or for another health of it."""
        until(lambda: self.api(f"/providers/{provider}")["health"] == health, what=f"{provider} {health}")
        return self

    def deliveries(self, state):
        return self.api(f"/deliveries?state={state}&limit=200")["items"]

    def restart(self):
        """Ends it politely and starts it again on the same data."""
        assert self.stop() == 0
        return self.start()

    def logged(self):
        return (self.directory / "log").read_text(errors="replace")

    def get(self, path, raw=False, token=None):
        return self.call("GET", path, raw=raw, token=token)

    def call(self, method, path, raw=False, token=None, body=None):
        request = urllib.request.Request(self.base() + path, method=method, data=body)
        if token:
            request.add_header("authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
        return text if raw else json.loads(text)

    def api(self, path, **how):
        return self.get("/api/v1" + path, **how)

    def opened(self, path):
        """The address at which somebody ends who opens a page."""
        with urllib.request.urlopen(self.base() + path, timeout=10) as answer:
            return answer.url

    def answer(self, path):
        """The headers of an answer."""
        with urllib.request.urlopen(self.base() + path, timeout=10) as answer:
            return {name.lower(): value for name, value in answer.headers.items()}

    def problem(self, method, path, token=None, body=None):
        """What is answered to a request that must fail: status, headers, text."""
        try:
            self.call(method, path, raw=True, token=token, body=body)
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()
        raise AssertionError(f"{method} {path} succeeded")

    def listen(self, after=None):
        """A live stream of events, from now on or after a sequence: what has come is added to the list it gives."""
        headers = {} if after is None else {"last-event-id": str(after)}
        answer = urllib3.PoolManager().request("GET", self.base() + "/api/v1/events", headers=headers, preload_content=False)
        come = []

        def read():
            with contextlib.suppress(urllib3.exceptions.HTTPError, ValueError, AttributeError):
                come.extend(sseclient.SSEClient(answer).events())

        threading.Thread(target=read, daemon=True).start()
        return come

    def kill(self):
        """kill -9: nothing is said goodbye to."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=40):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(seconds)
        self.log.close()
        return self.process.returncode


def run(*arguments, stdin=None, env=None):
    """One command of the program: (exit code, stdout, stderr)."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/tmp", **(env or {})}
    done = subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True, timeout=60, env=environment)
    return done.returncode, done.stdout.decode(), done.stderr.decode()
