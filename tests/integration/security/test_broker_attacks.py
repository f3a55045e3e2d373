"""Attacks on the real broker by somebody with no credentials, and by a gateway gone bad."""

from dataclasses import dataclass
from itertools import count
from urllib.parse import unquote, urlsplit

import pytest

from tests.integration.security import attacker
from tests.integration.security.attacker import CLOSED, Attacker, Will
from tests.integration.security.tally import Tally
from tests.services import TestBroker
from towerwatch.process import wait_until
from towerwatch.services.access import PLATFORM, GatewayCredentials
from towerwatch.services.broker import MAX_PACKET

_NUMBERS = count(1)
_QUIET_S = 0.7
"""How long a forged message would need at most to arrive on loopback, many times over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The broker with a gateway gone bad (`bad`) and one that it envies (`good`)."""

    broker: TestBroker
    bad: GatewayCredentials
    good: GatewayCredentials

    @property
    def port(self) -> int:
        return self.broker.gateway_port

    def log(self) -> str:
        return self.broker.log.read_text(encoding="utf-8", errors="replace")

    def sees(self, text: str) -> bool:
        """Whether the broker's log says so, now or in a moment."""
        return wait_until(lambda: text in self.log(), within_s=5.0)

    def log_in(self, client: Attacker, credentials: GatewayCredentials) -> None:
        answer = client.connect(credentials.data_user, credentials.data_password)
        assert answer.code == 0

    def platform(self, client: Attacker) -> None:
        """Log in as the platform's user that may do everything."""
        password = unquote(urlsplit(self.broker.platform_url).password or "")
        assert client.connect(PLATFORM, password, client_id=PLATFORM).code == 0


@pytest.fixture
def scene(broker: TestBroker) -> Scene:
    number = next(_NUMBERS)
    return Scene(
        broker=broker,
        bad=broker.add_gateway(f"bad-gw-{number}"),
        good=broker.add_gateway(f"good-gw-{number}"),
    )


@pytest.mark.parametrize("user", ["#", "+", "%u", "%c", "$SYS", "a/b", "tw-ingest-alarm", ""])
def test_a_stranger_with_a_strange_name_is_not_let_in(
    scene: Scene, tally: Tally, user: str
) -> None:
    with Attacker(scene.port) as client:
        answer = client.connect(user, "guess", client_id=user)
        follow = client.publish(f"tw/1/{scene.good.gateway}/alarm")
    is_seen = answer.code == attacker.NOT_AUTHORISED
    tally.add(f"log in as {user!r}", is_refused=follow == CLOSED, is_visible=is_seen)


@pytest.mark.parametrize("level", [3, 4, 5])
def test_nobody_gets_in_without_a_name(scene: Scene, tally: Tally, level: int) -> None:
    with Attacker(scene.port) as client:
        answer = client.connect(None, None, client_id="nobody", level=level)
    name = f"anonymous, protocol level {level}"
    tally.add(name, is_refused=answer.code != 0, is_visible=answer.code > 0)


def test_a_password_of_another_gateway_opens_nothing(scene: Scene, tally: Tally) -> None:
    with Attacker(scene.port) as client:
        answer = client.connect(scene.good.data_user, scene.bad.data_password)
    is_seen = answer.code == attacker.NOT_AUTHORISED
    tally.add("password of another gateway", is_refused=is_seen, is_visible=is_seen)


@pytest.mark.parametrize(
    "place",
    [
        "tw/1/{good}/alarm",
        "tw/1/{good}/data/3",
        "tw/1/{good}/state/data",
        "tw/1/{good}/receipt/data",
        "tw/1/{good}/command",
        "tw/1/{bad}/alarm",
        "tw/1/{bad}/receipt/data",
        "tw/1/{bad}/receipt/alarm",
        "tw/1/{bad}/command",
        "tw/1/{bad}/data/3/4",
        "tw/1/%u/alarm",
        "$SYS/broker/uptime",
        "tw/2/{bad}/data/3",
        "tw/1/#",
        "tw/1/+/alarm",
        "",
    ],
)
@pytest.mark.parametrize("retain", [False, True])
def test_a_foreign_topic_is_refused_with_a_reason(
    scene: Scene, tally: Tally, place: str, retain: bool
) -> None:
    topic = place.format(good=scene.good.gateway, bad=scene.bad.gateway)
    with Attacker(scene.port) as client:
        scene.log_in(client, scene.bad)
        answer = client.publish(topic, retain=retain)
    is_refused = answer.code >= 0x80 or answer == CLOSED
    name = f"publish {'retained ' if retain else ''}to {place!r}"
    tally.add(name, is_refused=is_refused, is_visible=answer.code >= 0x80)
    if retain:
        assert _heard(scene, topic) is False


@pytest.mark.parametrize(
    "place",
    ["#", "+/#", "tw/#", "tw/1/{good}/receipt/data", "tw/1/{good}/command", "tw/1/+/receipt/+"],
)
def test_a_foreign_subscription_delivers_nothing_and_stands_in_the_log(
    scene: Scene, tally: Tally, place: str
) -> None:
    topic = place.format(good=scene.good.gateway)
    with (
        Attacker(scene.port, timeout_s=_QUIET_S) as client,
        Attacker(scene.broker.ports.platform) as platform,
    ):
        scene.log_in(client, scene.bad)
        client.subscribe(topic)
        scene.platform(platform)
        for lane in ("data", "alarm"):
            platform.publish(f"tw/1/{scene.good.gateway}/receipt/{lane}")
        platform.publish(f"tw/1/{scene.good.gateway}/command")
        heard = client.hear()
    is_seen = scene.sees(f"{scene.bad.data_user} 1 {topic}")
    tally.add(f"subscribe to {place!r}", is_refused=heard == CLOSED, is_visible=is_seen)


