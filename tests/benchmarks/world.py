"""The world of a benchmark: durable servers, a registered city, the product's own processes."""

import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Final
from urllib.parse import unquote, urlsplit

from dashboards.console.users import add_user
from gateway.topic import SHARDS
from ingest.database import connect, parse_queries
from tests.benchmarks import packet
from tests.benchmarks.body import lift_code, other_code
from tests.benchmarks.plan import Login
from tests.e2e.line import PASSWORD, Line
from tests.services import TestBroker, TestDatabase, Workshop
from towerwatch.process import Launch, is_listening, start, stop, wait_until
from towerwatch.services.access import GatewayCredentials
from towerwatch.services.database import DatabaseUrls, urls_of
from towerwatch.services.postgres import PrivatePostgres

_SQL: Final = Path(__file__).with_name("world.sql")
QUERIES: Final = {
    query.name: query.statement for query in parse_queries(_SQL.name, _SQL.read_text("utf-8"))
}
_SUBSCRIBED: Final = "broker_connected"
_READY_S: Final = 30.0
_NAMES_S: Final = 120.0
_GRACE_S: Final = 15.0


class DurableDatabase(TestDatabase):
    """The tests' PostgreSQL with the product's own settings: fsync on, pages protected."""

    def __init__(self, shop: Workshop) -> None:
        super().__init__(shop, name="bench-database")
        self._postgres = PrivatePostgres(shop.runtime, self._folder, shop.secrets, user=shop.user)
        launch = self._postgres.launch

        def with_commit_times() -> Launch:
            made = launch()
            return replace(made, command=[*made.command, "-c", "track_commit_timestamp=on"])

        self._postgres.launch = with_commit_times  # type: ignore[method-assign]

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._running is not None
        return self._running.process.pid


class CityBroker(TestBroker):
    """The tests' Mosquitto, which admits thousands of gateways at once before it starts."""

    def __init__(self, shop: Workshop) -> None:
        super().__init__(shop, name="bench-broker")
        self.credentials: tuple[GatewayCredentials, ...] = ()

    def admit(self, gateways: int) -> None:
        """Make credentials for gateways 0 to `gateways` - 1."""
        self.credentials = self._broker.add_gateways(gateway_name(n) for n in range(gateways))

    def logins(self, gateways: int, *, is_alarm: bool = False) -> list[Login]:
        """The first gateways' credentials on one lane."""
        return [
            Login(gateway=one.gateway, user=one.alarm_user, password=one.alarm_password)
            if is_alarm
            else Login(gateway=one.gateway, user=one.data_user, password=one.data_password)
            for one in self.credentials[:gateways]
        ]

    def forget(self, user: str) -> None:
        """End a platform user's session, and with it what the broker has kept for it."""
        url = urlsplit(self.user_url(user))
        with socket.create_connection(("127.0.0.1", self.ports.platform), _READY_S) as sock:
            sock.sendall(packet.connect(user, unquote(url.password or "")))
            assert sock.recv(1024)[:1] == bytes((packet.CONNACK,)), user
            sock.sendall(packet.disconnect())

    def complaints(self) -> str:
        """The last lines of the broker's log that are not about somebody coming or going."""
        lines = self.log.read_text(errors="replace").splitlines()
        usual = ("New c", "closed its connection", " disconnected.")
        return "\n".join([one for one in lines if not any(word in one for word in usual)][-20:])

    @property
    def pid(self) -> int:
        """The broker's process."""
        assert self._running is not None
        return self._running.process.pid


