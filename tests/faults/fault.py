"""What may happen to the line: each fault strikes, and is over when its function returns."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from random import Random

from psycopg.errors import DeadlockDetected

from gateway import topic
from gateway.topic import GatewayId
from ingest.database import Connection
from tests.faults import evidence
from tests.faults.callback import failing_callback, step_platform
from tests.faults.client import Post, publish_all
from tests.faults.driver import Orders
from tests.faults.far import bad_air
from tests.faults.load import LOAD
from tests.faults.poison import ALARM_POISON, DATA_POISON
from tests.faults.proxy import FAIR, Proxy, Weather
from tests.faults.record import Step, read
from tests.faults.silence import silent_gateway, silent_sensor
from tests.faults.stage import GATEWAY, PLATFORM, Stage
from towerwatch.process import wait_until
from towerwatch.services.access import PLATFORM as EVERYBODY

CLOCKS_MS = (-3_600_000, 3_600_000, -(2026 - 1970) * 31_557_600_000, 73 * 31_557_600_000)
_RESENT = 0.2
_LONG_S = 27.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """A fault that was made.

    Attributes:
        component: What was struck.
        ended_ms: When it was over; recovery is counted from here [ms UTC].
    """

    fault: str
    component: str
    began_ms: int
    ended_ms: int


Fault = Callable[[Stage, Random], str]
"""Strikes and repairs; answers what was struck."""


def strike(name: str, stage: Stage, chance: Random) -> Blow:
    """Make one fault, from its beginning to its end."""
    began_ms = wall_ms()
    component = (FAULTS | SLOW_FAULTS)[name](stage, chance)
    return Blow(fault=name, component=component, began_ms=began_ms, ended_ms=wall_ms())


def wall_ms() -> int:
    """The machine's clock [ms UTC]."""
    return time.time_ns() // 1_000_000


def _kill(name: str) -> Fault:
    def fault(stage: Stage, chance: Random) -> str:
        stage.kill(name)
        stage.wait(chance.uniform(0, 1.5))
        stage.start(name)
        return name

    return fault


def _freeze(name: str) -> Fault:
    def fault(stage: Stage, chance: Random) -> str:
        with stage.frozen(name):
            stage.wait(chance.uniform(0.5, 3))
        return name

    return fault


def _restart_broker(sent: signal.Signals, *, is_store_lost: bool) -> Fault:
    def fault(stage: Stage, chance: Random) -> str:
        stage.broker.stop(sent)
        if is_store_lost:
            stage.broker.forget_store()
        stage.wait(chance.uniform(0, 1.5))
        stage.broker.start()
        return "broker"

    return fault


def stop_database(stage: Stage, chance: Random) -> str:
    """An immediate stop, as by a power cut of the server; recovery on the way up."""
    stage.server.stop()
    stage.wait(chance.uniform(0.5, 4))
    stage.server.start()
    return "database"


def kill_everything(stage: Stage, chance: Random) -> str:
    """All processes and both servers at once; they come back in any order."""
    for name in (*PLATFORM, "gateway"):
        stage.kill(name)
    stage.broker.stop(signal.SIGKILL)
    stage.server.stop()
    stage.wait(chance.uniform(0, 1))
    starts: list[Callable[[], None]] = [stage.broker.start, stage.server.start]
    starts += [lambda name=name: stage.start(name) for name in (*PLATFORM, "gateway")]  # type: ignore[misc]
    chance.shuffle(starts)
    for begin in starts:
        begin()
    return "everything"


def _link(stage: Stage, chance: Random) -> tuple[str, Proxy]:
    links = {
        "link of gateways": stage.broker.gateways,
        "link of ingest": stage.broker.platform,
        "link of the database": stage.storage,
    }
    name = chance.choice(sorted(links))
    return name, links[name]


def _weather(weather: Weather, least_s: float, most_s: float) -> Fault:
    def fault(stage: Stage, chance: Random) -> str:
        name, link = _link(stage, chance)
        link.set(weather)
        stage.wait(chance.uniform(least_s, most_s))
        link.set(FAIR)
        return name

    return fault


