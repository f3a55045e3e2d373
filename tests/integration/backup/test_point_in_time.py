"""The server as of a moment between two writes: a base backup, and the log that was archived since."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ingest.database import connect
from ingest.migrate import migrate
from tests.services import Workshop, end_server, run_server
from towerwatch.backup.base import (
    BaseBackup,
    base_backup,
    list_bases,
    prune_bases,
    read_base,
    restore_point,
)
from towerwatch.backup.manifest import BrokenBackup, TableDigest
from towerwatch.backup.tables import fetch_digests
from towerwatch.doctor.finding import Verdict
from towerwatch.doctor.keeping import look_at_archive
from towerwatch.errors import ServiceFailed, WrongSettings
from towerwatch.home import Home, make_folder
from towerwatch.process import free_port, wait_until
from towerwatch.services.database import Server, answers, ensure_database, ensure_roles
from towerwatch.services.postgres import PACKED, STOP_SIGNAL, PrivatePostgres
from towerwatch.services.secrets import Secrets

DATABASE = "towerwatch"


class Machine:
    """A home with a durable private server that archives its log."""

    def __init__(self, shop: Workshop, name: str) -> None:
        self.home = Home(root=make_folder(shop.folder / name), programs=shop.runtime.folder.parent)
        for folder in (self.home.data, self.home.logs):
            make_folder(folder)
        self.archive = shop.folder / f"{name}-archive"
        self._secrets = Secrets(self.home.secrets)
        self._shop = shop
        self.port = free_port()

    def postgres(self) -> PrivatePostgres:
        made = PrivatePostgres(
            self._shop.runtime, self.home.data / "database", self._secrets, user=self._shop.user
        )
        made.archive = self.archive
        return made

    def server(self) -> Server:
        return self.postgres().server(self.port)

    def url(self) -> str:
        return f"{self.server().admin_url.rpartition('/')[0]}/{DATABASE}"

    def digests(self) -> dict[str, TableDigest]:
        with closing(connect(self.url(), application="test")) as connection:
            return fetch_digests(connection, lambda _share, _now: None)


@pytest.fixture(scope="module")
def shop(servers: Workshop) -> Iterator[Workshop]:
    folder = Path(tempfile.mkdtemp(prefix="tw-pitr-"))
    folder.chmod(0o755)
    yield Workshop(
        folder=folder,
        runtime=servers.runtime,
        user=servers.user,
        secrets=Secrets(folder / "secrets"),
    )
    shutil.rmtree(folder, ignore_errors=True)


def now_of(url: str) -> datetime:
    with closing(connect(url, application="test")) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        assert isinstance(row[0], datetime)
        return row[0]


def write(url: str, reason: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO quarantine (received_at, gateway, lane, topic, reason, detail, payload)"
            " SELECT now(), 'gw-a', 'alarm', 'tw/1/gw-a/alarm', 'bad_json', %s, '\\x00'"
            " FROM generate_series(1, 500)",
            (reason,),
        )
        connection.execute(
            "INSERT INTO lift_samples (at, asset_id, speed)"
            " SELECT timestamptz '2026-05-01 00:00+00' + n * INTERVAL '1 minute', n, n"
            " FROM generate_series(1, 500) AS n"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A server that is gone: what is left of it, and what it held at a moment."""

    was: Machine
    made: BaseBackup
    moment: datetime
    expected: dict[str, TableDigest]


@contextmanager
def running(machine: Machine) -> Iterator[str]:
    machine.postgres().prepare(machine.port)
    log = machine.home.logs / "database.log"
    url = machine.server().admin_url
    server = run_server(machine.postgres().launch(), log, lambda: answers(url))
    try:
        yield machine.url()
    finally:
        end_server(server, STOP_SIGNAL)


