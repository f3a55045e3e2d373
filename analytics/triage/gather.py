"""Gather what is known about an alarm: a few small queries, each of which may fail by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar, cast

import numpy as np
import structlog
from psycopg.sql import SQL, Identifier

from analytics.alarms.alarm import AssetId
from analytics.alarms.report import PlacePath
from analytics.duties.matrix import Answer, DutyId, OrganisationId
from analytics.duties.responsibility import Responsibility, Spot
from analytics.triage.card import Card, Contacts, Organisation, card_of
from analytics.triage.fact import AlarmOf, Facts, Neighbour, OpenOrder, Past, Said, Trend, Warned
from analytics.triage.playbook import library
from gateway.catalogue import Text, asset_class
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "triage.sql")
PAST: Final = timedelta(days=90)
SAID: Final = timedelta(hours=24)
TREND: Final = timedelta(hours=24)

_log = structlog.get_logger("analytics.triage")
T = TypeVar("T")


def fetch_card(connection: Connection, alarm_id: int, now: datetime) -> Card | None:
    """The triage card of an alarm, in the caller's transaction and scope; None: no such alarm.

    A part that cannot be read is left out and the card says so.
    """
    connection.execute(_QUERIES["patience"])
    alarm = _alarm(connection, alarm_id)
    if alarm is None:
        return None
    reading = _Reading(connection, alarm)
    facts = reading.facts()
    answer = reading.part("responsible", lambda: _answer(connection, alarm, now))
    contacts = reading.part("responsible", lambda: _contacts(connection, answer)) or Contacts()
    return card_of(facts, library(), contacts, tuple(dict.fromkeys(reading.unread)))


def _alarm(connection: Connection, alarm_id: int) -> AlarmOf | None:
    row = connection.execute(_QUERIES["alarm"], {"alarm_id": alarm_id}).fetchone()
    if row is None:
        return None
    found_id, event, asset_id, kind, zh, en, path, zone, text, raised_at, duty_id = row[:11]
    return AlarmOf(
        id=cast("int", found_id),
        event=str(event),
        asset_id=cast("int", asset_id),
        asset_class=str(kind),
        asset_zh=str(zh),
        asset_en=str(en),
        place_path=str(path),
        zone=str(zone),
        text=str(text),
        raised_at=cast("datetime", raised_at),
        duty_id=cast("int | None", duty_id),
        is_placeholder=bool(row[11]),
        silent_since=cast("datetime | None", row[12]),
        compound=str(row[13]),
        building=str(row[14]),
    )


class _Reading:
    """Reads the parts of a card; what fails is noted and stands in no other's way."""

    def __init__(self, connection: Connection, alarm: AlarmOf) -> None:
        self._connection, self._alarm = connection, alarm
        self.unread: list[str] = []

    def part(self, name: str, read: Callable[[], T]) -> T | None:
        """One part; None where it cannot be read."""
        try:
            with self._connection.transaction():
                return read()
        except Exception:  # the edge of a request: a card without this part is better than none
            _log.warning("part_of_card_not_read", part=name, alarm=self._alarm.id, exc_info=True)
            self.unread.append(name)
            if self._connection.broken:
                raise
            return None

    def facts(self) -> Facts:
        """All that can be read."""
        active = self.part("active", self._active)
        return Facts(
            alarm=self._alarm,
            past=self.part("past", self._past),
            neighbours=self.part("neighbours", self._neighbours),
            orders=self.part("orders", self._orders),
            active=None if active is None else active - {self._alarm.event},
            said=self.part("said", self._said),
            warned=self.part("warned", self._warned),
            trend=self.part("trend", self._trend),
        )

    def _rows(self, name: str, **more: object) -> list[tuple[object, ...]]:
        named = {"alarm_id": self._alarm.id, "asset_id": self._alarm.asset_id, **more}
        return self._connection.execute(_QUERIES[name], named).fetchall()

    def _past(self) -> list[Past]:
        rows = self._rows("past", since=self._alarm.raised_at - PAST)
        return [
            Past(event=str(event), raised_at=cast("datetime", at), confirmation=str(confirmation))
            for event, at, confirmation in rows
        ]

    def _neighbours(self) -> list[Neighbour]:
        return [
            Neighbour(
                event=str(event),
                asset_id=cast("int", asset_id),
                place_path=str(path),
                zone=str(zone),
                raised_at=cast("datetime", at),
            )
            for event, asset_id, path, zone, at in self._rows(
                "neighbours", compound=self._alarm.compound
            )
        ]

    def _orders(self) -> list[OpenOrder]:
        return [
            OpenOrder(number=str(number), state=str(state), opened_at=cast("datetime", at))
            for number, state, at in self._rows("orders")
        ]

    def _active(self) -> frozenset[str]:
        return frozenset(str(row[0]) for row in self._rows("active"))

    def _said(self) -> list[Said]:
        rows = self._rows("said", since=self._alarm.raised_at - SAID)
        return [Said(event=str(event), at=cast("datetime", at)) for event, at in rows]

    def _warned(self) -> list[Warned]:
        return [
            Warned(metric=str(metric), reason=Text(zh=str(zh), en=str(en)))
            for metric, zh, en in self._rows("warned")
        ]

    def _trend(self) -> Trend | None:
        kind = asset_class(self._alarm.asset_class)
        if kind.table is None:
            return None
        names = [metric.name for metric in kind.metrics]
        query = _QUERIES["trend"].format(
            columns=SQL(", ").join(map(Identifier, names)),
            view=Identifier(f"visible_{kind.table}"),
        )
        until = self._alarm.raised_at + timedelta(minutes=1)
        named = {"asset_id": self._alarm.asset_id, "since": until - TREND, "until": until}
        rows = self._connection.execute(query, named).fetchall()[::-1]
        table = np.array(
            [[np.nan if cell is None else cell for cell in row[1:]] for row in rows], dtype=float
        ).reshape(len(rows), len(names))
        return Trend(
            at_s=np.array([cast("datetime", row[0]).timestamp() for row in rows]),
            values={name: table[:, number] for number, name in enumerate(names)},
        )


def _answer(connection: Connection, alarm: AlarmOf, now: datetime) -> Answer | None:
    if alarm.duty_id is None:
        return None
    spot = Spot(AssetId(alarm.asset_id), PlacePath(alarm.place_path))
    return Responsibility().by_line(connection, DutyId(alarm.duty_id), spot, now)


def _contacts(connection: Connection, answer: Answer | None) -> Contacts:
    if answer is None:
        return Contacts()
    ids = {answer.responsible, answer.worker, answer.bureau, *answer.joint, *answer.chain}
    asked = {"ids": sorted(one for one in ids if one is not None)}
    named = {
        OrganisationId(cast("int", found)): Organisation(
            name=Text(zh=str(zh), en=str(en) or str(zh)), phone=str(phone)
        )
        for found, zh, en, phone in connection.execute(_QUERIES["names"], asked).fetchall()
    }
    return Contacts(answer=answer, organisations=named)
