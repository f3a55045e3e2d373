"""The schema is upgraded under a writer of the former release: it goes on, and nothing is lost."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics.alarms.loop import AlarmProcess, now_utc
from analytics.duties.responsibility import ensure_matrix
from ingest.database import connect, parse_queries
from ingest.migrate import migrate, migration_files
from tests.growth.ground import build_town, fetch
from towerwatch.process import wait_until
from towerwatch.services.database import DatabaseUrls

ROOT = Path(__file__).parents[2]
OLD = ROOT / "tests" / "data" / "upgrade" / "events_before_0012.sql"
STATEMENT = parse_queries(OLD.name, OLD.read_text("utf-8"))[0].statement
LAST_OF_OLD = {"ingest": 11, "analytics": 40, "dashboards.console": 9999}
FOLDERS = {
    "ingest": ROOT / "ingest" / "migrations",
    "analytics": ROOT / "analytics" / "migrations",
    "dashboards.console": ROOT / "dashboards" / "console" / "migrations",
}
AT_MS = round(datetime(2026, 11, 22, 3, 0, tzinfo=UTC).timestamp() * 1000)


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
    """Writes an event again and again as the former release's ingest did."""

    def __init__(self, urls: DatabaseUrls) -> None:
        self._urls = urls
        self.written = 0
        self.failures: list[Exception] = []
        with closing(connect(urls.owner_url, application="test")) as owner:
            row = owner.execute(
                "SELECT assets.id, places.path::text FROM assets"
                " JOIN places ON places.id = assets.place_id WHERE assets.class = 'lift' LIMIT 1"
            ).fetchone()
            assert row is not None
            self._asset, self._path = row

    def run(self, stop: threading.Event) -> None:
        with closing(connect(self._urls.ingest_url, application="old ingest")) as connection:
            while not stop.is_set():
                try:
                    connection.execute(STATEMENT, self._event(self.written + 1))
                except Exception as error:  # noqa: BLE001 - the edge of a thread: the test tells it
                    self.failures.append(error)
                    return
                self.written += 1
                stop.wait(0.002)

    def _event(self, seq: int) -> dict[str, list[object]]:
        return {
            "assets": [self._asset],
            "paths": [self._path],
            "gateways": ["gw-grow-0"],
            "streams": [7],
            "ages": [None],
            "seqs": [seq],
            "positions": [0],
            "events": ["entrapment"],
            "conditions": ["entrapment"],
            "states": ["raise" if seq % 2 else "clear"],
            "at_ms": [AT_MS + seq],
            "device_ms": [AT_MS + seq],
            "received_ms": [AT_MS + seq],
            "code_systems": [""],
            "codes": [""],
            "texts": [""],
            "raws": [""],
            "flags": [""],
        }


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


@pytest.mark.timeout(180)
def test_a_writer_of_the_former_release_goes_on_while_the_schema_is_upgraded(
    empty_database: DatabaseUrls, tmp_path: Path
) -> None:
    urls = empty_database
    migrate(urls.owner_url, former_release(tmp_path))
    build_town(urls, 1)
    writer = OldWriter(urls)
    with writing(writer):
        assert wait_until(lambda: writer.written > 20 or bool(writer.failures), within_s=30)
        applied = migrate(urls.owner_url, list(FOLDERS.items()))
        upgraded_at = writer.written
        assert wait_until(
            lambda: writer.written > upgraded_at + 20 or bool(writer.failures), within_s=30
        )
    assert writer.failures == []
    assert any(one.file == "0017_place_slices.sql" for one in applied)
    assert len(fetch(urls, "events")) == writer.written
    with closing(connect(urls.analytics_url, application="test alarms")) as connection:
        ensure_matrix(connection, now_utc())
        process = AlarmProcess(lambda: connection)
        while process.turn(connection):
            pass
    assert fetch(urls, "waiting") == [(0,)]
    [alarm] = fetch(urls, "alarms")
    assert alarm[6] == (writer.written + 1) // 2, "every raise is counted"
