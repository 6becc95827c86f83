"""Kamailio and rtpengine as they are configured in `voice/kamailio`, a carrier beside them, and agents with a softphone in
a browser. All in the network of the test's own, which holds the addresses of the examples."""

import contextlib
import functools
import http.client
import http.server
import shutil
import ssl
import subprocess
import threading
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from desk_floor import EAR
from telephone import Telephone

HERE = Path(__file__).resolve().parent
CONFIGURATIONS = HERE.parents[1] / "voice/kamailio"
SOFTPHONE = HERE / "softphone"
# Of the examples: the machine, a carrier, somebody else, and what agents' pages are called.
MACHINE, CARRIER, STRANGER, NAME = "203.0.113.7", "198.51.100.20", "192.0.2.66", "desk.example.com"
NUMBER = "4930999"
PASSWORDS = {"ada": "CHANGE-ME-ADA", "grace": "CHANGE-ME-GRACE"}


def certificate(folder):
    """For the name of the pages, signed by itself: the files of it and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(timezone.utc)
    one = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "desk.crt", folder / "desk.key"
    files[0].write_bytes(one.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return files


def built(folder):
    """The softphone's page, as one file of script."""
    shutil.copy(SOFTPHONE / "softphone.html", folder / "index.html")
    subprocess.run([SOFTPHONE / "node_modules/.bin/esbuild", SOFTPHONE / "main.js", "--bundle", f"--outfile={folder / 'softphone.js'}", "--log-level=error"], check=True)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Pages:
    """The softphone over HTTPS."""

    def __init__(self, folder, files):
        built(folder)
        self.server = http.server.ThreadingHTTPServer((MACHINE, 443), functools.partial(Quiet, directory=folder))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*files)
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def addressed(network):
    """Gives the network all addresses of the examples."""
    for address in (MACHINE, CARRIER, STRANGER):
        network.run("ip", "address", "add", f"{address}/32", "dev", "lo", check=True)


class Kamailio:
    """With the files of a folder as we publish them, but for what `changes` says of them: what stands there once, and what
    is to stand there instead."""

    def __init__(self, network, folder, of, changes):
        for file in (CONFIGURATIONS / of).iterdir():
            (folder / file.name).write_text(file.read_text())
        for (name, before), after in changes.items():
            text = (folder / name).read_text()
            assert text.count(before) == 1, f"{name} has {before}"
            (folder / name).write_text(text.replace(before, str(after)))
        self.network, self.folder, self.log = network, folder, folder / "kamailio.log"
        # One process in front, so that its end is the end of all; what it leaves in a file lies in the test's own folder.
        self.process = network.start("kamailio", "-DD", "-E", "-Y", folder, "-f", folder / "kamailio.cfg", stdout=self.log.open("w"))

    def asks(self, *words):
        """As one does who looks after it."""
        return self.network.run("kamcmd", "-s", f"unix:{self.folder}/kamailio_ctl", *words, check=True).stdout

    def said(self):
        return self.log.read_text()[-6000:]


class Engine:
    """Kamailio and rtpengine for browsers."""

    def __init__(self, network, folder, ring_ms=20_000):
        self.network, self.folder = network, folder
        addressed(network)
        self.files = certificate(folder)
        self.log = (folder / "rtpengine.log").open("a")
        self.starts_rtpengine()
        self.kamailio = Kamailio(network, folder, "browsers", {
            ("site.cfg", "/etc/kamailio/desk.crt"): self.files[0],
            ("site.cfg", "/etc/kamailio/desk.key"): self.files[1],
            ("site.cfg", "!20000!"): f"!{ring_ms}!",
        })
        network.listens(8443)

    def starts_rtpengine(self):
        self.rtpengine = self.network.start(
            "rtpengine", "--foreground", "--log-stderr", "--config-file", CONFIGURATIONS / "browsers/rtpengine.conf", "--config-section", "rtpengine", stdout=self.log,
        )
        self.network.listens(2225)

    def upgrades(self, origin):
        """What Kamailio answers a page of that origin that asks for a WebSocket."""
        ask = http.client.HTTPSConnection(MACHINE, 8443, context=ssl._create_unverified_context(), timeout=5)
        ask.request("GET", "/", headers={
            "Host": NAME, "Origin": origin, "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "sip",
        })
        with contextlib.closing(ask):
            return ask.getresponse().status

    def sessions(self):
        """Calls that rtpengine carries, or nothing while it does not say."""
        with contextlib.suppress(OSError):
            text = urllib.request.urlopen("http://127.0.0.1:2225/metrics", timeout=5).read().decode()
            return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("rtpengine_sessions{type=\"own\"}"))

    def said(self):
        return self.kamailio.said() + Path(self.log.name).read_text()[-6000:]

    def until(self, true, seconds, what):
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{what}: {self.said()}"
            time.sleep(0.05)



def calls_in(here=CARRIER, user=NUMBER, **how):
    return Telephone(5060, user=user, at=MACHINE, here=here, **how)


class Softphone:
    """A person with the page open."""

    def __init__(self, browser, name="ada", password=None):
        self.context = browser.new_context(ignore_https_errors=True)
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.add_init_script(EAR)
        self.page.goto(f"https://{NAME}/#server=wss://{NAME}:8443&address=sip:{name}@{NAME}&password={password or PASSWORDS[name]}")

    def shows(self, state, seconds=10):
        """Waits until the page says so; what is written beneath it."""
        end = time.monotonic() + seconds
        while (now := self.page.inner_text("#state")) != state:
            assert time.monotonic() < end, f"{now!r} ({self.page.inner_text('#why')!r}), not {state!r}: {self.complaints}"
            self.page.wait_for_timeout(50)
        return self.page.inner_text("#why")

    def heard(self, hz):
        return self.page.evaluate("hz => window.heard[hz] ?? 0", hz)

    def codecs(self):
        """What its browser sends and receives."""
        return self.page.evaluate(
            """async () => {
                const all = [...(await window.peers.at(-1).getStats()).values()];
                const used = all.filter(one => ["inbound-rtp", "outbound-rtp"].includes(one.type)).map(one => one.codecId);
                return all.filter(one => used.includes(one.id)).map(one => one.mimeType);
            }"""
        )

    def close(self):
        self.context.close()
        assert self.complaints == []
