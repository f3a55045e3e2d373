"""What the console is told by its environment, read once in `__main__`."""

import ipaddress
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from dashboards.console.errors import BadSettings
from ingest.process_settings import Port, ProcessSettings, WrongEnvironment, read_environment


class FirstSignIn(StrEnum):
    """Who ties somebody of a provider to a user, when they come for the first time."""

    ADMINISTRATOR = "administrator"
    """An administrator, on the page of users."""
    VERIFIED_EMAIL = "verified_email"
    """Also a mail address that the provider has verified and an administrator has written down."""


class Settings(ProcessSettings):
    """Settings of `python -m dashboards.console`; each is `TOWERWATCH_` and its name."""

    database_url: SecretStr = Field(description="libpq URL of the role tw_console")
    console_host: str = Field(default="127.0.0.1", description="Address to listen on")
    console_port: Port = Field(default=8080, description="TCP port of pages and API")
    console_behind_tls: bool = Field(
        default=False,
        description="Browsers reach the console by HTTPS: cookies become Secure and __Host-",
    )
    tls_cert: Path | None = Field(
        default=None, description="File with the certificate chain (PEM), to speak HTTPS itself"
    )
    tls_key: Path | None = Field(default=None, description="File with its private key (PEM)")
    console_proxies: str = Field(
        default="127.0.0.1",
        description="Addresses, separated by commas, of proxies whose word on the browser's address"
        " and on HTTPS is believed; *: of all who reach it",
    )
    console_session_hours: int = Field(
        default=12,
        ge=1,
        le=168,
        description="Length of a session [h]; the longest shift by default",
    )
    console_public_url: str = Field(
        default="",
        pattern=r"^(https://|http://(localhost|127\.0\.0\.1)(:|/|$)|$)",
        description="Address of the console as browsers see it, such as https://tower.example.org;"
        " passkeys and sign-in by a provider need it; empty: neither is offered",
    )
    oidc_issuer: str = Field(
        default="",
        description="Issuer of an OpenID Connect provider that people may sign in by; empty: none",
    )
    oidc_client_id: str = Field(default="", description="What the provider calls this console")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Secret shared with the provider; empty: PKCE alone"
    )
    oidc_claim: str = Field(
        default="preferred_username",
        min_length=1,
        description="Claim of the ID token that names a person to the administrator; it opens nothing"
        " by itself; with email the provider must have verified it",
    )
    oidc_first_sign_in: FirstSignIn = Field(
        default=FirstSignIn.ADMINISTRATOR,
        description="Who ties a person of the provider to a user: administrator (on the page of"
        " users), or verified_email (also an address that the provider has verified and an"
        " administrator has written down for the user); from then on the provider's subject alone"
        " counts",
    )
    photo_folder: Path | None = Field(
        default=None, description="Folder of the photos of reports; empty: no photo is taken in"
    )
    grafana_url: str = Field(
        default="", description="Address of Grafana for the supervisors' links; empty: no link"
    )

    @model_validator(mode="after")
    def _is_encrypted_beyond_loopback(self) -> Self:
        if (self.tls_cert is None) is not (self.tls_key is None):
            raise ValueError("TOWERWATCH_TLS_CERT and TOWERWATCH_TLS_KEY go together")
        if self.tls_cert is not None and not self.console_behind_tls:
            raise ValueError("with TOWERWATCH_TLS_CERT goes TOWERWATCH_CONSOLE_BEHIND_TLS=true")
        if not self.console_behind_tls and not _is_loopback(self.console_host):
            raise ValueError(
                "TOWERWATCH_CONSOLE_HOST leaves this machine without HTTPS: give TOWERWATCH_TLS_CERT,"
                " or say TOWERWATCH_CONSOLE_BEHIND_TLS=true behind a proxy that speaks it"
            )
        return self

    @model_validator(mode="after")
    def _provider_is_whole(self) -> "Settings":
        if self.oidc_issuer and not (self.oidc_client_id and self.console_public_url):
            raise ValueError("oidc_issuer needs oidc_client_id and console_public_url")
        return self


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_settings() -> Settings:
    """The settings in force.

    Raises:
        BadSettings: One is absent or wrong; the message names each.
    """
    try:
        return read_environment(Settings)
    except WrongEnvironment as error:
        raise BadSettings(str(error)) from error


def describe(settings: Settings) -> str:
    """One line a setting with what is in force; secrets print as stars."""
    return "\n".join(
        f"TOWERWATCH_{name.upper()}={getattr(settings, name)}" for name in Settings.model_fields
    )
