"""A random walk over the whole closed loop, with its processes killed between any two statements.

Devices speak, people act, compounds change hands, time passes; the alarm process and the process
of orders go round on the real database, are killed before a random statement and begin anew. After
every turn and every kill the invariants of invariants.sql hold, and more when all has settled.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from psycopg.sql import SQL, Composed, Literal

from analytics.act.store import _ask
from analytics.alarms.loop import AlarmProcess
from analytics.duties.responsibility import ensure_matrix
from analytics.handover.checklist import Checklist
from analytics.handover.model import Condition, Item
from analytics.handover.store import Wish, add_handover, compound_of
from analytics.orders.process import OrderProcess
from ingest.database import Connection, Query, connect, in_transaction, parse_queries
from ingest.registry.handing import Handing, hand_over
from ingest.registry.model import ManagementKind
from tests.integration.analytics.site import NOW, Said, rows, say
from tests.loop.ground import EVENTS, Ground, build_ground
from tests.loop.whim import Crowd
from towerwatch.services.database import DatabaseUrls

_FILE: Final = Path(__file__).with_name("invariants.sql")
INVARIANTS: Final = parse_queries(_FILE.name, _FILE.read_text("utf-8"))
SETTLED: Final = "settled_"
TWICE: Final = "twice_"
_ROUNDS: Final = 200
"""Turns after which a loop that still has something to do is a fault of its own."""
_CLEARING: Final = 0.5
"""Share of words that end something, where something stands."""
_LAST_STATEMENT: Final = 60
"""A kill comes before one of so many statements."""
_LENGTHS: Final = (
    timedelta(seconds=20),
    timedelta(seconds=65),
    timedelta(minutes=5),
    timedelta(hours=1),
    timedelta(hours=9),
    timedelta(days=4),
)


class Killed(BaseException):
    """What SIGKILL is to a process: no handler of its own sees it, and nothing is committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was found.

    Attributes:
        looks: How often every invariant was looked at.
        orphans: Looks at which something was nobody's, lost, or without its history.
        duplicates: Looks at which something was there or done twice.
    """

    seed: int
    steps: int
    looks: int
    kills: int
    alarms: int
    orders: int
    rescues: int
    orphans: int
    duplicates: int
    complaints: tuple[str, ...] = ()


def everything(*, is_settled: bool) -> Composed:
    """All invariants that must hold, as one statement: (name, number, word) of each fault."""
    parts = [
        SQL("SELECT {}, id::bigint, word::text FROM ({}) AS fault (id, word)").format(
            Literal(query.name), query.statement
        )
        for query in INVARIANTS
        if is_settled or not query.name.startswith(SETTLED)
    ]
    return SQL(" UNION ALL ").join(parts)


@dataclass(slots=True, kw_only=True)
class Walk:
    """The walk: everything that can happen, drawn at random from a seed.

    Args:
        owner: Looks at everything and turns the registry.
    """

    ground: Ground
    owner: Connection
    ingest: Connection
    console: Connection
    seed: int
    now: datetime = NOW
    seq: int = 0
    looks: int = 0
    kills: int = 0
    done: dict[str, int] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    faults: list[str] = field(default_factory=list)
    _random: Random = field(init=False)
    _crowd: Crowd = field(init=False)
    _alarms: AlarmProcess = field(init=False)
    _orders: OrderProcess = field(init=False)
    _connection: Connection | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._crowd = Crowd(random=self._random, people=self.ground.people, connection=self.owner)
        self._begin()
        ensure_matrix(self._db, self.now)

    def close(self) -> None:
        """The processes end."""
        if self._connection is not None:
            self._connection.close()

    @property
    def _db(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("the processes run")
        return self._connection

    def _begin(self) -> None:
        """Both processes begin without memory."""
        self.close()
        self._connection = connect(self.ground.urls.analytics_url, application="walk")
        self._alarms = AlarmProcess(lambda: self._db, lambda: self.now)
        self._orders = OrderProcess(lambda: self._db, lambda: self.now)

    def step(self) -> str:
        """One thing happens; what."""
        self.now += timedelta(milliseconds=self._random.randrange(5, 3000))
        choices: list[tuple[int, Callable[[], str]]] = [
            (7, self._device),
            (9, self._person),
            (4, self._time),
            (2, self._orders_round),
            (2, self._restart),
            (2, self._kill),
            (1, self._hand_over),
            (2, self.settle),
        ]
        (made,) = self._random.choices([one for _, one in choices], [n for n, _ in choices])
        name = made()
        self.done[name] = self.done.get(name, 0) + 1
        return name

    def _device(self) -> str:
        for _ in range(self._random.choice([1, 1, 1, 2, 4])):
            said = (*self._random.choice(EVENTS), "raise")
            standing = self._standing()
            if standing and self._random.random() < _CLEARING:
                said = (*self._random.choice(standing), "clear")
            self.hear(*said)
        self._turn()
        return f"device {said[2]}"

    def _standing(self) -> list[tuple[str, str]]:
        """What devices say now."""
        found = rows(
            self.owner,
            "SELECT assets.code, condition FROM conditions"
            " JOIN assets ON assets.id = conditions.asset_id"
            " WHERE is_active AND stream >= 0 AND condition <> 'lift_must_be_checked'"
            " ORDER BY 1, 2",
        )
        return [(str(code), str(condition)) for code, condition in found]

    def hear(self, asset: str, event: str, state: str = "raise") -> None:
        """A device says something; nobody has taken it up yet."""
        self.seq += 1
        said = Said(seq=self.seq, asset=asset, event=event, state=state, at=self.now)
        in_transaction(self.ingest, lambda held: say(held, said))

    def _person(self) -> str:
        act = self._crowd.act()
        if act is None:
            return "person idle"
        in_transaction(self.console, lambda held: _ask(held, act))
        self._turn()
        (row,) = rows(
            self.owner, f"SELECT outcome::json ->> 'refusal' FROM acts WHERE id = '{act.id}'"
        )
        return f"{act.kind} {row[0] or 'done'}"

    def _time(self) -> str:
        self.now += self._random.choice(_LENGTHS)
        self._restart()
        return "time"

    def _turn(self) -> None:
        self._alarms.turn(self._db)
        self.look()

    def _orders_round(self) -> str:
        self._orders.turn(self._db)
        self.look()
        return "orders"

    def _restart(self) -> str:
        self._begin()
        self._turn()
        return "restart"

    def _kill(self) -> str:
        """A process dies before some statement of a turn, whatever it was at."""
        self._begin()
        if self._random.random() < 0.5:
            self.hear(*self._random.choice(EVENTS))
        self._let_die(self._random.randrange(1, _LAST_STATEMENT))
        turn = self._random.choice([self._alarms.turn, self._alarms.turn, self._orders.turn])
        try:
            turn(self._db)
            name = "survived"
        except Killed:
            self.kills += 1
            name = "killed"
        self.look()
        self._begin()
        return name

    def _let_die(self, left: int) -> None:
        held = self._db
        through = held.execute

        def execute(*args: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left <= 0:
                raise Killed
            return through(*args, **named)

        held.execute = execute  # type: ignore[method-assign]

    def _hand_over(self) -> str:
        """The garden goes to the other company, soon."""
        at = self.now + timedelta(minutes=1)
        compound = compound_of(self._db, "garden")
        if compound is None:
            raise LookupError("the garden is registered")
        (row,) = rows(
            self.owner,
            "SELECT organisations.code, organisations.id FROM managements"
            " JOIN organisations ON organisations.id = organisation_id"
            " JOIN places ON places.id = managements.place_id AND places.code = 'garden'"
            " WHERE upper_inf(valid_during) AND NOT isempty(valid_during)",
        )
        to = "property" if row[0] == "second" else "second"
        if rows(self.owner, "SELECT 1 FROM handovers WHERE state = 'planned'"):
            return "hand-over waits"
        handing = Handing(compound="garden", kind=ManagementKind.COMPANY, organisation=to, at=at)
        hand_over(self.owner, handing)
        wish = Wish(
            compound=compound,
            at=at,
            kind="company",
            from_id=None,
            to_id=None,
            reason="交接",
            planned_by="walk",
            unsigned_reason="walk",
        )
        checklist = Checklist(
            compound="garden", items=(Item(item="钥匙", condition=Condition.GOOD),), signatures=()
        )
        in_transaction(self._db, lambda held: add_handover(held, wish, checklist, self.now))
        return "hand-over"

    def settle(self) -> str:
        """Both processes begin anew and go round until nothing is left to do."""
        self._begin()
        for _ in range(_ROUNDS):
            if not self._alarms.turn(self._db) and not self._orders.turn(self._db):
                break
        else:
            self.faults.append("the processes never came to rest")
        self._begin()
        self._alarms.turn(self._db)
        self.look(is_settled=True)
        return "settle"

    def look(self, *, is_settled: bool = False) -> None:
        """Look at every invariant; a fault counts when it begins."""
        self.looks += 1
        found = self.owner.execute(everything(is_settled=is_settled), {"now": self.now}).fetchall()
        seen = frozenset(f"{name}: {number} {word}" for name, number, word in found)
        self.faults += sorted(seen - self.known)
        self.known = seen


def measure(urls: DatabaseUrls, steps: int, seed: int) -> Figures:
    """Walk, and look after every commit."""
    ground = build_ground(urls)
    orphans = duplicates = 0
    complaints: list[str] = []
    with (
        closing(connect(urls.owner_url, application="walk")) as owner,
        closing(connect(urls.ingest_url, application="walk")) as ingest,
        closing(connect(urls.console_url, application="walk")) as console,
    ):
        walk = Walk(ground=ground, owner=owner, ingest=ingest, console=console, seed=seed)
        with closing(walk):
            for number in range(steps):
                name = walk.step()
                faults = list(dict.fromkeys(walk.faults))
                walk.faults.clear()
                duplicates += any(one.startswith(TWICE) for one in faults)
                orphans += any(not one.startswith(TWICE) for one in faults)
                complaints += [f"seed {seed}, step {number} ({name}): {one}" for one in faults]
            walk.settle()
            complaints += [f"seed {seed}, at the end: {one}" for one in walk.faults]
            orphans += bool(walk.faults)
        (counts,) = rows(
            owner,
            "SELECT (SELECT count(*) FROM alarms), (SELECT count(*) FROM work_orders),"
            " (SELECT count(*) FROM rescues)",
        )
    alarms, orders, rescues = (one if isinstance(one, int) else 0 for one in counts)
    return Figures(
        seed=seed,
        steps=steps,
        looks=walk.looks,
        kills=walk.kills,
        alarms=alarms,
        orders=orders,
        rescues=rescues,
        orphans=orphans,
        duplicates=duplicates,
        complaints=tuple(complaints[:40]),
    )


def invariant(name: str) -> Query:
    """The invariant of a name."""
    return next(query for query in INVARIANTS if query.name == name)
