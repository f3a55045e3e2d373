"""A town whose gateways are the product's own lanes, and a platform of as many workers as wanted."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random

from analytics.alarms.loop import AlarmProcess, now_utc
from analytics.duties.responsibility import ensure_matrix
from gateway import wire
from gateway.catalogue import EVENT_KINDS
from gateway.metrics import Metrics
from gateway.outbox import Limits, Outbox
from gateway.patience import Patience
from gateway.session import Access
from gateway.topic import GatewayId, Lane
from gateway.uplink import Identity, LaneSetup, Uplink
from ingest.database import Connection, connect, parse_queries
from tests.services import TestBroker
from towerwatch.process import Launch, free_port, start, wait_until
from towerwatch.services.access import GatewayCredentials
from towerwatch.services.database import DatabaseUrls

_FILE = Path(__file__).with_name("growth.sql")
QUERIES = {
    query.name: query.statement for query in parse_queries(_FILE.name, _FILE.read_text("utf-8"))
}
BEGAN = 1_763_766_000_000
"""22 November 2025 [ms since 1970]: what devices say is the same in every run."""
PATIENCE_S = 90.0
HASTY = Patience(
    resend_s=0.5, longest_s=2.0, second_path_s=600.0, sounder_s=600.0, heartbeat_s=2.0, unread_s=8.0
)  # fmt: skip
CONTENT = ("alarms", "orders", "clocks", "notices")
_EVENTS = {
    "L-1": ("entrapment", "brake_fault", "overspeed"),
    "L-2": ("entrapment", "brake_fault", "overspeed"),
    "D-1": ("fire_alarm",),
    "E-1": ("residual_current_high", "overcurrent"),
}


def build_town(urls: DatabaseUrls, compounds: int) -> None:
    """Places, organisations, gateways and assets."""
    with closing(connect(urls.owner_url, application="test town")) as owner, owner.transaction():
        owner.execute(QUERIES["places"], {"compounds": compounds})
        for name in ("organisations", "managements", "gateways", "assets", "bindings"):
            owner.execute(QUERIES[name])


def fetch(urls: DatabaseUrls, name: str, **values: object) -> list[tuple[object, ...]]:
    """The rows of a named query."""
    with closing(connect(urls.owner_url, application="test growth")) as owner:
        return owner.execute(QUERIES[name], values or None).fetchall()


def digest(urls: DatabaseUrls, name: str) -> str:
    """A number that any changed, added or lost row changes, whatever order rows came in."""
    return sha256(repr(sorted(map(repr, fetch(urls, name)))).encode()).hexdigest()[:16]


def differing(one: DatabaseUrls, other: DatabaseUrls) -> list[str]:
    """What is not the same in two databases: the kind of row, and the first that differs."""
    found = []
    for name in CONTENT:
        if digest(one, name) == digest(other, name):
            continue
        mine, theirs = (set(map(repr, fetch(urls, name))) for urls in (one, other))
        sides = (sorted(mine - theirs)[:2], sorted(theirs - mine)[:2])
        found.append(f"{name}: {len(mine)} and {len(theirs)} rows; {sides[0]} against {sides[1]}")
    return found


@dataclass(slots=True)
class Told:
    """What the town's devices have said: the truth that the database is held against."""

    events: set[tuple[object, ...]] = field(default_factory=set)
    samples: set[tuple[object, ...]] = field(default_factory=set)


class Gateway:
    """Both lanes of one gateway: the product's outbox and uplink."""

    def __init__(
        self, number: int, folder: Path, brokers: Sequence[tuple[TestBroker, GatewayCredentials]]
    ) -> None:
        self.name = f"gw-grow-{number}"
        self._dice = Random(number)
        self._tick = 0
        self._said = 0
        self.outboxes = {
            lane: Outbox(folder / f"{self.name}.{lane}", lane, Limits(max_bytes=10**8))
            for lane in Lane
        }
        self.uplinks = {
            lane: Uplink(self._setup(lane, brokers), self.outboxes[lane], Metrics())
            for lane in Lane
        }

    def _setup(
        self, lane: Lane, brokers: Sequence[tuple[TestBroker, GatewayCredentials]]
    ) -> LaneSetup:
        accesses = tuple(
            Access(
                url=f"mqtt://127.0.0.1:{broker.gateway_port}",
                client_id=f"{self.name}.{lane}",
                secret=made.alarm_password if lane is Lane.ALARM else made.data_password,
            )
            for broker, made in brokers
        )
        identity = Identity(gateway=GatewayId(self.name), software="test", configuration="growth")
        return LaneSetup(lane=lane, identity=identity, accesses=accesses, patience=HASTY)

    def start(self) -> None:
        """Open the outboxes and connect."""
        for lane in Lane:
            self.outboxes[lane].open()
            self.uplinks[lane].start()

    def stop(self) -> None:
        """Disconnect."""
        for lane in Lane:
            self.uplinks[lane].stop()
            self.outboxes[lane].close()

    def speak(self, told: Told) -> None:
        """Say one event and one frame of samples, the same in every run."""
        self._tick += 1
        at = BEGAN + 1000 * self._tick
        asset = self._dice.choice(sorted(_EVENTS))
        event = self._dice.choice(_EVENTS[asset])
        state: wire.RaiseOrClear = "raise" if self._dice.random() < 0.6 else "clear"
        self.outboxes[Lane.ALARM].put(
            [wire.WireEvent(asset=asset, at=at, event=event, state=state)]
        )
        self._said += 1
        code = f"{self.name}.{asset}"
        told.events.add((code, event, state, at, self.name, self._said))
        frames = [
            wire.Frame(asset=lift, t=[at, at + 500], m={"speed": [0.25 * self._tick, 1.5]})
            for lift in ("L-1", "L-2")
        ]
        self.outboxes[Lane.DATA].put(frames)
        told.samples |= {
            (f"{self.name}.{one.asset}", t, value)
            for one in frames
            for t, value in zip(one.t, one.m["speed"], strict=True)
        }
        for lane in Lane:
            self.uplinks[lane].wake()

    @property
    def depth(self) -> int:
        """Messages without a receipt."""
        return sum(box.status().depth for box in self.outboxes.values())


