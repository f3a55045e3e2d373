"""A report becomes an order; one of trapped people or fire is an alarm at once, on the same path."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

from analytics import loop_store
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.act.work_kind import FileReport
from analytics.alarms.alarm import AlarmId, AssetId, Number, Word
from analytics.alarms.desk import Desk
from analytics.alarms.report import ConditionKey, PlacePath, Report
from analytics.alarms.store import Actor
from analytics.clocks.working_time import ALWAYS
from analytics.digest import digest_of
from analytics.duties.matrix import Answer, answer
from analytics.duties.responsibility import Responsibility, Spot, surroundings
from analytics.live import Announcement
from analytics.orders.duty import duty_for
from analytics.orders.move import Start, begin_clocks
from analytics.orders.report import LABELS, LIFE_SAFETY, Category, LifeSafety, cause_of
from analytics.orders.store import NewOrder, open_order
from analytics.orders.work_order import OrderId
from gateway.catalogue import Ending, event_kind
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "report.sql")
_ANY_HOUR: Final = frozenset(
    {Category.FIRE_LANE, Category.EBIKE, Category.LIFT_FAULT, Category.FIRE_EQUIPMENT}
)
"""Reports whose clocks run by night too."""
GATEWAY: Final = "report"
"""Stands where a device's gateway would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What a report is about."""

    place_path: PlacePath
    place_zh: str
    asset_id: AssetId | None = None
    asset_class: str = ""
    asset_zh: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What became of a report."""

    alarm_id: AlarmId | None = None
    order_id: OrderId | None = None


class ReportOffice:
    """Takes reports in, inside the caller's transaction."""

    def __init__(self, responsibility: Responsibility) -> None:
        self._responsibility = responsibility
        self._desk = Desk(responsibility)

    def file(self, connection: Connection, act: FileReport, now: datetime) -> ActResult:
        """Open what the report asks for, or say why not; a hotline's case is taken in once."""
        if act.case_number and _is_known(connection, act.case_number):
            return CARRIED_OUT
        where = _where(connection, act)
        if where is None:
            return refused(Refusal.NO_PLACE)
        if act.by.scope and not act.by.may_see(where.place_path):
            return refused(Refusal.SCOPE)
        made = self._open(connection, act, where, now)
        keep_report(connection, act, where, now, alarm_id=made.alarm_id, order_id=made.order_id)
        return CARRIED_OUT

    def _open(self, connection: Connection, act: FileReport, where: Where, now: datetime) -> _Made:
        if act.is_fine:
            return _Made()
        urgent = LIFE_SAFETY.get(act.category)
        if urgent is not None:
            bearer = where if where.asset_id is not None else _bearer(connection, where, urgent)
            if bearer is not None and bearer.asset_id is not None:
                return self._raise(connection, act, urgent, bearer, now)
        return self._order(connection, act, where, now)

    def _raise(
        self,
        connection: Connection,
        act: FileReport,
        urgent: LifeSafety,
        where: Where,
        now: datetime,
    ) -> _Made:
        """An alarm on the path of every other one; a person's reset ends it, for no device."""
        kind = replace(event_kind(urgent.event), ending=Ending.LATCHES, on_delay_s=0, off_delay_s=0)
        asset_id = cast("AssetId", where.asset_id)
        key = ConditionKey(asset_id, urgent.condition)
        age = round(now.timestamp() * 1_000_000)
        said = f"{LABELS[act.category].zh} ({act.source}): {act.text}".strip()
        for seq, is_raise in enumerate((True, False)):
            word = Word(
                number=Number(age=age, seq=seq, position=0, gateway=GATEWAY),
                is_raise=is_raise,
                at=now,
                received_at=now,
                text=said if is_raise else "",
            )
            report = Report(
                key=key,
                asset_class=where.asset_class,
                place_path=where.place_path,
                kind=kind,
                word=word,
            )
            self._desk.take_up(connection, [report], now)
        values = {"asset_id": asset_id, "condition": urgent.condition}
        row = connection.execute(_QUERIES["open_alarm"], values).fetchone()
        if row is None:
            raise LookupError(f"the report of {act.category} opened no alarm")
        alarm_id = AlarmId(cast("int", row[0]))
        return _Made(alarm_id=alarm_id, order_id=loop_store.open_order_of(connection, alarm_id))

    def _order(self, connection: Connection, act: FileReport, where: Where, now: datetime) -> _Made:
        cause = cause_of(act.category)
        spot = Spot(where.asset_id, where.place_path)
        found: Answer = answer(duty_for(cause), surroundings(connection, [spot], now)[spot])
        told = Announcement()
        label = LABELS[act.category].zh
        new = NewOrder(
            title=" ".join(part for part in (where.place_zh, where.asset_zh, label) if part),
            detail=act.text,
            source=str(act.source),
            source_key=f"case:{act.case_number}" if act.case_number else f"act:{act.id}",
            cause=cause,
            place_path=where.place_path,
            asset_id=where.asset_id,
            actor=Actor(name=act.by.name, role=act.by.role),
        )
        opened = open_order(connection, new, found, told, now)
        is_urgent = act.category in LIFE_SAFETY or act.category in _ANY_HOUR
        working = ALWAYS if is_urgent else self._responsibility.office_hours(connection, now)
        start = Start(order_id=opened.id, working=working)
        begin_clocks(connection, self._responsibility, start, now)
        told.write(connection, now)
        return _Made(order_id=opened.id)


