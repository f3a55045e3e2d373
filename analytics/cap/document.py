"""A CAP 1.2 document from what the bureau was told about an alarm; pure, the same bytes each time.

The first word on an alarm is an Alert, what follows an Update that names all before it, the end a
Cancel; a raise after a Cancel begins anew. Chinese stands first, English second.

References:
    OASIS Common Alerting Protocol 1.2 (2010-07-01).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from xml.etree import ElementTree as ET

import msgspec

from analytics.cap.word import (
    NAMESPACE,
    Category,
    Certainty,
    MsgType,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from analytics.notices.contact import ZONE
from analytics.notices.notice import NoticeId, NoticeKind
from gateway.catalogue import Group, Text, event_kind

VALID_FOR: Final = timedelta(hours=24)
"""A document that nothing followed is not believed for longer (site rule)."""
RADIUS_KM: Final = 0.2
"""Around the compound's own point; a compound is about that large (site rule)."""
_ENDS: Final = (NoticeKind.CLOSED, NoticeKind.REFUTED)
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Letters that XML 1.0 cannot carry; a device's text may hold any."""
_MARKS: Final = {
    Status.EXERCISE: Text(zh="【演练】", en="[EXERCISE] "),
    Status.TEST: Text(zh="【测试】", en="[TEST] "),
}
_NO_MARK: Final = Text(zh="", en="")
_NOTES: Final = {
    Status.EXERCISE: "演练,不是真实报警 An exercise, no real alarm",
    Status.TEST: "测试,不是真实报警 A test, no real alarm",
}
_RESTRICTION: Final = "仅供应急管理部门使用 For emergency management only"


class _Two(msgspec.Struct):
    zh: str
    en: str


class _Where(msgspec.Struct):
    path: str
    zh: str
    address: str
    access: str


class _Thing(msgspec.Struct):
    code: str
    zh: str
    en: str


class _Told(msgspec.Struct):
    alarm: int
    version: int
    event: str
    label: _Two
    mark: _Two
    status: Status
    confirmation: str
    place: _Where
    asset: _Thing
    text: str
    note: str
    raised_at: datetime


class _Envelope(msgspec.Struct):
    data: _Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """A document of the same alarm that went before."""

    identifier: str
    msg_type: MsgType
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where a compound lies [degrees, WGS 84]."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a document is made of.

    Attributes:
        notice_id: The notice that it says in CAP; makes its identifier.
        body: The notice's body.
        sender: Who sends, unique in the world.
        formers: All documents of the alarm so far, oldest first.
        place_en: The place in English, as far as it has a name.
    """

    notice_id: NoticeId
    kind: NoticeKind
    body: bytes
    sent_at: datetime
    sender: str
    formers: Sequence[Former] = ()
    point: Point | None = None
    polygon: Sequence[Point] = ()
    place_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A finished document."""

    identifier: str
    number: int
    msg_type: MsgType
    status: Status
    sent_at: datetime
    headline: str
    xml: str


def write(saying: Saying) -> Document:
    """The document of a notice.

    Raises:
        msgspec.DecodeError: The body is none of a notice.
    """
    told = msgspec.json.decode(saying.body, type=_Envelope).data
    live = _since_last_end(saying.formers)
    msg_type = _type_of(saying.kind, live)
    identifier = f"TW-{saying.notice_id}"
    alert = ET.Element("alert", {"xmlns": NAMESPACE})
    _put(alert, "identifier", identifier)
    _put(alert, "sender", saying.sender)
    _put(alert, "sent", cap_time(saying.sent_at))
    _put(alert, "status", told.status)
    _put(alert, "msgType", msg_type)
    _put(alert, "source", "Towerwatch")
    _put_scope(alert, told.status, saying.sender)
    if told.status is not Status.ACTUAL:
        _put(alert, "note", _NOTES[told.status])
    if live:
        _put(alert, "references", " ".join(_reference(saying.sender, one) for one in live))
    _put(alert, "incidents", f"alarm-{told.alarm}")
    for language in ("zh-CN", "en-US"):
        _put_info(alert, saying, told, msg_type, language)
    return Document(
        identifier=identifier,
        number=len(saying.formers) + 1,
        msg_type=msg_type,
        status=told.status,
        sent_at=saying.sent_at,
        headline=_headline(told, saying, is_zh=True),
        xml="<?xml version='1.0' encoding='utf-8'?>\n" + ET.tostring(alert, encoding="unicode"),
    )


def cap_time(at: datetime) -> str:
    """A time as CAP wants it: whole seconds and an offset in hours and minutes, never Z."""
    return at.astimezone(ZONE).isoformat(timespec="seconds")


def _since_last_end(formers: Sequence[Former]) -> Sequence[Former]:
    last_end = max(
        (n for n, one in enumerate(formers, start=1) if one.msg_type is MsgType.CANCEL), default=0
    )
    return formers[last_end:]


def _type_of(kind: NoticeKind, live: Sequence[Former]) -> MsgType:
    if not live:
        return MsgType.ALERT
    return MsgType.CANCEL if kind in _ENDS else MsgType.UPDATE


def _reference(sender: str, former: Former) -> str:
    return f"{sender},{former.identifier},{cap_time(former.sent_at)}"


def _put_scope(alert: ET.Element, status: Status, sender: str) -> None:
    if status is Status.ACTUAL:
        _put(alert, "scope", Scope.RESTRICTED)
        _put(alert, "restriction", _RESTRICTION)
    else:
        _put(alert, "scope", Scope.PRIVATE)
        _put(alert, "addresses", sender)


