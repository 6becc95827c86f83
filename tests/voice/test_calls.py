"""Real calls over real sockets: our probe and our far end with each other, with sipp and with baresip. Each test has a
network of its own."""

import hashlib
import json
import re
import signal
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "proofs")]

from counted import noted, times
from namespace import PROGRAM, Namespace

SCENARIOS = HERE / "scenarios"
# The machine does other things while these calls go on.
EASY = ("--buffer", "160")

# How often each fault is tried, and how many calls there are at once.
ROUNDS, AT_ONCE = times(1, 10), times(8, 16)

# What the far end does, and what the check has to say of it: its verdict and the last code of signalling.
FAULTS = {
    "none": ("pass", 200),
    "silent": ("answered_no_rtp", 200),
    "quiet": ("answered_silent", 200),
    "echo": ("answered_silent", 200),
    "noise": ("one_way_in", 200),
    "deaf": ("one_way_in", 200),
    "wrong-port": ("one_way_in", 200),
    "recording": ("one_way_in", 200),
    "one-way": ("one_way_out", 200),
    "private-address": ("pass", 200),
    "late": ("late_audio", 200),
    "lossy": ("poor_quality", 200),
    "drops-early": ("dropped_early", 200),
    "wrong-codec": ("codec_mismatch", 200),
    "g722-answer": ("codec_mismatch", 200),
    "g722-only": ("codec_mismatch", 488),
    "busy": ("busy", 486),
    "refuses": ("rejected", 503),
    "rings-forever": ("rings_forever", 487),
    "mute": ("not_answered", 487),
}


@pytest.fixture
def network():
    with Namespace() as network:
        yield network


class Answering:
    """`tocsin-voice answer`, from its first line to its last."""

    def __init__(self, network, *how, port=0):
        self.process = network.start(PROGRAM, "answer", "--listen", f"127.0.0.1:{port}", *EASY, *how)
        self.at = json.loads(self.process.stdout.readline())["listening"]
        self.port = int(self.at.rsplit(":", 1)[1])

    def stop(self):
        """Its calls; nothing may be left of any."""
        self.process.send_signal(signal.SIGTERM)
        *calls, last = map(json.loads, self.process.communicate(timeout=20)[0].splitlines())
        assert last == {"stopped": True, "dialogs_left": 0}
        return calls


def call(network, to, *how, codes=(0, 1), control=False):
    """What a check says. Nothing may be left of its call."""
    done = network.run(PROGRAM, "call", to, "--json", *EASY, *([] if control else ["--no-control"]), *how)
    assert done.returncode in codes, f"{to}: {done.returncode}: {done.stdout} {done.stderr}"
    said = json.loads(done.stdout)
    assert said["dialogs_left"] == 0, said
    assert done.returncode == {"pass": 0, "probe_fault": 3}.get(said["verdict"], 1)
    return said


def at_once(tasks):
    """Runs all of them at the same time; what they gave, in their order."""
    with ThreadPoolExecutor(len(tasks)) as pool:
        return [future.result() for future in [pool.submit(task) for task in tasks]]


# ---- our probe and our far end ----


@pytest.fixture(scope="module")
def checked():
    """Calls to each far end: what the check says, and what the far end says of it."""

    def one(network, fault):
        far_end = Answering(network, "--fault", fault, "--rings", "100")
        said = call(network, f"sip:x@{far_end.at}", "--rings", "3")
        return said, far_end.stop()

    with Namespace() as network, ThreadPoolExecutor(AT_ONCE) as pool:
        # The longest first.
        order = sorted(FAULTS, key=lambda fault: fault != "recording")
        futures = {fault: [pool.submit(one, network, fault) for _ in range(ROUNDS)] for fault in order}
        yield {fault: [future.result() for future in rounds] for fault, rounds in futures.items()}


def test_every_fault_that_can_be_asked_for_is_tried(network):
    listed = network.run(PROGRAM, "faults").stdout
    assert {line.split()[0] for line in listed.splitlines()} == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_its_verdict(checked, fault):
    verdict, code = FAULTS[fault]
    came = [(said["verdict"], said["measures"]["sip_code"]) for said, _ in checked[fault]]
    noted(f"verdict of {fault}", calls=len(came), right=came.count((verdict, code)))
    for said, calls in checked[fault]:
        assert (said["verdict"], said["measures"]["sip_code"]) == (verdict, code), said
        # One call came, and who ended it is what both ends say.
        assert len(calls) == 1
        ended = {"drops-early": "us"}.get(fault, "them" if code == 200 else None)
        assert calls[0]["hung_up"] == ended
        assert calls[0]["answered"] == (code == 200)


