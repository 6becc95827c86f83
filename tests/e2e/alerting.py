"""The real Alertmanager on loopback, seen through its own tool."""

import json
import subprocess
from pathlib import Path

from peers import free_port, until

# Alerts without an end of their own would be over after a second; groups are told at once.
CONFIG = """
global:
  resolve_timeout: 1s
route:
  receiver: hook
  group_by: [alertname, incident, page, maintenance]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
- name: hook
  webhook_configs:
  - url: "{url}"
    send_resolved: true
"""


class Alertmanager:
    """Tells `url` what fires and what is over."""

    def __init__(self, directory, url):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True)
        (self.directory / "config.yml").write_text(CONFIG.format(url=url))
        self.port = free_port()
        self.start()

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        self.log = open(self.directory / "log", "ab")
        command = [
            "prometheus-alertmanager", f"--config.file={self.directory}/config.yml",
            f"--storage.path={self.directory}/data", f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
        ]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        until(lambda: self.amtool("config", "show") is not None, what="the start of Alertmanager")

    def amtool(self, *arguments):
        """What its tool prints; `None` where it fails."""
        command = ["amtool", f"--alertmanager.url={self.url()}", "--output=json", *arguments]
        done = subprocess.run(command, capture_output=True, timeout=20, env={"PATH": "/usr/bin:/bin", "HOME": str(self.directory)})
        return json.loads(done.stdout or b"null") if done.returncode == 0 and done.stdout.strip() else ([] if done.returncode == 0 else None)

    def alerts(self, *matchers):
        return self.amtool("alert", "query", *matchers) or []

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
