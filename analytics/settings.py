"""What the processes of analytics are told by their environment, read once in `__main__`."""

from pathlib import Path
from typing import TypeVar

from pydantic import Field, SecretStr, field_validator

from analytics.errors import BadSettings
from ingest.process_settings import ProcessSettings, WrongEnvironment, read_environment


class CommonSettings(ProcessSettings):
    """Settings of every process; each is `TOWERWATCH_` and its name."""

    database_url: SecretStr = Field(description="libpq URL of the role tw_analytics")


class AlarmSettings(CommonSettings):
    """Settings of `python -m analytics alarms`."""

    alarm_worker: int = Field(
        0, ge=0, le=15, description="Number of this worker when several decide alarms side by side"
    )
    bureau_url: str = Field(
        "", description="Where the emergency bureau takes notices (http or https); empty: nowhere"
    )
    bureau_secret_file: Path | None = Field(
        None, description="File with the bureau's secret, whsec_ and base64"
    )

    @field_validator("bureau_url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("it begins with http:// or https://")
        return url


class MessageSettings(CommonSettings):
    """Settings of `python -m analytics messages`."""

    addresses_file: Path | None = Field(
        None, description="Secret file with the addresses of contacts; empty: nobody is reached"
    )
    public_url: str = Field(
        "", description="Where telephones reach the console; empty: messages carry no link"
    )
    cap_sender: str = Field(
        "towerwatch", description="Who sends CAP documents, unique in the world, such as a domain"
    )

    @field_validator("public_url")
    @classmethod
    def _is_web(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("it begins with http:// or https://")
        return url

    @field_validator("cap_sender")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not name or any(letter in " ,<&\"'" or not letter.isprintable() for letter in name):
            raise ValueError("it has no space, comma, <, & or quote")
        return name


class OrderSettings(CommonSettings):
    """Settings of `python -m analytics orders`."""

    case_secrets_file: Path | None = Field(
        None,
        description="Secret file with a line for each platform that sends cases: its code and its"
        " secret, whsec_ and base64; empty: none is told",
    )


class WarningSettings(CommonSettings):
    """Settings of `python -m analytics warnings`."""

    warning_cycle_s: float = Field(
        300.0, gt=0, description="Time between two cycles of early warning [s]"
    )
    warning_window_s: float = Field(
        604800.0, gt=0, description="Length of the window that a trend is looked for in [s]"
    )
    warning_horizon_s: float = Field(
        1209600.0, gt=0, description="How far ahead a limit is worth a warning [s]"
    )


_Settings = TypeVar("_Settings", bound=CommonSettings)


def read_settings(kind: type[_Settings]) -> _Settings:
    """The settings in force.

    Raises:
        BadSettings: One is absent or wrong; the message names each.
    """
    try:
        return read_environment(kind)
    except WrongEnvironment as error:
        raise BadSettings(str(error)) from error


def describe(settings: CommonSettings) -> str:
    """One line a setting with what is in force; secrets print as stars."""
    return "\n".join(
        f"TOWERWATCH_{name.upper()}={getattr(settings, name)}"
        for name in type(settings).model_fields
    )
