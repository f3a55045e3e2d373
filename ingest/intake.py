"""The process `ingest intake`: the second path of the alarm lane, over HTTPS.

It is the alarm lane's own code behind another door: same admission, same transaction, same
identities. The answer 200 is the receipt, given after the commit; anything else is no delivery.
"""

import asyncio
import base64
import binascii
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Final

import structlog
import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from starlette.responses import JSONResponse

from gateway import topic
from gateway.clock import now_ms, steady_s
from gateway.secret_file import UnsafeSecret, require_closed
from gateway.topic import GatewayId, Lane, gateway_id
from gateway.wire import MAX_ALARM_BYTES, encode
from ingest.alarm_lane import AlarmLane
from ingest.batch import Inbound, Path
from ingest.commit import Session
from ingest.contact_store import ContactWriter
from ingest.errors import BadSettings, Deaf
from ingest.gateway_key import GatewayKeys
from ingest.intake_connection import IntakeConnection, note_admitted
from ingest.intake_queue import IntakeFull, IntakeQueue
from ingest.metrics import Metrics
from ingest.settings import IntakeSettings

log = structlog.get_logger(__name__)

COMMIT_WAIT_S: Final = 4.0
"""A gateway waits 5 s for the answer; what is committed later is a duplicate then."""
RETRY_S: Final = 5
FAILURES_PER_MINUTE: Final = 60
_REMEMBERED: Final = 20_000
_PAUSE_S: Final = 0.25


