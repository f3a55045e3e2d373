"""What an operator may choose for a run, and which servers that exist already are used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from analytics.alarms.lease import SLICES
from gateway.secret_file import secrets_folder
from towerwatch.errors import WrongSettings
from towerwatch.outside import Outside
from towerwatch.services.access import DATA_WORKERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an operator may choose.

    Args:
        data_workers: Processes on the data lane.
        gateways: Configuration files of gateways that run on this machine.
        console_host: Address that the console listens on.
        database_url: An existing server instead of the private one: libpq URL of a role that
            owns the database and may make roles; empty for the private one.
        mqtt_url: An existing broker, or several separated by blanks; empty for the private one.
        bureau_url: Where the emergency bureau takes notices; empty for nowhere.
        bureau_secret_file: The secret that notices are signed with.
        addresses_file: The secret file with the addresses of contacts.
        case_secrets_file: The secret file with the keys of platforms that send cases.
        public_url: Where telephones reach the console; empty for nowhere.
        archive: Folder that the private database's log is copied to; None: nowhere.
        alarm_workers: Processes that decide alarms, each for its places.
        deadman_url: Where an outsider takes a sign of life every 30 s while the path is whole.
        outside: Where other machines reach the platform; None: nowhere.
        extra_environment: Settings that every process of ours gets on top.
    """

    data_workers: int = 1
    gateways: tuple[Path, ...] = ()
    console_host: str = "127.0.0.1"
    database_url: str = field(default="", repr=False)
    mqtt_url: str = field(default="", repr=False)
    bureau_url: str = ""
    bureau_secret_file: Path | None = None
    addresses_file: Path | None = None
    case_secrets_file: Path | None = None
    public_url: str = ""
    deadman_url: str = ""
    archive: Path | None = None
    alarm_workers: int = 1
    outside: Outside | None = None
    extra_environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be started."""
        if not 1 <= self.data_workers <= DATA_WORKERS:
            raise WrongSettings(f"1 to {DATA_WORKERS} workers on the data lane, not more.")
        if not 1 <= self.alarm_workers <= SLICES:
            raise WrongSettings(f"1 to {SLICES} workers that decide alarms, not more.")
        for parts in map(urlsplit, self.mqtt_url.split()):
            if parts.scheme not in {"mqtt", "mqtts"} or parts.username:
                # With one user for all, one process would take over another's session.
                raise WrongSettings(
                    "TOWERWATCH_MQTT_URL is mqtt://host:port without a user: each process has its own."
                )
        if self.database_url and not urlsplit(self.database_url).path.strip("/"):
            raise WrongSettings("TOWERWATCH_DATABASE_URL must end with the database's name.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingServers:
    """Servers that run already and are used instead of the private ones; empty for none."""

    database_url: str = field(repr=False)
    mqtt_url: str = field(repr=False)


def existing_servers(environ: Mapping[str, str]) -> ExistingServers:
    """Return the existing servers that an environment, or its folder of secrets, chooses."""
    folder = secrets_folder(environ)

    def chosen(name: str) -> str:
        file = None if folder is None else folder / name.lower()
        written = file.read_text("utf-8") if file is not None and file.is_file() else ""
        return (environ.get(name, "") or written).strip()

    return ExistingServers(
        database_url=chosen("TOWERWATCH_DATABASE_URL"), mqtt_url=chosen("TOWERWATCH_MQTT_URL")
    )
