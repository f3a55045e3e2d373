"""The bureau's desk over all companies: cards, its steps, and the nightly list."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from analytics.act import ActKind
from analytics.supervision.period import Period, Rhythm
from analytics.supervision.store import today
from dashboards.console.export import hand_out, table
from dashboards.console.language import N_
from dashboards.console.present import clock_time
from dashboards.console.role import Ability, User
from dashboards.console.store import alarm as alarms
from dashboards.console.store import asset as assets
from dashboards.console.store import bureau as store
from dashboards.console.store import live, safety
from dashboards.console.store.pool import Store
from dashboards.console.web import Now, ServicesOf, UserOf, page, require, strip_context
from gateway.catalogue import asset_class
from ingest.database import Connection

router = APIRouter(include_in_schema=False)
_BUREAU: Final = 100
_MOST: Final = 2000
_CARDS: Final = 20
"""Open alarms with a card of their own; the rest stand in the list."""
_FRESH: Final = timedelta(minutes=10)
_STEPS: Final = (
    (ActKind.BUREAU_RECEIVE, N_("已收到")),
    (ActKind.TAKE_OVER, N_("接管")),
    (ActKind.BUREAU_SET_OUT, N_("已出动")),
    (ActKind.BUREAU_CLOSE, N_("处置完毕")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterLine:
    """A transmitter or pump with what it last said; nothing: it said nothing lately."""

    thing: store.Water
    latest: assets.Latest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything that is known around one open alarm.

    Attributes:
        step: The next step that the bureau may take; None: it is over for it.
    """

    line: alarms.AlarmLine
    site: store.Site | None
    neighbours: tuple[store.Neighbour, ...]
    water: tuple[WaterLine, ...]
    phones: tuple[store.Phone, ...]
    rescue: safety.RescueLine | None
    steps: tuple[store.Step, ...]
    step: tuple[ActKind, str] | None


@router.get("/bureau")
def show_bureau(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    most: Annotated[int, Query(ge=_BUREAU, le=_MOST)] = _BUREAU,
) -> Response:
    """Life-safety alarms of the scope as cards, and everything that was sent to the bureau.

    What nobody of the bureau has received comes first, and lifts whose people are out come last of theirs; what is not listed is counted and one press away.
    """
    require(user, Ability.BUREAU)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        lines = alarms.fetch_bureau_alarms(connection, limit=most)
        listed = {line.id for line in lines}
        # However many came after it, what nobody has received is listed.
        unheard = [one.id for one in store.fetch_unheard(connection) if one.id not in listed]
        lines += alarms.fetch_alarms(connection, unheard)
        steps = store.fetch_steps(connection, [line.id for line in lines])
        received = {step.alarm_id for step in steps}
        opened = [line for line in lines if line.closed_at is None and line.is_life_safety]
        rest = [line for line in lines if line.closed_at is not None or not line.is_life_safety]
        opened.sort(key=lambda line: (line.id in received, line.freed is not None))
        whole = alarms.count_bureau(connection)
        cards = _cards(connection, user, opened[:_CARDS], steps, now)
        fallback = store.fetch_phones(connection, None, now)
        strip = strip_context(connection, now) | sounding_of(connection, user)
    context = {
        **strip,
        "cards": cards,
        "whole": whole,
        "unlisted": max(0, whole - len(opened)),
        "more": min(_MOST, most + 4 * _BUREAU),
        "here": "/bureau" if most == _BUREAU else f"/bureau?most={most}",
        "alarms": [*opened[_CARDS:], *rest],
        "last_step": {step.alarm_id: step for step in steps},
        "fallback": fallback,
        "stream_from": stream_from,
        "yesterday": today(now) - timedelta(days=1),
    }
    return page(request, "bureau/desk.html", context, user=user)


