"""Gateways of an installation: what the intake recognises them by, and what they need to log in.

The platform keeps hashes alone; a gateway's secrets exist in the folder that is carried to it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from towerwatch.errors import NotRunning, WrongSettings
from towerwatch.home import Home, make_folder, service_user
from towerwatch.runtime.install import find_runtime
from towerwatch.services.access import GatewayCredentials, hash_password
from towerwatch.services.broker import PrivateBroker
from towerwatch.services.secrets import Secrets, write_private

ALARM_FILE = "alarm.secret"
DATA_FILE = "data.secret"
INTAKE_FILE = "intake.secret"
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


def outside_authority(home: Home) -> Path:
    """Return what gateways on other machines are told to trust: the operator's own, or ours."""
    own = home.secrets / "outside_ca.crt"
    return own if own.is_file() else home.secrets / "tls" / "ca.crt"


def private_broker(home: Home) -> PrivateBroker:
    """Return the private broker of a home, to read or change its users.

    Raises:
        NotRunning: none was ever installed there.
    """
    runtime = find_runtime(home)
    if runtime is None:
        raise NotRunning(
            f"There is no private broker in {home.root}: it comes with the first `towerwatch up`."
        )
    return PrivateBroker(runtime, home.data / "broker", Secrets(home.secrets), user=service_user())


class GatewayKeys:
    """The file by which the intake recognises gateways: hashes of each one's secrets.

    There are two while a secret is being changed, the present one first.
    """

    def __init__(self, home: Home) -> None:
        self._path = keys_file(home)

    def hashes(self) -> dict[str, list[str]]:
        """Return each gateway's hashes.

        Raises:
            WrongSettings: the file cannot be read as what it is.
        """
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return {
                str(gateway): [made] if isinstance(made, str) else [str(one) for one in made]
                for gateway, made in found.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise WrongSettings(f"{self._path} cannot be read: {error}") from error

    def admit(self, made: Iterable[GatewayCredentials], *, keeps_former: bool = False) -> None:
        """Recognise gateways by new secrets, and for a while by the former ones too."""
        hashes = self.hashes()
        for one in made:
            former = hashes.get(one.gateway, [])[:1] if keeps_former else []
            hashes[one.gateway] = [hash_password(one.intake_secret), *former]
        self._write(hashes)

    def settle(self, gateway: str) -> bool:
        """Recognise a gateway by its present secret alone. Returns whether there was a former."""
        hashes = self.hashes()
        present = hashes.get(gateway, [])
        self._write(hashes | {gateway: present[:1]})
        return len(present) > 1

    def keep_only(self, gateways: Iterable[str]) -> None:
        """Forget every gateway but these; makes the file when it is absent."""
        known = frozenset(gateways)
        self._write({name: made for name, made in self.hashes().items() if name in known})

    def _write(self, hashes: dict[str, list[str]]) -> None:
        write_private(self._path, json.dumps(hashes, indent=1) + "\n")


def write_bundle(
    folder: Path, credentials: GatewayCredentials, addresses: Addresses, authority: Path
) -> Path:
    """Write everything that a gateway's machine needs into one folder; returns its YAML file.

    A YAML file that is there stays: it names devices by now.

    Args:
        folder: Where to; closed to others.
        credentials: From admitting the gateway.
        addresses: Where it connects to.
        authority: Certificate of the authority that signed the intake's, and a TLS broker's.
    """
    gateway = credentials.gateway
    write_secrets(folder, credentials)
    write_private(folder / "ca.crt", authority.read_text(encoding="ascii"))
    content = {
        "gateway": gateway,
        "data_folder": "outbox",
        "broker": {
            "urls": [addresses.broker_url],
            "alarm_secret_file": ALARM_FILE,
            "data_secret_file": DATA_FILE,
            **({"ca_file": "ca.crt"} if addresses.broker_url.startswith("mqtts:") else {}),
        },
        "intake": {
            "url": addresses.intake_url,
            "secret_file": INTAKE_FILE,
            "ca_file": "ca.crt",
        },
        "assets": [],
        "drivers": [],
    }
    path = folder / f"{gateway}.yaml"
    if not path.exists():
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        write_private(path, _HEAD.format(gateway=gateway) + text)
    return path


def write_secrets(folder: Path, credentials: GatewayCredentials) -> None:
    """Write a gateway's secrets into a folder that is closed to others."""
    make_folder(folder, mode=0o700)
    for name, secret in {
        ALARM_FILE: credentials.alarm_password,
        DATA_FILE: credentials.data_password,
        INTAKE_FILE: credentials.intake_secret,
    }.items():
        write_private(folder / name, secret + "\n")
