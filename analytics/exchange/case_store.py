"""Rows of cases: what is known of a number, what happens to it, what its sender is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.report import PlacePath
from analytics.clocks.clock import ClockState
from analytics.digest import digest_of
from analytics.duties.store import holidays_in_force
from analytics.exchange.case import (
    KEPT_BY,
    CaseClock,
    CaseId,
    CaseMessage,
    CaseState,
    CaseStep,
    CaseSystem,
    Known,
    SystemCode,
    due,
)
from analytics.exchange.mask import scrub
from analytics.exchange.word import Word, body_of, kind_of
from analytics.live import Channel, notify
from analytics.loop_store import lock_order
from analytics.orders.report import LIFE_SAFETY, Category, cause_of
from analytics.orders.work_order import OrderId, OrderState
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "exchange.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCase:
    """A case as it stands, locked.

    Attributes:
        order_version: Version of the order up to which the sender has been told.
        has_own_order: False: an order under way does the same work.
    """

    id: CaseId
    system: SystemCode
    number: str
    known: Known
    version: int
    category: Category
    text: str
    place_path: PlacePath
    asset_id: AssetId | None
    alarm_id: AlarmId | None
    order_id: OrderId | None
    order_version: int
    has_own_order: bool

    @property
    def is_life_safety(self) -> bool:
        """Whether it was an alarm at once."""
        return self.category in LIFE_SAFETY


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is done about a case.

    Attributes:
        is_own: Whether the order was opened for it.
    """

    place_path: PlacePath
    asset_id: AssetId | None
    alarm_id: AlarmId | None
    order_id: OrderId | None
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWord:
    """What the sender may know of an order."""

    number: str
    state: OrderState
    version: int
    owner_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """A step of a case that is to be written.

    Attributes:
        state: Where it leads.
        at: When it happened.
        order_id: The order from then on, told up to `order_version`.
    """

    step: CaseStep
    state: CaseState
    at: datetime
    actor: str
    note: str
    order_id: OrderId | None
    order_version: int
    has_own_order: bool


def fetch_system(connection: Connection, code: str) -> CaseSystem | None:
    """The platform of that code."""
    row = connection.execute(_QUERIES["system"], {"code": code}).fetchone()
    return None if row is None else _system(row)


def fetch_systems(connection: Connection) -> list[CaseSystem]:
    """Every platform that sends cases."""
    return [_system(row) for row in connection.execute(_QUERIES["systems"]).fetchall()]


def _system(row: tuple[object, ...]) -> CaseSystem:
    code, zh, en, path, url, undertake, feedback = row
    return CaseSystem(
        code=SystemCode(str(code)),
        name_zh=str(zh),
        name_en=str(en),
        place_path=str(path),
        callback_url=str(url),
        undertake=timedelta(minutes=cast("int", undertake)),
        feedback=timedelta(minutes=cast("int", feedback)),
    )


def put_system(connection: Connection, system: CaseSystem, place: str) -> bool:
    """Register a platform below the place of that code; False when there is no such place."""
    row = connection.execute(
        _QUERIES["put_system"],
        {
            "code": system.code,
            "name_zh": system.name_zh,
            "name_en": system.name_en,
            "place": place,
            "callback_url": system.callback_url,
            "undertake_min": round(system.undertake.total_seconds() / 60),
            "feedback_min": round(system.feedback.total_seconds() / 60),
        },
    ).fetchone()
    return row is not None


def lock_number(connection: Connection, system: SystemCode, number: str) -> None:
    """Let no other transaction take the same number in until this one ends."""
    connection.execute(_QUERIES["lock_number"], {"system": system, "number": number})


def lock_case(connection: Connection, system: SystemCode, number: str) -> StoredCase | None:
    """The case of a number, locked."""
    values = {"system": system, "number": number}
    row = connection.execute(_QUERIES["lock_case"], values).fetchone()
    return None if row is None else _case(row)


