"""Administration: walk tests, rosters, users and sessions, gateways and keys, who did what."""

from collections.abc import Callable, Iterable
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import Response

from analytics.act import ActKind
from dashboards.console import admin, binding
from dashboards.console.act import Asked
from dashboards.console.errors import NotAllowed, NotFound
from dashboards.console.password import new_password
from dashboards.console.role import Ability, User
from dashboards.console.routes.alarm import Key, Words, answer
from dashboards.console.settings import FirstSignIn
from dashboards.console.store import admin as store
from dashboards.console.store import coverage
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
from dashboards.console.week import covered_words, expand, holes_words, is_covered
from dashboards.console.words import ADMIN_ACTS

router = APIRouter(include_in_schema=False)
_MOST: Final = 500
_MANY: Final = 3000
_NOTES: Final = 50
Code = Annotated[str, Form(max_length=60)]
Name = Annotated[str, Path(pattern="^[a-z0-9._-]{2,40}$")]
Week = Annotated[str, Form(max_length=2000)]
Whose = TypeVar("Whose", store.TechnicianWeek, store.DeskWeek)


@router.get("/admin")
def show_admin(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    act: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """What there is to administer, and what administrators did."""
    require(user, Ability.ADMIN)
    with services.store.scoped(user.scope) as connection:
        notes = store.fetch_notes(connection, limit=_NOTES, kind=act or None)
        strip = strip_context(connection, now)
    context = {**strip, "notes": notes, "kinds": tuple(ADMIN_ACTS), "chosen": act}
    return page(request, "admin/home.html", context, user=user)


@router.get("/admin/walk")
def show_walk(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    place: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Walk tests 点位实测 of a compound: which device is monitored, which is being set off."""
    _require_act(user, ActKind.WALK_BEGIN)
    with services.store.scoped(user.scope) as connection:
        weeks = store.fetch_desk_weeks(connection, limit=_MANY)
        if not place and len({week.code for week in weeks}) == 1:
            place = weeks[0].code
        here = coverage.fetch_place(connection, place) if place else None
        if place and here is None:
            raise NotFound(f"no place {place}")
        devices = store.fetch_walks(connection, place, limit=_MOST) if place else []
        strip = strip_context(connection, now)
    compounds = {week.code: (week.name_zh, week.name_en) for week in weeks}
    context = {**strip, "here": here, "devices": devices, "compounds": compounds, "acts": ActKind}
    return page(request, "admin/walk.html", context, user=user)


@router.post("/admin/walk")
def begin_walk(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    assets: Annotated[list[Code], Form()],
    text: Words = "",
    key: Key = None,
) -> Response:
    """These devices are going to be set off."""
    asked = Asked(kind=ActKind.WALK_BEGIN, key=key, text=text)
    outcome = admin.begin_walk(services.store, user, assets, asked)
    return answer(request, outcome, language_of(request, user), "/admin/walk")


@router.post("/admin/walks/{walk_id}/{kind}")
def end_walk(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    walk_id: Annotated[int, Path(ge=1, le=2**62)],
    kind: str,
    text: Words = "",
    key: Key = None,
) -> Response:
    """The platform heard the device and it stands where it says; or something is wrong."""
    if kind not in {ActKind.WALK_PASS, ActKind.WALK_FAIL}:
        raise NotFound(f"no act {kind}")
    asked = Asked(kind=kind, key=key, text=text)
    outcome = admin.end_walk(services.store, user, walk_id, asked)
    return answer(request, outcome, language_of(request, user), "/admin/walk")


@router.get("/admin/roster")
def show_roster(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """Weeks 排班 of technicians and desks, and the hours that nobody covers."""
    if not (user.may_act(ActKind.ROSTER_SET) or user.may_act(ActKind.DESK_SET)):
        raise NotAllowed("your role may not do this")
    language = language_of(request, user)
    with services.store.scoped(user.scope) as connection:
        technicians = store.fetch_technician_weeks(connection, limit=_MANY)
        desks = store.fetch_desk_weeks(connection, limit=_MANY)
        strip = strip_context(connection, now)
    firms = _grouped(technicians, lambda week: (week.firm_zh, week.firm_en))
    compounds = _grouped(desks, lambda week: (week.code, week.name_zh, week.name_en))
    context = {
        **strip,
        "acts": ActKind,
        "firms": [
            (names, weeks, holes_words(_shifts(weeks), language)) for names, weeks in firms.items()
        ],
        "compounds": [
            (names, [week for week in weeks if week.person], holes_words(_shifts(weeks), language))
            for names, weeks in compounds.items()
        ],
        "is_covered": lambda weeks: is_covered(_shifts(weeks), now),
        "week_of": lambda shifts: covered_words(shifts or (), language),
    }
    return page(request, "admin/roster.html", context, user=user)


def _grouped(
    weeks: Iterable[Whose], key: Callable[[Whose], tuple[str, ...]]
) -> dict[tuple[str, ...], list[Whose]]:
    """Weeks by whose they are, in the order in which those come first."""
    found: dict[tuple[str, ...], list[Whose]] = {}
    for week in weeks:
        found.setdefault(key(week), []).append(week)
    return found


def _shifts(weeks: Iterable[store.TechnicianWeek | store.DeskWeek]) -> list[str]:
    return [shift for week in weeks for shift in week.shifts or ()]


@router.post("/admin/roster/technicians/{name}")
def set_roster(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    name: Name,
    week: Week = "",
    key: Key = None,
) -> Response:
    """A technician's week; dispatch goes by it from then on."""
    asked = Asked(kind=ActKind.ROSTER_SET, key=key)
    outcome = admin.set_roster(services.store, user, name, expand(week), asked)
    return answer(request, outcome, language_of(request, user), "/admin/roster")


@router.post("/admin/roster/desks/{code}")
def set_desk(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    code: Annotated[str, Path(pattern="^[A-Za-z0-9_]{1,60}$")],
    who: Annotated[str, Form(max_length=40)],
    week: Week = "",
    key: Key = None,
) -> Response:
    """A person's week at the desk of a compound."""
    wanted = admin.DeskAsked(place=code, who=who.strip(), shifts=expand(week))
    asked = Asked(kind=ActKind.DESK_SET, key=key)
    outcome = admin.set_desk(services.store, user, wanted, asked)
    return answer(request, outcome, language_of(request, user), "/admin/roster")


@router.get("/admin/gateways")
def show_gateways(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """Gateways and keys: their state, and the command that changes them.

    The console has no right on the broker's files, and no password of a gateway ever passes
    through a browser: what changes them is run by whoever runs the platform.
    """
    require(user, Ability.ADMIN)
    with services.store.scoped(user.scope) as connection:
        gateways = store.fetch_gateways(connection, limit=_MANY)
        agreements = store.fetch_agreements(connection, limit=_MOST)
        strip = strip_context(connection, now)
    context = {**strip, "gateways": gateways, "agreements": agreements}
    return page(request, "admin/gateways.html", context, user=user)


@router.get("/admin/users")
def show_users(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """Users whose whole scope lies within the own, with their open sessions."""
    require(user, Ability.ADMIN)
    return _users(request, services, user, now)


def _users(
    request: Request,
    services: ServicesOf,
    user: User,
    now: Now,
    shown: tuple[str, str] | None = None,
) -> Response:
    with services.store.scoped(user.scope) as connection:
        found = store.fetch_users(connection, limit=_MANY)
        strip = strip_context(connection, now)
    roles = sorted(role.value for role in admin.MAY_MAKE.get(user.role, frozenset()))
    context = {
        **strip,
        "users": found,
        "roles": roles,
        "shown": shown,
        "waiting": binding.waiting(services.store, user),
        "has_addresses": services.settings.oidc_first_sign_in is FirstSignIn.VERIFIED_EMAIL,
    }
    return page(request, "admin/users.html", context, user=user)


@router.post("/admin/users")
def put_user(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    name: Annotated[str, Form(max_length=40)],
    role: Annotated[str, Form(max_length=40)],
    title: Annotated[str, Form(max_length=60)] = "",
    places: Annotated[str, Form(max_length=600)] = "",
    organisation: Code = "",
    language: Annotated[str, Form(max_length=2)] = "zh",
    address: Annotated[str, Form(max_length=200, pattern=r"^(\s*[^@\s]+@[^@\s]+\s*)?$")] = "",
) -> Response:
    """Make or change a user; the new password stands on the answer and nowhere else."""
    require(user, Ability.ADMIN)
    password = new_password()
    wanted = admin.Wanted(
        name=name.strip(),
        role=role,
        display_name=title.strip() or name.strip(),
        places=tuple(places.split()),
        organisation=organisation.strip(),
        language=language,
        address=address,
    )
    admin.put_user(services.store, user, wanted, password, now)
    return _users(request, services, user, now, (wanted.name, password))


@router.post("/admin/users/{name}/password")
def give_password(
    request: Request, services: ServicesOf, user: ActingUser, now: Now, name: Name
) -> Response:
    """Another password, shown once; the sessions end."""
    require(user, Ability.ADMIN)
    password = new_password()
    admin.give_password(services.store, user, name, password, now)
    return _users(request, services, user, now, (name, password))


@router.post("/admin/users/{name}/disable")
def shut_out(services: ServicesOf, user: ActingUser, now: Now, name: Name) -> Response:
    """Take the user's access away at once."""
    require(user, Ability.ADMIN)
    admin.shut_out(services.store, user, name, now)
    return see_other("/admin/users")


@router.post("/admin/users/{name}/log-out")
def end_sessions(services: ServicesOf, user: ActingUser, now: Now, name: Name) -> Response:
    """Log the user out everywhere."""
    require(user, Ability.ADMIN)
    admin.end_sessions(services.store, user, name, now)
    return see_other("/admin/users")


def _require_act(user: User, kind: ActKind) -> None:
    if not user.may_act(kind):
        raise NotAllowed("your role may not do this")
