"""What is kept from the desk, what waits for a second person, and how loaded the desks are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response as Answer

from analytics.act import ActKind
from analytics.alarms.mark import FLOOD, MANAGEABLE
from dashboards.console.act import Asked
from dashboards.console.hold import act_on_asset, act_on_proposal
from dashboards.console.role import Ability
from dashboards.console.routes.alarm import Key, Minutes, Words, answer
from dashboards.console.store import alarm as alarms
from dashboards.console.store import hold as holds
from dashboards.console.store import live
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
_MOST: Final = 200
_DAY: Final = timedelta(days=1)
_BIN: Final = timedelta(minutes=10)
_MOST_BINS: Final = 5000
_WEEK: Final = timedelta(days=7)
Held = Literal["shelved", "suppressed", "out_of_service", "folded"]


@router.get("/held", include_in_schema=False)
def show_held(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    state: Annotated[Held, Query()] = "shelved",
) -> Answer:
    """Everything that is kept from the desk: by whom, why, until when; and what waits for two."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        wanted = alarms.AlarmFilter(shown=state)
        lines = alarms.fetch_open_alarms(connection, wanted, limit=_MOST)
        running = holds.fetch_holds(connection, limit=_MOST)
        waiting = holds.fetch_proposals(connection, now, limit=_MOST)
        strip = strip_context(connection, now)
    context = {
        **strip,
        "state": state,
        "lines": lines,
        "holds": running,
        "proposals": waiting,
        "acts": ActKind,
        "stream_from": stream_from,
    }
    return page(request, "held.html", context, user=user)


@router.get("/load", include_in_schema=False)
def show_load(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Answer:
    """How many alarms each desk had per 10 minutes, and which conditions make most of them."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        lines = holds.fetch_load(connection, now - _DAY, limit=_MOST_BINS)
        actors = holds.fetch_bad_actors(connection, now - _WEEK, limit=10)
        marks = holds.count_marks(connection, now - _DAY)
        strip = strip_context(connection, now)
    context = {
        **strip,
        "lines": [line for line in lines if line.shown > MANAGEABLE][:_MOST],
        "bars": load_bars(lines, now),
        "hours": [now - _DAY + quarter * _DAY / 4 for quarter in range(5)],
        "total": sum(line.shown for line in lines),
        "worst": max((line.shown for line in lines), default=0),
        "actors": actors,
        "marks": marks,
        "floods": sum(line.shown > FLOOD for line in lines),
        "flood": FLOOD,
        "manageable": MANAGEABLE,
        "stream_from": stream_from,
    }
    return page(request, "load.html", context, user=user)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Alarms of ten minutes at the most loaded desk; x counts from the left."""

    at: datetime
    x: int
    shown: int


def load_bars(lines: Sequence[holds.LoadLine], now: datetime) -> list[Bar]:
    """The last day in ten minutes each, the desk with the most alarms of each; none: no bar."""
    worst: dict[datetime, int] = {}
    for line in lines:
        worst[line.bucket] = max(worst.get(line.bucket, 0), line.shown)
    bins = _DAY // _BIN
    bars = (Bar(at=at, x=bins - 1 - (now - at) // _BIN, shown=shown) for at, shown in worst.items())
    return sorted((bar for bar in bars if 0 <= bar.x < bins), key=lambda bar: bar.x)


@router.post("/assets/{asset_id}/{kind}", include_in_schema=False)
def act_on_asset_page(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    asset_id: int,
    kind: str,
    text: Words = "",
    minutes: Minutes = None,
    key: Key = None,
) -> Answer:
    """Propose to take an asset out of service, or return it."""
    asked = Asked(kind=kind, key=key, text=text, minutes=minutes)
    outcome = act_on_asset(services.store, user, asset_id, asked)
    return answer(request, outcome, language_of(request, user), f"/assets/{asset_id}")


@router.post("/proposals/{proposal_id}/{kind}", include_in_schema=False)
def act_on_proposal_page(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    proposal_id: int,
    kind: str,
    text: Annotated[str, Form(max_length=500)] = "",
    key: Key = None,
) -> Answer:
    """Approve or decline what somebody else proposed."""
    asked = Asked(kind=kind, key=key, text=text)
    outcome = act_on_proposal(services.store, user, proposal_id, asked, now)
    return answer(request, outcome, language_of(request, user), "/held")
