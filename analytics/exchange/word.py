"""What the sender of a case is told: the body of a webhook, without personal data."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from analytics.exchange.case import WORDS, CaseState, CaseStep, SystemCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One step of a case, as it is told.

    Attributes:
        version: Grows with every step: a receiver drops what is older than what it has.
        order: Number of the work order; empty: there is none yet.
        owner_zh: The organisation that has it now.
    """

    system: SystemCode
    number: str
    revision: int
    version: int
    step: CaseStep
    state: CaseState
    at: datetime
    order: str = ""
    owner_zh: str = ""
    note: str = ""


class _Two(msgspec.Struct):
    zh: str
    en: str


class _Body(msgspec.Struct):
    system: str
    number: str
    revision: int
    version: int
    step: str
    state: str
    words: _Two
    order: str
    organisation: str
    note: str
    at: datetime


class _Envelope(msgspec.Struct):
    type: str
    timestamp: datetime
    data: _Body


def kind_of(step: CaseStep) -> str:
    """The type of the webhook."""
    return f"case.{step}"


def body_of(word: Word) -> bytes:
    """The step as JSON, in the shape of Standard Webhooks (type, timestamp, data)."""
    words = WORDS[word.step]
    body = _Body(
        system=word.system,
        number=word.number,
        revision=word.revision,
        version=word.version,
        step=str(word.step),
        state=str(word.state),
        words=_Two(words.zh, words.en),
        order=word.order,
        organisation=word.owner_zh,
        note=word.note,
        at=word.at,
    )
    return msgspec.json.encode(_Envelope(kind_of(word.step), word.at, body))
