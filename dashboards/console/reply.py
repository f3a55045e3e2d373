"""What a machine gets after an act, and how it says which version it saw."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Header, Request, Response

from analytics.act import ActKind, Refusal
from dashboards.console.act import Outcome, words_of
from dashboards.console.act_model import ActOut
from dashboards.console.errors import BadRequest, Refused, VersionNeeded
from dashboards.console.role import User
from dashboards.console.web import told_language

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=64,
        description="A UUID: repeated with the same request it acts once and answers alike",
        examples=["6b1f5a52-5c38-4f0d-9b0e-3f1f3f7d0a11"],
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=64,
        description='ETag of what was seen, such as "3"; `*`: whatever it is now',
        examples=['"3"'],
    ),
]
_STATUS: Final[Mapping[Refusal, HTTPStatus]] = {
    Refusal.ROLE: HTTPStatus.FORBIDDEN,
    Refusal.SCOPE: HTTPStatus.NOT_FOUND,
    Refusal.UNKNOWN: HTTPStatus.NOT_FOUND,
    Refusal.NO_PLACE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.NO_DEPARTMENT: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.NO_TECHNICIAN: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.NO_CERTIFICATE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.NO_SCOPE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.NOT_ON_LIST: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.BAD_CAUSE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.TOO_LONG: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.NO_ORGANISATION: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.NEEDS_REASON: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refusal.FAILED: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Others are a conflict with the present state (409)."""
NEEDS_VERSION: Final = frozenset(
    {
        ActKind.CONFIRM_REAL,
        ActKind.CONFIRM_FALSE,
        ActKind.RESET,
        ActKind.SHELVE,
        ActKind.UNSHELVE,
        ActKind.WRITE_OFF_PROPOSE,
        ActKind.ORDER_ACCEPT,
        ActKind.ORDER_DECLINE,
        ActKind.ORDER_ARRIVE,
        ActKind.ORDER_RESTORE,
        ActKind.ORDER_VERIFY,
        ActKind.ORDER_CLOSE,
        ActKind.ORDER_ASSIGN,
        ActKind.ORDER_REOPEN,
        ActKind.MEASURE_STEP,
    }
)
"""Judgements and steps, which a stale view makes wrong. To acknowledge, to comment and the steps of
a rescue need none: nothing may stand between an alarm and the first answer to it."""


def etag(version: int) -> str:
    """The tag of a version (RFC 9110, 8.8.3)."""
    return f'"{version}"'


def tag(answer: Response, version: int) -> None:
    """Say which version an answer shows."""
    answer.headers["ETag"] = etag(version)


def version_of(kind: str, seen: str | None, said: int | None) -> int | None:
    """The version that a request saw: from If-Match, else from its body; None: whatever it is.

    Raises:
        BadRequest: The tag is none of ours.
        VersionNeeded: The act needs a version and neither says one.
    """
    if seen is None:
        if said is None and kind in NEEDS_VERSION:
            raise VersionNeeded(f'{kind} needs If-Match with the ETag of what was seen, or "*"')
        return said
    if seen.strip() == "*":
        return None
    digits = seen.strip().removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise BadRequest('If-Match: the ETag of what was seen, such as "3"')
    return int(digits)


def reply(
    request: Request, answer: Response, outcome: Outcome, user: User | None, seen: str | None = None
) -> ActOut:
    """What became of an act; a refusal is a problem.

    Raises:
        Refused: It was not carried out.
    """
    words = words_of(outcome, told_language(request, user))
    result = outcome.result
    if result is not None and result.refusal is not None:
        raise refused(result.refusal, words, result.first_by, result.first_at, seen)
    answer.status_code = outcome.status
    return ActOut(state=outcome.state.value, message=words)


def refused(
    why: Refusal,
    words: str,
    first_by: str | None = None,
    first_at: datetime | None = None,
    seen: str | None = None,
) -> Refused:
    """The problem of a refusal."""
    status = _STATUS.get(why, HTTPStatus.CONFLICT)
    if why is Refusal.STALE and seen is not None:
        status = HTTPStatus.PRECONDITION_FAILED
    return Refused(words, status=status, code=why.value, first_by=first_by, first_at=first_at)
