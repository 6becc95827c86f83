"""A caller by SIP, the desk, and an agent in Chromium who accepts by a real click: both hear each other, time after time."""

import time

from counted import noted, spread, times

from desk_floor import both_heard
from staffed import agents, browser, chromium, desk, network  # noqa: F401 (fixtures)

COUNT = times(2, 50)


def test_a_caller_and_an_agent_hear_each_other_every_time(desk, agents):
    ada = agents()
    took = []
    for call in range(COUNT):
        began = time.monotonic()
        telephone = desk.calls_in(caller=f"49305{call:03}")
        ada.shows("Incoming call")
        ada.clicks("Accept")
        ada.shows("Connected")
        both_heard(ada, telephone)
        took.append(time.monotonic() - began)
        assert telephone.codes.count(200) == 1 and len(telephone.sources) == 1
        ada.clicks("Hang up")
        telephone.until(lambda telephone=telephone: telephone.ended == "them", 3, "the caller is told")
        desk.quiet()
        ada.clicks("Done")
        ada.shows("Ready for calls")
    figures = desk.metrics()
    two_way = figures["accept_to_two_way_seconds_count"]
    assert two_way == figures['voice_calls_total{stage="accepted"}'] == COUNT
    assert not [name for name in figures if name.startswith("voice_connect_fail_total")]
    prompt = figures['accept_to_two_way_seconds_bucket{le="1.5"}']
    noted("smoke", calls=COUNT, heard_both_ways=len(took), two_way_within_1500_ms=int(prompt), seconds=spread(took))
