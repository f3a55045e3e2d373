"""When a device is asked next, core: at its pace while it answers, with back-off while it does not."""

from dataclasses import dataclass
from typing import Final

from gateway.patience import backoff

LONGEST_S: Final = 60.0
"""A device that does not answer is asked at least this often [s], +-20 %."""


@dataclass(slots=True)
class Turn:
    """One device's place in the round.

    Attributes:
        poll_s: Pause between two looks while it answers [s].
        due_s: When it is asked next, by the steady clock [s].
        failures: Looks in a row without any answer.
        is_absent: Whether its values were said to be absent since it last answered.
    """

    poll_s: float
    due_s: float = 0.0
    failures: int = 0
    is_absent: bool = False

    def answered(self, now_s: float) -> bool:
        """Plan the next look; whether it had been without an answer."""
        was_away = self.failures > 0
        self.failures = 0
        self.is_absent = False
        # A round that fell behind does not catch up with a burst.
        self.due_s = max(self.due_s + self.poll_s, now_s)
        return was_away

    def unanswered(self, now_s: float, noise: float) -> bool:
        """Plan a later look; whether the values are to be said absent now (once)."""
        self.due_s = now_s + backoff(self.failures, noise, max(self.poll_s, 1.0), LONGEST_S)
        self.failures += 1
        is_news, self.is_absent = not self.is_absent, True
        return is_news
