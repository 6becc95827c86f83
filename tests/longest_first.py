"""A plugin that begins with the files that take longest, so that none of them is what everybody waits for at the end.

Where a file is not named here it comes after those, as pytest has it. `--no-loadscope-reorder` keeps the order."""

from pathlib import Path

LONG = [
    "web/test_journeys.py",
    "voice/test_handshake.py",
    "web/test_setting_up.py",
    "e2e/test_voice_checks.py",
    "e2e/test_alertmanager.py",
    "web/test_sharing.py",
    "voice/test_desk_faults.py",
    "voice/test_network_flap.py",
    "voice/test_turn.py",
    "voice/test_engines.py",
    "web/test_getting_updates.py",
    "e2e/test_api.py",
    "voice/test_desk.py",
    "voice/test_desk_callers.py",
    "web/test_pages.py",
    "e2e/test_crash.py",
    "e2e/test_delivering.py",
    "web/test_check_page.py",
    "voice/test_desk_pages.py",
    "e2e/test_every_kind.py",
    "e2e/test_later.py",
    "proofs/test_watched_desk.py",
    "e2e/test_receivers.py",
    "e2e/test_demo.py",
    "voice/test_calls.py",
    "web/test_uptime.py",
    "web/test_knowing_better.py",
    "voice/test_browser_leg.py",
    "e2e/test_farm.py",
]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    missing = [name for name in LONG if not (HERE / name).is_file()]
    assert not missing, f"take these off the list of long files, or give their new names: {missing}"
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.relative_to(HERE).as_posix(), len(LONG)))
