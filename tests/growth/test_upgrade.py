"""The schema is upgraded under writers of the former release: they go on, and nothing is lost."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg.errors import DeadlockDetected, SerializationFailure

from analytics.alarms.loop import AlarmProcess, now_utc
from analytics.duties.responsibility import ensure_matrix
from ingest.database import Connection, Queries, connect, parse_queries
from ingest.migrate import migrate, migration_files
from tests.growth.ground import build_town, fetch
from towerwatch.process import wait_until
from towerwatch.services.database import DatabaseUrls

ROOT = Path(__file__).parents[2]
OLD = {
    file.name: Queries(file.name, parse_queries(file.name, file.read_text("utf-8")))
    for file in (ROOT / "tests" / "data" / "upgrade").glob("*_before_0012.sql")
}
EVENTS, DELIVERIES = OLD["events_before_0012.sql"], OLD["deliveries_before_0012.sql"]
LAST_OF_OLD = {"ingest": 11, "analytics": 40, "dashboards.console": 2}
FOLDERS = {
    "ingest": ROOT / "ingest" / "migrations",
    "analytics": ROOT / "analytics" / "migrations",
    "dashboards.console": ROOT / "dashboards" / "console" / "migrations",
}
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
AT_MS = round(AT.timestamp() * 1000)
GATEWAY, STREAM = "gw-grow-0", 7
Write = Callable[[Connection, int], None]


def former_release(folder: Path) -> list[tuple[str, Path]]:
    """The sets of migrations as they were then."""
    sets = []
    for name, present in FOLDERS.items():
        made = folder / name
        made.mkdir(parents=True)
        for file in migration_files(present):
            if int(file.name[:4]) <= LAST_OF_OLD[name]:
                (made / file.name).write_text(file.sql, "utf-8")
        sets.append((name, made))
    return sets


class OldWriter:
    """Writes again and again, as the former release's ingest did, until it is told to stop."""

    def __init__(self, urls: DatabaseUrls, write: Write) -> None:
        self._urls = urls
        self._write = write
        self.written = 0
        self.failures: list[Exception] = []

    @property
    def is_done(self) -> bool:
        """Whether it gave up."""
        return bool(self.failures)

    def run(self, stop: threading.Event) -> None:
        with closing(connect(self._urls.ingest_url, application="old ingest")) as connection:
            while not stop.is_set():
                try:
                    with connection.transaction():
                        self._write(connection, self.written + 1)
                except (DeadlockDetected, SerializationFailure):
                    continue  # as ingest did, and does
                except Exception as error:  # noqa: BLE001 - the edge of a thread: the test tells it
                    self.failures.append(error)
                    return
                self.written += 1
                stop.wait(0.002)


def lift_of(urls: DatabaseUrls) -> tuple[int, str]:
    """A lift and its place."""
    with closing(connect(urls.owner_url, application="test")) as owner:
        row = owner.execute(
            "SELECT assets.id, places.path::text FROM assets"
            " JOIN places ON places.id = assets.place_id WHERE assets.class = 'lift' LIMIT 1"
        ).fetchone()
    assert row is not None
    return int(str(row[0])), str(row[1])


def event_writer(asset: int, path: str) -> Write:
    """The alarm lane: an event of one lift, raised and cleared in turn."""

    def write(connection: Connection, seq: int) -> None:
        given: dict[str, object] = {
            "assets": asset,
            "paths": path,
            "gateways": GATEWAY,
            "streams": STREAM,
            "ages": None,
            "seqs": seq,
            "positions": 0,
            "events": "entrapment",
            "conditions": "entrapment",
            "states": "raise" if seq % 2 else "clear",
            "at_ms": AT_MS + seq,
            "device_ms": AT_MS + seq,
            "received_ms": AT_MS + seq,
            "code_systems": "",
            "codes": "",
            "texts": "",
            "raws": "",
            "flags": "",
        }
        connection.execute(EVENTS["insert_events"], {key: [one] for key, one in given.items()})

    return write


def sample_writer(asset: int) -> Write:
    """The data lane: a frame, its message in the ledger, and the hour's count, in one transaction."""
    lane = {"gateways": [GATEWAY], "lanes": ["data"]}
    none = {"quarantined": [0], "duplicates": [0], "missing": [0], "samples_refused": [0]}

    def write(connection: Connection, seq: int) -> None:
        stream = {**lane, "streams": [STREAM], "now": AT}
        connection.execute(DELIVERIES["open_ledgers"], {**stream, "origins": [0]})
        with connection.cursor().copy(DELIVERIES["copy_samples"]) as copy:
            copy.write_row((AT + timedelta(seconds=seq), asset, 1.5))
        book = {
            "received": [f"{{[1,{seq + 1})}}"], "closed": ["{}"], "shed": ["{}"], "low": [1],
            "next_seq": [seq + 1], "stored": [seq], "shed_messages": [0], "samples": [seq],
        }  # fmt: skip
        connection.execute(DELIVERIES["update_ledgers"], {**stream, **none, **book})
        hour = {"now": AT, "stored": [1], "shed": [0], "samples": [1]}
        connection.execute(DELIVERIES["add_hours"], {**lane, **none, **hour})

    return write


@contextmanager
def writing(writer: OldWriter) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=writer.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)


def went_on(writers: list[OldWriter], by: int) -> bool:
    """Whether each has written so much more, within half a minute."""
    begun = [writer.written for writer in writers]
    return wait_until(
        lambda: all(
            writer.is_done or writer.written > before + by
            for writer, before in zip(writers, begun, strict=True)
        ),
        within_s=30,
    )


_BOOKS = """
    SELECT
        (SELECT count(*) FROM lift_samples),
        (SELECT stored FROM ledgers WHERE lane = 'data'),
        (SELECT sum(samples)::bigint FROM ledger_hours WHERE lane = 'data')
"""


@pytest.mark.timeout(180)
def test_writers_of_the_former_release_go_on_while_the_schema_is_upgraded(
    empty_database: DatabaseUrls, tmp_path: Path
) -> None:
    urls = empty_database
    migrate(urls.owner_url, former_release(tmp_path))
    build_town(urls, 1)
    asset, path = lift_of(urls)
    events = OldWriter(urls, event_writer(asset, path))
    samples = OldWriter(urls, sample_writer(asset))
    with ExitStack() as stack:
        for writer in (events, samples):
            stack.enter_context(writing(writer))
        assert went_on([events, samples], 20)
        applied = migrate(urls.owner_url, list(FOLDERS.items()))
        assert went_on([events, samples], 20)
    assert (events.failures, samples.failures) == ([], [])
    assert any(one.file == "0017_place_slices.sql" for one in applied)
    with closing(connect(urls.owner_url, application="test")) as owner:
        assert owner.execute(_BOOKS).fetchone() == (samples.written,) * 3
    assert len(fetch(urls, "events")) == events.written
    with closing(connect(urls.analytics_url, application="test alarms")) as connection:
        ensure_matrix(connection, now_utc())
        process = AlarmProcess(lambda: connection)
        while process.turn(connection):
            pass
    assert fetch(urls, "waiting") == [(0,)]
    [alarm] = fetch(urls, "alarms")
    assert alarm[6] == (events.written + 1) // 2, "every raise is counted"