class Problem(Exception):
    """An answer that is no receipt (RFC 9457)."""

    def __init__(
        self, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


@dataclass(slots=True)
class Rate:
    """How many requests each key made in the present minute; bounded by forgetting all."""

    per_minute: int
    minute: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def is_over(self, key: str, steady_now_s: float, weight: int = 1) -> bool:
        """Count a request and tell whether the key had too many; weight 0 only asks."""
        minute = int(steady_now_s // 60)
        if minute != self.minute or len(self.counts) > _REMEMBERED:
            self.minute = minute
            self.counts.clear()
        self.counts[key] = self.counts.get(key, 0) + weight
        return self.counts[key] > self.per_minute


@dataclass(slots=True, kw_only=True)
class Door:
    """Who may come in, and how often."""

    keys: GatewayKeys
    requests: Rate
    failures: Rate = field(default_factory=lambda: Rate(FAILURES_PER_MINUTE))

    def admit(self, request: Request) -> GatewayId:
        """The gateway that the request proves to come from. Raises Problem."""
        now = steady_s()
        peer = request.client.host if request.client else ""
        # Many gateways share one address behind a carrier's translation: a wrong one among them
        # must not close the door to a fire alarm of another, so only costly proofs are refused.
        is_suspected = self.failures.is_over(peer, now, weight=0)
        try:
            gateway = gateway_id(request.path_params["gateway"])
        except ValueError:
            raise Problem(HTTPStatus.NOT_FOUND, "no such gateway") from None
        user, secret = _credentials(request.headers.get("authorization", ""))
        is_known = self.keys.admits(gateway, secret, may_cost=not is_suspected)
        if not (is_known and user == f"{gateway}.{Lane.ALARM}"):
            if is_suspected:
                raise _busy("too many failed log-ins from this address")
            self.failures.is_over(peer, now)
            challenge = {"WWW-Authenticate": 'Basic realm="towerwatch intake"'}
            raise Problem(HTTPStatus.UNAUTHORIZED, "wrong user or secret", challenge)
        if self.requests.is_over(gateway, now):
            raise _busy("too many messages from this gateway")
        note_admitted(request)
        return gateway


def make_app(
    door: Door, waiting: IntakeQueue, is_database_up: Callable[[], bool], metrics: Metrics
) -> FastAPI:
    """The web application: one route for messages, one for health."""
    app = FastAPI(title="Towerwatch intake", docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(Problem)
    async def _say(_: Request, problem: Problem) -> Response:
        metrics.intake_requests.labels(str(problem.status.value)).inc()
        return JSONResponse(
            {
                "type": "about:blank",
                "title": problem.status.phrase,
                "status": problem.status.value,
                "detail": problem.detail,
            },
            problem.status.value,
            problem.headers,
            media_type="application/problem+json",
        )

    @app.post("/v1/{gateway}/alarm")
    async def _alarm(
        request: Request, gateway: Annotated[GatewayId, Depends(door.admit)]
    ) -> Response:
        payload = await _body(request)
        inbound = Inbound(
            gateway=gateway,
            lane=Lane.ALARM,
            topic=topic.alarm(gateway),
            payload=payload,
            received_ms=now_ms(),
            path=Path.HTTPS,
        )
        answer = await _stored(waiting, inbound)
        metrics.intake_requests.labels("200").inc()
        return Response(answer, media_type="application/json")

    @app.get("/health")
    async def _health() -> Response:
        is_up = is_database_up()
        status = HTTPStatus.OK if is_up else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"database": is_up}, status.value)

    return app


def run_intake(settings: IntakeSettings, stopping: threading.Event) -> None:
    """Run until `stopping` is set.

    Raises:
        BadSettings: Certificate, key or the file of gateways' keys cannot be used.
        Deaf: A part of the process does not move any more; it must be started anew.
    """
    metrics = Metrics()
    metrics.serve(settings.metrics_port, settings.metrics_host)
    waiting = IntakeQueue()
    url = settings.database_url.get_secret_value()
    lane = AlarmLane(waiting, url, metrics, "towerwatch ingest intake")
    door = Door(keys=GatewayKeys(settings.gateway_keys), requests=Rate(settings.intake_per_minute))
    app = make_app(door, waiting, lambda: lane.is_database_up, metrics)
    server = _server(app, settings)
    thread = threading.Thread(target=server.run, name="https", daemon=True)
    session = Session(url, "towerwatch ingest intake contacts")
    writer = ContactWriter(lane.contacts, session)
    lane.start()
    thread.start()
    log.info("intake_started", host=settings.intake_host, port=settings.intake_port)
    try:
        while not stopping.wait(_PAUSE_S):
            lane.check()
            writer.look()
            if not thread.is_alive():
                raise Deaf(f"the intake cannot listen on port {settings.intake_port}")
            metrics.is_database_up.set(lane.is_database_up)
    finally:
        server.should_exit = True
        thread.join(timeout=6)
        lane.stop()
        writer.look(is_last=True)
        session.close()
    log.info("intake_stopped")


def _server(app: FastAPI, settings: IntakeSettings) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=settings.intake_host,
        port=settings.intake_port,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        log_config=None,
        access_log=False,
        server_header=False,
        http=IntakeConnection,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        ws="none",
    )
    try:
        require_closed(settings.tls_key)
        config.load()
    except (OSError, UnsafeSecret) as error:
        raise BadSettings(
            f"TOWERWATCH_TLS_CERT {settings.tls_cert} and TOWERWATCH_TLS_KEY {settings.tls_key}"
            f" cannot be used: {error}"
        ) from error
    return uvicorn.Server(config)


def _credentials(header: str) -> tuple[str, str]:
    """(user, secret) of a Basic header; empty ones when it is none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, secret


async def _body(request: Request) -> bytes:
    payload = bytearray()
    async for part in request.stream():
        payload += part
        if len(payload) > MAX_ALARM_BYTES:
            detail = f"at most {MAX_ALARM_BYTES} bytes are taken"
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
    return bytes(payload)


async def _stored(waiting: IntakeQueue, inbound: Inbound) -> bytes:
    """The receipt, after the commit. Raises Problem."""
    retry = {"Retry-After": str(RETRY_S)}
    try:
        promise = waiting.put(inbound)
        receipt = await asyncio.wait_for(asyncio.wrap_future(promise), COMMIT_WAIT_S)
    except IntakeFull:
        busy = "too many messages wait for the database"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, busy, retry) from None
    except TimeoutError:
        late = "the database does not answer; send again"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, late, retry) from None
    if receipt is None:
        detail = "the message is kept, and bears no stream and number to give a receipt for"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return encode(receipt)


def _busy(detail: str) -> Problem:
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, {"Retry-After": "60"})
