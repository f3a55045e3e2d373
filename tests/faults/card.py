"""The report card of a run of faults: as a table for people, as JSON for machines."""

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from gateway.topic import Lane
from tests.faults.fault import Blow
from tests.faults.history import Evidence, Fate, Verdict
from tests.faults.record import Step, Taken

NOT_COVERED: Final = (
    "power loss of the disk: writes that the disk lost or reordered after it had confirmed them",
    "gateways that lie: a gateway with its own password can say what it likes of its own assets",
    "two sites that are cut apart and both go on: there is one platform",
    "the Community edition under concurrent load: it is proved on one connection",
)
_BAR: Final = 40


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
        capabilities: What this machine allowed the faults to be made of.
        not_covered: What no round shows, in sentences.
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
    machine: str = ""
    capabilities: Mapping[str, str] = field(default_factory=dict)
    not_covered: tuple[str, ...] = NOT_COVERED

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
        lines += [f"{name}: {text}" for name, text in self.capabilities.items()]
        lines += ["", *self.picture(), ""]
        lines += [f"FAILURE {text}" for text in self.failures]
        return "\n".join(lines)

    def picture(self) -> list[str]:
        """What became of the messages, and how long everything took to come back, as bars."""
        lines = []
        for lane, count in self.lanes.items():
            kept = count.stored / max(count.sent, 1)
            words = f"stored {count.stored} of {count.sent}, shed {count.shed},"
            words += f" LOST {count.lost}, DOUBLED {count.duplicated}"
            lines.append(f"{lane:>18} |{bar(kept)}| {words}")
        longest_s = max([self.longest_deaf_s, *self.recovery_s.values(), 1.0])
        shown = {"longest deaf": self.longest_deaf_s, **dict(sorted(self.recovery_s.items()))}
        lines += [f"{name[:18]:>18} |{bar(s / longest_s)}| {s:.2f} s" for name, s in shown.items()]
        return lines


def bar(share: float) -> str:
    """A bar of a share from 0 to 1; it is full only when nothing is missing."""
    full = int(min(max(share, 0.0), 1.0) * _BAR)
    return "#" * full + "." * (_BAR - full)


def machine() -> str:
    """What the figures were measured on."""
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, Linux {platform.release()}, Python {platform.python_version()}"


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
