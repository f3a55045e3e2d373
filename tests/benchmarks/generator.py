"""The load generator, a process of its own: `python -m tests.benchmarks.generator OUTCOME`.

It reads a plan (one line of JSON) from standard input, makes its messages, connects, says
`ready`, begins at the word `go`, and writes its outcome to a file. New messages wait for
receipts (a window for each gateway), so nothing is ever dropped for want of room.
"""

import selectors
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, time_ns

import msgspec

from gateway.topic import Lane
from tests.benchmarks.body import Body, Shape, bodies, lift_code
from tests.benchmarks.connection import Connection, open_connections
from tests.benchmarks.plan import Events, Outcome, Plan, Point, Receipted, Sent, Telemetry

_RESEND_S = 5.0
_STEP_S = 0.1
_TICK_S = 0.005
"""A paced load sends what is due in bunches, to cost less."""


@dataclass(slots=True, kw_only=True)
class Counts:
    """What is counted while a generator runs."""

    messages: int = 0
    samples: int = 0
    rows: int = 0
    receipted: int = 0
    samples_receipted: int = 0
    resends: int = 0
    late: int = 0
    curve: list[Point] = field(default_factory=list)
    receipts: list[Receipted] = field(default_factory=list)
    waited_s: list[float] = field(default_factory=list)
    events: list[Sent] = field(default_factory=list)


