"""A recording goes through the whole line and comes out as it went in, once."""

import csv
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from gateway.drivers.replay import load_mapping, read_rows
from ingest.database import connect
from tests.e2e.line import Line
from tests.e2e.visitor import until
from tests.services import TestBroker
from towerwatch.process import stop
from towerwatch.services.database import DatabaseUrls

ROOT = Path(__file__).parents[2]
REGISTRY = ROOT / "simulators" / "demo" / "replay_registry"
GATEWAY = "replay-gw-1"
ASSET = "P-REPLAY"
PUBLIC = ROOT.parent / "shared" / "data" / "skab"
RECORDINGS = [ROOT / "tests" / "data" / "pump_recording.csv", *sorted(PUBLIC.glob("*.csv"))]
"""The project's own made recording, and the public ones where they are at hand."""

Stored = list[tuple[float, ...]]


def _expected(recording: Path) -> Stored:
    """Rows of the file as the database must hold them: float32, NaN for an empty cell."""
    mapping = load_mapping("skab")
    with recording.open(newline="") as lines:
        rows = list(read_rows(lines, mapping))
    with recording.open(newline="") as lines:
        assert len(rows) == sum(1 for _ in csv.reader(lines)) - 1
    return sorted(
        (float(row.at_ms), *(_real(row.values[name]) for name in mapping.metrics)) for row in rows
    )


def _real(value: object) -> float:
    """The value as four bytes hold it; NaN where there is none."""
    return float(np.float32(np.nan if value is None else float(str(value))))


def _stored(database: DatabaseUrls) -> Stored:
    names = ", ".join(load_mapping("skab").metrics)
    query = (
        f"SELECT round(extract(epoch FROM at) * 1000), {names} "
        "FROM pump_samples JOIN assets ON assets.id = asset_id WHERE code = %s"
    )
    with connect(database.owner_url, application="test") as connection:
        rows = connection.execute(query.encode(), [ASSET]).fetchall()
    return sorted((float(str(row[0])), *(_real(cell) for cell in row[1:])) for row in rows)


def _waiting(outbox: Path) -> int:
    """Samples that wait in an outbox, counted from its file alone."""
    file = outbox / "outbox-data.sqlite"
    if not file.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            payloads = connection.execute("SELECT payload FROM messages").fetchall()
    except sqlite3.OperationalError:
        return 0
    return sum(
        len(frame["t"]) for (payload,) in payloads for frame in json.loads(payload)["frames"]
    )


def _ledger(database: DatabaseUrls, column: str) -> int:
    query = "SELECT coalesce(sum(stored), 0), coalesce(sum(duplicates), 0) FROM ledgers"
    with connect(database.owner_url, application="test") as connection:
        row = connection.execute(f"{query} WHERE lane = 'data'".encode()).fetchone()
    assert row is not None
    return int(str(row[("stored", "duplicates").index(column)]))


@pytest.fixture(params=RECORDINGS, ids=lambda path: path.stem)
def recording(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def line(
    tmp_path: Path, database: DatabaseUrls, own_broker: TestBroker, recording: Path
) -> Iterator[Line]:
    running = Line(
        folder=tmp_path,
        database=database,
        broker=own_broker,
        gateway=GATEWAY,
        driver={
            "name": "recording",
            "driver": "replay",
            "file": str(recording),
            "mapping": "skab",
            "asset": ASSET,
        },
    )
    running.prepare(REGISTRY)
    try:
        yield running
    finally:
        running.stop_all()


def _same(stored: Stored, expected: Stored) -> bool:
    return len(stored) == len(expected) and np.array_equal(
        np.array(stored), np.array(expected), equal_nan=True
    )


@pytest.mark.timeout(180)
def test_a_recording_arrives_once_even_when_its_outbox_is_sent_twice(
    line: Line, recording: Path, tmp_path: Path
) -> None:
    expected = _expected(recording)
    outbox, image = tmp_path / "outbox", tmp_path / "image"
    line.start("gateway")
    assert until(lambda: _waiting(outbox) == len(expected), within_s=40), line.logs()
    line.kill("gateway")
    shutil.copytree(outbox, image)
    messages = _messages(image)

    line.give_driver({"name": "nothing", "driver": "replay"} | _empty_recording(tmp_path))
    for name in ("ingest-alarm", "ingest-data", "gateway"):
        line.start(name)
    assert until(lambda: _same(_stored(line.database), expected), within_s=40), line.logs()
    assert until(lambda: _waiting(outbox) == 0, within_s=20), line.logs()
    assert _ledger(line.database, "stored") == messages

    # Cleanly: a receipt that a killed gateway has not acknowledged would come again and cover all.
    assert stop(line.processes.pop("gateway"), grace_s=15)
    shutil.rmtree(outbox)
    shutil.copytree(image, outbox)
    line.start("gateway")
    assert until(lambda: _waiting(outbox) == 0, within_s=40), line.logs()
    assert _ledger(line.database, "duplicates") >= messages
    assert _ledger(line.database, "stored") == messages
    assert _same(_stored(line.database), expected)


def _messages(outbox: Path) -> int:
    with closing(sqlite3.connect(f"file:{outbox / 'outbox-data.sqlite'}?mode=ro", uri=True)) as db:
        (count,) = db.execute("SELECT count(*) FROM messages").fetchone()
    return int(count)


def _empty_recording(folder: Path) -> dict[str, str]:
    file = folder / "empty.csv"
    header = RECORDINGS[0].read_text().splitlines()[0]
    file.write_text(header + "\n")
    return {"file": str(file), "mapping": "skab", "asset": ASSET}
