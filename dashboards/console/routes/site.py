"""Compounds as tiles, and the buildings of one compound in section with their lifts moving."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from dashboards.console.errors import NotFound
from dashboards.console.present import Presenter
from dashboards.console.role import Ability
from dashboards.console.section import (
    REPORTING,
    Building,
    Car,
    Floor,
    Look,
    Thing,
    draw_building,
    look_of,
    place_car,
)
from dashboards.console.store import alarm as alarms
from dashboards.console.store import live, site
from dashboards.console.web import (
    Now,
    ServicesOf,
    UserOf,
    language_of,
    page,
    require,
    strip_context,
)
from gateway.catalogue import asset_class
from ingest.database import Connection

router = APIRouter(include_in_schema=False)
_SITES: Final = 500
_MOST_ALARMS: Final = 50
_CARS_SINCE: Final = timedelta(hours=1)
_LIFT: Final = asset_class("lift")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A compound as it is drawn: its buildings, its cars, and what stands outside of buildings."""

    site: site.Site
    buildings: tuple[Building, ...]
    cars: dict[int, Car]
    outside: tuple[tuple[Thing, Look], ...]
    """The most urgent alarm of each device that asks for attention."""


class CarModel(BaseModel):
    """A car as the page moves it; see `section.Car`."""

    model_config = ConfigDict(frozen=True)

    id: int
    y: int
    storey: str
    direction: int
    open: bool
    person: bool
    stale: bool
    words: str


@router.get("/sites")
def list_sites(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    wall: Annotated[bool, Query()] = False,
) -> Response:
    """Every compound of the scope as a tile, the most urgent first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        sites = site.fetch_sites(connection, limit=_SITES)
        strip = strip_context(connection, now)
    context = {**strip, "sites": sites, "wall": wall, "stream_from": stream_from}
    return page(request, "site/list.html", context, user=user)


@router.get("/sites/{code}")
def show_site(
    request: Request, services: ServicesOf, user: UserOf, now: Now, code: str
) -> Response:
    """The compound's buildings in section, with every device and its state."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        drawing = draw_site(connection, code, now)
        wanted = alarms.AlarmFilter(shown=alarms.DESK, place_path=drawing.site.path)
        lines = alarms.fetch_open_alarms(connection, wanted, limit=_MOST_ALARMS)
        strip = strip_context(connection, now)
    context = {
        **strip,
        "drawing": drawing,
        "lines": lines,
        "say_car": lambda car: car_words(Presenter(language_of(request, user)), car),
        "stream_from": stream_from,
    }
    return page(request, "site/section.html", context, user=user)


@router.get("/sites/{code}/cars")
def show_cars(
    request: Request, services: ServicesOf, user: UserOf, now: Now, code: str
) -> list[CarModel]:
    """Where the compound's cars are; the page asks every second while somebody looks."""
    require(user, Ability.WATCH)
    say = Presenter(language_of(request, user))
    with services.store.scoped(user.scope) as connection:
        cars = draw_site(connection, code, now).cars
    return [
        CarModel(
            id=car.asset_id,
            y=car.y,
            storey="-" if car.storey is None else str(car.storey),
            direction=car.direction,
            open=car.is_open,
            person=car.has_person,
            stale=car.is_stale,
            words=car_words(say, car),
        )
        for car in cars.values()
    ]


def draw_site(connection: Connection, code: str, now: datetime) -> Drawing:
    """Read a compound and lay it out.

    Raises:
        NotFound: The scope shows no such compound.
    """
    found = site.fetch_site(connection, code)
    if found is None:
        raise NotFound(f"no compound {code}")
    places = site.fetch_floors(connection, found.path)
    things = site.fetch_things(connection, found.path, now)
    looks = {one.id: look_of(one, now, speaks_always=speaks_always(one)) for one in things}
    buildings = tuple(
        draw_building(
            place,
            [one for one in places if one.level == "floor" and one.parent == place.code],
            [one for one in things if one.place_code in _codes_below(place.code, places)],
            looks,
        )
        for place in places
        if place.level == "building"
    )
    inside = {place.code for place in places if place.level != "compound"}
    shafts = [(shaft, one.tops) for one in buildings for shaft in one.shafts]
    frames = site.fetch_cars(connection, [shaft.thing.id for shaft, _ in shafts], now - _CARS_SINCE)
    return Drawing(
        site=found,
        buildings=buildings,
        cars={
            shaft.thing.id: place_car(shaft, tops, frames.get(shaft.thing.id), now, _LIFT.silence_s)
            for shaft, tops in shafts
        },
        outside=tuple((one, looks[one.id]) for one in things if one.place_code not in inside),
    )


def speaks_always(thing: Thing) -> bool:
    """Whether silence of the asset's class is told within the time that counts as reporting."""
    return asset_class(thing.asset_class).silence_s <= REPORTING.total_seconds()


def car_words(say: Presenter, car: Car) -> str:
    """A car's state in words, for those who cannot see the drawing."""
    _ = say.translate
    if car.storey is None:
        return _("没有数据")
    parts = [_("{n} 层").format(n=car.storey)]
    parts += [{1: _("上行"), -1: _("下行"), 0: _("停止")}[car.direction]]
    parts += [_("门开")] if car.is_open else []
    parts += [_("有人")] if car.has_person else []
    parts += [_("检修")] if car.is_inspected else []
    parts += [_("数据陈旧")] if car.is_stale else []
    return " · ".join(parts)


def _codes_below(code: str, places: list[Floor]) -> set[str]:
    return {code, *(one.code for one in places if one.parent == code)}
