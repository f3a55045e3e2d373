"""The alarm lane's one transaction: identities, events, pending work, quarantine, ledger."""

import hashlib
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.catalogue import EVENT_KINDS
from gateway.catalogue.platform import ALARM_UNREADABLE, IDENTITY_CONFLICT, SECOND_PATH
from gateway.stream import new_stream
from gateway.topic import GatewayId, Lane
from ingest import lenient
from ingest.alarm import ANONYMOUS_STREAM, AdmittedAlarm, Event, Flag, is_unreadable
from ingest.array import blobs, numbers, texts
from ingest.batch import Path, Quarantined, Reason
from ingest.database import Connection, in_transaction, load_queries
from ingest.delivery_store import (
    Receipted,
    count_unidentified,
    keep,
    lock_ledgers,
    moment,
    update_ledgers,
)
from ingest.event_asset import Place, Sought, own_assets, resolve
from ingest.ledger import Delivery, Ledger, LedgerKey, receive
from ingest.platform_event import MOMENT_PAUSE_MS, PLATFORM, Finding, own_code

_QUERIES: Final = load_queries("ingest", "events.sql")
_LIFE_SAFETY: Final = texts(kind.name for kind in EVENT_KINDS if kind.is_life_safety)

Judged = AdmittedAlarm | Quarantined


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvents:
    """What a transaction of the alarm lane did; numbers count messages but for `events`.

    Attributes:
        assets: Registered assets that the events are of.
    """

    receipts: tuple[Receipted, ...]
    messages: int
    events: int
    duplicates: int
    conflicts: int
    quarantined: int
    assets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """An event with the identity it is stored under; no age means that of its number."""

    gateway: GatewayId
    stream: int
    age: int | None = None
    seq: int
    received_ms: int
    event: Event


Identity = tuple[GatewayId, int, int]


def store_events(connection: Connection, batch: Sequence[Judged], now_ms: int) -> StoredEvents:
    """Commit a batch of the alarm lane, once in effect whichever path brought it.

    Raises:
        StoreUnavailable: Nothing was committed as far as is known; try the same batch later.
        RefusedByDatabase: Nothing was committed; a message of the batch is to blame.
    """
    return in_transaction(connection, lambda inside: store_inside(inside, batch, now_ms))


def tell(connection: Connection, findings: Iterable[Finding], now_ms: int) -> int:
    """Store what the platform noticed, unless it stands already; how many events were made.

    Works inside its caller's transaction.
    """
    news = [one for one in findings if _is_news(connection, one, now_ms)]
    if not news:
        return 0
    owners = {own_code(one.gateway): one.gateway for one in news}
    places = own_assets(connection, owners)
    events = [_platform_event(n, one, now_ms) for n, one in enumerate(news)]
    tell_of_assets(connection, events, [places[event.asset] for event in events], now_ms)
    return len(events)


def tell_of_assets(
    connection: Connection, events: Sequence[Event], places: Sequence[Place], now_ms: int
) -> None:
    """Store events of the platform's own, each with its asset.

    Works inside its caller's transaction.
    """
    stream = new_stream(now_ms, random.getrandbits(13))
    digest = hashlib.sha256(repr(events).encode()).digest()
    _claim(connection, [(PLATFORM, stream, 1, digest, now_ms, "platform")])
    rows = [
        _Row(gateway=PLATFORM, stream=stream, seq=1, received_ms=now_ms, event=event)
        for event in events
    ]
    _insert(connection, rows, places)


def prune_canary(connection: Connection, older_than_ms: int) -> int:
    """Forget events of the path's self-test that came before a time [ms UTC]; how many."""
    row = connection.execute(
        _QUERIES["prune_canary"], {"older_than": moment(older_than_ms)}
    ).fetchone()
    return int(str(row[0])) if row else 0


def announce(connection: Connection) -> None:
    """Wake those who wait for events, when the transaction commits."""
    connection.execute(_QUERIES["announce"])


