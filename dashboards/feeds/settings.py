"""What the sign of life is told by its environment, read once in `__main__`."""

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dashboards.feeds.errors import BadSettings
from ingest.process_settings import WrongEnvironment, read_environment


class Settings(BaseSettings):
    """Settings of `python -m dashboards.feeds`; each is `TOWERWATCH_` and its name."""

    model_config = SettingsConfigDict(env_prefix="TOWERWATCH_", frozen=True, extra="ignore")

    deadman_url: str = Field(
        description="Receiver of the sign of life (http or https); it must complain when none comes"
    )
    console_url: str = Field("http://127.0.0.1:8080", description="The console that is asked")
    deadman_every_s: float = Field(
        30.0, ge=1, le=3600, description="Time between two signs of life [s]"
    )

    @field_validator("deadman_url", "console_url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("it begins with http:// or https://")
        return url.rstrip("/")


def read_settings() -> Settings:
    """The settings in force.

    Raises:
        BadSettings: One is absent or wrong; the message names each.
    """
    try:
        return read_environment(Settings)
    except WrongEnvironment as error:
        raise BadSettings(str(error)) from error
