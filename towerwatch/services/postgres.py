"""The private PostgreSQL: its data folder, its settings, how it is started."""

import gzip
import re
import shutil
import signal
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from towerwatch.errors import ServiceFailed, WrongSettings
from towerwatch.home import ServiceUser, make_folder
from towerwatch.process import Launch, start
from towerwatch.runtime.layout import POSTGRES_MAJOR, Runtime
from towerwatch.runtime.unpack import clean_environment
from towerwatch.services.database import ADMIN, ROLES, Server, private_server
from towerwatch.services.secrets import Secrets

_MIB = 1024**2
_SMALL_SHARED_MEMORY = 256 * _MIB
_INITDB_S = 120.0
PACKED = ".gz"
"""How names of segments in an archive end."""
STOP_SIGNAL = signal.SIGINT
"""PostgreSQL's fast shutdown: open transactions are rolled back, a checkpoint is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the settings are made for [B]."""

    memory: int
    shared_memory: int
    has_time_zones: bool


def this_machine() -> Machine:
    """Look at the memory and the time zone files of this machine.

    Shared memory that not everybody may write (some containers) counts as none.
    """
    memory = 1024 * _MIB
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemTotal:"):
            memory = int(line.split()[1]) * 1024
    shm = Path("/dev/shm")  # noqa: S108  - the kernel's shared memory, only measured
    is_open = shm.is_dir() and bool(shm.stat().st_mode & stat.S_IWOTH)
    return Machine(
        memory=memory,
        shared_memory=shutil.disk_usage(shm).total if is_open else 0,
        has_time_zones=Path("/usr/share/zoneinfo/UTC").is_file(),
    )


def archive_settings(archive: Path) -> dict[str, str]:
    """Pack every finished segment of the log into a folder, at least once a minute.

    A minute's segment is 16 MiB however little was written: packed, what was not written is nothing.
    A segment is complete before it has its name, and one that is there is never overwritten. The same
    one may be asked for again after a crash: it is well when its content is the same, or the log
    would never be let go of.

    Raises:
        WrongSettings: the folder's name cannot stand in a command.

    References:
        PostgreSQL 17 manual, 25.3.1 (what to say of a file that is there already).
    """
    if not re.fullmatch(r"/[\w/.+-]*", str(archive)):
        raise WrongSettings(f"{archive} has letters that the archive's command cannot take.")
    kept, part = f"{archive}/%f{PACKED}", f"{archive}/.%f.part"
    return {
        "archive_mode": "on",
        "archive_timeout": "60s",
        "archive_command": (
            f"if test -f {kept}; then gzip -dc {kept} | cmp -s - %p;"
            f" else gzip -1 -c %p > {part} && sync {part} && mv {part} {kept}; fi"
            f" && sync {archive}"
        ),
        "wal_level": "replica",
    }