def store_inside(connection: Connection, batch: Sequence[Judged], now_ms: int) -> StoredEvents:
    """The same inside a transaction of the caller's."""
    before = lock_ledgers(connection, _keys_of(batch), now_ms, _origins_of(batch))
    admitted = [one for one in batch if isinstance(one, AdmittedAlarm)]
    unreadable = [one for one in batch if isinstance(one, Quarantined)]
    fresh, conflicts, duplicates = _sort_out(connection, admitted)
    rows = [
        _Row(
            gateway=one.message.gateway,
            stream=one.stream,
            age=_age_of(one, before),
            seq=one.seq,
            received_ms=one.message.received_ms,
            event=event,
        )
        for one in fresh
        for event in one.events
    ]
    places = resolve(connection, [_sought(row) for row in rows]) if rows else []
    if rows:
        _insert(connection, rows, places)
    after = _count(before, batch)
    damaged = [one.damage for one in fresh if one.damage is not None]
    kept = [*unreadable, *damaged, *conflicts]
    keep(connection, kept, now_ms)
    nameless = [one.message for one in unreadable if one.stream is None]
    count_unidentified(connection, nameless, now_ms)
    told = tell(connection, _findings(fresh, unreadable, conflicts), now_ms)
    receipts = update_ledgers(connection, before, after, now_ms)
    if rows or told:
        announce(connection)
    return StoredEvents(
        receipts=receipts,
        messages=len(fresh),
        events=len(rows),
        duplicates=duplicates,
        conflicts=len(conflicts),
        quarantined=len(unreadable),
        assets=tuple({place.asset_id for place in places if not place.is_placeholder}),
    )


def _identified(batch: Sequence[Judged]) -> Iterable[tuple[LedgerKey, Delivery]]:
    for one in batch:
        if one.stream in {None, ANONYMOUS_STREAM} or one.seq is None or one.stream is None:
            continue
        key = LedgerKey(gateway=one.message.gateway, lane=Lane.ALARM, stream=one.stream)
        low = one.low if isinstance(one, AdmittedAlarm) else 1
        is_quarantined = isinstance(one, Quarantined)
        yield key, Delivery(seq=one.seq, low=low, is_quarantined=is_quarantined)


def _keys_of(batch: Sequence[Judged]) -> list[LedgerKey]:
    return [key for key, _ in _identified(batch)]


def _origins_of(batch: Sequence[Judged]) -> dict[LedgerKey, int]:
    origins: dict[LedgerKey, int] = {}
    for one in batch:
        origin = (
            one.origin if isinstance(one, AdmittedAlarm) else lenient.origin(one.message.payload)
        )
        if origin and one.stream is not None:
            origins.setdefault(LedgerKey(one.message.gateway, Lane.ALARM, one.stream), origin)
    return origins


def _age_of(one: AdmittedAlarm, ledgers: Mapping[LedgerKey, Ledger]) -> int | None:
    ledger = ledgers.get(LedgerKey(one.message.gateway, Lane.ALARM, one.stream))
    return None if ledger is None else ledger.age


def _count(before: dict[LedgerKey, Ledger], batch: Sequence[Judged]) -> dict[LedgerKey, Ledger]:
    deliveries: dict[LedgerKey, list[Delivery]] = {}
    for key, delivery in _identified(batch):
        deliveries.setdefault(key, []).append(delivery)
    return {key: receive(before[key], some, max_ranges=None)[0] for key, some in deliveries.items()}


def _sort_out(
    connection: Connection, admitted: Sequence[AdmittedAlarm]
) -> tuple[list[AdmittedAlarm], list[Quarantined], int]:
    """(new messages, conflicts as quarantine, number of duplicates)."""
    first: dict[Identity, AdmittedAlarm] = {}
    for one in admitted:
        first.setdefault((one.message.gateway, one.stream, one.seq), one)
    claimed = _claim(
        connection,
        [
            (*identity, one.digest, one.message.received_ms, str(one.message.path))
            for identity, one in first.items()
        ],
    )
    known = {identity: one.digest for identity, one in first.items()}
    known |= _digests(connection, [identity for identity in first if identity not in claimed])
    conflicts, duplicates = [], 0
    for one in admitted:
        identity = (one.message.gateway, one.stream, one.seq)
        if one.digest != known[identity]:
            conflicts.append(_conflict(one))
        elif identity not in claimed or first[identity] is not one:
            duplicates += 1
    fresh = [one for identity, one in first.items() if identity in claimed]
    return fresh, conflicts, duplicates


