"""Supervision 监督: scores and reports of the scope, measures step by step, files with a log."""

from datetime import date, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import Response

from analytics.errors import BadAssessment, BadPeriod, MeasureRefused
from analytics.supervision import store as measures
from analytics.supervision.facts import fetch_place, fetch_streets, gather
from analytics.supervision.measure import (
    MAY,
    NAMES,
    SETS_DEADLINE,
    TRANSITIONS,
    Kind,
    Role,
    Stage,
    Step,
)
from analytics.supervision.period import Period, Rhythm
from analytics.supervision.store import Number, today
from dashboards.bulletin.compose import Material, Street, compose
from dashboards.bulletin.document import Document
from dashboards.bulletin.render import Format, draw, plain
from dashboards.bulletin.sheet import compose_sheet
from dashboards.bulletin.words import STAGES, STEPS
from dashboards.console.errors import NotFound
from dashboards.console.export import hand_out
from dashboards.console.reply import version_of
from dashboards.console.role import Ability, User
from dashboards.console.role import Role as UserRole
from dashboards.console.routes.alarm import Key, Version, answer
from dashboards.console.store import board as exports
from dashboards.console.store import coverage, live
from dashboards.console.supervise import MeasureStepIn, step_measure
from dashboards.console.web import (
    ActingUser,
    Now,
    Services,
    ServicesOf,
    UserOf,
    language_of,
    page,
    require,
    strip_context,
)
from ingest.database import Connection

router = APIRouter(include_in_schema=False)
PeriodName = Annotated[str, Query(max_length=12)]
PlaceCode = Annotated[str, Query(max_length=60, pattern="^[A-Za-z0-9_]*$")]
MeasureNumber = Annotated[str, Path(pattern="^[A-Za-z0-9-]{1,40}$")]
_MOST: Final = 1000
_EXPORTS: Final = 20
_ROLES: Final = {
    UserRole.SUPERVISOR: Role.SUPERVISOR,
    UserRole.COMMUNITY: Role.COMMUNITY,
    UserRole.PROJECT_MANAGER: Role.COMPANY,
}
_RHYTHMS: Final = (
    Rhythm.DAY,
    Rhythm.WEEK,
    Rhythm.MONTH,
    Rhythm.QUARTER,
    Rhythm.HALF_YEAR,
    Rhythm.YEAR,
)


@router.get("/supervise")
def show(  # noqa: PLR0913, PLR0917 - the parts of a query
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    period: PeriodName = "",
    place: PlaceCode = "",
) -> Response:
    """The report of a period of the scope as a page, open measures, and links to its files."""
    require(user, Ability.SUPERVISE)
    chosen = _period(period, now)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        document = _report(connection, chosen, place or _top(user), now)
        lines = measures.fetch_measures(connection, limit=_MOST)
        taken = exports.fetch_exports(connection, _whose(user), _EXPORTS)
        strip = strip_context(connection, now)
    context = {
        **strip,
        "stream_from": stream_from,
        "period": chosen,
        "place": place or _top(user),
        "tops": [path.rsplit(".", maxsplit=1)[-1] for path in user.scope if path],
        "periods": [Period.around(today(now), rhythm) for rhythm in _RHYTHMS],
        "document": plain(document, language_of(request, user)),
        "measures": lines,
        "kinds": NAMES,
        "stages": STAGES,
        "exports": taken,
        "grafana_url": services.settings.grafana_url.rstrip("/"),
    }
    return page(request, "supervise/report.html", context, user=user)