def _put_info(
    alert: ET.Element, saying: Saying, told: _Told, msg_type: MsgType, language: str
) -> None:
    is_zh = language == "zh-CN"
    kind = event_kind(told.event)
    info = ET.SubElement(alert, "info")
    _put(info, "language", language)
    _put(info, "category", _category(kind.group))
    _put(info, "event", told.label.zh if is_zh else told.label.en)
    _put(info, "responseType", _response(kind.group, msg_type, told.confirmation))
    is_over = msg_type is MsgType.CANCEL or saying.kind in _ENDS
    _put(info, "urgency", Urgency.PAST if is_over else Urgency.IMMEDIATE)
    _put(info, "severity", _severity(saying.kind, told.confirmation))
    _put(info, "certainty", _certainty(saying.kind, told.confirmation))
    _put_named(info, "eventCode", "towerwatch:event", told.event)
    _put(info, "effective", cap_time(saying.sent_at))
    _put(info, "onset", cap_time(told.raised_at))
    if not is_over:
        _put(info, "expires", cap_time(saying.sent_at + VALID_FOR))
    _put(info, "senderName", "守望塔" if is_zh else "Towerwatch")
    _put(info, "headline", _headline(told, saying, is_zh=is_zh))
    _put(info, "description", _description(told, saying, is_zh=is_zh))
    _put(info, "instruction", kind.action.zh if is_zh else kind.action.en)
    _put_named(info, "parameter", "towerwatch:alarm", str(told.alarm))
    _put_named(info, "parameter", "towerwatch:version", str(told.version))
    _put_named(info, "parameter", "towerwatch:asset", told.asset.code)
    _put_named(info, "parameter", "towerwatch:confirmation", told.confirmation)
    _put_area(info, saying, told, is_zh=is_zh)


def _put_area(info: ET.Element, saying: Saying, told: _Told, *, is_zh: bool) -> None:
    area = ET.SubElement(info, "area")
    name = told.place.zh if is_zh else saying.place_en or told.place.zh
    where = ", ".join(part for part in (name.strip(), told.place.address.strip()) if part)
    _put(area, "areaDesc", where or told.place.path)
    if len(saying.polygon) >= 3:
        ring = [*saying.polygon, saying.polygon[0]]
        _put(area, "polygon", " ".join(_pair(point) for point in ring))
    if saying.point is not None:
        _put(area, "circle", f"{_pair(saying.point)} {RADIUS_KM}")
    _put_named(area, "geocode", "towerwatch:place", told.place.path)


def _pair(point: Point) -> str:
    return f"{point.latitude:.6f},{point.longitude:.6f}"


def _headline(told: _Told, saying: Saying, *, is_zh: bool) -> str:
    mark = told.mark.zh if is_zh else told.mark.en
    unreal = _MARKS.get(told.status, _NO_MARK)
    drill = unreal.zh if is_zh else unreal.en
    place = told.place.zh if is_zh else saying.place_en or told.place.zh
    thing = told.asset.zh if is_zh else told.asset.en or told.asset.zh
    label = told.label.zh if is_zh else told.label.en
    where = " ".join(part for part in (place, thing) if part)
    return _clean(f"{drill}{label}: {where} ({mark})")


def _description(told: _Told, saying: Saying, *, is_zh: bool) -> str:
    raised = cap_time(told.raised_at)
    parts = [_headline(told, saying, is_zh=is_zh)]
    parts.append(f"报警时间 {raised}" if is_zh else f"Raised at {raised}")
    if told.text:
        parts.append(f"设备报文 {told.text}" if is_zh else f"The device said: {told.text}")
    if told.place.access:
        parts.append(f"进入方式 {told.place.access}" if is_zh else f"Access: {told.place.access}")
    if told.note:
        parts.append(told.note)
    return "\n".join(parts)


def _category(group: Group) -> Category:
    match group:
        case Group.FIRE:
            return Category.FIRE
        case Group.ENTRAPMENT:
            return Category.RESCUE
        case _:
            return Category.SAFETY


def _response(group: Group, msg_type: MsgType, confirmation: str) -> ResponseType:
    if msg_type is MsgType.CANCEL:
        return ResponseType.ALL_CLEAR
    if group is Group.FIRE:
        return ResponseType.EVACUATE if confirmation == "real" else ResponseType.ASSESS
    return ResponseType.EXECUTE if group is Group.ENTRAPMENT else ResponseType.ASSESS


def _severity(kind: NoticeKind, confirmation: str) -> Severity:
    if kind is NoticeKind.REFUTED or confirmation == "false":
        return Severity.MINOR
    return Severity.EXTREME if confirmation == "real" else Severity.SEVERE


def _certainty(kind: NoticeKind, confirmation: str) -> Certainty:
    if kind is NoticeKind.REFUTED or confirmation == "false":
        return Certainty.UNLIKELY
    if confirmation == "real":
        return Certainty.OBSERVED
    return Certainty.LIKELY if confirmation == "unanswered" else Certainty.POSSIBLE


def _put(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _clean(str(text))


def _put_named(parent: ET.Element, name: str, value_name: str, value: str) -> None:
    pair = ET.SubElement(parent, name)
    _put(pair, "valueName", value_name)
    _put(pair, "value", value)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
