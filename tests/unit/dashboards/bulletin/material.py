"""A made-up period for tests of reports."""

from datetime import UTC, date, datetime

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId
from analytics.supervision.facts import Company, Facts
from analytics.supervision.indicator import INDICATORS, Aspect
from analytics.supervision.period import Period
from analytics.supervision.score import Coverage, Ratings, Record, Tally, Trace
from analytics.supervision.store import MeasureLine, Number
from dashboards.bulletin.compose import Material, Street
from gateway.catalogue import Text

_NAMES = ("示范物业", "远望物业", "安居物业", "=1+1 物业")


def record(number: int, kept: int, answers: int = 8) -> Record:
    tally = Tally(of=100, kept=kept, outside=number, missed=(Trace(kind="alarm", id=70 + number),))
    return Record(
        company=OrganisationId(number),
        coverage=Coverage(
            registered=120, commissioned=118, reporting=114.5, lifts=9, in_contract=8
        ),
        tallies={one.key: tally for one in INDICATORS},
        ratings=Ratings(answers=answers, mean=60.0 + number if answers else None),
    )


def material(period: str = "2026-11", answers: int = 8) -> Material:
    companies = {
        OrganisationId(number): Company(
            id=OrganisationId(number), code=f"c{number}", name=Text(zh=name, en=f"Company {number}")
        )
        for number, name in enumerate(_NAMES, 1)
    }
    facts = Facts(
        period=Period.parse(period),
        scope=PlacePath("city.dist"),
        companies=companies,
        records=tuple(
            record(n, kept, answers) for n, kept in zip(companies, (99, 80, 60, 20), strict=True)
        ),
        inspected={OrganisationId(1): dict.fromkeys(Aspect, 85.0)},
    )
    measure = MeasureLine(
        number=Number("J2026-00001"),
        kind="rectification",
        company_code="c4",
        company_zh="示范物业",
        period="",
        subject="电梯逾期未维保",
        stage="issued",
        due=date(2026, 11, 20),
        appeal_until=date(2026, 11, 10),
        version=2,
        opened_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    street = Street(name=Text(zh="示范街道", en="Example street"), facts=facts)
    place = Text(zh="示范区", en="Example district")
    return Material(place=place, facts=facts, streets=(street,), measures=(measure,))
