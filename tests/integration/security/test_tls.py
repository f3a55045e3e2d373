"""The gateways' listener over TLS, with the gateway's own session against the real broker."""

import queue
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.session import Access, Acked, Connected, Inbox, Lost, Session, Will
from tests.integration.security.attacker import NOT_AUTHORISED
from tests.integration.security.authority import Authority
from tests.integration.security.tally import Tally
from tests.services import Workshop, end_server, run_server
from towerwatch.process import free_port, is_listening
from towerwatch.services.access import GatewayCredentials
from towerwatch.services.broker import (
    BrokerPorts,
    BrokerTls,
    ClientCertificate,
    PrivateBroker,
    configuration,
)

GATEWAY = "gw-tls"
USER = f"{GATEWAY}.alarm"
# The client library leaves the socket of a failed handshake to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@dataclass(slots=True, kw_only=True)
class Place:
    """A broker with TLS, its authority, and the gateway's credentials."""

    authority: Authority
    stranger: Authority
    credentials: GatewayCredentials
    port: int
    log: Path
    inbox: Inbox = field(default_factory=queue.Queue)

    def first_note(
        self, *, certificate: Path | None, trusts: Authority | None = None
    ) -> Connected | Lost:
        """What the real session says of a connection; it stays open when it is made."""
        access = Access(
            url=f"mqtts://127.0.0.1:{self.port}",
            client_id=USER,
            secret=self.credentials.alarm_password,
            ca_file=(trusts or self.authority).file,
            certificate_file=certificate,
        )
        will = Will(topic=f"tw/1/{GATEWAY}/state/alarm", payload=b"{}")
        topics = [f"tw/1/{GATEWAY}/receipt/alarm"]
        session = Session(access, self.inbox, will, topics)
        session.start()
        note = self.inbox.get(timeout=10)
        assert isinstance(note, Connected | Lost)
        if isinstance(note, Lost):
            session.stop()
        return note

    def publish(self, note: Connected) -> int:
        """The reason code of an alarm that the session publishes."""
        note.session.publish(f"tw/1/{GATEWAY}/alarm", b"{}")
        acked = self.inbox.get(timeout=10)
        note.session.stop()
        assert isinstance(acked, Acked)
        return acked.code


Build = Callable[..., Place]


@pytest.fixture
def build(servers: Workshop) -> Iterator[Build]:
    """Start a broker whose listener shows a certificate and asks for what is said."""
    with ExitStack() as stack:

        def start(
            clients: ClientCertificate = ClientCertificate.NONE,
            *,
            host: str = "127.0.0.1",
            is_expired: bool = False,
            revoked: str = "",
        ) -> Place:
            folder = servers.folder / f"mtls-{free_port()}"
            broker = PrivateBroker(servers.runtime, folder, servers.secrets, user=servers.user)
            ports = BrokerPorts(platform=free_port(), gateway=free_port())
            credentials = broker.add_gateway(GATEWAY)
            broker.prepare(ports)
            certificates = servers.folder / f"{folder.name}-certificates"
            certificates.mkdir()
            authority = Authority(certificates, "authority")
            shown = authority.sign("broker", file="broker", host=host, is_expired=is_expired)
            shown.chmod(0o644)
            gone = authority.sign(revoked, file="revoked") if revoked else None
            tls = BrokerTls(
                certificate=str(shown),
                key=str(shown),
                authority=str(authority.file),
                clients=clients,
                revocations=str(authority.revoke(gone, file="gone")) if gone else "",
            )
            (folder / "mosquitto.conf").write_text(configuration(folder, ports, tls=tls))
            log = folder.with_suffix(".log")
            running = run_server(broker.launch(), log, lambda: is_listening(ports.gateway))
            stack.callback(end_server, running, signal.SIGKILL)
            return Place(
                authority=authority,
                stranger=Authority(certificates, "stranger"),
                credentials=credentials,
                port=ports.gateway,
                log=log,
            )

        yield start


def test_a_lane_delivers_over_tls_with_its_password(build: Build) -> None:
    place = build()
    note = place.first_note(certificate=None)
    assert isinstance(note, Connected)
    assert place.publish(note) < 0x80


