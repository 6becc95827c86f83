import pytest

from peers import Receiver, Tocsin, Vendor


@pytest.fixture
def vendor():
    peer = Vendor()
    yield peer
    peer.close()


@pytest.fixture
def receiver():
    peer = Receiver()
    yield peer
    peer.close()


@pytest.fixture
def tocsin(tmp_path):
    """Starts instances; all of them end with the test, and say their log where it failed."""
    started = []

    def start(config="", **how):
        directory = how.pop("directory", tmp_path)
        instance = Tocsin(directory, config, **how)
        started.append(instance)
        return instance

    yield start
    for instance in started:
        if instance.process and instance.process.poll() is None:
            instance.kill()
        print(instance.logged())