def _is_known(connection: Connection, case_number: str) -> bool:
    found = connection.execute(_QUERIES["report_of_case"], {"case_number": case_number})
    return found.fetchone() is not None


def _where(connection: Connection, act: FileReport) -> Where | None:
    if act.checkpoint:
        row = connection.execute(_QUERIES["checkpoint"], {"code": act.checkpoint}).fetchone()
        if row is None:
            return None
        _, name, _, path, _, asset_id, _, asset_class = row
        return Where(
            place_path=PlacePath(str(path)),
            place_zh=str(name),
            asset_id=cast("AssetId | None", asset_id),
            asset_class=str(asset_class),
        )
    return where_of(connection, act.place, act.asset)


def where_of(connection: Connection, place: str, asset: str) -> Where | None:
    """What the codes of a place or an asset name; the asset says more."""
    if asset:
        row = connection.execute(_QUERIES["spot_of_asset"], {"code": asset}).fetchone()
        return None if row is None else _of_asset(row)
    row = connection.execute(_QUERIES["place"], {"code": place}).fetchone()
    if row is None:
        return None
    return Where(place_path=PlacePath(str(row[0])), place_zh=str(row[1]))


def _bearer(connection: Connection, where: Where, urgent: LifeSafety) -> Where | None:
    """The asset that carries the alarm where none was named; None: none is registered near."""
    values = {"path": where.place_path, "classes": list(urgent.classes)}
    row = connection.execute(_QUERIES["bearer"], values).fetchone()
    return None if row is None else _of_asset(row)


def _of_asset(row: tuple[object, ...]) -> Where:
    asset_id, asset_class, path, name = row
    return Where(
        place_path=PlacePath(str(path)),
        place_zh="",
        asset_id=AssetId(cast("int", asset_id)),
        asset_class=str(asset_class),
        asset_zh=str(name),
    )


def keep_report(  # noqa: PLR0913 - a report, and what was made of it
    connection: Connection,
    act: FileReport,
    where: Where,
    now: datetime,
    *,
    alarm_id: AlarmId | None = None,
    order_id: OrderId | None = None,
) -> None:
    """Write down what somebody said, and what was made of it."""
    category = "fine" if act.is_fine else str(act.category)
    row = connection.execute(
        _QUERIES["add_report"],
        {
            "act_id": act.id,
            "source": str(act.source),
            "case_number": act.case_number,
            "category": category,
            "place_path": where.place_path,
            "asset_id": where.asset_id,
            "checkpoint": act.checkpoint or None,
            "text": act.text,
            "contact": act.contact,
            "reported_by": act.by.name,
            "now": now,
            "alarm_id": alarm_id,
            "order_id": order_id,
            "digest": digest_of(
                str(act.id), act.source, category, where.place_path, act.text, act.by.name, now
            ),
        },
    ).fetchone()
    if row is None:
        raise LookupError("the statement returns a row")
    for digest in act.photos:
        values = {"report_id": row[0], "digest": digest}
        connection.execute(_QUERIES["add_photo"], values)
