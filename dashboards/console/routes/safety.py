"""Rescues, drills and duty checks: two pages, the acts of their buttons, and the API."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response as Answer

from analytics.act import ActKind
from analytics.act.safety_kind import DrillId, PostCheckId
from analytics.safety.drill import DeviceAnswer
from analytics.safety.plan import Scope
from dashboards.console.act import Asked, words_of
from dashboards.console.errors import NotFound
from dashboards.console.model import ActOut
from dashboards.console.role import Ability
from dashboards.console.routes.alarm import Key, Words, answer
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
_PROBLEM: Final = {
    "description": "Problem as RFC 9457",
    "content": {"application/problem+json": {}},
}
_ACTS: Final = {202: {"model": ActOut}, 409: {"model": ActOut}, 403: _PROBLEM, 404: _PROBLEM}
_MOST: Final = 100
_MINUTE: Final = 60


class SafetyActIn(BaseModel):
    """What a person asks for in a rescue, a drill or a duty check."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(
        description="On alarms call_car, rescue_accept, rescue_arrive, rescue_release, lift_check,"
        " declare_real; elsewhere drill_propose, drill_approve, drill_end, post_ask, post_answer",
        examples=["call_car"],
    )
    text: str = Field("", max_length=500)
    is_answered: bool | None = Field(None, description="Whether somebody in the car spoke")
    people: int | None = Field(None, description="How many were heard, or came out")
    injured: int | None = None
    released_at: datetime | None = Field(None, description="With a zone; default: now")
    certificate: str | None = Field(None, max_length=60, description="Of whoever checked the lift")
    is_fit: bool | None = Field(None, description="Whether the lift may run again")
    scope: Scope | None = None
    subject: str | None = Field(
        None, max_length=120, description="Code of panel, lift or compound, or compound/zone"
    )
    length_s: int | None = Field(None, description="Longest time of a drill [s]")
    drill: str | None = Field(None, description="drill or test")
    tells_bureau: bool | None = None
    drill_id: int | None = None
    check_id: int | None = None
    place: str | None = Field(None, max_length=60, description="Code of the compound that is asked")

    def said(self) -> Said:
        """The same as a value."""
        given = self.model_dump(exclude={"kind", "text"})
        given["drill_id"] = None if self.drill_id is None else DrillId(self.drill_id)
        given["check_id"] = None if self.check_id is None else PostCheckId(self.check_id)
        return Said(**given)