def gateway_name(number: int) -> str:
    """Id of a gateway of the benchmark, ten letters long."""
    return f"bench-{number:04d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """What is registered: the same assets at every gateway."""

    name: str
    gateways: int
    lifts: int
    others: int = 0

    def register(self, urls: DatabaseUrls) -> None:
        """Fill an empty, migrated database."""
        codes = [lift_code(n) for n in range(self.lifts)]
        classes = ["lift"] * self.lifts
        codes += [other_code(n) for n in range(self.others)]
        classes += [
            "fire_water" if n % 2 == 0 else "electrical_monitor" for n in range(self.others)
        ]
        with connect(urls.owner_url, application="bench") as connection, connection.transaction():
            connection.execute(QUERIES["add_city"])
            connection.execute(QUERIES["add_compounds"], {"gateways": self.gateways})
            connection.execute(QUERIES["add_gateways"])
            connection.execute(QUERIES["add_assets"], {"codes": codes, "classes": classes})
            connection.execute(QUERIES["add_bindings"])
            connection.execute(QUERIES["add_plain_table"])
            connection.execute(QUERIES["add_bare_table"])
            connection.execute(QUERIES["make_plain_hypertable"])
            connection.execute(QUERIES["lend_plain_table"])
            connection.execute(QUERIES["gather_statistics"])
        with connect(urls.console_url, application="bench") as connection:
            add_user(
                connection,
                name="operator",
                role="operator",
                display_name="operator",
                places=["*"],
                password=PASSWORD,
            )


class Processes(Line):
    """The product's processes of one round; several data workers, no gateway of its own."""

    def pids(self) -> dict[str, int]:
        """Their process ids by name."""
        return {name: process.pid for name, process in self.processes.items()}

    def start_workers(self, many: int) -> None:
        """Start data workers and wait until they have shared out the shards and listen."""
        names = [f"ingest-data-{number}" for number in range(1, many + 1)]
        for name in names:
            self.start(name)
        assert wait_until(lambda: self._are_listening(names), within_s=_READY_S), self.logs()

    def start_console(self) -> None:
        """Start alarm lane, analytics and console as `deploy/` does, and wait for an answer.

        The names of a city that was registered a moment ago are written down first: once in its
        life, and not while somebody measures.
        """
        for name in ("ingest-alarm", "analytics-alarms", "analytics-alarms-1", "console"):
            self.start(name)
        answered = wait_until(lambda: is_listening(self.console_port), within_s=_READY_S)
        assert answered, self.logs()
        heard = wait_until(lambda: self._has_said("ingest-alarm", _SUBSCRIBED), within_s=_READY_S)
        assert heard, self.logs()
        assert wait_until(self._are_names_known, within_s=_NAMES_S), self.logs()

    def start_baseline(self, *, is_plain: bool = False) -> None:
        """Start the user's script in the data worker's place."""
        log = self.folder / "baseline.log"
        settings = {
            "TOWERWATCH_DATABASE_URL": self.database.ingest_url,
            "TOWERWATCH_MQTT_URL": self.broker.platform_url,
            "BASELINE_TABLE": "bare_samples" if is_plain else "plain_samples",
            "PATH": "/usr/bin:/bin",
        }
        command = (sys.executable, "-m", "tests.benchmarks.baseline")
        with log.open("ab") as output:
            self.processes["baseline"] = start(
                Launch(command=command, environment=settings), output=output
            )
        assert wait_until(lambda: "ready" in log.read_text(), within_s=_READY_S), self.logs()

    def stop_all(self) -> None:
        """Stop what still runs, in the order of the line."""
        for name in list(self.processes):
            stop(self.processes.pop(name), grace_s=_GRACE_S)

    def _are_listening(self, names: Sequence[str]) -> bool:
        if not all(self._has_said(name, _SUBSCRIBED) for name in names):
            return False
        with connect(self.database.owner_url, application="bench") as connection:
            held = [int(str(row[0])) for row in connection.execute(QUERIES["shards_held"])]
        return len(held) == len(names) and sum(held) == SHARDS and min(held) >= SHARDS // len(names)

    def _are_names_known(self) -> bool:
        with connect(self.database.owner_url, application="bench") as connection:
            row = connection.execute(QUERIES["names_unknown"]).fetchone()
        return row == (0,)

    def _has_said(self, name: str, words: str) -> bool:
        log = self.folder / f"{name}.log"
        return log.exists() and words in log.read_text(errors="replace")

    def _command(self, name: str) -> tuple[tuple[str, ...], dict[str, str]]:
        first, _, number = name.rpartition("-")
        if first == "analytics-alarms":
            command, settings = super()._command(first)
            return command, settings | {"TOWERWATCH_ALARM_WORKER": number}
        if first != "ingest-data":
            return super()._command(name)
        _, settings = super()._command("ingest-data")
        url = self.broker.user_url(f"tw-ingest-data-{number}")
        return ("ingest", "data", "--worker", number), settings | {"TOWERWATCH_MQTT_URL": url}


@dataclass(slots=True, kw_only=True)
class World:
    """Servers that stand for the whole run; every round gets a database of its own."""

    shop: Workshop
    database: DurableDatabase
    broker: CityBroker
    _templates: dict[City, str] = field(default_factory=dict)

    @contextmanager
    def round(self, city: City) -> Iterator[Processes]:
        """A fresh database of a city; the processes that the block starts are stopped."""
        folder = Path(mkdtemp(prefix="round-", dir=self.shop.folder))
        urls = self.database.make(self._template(city))
        running = Processes(
            folder=folder, database=urls, broker=self.broker, gateway="bench-0000", driver={}
        )
        try:
            yield running
        finally:
            users = [f"tw-{name}" for name in running.processes if name.startswith("ingest-")]
            running.stop_all()
            for user in users:
                self.broker.forget(user)
            self.database.drop(urls)

    def pids(self, processes: Processes) -> dict[str, int]:
        """Process ids of everything that is measured."""
        return {"database": self.database.pid, "broker": self.broker.pid} | processes.pids()

    def _template(self, city: City) -> str:
        if city not in self._templates:
            name = f"tw_bench_{city.name}"
            self.database.make_template(name)
            city.register(urls_of(self.database.server, name))
            self._templates[city] = name
        return self._templates[city]


@contextmanager
def standing(shop: Workshop, gateways: int = 4) -> Iterator[World]:
    """A durable database and a broker that knows all gateways."""
    database, broker = DurableDatabase(shop), CityBroker(shop)
    broker.admit(gateways)
    try:
        database.start()
        broker.start()
        yield World(shop=shop, database=database, broker=broker)
    finally:
        broker.stop()
        database.stop()
