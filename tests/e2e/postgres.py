"""A PostgreSQL server on a private socket, run by a user that is not root (the server refuses root)."""

import glob
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg


class Postgres:
    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="tocsin-pg-"))
        self.bin = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        self.prefix = []
        if os.getuid() == 0:
            shutil.chown(self.home, "postgres")
            self.prefix = ["runuser", "-u", "postgres", "--"]
        self.run("initdb", "-D", self.home / "data", "-U", "tocsin", "--auth=trust", "-E", "UTF8", "--no-sync")
        self.start()
        self.taken = 0

    def run(self, program, *arguments):
        command = [*self.prefix, self.bin / program, *map(str, arguments)]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)

    def start(self):
        options = f"-k {self.home} -c listen_addresses='' -c fsync=off"
        self.run("pg_ctl", "-D", self.home / "data", "-w", "-l", self.home / "log", "-o", options, "start")

    def stop(self):
        """At once: every connection breaks."""
        self.run("pg_ctl", "-D", self.home / "data", "-m", "immediate", "-w", "stop")

    def database(self):
        """The address of a new, empty database."""
        self.taken += 1
        name = f"tocsin{self.taken}"
        self.run("createdb", "-h", self.home, "-U", "tocsin", name)
        return f"postgres://tocsin@localhost/{name}?host={self.home}"

    def ask(self, url, query):
        """The rows of a query."""
        with psycopg.connect(url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def close(self):
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
