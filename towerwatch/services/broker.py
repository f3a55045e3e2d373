"""The private Mosquitto: its configuration, its users, how it is started and told of changes."""

import os
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from towerwatch.home import ServiceUser, make_folder
from towerwatch.process import Launch
from towerwatch.runtime.layout import Runtime
from towerwatch.runtime.unpack import clean_environment
from towerwatch.services.access import (
    PROBE,
    BrokerUser,
    GatewayCredentials,
    access_list,
    gateway_users,
    gateways_of,
    hash_password,
    parse_passwords,
    platform_users,
    render_passwords,
)
from towerwatch.services.probe import Login, try_rights
from towerwatch.services.secrets import Secrets, generate, write_private

STOP_SIGNAL = signal.SIGTERM
_USERS = "users"
"""Name of the files of users and access lists."""
MAX_PACKET = 128 * 1024
"""A batch is at most 64 KiB; topic and properties come on top [B]."""
MAX_KEEPALIVE_S = 3600
"""A client that asks for more, or for none, gets this [s].

Version 2.0.21 cuts a client with just this value at random: it keeps clients in a ring of 1.5 times
as many seconds and one more, and one that is heard in a new second before the ring has moved falls
due at once (eclipse-mosquitto/mosquitto #3226, #3286). With 120 s that struck whoever asked for two
minutes or more; nobody usually asks for an hour, and our own ask for 15 s.
"""
PLATFORM_CONNECTIONS = 100
"""Ours and those of people who look; the platform's own clients are a dozen."""
GATEWAY_CONNECTIONS = 20_000
"""Two of each gateway and room for those that come again before their old connection is missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerPorts:
    """The two listeners, both on loopback."""

    platform: int
    gateway: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideListener:
    """A third listener, for gateways on other machines.

    Args:
        certificate: What it shows (PEM, the chain with it).
        key: Its private key.
    """

    address: str
    port: int
    certificate: Path
    key: Path


class ClientCertificate(StrEnum):
    """What the gateways' listener asks of a gateway beside TLS."""

    NONE = "none"
    """Its password."""
    REQUIRED = "required"
    """A certificate and its password: what is stolen on one way is no use, and a revocation cuts a
    live session as it does without certificates."""
    AS_IDENTITY = "as_identity"
    """A certificate alone, whose common name is the user. A revoked gateway needs its certificate
    on a list of revocations: its password is not asked for, and version 2.0 leaves a live session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerTls:
    """Certificate of the gateways' listener when it leaves the machine.

    Args:
        certificate: File that the listener shows.
        key: Its private key.
        authority: Who signs the gateways' own certificates; needed when those are asked for.
        clients: What is asked of gateways.
        revocations: List of revoked certificates (CRL, PEM); it is read again at a reload.
    """

    certificate: str
    key: str
    authority: str = ""
    clients: ClientCertificate = ClientCertificate.NONE
    revocations: str = ""

    def lines(self) -> list[str]:
        """Return the listener's lines."""
        lines = [f"certfile {self.certificate}", f"keyfile {self.key}", "tls_version tlsv1.2"]
        if self.clients is not ClientCertificate.NONE:
            lines += [f"cafile {self.authority}", "require_certificate true"]
        if self.clients is ClientCertificate.AS_IDENTITY:
            lines.append("use_identity_as_username true")
        if self.revocations:
            lines.append(f"crlfile {self.revocations}")
        return lines


def configuration(
    folder: Path,
    ports: BrokerPorts,
    *,
    address: str = "127.0.0.1",
    tls: BrokerTls | None = None,
) -> str:
    """Write mosquitto.conf for version 2.0.

    The store is kept at a clean stop only: receipts make a message safe, not the broker
    (`autosave_on_changes` costs all but a few hundred messages a second and still loses some).

    Users and access lists stand above the listeners: with `per_listener_settings true` version
    2.0 queues nothing for an absent session (eclipse-mosquitto/mosquitto #2618), so that what
    gateways publish while ingest restarts would wait for their own resend. A user's name is its
    client id at both listeners, so nobody can take over another's session.

    Args:
        folder: Where users, access lists and the store are.
        ports: Ports of the two listeners.
        address: What they listen on.
        tls: Encrypts the gateways' listener, as anything beyond loopback needs.
    """
    lines = [
        "per_listener_settings false",
        "allow_anonymous false",
        f"password_file {folder}/{_USERS}.passwords",
        f"acl_file {folder}/{_USERS}.acl",
        "max_inflight_messages 2000",
        "max_queued_messages 1000000",
        f"max_queued_bytes {512 * 1024**2}",
        f"max_packet_size {MAX_PACKET}",
        f"max_keepalive {MAX_KEEPALIVE_S}",
        "check_retain_source true",
        "set_tcp_nodelay true",
        "persistence true",
        f"persistence_location {folder}/store/",
        "autosave_interval 0",
        "sys_interval 10",
        "log_dest stdout",
        "log_timestamp false",
        "log_type error",
        "log_type warning",
        "log_type notice",
        "log_type subscribe",
        "connection_messages true",
    ]
    limits = {ports.platform: PLATFORM_CONNECTIONS, ports.gateway: GATEWAY_CONNECTIONS}
    for port, connections in limits.items():
        lines += ["", f"listener {port} {address}", "use_username_as_clientid true"]
        lines.append(f"max_connections {connections}")
    if tls is not None:
        lines += tls.lines()
    return "\n".join(lines) + "\n"


