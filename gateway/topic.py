"""Where messages go on the broker: the topic grammar of protocol version 1.

tw/1/{gateway}/alarm              up    events
tw/1/{gateway}/data/{shard}       up    sample batches
tw/1/{gateway}/state/{lane}       up    heartbeat, retained, also the will
tw/1/{gateway}/receipt/{lane}     down  what is committed
tw/1/{gateway}/command            down  read-only requests
"""

import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from gateway.errors import BadMessage, Fault

GatewayId = NewType("GatewayId", str)

ROOT = "tw/1"
OWN_ASSET = "@gw"
"""Asset code by which a gateway speaks of itself; the platform keeps an asset for each gateway."""
SHARDS = 16
"""The data lane is split so that workers can share it; a gateway always keeps its shard."""

_GATEWAY = re.compile(r"[a-z0-9-]{3,40}")
_TOPIC = re.compile(
    r"tw/1/(?P<gateway>[a-z0-9-]{3,40})/"
    r"(?:(?P<alarm>alarm)|data/(?P<shard>\d{1,2})|state/(?P<state>alarm|data))"
)


class Lane(StrEnum):
    """The two roads of a gateway, each with its own session, identity and ingest process."""

    ALARM = "alarm"
    DATA = "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """What an up-going topic says: who sent it, on which lane, whether it is a heartbeat."""

    gateway: GatewayId
    lane: Lane
    is_state: bool = False


def gateway_id(text: str) -> GatewayId:
    """The text as a gateway id.

    Raises:
        ValueError: The text does not match `[a-z0-9-]{3,40}`; wildcards of MQTT can so never
            stand in a topic or an access rule.
    """
    if not _GATEWAY.fullmatch(text):
        raise ValueError(f"gateway id {text!r} does not match [a-z0-9-]{{3,40}}")
    return GatewayId(text)


def shard(gateway: GatewayId) -> int:
    """The gateway's shard, 0 to 15: CRC-32 of its id, so every program agrees."""
    return zlib.crc32(gateway.encode()) % SHARDS


def alarm(gateway: GatewayId) -> str:
    """Topic of the gateway's events."""
    return f"{ROOT}/{gateway}/alarm"


def data(gateway: GatewayId) -> str:
    """Topic of the gateway's sample batches."""
    return f"{ROOT}/{gateway}/data/{shard(gateway)}"


def state(gateway: GatewayId, lane: Lane) -> str:
    """Topic of the gateway's heartbeat on a lane (retained; also its will)."""
    return f"{ROOT}/{gateway}/state/{lane}"


def receipt(gateway: GatewayId, lane: Lane) -> str:
    """Topic on which the platform says what is committed."""
    return f"{ROOT}/{gateway}/receipt/{lane}"


def command(gateway: GatewayId) -> str:
    """Topic of requests to the gateway."""
    return f"{ROOT}/{gateway}/command"


def parse(topic: str) -> Uplink:
    """Who sent a message and on which lane.

    Raises:
        BadMessage: The topic is none of the up-going ones.
    """
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise BadMessage(Fault.BAD_TOPIC, f"{topic!r} is not an up-going topic of protocol 1")
    gateway = GatewayId(match["gateway"])
    if match["state"]:
        return Uplink(gateway=gateway, lane=Lane(match["state"]), is_state=True)
    if match["alarm"]:
        return Uplink(gateway=gateway, lane=Lane.ALARM)
    if int(match["shard"]) >= SHARDS:
        raise BadMessage(Fault.BAD_TOPIC, f"shard {match['shard']} is not below {SHARDS}")
    return Uplink(gateway=gateway, lane=Lane.DATA)
