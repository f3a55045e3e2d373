"""Rescues, drills and duty checks: lists and the acts of whoever is on site or at a desk."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from analytics.act.safety_kind import DrillId, PostCheckId
from analytics.safety.drill import DeviceAnswer
from analytics.safety.plan import Scope
from dashboards.console import cursor
from dashboards.console.act import Asked
from dashboards.console.act_model import ActOut
from dashboards.console.errors import NotFound
from dashboards.console.field import AssetClass, AssetCode, NameZh, Zone
from dashboards.console.openapi import problems
from dashboards.console.paging import MOST_ID, After, Id, Limit, Page, page_of
from dashboards.console.record import Record
from dashboards.console.reply import Key, reply
from dashboards.console.role import Ability
from dashboards.console.routes.v1.incident import Open
from dashboards.console.safety import Said, act_elsewhere, act_in_rescue
from dashboards.console.safety_record import (
    DrillModel,
    PostCheckModel,
    RescueDetail,
    RescueFactModel,
    RescueModel,
)
from dashboards.console.store import record, safety
from dashboards.console.web import ActingUser, ServicesOf, UserOf, require

router = APIRouter()
_DAY_S = 86_400
Words = Annotated[str, Field(max_length=500, description="What was said, or why")]


class RescueActIn(BaseModel):
    """What a person does in a rescue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal[
        "call_car", "rescue_accept", "rescue_arrive", "rescue_release", "lift_check", "declare_real"
    ] = Field(description="The step that was taken", examples=["call_car"])
    text: Words = ""
    is_answered: bool | None = Field(None, description="Whether somebody in the car spoke")
    people: int | None = Field(None, ge=0, le=99, description="How many were heard, or came out")
    injured: int | None = Field(None, ge=0, le=99, description="How many of them are hurt")
    released_at: datetime | None = Field(None, description="With a zone; default: now")
    certificate: str | None = Field(None, max_length=60, description="Of whoever checked the lift")
    is_fit: bool | None = Field(None, description="Whether the lift may run again")

    def said(self) -> Said:
        """The same as a value."""
        return Said(**self.model_dump(exclude={"kind", "text"}))