def cut_links(stage: Stage, chance: Random) -> str:
    """Connections break, and break again at once."""
    name, link = _link(stage, chance)
    for _ in range(chance.randint(1, 4)):
        link.cut()
        stage.wait(chance.uniform(0, 0.6))
    return name


def half_open(stage: Stage, chance: Random) -> str:
    """The link swallows everything for some seconds, and then the connection is gone."""
    name, link = _link(stage, chance)
    link.set(Weather(is_black_hole=True))
    stage.wait(chance.uniform(1, 4))
    link.cut()
    link.set(FAIR)
    return name


def kill_backends(stage: Stage, _chance: Random) -> str:
    """The database ends every connection of the platform."""
    with closing(evidence.administrator(stage)) as admin:
        evidence.rows(admin, "kill_backends")
    return "database"


def deadlock(stage: Stage, chance: Random) -> str:
    """A transaction that locks in the other order."""
    is_circle_cut(stage, chance)
    return "database"


def is_circle_cut(stage: Stage, chance: Random, tries: int = 5) -> bool:
    """Try until ingest is the one that gives way, by the detector or its own lock timeout."""
    with closing(evidence.administrator(stage)) as other:
        other.execute(evidence.QUERIES["patient_deadlock"].statement)
        for _ in range(tries):
            if _is_ingest_cut(stage, other):
                return True
            stage.wait(chance.uniform(0.1, 0.5))
    return False


def _is_ingest_cut(stage: Stage, other: Connection) -> bool:
    try:
        with closing(evidence.administrator(stage)) as watcher, other.transaction():
            evidence.rows(other, "hold_hours")
            if not wait_until(lambda: bool(evidence.rows(watcher, "blocked")[0][0]), within_s=3):
                return False
            evidence.rows(other, "hold_ledgers")
    except DeadlockDetected:
        return False
    return True


def late_acknowledgement(stage: Stage, chance: Random) -> str:
    """Batches commit after the connection that brought them is gone: finding 5 of M12."""
    with closing(evidence.administrator(stage)) as other, other.transaction():
        evidence.rows(other, "hold_ledgers")
        stage.wait(chance.uniform(0.3, 0.8))
        stage.broker.platform.cut()
        if chance.random() < 0.5:
            stage.broker.stop(signal.SIGKILL)
            stage.broker.forget_store()
            stage.broker.start()
        stage.wait(chance.uniform(0.5, 1.5))
    return "broker"


def lose_session(stage: Stage, chance: Random) -> str:
    """Somebody with ingest's own password throws its session away."""
    user = chance.choice(("tw-ingest-alarm", "tw-ingest-data-1"))
    publish_all(stage.broker.direct_url(user), [])
    return "broker"


def replay(stage: Stage, chance: Random) -> str:
    """A part of all that was ever taken is sent again, in another order, beside the gateway."""
    taken = [one for one in read(stage.record) if one.step is Step.PROMISED]
    chosen = chance.sample(taken, min(int(len(taken) * _RESENT), 400))
    gateway = GatewayId(GATEWAY)
    posts = [
        Post(
            topic.alarm(gateway) if one.lane == "alarm" else topic.data(gateway),
            one.payload.encode(),
        )
        for one in chosen
    ]
    publish_all(stage.broker.direct_url(EVERYBODY), posts)
    return "gateway"


def take_over(stage: Stage, chance: Random) -> str:
    """A second client with the gateway's own name throws it out, again and again."""
    credentials = stage.broker.known[GATEWAY]
    for _ in range(chance.randint(1, 4)):
        url = stage.broker.gateway_url(credentials, chance.choice(("alarm", "data")))
        publish_all(url, [])
        stage.wait(chance.uniform(0, 0.5))
    return "gateway"


def poison(stage: Stage, chance: Random) -> str:
    """Messages that cannot be right, among those that are."""
    gateway = GatewayId(GATEWAY)
    posts = [Post(topic.alarm(gateway), payload) for payload in ALARM_POISON]
    posts += [Post(topic.data(gateway), payload) for payload in DATA_POISON]
    chance.shuffle(posts)
    publish_all(stage.broker.direct_url(EVERYBODY), posts)
    return "ingest"


