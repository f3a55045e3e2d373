"""What each process of ingest is told by its environment; read once, in `__main__`."""

from pathlib import Path
from typing import TypeVar

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from gateway.log import LogFormat
from ingest.errors import BadSettings
from ingest.process_settings import ProcessSettings, WrongEnvironment, read_environment


class Settings(ProcessSettings):
    """Common to every process of ingest."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    database_url: SecretStr = Field(description="libpq URL of the role tw_ingest")
    log_format: LogFormat = Field(default="console", description="json or console")


class BrokerSettings(Settings):
    """A process that reads from a broker."""

    mqtt_url: SecretStr = Field(
        description="mqtt://user:password@host:port of the broker; of several, separated by blanks"
    )
    mqtt_ca: Path | None = Field(None, description="authority of the broker's certificate (mqtts)")


class AlarmSettings(BrokerSettings):
    """The alarm lane with heartbeats, findings and commands."""

    tls_doors: str = Field(
        default="",
        description="[name@]host:port of servers whose certificates are watched, separated by blanks",
    )
    watched_folders: str = Field(
        default="",
        description="folders whose disks are watched for room, separated by colons",
    )


class DataSettings(BrokerSettings):
    """A worker of the data lane."""

    batch_ms: int = Field(50, ge=20, le=1000, description="longest wait for a batch [ms]")
    keep_samples_days: int = Field(
        400, ge=2, le=36_500, description="telemetry is dropped after this [days]"
    )


class IntakeSettings(Settings):
    """The second path of the alarm lane, over HTTPS."""

    intake_host: str = Field("127.0.0.1", description="address to listen on")
    intake_port: int = Field(8443, ge=1, le=65535, description="port to listen on")
    tls_cert: Path = Field(description="file with the certificate chain (PEM)")
    tls_key: Path = Field(description="file with the private key (PEM)")
    gateway_keys: Path = Field(description="JSON file: gateway id -> hash of its secret")
    intake_per_minute: int = Field(
        1200, ge=1, description="requests taken from one gateway in a minute"
    )


S = TypeVar("S", bound=Settings)


def read(kind: type[S]) -> S:
    """The settings of a process from its environment.

    Raises:
        BadSettings: One is absent or wrong; the message names every such variable.
    """
    try:
        return read_environment(kind)
    except WrongEnvironment as error:
        raise BadSettings(str(error)) from error


def describe(kind: type[Settings]) -> list[str]:
    """What is in force, a line each; secrets as stars, what is absent or wrong said so."""
    try:
        found = read(kind)
    except BadSettings as error:
        return [f"{kind.__name__}: {error}"]
    lines = []
    for name, field in kind.model_fields.items():
        value = getattr(found, name)
        lines.append(f"TOWERWATCH_{name.upper()}={value}  # {field.description}")
    return lines
