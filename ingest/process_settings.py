"""What the environment tells a process that has a database role, and how a wrong word is told."""

import os
from typing import Annotated, Any, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.log import LogFormat
from gateway.secret_file import secrets_folder

Port = Annotated[int, Field(ge=0, le=65535)]


class WrongEnvironment(ValueError):
    """A setting is absent or wrong; the message names every such variable and no value."""


class ProcessSettings(BaseSettings):
    """Common to every process; each field is an environment variable TOWERWATCH_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="TOWERWATCH_", frozen=True, extra="ignore")

    database_url: SecretStr = Field(description="libpq URL of the process's own role")
    metrics_port: Port = Field(default=0, description="Port of Prometheus; 0: none")
    metrics_host: str = Field(
        default="127.0.0.1", description="Address that Prometheus is answered on"
    )
    log_format: LogFormat = Field(default="json", description="json or console")


Settings = TypeVar("Settings", bound=BaseSettings)


def read_environment(kind: type[Settings]) -> Settings:
    """The settings of a process, from its environment and the folder of its secrets.

    Raises:
        WrongEnvironment: One is absent or wrong.
    """
    beside: dict[str, Any] = {"_secrets_dir": secrets_folder(os.environ)}
    try:
        return kind(**beside)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        wrong = "; ".join(_sentence(fault["loc"], fault["msg"]) for fault in faults)
    raise WrongEnvironment(f"wrong settings: {wrong}")


def _sentence(where: tuple[int | str, ...], what: str) -> str:
    name = "_".join(str(part) for part in where).upper()
    return f"TOWERWATCH_{name}: {what}" if name else what
