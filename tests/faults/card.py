"""The report card of a run of faults: as a table for people, as JSON for machines."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from gateway.topic import Lane
from tests.faults.fault import Blow
from tests.faults.history import Evidence, Fate, Verdict
from tests.faults.record import Step, Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneCount:
    """One lane in messages; `items` are events or values in those that were promised."""

    sent: int
    items: int
    stored: int
    late: int
    lost: int
    duplicated: int
    quarantined: int
    shed: int
    in_outbox: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a run of faults showed.

    Attributes:
        longest_deaf_s: Longest time that a promised alarm waited for its decision [s].
        recovery_s: Per component, the longest time from the end of a fault to the first message
            that was taken after it and came all the way through [s].
        detected_s: How long it took to notice a silence of each kind, at worst [s].
        restarts: Processes that ended by themselves and were started again.
        failures: A sentence for everything that must not be, with its round.
    """

    rounds: int
    seed: int
    took_s: float
    faults: dict[str, int]
    lanes: dict[str, LaneCount]
    duplicates_absorbed: int
    longest_deaf_s: float
    recovery_s: dict[str, float]
    detected_s: dict[str, float]
    restarts: tuple[str, ...]
    failures: tuple[str, ...]

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n")

    def table(self) -> str:
        """The same to be read."""
        names = ("sent", "stored", "late", "lost", "duplicated", "quarantined", "shed", "in_outbox")
        lines = [
            f"{self.rounds} rounds, seed {self.seed}, {self.took_s:.0f} s; faults: "
            + ", ".join(f"{name} {count}" for name, count in self.faults.items()),
            "lane    " + "".join(f"{name:>12}" for name in names),
        ]
        for lane, count in self.lanes.items():
            numbers = asdict(count)
            lines.append(f"{lane:8}" + "".join(f"{numbers[name]:>12}" for name in names))
        lines.append(f"duplicates absorbed: {self.duplicates_absorbed}")
        lines.append(f"longest deaf: {self.longest_deaf_s:.1f} s")
        lines += [f"recovery of {name}: {s:.2f} s" for name, s in sorted(self.recovery_s.items())]
        lines += [f"{name} noticed after {s:.1f} s" for name, s in sorted(self.detected_s.items())]
        lines += [f"ended by itself: {text}" for text in self.restarts]
        lines += [f"FAILURE {text}" for text in self.failures]
        return "\n".join(lines)


def lane_count(lane: Lane, record: Sequence[Taken], verdict: Verdict) -> LaneCount:
    """One lane of the card."""
    promised = [one for one in record if one.lane is lane and one.step is Step.PROMISED]
    return LaneCount(
        sent=len(promised),
        items=sum(len(one.items) for one in promised),
        stored=verdict.count(lane, Fate.OK, Fate.LATE, Fate.DUPLICATED),
        late=verdict.count(lane, Fate.LATE),
        lost=verdict.count(lane, Fate.LOST),
        duplicated=verdict.count(lane, Fate.DUPLICATED),
        quarantined=verdict.count(lane, Fate.QUARANTINED),
        shed=verdict.count(lane, Fate.SHED),
        in_outbox=verdict.count(lane, Fate.IN_OUTBOX),
    )


def recovery(
    blows: Sequence[Blow], record: Sequence[Taken], evidence: Evidence
) -> dict[str, float]:
    """Per component, the longest time to the first alarm that came through afterwards [s].

    A fault whose recovery was overtaken by the next fault says nothing and is left out.
    """
    decided = {row.mark: row.decided_ms for row in evidence.events if row.mark}
    through = [
        (one.promised_ms, at)
        for one in record
        if one.step is Step.PROMISED
        for item in one.items
        if item.mark and (at := decided.get(item.mark)) is not None
    ]
    worst: dict[str, float] = {}
    begins = [blow.began_ms for blow in blows[1:]] + [sys.maxsize]
    for blow, next_ms in zip(blows, begins, strict=True):
        after = [at for promised, at in through if promised >= blow.ended_ms]
        if after and min(after) <= next_ms:
            took_s = max(min(after) - blow.ended_ms, 0) / 1000
            worst[blow.component] = max(worst.get(blow.component, 0.0), took_s)
    return worst
