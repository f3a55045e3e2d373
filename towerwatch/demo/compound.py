"""The demonstration's compound: its registry, its gateway's configuration, its people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import yaml

from dashboards.console.users import add_user
from ingest import registry
from ingest.database import Connection
from simulators.demo import COMPOUNDS, compound_named
from towerwatch.errors import WrongSettings
from towerwatch.gateways import ALARM_FILE, DATA_FILE, INTAKE_FILE, write_secrets
from towerwatch.platform import Platform
from towerwatch.services.secrets import Secrets, generate_readable, write_private


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may log in at the demonstration."""

    name: str
    role: str
    title_zh: str
    title_en: str
    places: tuple[str, ...]
    organisation: str | None = None


_ANYWHERE = ("*",)
PEOPLE = (
    Person(
        name="operator",
        role="operator",
        title_zh="消控室值班员",
        title_en="control-room operator",
        places=("garden",),
        organisation="property",
    ),
    Person(
        name="manager",
        role="project_manager",
        title_zh="物业项目经理",
        title_en="project manager",
        places=("garden",),
        organisation="property",
    ),
    Person(
        name="lift-tech",
        role="technician",
        title_zh="电梯维保员",
        title_en="lift technician",
        places=("garden",),
        organisation="lift_firm",
    ),
    Person(
        name="fire-tech",
        role="technician",
        title_zh="消防维保员",
        title_en="fire technician",
        places=("garden",),
        organisation="fire_firm",
    ),
    Person(
        name="dispatcher",
        role="maintenance_dispatcher",
        title_zh="维保调度员",
        title_en="maintenance dispatcher",
        places=("garden",),
        organisation="lift_firm",
    ),
    Person(
        name="community",
        role="community",
        title_zh="社区工作人员",
        title_en="community worker",
        places=("demo_comm",),
        organisation="community",
    ),
    Person(
        name="owners",
        role="owners_committee",
        title_zh="业委会成员",
        title_en="owners' committee",
        places=("garden",),
        organisation="owners",
    ),
    Person(
        name="grid",
        role="grid_member",
        title_zh="网格员",
        title_en="grid member",
        places=("demo_comm",),
        organisation="street",
    ),
    Person(
        name="supervisor",
        role="supervisor",
        title_zh="街道主管",
        title_en="street supervisor",
        places=("demo_str",),
        organisation="street",
    ),
    Person(
        name="bureau",
        role="bureau",
        title_zh="应急局值班员",
        title_en="emergency bureau",
        places=("demo_city",),
        organisation="bureau",
    ),
    Person(
        name="auditor",
        role="auditor",
        title_zh="审计员",
        title_en="auditor",
        places=_ANYWHERE,
    ),
    Person(
        name="admin",
        role="admin",
        title_zh="系统管理员",
        title_en="administrator",
        places=_ANYWHERE,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What the demonstration's gateway plays.

    Args:
        seed: The same seed plays the same.
        recording: A recorded file instead of the simulated compound.
        mapping: What the recording's columns mean: a ready mapping's name, or a YAML file.
    """

    seed: int = 1
    recording: Path | None = None
    mapping: str = "skab"

    def __post_init__(self) -> None:
        """Refuse a recording that is not there, before anything starts."""
        if self.recording is not None and not self.recording.is_file():
            raise WrongSettings(f"{self.recording} is not there: REPLAY names a recorded CSV file.")

    @property
    def compounds(self) -> tuple[str, ...]:
        """Compounds whose registry is applied."""
        return ("demo",) if self.recording is None else ("demo", "replay")

    @property
    def gateway(self) -> str:
        """The gateway that runs."""
        return str(compound_named(self.compounds[-1]).gateway)

    def driver(self, folder: Path) -> dict[str, object]:
        """Return the driver's section of the gateway's configuration."""
        if self.recording is None:
            return {
                "name": "compound",
                "driver": "simulated",
                "seed": self.seed,
                "since": datetime.now(UTC).isoformat(),
                "truth": str(folder / "truth.jsonl"),
            }
        return {
            "name": "recording",
            "driver": "replay",
            "resume": False,
            "file": str(self.recording.resolve()),
            "mapping": self.mapping,
            "asset": str(compound_named("replay").assets[0].code),
        }


def apply_registries(connection: Connection, names: tuple[str, ...]) -> int:
    """Apply the registries of compounds; returns how many things were written.

    Args:
        connection: Of the role tw_ingest, in autocommit.
        names: Names of declared compounds.
    """
    written = 0
    for name, folder, _ in COMPOUNDS:
        if name in names:
            path = Path(str(files("simulators") / "demo" / folder))
            report = registry.check(path)
            if report.registry is None:
                raise WrongSettings("\n".join(one.sentence() for one in report.errors))
            plan = registry.plan(connection, report.registry, datetime.now(UTC))
            written += registry.apply(connection, plan, "demo")
    return written


def add_people(connection: Connection, passwords: Secrets) -> dict[str, str]:
    """Give everybody a log-in and return the passwords by name.

    Args:
        connection: Of the role tw_console or the owner.
        passwords: Where they are kept, so that a second run has the same.
    """
    made = {person.name: _password(passwords, person.name) for person in PEOPLE}
    for person in PEOPLE:
        add_user(
            connection,
            name=person.name,
            role=person.role,
            display_name=person.title_zh,
            places=person.places,
            password=made[person.name],
            organisation=person.organisation,
        )
    return made


def describe_people(passwords: Mapping[str, str]) -> str:
    """Write each log-in on a line of its own."""
    lines = [
        f"  {person.name:<12} {passwords[person.name]:<20} {person.title_zh} ({person.title_en})"
        for person in PEOPLE
    ]
    return "\n".join(lines)


def write_gateway(platform: Platform, play: Play, metrics_port: int) -> Path:
    """Admit the demonstration's gateway and write its configuration; returns the file."""
    gateway = play.gateway
    credentials = platform.admit_gateways([gateway])[0]
    folder = platform.home.data / "gateways" / gateway
    write_secrets(folder, credentials)
    content = {
        "gateway": gateway,
        "data_folder": str(folder),
        "broker": {
            "urls": [platform.gateway_broker_url],
            "alarm_secret_file": ALARM_FILE,
            "data_secret_file": DATA_FILE,
        },
        "intake": {
            "url": platform.intake_url,
            "secret_file": INTAKE_FILE,
            "ca_file": str(platform.tls.authority),
        },
        "metrics_port": metrics_port,
        "log_format": "console",
        "drivers": [play.driver(folder)],
    }
    path = folder / f"{gateway}.yaml"
    write_private(path, yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
    return path


def _password(kept: Secrets, name: str) -> str:
    path = kept.path(f"console.{name}")
    if not path.is_file():
        write_private(path, generate_readable() + "\n")
    return path.read_text(encoding="utf-8").strip()
