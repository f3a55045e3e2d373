"""What is wrong with a responsibility matrix: gaps, lines that never win, places without anybody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analytics.duty import Duty, Limit, Matrix, Surroundings, line_for, resolve
from gateway.catalogue import ASSET_CLASSES, AssetClass, EventKind, event_kind


class Fault(StrEnum):
    """Kinds of findings."""

    GAP = "gap"
    """An event that can be an alarm has no line."""
    NEVER_WINS = "never_wins"
    """For every event a more exact line stands in front of it."""
    NO_BUREAU = "no_bureau"
    """Life safety whose line does not tell the bureau."""
    NO_ACCEPTANCE = "no_acceptance"
    """A line that opens an order sets no time in which somebody accepts it."""
    DEAD_END = "dead_end"
    """At a place nobody answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    fault: Fault
    subject: str
    sentence: str


def check(matrix: Matrix, places: Sequence[Surroundings] = ()) -> list[Finding]:
    """Everything that is wrong, gaps first.

    Args:
        matrix: The lines.
        places: Each compound with who is there now.
    """
    return [
        *_gaps(matrix.duties),
        *_never_wins(matrix.duties),
        *_wrong_lines(matrix.duties),
        *_dead_ends(matrix.duties, places),
    ]


def possible_alarms() -> Iterator[tuple[EventKind, AssetClass]]:
    """Each event that can be an alarm, on each class where it can happen."""
    anywhere = (event_kind("early_warning"), event_kind("unknown_event"))
    for asset_class in ASSET_CLASSES:
        for kind in (*asset_class.events, *anywhere):
            if kind.opens_alarm:
                yield kind, asset_class


def _gaps(duties: Sequence[Duty]) -> Iterator[Finding]:
    for kind, asset_class in possible_alarms():
        if line_for(duties, kind, asset_class.name, "") is None:
            subject = f"{kind.name} on {asset_class.name}"
            yield Finding(
                fault=Fault.GAP, subject=subject, sentence=f"no line answers for {subject}"
            )


def _never_wins(duties: Sequence[Duty]) -> Iterator[Finding]:
    everywhere = [duty for duty in duties if duty.place_path is None]
    winners = {
        found.key
        for kind, asset_class in possible_alarms()
        if (found := line_for(everywhere, kind, asset_class.name, "")) is not None
    }
    for duty in everywhere:
        # The line for everything also catches records of assets that nobody registered.
        if duty.key not in winners and duty.event != "*":
            yield Finding(
                fault=Fault.NEVER_WINS,
                subject=duty.key,
                sentence=f"line {duty.line} ({duty.key}) never applies: others are more exact",
            )


def _wrong_lines(duties: Sequence[Duty]) -> Iterator[Finding]:
    for kind, asset_class in possible_alarms():
        duty = line_for(duties, kind, asset_class.name, "")
        if duty is not None and kind.is_life_safety and not duty.tells_bureau:
            sentence = f"line {duty.line} ({duty.key}) is life safety and tells no bureau"
            yield Finding(fault=Fault.NO_BUREAU, subject=duty.key, sentence=sentence)
    for duty in duties:
        if duty.opens_order and Limit.ACCEPT not in duty.limits:
            sentence = f"line {duty.line} ({duty.key}) opens an order and limits no acceptance"
            yield Finding(fault=Fault.NO_ACCEPTANCE, subject=duty.key, sentence=sentence)


def _dead_ends(duties: Sequence[Duty], places: Sequence[Surroundings]) -> Iterator[Finding]:
    for there in places:
        lines = [duty.key for duty in duties if resolve(duty.responsible, there) is None]
        if lines:
            yield Finding(
                fault=Fault.DEAD_END,
                subject=there.place_path,
                sentence=f"nobody answers at {there.place_path} for {', '.join(lines)}",
            )
