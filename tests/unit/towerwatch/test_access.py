"""Users of the broker: what each may do, and how passwords are written."""

import base64
import hashlib
from pathlib import Path

import pytest

from towerwatch.errors import WrongSettings
from towerwatch.services.access import (
    access_list,
    gateway_users,
    hash_password,
    parse_passwords,
    platform_users,
    render_passwords,
)
from towerwatch.services.broker import BrokerPorts, BrokerTls, ClientCertificate, configuration
from towerwatch.services.probe import connect_packet


def test_a_gateway_reaches_its_own_topics_alone() -> None:
    alarm, lane = gateway_users("gw-7")
    assert alarm.name == "gw-7.alarm"
    assert lane.name == "gw-7.data"
    for line in (*alarm.topics, *lane.topics):
        assert line.split()[2].startswith("tw/1/gw-7/")
        assert "#" not in line
    assert "topic read tw/1/gw-7/command" in alarm.topics
    assert "topic read tw/1/gw-7/command" not in lane.topics
    assert "topic write tw/1/gw-7/alarm" not in lane.topics


@pytest.mark.parametrize("name", ["#", "+", "a/b", "%u", "ab", "x" * 41, "Gw-1", "gw_1", "gw\n"])
def test_a_gateway_id_that_could_widen_an_access_list_is_refused(name: str) -> None:
    with pytest.raises(WrongSettings):
        gateway_users(name)


def test_data_workers_cannot_read_alarms() -> None:
    workers = [user for user in platform_users() if user.name.startswith("tw-ingest-data")]
    assert workers
    for user in workers:
        assert not any("/alarm" in line for line in user.topics)


def test_the_access_list_has_a_block_for_each_user_and_no_line_outside() -> None:
    text = access_list(gateway_users("gw-7"))
    assert text.startswith("user gw-7.alarm\n")
    assert "\n\nuser gw-7.data\n" in text
    assert access_list(()) == "\n"


def test_a_password_is_hashed_as_the_broker_expects() -> None:
    salt = b"0123456789ab"
    _, kind, iterations, encoded, hashed = hash_password("secret", salt).split("$")
    expected = hashlib.pbkdf2_hmac("sha512", b"secret", salt, int(iterations), dklen=64)
    assert kind == "7"
    assert base64.b64decode(encoded) == salt
    assert base64.b64decode(hashed) == expected


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password("secret") != hash_password("secret")


def test_password_files_are_read_as_written() -> None:
    hashes = {"b": hash_password("1"), "a": hash_password("2")}
    assert parse_passwords(render_passwords(hashes)) == hashes


@pytest.mark.parametrize("text", ["\n", "a\n", ":$7$1$a$b\n", "a:plain\n"])
def test_a_broken_password_file_is_refused(text: str) -> None:
    with pytest.raises(WrongSettings, match="line 1"):
        parse_passwords(text)


def test_nobody_gets_in_without_a_name_or_chooses_a_client_id() -> None:
    text = configuration(Path("/data"), BrokerPorts(platform=1001, gateway=1002))
    above, *listeners = text.split("listener ")
    assert "allow_anonymous false" in above
    assert "password_file /data/users.passwords" in above
    assert "acl_file /data/users.acl" in above
    assert len(listeners) == 2
    for part in listeners:
        assert "127.0.0.1" in part.splitlines()[0]
        assert "use_username_as_clientid true" in part
    assert "max_inflight_messages 2000" in text


def test_listeners_share_settings_so_that_absent_sessions_have_a_queue() -> None:
    text = configuration(Path("/data"), BrokerPorts(platform=1001, gateway=1002))
    assert "per_listener_settings false" in text


def test_a_connect_packet_says_how_long_it_is() -> None:
    short, long = connect_packet("u", "p"), connect_packet("u" * 100, "p")
    assert short[0] == long[0] == 0x10
    assert short[1] == len(short) - 2
    assert (long[1] & 0x7F) + (long[2] << 7) == len(long) - 3


@pytest.mark.parametrize(
    ("file", "clients"),
    [
        ("mosquitto.conf", ClientCertificate.NONE),
        ("mosquitto-mutual-tls.conf", ClientCertificate.REQUIRED),
    ],
)
def test_the_containers_broker_has_the_private_brokers_settings(
    file: str, clients: ClientCertificate
) -> None:
    path = Path(__file__).parents[3] / "deploy/mosquitto" / file
    written = path.read_text(encoding="utf-8").split("\n", 2)[2]
    here = "/mosquitto/towerwatch"
    assert written == configuration(
        Path(here),
        BrokerPorts(platform=1883, gateway=8883),
        address="0.0.0.0",
        tls=BrokerTls(
            certificate=f"{here}/server.crt",
            key=f"{here}/server.key",
            authority=f"{here}/gateways-ca.crt" if clients is ClientCertificate.REQUIRED else "",
            clients=clients,
            revocations=f"{here}/gateways.crl" if clients is ClientCertificate.REQUIRED else "",
        ),
    )
