"""A network namespace of the test's own: a loopback interface, and no way out."""

import contextlib
import ctypes
import os
import subprocess

NEW_NETWORK = 0x40000000


def checked(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{os.strerror(ctypes.get_errno())}: a namespace of its own needs root")


@contextlib.contextmanager
def apart():
    """What this thread starts within the block sees nothing but its own loopback, and nobody else sees it."""
    system = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        checked(system.unshare(NEW_NETWORK))
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        yield
    finally:
        checked(system.setns(before, NEW_NETWORK))
        os.close(before)
