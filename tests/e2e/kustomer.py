"""The vendor Kustomer as it went on 20 February 2026: when what was said. The words are ours."""

import pages

TITLE = "[Voice] [Trouble accepting Inbound Calls] [PROD 1]"
ID = "v0iceinb0und"

PROD = pages.family("g1", "PROD 1", "c1", "c2")
VOICE = pages.component("c1", "Kustomer Voice", within="g1")
CHAT = pages.component("c2", "Kustomer Chat", within="g1")

POSTMORTEM = r"""## Summary

Agents in **PROD 1** could hear inbound calls ring \(or saw them flash\) but could not accept them.

## Timeline

All times are US Eastern \(ET\).

* 5:01 PM: a fix for an earlier fault is watched
* 5:21 PM: calls fail again; we look into it
* 6:08 PM: a full queue is found \(the one that carries call tokens\)
* 6:33 PM: the queue drains
* 7:01 PM: calls are accepted everywhere

## What follows

1. The queue gets an alarm of its own.
2. Tokens are renewed *before* they run out."""

# What the vendor said, when it said it, and when our clock stood as we looked.
SAID = [
    ("monitoring", "2026-02-20T22:01:00Z", "2026-02-20T22:02:10Z", "A fix for inbound calls is in place and we watch it."),
    ("investigating", "2026-02-20T22:21:00Z", "2026-02-20T22:21:30Z", "Some agents *still* cannot accept inbound calls."),
    ("investigating", "2026-02-20T22:53:00Z", "2026-02-20T22:53:20Z", "We go on looking into it."),
    ("identified", "2026-02-20T23:08:00Z", "2026-02-20T23:09:00Z", "A full queue is the cause; it is being drained."),
    ("monitoring", "2026-02-20T23:33:00Z", "2026-02-20T23:33:45Z", "Calls come through again. We watch."),
    ("resolved", "2026-02-21T00:01:00Z", "2026-02-21T00:01:40Z", "Inbound calls work as they should."),
    ("postmortem", "2026-03-02T16:53:00Z", "2026-03-02T16:54:00Z", POSTMORTEM),
]


def updates(count):
    return [pages.update(f"u{number}", stage, at.replace("Z", ".000Z"), body, ID) for number, (stage, at, _, body) in enumerate(SAID[:count])]


def publish(vendor, count):
    """The page after the first `count` updates."""
    resolved = count >= 6
    voice = VOICE if resolved or not count else {**VOICE, "status": "degraded_performance"}
    trouble = [pages.incident(ID, TITLE, "minor", updates(count), [voice])] if count else []
    indicator = "none" if resolved or not count else "minor"
    pages.publish(vendor, "/kustomer", [PROD, voice, CHAT], trouble, indicator=indicator, name="Kustomer")
