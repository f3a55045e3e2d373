"""Sheets of paper of what the console shows: the evidence of a case, the notice board on A3."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from analytics.supervision.board import LABELS, Field
from dashboards.bulletin.document import Cell, Column, Document, Paper, Table
from dashboards.console.language import EN, N_, ZH, translator
from dashboards.console.people import People, people_words
from dashboards.console.present import Presenter, clock_time, clock_time_ms, offset_words
from dashboards.console.store.alarm import AlarmLine, RunningClock, TimelineRow
from dashboards.console.store.board import Board, Compound
from dashboards.console.store.order import OrderLine, PhotoLine
from dashboards.console.store.safety import RescueFact
from gateway.catalogue import Text

_ZH, _EN = Presenter(ZH), Presenter(EN)
_PRINT_OF: Final = N_(
    "本表由平台按数据库记录生成，逐条追加、不可更改；同一记录生成的文件逐字节相同。"
)
_SIGN: Final = N_("值班员：＿＿＿＿＿＿　　负责人：＿＿＿＿＿＿　　日期：＿＿＿＿＿＿")
_BOARD_NOTE: Final = N_(
    "标有“系统自动”的内容由设备和维保记录得出，其余由物业企业、社区或业委会填写。收费不得超出公示的项目和标准。"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known of an alarm, as its page shows it.

    Attributes:
        photos: Of its order, each by what is in it.
        people: Who is behind the accounts; both are printed.
    """

    line: AlarmLine
    timeline: Sequence[TimelineRow]
    clocks: Sequence[RunningClock] = ()
    rescue: Sequence[RescueFact] = ()
    order: OrderLine | None = None
    photos: Sequence[PhotoLine] = ()
    people: People = field(default_factory=dict)


def compose_case(case: Case) -> Document:
    """The evidence of a case: the same history gives the same sheet."""
    line = case.line
    tables = [_timeline_table(case)]
    if case.rescue:
        tables.append(_rescue_table(case.rescue, case.people))
    if case.clocks:
        tables.append(_clock_table(case.clocks))
    if case.photos:
        tables.append(_photo_table(case.photos, case.people))
    body = (_head(case), tables)
    return Document(
        name=f"evidence-{line.id}",
        title=_said(N_("报警处置记录")),
        subtitle=_each(lambda say: f"#{line.id} · {say.sentence(line)}"),
        summary=_head(case),
        tables=tuple(tables),
        notes=(_said(_PRINT_OF), _said(_SIGN)),
        digest=_digest(body),
    )


def _head(case: Case) -> tuple[Text, ...]:
    line, order = case.line, case.order
    facts = [
        (
            N_("地点"),
            _each(lambda say: f"{say.place(line)} · {say.asset(line)} ({line.asset_code})"),
        ),
        (
            N_("报警"),
            _each(
                lambda say: " · ".join(
                    (
                        say.word("GROUPS", line.alarm_group),
                        say.word("SEVERITIES", line.severity),
                        say.word("STATES", line.state),
                        say.word("CONFIRMATIONS", line.confirmation),
                    )
                )
            ),
        ),
        (N_("发生时间"), _same(clock_time_ms(line.raised_at))),
        (N_("关闭时间"), _same(clock_time_ms(line.closed_at) if line.closed_at else "—")),
        (N_("各处时间"), _said(N_("北京时间（UTC+8）"))),
        (
            N_("负责单位"),
            _each(lambda say: say.pick(line.responsible_zh, line.responsible_en) or "—"),
        ),
        (N_("应急局回执"), _same(line.bureau_receipt or "—")),
    ]
    if order is not None:
        state = _each(lambda say: f"{order.number} · {say.word('ORDER_STATES', order.state)}")
        facts.append((N_("工单"), state))
    if line.text:
        facts.append((N_("说明"), _same(line.text)))
    if line.is_drill:
        facts.insert(0, (N_("演练"), _said(N_("这是演练，不是真实险情"))))
    return tuple(
        Text(zh=f"{_ZH.translate(name)}：{said.zh}", en=f"{_EN.translate(name)}: {said.en}")
        for name, said in facts
    )