def lock_case_by_id(connection: Connection, case_id: CaseId) -> StoredCase:
    """The case of an id, locked.

    Raises:
        LookupError: There is none.
    """
    row = connection.execute(_QUERIES["lock_case_by_id"], {"id": case_id}).fetchone()
    if row is None:
        raise LookupError(f"no case {case_id}")
    return _case(row)


def _case(row: tuple[object, ...]) -> StoredCase:
    case_id, system, number, revision, content, version, state, category, text = row[:9]
    place_path, asset_id, alarm_id, order_id, order_version, has_own_order = row[9:]
    return StoredCase(
        id=CaseId(cast("int", case_id)),
        system=SystemCode(str(system)),
        number=str(number),
        known=_known(revision, content, state),
        version=cast("int", version),
        category=Category(str(category)),
        text=str(text),
        place_path=PlacePath(str(place_path)),
        asset_id=cast("AssetId | None", asset_id),
        alarm_id=cast("AlarmId | None", alarm_id),
        order_id=cast("OrderId | None", order_id),
        order_version=cast("int", order_version),
        has_own_order=bool(has_own_order),
    )


def known_of(connection: Connection, system: SystemCode, number: str) -> Known | None:
    """What is known of a number, without a lock."""
    values = {"system": system, "number": number}
    row = connection.execute(_QUERIES["known_case"], values).fetchone()
    return None if row is None else _known(*row)


