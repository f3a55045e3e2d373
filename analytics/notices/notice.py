"""What somebody is told: the words of a notice and its signature."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

import msgspec

from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.report import PlacePath
from analytics.duties.matrix import DutyId, OrganisationId
from analytics.errors import BadSettings
from analytics.notices.body import Thing, Where, Words, enveloped
from analytics.orders.work_order import OrderId
from gateway.catalogue import Text, event_kind

NoticeId = NewType("NoticeId", str)
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the mark of a secret, no secret


class Target(StrEnum):
    """The way a notice goes."""

    BUREAU = "bureau"
    """The emergency bureau's endpoint."""
    DESK = "desk"
    """The console: delivered by being shown."""
    CALL = "call"
    """The telephone of an organisation's manager."""
    CASE = "case"
    """The platform that sent a case."""


class NoticeKind(StrEnum):
    """Why somebody is told."""

    OPENED = "alarm.opened"
    RAISED_AGAIN = "alarm.raised_again"
    UNANSWERED = "alarm.unanswered"
    CONFIRMED = "alarm.confirmed"
    REFUTED = "alarm.refuted"
    JUDGEMENT_TAKEN_BACK = "alarm.judgement_taken_back"
    """Found real or false by a slip of the hand: it waits for its judgement again."""
    CLOSED = "alarm.closed"
    ESCALATED = "alarm.escalated"
    DISPATCHED = "order.dispatched"
    OVERDUE = "order.overdue"
    JOINT = "alarm.joint"
    HANDED_OVER = "alarm.handed_over"
    CORROBORATED = "alarm.corroborated"
    DECLARED_REAL = "alarm.declared_real"
    DRILL_OVER = "alarm.drill_over"
    RESCUE_DISPATCHED = "rescue.dispatched"
    RESCUE_TAKEN_OVER = "rescue.taken_over"
    RESCUE_ACCEPTED = "rescue.accepted"
    RESCUE_ARRIVED = "rescue.arrived"
    RESCUE_OVERDUE = "rescue.overdue"
    RELEASED = "rescue.released"
    LIFT_CHECKED = "rescue.lift_checked"
    NOT_REACHED = "contact.not_reached"
    """Nobody of an organisation could be told about life safety."""


