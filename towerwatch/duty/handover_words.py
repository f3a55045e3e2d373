"""A hand-over, for people and for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from analytics.duties.calendar import CHINA
from analytics.duties.matrix import OrganisationId
from analytics.handover import store
from analytics.handover.checklist import Checklist
from analytics.handover.model import (
    Condition,
    Handover,
    Item,
    Passed,
    Side,
    Signature,
    digest_of_list,
    incomplete,
    is_genuine,
    missing_sides,
)
from analytics.handover.store import Wish
from ingest.database import Connection, load_queries
from ingest.registry.handing import Handing
from ingest.registry.model import ManagementKind
from towerwatch.duty.registered import Known
from towerwatch.duty.words import NOBODY, Names

_QUERIES: Final = load_queries("towerwatch", "duties.sql")
_KIND_OF: Final[Mapping[str, ManagementKind]] = {
    "property_company": ManagementKind.COMPANY,
    "work_unit": ManagementKind.WORK_UNIT,
    "community": ManagementKind.ENTRUSTED,
    "community_station": ManagementKind.ENTRUSTED,
    "owners_committee": ManagementKind.SELF_MANAGED,
}
CONDITION_WORDS: Final = {
    Condition.GOOD: "完好 good",
    Condition.DEFECT: "有缺陷 defect",
    Condition.MISSING: "缺失 missing",
    Condition.NOT_CHECKED: "未查验 not checked",
}
SIDE_WORDS: Final = {
    Side.FROM: "移交方 former",
    Side.TO: "承接方 new",
    Side.WITNESS: "见证方 witness",
}
STATE_WORDS: Final = {
    "planned": "待生效 planned",
    "done": "已完成 done",
    "cancelled": "已取消 called off",
}


def management_of(organisation: Known | None) -> ManagementKind:
    """The kind of management that an organisation stands for."""
    if organisation is None:
        return ManagementKind.NOBODY
    return _KIND_OF.get(organisation.kind, ManagementKind.ENTRUSTED)


def local(at: datetime) -> str:
    """A time as people in China read it."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a hand-over would mean.

    Attributes:
        to_id: Who would stand for the company; where nobody manages, the station or community.
        left: Assets that nobody has looked at.
        unsigned: Sides that have not signed.
    """

    wish: Wish
    to_id: OrganisationId | None
    alarms: int
    orders: int
    clocks: int
    equipment: int
    left: tuple[str, ...]
    unsigned: tuple[Side, ...]


def outlook(connection: Connection, wish: Wish, found: Checklist | None) -> Outlook:
    """Look at what is there now."""
    path = wish.compound.path
    row = connection.execute(_QUERIES["open_work"], {"path": path}).fetchone()
    alarms, orders, clocks = cast("tuple[int, int, int]", row or (0, 0, 0))
    codes = [one.code for one in store.equipment_of(connection, path)]
    return Outlook(
        wish=wish,
        to_id=wish.to_id,
        alarms=alarms,
        orders=orders,
        clocks=clocks,
        equipment=len(codes),
        left=incomplete(found.items if found else (), codes),
        unsigned=missing_sides(found.signatures if found else ()),
    )


def _name(one: OrganisationId | None, names: Names) -> str:
    return (
        NOBODY if one is None or one not in names else f"{names[one].name_zh} ({names[one].code})"
    )


def outlook_text(found: Outlook, handing: Handing, names: Names) -> str:
    """What would pass, in lines."""
    signed = ", ".join(SIDE_WORDS[side] for side in found.unsigned) or "无 none"
    return "\n".join(
        (
            f"小区 compound     {found.wish.compound.name_zh} ({handing.compound})",
            f"时间 at           {local(handing.at)} (中国时间)",
            f"现管理 now        {_name(found.wish.from_id, names)}",
            f"承接 then         {_name(found.to_id, names)} [{handing.kind}]",
            (
                f"现有未结束 open    {found.alarms} 报警 alarms, {found.orders} 工单 orders,"
                f" {found.clocks} 时限 clocks"
            ),
            (
                f"设备 equipment    {found.equipment}, 未查验 not looked at {len(found.left)}"
                f" {', '.join(found.left[:10])}"
            ),
            f"缺签字 unsigned   {signed}",
            "以上仅为预览，未写入 a look ahead; nothing was written",
        )
    )


def outlook_json(found: Outlook, handing: Handing, names: Names) -> dict[str, object]:
    """What would pass, for a program."""
    return {
        "compound": handing.compound,
        "at": handing.at.isoformat(),
        "kind": str(handing.kind),
        "from": _code(found.wish.from_id, names),
        "to": _code(found.to_id, names),
        "alarms": found.alarms,
        "orders": found.orders,
        "clocks": found.clocks,
        "equipment": found.equipment,
        "not_checked": list(found.left),
        "unsigned": [str(side) for side in found.unsigned],
    }


def _code(one: OrganisationId | None, names: Names) -> str | None:
    return None if one is None or one not in names else names[one].code


def handover_json(one: Handover, names: Names) -> dict[str, object]:
    """One hand-over for a program."""
    return {
        "id": one.id,
        "compound": one.compound,
        "at": one.at.isoformat(),
        "state": one.state,
        "kind": one.kind,
        "from": _code(one.from_id, names),
        "to": _code(one.to_id, names),
        "reason": one.reason,
        "planned_at": one.planned_at.isoformat(),
        "planned_by": one.planned_by,
        "done_at": None if one.done_at is None else one.done_at.isoformat(),
        "delay_s": None if one.delay is None else one.delay.total_seconds(),
        "checklist": one.checklist_digest.hex(),
        "unsigned_reason": one.unsigned_reason,
    }


def handover_line(one: Handover, names: Names) -> str:
    """One hand-over in a line."""
    late = "" if one.delay is None else f"  延迟 late {one.delay.total_seconds():.1f} s"
    return (
        f"#{one.id:<4} {local(one.at)}  {STATE_WORDS[one.state]}  {one.compound_zh}:"
        f" {_name(one.from_id, names)} -> {_name(one.to_id, names)}{late}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that is kept of a hand-over."""

    handover: Handover
    items: Sequence[Item]
    signatures: Sequence[Signature]
    passed: Sequence[Passed]

    @property
    def is_list_whole(self) -> bool:
        """Whether the check list is the one that was signed."""
        digest = digest_of_list(self.handover.compound, self.items)
        return digest == self.handover.checklist_digest