def _timeline_table(case: Case) -> Table:
    began = case.line.raised_at
    return Table(
        key="timeline",
        title=_said(N_("时间线")),
        columns=_columns(
            N_("时间"), N_("距报警"), N_("经过"), N_("结果"), N_("人员或单位"), N_("回执与备注")
        ),
        rows=tuple(
            (
                clock_time_ms(row.at),
                offset_words(began, row.at),
                _what(row),
                _result(row),
                _actor(case.people, row.who),
                _joined(_same(row.receipt or ""), _note(row.note, row.at)),
            )
            for row in case.timeline
        ),
    )


def _what(row: TimelineRow) -> Text:
    return _each(lambda say: say.timeline_what(row))


def _result(row: TimelineRow) -> Text:
    match row.kind:
        case "step":
            return _word("STATES", row.to_state)
        case "order":
            return _word("ORDER_STATES", row.to_state)
        case "notice":
            return _word("NOTICE_STATES", row.from_state)
    return _same("")


def _note(text: str, came_at: datetime) -> Text:
    return _each(lambda say: say.note(text, came_at))


def _actor(people: People, account: str) -> Text:
    """Who it was, and by which account: a name may change, the account says who was logged in."""
    told = _each(lambda say: people_words(say.language, people, account))
    return _joined(told, _same(account), " / ") if account in people else told


def _joined(first: Text, then: Text, by: str = " · ") -> Text:
    return Text(
        zh=by.join(part for part in (first.zh, then.zh) if part),
        en=by.join(part for part in (first.en, then.en) if part),
    )


def _rescue_table(facts: Sequence[RescueFact], people: People) -> Table:
    return Table(
        key="rescue",
        title=_said(N_("救援")),
        columns=_columns(N_("时间"), N_("经过"), N_("人员或单位"), N_("说明")),
        rows=tuple(
            (
                clock_time_ms(fact.at),
                _word("RESCUE_FACTS", fact.kind),
                _joined(
                    Text(zh=fact.organisation_zh, en=fact.organisation_en or fact.organisation_zh),
                    _actor(people, fact.actor),
                ),
                _note(fact.words, fact.at),
            )
            for fact in facts
        ),
    )


def _clock_table(clocks: Sequence[RunningClock]) -> Table:
    return Table(
        key="clocks",
        title=_said(N_("正在计时的时限")),
        columns=_columns(N_("时限"), N_("到期")),
        rows=tuple(
            (
                _word("CLOCKS", one.kind),
                clock_time(one.due_at),
            )
            for one in clocks
        ),
    )


def _photo_table(photos: Sequence[PhotoLine], people: People) -> Table:
    return Table(
        key="photos",
        title=_said(N_("照片")),
        columns=(
            *_columns(N_("时间"), N_("人员或单位"), N_("说明")),
            Column(name=_same("SHA-256")),
        ),
        rows=tuple(
            (
                clock_time_ms(one.added_at),
                _actor(people, one.added_by),
                _note(one.note, one.added_at),
                one.digest,
            )
            for one in photos
        ),
    )


def compose_board(compound: Compound, board: Board, now: datetime) -> Document:
    """The notice board of a compound as one A3 sheet; it names no device but lifts."""
    newest = {line.field: line for line in sorted(board.posts, key=lambda one: one.posted_at)}
    tables = (
        _firm_table(compound, board),
        _lift_table(board),
        _spending_table(board),
        Table(
            key="posts",
            title=_said(N_("公示事项")),
            columns=_columns(N_("事项"), N_("内容"), N_("公示日期")),
            rows=tuple(
                (
                    LABELS[field],
                    newest[field].text if field in newest else _said(N_("尚未公示")),
                    _day(newest[field].posted_at) if field in newest else "—",
                )
                for field in Field
                if field is not Field.LIFT_SPENDING
            ),
        ),
    )
    title = _said(N_("物业服务公示栏"))
    name = Text(zh=compound.name_zh, en=compound.name_en or compound.name_zh)
    return Document(
        name=f"board-{compound.code}",
        title=Text(zh=f"{name.zh}{title.zh}", en=f"{name.en}: {title.en}"),
        subtitle=_each(
            lambda say: " · ".join(
                part
                for part in (
                    say.pick(compound.community_zh, compound.community_en),
                    compound.address,
                    f"{say.translate(N_('截至'))} {clock_time(now)}",
                )
                if part
            )
        ),
        summary=(),
        tables=tables,
        notes=(_said(_BOARD_NOTE),),
        digest=_digest(tables),
        paper=Paper.A3,
    )


