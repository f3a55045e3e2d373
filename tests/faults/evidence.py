"""What the database, the outboxes and the bureau hold, read past every link and every process."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from gateway.topic import Lane
from ingest import ranges
from ingest.database import Connection, Query, connect, parse_queries
from tests.faults.history import EventRow, Evidence, Identity, StreamCount
from tests.faults.stage import GATEWAY, Stage
from towerwatch.services.database import ADMIN

_FILE = Path(__file__).with_name("evidence.sql")
QUERIES: dict[str, Query] = {
    query.name: query for query in parse_queries(_FILE.name, _FILE.read_text("utf-8"))
}
_LOOKS = 50
_PAUSE_S = 0.2
_METRICS = ("floor", "speed", "door_closed", "run_count")


def administrator(stage: Stage) -> Connection:
    """A connection of the server's administrator, past the links and past row-level security."""
    url = stage.server.server.url(ADMIN, stage.direct.name)
    return connect(url, application="fault checker")


def rows(connection: Connection, name: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query of evidence.sql."""
    return connection.execute(QUERIES[name].statement, values).fetchall()


def gather(stage: Stage, gateways: Sequence[str] = (GATEWAY,)) -> Evidence:
    """All evidence of some gateways; clocks run on, so a change just made is waited for."""
    found = _gather(stage, gateways)
    for _ in range(_LOOKS):
        waits = (found.undecided, found.unnumbered, found.unshown, found.undelivered)
        if not any(waits) and not found.outbox:
            break
        stage.wait(_PAUSE_S)
        found = _gather(stage, gateways)
    return found


def _gather(stage: Stage, gateways: Sequence[str]) -> Evidence:
    named = {"gateways": list(gateways)}
    with closing(administrator(stage)) as found:
        ledgers = rows(found, "ledgers", **named)
        alarms = rows(found, "alarms")
        left = rows(found, "leftovers")[0]
        untold, pretended = _notices(stage, found)
        return Evidence(
            events=[_event(row, stage) for row in rows(found, "events", **named)],
            samples=_samples(rows(found, "samples")),
            quarantine=frozenset(
                (Lane(lane), stream, seq)
                for lane, stream, seq in rows(found, "quarantine", **named)
            ),
            shed=frozenset(one for row in ledgers for one in _shed(row)),
            outbox=waiting(stage.outboxes),
            ledgers=[_count(row) for row in ledgers],
            duplicates=sum(row[-2] for row in ledgers),
            conditions={
                (code, name): is_active
                for code, name, is_active in rows(found, "conditions", **named)
            },
            alarms={(code, name): count for code, name, count, _ in alarms},
            open_alarms={(code, name): count for code, name, _, count in alarms if count},
            undecided=left[0],
            unnumbered=left[1],
            unshown=left[2],
            undelivered=untold + left[3],
            bureau_missing=pretended,
        )


def waiting(folder: Path) -> frozenset[Identity]:
    """What stands in the outboxes of a gateway."""
    return frozenset(
        (lane, stream, seq)
        for lane in Lane
        for stream, seq in _waiting(folder / f"outbox-{lane}.sqlite")
    )


def unrest(stage: Stage) -> str:
    """What still waits somewhere, in words; "" when nothing does."""
    with closing(administrator(stage)) as found:
        undecided, unnumbered, in_flight = rows(found, "progress")[0]
        untold, _ = _notices(stage, found)
    counts = {
        "in the alarm outbox": 0,
        "in the data outbox": 0,
        "undecided": undecided,
        "unnumbered": unnumbered,
        "in flight by the ledger": in_flight,
        "notices": untold,
    }
    for lane, _, _ in waiting(stage.outboxes):
        counts[f"in the {lane} outbox"] += 1
    return ", ".join(f"{count} {words}" for words, count in counts.items() if count)


def _notices(stage: Stage, found: Connection) -> tuple[int, int]:
    """(notices that the bureau does not hold yet, those of them that are called delivered).

    A notice that the bureau holds may still be called waiting: a crash came between its answer
    and the note of it. It is sent again later and recognised by its id.
    """
    held = {one.id for one in stage.bureau.received()}
    missing = [is_told for id_, is_told in rows(found, "notices") if id_ not in held]
    return missing.count(False), missing.count(True)


def _waiting(path: Path) -> list[tuple[int, int]]:
    if not path.is_file():
        return []
    with closing(sqlite3.connect(path, timeout=10)) as box:
        tables = box.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        if ("messages",) not in tables:
            return []  # It is being made: the data lane is opened beside the drivers' work.
        return box.execute("SELECT stream, seq FROM messages").fetchall()


def decided_since(stage: Stage, since_ms: int) -> bool:
    """Whether an event that was received since then is decided."""
    with closing(administrator(stage)) as found:
        return bool(rows(found, "decided_since", since_ms=since_ms)[0][0])


def _righted(stage: Stage, told_ms: int | None) -> int | None:
    """A time that the platform wrote, by the machine's clock."""
    if told_ms is None:
        return None
    found = (step.righted(told_ms) for step in stage.clock_steps)
    return next((one for one in found if one is not None), told_ms)


def _event(row: tuple[Any, ...], stage: Stage) -> EventRow:
    mark, asset, event, state, stream, seq, received_ms, decided_ms, condition, age = row
    return EventRow(
        mark=mark,
        asset=asset,
        event=event,
        state=state,
        stream=stream,
        seq=seq,
        received_ms=_righted(stage, received_ms) or 0,
        decided_ms=_righted(stage, decided_ms),
        condition=condition,
        age=age,
    )


def _samples(found: list[tuple[Any, ...]]) -> dict[tuple[str, int, str], list[float]]:
    samples: dict[tuple[str, int, str], list[float]] = {}
    for asset, at_ms, *values in found:
        for metric, value in zip(_METRICS, values, strict=True):
            if value is not None:
                samples.setdefault((asset, at_ms, metric), []).append(value)
    return samples


def _shed(row: tuple[Any, ...]) -> list[Identity]:
    return [
        (Lane(row[0]), row[1], seq)
        for first, end in ranges.parse(row[-1])
        for seq in range(first, end)
    ]


def _count(row: tuple[Any, ...]) -> StreamCount:
    lane, stream, next_seq, stored, quarantined, shed, missing, in_flight, _, _ = row
    return StreamCount(
        lane=Lane(lane),
        stream=stream,
        next_seq=next_seq,
        stored=stored,
        quarantined=quarantined,
        shed=shed,
        missing=missing,
        in_flight=int(in_flight),
    )
