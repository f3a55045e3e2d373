"""How long it took to notice a silence: kept in build/detected.json by the tests that measure it."""

import json
from collections.abc import Mapping
from pathlib import Path

REPORT = Path(__file__).parents[2] / "build" / "detected.json"


def note(measured: Mapping[str, float]) -> None:
    """Add figures [s] to those of other tests; the newest of a name stands."""
    REPORT.parent.mkdir(exist_ok=True)
    known = json.loads(REPORT.read_text("utf-8")) if REPORT.is_file() else {}
    known |= {name: round(took_s, 1) for name, took_s in measured.items()}
    fresh = REPORT.with_suffix(".new")
    fresh.write_text(json.dumps(known, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    fresh.rename(REPORT)
