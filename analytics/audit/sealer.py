"""Seals committed history in batches, beside everything else: no alarm ever waits for it."""

from collections.abc import Callable
from datetime import datetime
from threading import Event
from typing import Final

from analytics import metrics
from analytics.alarms.mark import mark_alarms
from analytics.alarms.rule import AlarmRules, default_rules
from analytics.audit import store as seal_store
from analytics.audit.seal import Covered, in_usual_order, make_seal
from analytics.rounds import Rounds
from gateway.clock import steady_s
from ingest.database import Connection, in_transaction

EVERY_S: Final = 0.5
"""Between two looks; without a flood a seal is at most a second behind [s]."""
FLOOD: Final = 128
"""With more events than that undecided, history waits: it shares a core with the decisions."""
LONGEST_REST_S: Final = 10.0
"""A flood keeps history unsealed for so long at most [s]."""
MARK_S: Final = 10.0
BATCH: Final = 5000
"""Most rows of one seal."""
BACK_OFF_S: Final = (2.0,)


def seal_waiting(connection: Connection, now: datetime) -> int:
    """Seal what has committed and waits; how many rows."""
    return in_transaction(connection, lambda held: _seal(held, now))


def _seal(connection: Connection, now: datetime) -> int:
    if not seal_store.be_the_sealer(connection):
        return 0
    keys = seal_store.claim_work(connection, limit=BATCH)
    rows = seal_store.fetch_rows(connection, keys)
    covered = in_usual_order(
        [Covered(source=row.source, key=row.key, digest=row.digest) for row in rows.values()]
    )
    if not covered:
        return 0
    head = seal_store.fetch_head(connection)
    seal_store.add_seal(connection, make_seal(head, covered, now), covered)
    return len(covered)


class Sealer:
    """A thread of the alarm process with a connection of its own.

    Args:
        connect: Opens a connection of the role tw_analytics.
        clock: The platform's clock.
        rules: Of the marks on alarms.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        clock: Callable[[], datetime],
        rules: AlarmRules | None = None,
    ) -> None:
        self._rounds = Rounds("sealer", connect, BACK_OFF_S)
        self._clock = clock
        self._rules = rules or default_rules()
        self._marked_s = -1e9
        self._sealed_s = -1e9

    def run(self, stop: Event) -> None:
        """Seal and mark until told to stop; a lost database is waited for."""
        self._rounds.run(self._serve, stop)

    def _serve(self, connection: Connection, stop: Event) -> None:
        while not stop.is_set():
            if self._gives_way(connection):
                stop.wait(EVERY_S)
                continue
            self._sealed_s = steady_s()
            count = seal_waiting(connection, self._clock())
            self._rounds.went_well()
            metrics.SEALED.inc(count)
            self._mark(connection)
            if count < BATCH:
                stop.wait(EVERY_S)

    def _gives_way(self, connection: Connection) -> bool:
        is_patient = steady_s() - self._sealed_s < LONGEST_REST_S
        return is_patient and seal_store.is_flooded(connection, FLOOD)

    def _mark(self, connection: Connection) -> None:
        if steady_s() - self._marked_s < MARK_S:
            return
        self._marked_s = steady_s()
        metrics.UNSEALED.set(seal_store.count_waiting(connection))
        in_transaction(connection, lambda held: mark_alarms(held, self._rules, self._clock()))