class _Item(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class RescueModel(_Item):
    """A rescue with who has it and its running deadline."""

    id: int
    alarm_id: int
    stage: str = Field(examples=["dispatched"])
    tier: int
    owner_zh: str
    due_at: datetime | None
    began_at: datetime | None
    legal_due_at: datetime | None
    accepted_at: datetime | None
    arrived_at: datetime | None
    released_at: datetime | None
    people: int | None
    injured: int | None
    checked_by: str | None
    closed_at: datetime | None


class DrillModel(_Item):
    """A drill or a test."""

    id: int
    kind: str = Field(examples=["drill"])
    scope: str = Field(examples=["zone"])
    subject: str = Field(examples=["garden/loop-3"])
    reason: str
    proposed_by: str
    approved_by: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    assets: int


class DeviceModel(_Item):
    """What one device of a drill did."""

    code: str
    name_zh: str
    asset_class: str
    zone: str
    raised_at: datetime | None
    acknowledged_at: datetime | None
    confirmation: str


class DrillReportModel(BaseModel):
    """What a drill showed."""

    drill: DrillModel
    answered: list[DeviceModel]
    missing: list[DeviceModel]


class PostCheckModel(_Item):
    """A duty check."""

    id: int
    place: str
    reason: str = Field(examples=["random"])
    asked_by: str
    asked_at: datetime
    state: str = Field(examples=["unanswered"])
    due_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None


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
    context |= {"drill": drills[0], "answered": _answered(answers), "missing": _missing(answers)}
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
    alarm_id: int,
    kind: str,
    text: Words = "",
    people: Annotated[int | None, Form()] = None,
    injured: Annotated[int | None, Form()] = None,
    certificate: Annotated[str | None, Form(max_length=60)] = None,
    is_answered: Annotated[bool | None, Form()] = None,
    is_fit: Annotated[bool | None, Form()] = None,
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
    asked = Asked(kind=kind, key=key, text=text)
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


@router.get("/api/v1/rescues", tags=["rescues"], responses={401: _PROBLEM})
def list_rescues(services: ServicesOf, user: UserOf) -> list[RescueModel]:
    """Rescues that are not over, the nearest deadline first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = safety.fetch_open_rescues(connection, limit=_MOST)
    return [RescueModel.model_validate(line) for line in lines]


@router.get("/api/v1/drills", tags=["drills"], responses={401: _PROBLEM})
def list_drills(services: ServicesOf, user: UserOf) -> list[DrillModel]:
    """Drills and tests: proposed and running ones first, then the newest."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = safety.fetch_drills(connection, limit=_MOST)
    return [DrillModel.model_validate(line) for line in lines]


@router.get("/api/v1/drills/{drill_id}/report", tags=["drills"], responses={404: _PROBLEM})
def get_report(services: ServicesOf, user: UserOf, drill_id: int) -> DrillReportModel:
    """Which devices answered in a drill, how soon, and which are missing."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = safety.fetch_drills(connection, drill_id=drill_id)
        if not lines:
            raise NotFound(f"no drill {drill_id}")
        answers = safety.fetch_answers(connection, drill_id)
    return DrillReportModel(
        drill=DrillModel.model_validate(lines[0]),
        answered=[DeviceModel(**asdict(one)) for one in _answered(answers)],
        missing=[DeviceModel(**asdict(one)) for one in _missing(answers)],
    )


@router.get("/api/v1/post-checks", tags=["duty checks"], responses={401: _PROBLEM})
def list_post_checks(
    services: ServicesOf, user: UserOf, waiting: Annotated[bool, Query()] = False
) -> list[PostCheckModel]:
    """Duty checks that were asked, the newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = safety.fetch_post_checks(connection, waiting=waiting, limit=_MOST)
    return [PostCheckModel.model_validate(line) for line in lines]


@router.post("/api/v1/alarms/{alarm_id}/safety-acts", tags=["rescues"], responses=_ACTS)  # type: ignore[arg-type]
def post_alarm_act(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    reply: Response,
    services: ServicesOf,
    user: ActingUser,
    alarm_id: int,
    body: SafetyActIn,
    key: Key = None,
) -> ActOut:
    """A step of a rescue, or the word that a drill is real; the same key acts once."""
    asked = Asked(kind=body.kind, key=key, text=body.text)
    outcome = act_in_rescue(services.store, user, alarm_id, asked, body.said())
    reply.status_code = outcome.status
    said = words_of(outcome, language_of(request, user))
    return ActOut(state=outcome.state.value, message=said)


@router.post("/api/v1/safety-acts", tags=["drills"], responses=_ACTS)  # type: ignore[arg-type]
def post_act(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    reply: Response,
    services: ServicesOf,
    user: ActingUser,
    body: SafetyActIn,
    key: Key = None,
) -> ActOut:
    """Propose, begin or end a drill; ask a desk, or answer; the same key acts once."""
    asked = Asked(kind=body.kind, key=key, text=body.text)
    outcome = act_elsewhere(services.store, user, asked, body.said())
    reply.status_code = outcome.status
    said = words_of(outcome, language_of(request, user))
    return ActOut(state=outcome.state.value, message=said)


def _answered(answers: list[DeviceAnswer]) -> list[DeviceAnswer]:
    return [one for one in answers if one.raised_at is not None]


def _missing(answers: list[DeviceAnswer]) -> list[DeviceAnswer]:
    return [one for one in answers if one.raised_at is None and one.is_expected]
