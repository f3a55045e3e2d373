"""Duty checks 查岗: is anybody at the desk? Asked at random or on demand, answered in time or not.

The random moments are drawn when the one before is asked, and stand in a row that no page may
read, so that nobody at a desk knows when the next one comes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random
from time import monotonic
from typing import Final, cast

import msgspec
from psycopg.rows import class_row

from analytics.alarms.report import PlacePath
from analytics.alarms.store import PLATFORM
from analytics.duties.matrix import OrganisationId
from analytics.live import Announcement, Change
from analytics.notices.body import Thing, Where, Words, enveloped
from analytics.notices.notice import Target
from analytics.safety import store as safety_store
from analytics.safety.plan import PostCheckPlan
from analytics.safety.store import OwnNotice, Plans
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "roll_call.sql")
PLAN_EVERY_S: Final = 60.0
"""How often desks without a planned check are looked for [s]."""
UNANSWERED: Final = "post_check.unanswered"
_DAY: Final = timedelta(days=1)


def next_moment(plan: PostCheckPlan, share: float, now: datetime) -> datetime | None:
    """When a desk is asked next: from a quarter to seven quarters of the mean distance.

    Args:
        share: A random number from 0 to 1.
    """
    if plan.per_day == 0:
        return None
    mean = _DAY / plan.per_day
    return now + mean * (0.25 + 1.5 * share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A check that a desk is to answer."""

    id: int
    place_path: PlacePath
    organisation: OrganisationId | None
    asked_at: datetime
    due_at: datetime | None = None


class _Body(msgspec.Struct):
    """What people are told; `alarm` is the number of the check, for it belongs to no alarm."""

    alarm: int
    label: Words
    mark: Words
    place: Where
    asset: Thing
    raised_at: datetime
    answer_s: int


class RollCalls:
    """Plans, asks and misses checks."""

    def __init__(self) -> None:
        self._plans = Plans()
        self._planned_s: float | None = None

    def plan(
        self, connection: Connection, _aside: list[int], _seen: list[int], now: datetime
    ) -> bool:
        """See that each desk has its next moment; never more than once a minute."""
        if self._planned_s is not None and monotonic() - self._planned_s < PLAN_EVERY_S:
            return False
        self._planned_s = monotonic()
        plan = self._plans.at(connection, now).post_check
        for place_path, organisation in _desks_without_plan(connection, now):
            at = next_moment(plan, random(), now)  # noqa: S311 - no secret
            if at is not None:
                _add_planned(connection, place_path, organisation, at, plan)
        return False

    def ask(self, connection: Connection, aside: list[int], seen: list[int], now: datetime) -> bool:
        """Ask a desk whose moment has come."""
        found = _claim(connection, "claim_planned", aside, now)
        if found is None:
            return False
        seen.append(found.id)
        plan = self._plans.at(connection, now).post_check
        if is_waiting(connection, found.place_path):
            # Somebody asked on demand a moment ago: one question at a time.
            _put_off(connection, found, now + plan.answer)
            return True
        _set_asked(connection, found, now, now + plan.answer)
        _announce(connection, found.place_path, now)
        self._planned_s = None
        return True

    def miss(
        self, connection: Connection, aside: list[int], seen: list[int], now: datetime
    ) -> bool:
        """A desk that has not answered in time is told to its manager."""
        found = _claim(connection, "claim_unanswered", aside, now)
        if found is None:
            return False
        seen.append(found.id)
        connection.execute(_QUERIES["miss"], {"id": found.id})
        for target in (Target.DESK, Target.CALL):
            notice = OwnNotice(
                place_path=found.place_path,
                organisation=found.organisation,
                target=target,
                kind=UNANSWERED,
                body=_body(found, now),
            )
            safety_store.add_own_notice(connection, notice, now)
        _announce(connection, found.place_path, now)
        return True


def _body(asked: Asked, now: datetime) -> bytes:
    due_at = asked.due_at or now
    body = _Body(
        alarm=asked.id,
        label=Words("查岗", "Duty check"),
        mark=Words("值班台查岗未应答", "The desk did not answer its duty check"),
        place=Where(asked.place_path, zh="", address="", access=""),
        asset=Thing(asked.place_path.rpartition(".")[2], "消防控制室", "Control room"),
        raised_at=asked.asked_at,
        answer_s=round((due_at - asked.asked_at).total_seconds()),
    )
    return enveloped(UNANSWERED, now, body)


