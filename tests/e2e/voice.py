"""A telephone that answers as a check expects it, or wrongly: `tocsin-voice answer` on loopback."""

import json
import os
import signal
import subprocess
import threading

from peers import ROOT

PROGRAM = ROOT / "target" / "debug" / "tocsin-voice"


class Telephone:
    """Always at the same port, so that it can answer otherwise from now on."""

    def __init__(self, fault="none", *how):
        self.port = 0
        self.process = None
        self.how = how
        self.answer(fault)

    def answer(self, fault, *how):
        self.close()
        listen = ["--listen", f"127.0.0.1:{self.port}", "--buffer", "160", "--rings", "50"]
        command = [PROGRAM, "answer", *listen, "--fault", fault, *self.how, *how]
        env = {"PATH": os.environ["PATH"]}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        self.port = int(json.loads(self.process.stdout.readline())["listening"].rsplit(":", 1)[1])
        self.said = []
        # Whoever is not listened to stops talking, and then answering, after some hundred calls.
        self.reader = threading.Thread(target=self.said.extend, args=(self.process.stdout,), daemon=True)
        self.reader.start()
        return self

    def close(self):
        """Its calls, as it told of them."""
        if not self.process:
            return []
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.reader.join(20)
        self.process.stdout.close()
        calls = [json.loads(line) for line in self.said]
        self.process = None
        return [call for call in calls if "from" in call]
