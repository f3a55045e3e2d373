"""From counted facts to a report: which tables a day, a week, a month or a year has."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analytics.duties.matrix import OrganisationId
from analytics.supervision.facts import Company, Facts
from analytics.supervision.indicator import ASPECTS, Aspect
from analytics.supervision.measure import NAMES, Kind
from analytics.supervision.period import Rhythm
from analytics.supervision.score import Line, Score, score
from analytics.supervision.standing import Ranking, Stars, list_of, rank, stars
from analytics.supervision.store import MeasureLine, score_digest
from dashboards.bulletin.document import Cell, Column, Document, Table
from dashboards.bulletin.words import MEASURED_BY, NOTES, STAGES, TITLES, TRACES
from gateway.catalogue import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """The companies of one street, for its last five."""

    name: Text
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a report is made of.

    Attributes:
        place: Name of the place whose companies are compared.
        streets: Streets below it.
        measures: Open measures; overdue are those whose time ends within the period.
    """

    place: Text
    facts: Facts
    streets: tuple[Street, ...] = ()
    measures: tuple[MeasureLine, ...] = ()


def compose(material: Material) -> Document:
    """The report of a period."""
    scores = score(material.facts.records)
    ranking = rank(scores)
    period = material.facts.period
    return Document(
        name=f"{period}-{str(material.facts.scope).replace('.', '-')}",
        title=TITLES[period.rhythm],
        subtitle=Text(zh=f"{material.place.zh} · {period}", en=f"{material.place.en} · {period}"),
        summary=tuple(_summary(material, scores)),
        tables=tuple(_tables(material, scores, ranking)),
        notes=NOTES,
        digest=_digest(scores, material.measures),
    )


def _digest(scores: Sequence[Score], measures: Sequence[MeasureLine]) -> str:
    total = hashlib.sha256()
    for found in scores:
        total.update(score_digest(found))
    for line in measures:
        total.update(f"{line.number} {line.stage} {line.version}\n".encode())
    return total.hexdigest()


def _summary(material: Material, scores: Sequence[Score]) -> Iterator[Text]:
    assets = sum(one.coverage.registered for one in scores)
    seen = sum(one.coverage.reporting for one in scores)
    share = 100 * seen / assets if assets else 0.0
    yield Text(
        zh=f"{len(scores)} 家企业，{assets} 台设备，在线率 {share:.1f}%",
        en=f"{_counted(len(scores), 'company', 'companies')}, {_counted(assets, 'asset', 'assets')},"
        f" {share:.1f} % of their time reporting",
    )
    missed = sum(line.tally.of - line.tally.kept for one in scores for line in one.lines)
    outside = sum(line.tally.outside for one in scores for line in one.lines)
    yield Text(
        zh=f"未按要求完成 {missed} 项；外部原因（供水、供电、通信）{outside} 项，不计分",
        en=f"{_counted(missed, 'thing', 'things')} not done as demanded;"
        f" {outside} of outside causes, not counted",
    )
    overdue = len(_overdue(material))
    yield Text(
        zh=f"监督措施在办 {len(material.measures)} 件，其中逾期 {overdue} 件",
        en=f"{_counted(len(material.measures), 'open measure', 'open measures')},"
        f" {overdue} of them overdue",
    )


def _counted(count: int, one: str, many: str) -> str:
    """A number of things, in English."""
    return f"{count} {one if count == 1 else many}"


def _tables(material: Material, scores: Sequence[Score], ranking: Ranking) -> Iterator[Table]:
    names = material.facts.companies
    rhythm = material.facts.period.rhythm
    yield _indicator_table(scores)
    yield _ranking_table(ranking, scores, names)
    if rhythm is Rhythm.MONTH:
        yield _last_table(material.streets)
    if rhythm is Rhythm.QUARTER:
        yield _list_table(ranking, names)
    if rhythm in (Rhythm.HALF_YEAR, Rhythm.YEAR):
        yield _star_table(scores, material.facts)
    yield _coverage_table(scores, names)
    yield _measure_table(material)
    yield _point_table(scores, names)


def _columns(*names: tuple[str, str], decimals: int = 1) -> tuple[Column, ...]:
    return tuple(Column(name=Text(zh=zh, en=en), decimals=decimals) for zh, en in names)


def _indicator_table(scores: Sequence[Score]) -> Table:
    rows = []
    for number, first in enumerate(scores[0].lines if scores else ()):
        lines = [one.lines[number] for one in scores]
        of = sum(line.tally.of for line in lines)
        kept = sum(line.tally.kept for line in lines)
        outside = sum(line.tally.outside for line in lines)
        share = 100 * kept / of if of else None
        rows.append((first.indicator.name, of, kept, of - kept, outside, share, first.full))
    return Table(
        key="indicators",
        title=Text(zh="总体情况", en="All companies together"),
        columns=_columns(
            ("指标", "indicator"),
            ("应完成", "to be done"),
            ("按要求完成", "done well"),
            ("未完成", "not done"),
            ("外部原因", "outside causes"),
            ("完成率 %", "done %"),
            ("满分", "full marks"),
        ),
        rows=tuple(rows),
    )


def _ranking_table(
    ranking: Ranking, scores: Sequence[Score], names: Mapping[OrganisationId, Company]
) -> Table:
    by_company = {one.company: one for one in scores}
    rows: list[tuple[Cell, ...]] = []
    for standing in ranking.standings:
        found = by_company[standing.company]
        rows.append(
            (
                standing.rank,
                names[standing.company].name,
                found.total,
                found.equipment,
                found.ratings.mean,
                found.ratings.answers,
                found.faults_per_100_assets,
            )
        )
    return Table(
        key="ranking",
        title=Text(zh="企业排名", en="Ranking"),
        columns=_columns(
            ("名次", "rank"),
            ("企业", "company"),
            ("总分", "total"),
            ("设备分", "equipment score"),
            ("业主评价", "owners' mean"),
            ("评价份数", "answers"),
            ("每百台设备未完成项", "not done per 100 assets"),
        ),
        rows=tuple(rows),
        note=MEASURED_BY[ranking.measure],
        marked=frozenset(
            number for number, standing in enumerate(ranking.standings) if standing.is_last
        ),
    )


