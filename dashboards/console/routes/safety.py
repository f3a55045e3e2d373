"""Rescues, drills and duty checks: two pages, the acts of their buttons, and the API."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from starlette.responses import Response as Answer

from analytics.act import ActKind
from analytics.act.safety_kind import DrillId, PostCheckId
from analytics.safety.plan import Scope
from dashboards.console.act import Asked
from dashboards.console.errors import NotFound
from dashboards.console.late import DoneAt, late_since
from dashboards.console.role import Ability
from dashboards.console.routes.alarm import Key, Words, answer
from dashboards.console.routes.v1.safety import answered, missing
from dashboards.console.safety import Said, act_elsewhere, act_in_rescue
from dashboards.console.store import live, safety
from dashboards.console.web import (
    ActingUser,
    Now,
    ServicesOf,
    UserOf,
    language_of,
    page,
    require,
    strip_context,
)

router = APIRouter()
_MOST: Final = 100
_MINUTE: Final = 60


@router.get("/drills", include_in_schema=False)
def show_drills(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Answer:
    """Drills and tests: what runs, what waits for a second person, and a new proposal."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        context = {
            **strip_context(connection, now),
            "stream_from": live.fetch_bounds(connection).newest,
            "drills": safety.fetch_drills(connection, limit=_MOST),
        }
    context |= {"acts": ActKind, "scopes": [scope.value for scope in Scope]}
    return page(request, "drills.html", context, user=user)


@router.get("/drills/{drill_id}", include_in_schema=False)
def show_drill(
    request: Request, services: ServicesOf, user: UserOf, now: Now, drill_id: int
) -> Answer:
    """The report of a drill: who answered, how soon, and who is missing."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        drills = safety.fetch_drills(connection, drill_id=drill_id)
        if not drills:
            raise NotFound(f"no drill {drill_id}")
        answers = safety.fetch_answers(connection, drill_id)
        context = {
            **strip_context(connection, now),
            "stream_from": live.fetch_bounds(connection).newest,
        }
    context |= {"drill": drills[0], "answered": answered(answers), "missing": missing(answers)}
    return page(request, "drill.html", context, user=user)


@router.get("/posts", include_in_schema=False)
def show_posts(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Answer:
    """Duty checks: which desks answered, and a button that asks one."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        context = {
            **strip_context(connection, now),
            "stream_from": live.fetch_bounds(connection).newest,
            "checks": safety.fetch_post_checks(connection, limit=_MOST),
            "compounds": safety.fetch_compounds(connection),
        }
    return page(request, "posts.html", {**context, "acts": ActKind}, user=user)


@router.post("/safety/alarms/{alarm_id}/{kind}", include_in_schema=False)
def act_on_alarm(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    alarm_id: int,
    kind: str,
    text: Words = "",
    people: Annotated[int | None, Form()] = None,
    injured: Annotated[int | None, Form()] = None,
    certificate: Annotated[str | None, Form(max_length=60)] = None,
    is_answered: Annotated[bool | None, Form()] = None,
    is_fit: Annotated[bool | None, Form()] = None,
    done_at: DoneAt = None,
    key: Key = None,
) -> Answer:
    """A step of a rescue; the answer is the alarm process's word."""
    said = Said(
        people=people,
        injured=injured,
        certificate=certificate,
        is_answered=is_answered,
        is_fit=is_fit,
    )
    asked = Asked(kind=kind, key=key, text=text, done_at=late_since(done_at, now))
    outcome = act_in_rescue(services.store, user, alarm_id, asked, said)
    return answer(request, outcome, language_of(request, user), f"/alarms/{alarm_id}")


@router.post("/safety/{kind}", include_in_schema=False)
def act(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    kind: str,
    text: Words = "",
    scope: Annotated[Scope | None, Form()] = None,
    subject: Annotated[str | None, Form(max_length=120)] = None,
    minutes: Annotated[int | None, Form(ge=1, le=1440)] = None,
    drill: Annotated[str | None, Form(max_length=10)] = None,
    tells_bureau: Annotated[bool | None, Form()] = None,
    drill_id: Annotated[int | None, Form()] = None,
    check_id: Annotated[int | None, Form()] = None,
    place: Annotated[str | None, Form(max_length=60)] = None,
    key: Key = None,
) -> Answer:
    """Propose, begin or end a drill; ask a desk, or answer."""
    said = Said(
        scope=scope,
        subject=subject,
        length_s=None if minutes is None else minutes * _MINUTE,
        drill=drill,
        tells_bureau=tells_bureau,
        drill_id=None if drill_id is None else DrillId(drill_id),
        check_id=None if check_id is None else PostCheckId(check_id),
        place=place,
    )
    outcome = act_elsewhere(services.store, user, Asked(kind=kind, key=key, text=text), said)
    back = "/posts" if kind.startswith("post") else "/drills"
    return answer(request, outcome, language_of(request, user), back)
