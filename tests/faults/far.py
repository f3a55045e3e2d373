"""A gateway at the far end of a bad line: real packets where the machine allows it, bytes elsewhere.

Where no network namespace can be made, the proxy of bytes stands in: it can hold back, stall and
swallow, and a lost packet becomes the stall that its retransmission would be. Which of the two it
was stands in the report card.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random

from tests.faults import evidence
from tests.faults.driver import Orders
from tests.faults.load import LOAD
from tests.faults.packet import CLEAR, Air, PacketLink, packet_link, why_not
from tests.faults.proxy import FAIR, Proxy, Weather
from tests.faults.second import Second, second_gateway
from tests.faults.stage import Stage

_EMPTY_S = 90.0
_RETRANSMISSION_S = 0.4
"""Of Linux: 200 ms at least, doubled once."""


class Carrier(StrEnum):
    """What carries the far gateway's connections."""

    PACKETS = "packets"
    BYTES = "bytes"


def carriers() -> tuple[Carrier, ...]:
    """What this machine can do; bytes always."""
    return (Carrier.BYTES,) if why_not() else (Carrier.PACKETS, Carrier.BYTES)


def capability() -> str:
    """The same in words, for the report card."""
    reason = why_not()
    return f"bytes ({reason})" if reason else "packets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Far:
    """The far gateway and its line."""

    gateway: Second
    proxy: Proxy
    link: PacketLink | None

    def set(self, air: Air) -> None:
        """Change the line."""
        if self.link is not None:
            self.link.set(air)
        elif air.is_cut_up or air.is_cut_down:
            self.proxy.set(Weather(is_black_hole=True))
        else:
            stall_s = air.jitter_s + 10 * air.loss * _RETRANSMISSION_S
            self.proxy.set(Weather(delay_s=air.delay_s, jitter_s=stall_s))


@contextmanager
def far_gateway(line: Stage, folder: Path, carrier: Carrier) -> Iterator[Far]:
    """The line's gateway, moved to the far end of a line of its own, with outboxes of its own."""
    line.kill("gateway")
    with ExitStack() as held:
        link = held.enter_context(packet_link()) if carrier is Carrier.PACKETS else None
        host = "127.0.0.1" if link is None else link.near
        proxy = Proxy(lambda: line.broker.ports.gateway, host=host)
        held.callback(proxy.stop)
        proxy.start()
        gateway = held.enter_context(
            second_gateway(
                line,
                folder,
                broker_url=f"mqtt://{host}:{proxy.port}",
                around=() if link is None else link.around,
            )
        )
        yield Far(gateway=gateway, proxy=proxy, link=link)
    line.start("gateway")


def drain(line: Stage, far: Far) -> bool:
    """Let the line be clear until the far gateway has nothing left; whether it came to that."""
    far.set(CLEAR)
    far.proxy.set(FAIR)
    far.gateway.order(Orders())
    line.wait(1.5)
    return line.wait_for(lambda: not evidence.waiting(far.gateway.outboxes), _EMPTY_S)


AIRS = {
    "lossy": (Air(loss=0.1, duplicate=0.03, delay_s=0.03, jitter_s=0.08), 5.0),
    "far away": (Air(delay_s=0.3, jitter_s=0.15, loss=0.02), 5.0),
    "cut both ways": (Air(is_cut_up=True, is_cut_down=True), 6.0),
    "deaf": (Air(is_cut_down=True), 6.0),
    "mute": (Air(is_cut_up=True), 6.0),
}
"""Kinds of bad air, and how long each lasts [s]."""


def bad_air(stage: Stage, chance: Random) -> str:
    """The gateway's packets are lost, doubled, late, or go one way only."""
    carrier = carriers()[0]
    name = chance.choice(sorted(AIRS))
    air, least_s = AIRS[name]
    with far_gateway(stage, stage.folder / f"far-{len(stage.others)}", carrier) as far:
        far.gateway.order(LOAD)
        stage.wait(2)
        far.set(air)
        stage.wait(chance.uniform(least_s, 2 * least_s))
        if not drain(stage, far):
            stage.complaints.append(f"{name}: the far gateway did not get rid of its messages")
    return "far link"