def _last_table(streets: Sequence[Street]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for street in streets:
        ranking = rank(score(street.facts.records))
        rows += [
            (street.name, one.rank, street.facts.companies[one.company].name, one.points)
            for one in ranking.standings
            if one.is_last
        ]
    return Table(
        key="last",
        title=Text(zh="各街道末五位", en="Last five of each street"),
        columns=_columns(
            ("街道", "street"), ("名次", "rank"), ("企业", "company"), ("分数", "points")
        ),
        rows=tuple(rows),
        note=Text(
            zh="仅为建议：通报、约谈、信用扣分、限期整改、退出程序均由人员决定。",
            en="A proposal only: notice, talk, deduction, deadline and exit are decided by people.",
        ),
    )


def _list_table(ranking: Ranking, names: Mapping[OrganisationId, Company]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for standing in ranking.standings:
        kind = list_of(standing.points)
        if kind is not None:
            rows.append((NAMES[kind], names[standing.company].name, standing.points))
    return Table(
        key="lists",
        title=Text(zh="红黑榜建议名单", en="Proposed for the red and black list"),
        columns=_columns(("榜单", "list"), ("企业", "company"), ("分数", "points")),
        rows=tuple(rows),
        note=Text(
            zh="公布前须听取社区意见、送达企业并经过申诉期。",
            en="Communities are heard, the company is told and may appeal before publication.",
        ),
    )


def _star_table(scores: Sequence[Score], facts: Facts) -> Table:
    rated = [(one, stars(one, facts.inspected.get(one.company, {}))) for one in scores]
    return Table(
        key="stars",
        title=Text(zh="星级（八个方面）", en="Stars (eight aspects)"),
        columns=(
            *_columns(("企业", "company")),
            *(Column(name=ASPECTS[aspect]) for aspect in Aspect),
            *_columns(("综合", "mean"), ("星级", "stars")),
        ),
        rows=tuple(_star_row(facts.companies[one.company].name, found) for one, found in rated),
        note=Text(
            zh="未评估的方面显示为“—”，未全部评估时不定星级。",
            en="An aspect that nobody assessed shows a dash; without all of them no star is given.",
        ),
    )


def _star_row(name: Text, found: Stars) -> tuple[Cell, ...]:
    return (name, *(one.marks for one in found.aspects), found.marks, found.stars)


def _coverage_table(scores: Sequence[Score], names: Mapping[OrganisationId, Company]) -> Table:
    return Table(
        key="coverage",
        title=Text(zh="监测覆盖", en="Coverage"),
        columns=_columns(
            ("企业", "company"),
            ("登记设备", "registered"),
            ("已验收", "commissioned"),
            ("在线（台）", "reporting"),
            ("电梯", "lifts"),
            ("维保合同有效", "in contract"),
        ),
        rows=tuple(
            (
                names[one.company].name,
                one.coverage.registered,
                one.coverage.commissioned,
                one.coverage.reporting,
                one.coverage.lifts,
                one.coverage.in_contract,
            )
            for one in scores
        ),
        note=Text(
            zh="未上报的设备按未完成计算，关闭传感器只会降低得分。",
            en="What does not report counts as not done: muting a sensor can only cost.",
        ),
    )


def _overdue(material: Material) -> list[MeasureLine]:
    last = material.facts.period.until
    return [line for line in material.measures if line.due is not None and line.due < last]


def _measure_table(material: Material) -> Table:
    overdue = {line.number for line in _overdue(material)}
    return Table(
        key="measures",
        title=Text(zh="监督措施", en="Measures of supervision"),
        columns=_columns(
            ("编号", "number"),
            ("类型", "kind"),
            ("企业", "company"),
            ("事由", "subject"),
            ("阶段", "stage"),
            ("期限", "due"),
        ),
        rows=tuple(
            (
                str(line.number),
                NAMES[Kind(line.kind)],
                line.company_zh,
                line.subject,
                STAGES[line.stage],
                None if line.due is None else line.due.isoformat(),
            )
            for line in material.measures
        ),
        marked=frozenset(
            number for number, line in enumerate(material.measures) if line.number in overdue
        ),
    )


def _point_table(scores: Sequence[Score], names: Mapping[OrganisationId, Company]) -> Table:
    return Table(
        key="points",
        title=Text(zh="得分明细", en="Where each point comes from"),
        columns=_columns(
            ("企业", "company"),
            ("指标", "indicator"),
            ("应完成", "to be done"),
            ("完成", "done"),
            ("全体完成率", "rate of all"),
            ("覆盖率", "coverage"),
            ("得分率", "rate"),
            ("得分", "points"),
            ("满分", "full"),
            ("未完成的事项", "not done"),
            decimals=2,
        ),
        rows=tuple(
            (names[one.company].name, *_point_row(line)) for one in scores for line in one.lines
        ),
    )


def _point_row(line: Line) -> tuple[Cell, ...]:
    return (
        line.indicator.name,
        line.tally.of,
        line.tally.kept,
        line.mean,
        line.coverage,
        line.rate,
        line.points,
        line.full,
        Text(
            zh="、".join(f"{TRACES[one.kind].zh}{one.id}" for one in line.tally.missed),
            en=", ".join(f"{TRACES[one.kind].en} {one.id}" for one in line.tally.missed),
        ),
    )
