"""An answer of the responsibility matrix, for people and for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

import typer

from analytics.duties.calendar import LocalMoment
from analytics.duties.check import Finding, Trouble
from analytics.duties.matrix import Answer, Duty, Limit, OrganisationId

LIMIT_WORDS: Final[Mapping[Limit, str]] = {
    Limit.ACKNOWLEDGE: "确认 acknowledge",
    Limit.CONFIRM: "核实 confirm",
    Limit.ACCEPT: "接单 accept",
    Limit.ARRIVE: "到场 arrive",
    Limit.RESTORE: "恢复 restore",
    Limit.CLOSE: "办结 close",
}
TROUBLE_WORDS: Final[Mapping[Trouble, str]] = {
    Trouble.GAP: "无人负责 gaps",
    Trouble.OVERLAP: "重叠或从不适用 overlaps",
    Trouble.DEAD_END: "无人可达 dead ends",
}
NOBODY: Final = "无人 nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What an organisation is called."""

    code: str
    name_zh: str
    phone: str


Names = Mapping[OrganisationId, Named]


def print_json(answer: object) -> None:
    """Write an answer for a program."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=1, default=str))


def length(span: timedelta) -> str:
    """A length of time as people say it."""
    minutes = span.total_seconds() / 60
    if minutes < 120:
        return f"{minutes:g} min"
    return f"{minutes / 60:g} h" if minutes < 48 * 60 else f"{minutes / 1440:g} d"


def clocks(duty: Duty) -> str:
    """The clocks of a line."""
    parts = [f"{LIMIT_WORDS[limit]} {length(span)}" for limit, span in duty.limits.items()]
    return ", ".join(parts) or "无 none"


def described(answer: Answer, names: Names, moment: LocalMoment) -> str:
    """Who answers, in lines."""

    def name(found: Iterable[OrganisationId | None]) -> str:
        told = [names[one] for one in found if one is not None and one in names]
        return " -> ".join(f"{one.name_zh} ({one.code}, {one.phone})" for one in told) or NOBODY

    duty = answer.duty
    bureau = name([answer.bureau]) if duty.tells_bureau else "不报 is not told"
    work = name([answer.worker]) if duty.opens_order else "不派工单 no order"
    return "\n".join(
        (
            f"条目 line         {duty.key}: {duty.note.zh} / {duty.note.en}",
            f"时间 time         {moment}, 日历 calendar {duty.calendar}",
            f"责任 responsible  {name([answer.responsible])}",
            f"派单 order to     {work}",
            f"协同 joint        {', '.join(name([one]) for one in answer.joint) or NOBODY}",
            f"升级 chain        {name(answer.chain)}",
            f"上报 bureau       {bureau}",
            f"时限 clocks       {clocks(duty)}",
            f"依据 basis        {duty.basis}",
        )
    )


def as_json(answer: Answer, names: Names, moment: LocalMoment) -> dict[str, object]:
    """Who answers, for a program."""

    def named(found: OrganisationId | None) -> dict[str, str] | None:
        return asdict(names[found]) if found is not None and found in names else None

    duty = answer.duty
    return {
        "line": duty.key,
        "note": asdict(duty.note),
        "local_time": f"{moment.day.isoformat()} {moment.minute // 60:02d}:{moment.minute % 60:02d}",
        "day": str(moment.kind),
        "calendar": duty.calendar,
        "responsible": named(answer.responsible),
        "order_to": named(answer.worker) if duty.opens_order else None,
        "joint": [named(one) for one in answer.joint],
        "chain": [named(one) for one in answer.chain],
        "bureau": named(answer.bureau) if duty.tells_bureau else None,
        "limits_s": {limit: span.total_seconds() for limit, span in duty.limits.items()},
        "basis": duty.basis,
    }


def findings_json(findings: Sequence[Finding]) -> dict[str, list[dict[str, str]]]:
    """Findings for a program: exactly the keys gaps, overlaps and dead_ends."""
    return {
        str(trouble): [
            {
                "fault": str(one.fault),
                "subject": one.subject,
                "zh": one.sentence.zh,
                "en": one.sentence.en,
            }
            for one in findings
            if one.trouble is trouble
        ]
        for trouble in Trouble
    }


def findings_text(findings: Sequence[Finding]) -> str:
    """Findings in lines, under what they are sorted by."""
    parts = []
    for trouble in Trouble:
        found = [one for one in findings if one.trouble is trouble]
        parts.append(f"{TROUBLE_WORDS[trouble]}: {len(found)}")
        for one in found:
            parts += [f"  - {one.sentence.zh}", f"    {one.sentence.en} [{one.fault}]"]
    return "\n".join(parts)
