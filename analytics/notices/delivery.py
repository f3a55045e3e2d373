"""When a notice is tried again, and when a target is left alone for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

FIRST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(minutes=10)
LONGEST_LIFE_SAFETY: Final = timedelta(seconds=30)
OFTEN: Final = 12
"""A person's message is tried so often at the pauses of life safety, for about four minutes; what does
not work then is the address or the line, and others have been told."""
GIVE_UP_AFTER: Final = timedelta(days=3)
"""Standard Webhooks asks for retries over days (unverified)."""
FAILURES_TO_OPEN: Final = 5
OPEN_FOR: Final = timedelta(seconds=10)
"""A target that fails is tried by one notice after this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """A notice that was not taken.

    Attributes:
        attempts: How often it was tried, this time included.
        is_for_person: Whether a person is told, whose desk hears when that fails: the pause grows on.
    """

    attempts: int
    is_life_safety: bool
    created_at: datetime
    is_for_person: bool = False


def next_attempt(tried: Attempted, now: datetime, jitter: float) -> datetime | None:
    """When to try again; None: give up. Life safety is never given up.

    Args:
        tried: The notice.
        now: The platform's clock.
        jitter: Random share from 0 to 1; the wait is between half and all of its length.
    """
    if not tried.is_life_safety and now - tried.created_at > GIVE_UP_AFTER:
        return None
    longest = LONGEST_LIFE_SAFETY if tried.is_life_safety else LONGEST
    if tried.is_for_person and tried.attempts > OFTEN:
        longest = min(longest * (1 << min(tried.attempts - OFTEN, 16)), LONGEST)
    length = min(FIRST * (1 << min(tried.attempts - 1, 16)), longest)
    return now + length * (0.5 + 0.5 * jitter)


class Position(StrEnum):
    """How a breaker stands, from well to ill."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    """The target was left alone and is tried by one notice."""
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Whether a target is tried.

    Attributes:
        failures: Failures of the target in a row.
        open_until: It is left alone until then; None: it is tried.
    """

    failures: int = 0
    open_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether the target is left alone now; not by a moment that a clock set back put far off."""
        if self.open_until is None:
            return False
        return self.open_until - OPEN_FOR <= now < self.open_until

    def position(self, now: datetime) -> Position:
        """How it stands."""
        if self.is_open(now):
            return Position.OPEN
        return Position.HALF_OPEN if self.failures >= FAILURES_TO_OPEN else Position.CLOSED

    def after_success(self) -> "Breaker":
        """The target answers."""
        return Breaker()

    def after_failure(self, now: datetime) -> "Breaker":
        """The target did not answer, or said that it cannot."""
        failures = self.failures + 1
        open_until = now + OPEN_FOR if failures >= FAILURES_TO_OPEN else None
        return Breaker(failures=failures, open_until=open_until)