@router.get("/supervise/report.{form}")
def give_report(  # noqa: PLR0913, PLR0917 - the parts of a query
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    form: Format,
    period: PeriodName = "",
    place: PlaceCode = "",
    table: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The report as a file: pages, sheets to print, or one of its tables."""
    require(user, Ability.SUPERVISE)
    with services.store.scoped(user.scope) as connection:
        document = _report(connection, _period(period, now), place or _top(user), now)
    return _file(services, user, document, form, language_of(request, user), table, now)


@router.get("/supervise/measures/{number}.{form}")
def give_measure(  # noqa: PLR0913, PLR0917 - the parts of a query
    request: Request,
    services: ServicesOf,
    user: UserOf,
    now: Now,
    number: MeasureNumber,
    form: Format,
) -> Response:
    """The notice as a file to print."""
    require(user, Ability.SUPERVISE)
    with services.store.scoped(user.scope) as connection:
        _, document = _sheet(connection, number)
    return _file(services, user, document, form, language_of(request, user), "", now)


@router.get("/supervise/measures/{number}")
def show_measure(
    request: Request, services: ServicesOf, user: UserOf, now: Now, number: MeasureNumber
) -> Response:
    """One measure: what it asks, on which facts, and the steps that this person may take."""
    require(user, Ability.SUPERVISE)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        measure, document = _sheet(connection, number)
        strip = strip_context(connection, now)
    context = {
        **strip,
        "stream_from": stream_from,
        "measure": measure,
        "document": plain(document, language_of(request, user)),
        "may_step": _may_step(user, measure),
        "step_words": STEPS,
        "sets_deadline": SETS_DEADLINE,
    }
    return page(request, "supervise/measure.html", context, user=user)


@router.post("/supervise/measures/{number}/step")
def take_step(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    number: MeasureNumber,
    step: Annotated[Step, Form()],
    text: Annotated[str, Form(min_length=1, max_length=2000)],
    due: Annotated[date | None, Form()] = None,
    appeal_until: Annotated[date | None, Form()] = None,
    version: Version = None,
    key: Key = None,
) -> Response:
    """Take a step of a measure; a person decides each, and says why."""
    body = MeasureStepIn(step=step, text=text, due=due, appeal_until=appeal_until, version=version)
    seen = version_of("measure_step", None, version)
    outcome = step_measure(services.store, user, number, body, key, seen)
    return answer(request, outcome, language_of(request, user), f"/supervise/measures/{number}")


def _top(user: User) -> str:
    """Code of the first place that the user sees; empty: the whole tree. A path ends with its code."""
    return user.scope[0].rsplit(".", maxsplit=1)[-1] if user.scope else ""


def _period(name: str, now: datetime) -> Period:
    try:
        return Period.parse(name) if name else Period.around(today(now), Rhythm.MONTH)
    except BadPeriod as error:
        raise NotFound(str(error)) from error


def _report(connection: Connection, period: Period, code: str, now: datetime) -> Document:
    """What the scope shows of a place and period; the database hides the rest."""
    if code and coverage.fetch_place(connection, code) is None:
        raise NotFound(f"no place {code}")
    try:
        place = fetch_place(connection, code)
    except BadAssessment as error:
        raise NotFound(str(error)) from error
    facts = gather(connection, period, place.path, now)
    streets: list[Street] = []
    if period.rhythm is Rhythm.MONTH:
        streets = [
            Street(name=one.name, facts=gather(connection, period, one.path, now))
            for one in fetch_streets(connection, place.path)
        ]
    opened = tuple(measures.fetch_measures(connection, limit=_MOST))
    return compose(Material(place=place.name, facts=facts, streets=tuple(streets), measures=opened))


def _sheet(connection: Connection, number: str) -> tuple[measures.Measure, Document]:
    try:
        measure = measures.fetch_measure(connection, Number(number))
    except MeasureRefused as error:
        raise NotFound(str(error)) from error
    return measure, compose_sheet(measure, measures.fetch_steps(connection, Number(number)))


def _may_step(user: User, measure: measures.Measure) -> list[Step]:
    """The steps that the procedure permits now and that are this role's."""
    role = _ROLES.get(user.role)
    table = TRANSITIONS[Kind(measure.kind)]
    stage = Stage(measure.stage)
    return [step for step in Step if role is MAY[step] and (stage, step) in table]


def _whose(user: User) -> str | None:
    """Auditors see what everybody has taken, others what they have."""
    return None if user.role in (UserRole.AUDITOR, UserRole.ADMIN) else user.name


def _file(  # noqa: PLR0913, PLR0917 - what a file is made of
    services: Services,
    user: User,
    document: Document,
    form: Format,
    language: str,
    table: str,
    now: datetime,
) -> Response:
    files = draw(document, form, language)
    rows = sum(len(one.rows) for one in document.tables)
    if form is Format.CSV:
        wanted = [one for one in files if one.name.endswith(f"-{table}.csv")]
        rows = sum(len(one.rows) for one in document.tables if one.key == table)
        files = wanted if table else []
    if not files:
        raise NotFound(f"no table {table!r}")
    return hand_out(services.store, user, files[0].name, files[0].content, rows, now)