def _known(revision: object, content: object, state: object) -> Known:
    return Known(
        revision=cast("int", revision),
        content=bytes(cast("bytes", content)),
        state=CaseState(str(state)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a message about a case would meet.

    Attributes:
        is_known: Whether its place or asset is known and lies in the sender's area.
        joins: Number of the order under way that does the same work; empty: none.
    """

    is_known: bool
    joins: str = ""

    def words(self, message: CaseMessage) -> str:
        """The same for people."""
        if not self.is_known:
            return "找不到该地点或设备,或不在其范围内"
        if message.is_life_safety:
            return "立即报警"
        return f"并入工单 {self.joins}" if self.joins else "新工单"


def find_work(connection: Connection, system: CaseSystem, message: CaseMessage) -> Found:
    """What a message would meet if it came now; nothing is written."""
    values = {"place": message.place, "asset": message.asset, "path": system.place_path}
    row = connection.execute(_QUERIES["where"], values).fetchone()
    if row is None:
        return Found(is_known=False)
    asked = {"place_path": row[0], "asset_id": row[1], "cause": cause_of(message.category)}
    found = connection.execute(_QUERIES["under_way"], asked).fetchone()
    order = None if found is None else OrderId(cast("int", found[0]))
    word = order_word(connection, order)
    return Found(is_known=True, joins="" if word is None else word.number)


def order_word(connection: Connection, order_id: OrderId | None) -> OrderWord | None:
    """What the sender may know of an order."""
    if order_id is None:
        return None
    row = connection.execute(_QUERIES["order_word"], {"order_id": order_id}).fetchone()
    if row is None:
        return None
    number, state, version, owner = row
    return OrderWord(
        number=str(number),
        state=OrderState(str(state)),
        version=cast("int", version),
        owner_zh=str(owner),
    )


def lock_order_state(connection: Connection, case: StoredCase) -> OrderState | None:
    """The state of a case's order, locked; None: it has none."""
    stored = None if case.order_id is None else lock_order(connection, case.order_id)
    return None if stored is None else stored.order.state


def add_case(
    connection: Connection, system: CaseSystem, message: CaseMessage, work: Work, now: datetime
) -> StoredCase:
    """Write a new case with its clocks; its first step is the caller's."""
    word = order_word(connection, work.order_id)
    row = connection.execute(
        _QUERIES["add_case"],
        _content(message)
        | {
            "system": system.code,
            "number": message.number,
            "state": CaseState.RECEIVED,
            "place_path": work.place_path,
            "asset_id": work.asset_id,
            "alarm_id": work.alarm_id,
            "order_id": work.order_id,
            "order_version": 0 if word is None else word.version,
            "has_own_order": work.is_own,
            "now": now,
        },
    ).fetchone()
    if row is None:
        raise LookupError("the statement returns a row")
    case_id = CaseId(cast("int", row[0]))
    start_clocks(connection, case_id, system, message.category, now)
    return lock_case_by_id(connection, case_id)


def correct_case(
    connection: Connection, case: StoredCase, message: CaseMessage, work: Work
) -> StoredCase:
    """Write a later revision of a case."""
    is_other = work.order_id != case.order_id
    word = order_word(connection, work.order_id) if is_other else None
    connection.execute(
        _QUERIES["correct_case"],
        _content(message)
        | {
            "id": case.id,
            "place_path": work.place_path,
            "asset_id": work.asset_id,
            "alarm_id": work.alarm_id or case.alarm_id,
            "order_id": work.order_id,
            "order_version": case.order_version if word is None else word.version,
            "has_own_order": work.is_own,
        },
    )
    return lock_case_by_id(connection, case.id)


def _content(message: CaseMessage) -> dict[str, object]:
    return {
        "revision": message.revision,
        "content": message.content,
        "category": message.category,
        "text": message.text,
        "contact": message.contact,
        "reported_at": message.reported_at,
    }


def start_clocks(
    connection: Connection, case_id: CaseId, system: CaseSystem, category: Category, now: datetime
) -> None:
    """Both deadlines of the sender begin; one that runs already goes on."""
    holidays = holidays_in_force(connection, now)
    for clock in CaseClock:
        values = {"case_id": case_id, "kind": clock, "now": now}
        connection.execute(
            _QUERIES["start_clock"],
            values | {"due_at": due(system, clock, category, now, holidays)},
        )


def stop_clocks(
    connection: Connection,
    case_id: CaseId,
    clocks: Iterable[CaseClock],
    state: ClockState,
    now: datetime,
) -> None:
    """Running deadlines end."""
    connection.execute(
        _QUERIES["stop_clocks"],
        {"case_id": case_id, "kinds": [str(one) for one in clocks], "state": state, "now": now},
    )


def go(connection: Connection, case: StoredCase, going: Going, system: CaseSystem | None) -> None:
    """Write a step: the case, its history, its clocks, and the word to its sender."""
    version = case.version + 1
    note = scrub(going.note)
    connection.execute(
        _QUERIES["move_case"],
        {
            "id": case.id,
            "state": going.state,
            "version": version,
            "order_id": going.order_id,
            "order_version": going.order_version,
            "has_own_order": going.has_own_order,
            "now": going.at,
        },
    )
    what = (case.id, version, going.at, str(going.step), str(going.state), going.actor, note)
    connection.execute(
        _QUERIES["add_step"],
        {
            "case_id": case.id,
            "version": version,
            "at": going.at,
            "step": going.step,
            "to_state": going.state,
            "actor": going.actor,
            "note": note,
            "digest": digest_of(*what),
        },
    )
    kept = KEPT_BY.get(going.state, ())
    stop_clocks(connection, case.id, kept, ClockState.KEPT, going.at)
    if going.state is CaseState.WITHDRAWN:
        stop_clocks(connection, case.id, CaseClock, ClockState.STOPPED, going.at)
    if system is None:
        return
    if going.step is CaseStep.REOPENED:
        start_clocks(connection, case.id, system, case.category, going.at)
    if system.callback_url:
        _tell(connection, case, going, version, note)


def _tell(connection: Connection, case: StoredCase, going: Going, version: int, note: str) -> None:
    order = order_word(connection, going.order_id)
    word = Word(
        system=case.system,
        number=case.number,
        revision=case.known.revision,
        version=version,
        step=going.step,
        state=going.state,
        at=going.at,
        order="" if order is None else order.number,
        owner_zh="" if order is None else order.owner_zh,
        note=note,
    )
    connection.execute(
        _QUERIES["add_notice"],
        {
            "alarm_id": case.alarm_id,
            "order_id": going.order_id,
            "place_path": case.place_path,
            "kind": kind_of(going.step),
            "body": body_of(word).decode(),
            "is_life_safety": case.is_life_safety,
            "now": going.at,
            "case_id": case.id,
            "version": version,
            "system": case.system,
        },
    )
    notify(connection, Channel.NOTICES)