def _cards(
    connection: Connection,
    user: User,
    lines: list[alarms.AlarmLine],
    steps: list[store.Step],
    now: datetime,
) -> list[Card]:
    sites = store.fetch_sites(connection, [line.id for line in lines])
    water: dict[str, tuple[WaterLine, ...]] = {}
    found = []
    for line in lines:
        site = sites.get(line.id)
        compound = "" if site is None else site.compound
        if compound and compound not in water:
            water[compound] = _water(connection, compound, now)
        own = tuple(step for step in steps if step.alarm_id == line.id)
        is_fire = line.alarm_group == "fire" and compound
        found.append(
            Card(
                line=line,
                site=site,
                neighbours=tuple(store.fetch_neighbours(connection, line.asset_id, compound, now))
                if is_fire
                else (),
                water=water.get(compound, ()) if is_fire else (),
                phones=tuple(store.fetch_phones(connection, line.place_path, now)),
                rescue=safety.fetch_rescue(connection, line.id, line.asset_id),
                steps=own,
                step=next_step(user, own),
            )
        )
    return found


def _water(connection: Connection, compound: str, now: datetime) -> tuple[WaterLine, ...]:
    return tuple(
        WaterLine(
            thing=thing,
            latest=assets.fetch_latest(
                connection, asset_class(thing.asset_class), thing.id, now - _FRESH
            ),
        )
        for thing in store.fetch_water(connection, compound)
    )


def next_step(user: User, taken: tuple[store.Step, ...]) -> tuple[ActKind, str] | None:
    """The bureau's next step, where the user may take it."""
    done = max((store.STEPS.index(step.trigger) for step in taken), default=-1)
    left = _STEPS[done + 1 :]
    return left[0] if left and user.may_act(left[0][0]) else None


def sounding_of(connection: Connection, user: User) -> dict[str, object]:
    """What the bureau's desk hears: what nobody there has received; nobody else's is changed."""
    if not user.may_act(ActKind.BUREAU_RECEIVE):
        return {}
    return {
        "sounding": [
            {"id": one.id, "sound": one.alarm_group} for one in store.fetch_unheard(connection)
        ]
    }


def note_desk(pool: Store, user: User, now: datetime) -> None:
    """The bureau's page is open: the other end sees when it is not."""
    if not user.may_act(ActKind.BUREAU_RECEIVE) or user.organisation_id is None:
        return
    with pool.transaction() as connection:
        store.note_beat(connection, user.organisation_id, now)


@router.get("/bureau/day")
def show_day(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    day: Annotated[date | None, Query()] = None,
) -> Response:
    """The nightly list: what was sent on a day against what arrived, for both ends to compare."""
    require(user, Ability.WATCH)
    chosen = day or today(now) - timedelta(days=1)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        lines = _day(connection, chosen)
        strip = strip_context(connection, now)
    context = {
        **strip,
        "stream_from": stream_from,
        "day": chosen,
        "before": chosen - timedelta(days=1),
        "after": chosen + timedelta(days=1) if chosen < today(now) else None,
        "lines": lines,
        "sent": sum(line.sent for line in lines),
        "received": sum(line.received for line in lines),
        "holes": [line for line in lines if not line.is_whole],
    }
    return page(request, "bureau/day.html", context, user=user)


@router.get("/bureau/day.csv")
def give_day(
    services: ServicesOf, user: UserOf, now: Now, day: Annotated[date, Query()]
) -> Response:
    """The nightly list as a table; that it was taken is written down."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = _day(connection, day)
    header = ("alarm", "event", "raised_at", "place", "sent", "received", "receipts", "taken_at")
    rows = [
        (
            line.alarm_id,
            line.event,
            clock_time(line.raised_at),
            line.place_zh,
            line.sent,
            line.received,
            line.receipts,
            clock_time(line.person_at),
        )
        for line in lines
    ]
    name = f"bureau-{day.isoformat()}.csv"
    return hand_out(services.store, user, name, table(header, rows), len(rows), now)


def _day(connection: Connection, day: date) -> list[store.DayLine]:
    period = Period.around(day, Rhythm.DAY)
    return store.fetch_day(connection, period.begins_at, period.ends_at)
