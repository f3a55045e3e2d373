"""A backup that is made while others write comes back whole, on an empty server."""

import json
import shutil
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from tests.services import TestDatabase
from towerwatch.backup.archive import read_archive, write_archive
from towerwatch.backup.manifest import (
    DUMP,
    MANIFEST,
    BrokenBackup,
    TableDigest,
    differences,
    read_manifest,
)
from towerwatch.backup.restore import restore_database
from towerwatch.backup.save import Wanted, save
from towerwatch.errors import WrongSettings
from towerwatch.home import Home, current_home
from towerwatch.services.database import DatabaseUrls

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def _admin(server: TestDatabase, name: str) -> str:
    return f"{server.server.admin_url.rpartition('/')[0]}/{name}"


@pytest.fixture
def home() -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="tw-backup-"))
    folder.chmod(0o755)
    (folder / "secrets").mkdir(mode=0o700)
    (folder / "secrets" / "database.tw_owner").write_text("0123456789abcdef")
    yield Home(root=folder, programs=current_home().runtime)
    shutil.rmtree(folder)


def _fill(url: str) -> None:
    """Places, an asset, telemetry over four days and a ledger, a row of each with odd values."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO lift_samples (at, asset_id, speed, load) SELECT timestamptz"
            " '2026-05-01 00:00+00' + n * INTERVAL '1 minute', n % 7, n / 3.0, NULL"
            " FROM generate_series(1, 5000) AS n"
        )
        connection.execute(
            "INSERT INTO ledgers (gateway, lane, stream, received, next_seq, stored, samples,"
            " first_at, last_at) VALUES ('gw-a', 'data', 7, '{[1,5001)}', 5001, 5000, 5000,"
            " '2026-05-01', '2026-05-04')"
        )
        connection.execute(
            "INSERT INTO quarantine (received_at, gateway, lane, topic, reason, detail, payload)"
            " VALUES ('2026-05-01', 'gw-a', 'alarm', 'tw/1/gw-a/alarm', 'bad_json', '电梯',"
            " '\\x00ff7b')"
        )


def test_a_backup_made_while_others_write_is_restored_into_an_empty_server_and_equal(
    database_server: TestDatabase,
    own_database_server: TestDatabase,
    database: DatabaseUrls,
    home: Home,
    tmp_path: Path,
) -> None:
    _fill(database.owner_url)
    with psycopg.connect(_admin(database_server, database.name)) as connection:
        connection.execute("CREATE ROLE tw_city LOGIN")
        connection.execute("GRANT SELECT ON places TO tw_city")
    stop = threading.Event()

    def write() -> None:
        with psycopg.connect(database.owner_url, autocommit=True) as connection:
            while not stop.wait(0.01):
                connection.execute(
                    "INSERT INTO lift_samples (at, asset_id, speed) VALUES (now(), 1, 1)"
                )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        url = _admin(database_server, database.name)
        saved = save(home, url, tmp_path / "backups", Wanted(), NOW)
    finally:
        stop.set()
        writer.join()
    assert saved.folder.name == "towerwatch-20260504T030201Z"
    assert saved.folder.stat().st_mode & 0o777 == 0o700
    manifest = read_manifest(saved.folder)
    assert manifest.tables["public.lift_samples"].rows >= 5000
    assert manifest.tables["public.quarantine"].rows == 1
    empty = own_database_server.make()
    target = _admin(own_database_server, empty.name)
    restored = restore_database(home, target, saved.folder, manifest)
    assert restored.differences == ()
    assert restored.rows == manifest.rows
    with psycopg.connect(empty.owner_url) as connection:
        chunks = connection.execute("SELECT count(*) FROM show_chunks('lift_samples')").fetchone()
        assert chunks is not None
        assert chunks[0] >= 4
    with psycopg.connect(target) as connection:
        city = connection.execute(
            "SELECT rolcanlogin, has_table_privilege('tw_city', 'places', 'SELECT')"
            " FROM pg_roles WHERE rolname = 'tw_city'"
        ).fetchone()
    assert city == (False, True)
    with psycopg.connect(empty.ingest_url) as connection:
        connection.execute("INSERT INTO lift_samples (at, asset_id) VALUES ('2026-05-02', 1)")
        hours = connection.execute("SELECT current_setting('timescaledb.restoring')").fetchone()
    assert hours == ("off",)
    with pytest.raises(WrongSettings, match="empty"):
        restore_database(home, target, saved.folder, manifest)
    with psycopg.connect(target) as connection:
        connection.execute("UPDATE quarantine SET detail = 'else'")
        connection.execute("DELETE FROM ledgers")
    _see_the_difference(target, saved.folder)
    with psycopg.connect(_admin(database_server, database.name)) as connection:
        connection.execute("DROP OWNED BY tw_city")
        connection.execute("DROP ROLE tw_city")


def _see_the_difference(url: str, folder: Path) -> None:
    from contextlib import closing

    from ingest.database import connect
    from towerwatch.backup.tables import fetch_digests

    with closing(connect(url, application="test")) as connection:
        found = fetch_digests(connection, lambda _share, _now: None)
    lines = differences(read_manifest(folder), found)
    assert "public.ledgers has 0 rows, the backup 1" in lines
    assert "public.quarantine has other content in its 1 rows" in lines


def test_a_backup_without_telemetry_is_restored_with_empty_tables_of_it(
    database_server: TestDatabase,
    own_database_server: TestDatabase,
    database: DatabaseUrls,
    home: Home,
    tmp_path: Path,
) -> None:
    _fill(database.owner_url)
    wanted = Wanted(has_telemetry=False, has_secrets=False)
    saved = save(home, _admin(database_server, database.name), tmp_path, wanted, NOW)
    assert "public.lift_samples" in saved.manifest.left_out
    assert set(saved.manifest.files) == {DUMP}
    empty = own_database_server.make()
    target = _admin(own_database_server, empty.name)
    restored = restore_database(home, target, saved.folder, saved.manifest)
    assert restored.differences == ()
    with psycopg.connect(empty.owner_url) as connection:
        assert connection.execute("SELECT count(*) FROM lift_samples").fetchone() == (0,)


def test_old_backups_go_and_unfinished_ones_are_no_backup(
    database_server: TestDatabase, database: DatabaseUrls, home: Home, tmp_path: Path
) -> None:
    url = _admin(database_server, database.name)
    (tmp_path / "towerwatch-20200101T000000Z").mkdir()
    first = save(home, url, tmp_path, Wanted(), NOW)
    second = save(home, url, tmp_path, Wanted(keep=1), NOW + timedelta(days=1))
    assert second.removed == (first.folder.name,)
    assert (tmp_path / "towerwatch-20200101T000000Z").is_dir()
    with pytest.raises(BrokenBackup):
        read_manifest(tmp_path / "towerwatch-20200101T000000Z")


@pytest.mark.parametrize("file", [DUMP, "home.tar"])
def test_a_changed_file_is_noticed_before_anything_is_restored(
    database_server: TestDatabase, database: DatabaseUrls, home: Home, tmp_path: Path, file: str
) -> None:
    saved = save(home, _admin(database_server, database.name), tmp_path, Wanted(), NOW)
    with (saved.folder / file).open("ab") as opened:
        opened.write(b"x")
    with pytest.raises(BrokenBackup, match=file):
        read_manifest(saved.folder)


def test_secrets_come_back_closed_and_nothing_else_does(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "home.tar"
    assert write_archive(home, path) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    other = Home(root=tmp_path / "other")
    assert read_archive(other, path) == 1
    secret = other.secrets / "database.tw_owner"
    assert (secret.read_text(), secret.stat().st_mode & 0o777) == ("0123456789abcdef", 0o600)
    bad = tmp_path / "bad.tar"
    with tarfile.open(bad, "x") as archive:
        archive.add(secret, arcname="secrets/../../escaped")
    with pytest.raises(BrokenBackup, match="escaped"):
        read_archive(other, bad)


def test_an_empty_folder_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BrokenBackup, match="is no backup"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST).write_text(json.dumps({"tables": {}, "left_out": []}))
    with pytest.raises(BrokenBackup, match="is no backup"):
        read_manifest(tmp_path)


def test_tables_are_compared_by_name_rows_and_content() -> None:
    from towerwatch.backup.manifest import Manifest

    manifest = Manifest(
        made_at="",
        server_version="",
        timescale_version="",
        database_bytes=0,
        tables={"a": TableDigest(rows=1, digest="1"), "b": TableDigest(rows=1, digest="1")},
        sequences={},
        left_out=("c",),
        files={},
    )
    found = {name: TableDigest(rows=1, digest="2") for name in ("a", "c", "d")}
    assert differences(manifest, found) == [
        "a has other content in its 1 rows",
        "b is missing",
        "d is not in the backup",
    ]


def test_photos_of_reports_come_back_with_the_home(home: Home, tmp_path: Path) -> None:
    digest = "ab" * 32
    photo = home.data / "photos" / digest[:2] / digest
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"\xff\xd8\xff a photo")
    path = tmp_path / "home.tar"
    write_archive(home, path)
    other = Home(root=tmp_path / "other")
    read_archive(other, path)
    assert (other.data / "photos" / digest[:2] / digest).read_bytes() == b"\xff\xd8\xff a photo"
