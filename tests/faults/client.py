"""A client of the tests' own at the broker and at the intake: replays, poison, take-overs."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import niquests
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Post:
    """A message to be published."""

    topic: str
    payload: bytes


@dataclass(slots=True)
class Outcome:
    """What the broker answered.

    Attributes:
        connected: Reason code of the connection; -1: none came.
        codes: Reason code of each publish that was answered.
        was_cut: Whether the connection ended before it was given up.
    """

    connected: int = -1
    codes: list[int] = field(default_factory=list)
    was_cut: bool = False


def publish_all(
    url: str, posts: Sequence[Post], *, client_id: str = "", clean_start: bool = True
) -> Outcome:
    """Connect as the URL says, publish all with QoS 1, wait for the answers, leave.

    Args:
        client_id: Whom it pretends to be; "" takes the user's name.
        clean_start: Whether a session that the client id has is thrown away.
    """
    parts = urlsplit(url)
    user = unquote(parts.username or "")
    outcome = Outcome()
    answered, finished = threading.Event(), threading.Event()

    def on_connect(client: mqtt.Client, _data: Any, _f: Any, code: ReasonCode, _p: Any) -> None:
        outcome.connected = code.value
        if not posts or code.is_failure:
            finished.set()
        else:
            for post in posts:
                client.publish(post.topic, post.payload, qos=1)
        answered.set()

    def on_publish(_c: Any, _data: Any, _mid: int, code: ReasonCode, _p: Any) -> None:
        outcome.codes.append(code.value)
        if len(outcome.codes) == len(posts):
            finished.set()

    def on_disconnect(_c: Any, _data: Any, _f: Any, _code: ReasonCode, _p: Any) -> None:
        outcome.was_cut = not finished.is_set()
        finished.set()

    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id or user,
        protocol=mqtt.MQTTv5,
        reconnect_on_failure=False,
    )
    client.username_pw_set(user, unquote(parts.password or ""))
    client.on_connect, client.on_publish = on_connect, on_publish
    client.on_disconnect = on_disconnect
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 0
    with suppress(OSError):
        client.connect(
            parts.hostname or "",
            parts.port or 1883,
            clean_start=clean_start,
            properties=properties,
        )
        client.loop_start()
        if answered.wait(_WAIT_S):
            finished.wait(_WAIT_S)
        client.disconnect()
        client.loop_stop()
    return outcome


def post_alarms(
    url: str, gateway: str, secret: str, authority: Path, payloads: Sequence[bytes]
) -> list[int]:
    """Post alarm-lane messages to the intake, in the order given; the status of each."""
    statuses = []
    with niquests.Session() as session:
        session.trust_env = False
        session.auth = (f"{gateway}.alarm", secret)
        session.verify = str(authority)
        for payload in payloads:
            answer = session.post(f"{url}/v1/{gateway}/alarm", data=payload, timeout=_WAIT_S)
            statuses.append(answer.status_code or 0)
    return statuses
