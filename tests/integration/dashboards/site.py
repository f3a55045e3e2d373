"""A small compound in a fresh database, and the hands that write as the other processes do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dashboards.console.users import add_user
from gateway.catalogue import event_kind
from gateway.certificate import WARN_BEFORE, Certificate
from ingest.database import Connection, Queries, connect, parse_queries
from ingest.door_store import Looked, store_look
from towerwatch.services.database import DatabaseUrls

_FILE = Path(__file__).with_name("site.sql")
_QUERIES = Queries(_FILE.name, parse_queries(_FILE.name, _FILE.read_text("utf-8")))
PASSWORD = "a long password"
GARDEN = "city.dist.street.comm.garden"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The compound `garden` (lift L-1, detector D-1, hydrant W-1), and a yard of another city."""

    urls: DatabaseUrls

    @contextmanager
    def writing(self, url: str) -> Iterator[Connection]:
        connection = connect(url, application="test")
        try:
            with connection.transaction():
                yield connection
        finally:
            connection.close()

    def raise_alarm(
        self,
        asset: str = "D-1",
        event: str = "fire_alarm",
        *,
        text: str = "",
        at: datetime | None = None,
        is_drill: bool = False,
        is_numbered: bool = True,
    ) -> int:
        kind = event_kind(event)
        with self.writing(self.urls.analytics_url) as connection:
            row = connection.execute(
                _QUERIES["raise"],
                {
                    "asset": asset,
                    "event": event,
                    "group": kind.group.value,
                    "severity": kind.severity.value,
                    "is_life_safety": kind.is_life_safety,
                    "is_drill": is_drill,
                    "text": text,
                    "at": at or now(),
                },
            ).fetchone()
        assert row is not None
        alarm_id = int(str(row[0]))
        if is_numbered:
            self.number("alarm", alarm_id, str(row[1]))
        return alarm_id

    def raise_many(self, count: int) -> list[int]:
        """Many fires with an order each, the newest first; the stream is told of none of them."""
        with self.writing(self.urls.owner_url) as connection:
            rows = connection.execute(_QUERIES["raise_many"], {"count": count}).fetchall()
        return [int(str(row[0])) for row in rows]

    def number(self, kind: str, subject_id: int, place_path: str = GARDEN) -> int:
        with self.writing(self.urls.analytics_url) as connection:
            row = connection.execute(
                _QUERIES["number"],
                {"kind": kind, "subject_id": subject_id, "place_path": place_path},
            ).fetchone()
        assert row is not None
        return int(str(row[0]))

    def change_alarm(self, alarm_id: int, state: str, by: str | None = None) -> None:
        with self.writing(self.urls.analytics_url) as connection:
            row = connection.execute(
                _QUERIES["change"], {"id": alarm_id, "state": state, "by": by, "at": now()}
            ).fetchone()
        assert row is not None
        self.number("alarm", alarm_id, str(row[0]))

    def open_order(self, alarm_id: int, firm: str, title: str, number: str = "W-0001") -> int:
        parameters = {
            "number": number,
            "alarm_id": alarm_id,
            "firm": firm,
            "title": title,
            "at": now(),
        }
        with self.writing(self.urls.analytics_url) as connection:
            row = connection.execute(_QUERIES["order"], parameters).fetchone()
        assert row is not None
        return int(str(row[0]))

    def tell_bureau(self, alarm_id: int, receipt: str, at: datetime | None = None) -> None:
        with self.writing(self.urls.analytics_url) as connection:
            connection.execute(
                _QUERIES["notice"], {"alarm_id": alarm_id, "receipt": receipt, "at": at or now()}
            )

    def warn(self) -> int:
        with self.writing(self.urls.analytics_url) as connection:
            row = connection.execute(_QUERIES["warning"], {"at": now()}).fetchone()
        assert row is not None
        return int(str(row[0]))

    def hold_warning(self, warning_id: int) -> None:
        """Its model has drifted: no order for it."""
        with self.writing(self.urls.analytics_url) as connection:
            connection.execute(_QUERIES["hold_warning"], {"id": warning_id, "at": now()})

    def give_up_model(self, of_class: str) -> None:
        with self.writing(self.urls.analytics_url) as connection:
            connection.execute(_QUERIES["fallback"], {"class": of_class, "at": now()})

    def hear_gateway(self) -> None:
        with self.writing(self.urls.ingest_url) as connection:
            connection.execute(_QUERIES["gateway_state"], {"now": now()})

    def write_ledger(self) -> None:
        with self.writing(self.urls.ingest_url) as connection:
            connection.execute(_QUERIES["ledger"], {"now": now()})

    def see_doors(self, doors: Mapping[str, datetime | None]) -> None:
        """What the platform's doors showed a moment ago: until when, or nothing."""
        looked = [
            Looked(
                door=name,
                shown=Certificate(name=name, ends_at=ends_at, warn_at=ends_at - WARN_BEFORE)
                if ends_at
                else None,
            )
            for name, ends_at in doors.items()
        ]
        with self.writing(self.urls.ingest_url) as connection:
            store_look(connection, looked, now())

    def measure_lift(self, at: datetime | None = None) -> None:
        with self.writing(self.urls.ingest_url) as connection:
            connection.execute(_QUERIES["lift_samples"], {"at": at or now()})

    def add_user(
        self,
        name: str,
        role: str = "operator",
        places: tuple[str, ...] = ("garden",),
        organisation: str | None = None,
        language: str = "zh",
        *,
        title: str | None = None,
    ) -> None:
        with self.writing(self.urls.console_url) as connection:
            add_user(
                connection,
                name=name,
                role=role,
                display_name=title or name,
                places=places,
                password=PASSWORD,
                organisation=organisation,
                language=language,
            )


def build_site(urls: DatabaseUrls) -> Site:
    site = Site(urls=urls)
    with site.writing(urls.owner_url) as connection:
        for name in ("places", "organisations", "assets", "gateway"):
            connection.execute(_QUERIES[name])
    site.hear_gateway()
    return site
