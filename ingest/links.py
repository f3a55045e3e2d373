"""All brokers of a platform at once: one reader, whichever of them a gateway is connected to.

A gateway that loses its broker goes to the next of its list. Whoever reads is connected to every
one of them already, so that nothing has to be decided or moved when a broker is lost: what it had
not delivered is in the gateways' outboxes and comes by the other.
"""

from collections.abc import Callable, Sequence

from gateway.topic import Uplink
from ingest.batch import Inbound
from ingest.consume import SESSION_FOR_EVER, BrokerAccess, Link, Outgoing, Subscription
from ingest.inbox import Inbox


class Links:
    """One connection to each broker behind the face of one.

    Args:
        accesses: At least one.
        session_expiry_s: How long a broker keeps the session of an absent client [s].
        gather_s: How long messages that come one by one may gather before they are read [s].
        on_state: Takes (sender, payload, received_ms) of heartbeats; must not block.
    """

    def __init__(
        self,
        accesses: Sequence[BrokerAccess],
        subscriptions: Sequence[Subscription],
        *,
        session_expiry_s: int = SESSION_FOR_EVER,
        gather_s: float = 0.0,
        on_state: Callable[[Uplink, bytes, int], None] | None = None,
    ) -> None:
        self._inbox = Inbox()
        self._links = tuple(
            Link(
                access,
                subscriptions,
                session_expiry_s=session_expiry_s,
                gather_s=gather_s,
                on_state=on_state,
            )
            for access in accesses
        )
        for number, link in enumerate(self._links):
            link.share(self._inbox, number, len(accesses))

    @property
    def is_up(self) -> bool:
        """Whether gateways can be heard by some broker."""
        return any(link.is_up for link in self._links)

    @property
    def count_lost(self) -> int:
        """How many brokers are away, or grant less than is asked for."""
        return sum(not link.is_up for link in self._links)

    @property
    def connected_at_s(self) -> float:
        """Since when gateways can be heard: the oldest connection that stands (steady clock)."""
        return min((link.connected_at_s for link in self._links if link.is_up), default=0.0)

    @property
    def waiting(self) -> int:
        """Messages in the inbox."""
        return len(self._inbox)

    @property
    def stale_acks(self) -> int:
        """Messages whose connection had gone when they were committed."""
        return sum(link.stale_acks for link in self._links)

    def start(self) -> None:
        """Begin to connect to all of them."""
        for link in self._links:
            link.start()

    def stop(self) -> None:
        """Acknowledge what is committed, say goodbye to all."""
        for link in self._links:
            link.stop()

    def check(self) -> None:
        """Whether every network thread makes progress.

        Raises:
            Deaf: One does not; a broker that is away, or grants less than is asked for while
                another is read, is no reason.
        """
        for link in self._links:
            link.check(has_others=any(one.is_up for one in self._links if one is not link))

    def take(
        self, *, most: int, most_bytes: int, age_s: float, wait_s: float = 0.5
    ) -> list[Inbound]:
        """The next batch, as `Inbox.take` has it."""
        return self._inbox.take(most=most, most_bytes=most_bytes, age_s=age_s, wait_s=wait_s)

    def done(self, batch: Sequence[Inbound]) -> None:
        """The batch is committed: each broker hears of what it brought."""
        for link in self._links:
            link.done([one for one in batch if link.brought(one)])

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Tell every broker: the gateway is at one of them, and its own commands have an id."""
        for link in self._links:
            link.publish(messages)

    def want(self, subscriptions: Sequence[Subscription], unwanted: Sequence[str] = ()) -> None:
        """Change what is subscribed at each."""
        for link in self._links:
            link.want(subscriptions, unwanted)