def test_a_good_call_is_measured(checked):
    said, [told] = checked["none"][0]
    measures = said["measures"]
    assert measures["codec"] == "PCMU" and measures["ptime_ms"] == 20 and measures["hung_up"] == "us"
    assert measures["pdd_ms"] < 1000 and 100 <= measures["answer_ms"] < 2000
    assert measures["first_rtp_ms"] < 500 and 500 < measures["two_way_ms"] < 3000
    assert measures["packets_in"] > 250 and measures["packets_out"] > 250
    assert measures["lost_percent"] < 1 and measures["far_lost_percent"] < 1
    # Both ends hold packets back for 160 ms, and loopback takes no time.
    assert 140 <= measures["mouth_to_ear_ms"] <= 300
    assert -15 < measures["level_dbfs"] < -11
    assert measures["mos"] > 3.5 and measures["round_trip_ms"] < 200
    assert measures["q850"] is None and not measures["latched"]
    # What one end sent the other counted.
    assert abs(told["packets_in"] - measures["packets_out"]) <= 3
    rungs = [rung["what"] for rung in said["ladder"]]
    assert rungs[0] == "we call" and rungs[-1] == "we hang up"
    number = next(rung.split()[-1] for rung in rungs if rung.startswith("we say the number"))
    assert told["number"] == number


def test_faults_are_measured(checked):
    def measures(fault):
        return checked[fault][0][0]["measures"]

    assert measures("drops-early")["hung_up"] == "them"
    # Normal clearing, as its BYE said.
    assert measures("drops-early")["q850"] == 16
    assert measures("private-address")["latched"]
    assert 15 < measures("lossy")["lost_percent"] < 25
    # The far end heard us, and says so only in its reports.
    one_way = measures("one-way")
    assert one_way["packets_in"] == 0 and one_way["far_lost_percent"] is not None
    # The packets go nowhere, and the call looks well: only what is heard tells.
    wrong_port = measures("wrong-port")
    assert wrong_port["lost_percent"] < 1 and wrong_port["mos"] > 3.5


def test_a_call_is_recorded_and_shown(network, tmp_path):
    far_end = Answering(network)
    for _ in range(5):
        done = network.run(PROGRAM, "call", f"sip:x@{far_end.at}", *EASY, "--codec", "pcma", "--record", tmp_path)
        # On a busy machine it may not hear its own echo: then it says nothing of the far end.
        if "probe_fault" not in done.stdout:
            break
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the far end says that it hears us" in done.stdout and "PCMA, 20 ms a packet" in done.stdout
    # With a control call beside it, of which nothing is to be said.
    assert done.stdout.rstrip().endswith("pass: Both ends heard each other.") and "control" not in done.stdout
    far_end.stop()
    for name in ("sent.wav", "heard.wav"):
        wav = (tmp_path / name).read_bytes()
        assert wav[:4] == b"RIFF" and struct.unpack("<I", wav[40:44])[0] == len(wav) - 44
        samples = struct.unpack(f"<{(len(wav) - 44) // 2}h", wav[44:])
        assert 5 * 8000 < len(samples) < 15 * 8000
        assert max(samples) > 5000


def test_over_tcp_and_tls(network, tmp_path):
    authority, certificate, key = certificates(tmp_path, "localhost")
    over_tcp = Answering(network, "--transport", "tcp")
    over_tls = Answering(network, "--transport", "tls", "--certificate", certificate, "--key", key)
    believing = ("--authority", authority, "--transport", "tls")
    tcp, tls, named, unknown = at_once([
        lambda: call(network, f"sip:x@{over_tcp.at};transport=tcp"),
        lambda: call(network, f"sips:x@localhost:{over_tls.port}", "--authority", authority),
        lambda: call(network, f"sip:x@{over_tls.at}", *believing),
        lambda: call(network, f"sip:x@localhost:{over_tls.port}", "--transport", "tls"),
    ])
    assert (tcp["verdict"], tls["verdict"]) == ("pass", "pass"), (tcp, tls)
    assert named["verdict"] == unknown["verdict"] == "not_answered"
    assert "call it by the name that its certificate bears" in named["trouble"]
    assert "needs its authority given" in unknown["trouble"]
    assert len(over_tcp.stop()) == 1 and len(over_tls.stop()) == 1


