"""Requests to apply files of a registry that somebody was shown the plan of.

Who asks is shown a plan; what is applied is that plan or nothing: the files are planned anew and
the digests have to be the same. The scope of who asked holds for every place that the files name.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Final, cast
from uuid import UUID

import structlog

from gateway.catalogue import Text
from ingest.database import Connection, connect, in_transaction, load_queries
from ingest.errors import IngestError, StoreUnavailable
from ingest.registry.change import apply, plan
from ingest.registry.checker import check_files
from ingest.registry.errors import PlanOutdated, RegistryError
from ingest.registry.step import Plan, TableName

_QUERIES: Final = load_queries("ingest", "requests.sql")
_LOOK_S: Final = 2.0
_REASON: Final = "registry"
_FAILED: Final = "处理失败，请联系运维 (it failed: see the log of ingest)"
log = structlog.get_logger(__name__)


def plan_digest(found: Plan) -> bytes:
    """SHA-256 over everything that a plan would write."""
    said = repr((found.steps, found.turns, found.at))
    return hashlib.sha256(said.encode()).digest()


def outside_of(found: Plan, scope: Sequence[str]) -> list[str]:
    """Codes that the plan touches and that lie outside a scope; the empty path is everything."""
    if "" in scope:
        return []
    return sorted(set(_outside(found, scope)))


def _outside(found: Plan, scope: Sequence[str]) -> Iterator[str]:
    for code, path in found.registry.paths().items():
        is_above = any(top == path or top.startswith(f"{path}.") for top in scope)
        if not (is_above or _is_within(path, scope)):
            yield code
    for step in found.steps:
        match step.table:
            case TableName.PLACES:
                if not all(_is_within(path, scope) for path in (step.path, step.before) if path):
                    yield step.code
            case TableName.ORGANISATIONS:
                yield step.code
            case _:
                continue


def _is_within(path: str, scope: Sequence[str]) -> bool:
    return any(path == top or path.startswith(f"{top}.") for top in scope)


def handle_request(connection: Connection, seen: list[UUID]) -> bool:
    """Apply the request that has waited longest, or say why not; whether one waited.

    Args:
        connection: Of the role tw_ingest, inside a transaction.
        seen: Gets the number of the request, so that whoever calls knows which one failed.
    """
    row = connection.execute(_QUERIES["claim"]).fetchone()
    if row is None:
        return False
    number, asked_by, scope, files, digest, at, reason = row
    seen.append(cast("UUID", number))
    contents = cast("Mapping[str, str]", json.loads(str(files)))
    try:
        report = check_files({name: base64.b64decode(text) for name, text in contents.items()})
        since = cast("datetime", at).astimezone(UTC)
        outcome = _apply(
            connection,
            plan(connection, report.registry, since) if report.registry else None,
            digest=bytes(cast("bytes", digest)),
            scope=cast("list[str]", scope),
            actor=str(asked_by),
            reason=str(reason) or _REASON,
        )
    except RegistryError as error:
        _settle(connection, seen[-1], "refused", str(error))
    else:
        _settle(connection, seen[-1], "done", outcome)
    return True


def _settle(connection: Connection, number: UUID, state: str, outcome: str) -> None:
    now = datetime.now(UTC)
    values = {"id": number, "state": state, "outcome": outcome, "now": now}
    connection.execute(_QUERIES["settle"], values)


def _apply(  # noqa: PLR0913 - the parts of a request, each by name
    connection: Connection,
    found: Plan | None,
    *,
    digest: bytes,
    scope: Sequence[str],
    actor: str,
    reason: str,
) -> str:
    if found is None:
        raise RegistryError(Text(zh="文件未通过检查", en="the files are not good"))
    if plan_digest(found) != digest:
        raise PlanOutdated
    outside = outside_of(found, scope)
    if outside:
        named = ", ".join(outside[:20])
        raise RegistryError(Text(zh=f"超出您的范围：{named}", en=f"outside your area: {named}"))
    return f"{apply(connection, found, actor, reason=reason)} written"


class RegistryDesk:
    """Applies requests one after another, in a thread of its own.

    Args:
        url: Of the role tw_ingest.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def run(self, stopping: Event) -> None:
        """Look for requests until told to stop."""
        while not stopping.wait(_LOOK_S):
            seen: list[UUID] = []
            try:
                self._look(seen)
            except StoreUnavailable as error:
                log.warning("registry_request_waits", error=str(error))
            except Exception:  # the edge of a loop: one request stops no other
                log.exception("registry_request_failed")
                self._give_up(seen)

    def _give_up(self, seen: list[UUID]) -> None:
        """The request that fails whatever is tried is refused; the others go on."""
        if not seen:
            return
        try:
            with connect(self._url, application="towerwatch registry desk") as connection:
                in_transaction(connection, lambda held: _settle(held, seen[-1], "refused", _FAILED))
        except IngestError as error:
            log.warning("registry_request_waits", error=str(error))

    def _look(self, seen: list[UUID]) -> None:
        with connect(self._url, application="towerwatch registry desk") as connection:
            while in_transaction(connection, lambda held: handle_request(held, seen)):
                log.info("registry_request_handled")