MARKS: Final = {
    NoticeKind.OPENED: Text(zh="未确认", en="Not confirmed yet"),
    NoticeKind.RAISED_AGAIN: Text(zh="再次报警", en="Raised again"),
    NoticeKind.UNANSWERED: Text(zh="未确认·无人应答", en="Not confirmed: nobody answers"),
    NoticeKind.CONFIRMED: Text(zh="现场确认属实", en="Confirmed real on site"),
    NoticeKind.REFUTED: Text(zh="现场确认误报", en="Found to be false on site"),
    NoticeKind.JUDGEMENT_TAKEN_BACK: Text(
        zh="更正:判断有误已撤销,重新核实中", en="Correction: judged by mistake, being checked again"
    ),
    NoticeKind.CLOSED: Text(zh="报警结束", en="Alarm is over"),
    NoticeKind.ESCALATED: Text(zh="超时未确认,升级督办", en="Not acknowledged in time"),
    NoticeKind.DISPATCHED: Text(zh="新工单", en="New work order"),
    NoticeKind.OVERDUE: Text(zh="工单超时,升级督办", en="Work order overdue"),
    NoticeKind.JOINT: Text(zh="请协同处置", en="Take part, please"),
    NoticeKind.HANDED_OVER: Text(zh="小区交接,由你单位接管", en="Handed over to you"),
    NoticeKind.CORROBORATED: Text(
        zh="未确认·二次报警", en="Not confirmed: second alarm of the zone"
    ),
    NoticeKind.DECLARED_REAL: Text(zh="演练中发生真实险情", en="Real, in the middle of a drill"),
    NoticeKind.DRILL_OVER: Text(zh="演练结束后仍在报警", en="Still alarms after the drill"),
    NoticeKind.RESCUE_DISPATCHED: Text(zh="请立即救援被困人员", en="Rescue the trapped people"),
    NoticeKind.RESCUE_TAKEN_OVER: Text(
        zh="救援无人响应,由下一级接替", en="No answer: the next rescuers take over"
    ),
    NoticeKind.RESCUE_ACCEPTED: Text(zh="救援人员已出发", en="Rescuers are on their way"),
    NoticeKind.RESCUE_ARRIVED: Text(zh="救援人员已到场", en="Rescuers are on site"),
    NoticeKind.RESCUE_OVERDUE: Text(zh="救援超时,升级督办", en="Rescue overdue"),
    NoticeKind.RELEASED: Text(zh="被困人员已救出", en="Trapped people are out"),
    NoticeKind.LIFT_CHECKED: Text(zh="电梯已检查", en="The lift was checked"),
    NoticeKind.NOT_REACHED: Text(
        zh="未能通知到人,请立即电话联系", en="Nobody reached: phone them now"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFacts:
    """What people and machines are told about an alarm."""

    alarm_id: AlarmId
    version: int
    state: str
    confirmation: str
    event: str
    condition: str
    severity: str
    is_life_safety: bool
    is_drill: bool
    text: str
    raised_at: datetime
    received_at: datetime
    place_path: PlacePath
    duty_id: DutyId | None
    responsible: OrganisationId | None
    asset_id: AssetId
    asset_code: str
    asset_zh: str
    asset_en: str
    place_zh: str
    address: str
    access_note: str
    drill_kind: str = ""
    drill_tells_bureau: bool = False

    @property
    def status(self) -> str:
        """Actual, or Exercise or Test while it is one: the words of CAP 1.2."""
        if not self.is_drill:
            return "Actual"
        return "Test" if self.drill_kind == "test" else "Exercise"

    @property
    def label(self) -> Text:
        """The catalogue's name of the event."""
        return event_kind(self.event).label

    @property
    def title(self) -> str:
        """Where and what, in one Chinese line."""
        mark = {"Exercise": "【演练】", "Test": "【测试】"}.get(self.status, "")
        return mark + " ".join(
            part for part in (self.place_zh, self.asset_zh, self.label.zh) if part
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell, before it has a row."""

    kind: NoticeKind
    target: Target
    facts: AlarmFacts
    organisation: OrganisationId | None = None
    order_id: OrderId | None = None
    note: str = ""


class _Body(msgspec.Struct):
    alarm: int
    version: int
    order: int | None
    event: str
    label: Words
    mark: Words
    severity: str
    life_safety: bool
    drill: bool
    status: str
    state: str
    confirmation: str
    place: Where
    asset: Thing
    text: str
    note: str
    raised_at: datetime
    received_at: datetime


def body_of(notice: Notice, now: datetime) -> bytes:
    """The notice as JSON, in the shape of Standard Webhooks (type, timestamp, data)."""
    facts, mark = notice.facts, MARKS[notice.kind]
    body = _Body(
        alarm=facts.alarm_id,
        version=facts.version,
        order=notice.order_id,
        event=facts.event,
        label=Words(facts.label.zh, facts.label.en),
        mark=Words(mark.zh, mark.en),
        severity=facts.severity,
        life_safety=facts.is_life_safety,
        drill=facts.is_drill,
        status=facts.status,
        state=facts.state,
        confirmation=facts.confirmation,
        place=Where(facts.place_path, facts.place_zh, facts.address, facts.access_note),
        asset=Thing(facts.asset_code, facts.asset_zh, facts.asset_en),
        text=facts.text,
        note=notice.note,
        raised_at=facts.raised_at,
        received_at=facts.received_at,
    )
    return enveloped(notice.kind, now, body)


def secret_key(text: str) -> bytes:
    """The key in a secret of the form whsec_<base64>.

    Raises:
        BadSettings: The secret has another form.
    """
    stripped = text.strip()
    if not stripped.startswith(SECRET_PREFIX):
        raise BadSettings(f"the bureau's secret does not begin with {SECRET_PREFIX}")
    try:
        return base64.b64decode(stripped.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise BadSettings(f"the bureau's secret is not base64: {error}") from error


def signature(key: bytes, notice_id: NoticeId, sent_s: int, body: bytes) -> str:
    """The header webhook-signature of Standard Webhooks: v1, HMAC-SHA256, base64.

    Args:
        sent_s: Header webhook-timestamp [s since 1970].

    References:
        Standard Webhooks specification, signature scheme v1 (unverified).
    """
    content = b".".join((notice_id.encode(), str(sent_s).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
