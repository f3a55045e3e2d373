"""Sparkplug's topics, core: `spBv1.0/{group}/{kind}/{node}[/{device}]` and the host's STATE."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NAMESPACE: Final = "spBv1.0"


class Kind(StrEnum):
    """Messages that an edge node sends."""

    NBIRTH = "NBIRTH"
    NDEATH = "NDEATH"
    NDATA = "NDATA"
    DBIRTH = "DBIRTH"
    DDEATH = "DDEATH"
    DDATA = "DDATA"


_OF_DEVICES: Final = (Kind.DBIRTH, Kind.DDEATH, Kind.DDATA)


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """An edge node."""

    group: str
    node: str

    @property
    def command(self) -> str:
        """The topic of commands to it."""
        return f"{NAMESPACE}/{self.group}/NCMD/{self.node}"


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A device of an edge node; the node itself has an empty device."""

    of: Node
    device: str

    def __str__(self) -> str:
        return "/".join(one for one in (self.of.group, self.of.node, self.device) if one)


def parse(topic: str) -> tuple[Kind, Where] | None:
    """Kind and place of a message; None when it is none of an edge node's."""
    levels = topic.split("/")
    if len(levels) not in (4, 5) or levels[0] != NAMESPACE or levels[2] not in set(Kind):
        return None
    kind = Kind(levels[2])
    if (kind in _OF_DEVICES) != (len(levels) == 5) or "" in levels:
        return None
    return kind, Where(Node(levels[1], levels[3]), levels[4] if len(levels) == 5 else "")


def state_topic(host: str) -> str:
    """Where the host says that it is there."""
    return f"{NAMESPACE}/STATE/{host}"
