"""The folder of a deployment: generated secrets, the broker's files, certificates, nothing twice.

Everything that is there stays, so that it can be run again after an upgrade.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.canary import CANARY_GATEWAY
from towerwatch.canary import write_canary
from towerwatch.errors import WrongSettings
from towerwatch.gateways import Addresses, GatewayKeys, write_bundle
from towerwatch.home import Home, make_folder
from towerwatch.services.access import (
    DATA_WORKERS,
    PROBE,
    BrokerUser,
    GatewayCredentials,
    access_list,
    check_gateway_id,
    gateway_users,
    gateways_of,
    hash_password,
    parse_passwords,
    platform_users,
    render_passwords,
)
from towerwatch.services.broker import BrokerPorts, BrokerTls, configuration, new_credentials
from towerwatch.services.certificate import TlsFiles, ensure_tls
from towerwatch.services.database import ADMIN, ROLES
from towerwatch.services.secrets import Secrets, write_private

DATABASE: Final = "towerwatch"
PORTS: Final = BrokerPorts(platform=1883, gateway=8883)
IN_CONTAINER: Final = Path("/mosquitto/towerwatch")
"""Where the broker's container has its folder."""
UID: Final = 10_001
"""Whom our own containers and the broker run as; the image makes this user."""
_POSTGRES: Final = 70
"""The user postgres in images of Alpine."""
_GRAFANA: Final = 472
_OUTWARD: Final = {
    "addresses.yaml": "addresses: {}\n",
    "cases.secret": "# a line for each platform that sends cases: its code, a blank, whsec_...\n",
}
"""Who is reached outside, by name of the file: contacts' addresses, keys of other platforms."""
_ROLE_FILES: Final = {"tw_ingest": "ingest", "tw_analytics": "analytics", "tw_console": "console"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How the parts of a deployment reach each other.

    Args:
        public: Name that gateways and browsers know the server by.
        database: Host of the database as the processes reach it.
        broker: Host of the broker as the processes reach it.
    """

    public: str
    database: str = "database"
    broker: str = "broker"


def owner_of(path: Path) -> int:
    """Whose container reads a file: every reader's password is Grafana's (`grafana_east_..`)."""
    if path.name == "database_password":
        return _POSTGRES
    return _GRAFANA if path.name.startswith("grafana_") else UID


class DeployFolder:
    """The files of one deployment.

    Args:
        root: Closed to others.
    """

    def __init__(self, root: Path) -> None:
        self._root = make_folder(root, mode=0o700)
        self._intake = make_folder(root / "intake", mode=0o700)
        make_folder(self._intake / "secrets", mode=0o700)
        self._secrets = Secrets(root / "secrets")
        self._keys = GatewayKeys(Home(root=self._intake))
        self._broker = make_folder(root / "broker", mode=0o700)

    @property
    def broker(self) -> Path:
        """The folder that the broker's container is given."""
        return self._broker

    def prepare(self, names: Names) -> None:
        """Make what is absent: passwords, URLs, certificates, the broker's configuration."""
        tls = self._tls(names.public)
        for folder in (self._broker / "store", self._root / "proxy", self._root / "photos"):
            make_folder(folder, mode=0o700)
        self._write_outward()
        conf = configuration(
            IN_CONTAINER,
            PORTS,
            address="0.0.0.0",  # noqa: S104 - the container's own network
            tls=BrokerTls(
                certificate=f"{IN_CONTAINER}/server.crt", key=f"{IN_CONTAINER}/server.key"
            ),
        )
        write_private(self._broker / "mosquitto.conf", conf)
        write_private(self._broker / "server.crt", tls.certificate.read_text("ascii"))
        write_private(self._broker / "server.key", tls.key.read_text("ascii"))
        self._write_users(self._hashes())
        self._write_urls(names)
        write_private(self._intake / "intake.crt", tls.certificate.read_text("ascii"))
        write_private(self._intake / "intake.key", tls.key.read_text("ascii"))
        self._keys.keep_only(self._keys.hashes())
        is_written = (self._root / "canary" / f"{CANARY_GATEWAY}.yaml").is_file()
        if not is_written or CANARY_GATEWAY not in gateways_of(self._hashes()):
            made = self._let_in(str(CANARY_GATEWAY))
            write_canary(self._root / "canary", made, f"mqtt://{names.broker}:{PORTS.platform}")

    def admit(
        self,
        gateway: str,
        folder: Path,
        names: Names,
        *,
        rotates: bool = False,
        leaked: bool = False,
    ) -> Path:
        """Let a gateway in; what its machine needs is written once.

        Args:
            gateway: Its id.
            folder: Where to.
            names: How the server is reached.
            rotates: Give new secrets to a gateway that is admitted. Its sessions end when the broker
                reads its users again; its alarms then come by the second path, which knows the
                former secret until it is settled.
            leaked: The second path refuses the former secret at once.

        Returns:
            Its YAML file. The broker must be told to read its users again.

        Raises:
            WrongSettings: It is admitted and nobody said that its secrets shall change, or it is not
                and they shall.
        """
        is_there = check_gateway_id(gateway) in gateways_of(self._hashes())
        if is_there and not rotates:
            raise WrongSettings(
                f"{gateway} is admitted, and new secrets would shut it out: --rotate changes them."
            )
        if rotates and not is_there:
            raise WrongSettings(f"There is no gateway {gateway} in {self._root}.")
        made = self._let_in(gateway)
        self._keys.admit([made], keeps_former=rotates and not leaked)
        addresses = Addresses(
            broker_url=f"mqtts://{names.public}:{PORTS.gateway}",
            intake_url=f"https://{names.public}:8443",
        )
        return write_bundle(folder, made, addresses, self._tls(names.public).authority)

    def settle(self, gateway: str) -> bool:
        """End a rotation: the second path forgets the former secret; whether there was one."""
        if check_gateway_id(gateway) not in gateways_of(self._hashes()):
            raise WrongSettings(f"There is no gateway {gateway} in {self._root}.")
        return self._keys.settle(gateway)

    def revoke(self, gateway: str) -> None:
        """Refuse a gateway on both paths, once the broker has read its users again."""
        hashes = self._hashes()
        gone = {user.name for user in gateway_users(gateway)}
        if not gone & hashes.keys():
            raise WrongSettings(f"There is no gateway {gateway} in {self._root}.")
        self._write_users({name: made for name, made in hashes.items() if name not in gone})
        self._keys.keep_only(gateways_of(self._hashes()))

    def passwords(self) -> Mapping[str, str]:
        """The password of each role of the database."""
        return {role: self._secrets.get(f"database.{role}") for role in (ADMIN, *ROLES)}

    def give_away(self) -> None:
        """Give every file to the user that its container runs as; root alone can."""
        for path in (self._root, *self._root.rglob("*")):
            owner = owner_of(path)
            os.chown(path, owner, owner, follow_symlinks=False)

    def _tls(self, public: str) -> TlsFiles:
        hosts = [public, "broker", "ingest-intake", "localhost", "127.0.0.1"]
        return ensure_tls(self._root / "secrets" / "tls", hosts, now=datetime.now(UTC))

    def _write_urls(self, names: Names) -> None:
        """Each process finds its own URLs in files; a file holds one secret."""
        passwords = self.passwords()
        where = f"{names.database}:5432/{DATABASE}"
        urls = {
            f"{name}_database_url": f"postgresql://{role}:{passwords[role]}@{where}"
            for role, name in _ROLE_FILES.items()
        }
        urls["admin_database_url"] = (
            f"postgresql://{ADMIN}:{passwords[ADMIN]}@{names.database}:5432/postgres"
        )
        urls["backup_database_url"] = f"postgresql://{ADMIN}:{passwords[ADMIN]}@{where}"
        users = ["tw-ingest-alarm", *(f"tw-ingest-data-{n}" for n in range(DATA_WORKERS))]
        for user in users:
            password = self._secrets.get(f"mqtt.{user}")
            urls[f"{user.removeprefix('tw-').replace('-', '_')}_mqtt_url"] = (
                f"mqtt://{user}:{password}@{names.broker}:{PORTS.platform}"
            )
        urls |= {
            "database_password": passwords[ADMIN],
            "grafana_database_password": passwords["tw_grafana"],
            "grafana_admin_password": self._secrets.get("grafana.admin"),
        }
        for name, secret in urls.items():
            write_private(self._root / "secrets" / name, secret + "\n")

    def _write_outward(self) -> None:
        """Files that a person fills with addresses and keys; they begin empty and then stay."""
        folder = make_folder(self._root / "outward", mode=0o700)
        for name, content in _OUTWARD.items():
            if not (folder / name).exists():
                write_private(folder / name, content)

    def _let_in(self, gateway: str) -> GatewayCredentials:
        made = new_credentials(gateway)
        hashes = self._hashes()
        hashes[made.alarm_user] = hash_password(made.alarm_password)
        hashes[made.data_user] = hash_password(made.data_password)
        self._write_users(hashes)
        return made

    def _hashes(self) -> dict[str, str]:
        """What gateways' users are recognised by."""
        path = self._broker / "users.passwords"
        if not path.is_file():
            return {}
        found = parse_passwords(path.read_text(encoding="utf-8"))
        return {name: made for name, made in found.items() if "." in name}

    def _write_users(self, gateways: Mapping[str, str]) -> None:
        users: Sequence[BrokerUser] = (*platform_users(), BrokerUser(name=PROBE, topics=()))
        hashes = {
            user.name: hash_password(self._secrets.get(f"mqtt.{user.name}")) for user in users
        }
        named = [user for one in gateways_of(gateways) for user in gateway_users(one)]
        write_private(self._broker / "users.acl", access_list([*users, *named]))
        write_private(self._broker / "users.passwords", render_passwords({**hashes, **gateways}))
        write_private(self._broker / "probe", self._secrets.get(f"mqtt.{PROBE}") + "\n")
