"""A disk that fills becomes an alarm of the platform, once, and ends: on the real database."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ingest.disk import Room
from ingest.disk_watch import DiskWatch
from ingest.metrics import Metrics
from tests.integration.ingest.parts import rows
from towerwatch.process import wait_until
from towerwatch.services.database import DatabaseUrls

NOW = datetime.now(UTC)
GIB = 1024**3


def told(database: DatabaseUrls) -> list[object]:
    found = rows(database, "SELECT state FROM events WHERE event = 'disk_filling' ORDER BY id")
    return [row[0] for row in found]


def test_a_disk_that_fills_is_told_once_and_by_the_next_process_that_it_is_over(
    database: DatabaseUrls, tmp_path: Path
) -> None:
    full = [Room(folder="/data", free=1 * GIB, total=100 * GIB)]
    watch = DiskWatch(("/data",), database.ingest_url, Metrics())
    watch.tell_of(full, NOW)
    watch.tell_of(full, NOW)
    DiskWatch(("/data",), database.ingest_url, Metrics()).tell_of(full, NOW)
    assert told(database) == ["raise"]
    nobody = DiskWatch((), database.ingest_url, Metrics())
    nobody.start()
    assert wait_until(lambda: told(database) == ["raise", "clear"], within_s=20)
    nobody.stop()


def test_a_folder_that_is_not_there_says_nothing(database: DatabaseUrls, tmp_path: Path) -> None:
    metrics, labels = Metrics(), {"folder": str(tmp_path)}
    seen = partial(metrics.registry.get_sample_value, "towerwatch_ingest_disk_free_bytes", labels)
    watch = DiskWatch((str(tmp_path), str(tmp_path / "gone")), database.ingest_url, metrics)
    watch.start()
    assert wait_until(lambda: seen() is not None, within_s=20)
    watch.stop()
    assert told(database) == []