def _claim(
    connection: Connection, messages: Sequence[tuple[GatewayId, int, int, bytes, int, str]]
) -> set[Identity]:
    if not messages:
        return set()
    gateways, streams, seqs, digests, received, paths = zip(*messages, strict=True)
    rows = connection.execute(
        _QUERIES["claim_messages"],
        {
            "gateways": texts(gateways),
            "streams": numbers(streams),
            "seqs": numbers(seqs),
            "digests": blobs(digests),
            "received_ms": numbers(received),
            "paths": texts(paths),
        },
    )
    return {(GatewayId(str(g)), int(str(stream)), int(str(seq))) for g, stream, seq in rows}


def _digests(connection: Connection, identities: Sequence[Identity]) -> dict[Identity, bytes]:
    if not identities:
        return {}
    gateways, streams, seqs = zip(*identities, strict=True)
    rows = connection.execute(
        _QUERIES["known_digests"],
        {"gateways": texts(gateways), "streams": numbers(streams), "seqs": numbers(seqs)},
    )
    found = {}
    for gateway, stream, seq, digest in rows:
        if isinstance(digest, bytes):
            found[GatewayId(str(gateway)), int(str(stream)), int(str(seq))] = digest
    return found


def _conflict(one: AdmittedAlarm) -> Quarantined:
    return Quarantined(
        message=one.message,
        reason=Reason.IDENTITY_CONFLICT,
        detail=f"stream {one.stream} seq {one.seq} is known with another content",
        stream=one.stream,
        seq=one.seq,
    )


def _findings(
    fresh: Sequence[AdmittedAlarm],
    unreadable: Sequence[Quarantined],
    conflicts: Sequence[Quarantined],
) -> list[Finding]:
    seconds = {one.message.gateway for one in fresh if one.message.path is Path.HTTPS}
    blind = {one.message.gateway: one for one in unreadable if is_unreadable(one)}
    twice = {one.message.gateway: one for one in conflicts}
    return [
        *(Finding(gateway=g, kind=SECOND_PATH, holds=True) for g in sorted(seconds)),
        *(
            Finding(gateway=g, kind=ALARM_UNREADABLE, holds=True, detail=one.detail)
            for g, one in sorted(blind.items())
        ),
        *(
            Finding(gateway=g, kind=IDENTITY_CONFLICT, holds=True, detail=one.detail)
            for g, one in sorted(twice.items())
        ),
    ]


def _sought(row: _Row) -> Sought:
    return Sought(gateway=row.gateway, code=row.event.asset, at_ms=row.event.at_ms)


def _insert(connection: Connection, rows: Sequence[_Row], places: Sequence[Place]) -> None:
    events = [row.event for row in rows]
    connection.execute(
        _QUERIES["insert_events"],
        {
            "assets": numbers(place.asset_id for place in places),
            "paths": texts(place.path for place in places),
            "gateways": texts(row.gateway for row in rows),
            "streams": numbers(row.stream for row in rows),
            "ages": numbers(row.age for row in rows),
            "seqs": numbers(row.seq for row in rows),
            "received_ms": numbers(row.received_ms for row in rows),
            "positions": numbers(event.position for event in events),
            "events": texts(event.event for event in events),
            "conditions": texts(event.condition for event in events),
            "states": texts(event.state for event in events),
            "at_ms": numbers(event.at_ms for event in events),
            "device_ms": numbers(event.device_ms for event in events),
            "code_systems": texts(event.code_system for event in events),
            "codes": texts(event.code for event in events),
            "texts": texts(event.text for event in events),
            "raws": texts(event.raw for event in events),
            "life_safety": _LIFE_SAFETY,
            "flags": texts(
                ",".join([*event.flags, *([Flag.PLACEHOLDER] if place.is_placeholder else [])])
                for event, place in zip(events, places, strict=True)
            ),
        },
    )


def _is_news(connection: Connection, one: Finding, now_ms: int) -> bool:
    query = "repeat_moment" if one.is_moment else "raise_condition"
    if not one.holds:
        query = "clear_condition"
    row = connection.execute(
        _QUERIES[query],
        {
            "gateway": one.gateway,
            "condition": one.kind.name,
            "now": moment(now_ms),
            "before": moment(now_ms - MOMENT_PAUSE_MS),
        },
    ).fetchone()
    return row is not None


def _platform_event(position: int, one: Finding, now_ms: int) -> Event:
    return Event(
        position=position,
        asset=own_code(one.gateway),
        event=one.kind.name,
        condition=one.kind.name,
        state="raise" if one.holds else "clear",
        at_ms=now_ms,
        device_ms=None,
        code_system="",
        code="",
        text=one.detail,
        raw="",
        flags=(),
    )
