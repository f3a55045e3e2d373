"""How an act ended, as its row keeps it."""

from datetime import datetime

import msgspec

from analytics.act.result import ActResult, Refusal
from gateway.catalogue import Text


class _Outcome(msgspec.Struct, omit_defaults=True):
    zh: str
    en: str
    refusal: str | None = None
    first_by: str | None = None
    first_at: datetime | None = None


def encode_result(result: ActResult) -> str:
    """The result as it is stored."""
    outcome = _Outcome(
        zh=result.message.zh,
        en=result.message.en,
        refusal=result.refusal,
        first_by=result.first_by,
        first_at=result.first_at,
    )
    return msgspec.json.encode(outcome).decode()


def decode_result(text: str) -> ActResult:
    """The result from what was stored."""
    outcome = msgspec.json.decode(text, type=_Outcome)
    return ActResult(
        refusal=None if outcome.refusal is None else Refusal(outcome.refusal),
        message=Text(zh=outcome.zh, en=outcome.en),
        first_by=outcome.first_by,
        first_at=outcome.first_at,
    )
