"""A realistic compound on a real database, with the product's own processes behind the pages.

It begins quiet: everything reports and nothing is wrong. `trouble` then lets things happen the way
devices say them, and the alarm process decides; `receive` is the bureau that answers.
"""

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

from dashboards.console.users import add_user
from gateway.catalogue import event_kind
from ingest.database import Connection, Queries, connect, parse_queries
from ingest.errors import StoreUnavailable
from tests.services import TestDatabase, Workshop
from towerwatch.demo.compound import PEOPLE, apply_registries
from towerwatch.process import Launch, free_port, is_listening, start, stop, wait_until
from towerwatch.services.database import DatabaseUrls

_FILE: Final = Path(__file__).with_name("compound.sql")
_QUERIES: Final = Queries(_FILE.name, parse_queries(_FILE.name, _FILE.read_text("utf-8")))
_GATEWAY: Final = "demo-gw-1"
PASSWORD: Final = "a long password for pictures"
_READY_S: Final = 60.0
_GRACE_S: Final = 10.0
_PULSE_S: Final = 3.0
TROUBLES: Final = (
    ("D-2-07", "fire_alarm", "2号楼 7层 走廊"),
    ("L-1-2", "entrapment", ""),
    ("L-2-1", "door_open_fault", ""),
    ("D-1-04", "contaminated", ""),
    ("L-3-2", "vibration_abnormal", ""),
)


@dataclass(slots=True, kw_only=True)
class Compound:
    """The demonstration's compound, whose devices a test speaks for."""

    urls: DatabaseUrls
    folder: Path
    port: int = field(default_factory=free_port)
    _seqs: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def address(self) -> str:
        """The console's address."""
        return f"http://127.0.0.1:{self.port}"

    def say(self, asset: str, event: str, text: str = "", state: str = "raise") -> None:
        """Something happens, as a device says it."""
        self._ingest(
            "say",
            {
                "asset": asset,
                "event": event,
                "state": state,
                "text": text,
                "seq": next(self._seqs),
                "is_life_safety": event_kind(event).is_life_safety,
            },
        )

    def trouble(self) -> None:
        """A fire, a trapped person and some faults; returns when each has its order."""
        for asset, event, text in TROUBLES:
            self.say(asset, event, text)
        for asset, _, _ in TROUBLES:
            opened = wait_until(lambda: self.alarm_of(asset) is not None, within_s=_READY_S)  # noqa: B023 - called now
            assert opened, f"nothing became of {asset}: {self.logs()}"
        with self._as(self.urls.analytics_url) as connection:
            for name in ("warn", "rating_link"):
                connection.execute(_QUERIES[name], {"now": _now()})

    def receive(self) -> None:
        """The bureau answers."""
        with self._as(self.urls.analytics_url) as connection:
            connection.execute(_QUERIES["receive"], {"now": _now()})

    def flood(self, alarms: int) -> None:
        """Many faults at once, committed in one batch."""
        with self._as(self.urls.owner_url) as connection:
            connection.execute(_QUERIES["flood_assets"], {"count": alarms})
        self._ingest("flood", {})

    def open_flood(self) -> int:
        """How many alarms of the flood are open."""
        return self._count("open_flood")

    def on_desk(self) -> int:
        """How many alarms the desk has before it, life safety aside."""
        return self._count("on_desk")

    def _count(self, name: str) -> int:
        with self._as(self.urls.analytics_url) as connection:
            row = connection.execute(_QUERIES[name]).fetchone()
        return 0 if row is None else int(str(row[0]))

    def alarm_of(self, asset: str) -> tuple[int, int | None] | None:
        """The newest alarm of an asset, and its order."""
        with self._as(self.urls.analytics_url) as connection:
            row = connection.execute(_QUERIES["alarm_of"], {"asset": asset}).fetchone()
        if row is None:
            return None
        return int(str(row[0])), None if row[1] is None else int(str(row[1]))

    def asset_id(self, code: str) -> int:
        """The number of an asset."""
        with self._as(self.urls.analytics_url) as connection:
            row = connection.execute(_QUERIES["asset"], {"asset": code}).fetchone()
        assert row is not None, code
        return int(str(row[0]))

    def warning_id(self) -> int:
        """The number of the newest early warning."""
        with self._as(self.urls.analytics_url) as connection:
            row = connection.execute(_QUERIES["newest_warning"]).fetchone()
        return int(str(row[0])) if row is not None and row[0] is not None else 0

    def pulse(self) -> None:
        """The gateway and every asset are heard once more."""
        for name in ("heartbeats", "ledger", "contacts"):
            self._ingest(name, {})

    def populate(self) -> None:
        """Register the compound, its people and half an hour of measurements."""
        with connect(self.urls.ingest_url, application="screens") as connection:
            apply_registries(connection, ("demo",))
            connection.commit()
        with self._as(self.urls.console_url) as connection:
            for person in PEOPLE:
                add_user(
                    connection,
                    name=person.name,
                    role=person.role,
                    display_name=person.title_zh,
                    places=person.places,
                    password=PASSWORD,
                    organisation=person.organisation,
                )
        for name in ("lift_samples", "water_samples", "pump_samples"):
            self._ingest(name, {})
        for name in ("upkeep", "board", "lift_spending", "slip"):
            with self._as(self.urls.analytics_url) as connection:
                connection.execute(_QUERIES[name], {"now": _now()})
        with self._as(self.urls.console_url) as connection:
            connection.execute(_QUERIES["phone_link"], {"now": _now()})
        self.pulse()

    def logs(self) -> str:
        """The last words of each process."""
        return "\n".join(
            f"--- {log.stem}\n{log.read_text(errors='replace')[-1500:]}"
            for log in sorted(self.folder.glob("*.log"))
        )

    def _ingest(self, name: str, values: Mapping[str, object]) -> None:
        with self._as(self.urls.ingest_url) as connection:
            connection.execute(_QUERIES[name], {"gateway": _GATEWAY, "now": _now(), **values})

    @contextmanager
    def _as(self, url: str) -> Iterator[Connection]:
        connection = connect(url, application="screens")
        try:
            with connection.transaction():
                yield connection
        finally:
            connection.close()