def certificates(folder, name):
    def key_and_name(common):
        return ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])

    def signed(subject, own, issuer, by, extension):
        now = datetime.now(timezone.utc)
        return (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
            .add_extension(extension, critical=False).sign(by, hashes.SHA256())
        )

    authority_key, authority_name = key_and_name("a house of its own")
    own_key, own_name = key_and_name(name)
    pem = serialization.Encoding.PEM
    authority = signed(authority_name, authority_key, authority_name, authority_key, x509.BasicConstraints(True, None))
    own = signed(own_name, own_key, authority_name, authority_key, x509.SubjectAlternativeName([x509.DNSName(name)]))
    files = {
        "authority.pem": authority.public_bytes(pem),
        "certificate.pem": own.public_bytes(pem),
        "key.pem": own_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    }
    for file, content in files.items():
        (folder / file).write_bytes(content)
    return [folder / file for file in files]


def test_whoever_is_asked_proves_who_they_are(network):
    far_end = Answering(network, "--user", "check", "--password", "s3cret", "--fault", "busy")
    how = ("--rings", "5", "--user", "check", "--password")
    right, wrong, nobody = at_once([
        lambda: call(network, f"sip:x@{far_end.at}", *how, "s3cret"),
        lambda: call(network, f"sip:x@{far_end.at}", *how, "guess"),
        lambda: call(network, f"sip:x@{far_end.at}"),
    ])
    assert (right["verdict"], right["measures"]["sip_code"]) == ("busy", 486)
    for said in (wrong, nobody):
        assert (said["verdict"], said["measures"]["sip_code"]) == ("rejected", 401)
    assert len(far_end.stop()) == 1


def test_whoever_is_stopped_leaves_no_call_behind(network):
    ringing, talking = Answering(network, "--fault", "rings-forever"), Answering(network)
    calling = [network.start(PROGRAM, "call", f"sip:x@{one.at}", "--no-control") for one in (ringing, talking)]
    time.sleep(2)
    for process in calling:
        process.send_signal(signal.SIGTERM)
    for process in calling:
        said = process.communicate(timeout=10)[0]
        assert process.returncode == 3 and "the call has been ended" in said
    assert [one["answered"] for one in ringing.stop()] == [False]
    [talked] = talking.stop()
    assert talked["answered"] and talked["hung_up"] == "them"


def test_what_cannot_be_called_is_said(network):
    far_end = Answering(network)

    def run(*how):
        done = network.run(PROGRAM, *how)
        return done.returncode, done.stdout + done.stderr

    for code, words, how in [
        (2, "cannot be looked up", ("call", "sip:x@nowhere.invalid", "--no-control")),
        (2, "one looks like sip:alice@example.com", ("call", "tel:+4930123")),
        (2, "in use by another program (udp)", ("answer", "--listen", far_end.at)),
        (2, "choose an address of this machine", ("answer", "--listen", "192.0.2.1:5060")),
        (2, "--certificate FILE and --key FILE", ("answer", "--listen", "127.0.0.1:0", "--transport", "tls")),
        (2, "is no fault that can be asked for", ("answer", "--fault", "tired")),
        (3, "no way leads from here to 192.0.2.1:5060", ("call", "sip:x@192.0.2.1", "--no-control")),
        (1, "is it the right port and transport?", ("call", "sip:x@127.0.0.1:9", "--transport", "tcp", "--no-control")),
        (1, "not_answered", ("call", "sip:x@127.0.0.1:9", "--rings", "1", "--no-control")),
    ]:
        said = run(*how)
        assert said[0] == code and words in said[1], (how, said)
    far_end.stop()


def test_signalling_can_be_watched(network):
    far_end = Answering(network, "--fault", "busy")
    done = network.run(PROGRAM, "call", f"sip:x@{far_end.at}", "--no-control", "--verbose")
    assert done.returncode == 1 and "busy:" in done.stdout
    for line in ("INVITE sip:x@", "SIP/2.0 486 Busy Here", "User-Agent: tocsin/"):
        assert line in done.stderr, done.stderr
    # Each message once.
    assert done.stderr.count("INVITE sip:x@") == 1
    far_end.stop()


def test_a_domain_says_who_takes_its_calls(network, tmp_path):
    far_end = Answering(network, "--fault", "busy")
    network.start("python3", HERE / "nameserver.py", far_end.port)
    network.listens(53)
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    believing = f"mount --bind {tmp_path / 'resolv.conf'} /etc/resolv.conf && exec \"$@\""
    done = network.run(
        "unshare", "-m", "sh", "-c", believing, "sh",
        PROGRAM, "call", "sip:x@trunk.example", "--json", "--no-control", "--rings", "5", *EASY,
    )
    said = json.loads(done.stdout)
    assert said["verdict"] == "busy", (said, done.stderr)
    assert len(far_end.stop()) == 1


# ---- packets that are lost ----


