"""Where everything of one installation lives, and as whom its servers run.

PostgreSQL refuses to run as root, and a home of root is closed to others: as root everything
lives under /var/lib/towerwatch and the servers run as an unprivileged user.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from towerwatch.errors import WrongSettings

HOME_OF_ROOT = Path("/var/lib/towerwatch")
SERVICE_USERS = ("towerwatch", "nobody")
CONTAINER_WAY = (
    "Use the container way instead (docker compose -f deploy/compose.yaml up), or point"
    " TOWERWATCH_DATABASE_URL and TOWERWATCH_MQTT_URL at existing servers."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUser:
    """The unprivileged user that the servers run as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One folder with the runtime, the data, the secrets and the state of one installation."""

    root: Path
    programs: Path | None = None
    """Where the runtime is, when another home has it."""

    @property
    def runtime(self) -> Path:
        """Unpacked programs; can be removed and installed again."""
        return self.programs or self.root / "runtime"

    @property
    def demo(self) -> "Home":
        """The demonstration's own home: it shares the programs and nothing else."""
        return Home(root=self.root / "demo", programs=self.runtime)

    @property
    def data(self) -> Path:
        """The database, the broker's store, gateway outboxes."""
        return self.root / "data"

    @property
    def secrets(self) -> Path:
        """Passwords and keys, readable by their owner alone."""
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        """What the servers print, a file each."""
        return self.root / "logs"


def home_from(environ: dict[str, str], *, uid: int) -> Home:
    """Return the home that an environment chooses.

    TOWERWATCH_HOME, or /var/lib/towerwatch for root, or the user's cache folder.
    """
    chosen = environ.get("TOWERWATCH_HOME", "").strip()
    if chosen:
        return Home(root=Path(chosen).expanduser().absolute())
    if uid == 0:
        return Home(root=HOME_OF_ROOT)
    cache = environ.get("XDG_CACHE_HOME", "").strip()
    base = Path(cache) if cache else Path(environ.get("HOME", "")) / ".cache"
    if not base.is_absolute():
        raise WrongSettings("HOME is not set: choose a folder with TOWERWATCH_HOME=/some/folder.")
    return Home(root=base / "towerwatch")


def current_home() -> Home:
    """Return the home of this process and its user."""
    return home_from(dict(os.environ), uid=os.geteuid())


def service_user() -> ServiceUser | None:
    """Return whom the servers run as, or None when that is simply the present user.

    A user named towerwatch is taken when the machine has one, else nobody.

    Raises:
        WrongSettings: root has neither of the two.
    """
    if os.geteuid() != 0:
        return None
    for name in SERVICE_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServiceUser(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise WrongSettings(
        "PostgreSQL refuses to run as root and this machine has no user `towerwatch` or `nobody`:"
        " make one with `useradd --system towerwatch`."
    )


def make_folder(path: Path, *, owner: ServiceUser | None = None, mode: int = 0o755) -> Path:
    """Make a folder (and those above it) with an owner and a mode, and return it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
    except OSError as error:
        raise WrongSettings(
            f"Cannot use the folder {path} ({error.strerror}): choose another with TOWERWATCH_HOME."
        ) from error
    if owner is not None:
        os.chown(path, owner.uid, owner.gid)
    return path


def require_reachable(path: Path, owner: ServiceUser | None) -> None:
    """Refuse a home that the servers' user cannot enter.

    Raises:
        WrongSettings: a folder above `path` is closed to others.
    """
    if owner is None:
        return
    for folder in (*reversed(path.parents), path):
        found = folder.stat()
        is_open = bool(found.st_mode & stat.S_IXOTH)
        if not is_open and found.st_uid != owner.uid:
            raise WrongSettings(
                f"The servers run as {owner.name}, who cannot enter {folder}:"
                " choose another folder with TOWERWATCH_HOME."
            )