class Platform:
    """Processes of the platform on one database, each killed and started again at will."""

    def __init__(self, urls: DatabaseUrls, brokers: Sequence[TestBroker], folder: Path) -> None:
        self._urls = urls
        self._brokers = brokers
        self._folder = folder
        self.ports: dict[str, int] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start a process: `alarm`, `data-N` of ingest or `alarms-N` of analytics."""
        kind, _, number = name.partition("-")
        words = {
            "alarm": ["ingest", "alarm"],
            "data": ["ingest", "data", "--worker", number],
            "alarms": ["analytics", "alarms"],
        }[kind]
        user = "tw-ingest-alarm" if kind == "alarm" else f"tw-ingest-{name}"
        is_ingest = kind != "alarms"
        port = self.ports.setdefault(name, free_port())
        environment = {
            "PATH": os.environ["PATH"],
            "TOWERWATCH_LOG_FORMAT": "json",
            "TOWERWATCH_METRICS_PORT": str(port),
            "TOWERWATCH_ALARM_WORKER": number or "0",
            "TOWERWATCH_DATABASE_URL": (
                self._urls.ingest_url if is_ingest else self._urls.analytics_url
            ),
            "TOWERWATCH_MQTT_URL": " ".join(broker.user_url(user) for broker in self._brokers)
            if is_ingest
            else "",
        }
        with (self._folder / f"{name}.log").open("ab") as log:
            launch = Launch(command=(sys.executable, "-m", *words), environment=environment)
            self.processes[name] = start(launch, output=log)

    def kill(self, name: str) -> None:
        """End a process without warning."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=PATIENCE_S)

    def stop(self) -> None:
        """Stop all that runs."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(timeout=PATIENCE_S)

    def logs(self) -> str:
        """The last words of each process, for a failing test."""
        return "\n".join(
            f"--- {log.stem}\n{log.read_text(errors='replace')[-1500:]}"
            for log in sorted(self._folder.glob("*.log"))
        )


@dataclass(slots=True, kw_only=True)
class Town:
    """Gateways and the platform that hears them."""

    urls: DatabaseUrls
    gateways: list[Gateway]
    platform: Platform
    told: Told = field(default_factory=Told)

    def speak(self, rounds: int) -> None:
        """Let every gateway say its next words."""
        for _ in range(rounds):
            for gateway in self.gateways:
                gateway.speak(self.told)

    def settle(self) -> None:
        """Wait until every message has its receipt and nothing waits for a decision."""
        is_sent = wait_until(
            lambda: sum(one.depth for one in self.gateways) == 0, within_s=PATIENCE_S
        )
        assert is_sent, self.platform.logs()
        is_decided = wait_until(lambda: fetch(self.urls, "waiting") == [(0,)], within_s=PATIENCE_S)
        assert is_decided, self.platform.logs()

    def check_nothing_lost(self) -> None:
        """The database holds what was said, once, and the books say so."""
        assert set(fetch(self.urls, "events")) == self.told.events
        samples = fetch(self.urls, "samples")
        assert len(samples) == len(self.told.samples)
        assert set(samples) == self.told.samples
        stored, *lost = fetch(self.urls, "ledger")[0]
        assert (stored, lost) == (len(self.told.events) + len(self.told.samples) // 4, [0, 0, 0])


@contextmanager
def town_of(
    urls: DatabaseUrls,
    brokers: Sequence[TestBroker],
    folder: Path,
    *,
    compounds: int,
    processes: Sequence[str],
    read: Sequence[TestBroker] = (),
) -> Iterator[Town]:
    """A town on one or several brokers, whose platform has the named processes.

    Args:
        read: Brokers that the platform reads; none: all of them.
    """
    build_town(urls, compounds)
    names = [f"gw-grow-{number}" for number in range(compounds)]
    admitted = [(broker, broker.add_gateways(names)) for broker in brokers]
    gateways = [
        Gateway(number, folder, [(broker, made[number]) for broker, made in admitted])
        for number in range(compounds)
    ]
    town = Town(urls=urls, gateways=gateways, platform=Platform(urls, read or brokers, folder))
    with ExitStack() as held:
        held.callback(town.platform.stop)
        for name in processes:
            town.platform.start(name)
        for gateway in gateways:
            gateway.start()
            held.callback(gateway.stop)
        yield town


def decide_alone(urls: DatabaseUrls, told_by: DatabaseUrls, compounds: int) -> None:
    """One worker in this process decides, in a fresh town, the very events of another town."""
    build_town(urls, compounds)
    [(events,)] = fetch(told_by, "all_events")
    with closing(connect(urls.owner_url, application="test growth")) as owner:
        life_safety = [kind.name for kind in EVENT_KINDS if kind.is_life_safety]
        owner.execute(
            QUERIES["same_events"], {"rows": json.dumps(events), "life_safety": life_safety}
        )
    connection: Connection
    with closing(connect(urls.analytics_url, application="test alone")) as connection:
        ensure_matrix(connection, now_utc())
        process = AlarmProcess(lambda: connection, worker="alone")
        while process.turn(connection) or fetch(urls, "waiting") != [(0,)]:
            pass
