"""How a model's warning turns out: by what happened later, by a person's word, or by time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

from analytics.alarms.alarm import AssetId
from analytics.warnings.warning import Settlement, WarningId
from gateway.catalogue import Group, asset_class

_OUTSIDE: Final = frozenset(
    {
        "main_power_off",
        "building_power_lost",
        "door_blocked",
        "button_stuck",
        "unknown_event",
        "lift_must_be_checked",
    }
)
"""Events that come from outside the equipment, or from people: they bear no warning out."""
_BY_WEAR: Final = frozenset({"entrapment", "stop_outside_door_zone"})
_GROUPS: Final = (Group.FAULT, Group.SAFETY)


@cache
def failures_of(of_class: str) -> frozenset[str]:
    """Events of a class that say it has failed by itself: what a warning foretells."""
    kinds = asset_class(of_class).events
    by_group = {kind.name for kind in kinds if kind.group in _GROUPS}
    by_wear = {kind.name for kind in kinds} & _BY_WEAR
    return frozenset(by_group - _OUTSIDE | by_wear)


class Word(StrEnum):
    """What the person who worked on a warning's order said."""

    REPAIRED = "restore"
    """Something was wrong and was put right."""
    NOTHING = "refute"
    """Nothing was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """A model's warning that has not turned out, with what is known since.

    Attributes:
        failed_at: When the asset first failed by itself after the warning.
        word: What a person said of it, when and who.
    """

    id: WarningId
    asset: AssetId
    metric: str
    raised_at: datetime
    expected_from: datetime
    expected_until: datetime
    place_path: str
    failed_at: datetime | None
    failed_by: str | None
    word: Word | None
    word_at: datetime | None
    word_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a warning turned out.

    Attributes:
        failed_at: When it happened, or was found and repaired; None: nothing came.
        by: The person whose word it is.
    """

    settlement: Settlement
    failed_at: datetime | None = None
    by: str | None = None
    why: str = ""


def verdict(
    case: OpenCase, *, is_over: bool, now: datetime, patience: timedelta | None = None
) -> Verdict | None:
    """How a warning turned out, as far as is known; None: it stands.

    What happened first counts: a failure before anybody looked, or a person's word before it.

    Args:
        case: The warning.
        is_over: Whether the model has spoken against it for some days.
        now: The time of the judgement.
        patience: How long after its time it is still waited for; None: as long again as was said.
    """
    failed_at = case.failed_at
    if failed_at is not None and (case.word_at is None or failed_at <= case.word_at):
        return Verdict(
            settlement=_by_time(case, failed_at), failed_at=failed_at, why=case.failed_by or ""
        )
    if case.word is Word.NOTHING:
        return Verdict(settlement=Settlement.FALSE, by=case.word_by, why="nothing was wrong")
    if case.word is Word.REPAIRED:
        return Verdict(
            settlement=Settlement.HIT,
            failed_at=case.word_at,
            by=case.word_by,
            why="found and repaired before it failed",
        )
    if now > case.expected_until + (_patience(case) if patience is None else patience):
        return Verdict(settlement=Settlement.FALSE, why=_why_false(patience))
    if is_over:
        return Verdict(settlement=Settlement.WITHDRAWN, why="the change has gone by itself")
    return None


def _by_time(case: OpenCase, failed_at: datetime) -> Settlement:
    if failed_at < case.expected_from:
        return Settlement.LATE
    return Settlement.HIT if failed_at <= case.expected_until else Settlement.EARLY


def _why_false(patience: timedelta | None) -> str:
    if patience is None:
        return "nothing came of it in twice the time"
    return f"nothing came of it within {patience.days} days after that time"


def _patience(case: OpenCase) -> timedelta:
    """As long again as was said."""
    return case.expected_until - case.raised_at