@pytest.fixture(scope="module")
def past(shop: Workshop) -> Past:
    was = Machine(shop, "was")
    with running(was) as url:
        ensure_roles(was.server())
        ensure_database(was.server(), DATABASE)
        migrate(was.server().url("tw_owner", DATABASE))
        write(url, "before the copy")
        made = base_backup(was.home, url, shop.folder / "backups", datetime.now(UTC))
        write(url, "after the copy")
        expected, moment = was.digests(), now_of(url)
        write(url, "by mistake")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DELETE FROM lift_samples")
            row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
            assert row is not None
        last = was.archive / f"{row[0]}{PACKED}"
        assert wait_until(last.exists, within_s=60)
        with closing(connect(url, application="test")) as owner:
            assert look_at_archive(owner).verdict is Verdict.GOOD
    return Past(was=was, made=made, moment=moment, expected=expected)


def empty_machine(shop: Workshop, name: str) -> Machine:
    made = Machine(shop, name)
    shutil.rmtree(made.home.secrets)
    return made


def test_the_server_comes_back_as_of_a_moment_and_not_a_write_later(
    shop: Workshop, past: Past
) -> None:
    assert past.made.folder.stat().st_mode & 0o777 == 0o700
    again = empty_machine(shop, "again")
    base = read_base(past.made.folder)
    assert base == past.made
    reached = restore_point(again.home, base, past.was.archive, past.moment)
    assert reached is not None
    assert reached <= past.moment
    cluster = again.home.data / "database" / "cluster"
    assert not (cluster / "recovery.signal").exists()
    assert "restore_command" not in (cluster / "postgresql.auto.conf").read_text()
    with running(again) as url:
        assert again.digests() == past.expected
        write(url, "life goes on")
    # Its own past goes into its archive: a second recovery must not begin the same timeline again.
    assert (again.archive / f"00000002.history{PACKED}").is_file()
    with pytest.raises(WrongSettings, match="already"):
        restore_point(again.home, base, past.was.archive, past.moment)


def test_a_moment_that_no_copy_reaches_is_refused(shop: Workshop, past: Past) -> None:
    machine = empty_machine(shop, "refused")
    before = past.made.made_at - timedelta(days=1)
    with pytest.raises(WrongSettings, match="take an older one"):
        restore_point(machine.home, past.made, past.was.archive, before)
    after = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(ServiceFailed, match="recovery ended before"):
        restore_point(machine.home, past.made, past.was.archive, after)


def test_old_copies_go_with_their_log_and_a_changed_one_is_noticed(
    shop: Workshop, past: Past
) -> None:
    backups, archive = shop.folder / "pruned", shop.folder / "pruned-archive"
    shutil.copytree(past.was.archive, archive)
    first = backups / past.made.folder.name
    shutil.copytree(past.made.folder, first)
    second = base_like(first, backups)
    assert prune_bases(past.was.home, backups, archive, 2) == ()
    assert [one.folder for one in list_bases(backups)] == [first, second]
    changed = second / "cluster" / "PG_VERSION"
    changed.write_bytes(changed.read_bytes() + b"x")
    with pytest.raises(BrokenBackup, match="pg_verifybackup"):
        restore_point(empty_machine(shop, "broken").home, read_base(second), archive, None)
    segments = names(archive)
    assert segments[0] < segments[-1]
    content = json.loads((second / "base.json").read_text()) | {"first_segment": segments[-1]}
    (second / "base.json").write_text(json.dumps(content))
    assert prune_bases(past.was.home, backups, archive, 1) == (first.name,)
    assert names(archive) == segments[-1:]


def names(archive: Path) -> list[str]:
    """Segments of the log, without the notes that lie between them."""
    found = (path.name.removesuffix(PACKED) for path in archive.iterdir())
    return sorted(name for name in found if len(name) == 24)


def base_like(folder: Path, into: Path) -> Path:
    """A later backup: a copy of an earlier one."""
    later = into / "base-20990101T000000Z"
    shutil.copytree(folder, later)
    return later