@pytest.mark.parametrize("wrong", ["authority", "expired", "host"])
def test_a_gateway_trusts_no_false_broker(build: Build, tally: Tally, wrong: str) -> None:
    place = build(
        is_expired=wrong == "expired", host="127.0.0.9" if wrong == "host" else "127.0.0.1"
    )
    note = place.first_note(
        certificate=None, trusts=place.stranger if wrong == "authority" else None
    )
    is_refused = isinstance(note, Lost)
    is_seen = isinstance(note, Lost) and "CERTIFICATE_VERIFY_FAILED" in note.reason
    tally.add(f"broker's certificate, wrong {wrong}", is_refused=is_refused, is_visible=is_seen)


@pytest.mark.parametrize("clients", [ClientCertificate.REQUIRED, ClientCertificate.AS_IDENTITY])
def test_a_lane_delivers_with_a_certificate_of_its_own(
    build: Build, clients: ClientCertificate
) -> None:
    place = build(clients)
    note = place.first_note(certificate=place.authority.sign(USER, file="own"))
    assert isinstance(note, Connected)
    assert place.publish(note) < 0x80


@pytest.mark.parametrize("clients", [ClientCertificate.REQUIRED, ClientCertificate.AS_IDENTITY])
@pytest.mark.parametrize("wrong", ["none", "authority", "expired", "revoked"])
def test_a_bad_certificate_does_not_get_in(
    build: Build, tally: Tally, clients: ClientCertificate, wrong: str
) -> None:
    place = build(clients, revoked=USER if wrong == "revoked" else "")
    certificates = {
        "none": None,
        "authority": place.stranger.sign(USER, file="foreign"),
        "expired": place.authority.sign(USER, file="expired", is_expired=True),
        "revoked": place.authority.folder / "revoked.pem",
    }
    note = place.first_note(certificate=certificates[wrong])
    is_refused = isinstance(note, Lost)
    is_seen = is_refused and "error" in place.log.read_text().lower()
    tally.add(f"certificate {wrong}, {clients}", is_refused=is_refused, is_visible=is_seen)


@pytest.mark.parametrize("name", ["gw-other.alarm", "#", f"{GATEWAY}.data"])
def test_a_certificate_of_another_name_opens_no_foreign_topic(
    build: Build, tally: Tally, name: str
) -> None:
    """As identity: the name in the certificate is the user, whatever the client calls itself."""
    place = build(ClientCertificate.AS_IDENTITY)
    note = place.first_note(certificate=place.authority.sign(name, file="other"))
    is_refused = isinstance(note, Lost)
    is_seen = is_refused
    if isinstance(note, Connected):
        is_refused = is_seen = place.publish(note) == NOT_AUTHORISED
    tally.add(f"certificate of {name!r} as identity", is_refused=is_refused, is_visible=is_seen)


def test_a_certificate_without_the_password_opens_nothing(build: Build, tally: Tally) -> None:
    """Beside the password: what is stolen on one way is no use."""
    place = build(ClientCertificate.REQUIRED)
    own = place.authority.sign(USER, file="own")
    access = Access(
        url=f"mqtts://127.0.0.1:{place.port}",
        client_id=USER,
        secret="guess",
        ca_file=place.authority.file,
        certificate_file=own,
    )
    session = Session(access, place.inbox, Will(topic="tw/1/x", payload=b""), [])
    session.start()
    note = place.inbox.get(timeout=10)
    session.stop()
    is_seen = isinstance(note, Lost) and "Not authorized" in note.reason
    tally.add("certificate without the password", is_refused=is_seen, is_visible=is_seen)


def test_plain_text_at_the_encrypted_listener_is_no_way_in(build: Build, tally: Tally) -> None:
    from towerwatch.services.probe import Login, try_login

    place = build()
    answer = try_login("127.0.0.1", place.port, USER, place.credentials.alarm_password)
    is_refused = answer is not Login.ACCEPTED
    tally.add("plain text at the TLS listener", is_refused=is_refused, is_visible=is_refused)
