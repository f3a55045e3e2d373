"""Alarms: the open ones, one with its timeline, the acts on them, and the load of desks."""

from datetime import timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response

from analytics.act import ActKind
from dashboards.console import cursor
from dashboards.console.act import Asked, act_on_alarm
from dashboards.console.act_model import ActOut, AlarmActIn
from dashboards.console.errors import NotFound, VersionNeeded
from dashboards.console.hold_model import LoadModel
from dashboards.console.model import AlarmDetailModel, AlarmModel, StepModel
from dashboards.console.openapi import problems
from dashboards.console.paging import After, Id, Limit, Page, page_of
from dashboards.console.reply import IfMatch, Key, reply, tag, version_of
from dashboards.console.role import Ability
from dashboards.console.store import alarm as alarms
from dashboards.console.store import record
from dashboards.console.store.queue import fetch_queue
from dashboards.console.web import ActingUser, Now, ServicesOf, UserOf, require

router = APIRouter(tags=["alarms"])
_DAY: Final = timedelta(days=1)


@router.get("/alarms", summary="Open alarms", responses=problems(400))
def list_alarms(  # noqa: PLR0913, PLR0917 - the parts of a query
    services: ServicesOf,
    user: UserOf,
    life_safety: Annotated[bool | None, Query(description="Only (true) or without (false)")] = None,
    group: Annotated[str | None, Query(max_length=40, examples=["fire"])] = None,
    unacknowledged: Annotated[bool, Query()] = False,
    state: Annotated[
        Literal["desk", "shelved", "suppressed", "out_of_service", "folded"] | None,
        Query(description="What the desk has before it, or what is kept from it; default: all"),
    ] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[AlarmModel]:
    """Open alarms of the scope in the order of the console's list; none is ever too old to be listed.

    Life safety comes first: of what is real that which nobody has acknowledged, then what somebody
    has, then lifts whose people are out; then what a drill raised. All else follows. Within each the
    severest come first, and of these the newest.
    """
    require(user, Ability.WATCH)
    wanted = alarms.AlarmFilter(
        life_safety=life_safety,
        group=group,
        is_unacknowledged=unacknowledged,
        shown=state,
    )
    begin = cursor.to_queue(after)
    with services.store.scoped(user.scope) as connection:
        lines = fetch_queue(connection, wanted, limit=limit + 1, after=begin)
    return page_of(lines, limit, AlarmModel.of, cursor.of_queue)


@router.get("/alarms/{alarm_id}", summary="One alarm", responses=problems(404))
def get_alarm(
    answer: Response, services: ServicesOf, user: UserOf, alarm_id: Id
) -> AlarmDetailModel:
    """One alarm, open or closed, with its timeline; its ETag is its version."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = alarms.fetch_alarms(connection, [alarm_id])
        if not lines:
            raise NotFound(f"no alarm {alarm_id}")
        timeline = alarms.fetch_timeline(connection, alarm_id)
    steps = [StepModel.model_validate(row, from_attributes=True) for row in timeline]
    tag(answer, lines[0].version)
    return AlarmDetailModel(alarm=AlarmModel.of(lines[0]), timeline=steps)


@router.post(
    "/alarms/{alarm_id}/acts",
    summary="Acknowledge, judge, dispatch, reset or hold an alarm",
    responses={202: {"model": ActOut}, **problems(404, 409, 412, 428)},
)
def act_alarm(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    alarm_id: Id,
    body: AlarmActIn,
    key: Key = None,
    seen: IfMatch = None,
) -> ActOut:
    """Carried out by the alarm process, once for a key; 202: it has not answered yet.

    A device may have spoken since the version that was seen; only a person who was faster stands
    in the way. To acknowledge needs no version. `dispatch` needs `order_version` of the alarm as it
    was seen, or If-Match `*`: two desks that give out the same work do not overwrite each other.
    """
    gives = ActKind(body.kind) is ActKind.DISPATCH
    asked = Asked(
        kind=body.kind,
        key=key,
        version=None if gives else version_of(body.kind, seen, body.version),
        text=body.text,
        minutes=body.minutes,
        cause=body.cause,
        organisation=body.organisation,
        technician=body.technician,
        order_version=_order_version(body, seen) if gives else None,
    )
    outcome = act_on_alarm(services.store, user, alarm_id, asked)
    return reply(request, answer, outcome, user, seen)


def _order_version(body: AlarmActIn, seen: str | None) -> int | None:
    """The version of the order that a desk saw; None: it gives the work out whatever it is now.

    Raises:
        VersionNeeded: It says neither.
    """
    if seen is not None and seen.strip() == "*":
        return None
    if body.order_version is None:
        raise VersionNeeded(
            "dispatch needs order_version of the alarm as it was seen, or If-Match: *"
        )
    return body.order_version


@router.get("/alarm-load", summary="Alarms per desk and 10 minutes", responses=problems(400))
def list_load(
    services: ServicesOf, user: UserOf, now: Now, limit: Limit = 100, after: After = None
) -> Page[LoadModel]:
    """The last day, newest first, before and after folding."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_load(
            connection, now - _DAY, after=cursor.to_moment(after), limit=limit + 1
        )
    return page_of(
        lines, limit, lambda one: one, lambda one: cursor.of_moment(one.bucket, one.desk)
    )
