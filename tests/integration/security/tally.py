"""Attacks counted in one place: attempted, refused, and seen by somebody who looks."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

REPORT = Path(__file__).parents[3] / "build" / "attacks.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attack.

    Attributes:
        is_visible: The attacker got a reason code, or the broker's log has a line that shows it.
    """

    name: str
    is_refused: bool
    is_visible: bool


@dataclass(slots=True)
class Tally:
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def add(self, name: str, *, is_refused: bool, is_visible: bool) -> None:
        """Count an attack; a test that fails here names it."""
        self.outcomes[name] = Outcome(name=name, is_refused=is_refused, is_visible=is_visible)
        assert is_refused, f"{name}: was let through"
        assert is_visible, f"{name}: was refused and nobody can see it"

    def write(self, report: Path = REPORT) -> None:
        """Write build/attacks.json: attempted, refused, visible, and each attack.

        The workers of one run write one after another; each adds its own to those of the others.
        """
        report.parent.mkdir(exist_ok=True)
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
        with report.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            written = json.loads(text) if text else {}
            others = written.get("attacks", ()) if written.get("run") == run else ()
            attacks = {one["name"]: one for one in others}
            attacks |= {name: asdict(one) for name, one in self.outcomes.items()}
            content = {
                "run": run,
                "attempted": len(attacks),
                "refused": sum(one["is_refused"] for one in attacks.values()),
                "visible": sum(one["is_visible"] for one in attacks.values()),
                "attacks": [attacks[name] for name in sorted(attacks)],
            }
            file.truncate(0)
            file.write(json.dumps(content, indent=1) + "\n")
