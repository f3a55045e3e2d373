"""Carry acts of rescues, drills and duty checks to the alarm process."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from analytics.act import Person
from analytics.act.safety_kind import (
    ELSEWHERE,
    ON_ALARM,
    AnyAct,
    DrillId,
    PostCheckId,
    SafetyAct,
)
from analytics.alarms.alarm import AlarmId
from analytics.duties.matrix import OrganisationId
from analytics.safety.plan import Scope
from dashboards.console.act import Asked, Outcome, carry, id_of, kind_of, person
from dashboards.console.errors import BadRequest, NotFound
from dashboards.console.role import User
from dashboards.console.store import alarm as alarms
from dashboards.console.store import safety
from dashboards.console.store.pool import Store

_BASE: Final = frozenset({"id", "by", "version", "text", "alarm_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What such acts can say beside their text; each act takes what it knows.

    Attributes:
        people: Who were heard, or came out.
        place: Code of the compound whose desk is asked.
    """

    is_answered: bool | None = None
    people: int | None = None
    injured: int | None = None
    released_at: datetime | None = None
    certificate: str | None = None
    is_fit: bool | None = None
    scope: Scope | None = None
    subject: str | None = None
    length_s: int | None = None
    drill: str | None = None
    tells_bureau: bool | None = None
    drill_id: DrillId | None = None
    check_id: PostCheckId | None = None
    place: str | None = None

    def for_act(self, made: type[SafetyAct]) -> dict[str, object]:
        """The arguments of that act that were given."""
        names = {field.name for field in fields(made)} - _BASE
        given = {name: getattr(self, name) for name in names if hasattr(self, name)}
        return {name: value for name, value in given.items() if value is not None}


def act_in_rescue(pool: Store, user: User, alarm_id: int, asked: Asked, said: Said) -> Outcome:
    """Call the car, go, arrive, free people, check the lift, or say that a drill is real.

    Raises:
        NotFound: No such act, or the scope shows no such alarm.
        NotAllowed: The role may not do it.
        BadRequest: Something is missing or cannot be.
    """
    made = ON_ALARM.get(kind_of(asked, user))
    with pool.scoped(user.scope) as connection:
        lines = alarms.fetch_alarms(connection, [alarm_id])
    if made is None or not lines:
        raise NotFound(f"no alarm {alarm_id}")
    by = person(user, lines[0].place_path)
    alarm = AlarmId(alarm_id)
    return carry(pool, lambda: _made(made, asked, said, by=by, alarm_id=alarm), asked.done_at)


def act_elsewhere(pool: Store, user: User, asked: Asked, said: Said) -> Outcome:
    """Propose, begin or end a drill; ask a desk, or answer.

    Raises:
        NotFound: No such act.
        NotAllowed: The role may not do it.
        BadRequest: Something is missing or cannot be.
    """
    made = ELSEWHERE.get(kind_of(asked, user))
    if made is None:
        raise NotFound(f"no act {asked.kind!r}")
    by = _anywhere(pool, user)
    return carry(pool, lambda: _made(made, asked, said, by=by))


def _made(made: type[SafetyAct], asked: Asked, said: Said, **base: object) -> AnyAct:
    given = base | said.for_act(made)
    try:
        return made(id=id_of(asked), text=asked.text.strip(), **given)  # type: ignore[arg-type]
    except TypeError as error:
        raise BadRequest("something that this act needs was not said") from error


def _anywhere(pool: Store, user: User) -> Person:
    """Who asks; the scope of everything becomes every tree of places."""
    tops: list[str] = []
    if "" in user.scope:
        with pool.scoped(user.scope) as connection:
            tops = safety.fetch_tops(connection)
    return Person(
        name=user.name,
        role=user.role.value,
        scope=(*(path for path in user.scope if path), *tops),
        organisation=None if user.organisation_id is None else OrganisationId(user.organisation_id),
    )
