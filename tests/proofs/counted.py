"""How often each proof is done: a few times in `./test`, and as often as docs/proofs/voice.md says in `./test --long`."""

import json
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for room in ("voice", "web", "e2e"):
    sys.path.insert(0, str(ROOT / "tests" / room))

IS_LONG = os.environ.get("TOCSIN_PROOFS") == "long"


def times(short, long):
    return long if IS_LONG else short


def noted(proof, **figures):
    """Adds what came of a proof to target/proofs.jsonl, and prints it."""
    line = json.dumps({"proof": proof, "at": f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}", **figures})
    with open(ROOT / "target/proofs.jsonl", "a") as file:
        file.write(line + "\n")
    print(line)


def spread(seconds):
    """The middle, the 95th percentile and the longest of what was measured."""
    ordered = sorted(seconds)
    return {"half": round(ordered[len(ordered) // 2], 1), "p95": round(ordered[len(ordered) * 95 // 100], 1), "all": round(ordered[-1], 1)}