def test_what_is_lost_comes_again(network):
    forgetful = HERE / "forgetful.py"
    callee = network.start("python3", forgetful, "callee", 5600)
    network.listens(5600)
    said = call(network, "sip:x@127.0.0.1:5600", "--patience", "3")
    assert (said["verdict"], said["measures"]["answer_ms"] >= 500) == ("answered_no_rtp", True)
    assert json.loads(callee.communicate(timeout=20)[0]) == {"INVITE": 2, "ACK": 3, "BYE": 2}
    far_end = Answering(network, "--rings", "0")
    caller = network.run("python3", forgetful, "caller", 5700, far_end.port)
    seen = json.loads(caller.stdout)
    assert seen["200"] == 3 and seen["BYE"] == "200"
    assert [one["hung_up"] for one in far_end.stop()] == ["them"]


# ---- sipp ----


class Sipp:
    def __init__(self, network, folder, name, *how):
        self.folder = folder / name
        self.folder.mkdir()
        scenario = ["-sn", name] if name in ("uas", "uac") else ["-sf", SCENARIOS / f"{name}.xml"]
        self.process = network.start(
            "sipp", *scenario, *how, "-i", "127.0.0.1", "-nostdin", "-trace_err", "-trace_msg", cwd=self.folder,
            stdout=(self.folder / "screen").open("w"),
        )

    def messages(self):
        return "".join(path.read_text() for path in self.folder.glob("*_messages.log"))

    def errors(self):
        return "".join(path.read_text() for path in self.folder.glob("*_errors.log"))

    def done(self):
        assert self.process.wait(40) == 0, self.errors() + self.messages()


def test_sipp_is_called(network, tmp_path):
    cases = {
        "uas_busy": ("busy", 486, 17),
        "uas_unavailable": ("rejected", 503, 34),
        "uas_digest": ("answered_no_rtp", 200, None),
        "uas_proxy_digest": ("answered_no_rtp", 200, None),
        # The call was given up, and then answered: nobody may be left in it.
        "uas_late_answer": ("rings_forever", 200, None),
        "uas_holds": ("answered_no_rtp", 200, None),
    }
    peers = {}
    for number, name in enumerate(cases):
        port = 5200 + 10 * number
        peers[name] = port, Sipp(network, tmp_path, name, "-p", port, "-mp", port + 1000, "-m", 1)
    echo = Sipp(network, tmp_path, "uas", "-p", 5300, "-mp", 6300, "-rtp_echo", "-m", 1)
    over_tcp = Sipp(network, tmp_path, "uas_answers", "-p", 5310, "-t", "t1", "-m", 1)
    for port in (5300, 5310, *(port for port, _ in peers.values())):
        network.listens(port)
    how = ("--rings", "2", "--patience", "3", "--user", "check", "--password", "s3cret")
    *answers, echoed, tcp = at_once([
        *[lambda port=port: call(network, f"sip:x@127.0.0.1:{port}", *how) for port, _ in peers.values()],
        lambda: call(network, "sip:x@127.0.0.1:5300"),
        lambda: call(network, "sip:x@127.0.0.1:5310", "--transport", "tcp", "--patience", "1"),
    ])
    for (name, expected), said in zip(cases.items(), answers, strict=True):
        measures = said["measures"]
        assert (said["verdict"], measures["sip_code"], measures["q850"]) == expected, (name, said)
        # It saw its scenario through, to the last BYE.
        peers[name][1].done()
    over_tcp.done()
    assert tcp["measures"]["sip_code"] == 200
    # Our own voice is heard, and it is no proof of anybody else.
    assert echoed["verdict"] == "answered_silent" and "our own voice" in echoed["why"]
    assert echoed["measures"]["packets_in"] > 200
    verify_digest(peers["uas_proxy_digest"][1].messages())
    names = re.findall(r"^(?:User-Agent|Call-ID): *(.*)$", peers["uas_busy"][1].messages(), re.M)
    assert all(name.startswith("tocsin/") or name.endswith("@tocsin") for name in names), names


def verify_digest(messages):
    """RFC 7616 by hand."""
    said = re.search(r"^Proxy-Authorization: Digest (.*)$", messages, re.M).group(1)
    field = dict(re.findall(r'(\w+)="?([^",]*)"?', said))

    def md5(*parts):
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    secret, what = md5("check", "trunk.example", "s3cret"), md5("INVITE", field["uri"])
    right = md5(secret, field["nonce"], field["nc"], field["cnonce"], field["qop"], what)
    assert field["response"] == right and "qop=auth," in said, said


