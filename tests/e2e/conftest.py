import contextlib

import pytest

from mailserver import Mailbox
from peers import Receiver, Tocsin, Vendor
from postgres import Postgres


@contextlib.contextmanager
def closing(*peers):
    try:
        yield peers if len(peers) > 1 else peers[0]
    finally:
        for peer in peers:
            peer.close()


@contextlib.contextmanager
def instances(directory):
    """Starts instances; all of them end with the block, and say their log (shown where a test failed)."""
    started = []

    def start(config="", **how):
        instance = Tocsin(how.pop("directory", directory), config, **how)
        started.append(instance)
        return instance

    try:
        yield start
    finally:
        for instance in started:
            if instance.process and instance.process.poll() is None:
                instance.kill()
            print(instance.logged())
            assert "panicked at" not in instance.logged(), "a fault of ours, whatever the test was about"


@pytest.fixture
def vendor():
    with closing(Vendor()) as peer:
        yield peer


@pytest.fixture
def receiver():
    with closing(Receiver()) as peer:
        yield peer


@pytest.fixture
def mailbox():
    with closing(Mailbox()) as peer:
        yield peer


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server of our own; each test takes a database of its own from it."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def tocsin(tmp_path):
    with instances(tmp_path) as start:
        yield start
