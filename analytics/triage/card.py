"""The triage card 研判卡: what an alarm means, why, what to do first, by when, and whom to call.

Pure. It never sounds surer than it is: without evidence the causes stand by how usual they are,
and the card says so; what could not be read is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from analytics.duties.matrix import Answer, Limit, OrganisationId
from analytics.notices.contact import ZONE
from analytics.triage.fact import Facts
from analytics.triage.playbook import Drift, Level, Library, Playbook
from analytics.triage.rank import WORDS, Confidence, Ranked, rank, said_of
from gateway.catalogue import Text, asset_class, event_kind

MOST_CAUSES: Final = 5
NOT_KNOWN: Final = Text(
    zh="现有数据不足以判断原因,以下仅按常见程度排列",
    en="The cause cannot be told from what is known; these stand by how usual they are",
)
NO_PLAYBOOK: Final = Text(zh="没有该报警的研判预案", en="There is no playbook for this alarm")
_PARTS: Final = {
    "past": Text(zh="历史报警", en="earlier alarms"),
    "neighbours": Text(zh="周边报警", en="alarms nearby"),
    "orders": Text(zh="维修工单", en="work orders"),
    "active": Text(zh="设备状态", en="conditions of the asset"),
    "said": Text(zh="近期事件", en="recent events"),
    "warned": Text(zh="预警", en="early warnings"),
    "trend": Text(zh="测量趋势", en="measurements"),
    "responsible": Text(zh="责任单位", en="who answers"),
}
_LIMITS: Final = {
    Limit.ACKNOWLEDGE: Text(zh="确认", en="acknowledge"),
    Limit.CONFIRM: Text(zh="核实", en="confirm"),
    Limit.ACCEPT: Text(zh="接单", en="accept"),
    Limit.ARRIVE: Text(zh="到场", en="arrive"),
    Limit.RESTORE: Text(zh="修复", en="restore"),
    Limit.CLOSE: Text(zh="关闭", en="close"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """What an organisation is called and how it is reached."""

    name: Text
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Who answers, with names."""

    answer: Answer | None = None
    organisations: Mapping[OrganisationId, Organisation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseLine:
    """A cause as the card shows it."""

    label: Text
    confidence: Confidence
    confidence_words: Text
    support: tuple[Text, ...]
    against: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLine:
    """How long a step may take."""

    step: Text
    length: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLine:
    """Whom to call."""

    role: Text
    name: Text
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A triage card.

    Attributes:
        is_known: Whether evidence speaks for a cause.
        surroundings: History, neighbours, maintenance, trends, a sentence each.
        basis: Law, standard or rule behind the clocks.
        gaps: What is not known, a sentence each.
    """

    alarm_id: int
    title: Text
    meaning: Text
    is_known: bool
    causes: tuple[CauseLine, ...]
    first: tuple[Text, ...]
    surroundings: tuple[Text, ...]
    clocks: tuple[ClockLine, ...]
    basis: str
    contacts: tuple[ContactLine, ...]
    gaps: tuple[Text, ...]


def card_of(facts: Facts, books: Library, contacts: Contacts, unread: Sequence[str]) -> Card:
    """The card of an alarm."""
    kind = event_kind(facts.alarm.event)
    playbook = books.of(kind.name)
    ranked = [] if playbook is None else rank(playbook, books, facts)
    steps = () if playbook is None else playbook.first
    meaning = kind.label if playbook is None else _text(playbook.meaning.zh, playbook.meaning.en)
    answer = contacts.answer
    return Card(
        alarm_id=facts.alarm.id,
        title=kind.label,
        meaning=meaning,
        is_known=said_of(ranked),
        causes=tuple(_cause(one) for one in ranked[:MOST_CAUSES]),
        first=(kind.action, *(_text(step.zh, step.en) for step in steps)),
        surroundings=_surroundings(facts, playbook, books),
        clocks=() if answer is None else _clocks(answer),
        basis=kind.basis if answer is None else answer.duty.basis,
        contacts=_contact_lines(contacts),
        gaps=_gaps(facts, playbook, ranked, contacts, unread),
    )


def _text(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


def _cause(one: Ranked) -> CauseLine:
    return CauseLine(
        label=one.label,
        confidence=one.confidence,
        confidence_words=WORDS[one.confidence],
        support=one.support,
        against=one.against,
    )


def _surroundings(facts: Facts, playbook: Playbook | None, books: Library) -> tuple[Text, ...]:
    lines = [*_history_lines(facts), *_neighbour_lines(facts), *_work_lines(facts)]
    names = [] if playbook is None else _metrics_of(playbook, books)
    return (*lines, *_trend_lines(facts, names))


def _history_lines(facts: Facts) -> list[Text]:
    if facts.past is None:
        return []
    month = facts.alarm.raised_at - timedelta(days=30)
    same = [one for one in facts.past if one.event == facts.alarm.event]
    recent = sum(one.raised_at >= month for one in same)
    all_recent = sum(one.raised_at >= month for one in facts.past)
    if not facts.past:
        return [_text("该设备近90天没有其他报警", "No other alarm of this asset in 90 days")]
    return [
        _text(
            f"该设备同类报警:近30天{recent}次,近90天{len(same)}次;全部报警近30天{all_recent}次",
            f"This asset: the same {recent} x in 30 days, {len(same)} x in 90 days;"
            f" all alarms {all_recent} x in 30 days",
        )
    ]


def _neighbour_lines(facts: Facts) -> list[Text]:
    lines = []
    for within, zh, en in (
        ("zone", "同一防火分区", "the same fire zone"),
        ("building", "同一楼栋", "the same building"),
        ("compound", "同一小区", "the same compound"),
    ):
        found = facts.near(within)
        if found is None:
            continue
        if found:
            first = event_kind(found[0].event).label
            lines.append(
                _text(
                    f"{zh}现有其他报警{len(found)}条,最近一条:{first.zh}",
                    f"Other open alarms in {en}: {len(found)}, the newest: {first.en}",
                )
            )
        else:
            lines.append(_text(f"{zh}没有其他报警", f"No other open alarm in {en}"))
    return lines


def _work_lines(facts: Facts) -> list[Text]:
    lines = []
    for order in facts.orders or ():
        at = order.opened_at.astimezone(ZONE)
        lines.append(
            _text(
                f"维修进行中:工单{order.number}({at:%m-%d %H:%M})",
                f"Maintenance in progress: order {order.number} ({at:%m-%d %H:%M})",
            )
        )
    return lines + [
        _text(f"预警:{warned.reason.zh}", f"Early warning: {warned.reason.en}")
        for warned in facts.warned or ()
    ]


def _metrics_of(playbook: Playbook, books: Library) -> list[str]:
    """Metrics that the playbook's rules look at, each once."""
    rules = [
        rule
        for name in playbook.causes
        for rule in books.causes[name].evidence
        if isinstance(rule, Level | Drift)
    ]
    return list(dict.fromkeys(rule.metric for rule in rules))


def _trend_lines(facts: Facts, names: Sequence[str]) -> list[Text]:
    if facts.trend is None:
        return []
    labels = {metric.name: metric for metric in asset_class(facts.alarm.asset_class).metrics}
    lines = []
    for name in names:
        values = facts.trend.known(name)
        if name not in labels or not values.size:
            continue
        metric, first, last = labels[name], float(values[0]), float(values[-1])
        span = f"{first:.4g} → {last:.4g} {metric.written_unit}".strip()
        low, high = float(values.min()), float(values.max())
        lines.append(
            _text(
                f"{metric.label.zh}:{span}(最低{low:.4g},最高{high:.4g})",
                f"{metric.label.en}: {span} (lowest {low:.4g}, highest {high:.4g})",
            )
        )
    return lines


def _clocks(answer: Answer) -> tuple[ClockLine, ...]:
    return tuple(
        ClockLine(step=_LIMITS[limit], length=_length(answer.duty.limits[limit]))
        for limit in Limit
        if limit in answer.duty.limits
    )


def _length(length: timedelta) -> Text:
    seconds = round(length.total_seconds())
    if seconds < 120:
        return _text(f"{seconds}秒", f"{seconds} s")
    if seconds < 7200:
        return _text(f"{seconds / 60:g}分钟", f"{seconds / 60:g} min")
    if seconds < 172_800:
        return _text(f"{seconds / 3600:g}小时", f"{seconds / 3600:g} h")
    return _text(f"{seconds / 86_400:g}天", f"{seconds / 86_400:g} days")


def _contact_lines(contacts: Contacts) -> tuple[ContactLine, ...]:
    answer = contacts.answer
    if answer is None:
        return ()
    named = [(_text("责任单位", "Responsible"), answer.responsible)]
    if answer.duty.opens_order:
        named.append((_text("处置单位", "Does the work"), answer.worker))
    named += [(_text("配合单位", "Takes part"), one) for one in answer.joint]
    named += [(_text("升级督办", "Told next"), one) for one in answer.chain]
    if answer.duty.tells_bureau:
        named.append((_text("应急管理部门", "Emergency bureau"), answer.bureau))
    lines, seen = [], set()
    for role, one in named:
        if one is None or one in seen or one not in contacts.organisations:
            continue
        seen.add(one)
        known = contacts.organisations[one]
        lines.append(ContactLine(role=role, name=known.name, phone=known.phone))
    return tuple(lines)


def _gaps(
    facts: Facts,
    playbook: Playbook | None,
    ranked: Sequence[Ranked],
    contacts: Contacts,
    unread: Sequence[str],
) -> tuple[Text, ...]:
    gaps = [NO_PLAYBOOK] if playbook is None else []
    if playbook is not None and not said_of(ranked):
        gaps.append(NOT_KNOWN)
    for name in unread:
        part = _PARTS[name]
        gaps.append(_text(f"未能读取:{part.zh}", f"Could not be read: {part.en}"))
    has_table = asset_class(facts.alarm.asset_class).table is not None
    if has_table and facts.trend is not None and not facts.trend.at_s.size:
        gaps.append(_text("近24小时没有测量数据", "No measurements in 24 h"))
    if not facts.alarm.zone and event_kind(facts.alarm.event).is_life_safety:
        gaps.append(_text("未登记防火分区", "No fire zone is registered"))
    if contacts.answer is None and "responsible" not in unread:
        gaps.append(_text("权责清单没有对应条目", "No line of the matrix holds"))
    elif contacts.answer is not None and contacts.answer.responsible is None:
        gaps.append(_text("未找到责任单位", "Nobody was found who answers"))
    return tuple(gaps)
