"""Versions of the matrix side by side: listed, compared, rehearsed; for people and for programs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from analytics.duties.calendar import CHINA
from analytics.duties.diff import Difference, Effect, Part
from analytics.duties.matrix import Limit
from analytics.duties.rehearsal import Rehearsal
from analytics.duties.store import Version, VersionId
from towerwatch.duty.words import LIMIT_WORDS, Names

PART_WORDS: Final = {
    Part.RESPONSIBLE: "责任 responsible",
    Part.ORDER_TO: "派单 order to",
    Part.JOINT: "协同 joint",
    Part.CHAIN: "升级 chain",
    Part.CLOCKS: "时限 clocks [s]",
    Part.OPENS_ORDER: "派工单 opens order",
    Part.TELLS_BUREAU: "上报 tells bureau",
}
_SHOWN: Final = 12
"""Events of one effect that are written out for people."""


class VersionState(StrEnum):
    """Whether a version holds."""

    PAST = "past"
    IN_FORCE = "in_force"
    TO_COME = "to_come"
    WITHDRAWN = "withdrawn"


_STATE_WORDS: Final = {
    VersionState.PAST: "已失效 past",
    VersionState.IN_FORCE: "生效中 in force",
    VersionState.TO_COME: "待生效 to come",
    VersionState.WITHDRAWN: "已撤回 withdrawn",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A version with its state."""

    version: Version
    state: VersionState


def states(found: Sequence[Version], current: VersionId | None, now: datetime) -> list[Told]:
    """Each version with its state."""
    return [Told(version=one, state=_state(one, current, now)) for one in found]


def _state(one: Version, current: VersionId | None, now: datetime) -> VersionState:
    if one.withdrawn_at is not None:
        return VersionState.WITHDRAWN
    if one.id == current:
        return VersionState.IN_FORCE
    return VersionState.TO_COME if one.valid_from > now else VersionState.PAST


def versions_json(told: Sequence[Told]) -> list[dict[str, object]]:
    """The versions for a program."""
    return [
        {
            "id": one.version.id,
            "name": one.version.name,
            "state": str(one.state),
            "valid_from": one.version.valid_from.isoformat(),
            "lines": one.version.lines,
            "loaded_at": one.version.loaded_at.isoformat(),
            "loaded_by": one.version.loaded_by,
            "checksum": one.version.checksum,
        }
        for one in told
    ]


def versions_text(told: Sequence[Told]) -> str:
    """The versions in lines."""
    rows = []
    for one in told:
        since = one.version.valid_from.astimezone(CHINA).isoformat(sep=" ", timespec="minutes")
        count = f"{one.version.lines} 条 lines"
        rows.append(
            f"{one.version.id:>4}  {since}  {_STATE_WORDS[one.state]}  {one.version.name}  {count}"
        )
    return "\n".join(rows) or "没有版本 no version"


def difference_json(found: Difference) -> dict[str, object]:
    """What changes, for a program."""
    return asdict(found)


def difference_text(found: Difference) -> str:
    """What changes, in lines."""
    if found.is_empty:
        return "两个版本相同 the versions say the same"
    rows = [
        f"新增条目 added lines      {', '.join(found.added) or '-'}",
        f"删除条目 removed lines    {', '.join(found.removed) or '-'}",
        f"改写条目 rewritten lines  {', '.join(found.rewritten) or '-'}",
        f"实际影响 effects          {len(found.effects)}",
    ]
    for effect in found.effects:
        rows += ["", *_effect_lines(effect)]
    return "\n".join(rows)


def _effect_lines(effect: Effect) -> list[str]:
    when = ", ".join(effect.moments) or "全部时间 at all times"
    rest = len(effect.events) - _SHOWN
    events = ", ".join(effect.events[:_SHOWN]) + (f" … +{rest}" if rest > 0 else "")
    rows = [
        f"{effect.before or '无 none'} -> {effect.after or '无 none'}  @ {effect.place}, {when}",
        f"    {events}",
    ]
    return rows + [
        f"    {PART_WORDS[one.part]}: {one.before or '-'}  =>  {one.after or '-'}"
        for one in effect.changes
    ]


def rehearsal_json(found: Rehearsal, names: Names, days: int) -> dict[str, object]:
    """What would have been otherwise, for a program."""
    return {
        "days": days,
        "alarms": found.alarms,
        "changed": found.changed,
        "unanswered": found.unanswered,
        "parts": {str(part): count for part, count in found.parts.items()},
        "lines": [
            {"before": before or None, "after": after or None, "alarms": count}
            for (before, after), count in found.lines.most_common()
        ],
        "overdue": {
            str(limit): {"before": pair[0], "after": pair[1]}
            for limit, pair in found.overdue.items()
        },
        "bureau_notices": {"before": found.bureau[0], "after": found.bureau[1]},
        "desks": [
            {
                "organisation": names[one].code if one in names else None,
                **{
                    word: {"before": pair[0], "after": pair[1]}
                    for word, pair in (
                        ("alarms", desk.alarms),
                        ("orders", desk.orders),
                        ("notices", desk.notices),
                    )
                },
            }
            for one, desk in sorted(found.desks.items())
        ],
        "examples": [
            {
                "alarm": one.alarm.id,
                "event": one.alarm.event,
                "place": one.alarm.place_path,
                "opened_at": one.alarm.opened_at.isoformat(),
                "before": one.before,
                "after": one.after,
                "parts": [str(part) for part in one.parts],
            }
            for one in found.examples
        ],
    }


def rehearsal_text(found: Rehearsal, names: Names, days: int) -> str:
    """What would have been otherwise, in lines."""
    rows = [
        (
            f"过去 {days} 天 {found.alarms} 条报警，其中 {found.changed} 条会不同"
            f" ({found.changed} of {found.alarms} alarms would have gone otherwise)"
        ),
        f"无人负责 unanswered: {found.unanswered}",
        f"首报应急局 bureau told at once: {found.bureau[0]} -> {found.bureau[1]}",
    ]
    rows += [f"  {PART_WORDS[part]}: {count}" for part, count in found.parts.most_common()]
    rows.append("条目 lines:")
    rows += [
        f"  {before or '无 none'} -> {after or '无 none'}: {count}"
        for (before, after), count in found.lines.most_common(_SHOWN)
    ]
    rows.append("超时 overdue (按实际处置时间 by what was really done):")
    rows += [
        f"  {LIMIT_WORDS[limit]}: {pair[0]} -> {pair[1]}"
        for limit in Limit
        if any(pair := found.overdue[limit])
    ]
    rows.append("各单位 organisations (报警 alarms / 工单 orders / 通知 notices):")
    rows += [
        f"  {names[one].name_zh if one in names else one}: {desk.alarms[0]} -> {desk.alarms[1]}"
        f" / {desk.orders[0]} -> {desk.orders[1]} / {desk.notices[0]} -> {desk.notices[1]}"
        for one, desk in sorted(found.desks.items())
    ]
    return "\n".join(rows)
