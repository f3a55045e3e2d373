"""The live stream as server-sent events: for pages with HTML, for machines with JSON."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Header, Query, Request
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from dashboards.console import auth, metrics
from dashboards.console.errors import BadRequest, NotLoggedIn
from dashboards.console.live import Hub, Message, Reason, Subscriber
from dashboards.console.model import live_body
from dashboards.console.pages import compact_json
from dashboards.console.role import Ability, User
from dashboards.console.web import Services, ServicesOf, UserOf, language_of, now, token_of
from gateway.clock import now_ms, steady_s
from ingest.errors import StoreUnavailable

router = APIRouter()
_log = structlog.get_logger("dashboards.console.live")
HEARTBEAT_S: Final = 1.0
"""A silent cut must show within 3 s, so a page hears from us every second. Each beat says how long
ago the database was read, so that a database that hangs shows within the same 3 s."""
_RECHECK_S: Final = 30.0
"""How long a session that was ended elsewhere may still listen."""
_RETRY_MS: Final = 1000
_LARGEST: Final = 2**63 - 1
_MACHINE: Final = "json"


class _Stream:
    """One browser's or machine's stream."""

    def __init__(
        self, request: Request, services: Services, user: User, *, after: int, form: str
    ) -> None:
        self._services = services
        self._hub: Hub = services.hub
        self._user = user
        self._token = token_of(request, services)
        self._last_id = after
        self._form = form
        self._checked_at_s = steady_s()
        self._check: asyncio.Task[bool] | None = None
        self._has_ended = False

    async def run(self) -> AsyncIterator[bytes]:
        """Replay what was missed, then everything as it happens, until one side ends it."""
        with self._hub.subscribed(self._user.scope) as subscriber:
            yield format_sse_event(retry=_RETRY_MS, comment="towerwatch")
            try:
                for missed in await self._missed():
                    yield missed
            except StoreUnavailable:
                return
            yield format_sse_event(event="ready", data_str="{}")
            while not (self._hub.is_stopping or self._has_ended):
                piece = await self._next_piece(subscriber)
                if piece:
                    yield piece

    async def _missed(self) -> list[bytes]:
        try:
            missed = await run_in_threadpool(self._hub.replay, self._user.scope, self._last_id)
            if isinstance(missed, Reason):
                return [self._resync(missed)]
            return [self._event(message) for message in missed]
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 - edge of a stream, deaf for ever if its replay broke
            _log.exception("replay_cannot_be_told", after=self._last_id)
            return [self._resync(Reason.UNREADABLE)]

    async def _next_piece(self, subscriber: Subscriber) -> bytes:
        """What to write next; empty for what was sent before."""
        if self._is_unwelcome():
            self._has_ended = True
            return format_sse_event(event="bye", data_str="{}")
        try:
            messages = await subscriber.next(HEARTBEAT_S)
        except TimeoutError:
            if not self._hub.is_fresh:
                return b""
            age_ms = round(1000 * self._hub.read_age_s)
            return format_sse_event(comment=f"beat {now_ms()} age {age_ms}")
        if not messages:
            self._has_ended = True
            return self._resync(Reason.TOO_SLOW) if subscriber.is_too_slow else b""
        return b"".join(self._told(one) for one in messages if one.row.id > self._last_id)

    def _told(self, message: Message) -> bytes:
        try:
            return self._event(message) if message.is_readable else self._resync(Reason.UNREADABLE)
        except Exception:  # noqa: BLE001 - edge of a stream: the page asks for it
            _log.exception("change_cannot_be_told", id=message.row.id)
            return self._resync(Reason.UNREADABLE)

    def _is_unwelcome(self) -> bool:
        """Whether the session was found to be over; asked beside the stream, which never waits.

        A busy stream has no pause in which to ask, so it is looked at before every piece.
        """
        if self._check is None and steady_s() - self._checked_at_s >= _RECHECK_S:
            self._checked_at_s = steady_s()
            self._check = asyncio.create_task(self._is_still_welcome())
        if self._check is None or not self._check.done():
            return False
        check, self._check = self._check, None
        return not check.result()

    async def _is_still_welcome(self) -> bool:
        try:
            user = await run_in_threadpool(auth.user_of, self._services.store, self._token, now())
        except NotLoggedIn:
            return False
        except StoreUnavailable:
            return True
        return user.scope == self._user.scope

    def _event(self, message: Message) -> bytes:
        self._last_id = max(self._last_id, message.row.id)
        if not self._user.may(Ability.WATCH):
            body = compact_json({"kind": message.row.kind, "id": message.row.subject_id})
        else:
            known = self._services.people.known
            body = live_body(message) if self._form == _MACHINE else message.body(self._form, known)
        return format_sse_event(event=message.row.kind, id=str(message.row.id), data_str=body)

    def _resync(self, reason: Reason) -> bytes:
        metrics.RESYNCS.labels(reason.value).inc()
        newest = self._hub.last_id
        self._last_id = newest
        return format_sse_event(
            event="resync", id=str(newest), data_str=compact_json({"reason": reason.value})
        )


def _after(query: int | None, header: str | None) -> int:
    if header is None:
        return query or 0
    if not header.isascii() or not header.isdigit() or int(header) > _LARGEST:
        raise BadRequest("Last-Event-ID: a whole number")
    return int(header)


After = Annotated[int | None, Query(ge=0, le=_LARGEST, description="Last id that was seen")]
LastEventId = Annotated[str | None, Header(description="Last id that was seen; goes first")]


@router.get("/live", include_in_schema=False)
async def live_pages(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    after: After = None,
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """The stream for pages: alarms as rendered rows."""
    form = language_of(request, user)
    stream = _Stream(request, services, user, after=_after(after, last_event_id), form=form)
    return EventSourceResponse(stream.run(), headers={"X-Accel-Buffering": "no"})


@router.get(
    "/api/v1/live",
    tags=["live"],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
    summary="Changes as they happen",
)
async def live_machines(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    after: After = None,
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """Server-sent events; ids grow with commits, so a client goes on after its last one.

    Events are named alarm, order, warning, notice, platform and carry the subject (an alarm in
    full). `resync` means: read the lists again, then go on from this id. `bye` means: log in
    again. A comment comes every second while the platform's own view is fresh: `beat`, the time and
    the `age` of that view, both in milliseconds.
    """
    stream = _Stream(request, services, user, after=_after(after, last_event_id), form=_MACHINE)
    return EventSourceResponse(stream.run(), headers={"X-Accel-Buffering": "no"})
