"""What each process of ingest is told by its environment; read once, in `__main__`."""

import os
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.secret_file import secrets_folder
from ingest.errors import BadSettings


class Settings(BaseSettings):
    """Common to every process; each field is an environment variable TOWERWATCH_<NAME>."""

    model_config = SettingsConfigDict(
        env_prefix="TOWERWATCH_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    database_url: SecretStr = Field(description="libpq URL of the role tw_ingest")
    metrics_port: int = Field(0, ge=0, le=65535, description="port of Prometheus; 0 is off")
    metrics_host: str = Field(
        default="127.0.0.1", description="address that Prometheus is answered on"
    )
    log_format: Literal["json", "console"] = Field("console", description="how log lines look")


class BrokerSettings(Settings):
    """A process that reads from a broker."""

    mqtt_url: SecretStr = Field(
        description="mqtt://user:password@host:port of the broker; of several, separated by blanks"
    )
    mqtt_ca: Path | None = Field(None, description="authority of the broker's certificate (mqtts)")


class AlarmSettings(BrokerSettings):
    """The alarm lane with heartbeats, findings and commands."""

    tls_doors: str = Field(
        "",
        description="[name@]host:port of servers whose certificates are watched, separated by blanks",
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
    from_environment: dict[str, Any] = {"_secrets_dir": secrets_folder(os.environ)}
    try:
        return kind(**from_environment)
    except ValidationError as error:
        wrong = "; ".join(
            f"TOWERWATCH_{str(fault['loc'][0]).upper()}: {fault['msg'].lower()}"
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise BadSettings(f"wrong settings: {wrong}") from None


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