def step_clock(stage: Stage, chance: Random) -> str:
    """The gateway's clock is wrong by an hour, or says 1970 or 2099, and is set right again."""
    offset_ms = chance.choice(CLOCKS_MS)
    stage.order(
        Orders(alarms_per_s=LOAD.alarms_per_s, frames_per_s=LOAD.frames_per_s, clock_ms=offset_ms)
    )
    stage.wait(chance.uniform(1, 2))
    if chance.random() < 0.5:
        stage.kill("gateway")
        stage.start("gateway")
        stage.wait(1.5)
    stage.order(LOAD)
    return "gateway"


def freeze_writers(stage: Stage, chance: Random) -> str:
    """One backend of the database stands still with its locks."""
    with closing(evidence.administrator(stage)) as admin:
        pids = [pid for (pid,) in evidence.rows(admin, "backends")]
    pid = chance.choice(pids) if pids else stage.server.pid
    os.kill(pid, signal.SIGSTOP)
    stage.wait(chance.uniform(0.5, 2))
    os.kill(pid, signal.SIGCONT)
    return "database"


def _long(link: str) -> Fault:
    def fault(stage: Stage, chance: Random) -> str:
        """Longer than one and a half keepalives: both sides must notice by themselves."""
        one: Proxy = {
            "gateways": stage.broker.gateways,
            "ingest": stage.broker.platform,
            "the database": stage.storage,
        }[link]
        one.set(Weather(is_black_hole=True))
        stage.wait(_LONG_S + chance.uniform(0, 3))
        one.cut()
        one.set(FAIR)
        return f"link of {link}"

    return fault


def _freeze_long(name: str) -> Fault:
    def fault(stage: Stage, _chance: Random) -> str:
        with stage.frozen(name):
            stage.wait(_LONG_S)
        return name

    return fault


def database_away(stage: Stage, _chance: Random) -> str:
    """Half a minute without a database, under load."""
    stage.server.stop()
    stage.wait(_LONG_S)
    stage.server.start()
    return "database"


FAULTS: dict[str, Fault] = {
    **{f"kill {name}": _kill(name) for name in (*PLATFORM, "gateway")},
    **{f"freeze {name}": _freeze(name) for name in (*PLATFORM, "gateway", "broker", "database")},
    "restart broker": _restart_broker(signal.SIGTERM, is_store_lost=False),
    "kill broker": _restart_broker(signal.SIGKILL, is_store_lost=False),
    "kill broker and its store": _restart_broker(signal.SIGKILL, is_store_lost=True),
    "stop database at once": stop_database,
    "kill everything": kill_everything,
    "cut link": cut_links,
    "half-open link": half_open,
    "link down": _weather(Weather(is_down=True), 1, 6),
    "slow link": _weather(Weather(bytes_per_s=20_000), 1, 3),
    "jittery link": _weather(Weather(delay_s=0.05, jitter_s=0.4), 1, 3),
    "kill backends": kill_backends,
    "freeze a backend": freeze_writers,
    "deadlock": deadlock,
    "late acknowledgement": late_acknowledgement,
    "session lost": lose_session,
    "replay in another order": replay,
    "gateway's name taken": take_over,
    "poison": poison,
    "clock step": step_clock,
    "clock step of the platform": step_platform,
    "exception in a callback": failing_callback,
}

SLOW_FAULTS: dict[str, Fault] = {
    **{f"long half-open link of {name}": _long(name) for name in ("gateways", "ingest")},
    "long half-open link of the database": _long("the database"),
    **{f"long freeze of {name}": _freeze_long(name) for name in ("ingest-alarm", "ingest-data")},
    **{f"long freeze of {name}": _freeze_long(name) for name in ("broker", "database")},
    "half a minute without a database": database_away,
    "bad air": bad_air,
    "silent gateway": silent_gateway,
    "silent sensor": silent_sensor,
}
"""Faults that outlast the keepalive of every connection; `make faults` alone makes them."""