def test_sipp_calls(network, tmp_path):
    far_end = Answering(network, "--rings", "400")
    asking = Answering(network, "--user", "check", "--password", "s3cret")
    over_tcp = Answering(network, "--transport", "tcp")
    names = ["uac_holds", "uac_gives_up", "uac_g722", "uac_asks", "uac_offers_nothing"]
    callers = [Sipp(network, tmp_path, name, far_end.at, "-p", 5400 + 10 * at, "-m", 1) for at, name in enumerate(names)]
    callers.append(Sipp(network, tmp_path, "uac_digest", asking.at, "-p", 5500, "-m", 1))
    callers.append(Sipp(network, tmp_path, "uac", over_tcp.at, "-t", "t1", "-p", 5510, "-m", 3, "-d", 500))
    for caller in callers:
        caller.done()
    calls = far_end.stop()
    # Held twice, given up, refused, and one in which nothing was offered at first.
    assert sorted(one["changes"] for one in calls) == [0, 0, 0, 2]
    assert sorted(one["answered"] for one in calls) == [False, False, True, True]
    [held] = [one for one in calls if one["changes"] == 2]
    [unchanged] = [one for one in calls if one["answered"] and one["changes"] == 0]
    # While it was held nothing was sent; the other heard us all the time.
    assert 20 < held["packets_out"] < 60 and unchanged["packets_out"] > 15
    assert len(asking.stop()) == 1 and len(over_tcp.stop()) == 3


# ---- two machines, and baresip on one of them ----


@pytest.fixture
def two_machines(network):
    """Ours at 10.9.0.1, and another at 10.9.0.2."""
    with Namespace(within=network) as other:
        network.tied(other, "10.9.0.1/24", "10.9.0.2/24")
        other.run("ip", "route", "add", "default", "via", "10.9.0.1", check=True)
        yield network, other


def baresip(folder, port):
    modules = next(Path("/usr/lib").glob("**/baresip/modules"))
    folder.mkdir()
    (folder / "config").write_text(
        f"sip_listen 0.0.0.0:{port}\nnet_interface cable\nmodule_path {modules}\n"
        # Its source has to be of this kind.
        "audio_source ausine,440\nausrc_srate 48000\nausrc_channels 2\nauplay_srate 48000\nauplay_channels 2\n"
        f"audio_player aufile,{folder}/played.wav\naudio_alert aufile,{folder}/alert.wav\n"
        "module g711.so\nmodule ausine.so\nmodule aufile.so\nmodule_app menu.so\nmodule_app account.so\n"
    )
    (folder / "accounts").write_text("<sip:bare@10.9.0.2>;regint=0;answermode=auto\n")
    return folder


def test_baresip_is_called_and_calls(two_machines, tmp_path):
    here, there = two_machines
    there.start("baresip", "-f", baresip(tmp_path / "called", 5060), "-t", "30", stdout=(tmp_path / "log").open("w"))
    there.listens(5060)
    far_end = here.start(PROGRAM, "answer", "--listen", "10.9.0.1:5070")
    assert json.loads(far_end.stdout.readline())["listening"] == "10.9.0.1:5070"
    said, _ = at_once([
        lambda: call(here, "sip:bare@10.9.0.2", "--codec", "pcma", "--patience", "8"),
        lambda: there.run(
            "baresip", "-f", baresip(tmp_path / "calls", 5062), "-t", "5", "-e", "/dial sip:desk@10.9.0.1:5070"
        ),
    ])
    # It hums, which proves nothing of what it hears; its reports say that our packets came.
    assert said["verdict"] == "one_way_in" and "not what the far end was to send" in said["why"], said
    measures = said["measures"]
    assert measures["codec"] == "PCMA" and measures["packets_in"] > 300 and measures["hung_up"] == "us"
    assert measures["far_lost_percent"] < 5
    far_end.send_signal(signal.SIGTERM)
    came, last = map(json.loads, far_end.communicate(timeout=20)[0].splitlines())
    assert came["from"].startswith("sip:bare@10.9.0.2") and came["answered"] and came["hung_up"] == "them"
    assert came["packets_in"] > 100 and came["packets_out"] > 100 and not came["heard"]
    assert last["dialogs_left"] == 0


def test_a_probe_that_is_ill_says_so_and_blames_nobody(two_machines):
    here, there = two_machines
    far_end = there.start(PROGRAM, "answer", "--listen", "10.9.0.2:5070")
    there.listens(5070)
    # The way out is well, and the probe cannot call itself.
    here.run("ip", "link", "set", "lo", "down", check=True)
    said = call(here, "sip:x@10.9.0.2:5070", codes=(3,), control=True)
    assert said["verdict"] == "probe_fault" and said["control"]["verdict"] != "pass"
    assert said["measures"]["two_way_ms"] is not None
    far_end.terminate()
