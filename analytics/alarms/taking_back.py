"""Which act of a person may be taken back, and what it leaves; core, no I/O.

Taking back only ever demands more: an alarm sounds again, waits for its judgement again. It ends no
alarm and hides none, and the history keeps the act and its taking back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from analytics.alarms.alarm import Trigger

WITHIN: Final = timedelta(minutes=5)
"""A slip of the hand is seen at once; what stands for longer has been acted on. Site rule."""
_T = Trigger
JUDGEMENTS: Final = {_T.CONFIRM_REAL: "real", _T.CONFIRM_FALSE: "false"}
_OF_BUREAU: Final = (_T.TAKE_OVER, _T.BUREAU_SET_OUT, _T.BUREAU_CLOSE)
_PLATFORM: Final = ("device", "platform")
_UNCONFIRMED: Final = "unconfirmed"
_UNANSWERED: Final = "unanswered"
_RESUMES: Final = (_T.RESUME_ACTIVE, _T.RESUME_NORMAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line of an alarm's history.

    Attributes:
        is_again: Whether a device raised it anew after somebody had seen it: no judgement before
            that stands any more.
    """

    trigger: Trigger
    actor: str
    role: str
    at: datetime
    is_again: bool = False


class NotBack(StrEnum):
    """Why nothing is taken back."""

    NOTHING = "nothing"
    SOMEBODY_ELSES = "somebody_elses"
    TOO_LATE = "too_late"
    GONE_ON = "gone_on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """The act that is taken back.

    Attributes:
        judged: real or false, when it was a judgement; None: a mere acknowledgement.
        is_acknowledged_by_it: Whether the same act acknowledged the alarm.
        before: What stood of the alarm before the judgement: unconfirmed, unanswered or real.
    """

    at: datetime
    judged: str | None
    is_acknowledged_by_it: bool
    before: str


def slip_of(history: Sequence[Said], actor: str, now: datetime) -> Slip | NotBack:
    """The act that a person may take back.

    Args:
        history: Of the alarm, oldest first, without notes.
        actor: Who wants to.
        now: The platform's clock.
    """
    people = [one for one in history if one.role not in _PLATFORM]
    if not people:
        return NotBack.NOTHING
    last = people[-1]
    if last.trigger in _OF_BUREAU:
        return NotBack.GONE_ON
    if last.trigger is not _T.ACKNOWLEDGE and last.trigger not in JUDGEMENTS:
        return NotBack.NOTHING
    if last.actor != actor:
        return NotBack.SOMEBODY_ELSES
    if now - last.at > WITHIN:
        return NotBack.TOO_LATE
    same = {one.trigger for one in people if one.at == last.at and one.actor == actor}
    return Slip(
        at=last.at,
        judged=JUDGEMENTS.get(last.trigger),
        is_acknowledged_by_it=_T.ACKNOWLEDGE in same,
        before=_before([one for one in history if one.at < last.at]),
    )


def _before(history: Sequence[Said]) -> str:
    """What stood before; a judgement that was false is never brought back by taking another back.

    Nor is one of an earlier raise, or that nobody answered before a hold: what came back is looked
    at from the beginning.
    """
    stood = [_UNCONFIRMED]
    for one in history:
        if one.is_again or (one.trigger in _RESUMES and stood[-1] == _UNANSWERED):
            stood = [_UNCONFIRMED]
        elif one.trigger is _T.UNANSWERED:
            stood.append(_UNANSWERED)
        elif one.trigger in JUDGEMENTS:
            stood.append(JUDGEMENTS[one.trigger])
        elif one.trigger is _T.TAKE_BACK_JUDGEMENT and len(stood) > 1:
            stood.pop()
    return stood[-1] if stood[-1] != "false" else _UNCONFIRMED
