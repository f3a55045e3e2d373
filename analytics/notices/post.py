"""Post a signed notice to another platform: one attempt, with an end."""

import json
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from threading import Thread
from typing import Final

import msgspec
import niquests

from analytics.errors import NotDelivered
from analytics.notices.notice import NoticeId, signature
from analytics.notices.outgoing import answer_beginning, direct_session
from gateway.clock import steady_s

CONNECT_LIMIT_S: Final = 3.0
ANSWER_LIMIT_S: Final = 10.0
WHOLE_LIMIT_S: Final = 15.0
"""One attempt from the look-up of the name to the last byte of the answer [s]: the other limits
begin anew with every byte, and a name service has none."""
IDLE_S: Final = 3.0
"""A line is used again within this time [s]; servers and firewalls cut those that are idle."""
MAX_RECEIPT: Final = 200
_NOT_THE_NOTICE: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where another platform takes notices, and the key that signs them."""

    url: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What is posted: the same id and bytes at every attempt, signed anew each time."""

    id: NoticeId
    body: bytes
    at: datetime


class _Answer(msgspec.Struct):
    receipt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A notice on its way."""

    outcome: Future[str | None]
    session: niquests.Session
    end_s: float

    @property
    def is_over(self) -> bool:
        """Whether it was answered or failed, or took too long."""
        return self.outcome.done() or steady_s() >= self.end_s

    def receipt(self) -> str | None:
        """The receipt, if the other side gave one; asked once it is over.

        Raises:
            NotDelivered: It was not taken, or not within the limit; its thread is left to itself.
        """
        if not self.outcome.done():
            late = f"no whole answer within {WHOLE_LIMIT_S:g} s"
            raise NotDelivered(late, is_of_target=True)
        return self.outcome.result(0)


class Post:
    """Posts notices, several at once, each on a line of its own that is soon used again."""

    def __init__(self) -> None:
        self._idle: list[tuple[niquests.Session, float]] = []

    def begin(self, endpoint: Endpoint, sent: Signed) -> Posting:
        """Send a notice on its way."""
        outcome: Future[str | None] = Future()
        session = self._line()

        def attempt() -> None:
            try:
                outcome.set_result(_post(session, endpoint, sent))
            except Exception as error:  # noqa: BLE001 - edge of the thread: handed to whoever waits
                outcome.set_exception(error)

        Thread(target=attempt, name="notice", daemon=True).start()
        return Posting(outcome=outcome, session=session, end_s=steady_s() + WHOLE_LIMIT_S)

    def _line(self) -> niquests.Session:
        """One that was used a moment ago, or a new one: an old one may have been cut silently."""
        while self._idle:
            session, until_s = self._idle.pop()
            if steady_s() < until_s:
                return session
            session.close()
        return direct_session()

    def end(self, posting: Posting) -> None:
        """Take the line of a posting back, unless its thread still has it."""
        if posting.outcome.done():
            self._idle.append((posting.session, steady_s() + IDLE_S))

    def close(self) -> None:
        """Close what is open."""
        for session, _ in self._idle:
            session.close()
        self._idle.clear()


def _post(session: niquests.Session, endpoint: Endpoint, sent: Signed) -> str | None:
    sent_s = int(sent.at.timestamp())
    headers = {
        "content-type": "application/json; charset=utf-8",
        "webhook-id": sent.id,
        "webhook-timestamp": str(sent_s),
        "webhook-signature": signature(endpoint.key, sent.id, sent_s, sent.body),
    }
    try:
        answer = session.post(
            endpoint.url,
            data=sent.body,
            headers=headers,
            timeout=(CONNECT_LIMIT_S, ANSWER_LIMIT_S),
            allow_redirects=False,
            stream=True,
        )
        status, content = answer.status_code or 0, answer_beginning(answer)
    except niquests.exceptions.RequestException as error:
        raise NotDelivered(f"no answer: {type(error).__name__}", is_of_target=True) from error
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _receipt_in(content)
    is_of_target = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _NOT_THE_NOTICE
    raise NotDelivered(f"answer {status}", is_of_target=is_of_target)


def _receipt_in(content: bytes) -> str | None:
    try:
        receipt = msgspec.json.decode(content, type=_Answer).receipt
    except msgspec.DecodeError:
        return None
    return None if receipt is None else receipt[:MAX_RECEIPT]


def same_bytes(stored: str) -> bytes:
    """The same bytes at every attempt: a receiver may refuse one id with two bodies."""
    content = json.loads(stored)
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