class SafetyActIn(BaseModel):
    """What a person asks for in a drill or a duty check."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["drill_propose", "drill_approve", "drill_end", "post_ask", "post_answer"] = Field(
        description="What is asked for", examples=["post_ask"]
    )
    text: Words = ""
    scope: Scope | None = Field(None, description="drill_propose: what it is about")
    subject: str | None = Field(
        None, max_length=120, description="Code of panel, lift or compound, or compound/zone"
    )
    length_s: int | None = Field(None, ge=1, le=_DAY_S, description="Longest time of a drill [s]")
    drill: Literal["drill", "test"] | None = Field(None, description="drill 演练 or test 测试")
    tells_bureau: bool | None = Field(None, description="Whether the bureau takes part in it")
    drill_id: int | None = Field(
        None, ge=1, le=MOST_ID, description="drill_approve, drill_end: number of the drill"
    )
    check_id: int | None = Field(
        None, ge=1, le=MOST_ID, description="post_answer: number of the duty check"
    )
    place: str | None = Field(None, max_length=60, description="Code of the compound that is asked")

    def said(self) -> Said:
        """The same as a value."""
        given = self.model_dump(exclude={"kind", "text"})
        given["drill_id"] = None if self.drill_id is None else DrillId(self.drill_id)
        given["check_id"] = None if self.check_id is None else PostCheckId(self.check_id)
        return Said(**given)


class DeviceModel(Record):
    """What one device of a drill did."""

    code: AssetCode
    name_zh: NameZh
    asset_class: AssetClass
    zone: Zone
    raised_at: datetime | None = Field(description="When it was heard; null: it was not")
    acknowledged_at: datetime | None = Field(description="When the desk acknowledged it")
    confirmation: str = Field(description="How it was judged; empty: no alarm", examples=["real"])


class DrillReportModel(Record):
    """What a drill showed."""

    drill: DrillModel = Field(description="The drill")
    answered: list[DeviceModel] = Field(description="Devices that were heard while it ran")
    missing: list[DeviceModel] = Field(description="Devices that should have been heard")


@router.get("/rescues", tags=["rescues"], summary="Rescues", responses=problems(400))
def list_rescues(
    services: ServicesOf,
    user: UserOf,
    is_open: Open = True,
    limit: Limit = 100,
    after: After = None,
) -> Page[RescueModel]:
    """Rescues of the scope, newest first; default: those that are not over."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_rescues(
            connection, is_open=is_open, after=cursor.to_id(after), limit=limit + 1
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.get("/rescues/{rescue_id}", tags=["rescues"], summary="One rescue", responses=problems(404))
def get_rescue(services: ServicesOf, user: UserOf, rescue_id: Id) -> RescueDetail:
    """One rescue with everything that happened in it."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_rescues(connection, rescue_id=rescue_id)
        if not lines:
            raise NotFound(f"no rescue {rescue_id}")
        facts = safety.fetch_rescue_facts(connection, rescue_id)
    return RescueDetail(
        rescue=lines[0],
        facts=[RescueFactModel.model_validate(fact, from_attributes=True) for fact in facts],
    )


@router.post(
    "/alarms/{alarm_id}/safety-acts",
    tags=["rescues"],
    summary="Take a step of a rescue",
    responses={202: {"model": ActOut}, **problems(404, 409)},
)
def post_alarm_act(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    alarm_id: Id,
    body: RescueActIn,
    key: Key = None,
) -> ActOut:
    """Call the car, go, arrive, free people, check the lift; or say that a drill is real."""
    asked = Asked(kind=body.kind, key=key, text=body.text)
    outcome = act_in_rescue(services.store, user, alarm_id, asked, body.said())
    return reply(request, answer, outcome, user)


@router.get("/drills", tags=["drills"], summary="Drills and tests", responses=problems(400))
def list_drills(
    services: ServicesOf, user: UserOf, limit: Limit = 100, after: After = None
) -> Page[DrillModel]:
    """Drills and tests of the scope, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_drills(connection, after=cursor.to_id(after), limit=limit + 1)
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.get(
    "/drills/{drill_id}/report",
    tags=["drills"],
    summary="What a drill showed",
    responses=problems(404),
)
def get_report(services: ServicesOf, user: UserOf, drill_id: Id) -> DrillReportModel:
    """Which devices answered in a drill, how soon, and which are missing."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = safety.fetch_drills(connection, drill_id=drill_id)
        if not lines:
            raise NotFound(f"no drill {drill_id}")
        answers = safety.fetch_answers(connection, drill_id)
    return DrillReportModel(
        drill=DrillModel.model_validate(lines[0], from_attributes=True),
        answered=[DeviceModel(**asdict(one)) for one in answered(answers)],
        missing=[DeviceModel(**asdict(one)) for one in missing(answers)],
    )


@router.get("/post-checks", tags=["duty checks"], summary="Duty checks", responses=problems(400))
def list_post_checks(
    services: ServicesOf,
    user: UserOf,
    waiting: Annotated[bool, Query()] = False,
    limit: Limit = 100,
    after: After = None,
) -> Page[PostCheckModel]:
    """查岗: which desks were asked and which answered, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_post_checks(
            connection, waiting=waiting, after=cursor.to_id(after), limit=limit + 1
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.post(
    "/safety-acts",
    tags=["drills"],
    summary="Act on a drill or a duty check",
    responses={202: {"model": ActOut}, **problems(404, 409)},
)
def post_act(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    body: SafetyActIn,
    key: Key = None,
) -> ActOut:
    """Propose, begin or end a drill; ask a desk, or answer."""
    asked = Asked(kind=body.kind, key=key, text=body.text)
    outcome = act_elsewhere(services.store, user, asked, body.said())
    return reply(request, answer, outcome, user)


def answered(answers: list[DeviceAnswer]) -> list[DeviceAnswer]:
    """Devices that were heard while the drill ran."""
    return [one for one in answers if one.raised_at is not None]


def missing(answers: list[DeviceAnswer]) -> list[DeviceAnswer]:
    """Devices that should have been heard and were not."""
    return [one for one in answers if one.raised_at is None and one.is_expected]
