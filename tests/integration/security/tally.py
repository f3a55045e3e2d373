"""Attacks counted in one place: attempted, refused, and seen by somebody who looks."""

import json
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

    def write(self) -> None:
        """Write build/attacks.json: attempted, refused, visible, and each attack."""
        REPORT.parent.mkdir(exist_ok=True)
        found = sorted(self.outcomes.values(), key=lambda one: one.name)
        content = {
            "attempted": len(found),
            "refused": sum(one.is_refused for one in found),
            "visible": sum(one.is_visible for one in found),
            "attacks": [asdict(one) for one in found],
        }
        REPORT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
