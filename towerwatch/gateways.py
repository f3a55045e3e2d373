"""Gateways of an installation: admitted, listed, removed, and what they need to log in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from towerwatch.home import Home, make_folder, service_user
from towerwatch.runtime.install import require_runtime
from towerwatch.services.access import GatewayCredentials, hash_password
from towerwatch.services.broker import PrivateBroker
from towerwatch.services.secrets import Secrets, write_private

_HEAD = """\
# Gateway {gateway}. Copy this folder to the machine at the property, name its devices under
# `assets` and what reads them under `drivers`, and try it with: python -m gateway check {gateway}.yaml
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a gateway connects to."""

    broker_url: str
    intake_url: str


def keys_file(home: Home) -> Path:
    """Return the file by which the intake recognises gateways."""
    return home.secrets / "gateway_keys.json"


def private_broker(home: Home) -> PrivateBroker:
    """Return the private broker of a home, to change its users."""
    return PrivateBroker(
        require_runtime(home), home.data / "broker", Secrets(home.secrets), user=service_user()
    )


def write_gateway_keys(home: Home, gateways: Sequence[str]) -> None:
    """Write what the intake recognises gateways by: a hash of each one's secret."""
    secrets = Secrets(home.secrets)
    keys = {gateway: hash_password(secrets.get(f"intake.{gateway}")) for gateway in gateways}
    write_private(keys_file(home), json.dumps(keys, indent=1) + "\n")


def write_bundle(
    folder: Path, credentials: GatewayCredentials, addresses: Addresses, authority: Path
) -> Path:
    """Write everything that a gateway's machine needs into one folder; returns its YAML file.

    Args:
        folder: Where to; closed to others.
        credentials: From admitting the gateway.
        addresses: Where it connects to.
        authority: Certificate of the authority that signed the intake's.
    """
    make_folder(folder, mode=0o700)
    gateway = credentials.gateway
    secrets = {
        "alarm.secret": credentials.alarm_password,
        "data.secret": credentials.data_password,
        "intake.secret": credentials.intake_secret,
    }
    for name, secret in secrets.items():
        write_private(folder / name, secret + "\n")
    write_private(folder / "ca.crt", authority.read_text(encoding="ascii"))
    content = {
        "gateway": gateway,
        "data_folder": "outbox",
        "broker": {
            "urls": [addresses.broker_url],
            "alarm_secret_file": "alarm.secret",
            "data_secret_file": "data.secret",
        },
        "intake": {
            "url": addresses.intake_url,
            "secret_file": "intake.secret",
            "ca_file": "ca.crt",
        },
        "assets": [],
        "drivers": [],
    }
    path = folder / f"{gateway}.yaml"
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    write_private(path, _HEAD.format(gateway=gateway) + text)
    return path