def _firm_table(compound: Compound, board: Board) -> Table:
    management = _word("MANAGEMENTS", compound.management)
    company = Text(zh=compound.company_zh, en=compound.company_en or compound.company_zh)
    own: tuple[Cell, ...] = (
        _said(N_("物业企业")),
        company if compound.company_zh else management,
        compound.company_phone,
        "",
    )
    return Table(
        key="firms",
        title=_said(N_("物业企业与维保单位")),
        columns=_columns(N_("职责"), N_("单位"), N_("电话"), N_("合同至")),
        rows=(
            own,
            *(
                (
                    _word("UPKEEP", one.kind),
                    Text(zh=one.name_zh, en=one.name_en or one.name_zh)
                    if one.name_zh
                    else _said(N_("未登记维保单位")),
                    one.phone,
                    _day(one.contract_until),
                )
                for one in board.maintainers
            ),
        ),
    )


def _lift_table(board: Board) -> Table:
    return Table(
        key="lifts",
        title=_said(N_("电梯")),
        columns=_columns(N_("电梯"), N_("运行"), N_("最近一次维护保养"), N_("下次应于")),
        rows=tuple(
            (
                Text(zh=lift.name_zh, en=lift.name_en or lift.name_zh),
                _lift_state(lift.out_since, lift.out_why, is_watched=lift.is_watched),
                _day(lift.done_at),
                _day(lift.due_at),
            )
            for lift in board.lifts
        ),
    )


def _lift_state(out_since: datetime | None, why: str, *, is_watched: bool) -> Text:
    if out_since is not None:
        word = N_("停用检修") if why == "held" else N_("停运")
        return _each(
            lambda say: (
                f"{say.translate(word)} {say.translate(N_('自'))} {clock_time(out_since)[:16]}"
            )
        )
    return _said(N_("未见停运") if is_watched else N_("未监测"))


def _spending_table(board: Board) -> Table:
    lines = [line for line in board.posts if line.field == Field.LIFT_SPENDING]
    return Table(
        key="spending",
        title=LABELS[Field.LIFT_SPENDING],
        columns=_columns(N_("时间"), N_("电梯"), N_("金额（元）"), N_("说明"), N_("公示日期")),
        rows=tuple(
            (
                line.period,
                Text(zh=line.lift_zh, en=line.lift_en or line.lift_zh),
                f"{(line.amount_fen or 0) / 100:.2f}",
                line.text,
                _day(line.posted_at),
            )
            for line in sorted(lines, key=lambda one: (one.period, one.lift_zh), reverse=True)
        ),
    )


def _day(at: datetime | date | None) -> str:
    match at:
        case None:
            return "—"
        case datetime():
            return clock_time(at)[:10]
    return at.isoformat()


def _columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=_said(name)) for name in names)


def _said(text: str) -> Text:
    return Text(zh=text, en=translator(EN)(text))


def _same(text: str) -> Text:
    return Text(zh=text, en=text)


def _word(table: str, key: str) -> Text:
    return _each(lambda say: say.word(table, key) if key else "")


def _each(say: Callable[[Presenter], str]) -> Text:
    return Text(zh=say(_ZH), en=say(_EN))


def _digest(parts: Iterable[object]) -> str:
    return hashlib.sha256(repr(tuple(parts)).encode()).hexdigest()