def test_a_shared_subscription_takes_nothing_from_the_platform(scene: Scene, tally: Tally) -> None:
    topic = f"tw/1/{scene.good.gateway}/data/3"
    with (
        Attacker(scene.port, timeout_s=_QUIET_S) as client,
        Attacker(scene.port) as good,
        Attacker(scene.broker.ports.platform) as platform,
    ):
        scene.log_in(client, scene.bad)
        client.subscribe(f"$share/any/{topic}")
        scene.platform(platform)
        platform.subscribe(topic)
        scene.log_in(good, scene.good)
        good.publish(topic, b"mine")
        assert platform.hear().kind == attacker.PUBLISH
        heard = client.hear()
    is_seen = scene.sees(f"{scene.bad.data_user} 1 $share/any/{topic}")
    tally.add("shared subscription", is_refused=heard == CLOSED, is_visible=is_seen)


def test_a_will_to_a_foreign_topic_is_never_published(scene: Scene, tally: Tally) -> None:
    foreign = f"tw/1/{scene.good.gateway}/state/alarm"
    with Attacker(scene.port) as client:
        will = Will(topic=foreign)
        client.connect(scene.bad.data_user, scene.bad.data_password, will=will)
        client.drop()
    is_seen = scene.sees(f"Client {scene.bad.data_user} closed its connection")
    is_refused = not _heard(scene, foreign)
    tally.add("will to a foreign topic", is_refused=is_refused, is_visible=is_seen)


@pytest.mark.parametrize("client_id", ["tw-ingest-alarm", "tw-ingest-data-0", "{good}.data", "#"])
def test_a_chosen_client_id_takes_over_nobody(scene: Scene, tally: Tally, client_id: str) -> None:
    with (
        Attacker(scene.port, timeout_s=_QUIET_S) as victim,
        Attacker(scene.port) as client,
    ):
        scene.log_in(victim, scene.good)
        chosen = client_id.format(good=scene.good.gateway)
        client.connect(scene.bad.data_user, scene.bad.data_password, client_id=chosen)
        lives = victim.publish(f"tw/1/{scene.good.gateway}/data/3").kind == attacker.PUBACK
    is_seen = scene.sees(f"as {scene.bad.data_user} (p5")
    tally.add(f"client id {client_id!r}", is_refused=lives, is_visible=is_seen)


@pytest.mark.parametrize("level", [3, 4])
def test_an_older_protocol_reaches_no_more_and_is_named_in_the_log(
    scene: Scene, tally: Tally, level: int
) -> None:
    """Version 2.0 cannot refuse MQTT 3.1.1; it has the same access list there."""
    foreign = f"tw/1/{scene.good.gateway}/state/alarm"
    with Attacker(scene.port) as client:
        client.connect(scene.bad.data_user, scene.bad.data_password, client_id="old", level=level)
        client.ask(
            b"\x33" + bytes([len(foreign) + 5, 0, len(foreign)]) + foreign.encode() + b"\0\1x"
        )
    is_seen = scene.sees(f"as {scene.bad.data_user} (p{level - 2},")
    is_refused = not _heard(scene, foreign)
    name = f"foreign retained state by protocol level {level}"
    tally.add(name, is_refused=is_refused, is_visible=is_seen)


def test_a_packet_over_the_limit_ends_the_connection(scene: Scene, tally: Tally) -> None:
    with Attacker(scene.port) as client:
        scene.log_in(client, scene.bad)
        answer = client.publish(f"tw/1/{scene.bad.gateway}/data/3", b"x" * (MAX_PACKET + 1))
    is_seen = answer.code == attacker.PACKET_TOO_LARGE
    tally.add("oversize packet", is_refused=is_seen, is_visible=is_seen)


def test_a_packet_that_never_ends_takes_no_memory(scene: Scene, tally: Tally) -> None:
    with Attacker(scene.port) as client:
        answer = client.ask(b"\x10\xff\xff\xff\x7f" + b"x" * 1000)
    is_seen = scene.sees("Client <unknown> disconnected due to malformed packet")
    tally.add("CONNECT of 256 MiB", is_refused=answer == CLOSED, is_visible=is_seen)


@pytest.mark.parametrize("qos", [0, 2])
def test_no_quality_of_service_is_a_way_round_the_access_list(
    scene: Scene, tally: Tally, qos: int
) -> None:
    topic = f"tw/1/{scene.good.gateway}/state/alarm"
    with Attacker(scene.port, timeout_s=_QUIET_S) as client:
        scene.log_in(client, scene.bad)
        answer = client.publish(topic, qos=qos, retain=True)
    is_seen = answer.code >= 0x80 or scene.sees(f"as {scene.bad.data_user} (p5")
    tally.add(
        f"foreign topic at QoS {qos}", is_refused=not _heard(scene, topic), is_visible=is_seen
    )


def _heard(scene: Scene, topic: str) -> bool:
    """Whether the broker kept a message under a topic: everything forged here is retained."""
    if any(wild in topic for wild in "#+") or not topic or topic.startswith("$"):
        return False
    with Attacker(scene.broker.ports.platform, timeout_s=_QUIET_S) as platform:
        scene.platform(platform)
        platform.subscribe(topic)
        return platform.hear().kind == attacker.PUBLISH
