"""One measure of supervision as a sheet of paper: what it asks, on which facts, who decided what."""

import hashlib
from collections.abc import Sequence
from typing import Final

from analytics.supervision.measure import NAMES, Kind
from analytics.supervision.period import ZONE
from analytics.supervision.store import Measure, StepLine
from dashboards.bulletin.document import Column, Document, Table
from dashboards.bulletin.words import STAGES, STEPS, TRACES
from gateway.catalogue import Text

_NONE: Final = Text(zh="—", en="—")
_RIGHTS: Final = Text(
    zh="对本通知有异议的，可在申诉截止日前提出书面申诉；每一步由有权人员决定并记录理由。",
    en="An appeal may be made in writing until the last day named; every step is a person's.",
)
_SIGNATURE: Final = Text(
    zh="签发单位（盖章）：＿＿＿＿＿＿　　签收人：＿＿＿＿＿＿　　日期：＿＿＿＿＿＿",
    en="Issued by (seal): ____________    Received by: ____________    Date: ____________",
)


def compose_sheet(measure: Measure, steps: Sequence[StepLine]) -> Document:
    """The sheet of a measure, the same for the same history."""
    company = Text(zh=measure.company_zh, en=measure.company_en or measure.company_zh)
    return Document(
        name=f"{measure.number}-{measure.kind}",
        title=NAMES[Kind(measure.kind)],
        subtitle=Text(zh=f"编号 {measure.number}", en=f"Number {measure.number}"),
        summary=(
            Text(zh=f"致：{company.zh}", en=f"To: {company.en}"),
            Text(zh=f"地点：{measure.place_zh}", en=f"Place: {measure.place_zh}"),
            Text(zh=f"事由：{measure.subject}", en=f"Subject: {measure.subject}"),
            _days(measure),
            Text(
                zh=f"目前阶段：{STAGES[measure.stage].zh}", en=f"Stage: {STAGES[measure.stage].en}"
            ),
        ),
        tables=(_evidence_table(measure), _step_table(steps)),
        notes=(_RIGHTS, _SIGNATURE),
        digest=_digest(measure, steps),
    )


def _days(measure: Measure) -> Text:
    due = "—" if measure.due is None else measure.due.isoformat()
    appeal = "—" if measure.appeal_until is None else measure.appeal_until.isoformat()
    return Text(
        zh=f"整改期限：{due}　申诉截止：{appeal}", en=f"Deadline: {due}; appeals until: {appeal}"
    )


def _evidence_table(measure: Measure) -> Table:
    return Table(
        key="evidence",
        title=Text(zh="依据的事项", en="Facts that it rests on"),
        columns=(
            Column(name=Text(zh="类型", en="kind")),
            Column(name=Text(zh="编号", en="number")),
        ),
        rows=tuple((TRACES.get(one.kind, _NONE), str(one.id)) for one in measure.evidence),
    )


def _step_table(steps: Sequence[StepLine]) -> Table:
    names = (
        ("时间", "time"),
        ("步骤", "step"),
        ("结果", "stage"),
        ("决定人", "by"),
        ("理由", "why"),
    )
    return Table(
        key="steps",
        title=Text(zh="办理经过", en="What was decided"),
        columns=tuple(Column(name=Text(zh=zh, en=en)) for zh, en in names),
        rows=tuple(
            (
                f"{line.at.astimezone(ZONE):%Y-%m-%d %H:%M}",
                STEPS[line.step],
                STAGES[line.to_stage],
                line.actor,
                line.reason,
            )
            for line in steps
        ),
    )


def _digest(measure: Measure, steps: Sequence[StepLine]) -> str:
    total = hashlib.sha256(f"{measure.number} {measure.stage} {measure.version}\n".encode())
    for line in steps:
        total.update(f"{line.at.isoformat()} {line.step} {line.actor} {line.reason}\n".encode())
    return total.hexdigest()