@contextmanager
def running(shop: Workshop) -> Iterator[Compound]:
    """The compound on a fresh database with console, alarm process and orders; all end with it."""
    database = TestDatabase(shop, name="screens")
    database.start()
    try:
        database.make_template("tw_template")
        folder = shop.folder / "screens-logs"
        folder.mkdir()
        compound = Compound(urls=database.make("tw_template"), folder=folder)
        compound.populate()
        with _processes(compound), _pulsing(compound):
            yield compound
    finally:
        database.stop()


@contextmanager
def _processes(compound: Compound) -> Iterator[None]:
    urls = compound.urls
    commands: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
        "alarms": (("analytics", "alarms"), {"TOWERWATCH_DATABASE_URL": urls.analytics_url}),
        "orders": (("analytics", "orders"), {"TOWERWATCH_DATABASE_URL": urls.analytics_url}),
        "console": (
            ("dashboards.console",),
            {
                "TOWERWATCH_DATABASE_URL": urls.console_url,
                "TOWERWATCH_CONSOLE_PORT": str(compound.port),
                "TOWERWATCH_PHOTO_FOLDER": str(compound.folder / "photos"),
            },
        ),
    }
    made = []
    try:
        for name, (words, settings) in commands.items():
            environment = {"PATH": os.environ["PATH"], "TOWERWATCH_METRICS_PORT": "0", **settings}
            with (compound.folder / f"{name}.log").open("ab") as log:
                launch = Launch(command=(sys.executable, "-m", *words), environment=environment)
                made.append(start(launch, output=log))
        answered = wait_until(lambda: is_listening(compound.port), within_s=_READY_S)
        assert answered, compound.logs()
        yield
    finally:
        for process in reversed(made):
            stop(process, grace_s=_GRACE_S)


@contextmanager
def _pulsing(compound: Compound) -> Iterator[None]:
    """Keeps the gateway alive, so that nothing but what is meant falls silent."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_PULSE_S):
            with suppress(StoreUnavailable):
                compound.pulse()

    thread = threading.Thread(target=beat, name="pulse")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _now() -> datetime:
    return datetime.now(UTC)
