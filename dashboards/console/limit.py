"""Limits that administrators set and take back; each written down among their acts."""

from dataclasses import dataclass
from datetime import datetime

from analytics.act import ActKind
from analytics.act.limit_kind import SetLimit, WithdrawLimit
from analytics.act.store import is_filed
from analytics.detectors.limit import LIMITS, Limit
from analytics.limits.book import SettingId, Target
from dashboards.console.act import Asked, Outcome, carry, id_of, kind_of, person
from dashboards.console.errors import BadRequest, NotFound
from dashboards.console.role import User
from dashboards.console.store import admin
from dashboards.console.store import limit as store
from dashboards.console.store.pool import Store
from gateway.catalogue import asset_class


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitAsked:
    """A limit as a form describes it.

    Attributes:
        name: Class and metric, such as `lift.motor_temp`.
        value: [unit of the metric].
        standard: The catalogue's limit that it replaces [unit of the metric]; None: none.
        place: Code of a place; empty where an asset is named.
        asset: Code of an asset; empty: all of the class at the place.
        valid_from: None: at once.
    """

    name: str
    value: float
    is_floor: bool
    standard: float | None
    place: str
    asset: str
    valid_from: datetime | None


def standards_of(name: str, *, is_floor: bool) -> list[Limit]:
    """The catalogue's limits of a metric on one side."""
    return [
        one
        for one in LIMITS
        if f"{one.asset_class}.{one.metric}" == name and one.is_floor is is_floor
    ]


def set_limit(pool: Store, user: User, wanted: LimitAsked, asked: Asked, now: datetime) -> Outcome:
    """Set a limit.

    Raises:
        NotAllowed: The role sets no limits.
        NotFound: The scope shows no such place or asset.
        BadRequest: A reason is needed.
    """
    kind_of(asked, user)
    of_class, _, metric = wanted.name.partition(".")
    where, path = _where(pool, user, wanted)
    if not asked.text.strip():
        raise BadRequest("text: a reason is needed")
    target = Target(
        asset_class=of_class, metric=metric, is_floor=wanted.is_floor, standard=wanted.standard
    )
    is_repeated = _is_repeated(pool, asked)
    outcome = carry(
        pool,
        lambda: SetLimit(
            id=id_of(asked),
            by=person(user, path),
            text=asked.text.strip(),
            asset_class=of_class,
            metric=metric,
            is_floor=wanted.is_floor,
            value=wanted.value,
            standard=wanted.standard,
            place="" if wanted.asset else wanted.place,
            asset=wanted.asset,
            valid_from=wanted.valid_from,
        ),
    )
    if not is_repeated:
        words = _words(target, wanted.value)
        _note(pool, user, outcome, where, f"{words} · {asked.text.strip()}", now)
    return outcome


def _where(pool: Store, user: User, wanted: LimitAsked) -> tuple[str, str]:
    """What a place or an asset is called, and where it stands."""
    with pool.scoped(user.scope) as connection:
        if wanted.asset:
            path = admin.fetch_device_path(connection, wanted.asset)
            if path is not None:
                return wanted.asset, path
        elif (place := store.fetch_place(connection, wanted.place)) is not None:
            return place.name_zh, place.path
    raise NotFound(f"no place {wanted.place or wanted.asset}")


def _words(target: Target, value: float) -> str:
    """A limit as the list of what administrators did says it."""
    kind = asset_class(target.asset_class)
    metric = kind.metric(target.metric)
    named = target.metric if metric is None else metric.label.zh
    unit = "" if metric is None else metric.unit
    return f"{kind.label.zh} {named} {'<' if target.is_floor else '>'} {value:g} {unit}".strip()


def withdraw_limit(pool: Store, user: User, setting: int, asked: Asked, now: datetime) -> Outcome:
    """Take a limit back.

    Raises:
        NotAllowed: The role sets no limits.
        NotFound: The scope shows no such setting.
        BadRequest: A reason is needed.
    """
    kind_of(asked, user)
    with pool.scoped(user.scope) as connection:
        line = store.fetch_setting(connection, setting)
    if line is None:
        raise NotFound(f"no limit setting {setting}")
    is_repeated = _is_repeated(pool, asked)
    outcome = carry(
        pool,
        lambda: WithdrawLimit(
            id=id_of(asked),
            by=person(user, line.path),
            text=asked.text.strip(),
            setting=SettingId(setting),
        ),
    )
    if not is_repeated:
        words = _words(line.target, line.value)
        _note(pool, user, outcome, line.where_zh, f"{words} · {asked.text.strip()}", now)
    return outcome


def _is_repeated(pool: Store, asked: Asked) -> bool:
    """Whether a page asks again for what it asked for before: that is written down once."""
    if asked.key is None:
        return False
    with pool.connection() as connection:
        return is_filed(connection, id_of(asked))


def _note(  # noqa: PLR0913, PLR0917 - the columns of a line, each by name
    pool: Store, user: User, outcome: Outcome, subject: str, detail: str, now: datetime
) -> None:
    """Also while the alarm process has not answered: it will carry it out."""
    if outcome.result is not None and not outcome.result.is_done:
        return
    kind = ActKind(outcome.kind)
    with pool.scoped(user.scope, writes=True) as connection:
        admin.note(connection, user, kind.value, subject, detail, now)