def record(connection: Connection, found: Handover) -> Record:
    """All that is kept of a hand-over."""
    return Record(
        handover=found,
        items=store.items_of(connection, found.id),
        signatures=store.signatures_of(connection, found.id),
        passed=store.passed(connection, found.id),
    )


def record_json(found: Record, names: Names) -> dict[str, object]:
    """A record for a program."""
    digest = found.handover.checklist_digest
    return handover_json(found.handover, names) | {
        "is_list_whole": found.is_list_whole,
        "items": [
            {"asset": one.asset, "item": one.item, "condition": one.condition, "note": one.note}
            for one in found.items
        ],
        "signatures": [
            {
                "side": one.side,
                "signer": one.signer,
                "role": one.role,
                "signed_at": one.signed_at.isoformat(),
                "digest": one.digest.hex(),
                "is_genuine": is_genuine(digest, one),
            }
            for one in found.signatures
        ],
        "passed": [
            {
                "what": one.what,
                "id": one.subject_id,
                "from": _code(one.from_id, names),
                "to": _code(one.to_id, names),
                "effective_at": one.effective_at.isoformat(),
                "moved_at": one.moved_at.isoformat(),
                "clocks": one.clocks,
            }
            for one in found.passed
        ],
    }


def record_text(found: Record, names: Names) -> str:
    """A record in lines."""
    digest = found.handover.checklist_digest
    whole = "与签字一致 as signed" if found.is_list_whole else "与签字不符 NOT as signed"
    rows = [
        handover_line(found.handover, names),
        f"清单 check list {digest.hex()[:16]}…: {len(found.items)} 项 items, {whole}",
    ]
    rows += [
        f"  {CONDITION_WORDS[one.condition]}  {one.asset} {one.item} {one.note}".rstrip()
        for one in found.items
    ]
    rows.append("签字 signatures:")
    rows += [
        f"  {SIDE_WORDS[one.side]}: {one.signer}, {one.role}, {local(one.signed_at)},"
        f" {one.digest.hex()[:16]}… {'有效 genuine' if is_genuine(digest, one) else '无效 NOT genuine'}"
        for one in found.signatures
    ]
    if found.handover.unsigned_reason:
        rows.append(f"  未签齐原因 unsigned: {found.handover.unsigned_reason}")
    rows.append(f"移交 passed: {len(found.passed)}")
    rows += [
        f"  {one.what} {one.subject_id}: {_name(one.from_id, names)} -> {_name(one.to_id, names)},"
        f" {one.clocks} 时限 clocks"
        for one in found.passed
    ]
    return "\n".join(rows)
