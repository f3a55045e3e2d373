"""One alarm: what it is, what to do, who did what; and the acts on it."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Form, Header, Request
from starlette.responses import JSONResponse, Response

from analytics.act import ActKind
from analytics.alarms.cause import causes_of
from dashboards.console.act import Asked, Outcome, act_on_alarm, words_of
from dashboards.console.errors import NotFound
from dashboards.console.present import kind_of
from dashboards.console.role import Ability
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

Version = Annotated[int | None, Form()]
Minutes = Annotated[int | None, Form(ge=1, le=100_000)]
Words = Annotated[str, Form(max_length=500)]
Cause = Annotated[str, Form(max_length=40)]
Key = Annotated[str | None, Header(alias="Idempotency-Key")]


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
    key: Key = None,
) -> Response:
    """Acknowledge, judge, reset or shelve; the answer is the alarm process's word."""
    asked = Asked(kind=kind, key=key, version=version, text=text, minutes=minutes, cause=cause)
    outcome = act_on_alarm(services.store, user, alarm_id, asked)
    return answer(request, outcome, language_of(request, user), f"/alarms/{alarm_id}")


def answer(request: Request, outcome: Outcome, language: str, back: str) -> Response:
    """What became of an act: JSON for the page's own script, the page again without it."""
    if "application/json" not in request.headers.get("accept", ""):
        return see_other(back)
    said = {"state": outcome.state.value, "message": words_of(outcome, language)}
    return JSONResponse(said, status_code=outcome.status)