def _desks_without_plan(
    connection: Connection, now: datetime
) -> list[tuple[PlacePath, OrganisationId]]:
    rows = connection.execute(_QUERIES["desks_without_plan"], {"now": now}).fetchall()
    return [
        (PlacePath(str(path)), OrganisationId(cast("int", organisation)))
        for path, organisation in rows
    ]


def _add_planned(
    connection: Connection,
    place_path: PlacePath,
    organisation: OrganisationId,
    at: datetime,
    plan: PostCheckPlan,
) -> None:
    connection.execute(
        _QUERIES["add_planned"],
        {
            "place_path": place_path,
            "organisation": organisation,
            "by": PLATFORM,
            "at": at,
            "answer_s": round(plan.answer.total_seconds()),
        },
    )


def _claim(
    connection: Connection, query: str, set_aside: Iterable[int], now: datetime
) -> Asked | None:
    values = {"now": now, "set_aside": list(set_aside)}
    row = connection.execute(_QUERIES[query], values).fetchone()
    return None if row is None else _asked(row)


def _asked(row: tuple[object, ...]) -> Asked:
    check_id, path, organisation, asked_at, due_at = row
    return Asked(
        id=cast("int", check_id),
        place_path=PlacePath(str(path)),
        organisation=cast("OrganisationId | None", organisation),
        asked_at=cast("datetime", asked_at),
        due_at=cast("datetime | None", due_at),
    )


def _set_asked(connection: Connection, asked: Asked, now: datetime, due_at: datetime) -> None:
    connection.execute(_QUERIES["set_asked"], {"id": asked.id, "now": now, "due_at": due_at})


def _put_off(connection: Connection, asked: Asked, at: datetime) -> None:
    connection.execute(_QUERIES["put_off"], {"id": asked.id, "at": at})


def is_waiting(connection: Connection, place_path: str) -> bool:
    """Whether the desk of the place has a question to answer now."""
    row = connection.execute(_QUERIES["is_waiting"], {"place_path": place_path}).fetchone()
    return row is not None and bool(row[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The desk of a compound."""

    place_path: PlacePath
    organisation: OrganisationId | None


def desk_of(connection: Connection, place: str, now: datetime) -> Desk | None:
    """The desk of the compound with that code; None when there is no such compound."""
    row = connection.execute(_QUERIES["desk_of"], {"place": place, "now": now}).fetchone()
    if row is None:
        return None
    organisation = cast("OrganisationId | None", row[1])
    return Desk(place_path=PlacePath(str(row[0])), organisation=organisation)


def ask_now(
    connection: Connection, desk: Desk, by: str, plan: PostCheckPlan, now: datetime
) -> None:
    """Somebody wants to know at once."""
    connection.execute(
        _QUERIES["ask_now"],
        {
            "place_path": desk.place_path,
            "organisation": desk.organisation,
            "by": by,
            "now": now,
            "answer_s": round(plan.answer.total_seconds()),
            "due_at": now + plan.answer,
        },
    )
    _announce(connection, desk.place_path, now)


def lock_waiting(connection: Connection, check_id: int) -> Asked | None:
    """Lock a check that waits for its answer; None when none of that number does."""
    row = connection.execute(_QUERIES["lock_waiting"], {"id": check_id}).fetchone()
    return None if row is None else _asked(row)


def answer(connection: Connection, asked: Asked, by: str, now: datetime) -> None:
    """Somebody is at the desk."""
    connection.execute(_QUERIES["answer"], {"id": asked.id, "by": by, "now": now})
    _announce(connection, asked.place_path, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check that was asked, and what came of it."""

    id: int
    place_path: str
    reason: str
    asked_by: str
    asked_at: datetime
    state: str
    due_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None


def fetch_checks(connection: Connection, *, limit: int) -> list[Check]:
    """Checks that were asked, the newest first."""
    with connection.cursor(row_factory=class_row(Check)) as cursor:
        return cursor.execute(_QUERIES["checks"], {"limit": limit}).fetchall()


def _announce(connection: Connection, place_path: PlacePath, now: datetime) -> None:
    told = Announcement()
    told.add(Change.NOTICE, None, place_path)
    told.write(connection, now)
