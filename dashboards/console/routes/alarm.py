"""One alarm: what it is, what to do, who did what; and the acts on it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Form, Header, Request
from starlette.responses import JSONResponse, Response

from analytics.act import ActKind
from analytics.alarms.alarm import Trigger
from analytics.alarms.cause import causes_of
from analytics.alarms.taking_back import WITHIN, Said, Slip, slip_of
from dashboards.console.act import Asked, Outcome, act_on_alarm, words_of
from dashboards.console.dispatch import GIVABLE, propose
from dashboards.console.errors import NotFound
from dashboards.console.present import kind_of
from dashboards.console.role import Ability, User
from dashboards.console.store import alarm as alarms
from dashboards.console.store import live, safety
from dashboards.console.web import (
    ActingUser,
    Now,
    ServicesOf,
    UserOf,
    language_of,
    page,
    require,
    see_other,
    strip_context,
)
from gateway.catalogue import Ending, asset_class

router = APIRouter(include_in_schema=False)
AROUND: Final = timedelta(minutes=15)
"""How much of the trend before and after an alarm is shown."""

_KNOWN: Final = frozenset(Trigger) - {Trigger.COMMENT}

Version = Annotated[int | None, Form()]
Minutes = Annotated[int | None, Form(ge=1, le=100_000)]
Words = Annotated[str, Form(max_length=500)]
Cause = Annotated[str, Form(max_length=40)]
Key = Annotated[str | None, Header(alias="Idempotency-Key")]
Whom = Annotated[str, Form(max_length=120)]
"""Code of an organisation, or that and a technician of it: `code/name`."""


@router.get("/alarms/{alarm_id}")
def show_alarm(
    request: Request, services: ServicesOf, user: UserOf, now: Now, alarm_id: int
) -> Response:
    """The alarm with its timeline, order, clocks and the asset's trend around it."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        lines = alarms.fetch_alarms(connection, [alarm_id])
        if not lines:
            raise NotFound(f"no alarm {alarm_id}")
        timeline = alarms.fetch_timeline(connection, alarm_id)
        clocks = alarms.fetch_running_clocks(connection, alarm_id)
        strip = strip_context(connection, now)
        rescue = safety.fetch_rescue(connection, alarm_id, lines[0].asset_id)
        facts = [] if rescue is None else safety.fetch_rescue_facts(connection, rescue.id)
        line = lines[0]
        may_give = line.closed_at is None and user.may_act(ActKind.DISPATCH)
        is_givable = may_give and (line.order_state or "") in GIVABLE
        proposal = propose(connection, line, now) if is_givable else None
    kind = kind_of(line)
    return page(
        request,
        "alarm/detail.html",
        {
            **strip,
            "line": line,
            "kind": kind,
            "acts": ActKind,
            "rescue": rescue,
            "rescue_facts": facts,
            "real_causes": causes_of(kind.group, is_real=True),
            "false_causes": causes_of(kind.group, is_real=False),
            "may_give": may_give,
            "proposal": proposal,
            "slip_until": _slip_until(user, line, timeline, now),
            "latches": kind.ending is Ending.LATCHES,
            "timeline": timeline,
            "clocks": clocks,
            "stream_from": stream_from,
            "has_trend": asset_class(line.asset_class).table is not None,
            "trend_since": line.raised_at - AROUND,
            "trend_until": line.raised_at + AROUND,
        },
        user=user,
    )


def _slip_until(
    user: User, line: alarms.AlarmLine, timeline: Sequence[alarms.TimelineRow], now: datetime
) -> datetime | None:
    """Until when the user may take the own last act on the alarm back; None: there is none."""
    if line.closed_at is not None or not user.may_act(ActKind.TAKE_BACK):
        return None
    history = [
        Said(trigger=Trigger(row.what), actor=row.who, role=row.who, at=row.at)
        for row in timeline
        if row.kind == "step" and row.what in _KNOWN
    ]
    slip = slip_of(history, user.name, now)
    return slip.at + WITHIN if isinstance(slip, Slip) else None


@router.post("/alarms/{alarm_id}/{kind}")
def act(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    alarm_id: int,
    kind: str,
    version: Version = None,
    text: Words = "",
    cause: Cause = "",
    minutes: Minutes = None,
    to: Whom = "",
    order_version: Version = None,
    key: Key = None,
) -> Response:
    """Acknowledge, judge, dispatch, reset or shelve; the answer is the alarm process's word."""
    organisation, _, technician = to.partition("/")
    asked = Asked(
        kind=kind,
        key=key,
        version=version,
        text=text,
        minutes=minutes,
        cause=cause,
        organisation=organisation,
        technician=technician,
        order_version=order_version,
    )
    outcome = act_on_alarm(services.store, user, alarm_id, asked)
    return answer(request, outcome, language_of(request, user), f"/alarms/{alarm_id}")


def answer(request: Request, outcome: Outcome, language: str, back: str) -> Response:
    """What became of an act: JSON for the page's own script, the page again without it."""
    if "application/json" not in request.headers.get("accept", ""):
        return see_other(back)
    said = {"state": outcome.state.value, "message": words_of(outcome, language)}
    return JSONResponse(said, status_code=outcome.status)