class PrivateBroker:
    """A Mosquitto of our own on loopback, in a folder of the servers' user."""

    def __init__(
        self, runtime: Runtime, folder: Path, secrets: Secrets, *, user: ServiceUser | None
    ) -> None:
        self._runtime = runtime
        self._folder = folder
        self._secrets = secrets
        self._user = user

    def prepare(self, ports: BrokerPorts, outside: OutsideListener | None = None) -> None:
        """Write configuration, users and access lists; gateways that are there stay."""
        make_folder(self._folder, owner=self._user, mode=0o700)
        make_folder(self._folder / "store", owner=self._user, mode=0o700)
        conf = configuration(self._folder, ports)
        if outside is not None:
            conf += self._third(outside)
        self._write("mosquitto.conf", conf)
        self._write_users(self._gateway_hashes())

    def _third(self, outside: OutsideListener) -> str:
        """Lines of the listener beyond loopback, with a copy of its certificate for the broker."""
        shown, key = self._folder / "outside.crt", self._folder / "outside.key"
        self._write(shown.name, outside.certificate.read_text("ascii"))
        self._write(key.name, outside.key.read_text("ascii"))
        lines = [
            "",
            f"listener {outside.port} {outside.address}",
            "use_username_as_clientid true",
            f"max_connections {GATEWAY_CONNECTIONS}",
            *BrokerTls(certificate=str(shown), key=str(key)).lines(),
        ]
        return "\n".join(lines) + "\n"

    def launch(self) -> Launch:
        """Return how the broker is started."""
        return Launch(
            command=[str(self._runtime.mosquitto), "-c", str(self._folder / "mosquitto.conf")],
            environment=clean_environment() | {"LC_ALL": "C", "HOME": str(self._folder)},
            user=self._user,
            death_signal=STOP_SIGNAL,
            folder=self._folder,
        )

    def forget_store(self) -> None:
        """Drop the store once it is loaded, so that after a kill no old state comes back."""
        (self._folder / "store/mosquitto.db").unlink(missing_ok=True)

    def url(self, user: str, ports: BrokerPorts) -> str:
        """Return the address of the platform's listener for a platform user."""
        return f"mqtt://{user}:{self._password(user)}@127.0.0.1:{ports.platform}"

    def gateways(self) -> tuple[str, ...]:
        """Return the gateways that may log in."""
        return gateways_of(self._gateway_hashes())

    def add_gateway(self, gateway: str) -> GatewayCredentials:
        """Admit a gateway, or change its secrets; returns them, for they are kept nowhere."""
        return self.add_gateways([gateway])[0]

    def add_gateways(self, added: Iterable[str]) -> tuple[GatewayCredentials, ...]:
        """Admit several gateways with one change of the files; tell the broker afterwards."""
        make_folder(self._folder, owner=self._user, mode=0o700)
        made = tuple(new_credentials(gateway) for gateway in added)
        hashes = self._gateway_hashes()
        for one in made:
            hashes[one.alarm_user] = hash_password(one.alarm_password)
            hashes[one.data_user] = hash_password(one.data_password)
        self._write_users(hashes)
        return made

    def remove_gateway(self, gateway: str) -> None:
        """Refuse a gateway from the next reload on; its live connections are cut by it."""
        gone = {user.name for user in gateway_users(gateway)}
        hashes = self._gateway_hashes()
        self._write_users({name: made for name, made in hashes.items() if name not in gone})

    def reload(self, pid: int) -> None:
        """Tell a running broker that users have changed."""
        os.kill(pid, signal.SIGHUP)

    def try_users(self, port: int) -> Login:
        """Try the broker behind a listener with a user of the files as they stand now.

        Version 2.0 keeps running when it cannot read the access list again, and then lets every
        user do everything: a reload is believed only when this answer is `ACCEPTED`, and `OPEN`
        means that the broker must be stopped.
        """
        return try_rights("127.0.0.1", port, PROBE, self._password(PROBE))

    def _password(self, user: str) -> str:
        return self._secrets.get(f"mqtt.{user}")

    def _gateway_hashes(self) -> dict[str, str]:
        """What gateways' users are recognised by: the password file is the only record of it."""
        path = self._folder / f"{_USERS}.passwords"
        if not path.is_file():
            return {}
        found = parse_passwords(path.read_text(encoding="utf-8"))
        return {name: made for name, made in found.items() if "." in name}

    def _write_users(self, gateway_hashes: Mapping[str, str]) -> None:
        self._secrets.set(f"mqtt.{PROBE}", generate())
        users = [*platform_users(), BrokerUser(name=PROBE, topics=())]
        hashes = {user.name: hash_password(self._password(user.name)) for user in users}
        named = _users_of(gateways_of(gateway_hashes))
        self._write(f"{_USERS}.acl", access_list([*users, *named]))
        self._write(f"{_USERS}.passwords", render_passwords({**hashes, **gateway_hashes}))

    def _write(self, name: str, content: str) -> None:
        write_private(self._folder / name, content, owner=self._user)


def new_credentials(gateway: str) -> GatewayCredentials:
    """Return fresh secrets for a gateway."""
    alarm, lane = gateway_users(gateway)
    return GatewayCredentials(
        gateway=gateway,
        alarm_user=alarm.name,
        alarm_password=generate(),
        data_user=lane.name,
        data_password=generate(),
        intake_secret=generate(),
    )


def _users_of(gateways: Iterable[str]) -> tuple[BrokerUser, ...]:
    return tuple(user for gateway in gateways for user in gateway_users(gateway))
