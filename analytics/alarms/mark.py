"""Marks on alarms that are bad alarms, and the load of desks: what EEMUA 191 asks to be looked at.

A mark hides nothing; it tells who tunes the alarms where to begin.

References:
    EEMUA 191 and ANSI/ISA-18.2 on alarm performance (through secondary sources, unverified).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from analytics.alarms.rule import AlarmRules
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "mark.sql")
MANAGEABLE: Final = 1
"""Alarms per desk and 10 minutes that one person manages (EEMUA 191, unverified)."""
FLOOD: Final = 10
"""More than so many per desk and 10 minutes are a flood (ISA-18.2, unverified)."""
LOOK_BACK: Final = timedelta(minutes=5)
"""How far back a look for fleeting and chattering alarms goes, should some looks have failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """How many alarms got or lost a mark."""

    chattering: int
    fleeting: int
    stale: int
    ended: int


def mark_alarms(connection: Connection, rules: AlarmRules, now: datetime) -> Marked:
    """Look for chattering, fleeting and stale alarms, in the caller's transaction."""

    def count(name: str, **values: object) -> int:
        return len(connection.execute(_QUERIES[name], {"now": now, **values}).fetchall())

    chatter = rules.chatter
    return Marked(
        chattering=count(
            "mark_chattering",
            since=now - chatter.within - LOOK_BACK,
            within=chatter.within,
            raises=chatter.raises,
        ),
        fleeting=count("mark_fleeting", since=now - LOOK_BACK, fleeting=rules.fleeting),
        stale=count("mark_stale", since=now - rules.stale),
        ended=count("end_chattering", since=now - chatter.quiet)
        + count("end_stale", since=now - chatter.quiet),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Alarms of one desk in 10 minutes.

    Attributes:
        raised: All of them.
        shown: Those that did not stand behind another alarm of one cause.
    """

    bucket: datetime
    desk: str
    raised: int
    shown: int
    life_safety: int


def fetch_load(
    connection: Connection, since: datetime, until: datetime, *, limit: int = 1000
) -> list[Load]:
    """The 10 minutes of desks, the fullest first."""
    values = {"since": since, "until": until, "limit": limit}
    rows = connection.execute(_QUERIES["load"], values).fetchall()
    return [
        Load(
            bucket=cast("datetime", bucket),
            desk=str(desk),
            raised=cast("int", raised),
            shown=cast("int", shown),
            life_safety=cast("int", life_safety),
        )
        for bucket, _, desk, raised, shown, life_safety in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadActor:
    """A condition that was raised often."""

    asset: str
    event: str
    alarms: int
    raises: int
    is_chattering: bool


def fetch_bad_actors(
    connection: Connection, since: datetime, until: datetime, *, limit: int = 10
) -> list[BadActor]:
    """The conditions that were raised most often."""
    values = {"since": since, "until": until, "limit": limit}
    rows = connection.execute(_QUERIES["bad_actors"], values).fetchall()
    return [
        BadActor(
            asset=str(code),
            event=str(event),
            alarms=cast("int", alarms),
            raises=cast("int", raises),
            is_chattering=bool(is_chattering),
        )
        for _, code, event, alarms, raises, is_chattering in rows
    ]
