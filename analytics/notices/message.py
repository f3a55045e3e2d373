"""What a person is told on a telephone: one line, short enough for one SMS, in the own language."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from analytics.notices.contact import ZONE
from gateway.catalogue import Text

SMS_LETTERS: Final = 70
"""Letters of one SMS in UCS-2, which any Chinese character makes of it (3GPP TS 23.038)."""
_MARKS: Final = {
    "Exercise": Text(zh="【演练】", en="[DRILL] "),
    "Test": Text(zh="【测试】", en="[TEST] "),
}
_NO_MARK: Final = Text(zh="", en="")
_LESS: Final = "…"


class _Two(msgspec.Struct):
    zh: str
    en: str


class _Where(msgspec.Struct):
    zh: str
    address: str = ""


class _Thing(msgspec.Struct):
    code: str
    zh: str
    en: str


class _Told(msgspec.Struct):
    label: _Two
    mark: _Two
    place: _Where
    asset: _Thing
    raised_at: datetime
    life_safety: bool = False
    drill: bool = False
    status: str = "Actual"
    alarm: int | None = None
    order: int | None = None
    title: str = ""


class _Envelope(msgspec.Struct):
    data: _Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A notice in one language.

    Attributes:
        line: At most 70 letters.
        title: What it is about, for a mail.
    """

    title: str
    line: str
    is_drill: bool


def words_of(body: bytes, language: str) -> Words:
    """The words of a notice's body.

    A drill says so first. What does not fit is taken from the middle, the place: what happened
    and the number by which two messages are known as one always stand.

    Raises:
        msgspec.DecodeError: The body is none of a notice.
    """
    told = msgspec.json.decode(body, type=_Envelope).data
    is_zh = language == "zh"
    label = told.label.zh if is_zh else told.label.en
    mark = told.mark.zh if is_zh else told.mark.en
    thing = told.asset.zh if is_zh else told.asset.en or told.asset.zh
    unreal = _MARKS.get(told.status, _NO_MARK)
    drill = unreal.zh if is_zh else unreal.en
    begin = f"{drill}{label}:" if is_zh else f"{drill}{label}: "
    number = told.order if told.alarm is None else told.alarm
    end = f" {mark} {told.raised_at.astimezone(ZONE):%H:%M} #{number}"
    where = told.title or " ".join(part for part in (told.place.zh, thing) if part)
    return Words(title=f"{begin}{where}", line=_fitted(begin, where, end), is_drill=told.drill)


def _fitted(begin: str, where: str, end: str) -> str:
    room = SMS_LETTERS - len(begin) - len(end)
    if len(where) > room > 1:
        # The end of a place (floor, thing) finds it better than its beginning.
        where = _LESS + where[-(room - 1) :]
    line = begin + where + end
    return line if len(line) <= SMS_LETTERS else line[: SMS_LETTERS - 1] + _LESS
