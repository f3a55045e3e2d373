"""Which drivers cannot do their work, core: told as one condition of the gateway that names them all.

A driver that fails once is opened again and nobody need know. One that keeps failing hears no
device any more, which looks like peace: that is said until every driver has run well for a while.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

FAILURES: Final = 3
"""A driver that failed so often within TOGETHER_S is in trouble."""
TOGETHER_S: Final = 600.0
WELL_S: Final = 120.0
"""A driver that runs for so long is well again [s], at least: longer than any pause between two tries."""
_MOST_TEXT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A driver as one look found it.

    Attributes:
        failed_s: When it failed, the newest FAILURES of them, oldest first [s].
        running_s: How long it has been running [s]; None while it waits to be opened again.
        reason: Why it failed last.
    """

    name: str
    failed_s: Sequence[float] = ()
    running_s: float | None = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is to be said: a raise that names all it is about, or a clear.

    Attributes:
        is_more: It was said before, of less. An alarm that somebody has acknowledged stays so when it
            is raised again, with its first text: it ends, and begins anew.
    """

    state: Literal["raise", "clear"]
    text: str = ""
    is_more: bool = False

    @property
    def states(self) -> tuple[Literal["raise", "clear"], ...]:
        """The events that say it, in their order."""
        return ("clear", "raise") if self.is_more else (self.state,)


class Troubles:
    """The drivers in trouble.

    Args:
        is_raised: Whether it was said before a restart, and not taken back.
    """

    def __init__(self, *, is_raised: bool = False) -> None:
        self._is_raised = is_raised
        self._in: dict[str, str] = {}
        self._said: frozenset[str] = frozenset()

    def look(self, drivers: Sequence[Seen]) -> Told | None:
        """What one look at all drivers leads to; it is said again until `said` is called."""
        self._in = {
            one.name: one.reason for one in drivers if _is_in_trouble(one, one.name in self._in)
        }
        if self._in.keys() - self._said:
            return Told(state="raise", text=_sentence(self._in), is_more=bool(self._said))
        # What stood before a restart is not over before every driver had time to fail again.
        has_run = all(one.running_s is not None and one.running_s >= WELL_S for one in drivers)
        if self._is_raised and not self._in and (self._said or has_run):
            return Told(state="clear", text="全部驱动恢复正常")
        return None

    def said(self, told: Told) -> None:
        """Note that it is stored."""
        self._is_raised = told.state == "raise"
        self._said = frozenset(self._in) if self._is_raised else frozenset()


class Names:
    """A condition of the gateway that names what it is about, and is told anew with each name more.

    Args:
        over: What is said when nothing is left.
        is_raised: Whether it was said before a restart, and not taken back.
    """

    def __init__(self, over: str, *, is_raised: bool = False) -> None:
        self._over = over
        self._is_raised = is_raised
        self._found: frozenset[str] = frozenset()
        self._said: frozenset[str] = frozenset()

    def look(self, found: Mapping[str, str]) -> Told | None:
        """What one look leads to; it is said again until `said` is called.

        Args:
            found: What is to be named, each with its sentence.
        """
        self._found = frozenset(found)
        if self._found - self._said:
            text = "; ".join(found[name] for name in sorted(found))[:_MOST_TEXT]
            return Told(state="raise", text=text, is_more=bool(self._said))
        if self._is_raised and not self._found:
            return Told(state="clear", text=self._over)
        return None

    def said(self, told: Told) -> None:
        """Note that it is stored."""
        self._is_raised = told.state == "raise"
        self._said = self._found if self._is_raised else frozenset()


def _is_in_trouble(one: Seen, was: bool) -> bool:
    if was:
        return one.running_s is None or one.running_s < _well_after_s(one.failed_s)
    newest = one.failed_s
    return (
        len(newest) >= FAILURES
        and newest[-1] - newest[-FAILURES] <= TOGETHER_S
        and (one.running_s is None or one.running_s < WELL_S)
    )


def _well_after_s(failed_s: Sequence[float]) -> float:
    """How long it has to run: one that fails every few minutes is not well between two failures."""
    return max(WELL_S, *(2 * (later - former) for former, later in pairwise(failed_s)), 0.0)


def _sentence(troubles: Mapping[str, str]) -> str:
    return "; ".join(f"驱动 {name}: {reason}" for name, reason in sorted(troubles.items()))[
        :_MOST_TEXT
    ]