class Generator:
    """Runs one plan over open connections."""

    def __init__(self, plan: Plan, connections: list[Connection]) -> None:
        self._plan = plan
        self._connections = connections
        self._counts = Counts()
        self._selector = selectors.EpollSelector()
        self._blocked: set[int] = set()
        self._put_off: dict[int, int] = {}
        self._next = self._source()
        for one in connections:
            self._selector.register(one.sock, selectors.EVENT_READ, one)

    def run(self) -> Outcome:
        """Send for as long as the plan says, then wait for the last receipts."""
        began = monotonic()
        self._note(began)
        if self._interval_s:
            self._pace(began)
        else:
            for one in self._connections:
                self._fill(one)
            self._loop(until_s=began + self._plan.seconds, on_settled=self._fill)
        ended = monotonic()
        self._loop(until_s=ended + self._plan.drain_s, is_draining=True)
        self._note(monotonic())
        return self._outcome(began, ended)

    @property
    def _interval_s(self) -> float:
        """Time between two messages of all gateways together [s]; 0: no pace."""
        load = self._plan.load
        if isinstance(load, Events):
            return 1.0 / load.per_s
        return load.interval_s / len(self._connections)

    def _source(self) -> Callable[[Connection], Body]:
        load = self._plan.load
        if isinstance(load, Events):
            return lambda one: self._event(load, one)
        made = _telemetry(load)
        return lambda one: made[one.turn % len(made)]

    def _event(self, load: Events, one: Connection) -> Body:
        asset = lift_code(load.first_lift + one.turn % load.lifts)
        self._counts.events.append(Sent(one.login.gateway, asset, monotonic()))
        now = time_ns() // 1_000_000
        tail = (
            f',"events":[{{"asset":"{asset}","at":{now},"event":"{load.event}","state":"raise"}}]}}'
        )
        return Body(tail=tail.encode(), samples=0, rows=0)

    def _send(self, one: Connection) -> None:
        body = self._next(one)
        one.send(body.tail, body.samples, monotonic())
        counts = self._counts
        counts.messages += 1
        counts.samples += body.samples
        counts.rows += body.rows
        if one.is_blocked:
            self._await_room(one)

    def _fill(self, one: Connection) -> None:
        while len(one.waiting) < self._plan.window:
            self._send(one)

    def _pace(self, began: float) -> None:
        """Send in turns, each message when it is due; a full window puts it off, uncounted."""
        interval, gateways = self._interval_s, len(self._connections)
        load = self._plan.load
        most = load.many if isinstance(load, Events) else int(self._plan.seconds / interval)
        given = 0
        while given < most:
            due = min(most, int((monotonic() - began) / interval) + 1)
            for number in range(given, due):
                self._offer(self._connections[number % gateways])
            given = due
            self._loop(until_s=monotonic() + _TICK_S, on_settled=self._catch_up)

    def _offer(self, one: Connection) -> None:
        if len(one.waiting) < self._plan.window and not self._put_off.get(one.index):
            self._send(one)
        else:
            self._counts.late += 1
            self._put_off[one.index] = self._put_off.get(one.index, 0) + 1

    def _catch_up(self, one: Connection) -> None:
        while self._put_off.get(one.index) and len(one.waiting) < self._plan.window:
            self._put_off[one.index] -= 1
            self._send(one)

    def _loop(
        self,
        *,
        until_s: float,
        on_settled: Callable[[Connection], None] | None = None,
        is_draining: bool = False,
    ) -> None:
        while (now := monotonic()) < until_s:
            if is_draining and not any(one.waiting for one in self._connections):
                return
            for key, ready in self._selector.select(min(until_s - now, _STEP_S)):
                one: Connection = key.data
                if ready & selectors.EVENT_WRITE:
                    self._flush(one)
                if ready & selectors.EVENT_READ:
                    self._receive(one, on_settled or self._catch_up)
            self._note_and_resend(monotonic())

    def _receive(self, one: Connection, on_settled: Callable[[Connection], None]) -> None:
        now = monotonic()
        for receipt in one.receive():
            self._counts.receipts.append(Receipted(one.index, receipt.through, time_ns() / 1e9))
            for settled in one.settle(receipt):
                self._counts.receipted += 1
                self._counts.samples_receipted += settled.samples
                self._counts.waited_s.append(now - settled.sent_s)
        on_settled(one)

    def _flush(self, one: Connection) -> None:
        one.flush()
        if not one.is_blocked:
            self._blocked.discard(one.index)
            self._selector.modify(one.sock, selectors.EVENT_READ, one)

    def _await_room(self, one: Connection) -> None:
        if one.index not in self._blocked:
            self._blocked.add(one.index)
            events = selectors.EVENT_READ | selectors.EVENT_WRITE
            self._selector.modify(one.sock, events, one)

    def _note(self, now: float) -> None:
        counts = self._counts
        counts.curve.append(Point(now, counts.receipted, counts.samples_receipted))

    def _note_and_resend(self, now: float) -> None:
        if now - self._counts.curve[-1].at_s < _STEP_S:
            return
        self._note(now)
        for one in self._connections:
            if one.is_overdue(now, _RESEND_S) and one.index not in self._blocked:
                one.resend_oldest(now)
                self._counts.resends += 1
                if one.is_blocked:
                    self._await_room(one)

    def _outcome(self, began: float, ended: float) -> Outcome:
        counts = self._counts
        return Outcome(
            messages=counts.messages,
            samples=counts.samples,
            rows=counts.rows,
            receipted=counts.receipted,
            samples_receipted=counts.samples_receipted,
            resends=counts.resends,
            late=counts.late,
            bytes_sent=sum(one.bytes_sent for one in self._connections),
            began_s=began,
            ended_s=ended,
            curve=counts.curve,
            receipts=counts.receipts,
            waited_s=counts.waited_s,
            events=counts.events,
            refused=[code for one in self._connections for code in one.refused],
        )


def _telemetry(load: Telemetry) -> list[Body]:
    shape = Shape(
        lifts=load.lifts, reporting=load.reporting, seconds=load.seconds, others=load.others
    )
    return bodies(shape, first_ms=time_ns() // 1_000_000 - 10_000, many=load.bodies)


def main(outcome: Path) -> None:
    """Run the plan that standard input brings."""
    plan = msgspec.json.decode(sys.stdin.readline(), type=Plan)
    connections = open_connections(
        plan.logins, port=plan.port, lane=Lane(plan.lane), streams_from=plan.streams_from
    )
    generator = Generator(plan, connections)
    print("ready", flush=True)
    if sys.stdin.readline().strip() != "go":
        return
    found = generator.run()
    for one in connections:
        one.close()
    outcome.write_bytes(msgspec.json.encode(found))
    print("done", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