def settings(machine: Machine, *, port: int, is_durable: bool = True) -> dict[str, str]:
    """Return PostgreSQL's settings for a machine.

    Args:
        machine: Memory and files of the machine.
        port: TCP port on loopback.
        is_durable: False is for tests alone: a power cut then destroys the database.

    The private server is the Apache edition, which has no background jobs to run.

    References:
        PostgreSQL 17 manual, chapters 19 and 28; TimescaleDB's tuning advice (a quarter of the
        memory as shared buffers, many locks for many chunks).
    """
    shared = max(64, min(machine.memory // 4 // _MIB, 2048))
    zone = "UTC" if machine.has_time_zones else "GMT"
    is_small = machine.shared_memory < _SMALL_SHARED_MEMORY
    chosen = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "120",
        "password_encryption": "scram-sha-256",
        "shared_preload_libraries": "timescaledb",
        "timescaledb.telemetry_level": "off",
        "timescaledb.max_background_workers": "0",
        "max_worker_processes": "16",
        "max_locks_per_transaction": "256",
        "jit": "off",
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(256, machine.memory // 2 // _MIB)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(64, min(shared // 4, 512))}MB",
        "dynamic_shared_memory_type": "mmap" if is_small else "posix",
        "random_page_cost": "1.1",
        "wal_compression": "lz4",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "synchronous_commit": "on",
        "fsync": "on",
        "full_page_writes": "on",
        "timezone": zone,
        "log_timezone": zone,
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_checkpoints": "off",
        "log_lock_waits": "on",
        "deadlock_timeout": "200ms",
        "log_min_duration_statement": "2s",
        "cluster_name": "towerwatch",
    }
    if not is_durable:
        chosen |= {
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "128MB",
            "max_wal_size": "1GB",
            "log_min_duration_statement": "-1",
        }
    return chosen


def render(chosen: dict[str, str]) -> str:
    """Write settings as PostgreSQL reads them."""
    return "".join(f"{name} = '{value}'\n" for name, value in sorted(chosen.items()))


class PrivatePostgres:
    """A PostgreSQL of our own on loopback, in a folder of the servers' user.

    Attributes:
        archive: Folder that its log is copied to from the next start on; None: nowhere.
    """

    def __init__(
        self,
        runtime: Runtime,
        folder: Path,
        secrets: Secrets,
        *,
        user: ServiceUser | None,
        is_durable: bool = True,
    ) -> None:
        self.archive: Path | None = None
        self._runtime = runtime
        self._folder = folder
        self._cluster = folder / "cluster"
        self._secrets = secrets
        self._user = user
        self._is_durable = is_durable

    def server(self, port: int) -> Server:
        """Return where it answers and each role's password."""
        names = (ADMIN, *ROLES)
        passwords = {name: self._secrets.get(f"database.{name}") for name in names}
        return private_server(port, passwords)

    def prepare(self, port: int) -> None:
        """Make the cluster when it is absent, and write its settings.

        Raises:
            ServiceFailed: the cluster is of another major version, or cannot be made.
        """
        make_folder(self._folder, owner=self._user, mode=0o700)
        if not self._cluster.exists():
            self._initialise()
        found = (self._cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != str(POSTGRES_MAJOR):
            raise ServiceFailed(
                "database",
                f"{self._cluster} was made by PostgreSQL {found} and this is {POSTGRES_MAJOR}:"
                " dump it with the former version, or move the folder away",
            )
        chosen = settings(this_machine(), port=port, is_durable=self._is_durable)
        if self.archive is not None:
            make_folder(self.archive, owner=self._user, mode=0o700)
            chosen |= archive_settings(self.archive)
            self._keep_histories(self.archive)
        path = self._cluster / "towerwatch.conf"
        path.write_text(render(chosen), encoding="utf-8")
        self._give(path)

    def launch(self) -> Launch:
        """Return how the server is started."""
        return self._launch("postgres", "-D", str(self._cluster))

    def _keep_histories(self, archive: Path) -> None:
        """Put the histories of timelines into the archive.

        A recovery archives nothing, its own history neither; without that file the next recovery
        would end where this one began and give the same number to another past.
        """
        for history in sorted((self._cluster / "pg_wal").glob("*.history")):
            kept, content = archive / f"{history.name}{PACKED}", history.read_bytes()
            if not kept.exists():
                part = archive / f".{history.name}.part"
                part.write_bytes(gzip.compress(content, mtime=0))
                self._give(part)
                part.replace(kept)
            elif gzip.decompress(kept.read_bytes()) != content:
                raise WrongSettings(
                    f"{archive} holds the log of another server ({kept.name}): choose an empty folder."
                )

    def _initialise(self) -> None:
        fresh = self._folder / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = self._folder / "password"
        password.write_text(self._secrets.get(f"database.{ADMIN}"), encoding="utf-8")
        password.chmod(0o600)
        self._give(password)
        try:
            self._run_initdb(fresh, password)
        finally:
            password.unlink()
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude 'towerwatch.conf'\n")
        fresh.rename(self._cluster)

    def _run_initdb(self, fresh: Path, password: Path) -> None:
        words = [
            f"--pgdata={fresh}",
            f"--username={ADMIN}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--encoding=UTF8",
            "--data-checksums",
            "--set=dynamic_shared_memory_type=mmap",
        ]
        if not self._is_durable:
            words.append("--no-sync")
        process = start(self._launch("initdb", *words), output=subprocess.PIPE)
        said, _ = process.communicate(timeout=_INITDB_S)
        if process.returncode != 0:
            text = said.decode("utf-8", errors="replace").strip()
            raise ServiceFailed("database", f"its folder could not be made: {text[-500:]}")

    def _launch(self, program: str, *words: str) -> Launch:
        environment = clean_environment() | {"LC_ALL": "C", "HOME": str(self._folder)}
        return Launch(
            command=[str(self._runtime.postgres_bin / program), *words],
            environment=environment,
            user=self._user,
            death_signal=STOP_SIGNAL,
            folder=self._folder,
        )

    def _give(self, path: Path) -> None:
        if self._user is not None:
            shutil.chown(path, self._user.uid, self._user.gid)
