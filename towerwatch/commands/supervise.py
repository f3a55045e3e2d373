"""`towerwatch supervise`: scores, reports and measures of supervision 监督."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from analytics.supervision import store
from analytics.supervision.facts import (
    Facts,
    Place,
    fetch_organisation,
    fetch_place,
    fetch_streets,
    gather,
)
from analytics.supervision.indicator import Aspect
from analytics.supervision.measure import MAY, Deed, Kind, Step
from analytics.supervision.period import Period, Rhythm
from analytics.supervision.score import Score, score
from analytics.supervision.standing import Ranking, rank
from analytics.supervision.store import Inspection, Number, Proposal, Publication, Rating
from dashboards.bulletin.compose import Material, Street, compose
from dashboards.bulletin.document import EN, ZH, Document
from dashboards.bulletin.render import Format, draw
from dashboards.bulletin.sheet import compose_sheet
from ingest.database import Connection, in_transaction
from towerwatch.errors import WrongSettings
from towerwatch.reach import database

app = typer.Typer(
    help="Score companies, write the reports of supervision, and take its measures 监督.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

_ROLE: Final = "tw_analytics"
PeriodName = Annotated[
    str, typer.Argument(help="2026-11-22, 2026-W47, 2026-11, 2026-Q4, 2026-H2 or 2026.")
]
PlaceCode = Annotated[str, typer.Option("--place", help="Code of a place; else everywhere.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
By = Annotated[str, typer.Option("--by", help="User name of the person who decides.")]
MeasureNumber = Annotated[str, typer.Argument(help="Number of a measure, such as J2026-00001.")]


@app.command("score")
def score_command(
    period: PeriodName,
    *,
    place: PlaceCode = "",
    publish: Annotated[
        bool, typer.Option("--publish", help="Keep the scores as published.")
    ] = False,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Score and rank the companies of a place, with every indicator and the facts behind it."""
    if publish and not by:
        raise WrongSettings("Scores are published by a person: give --by NAME.")
    now = datetime.now(UTC)
    with database(_ROLE) as connection:
        facts, _ = _facts(connection, period, place, now)
        scores = score(facts.records)
        ranking = rank(scores)
        if publish:
            publication = Publication(period=facts.period, scope=facts.scope, actor=by)
            in_transaction(
                connection, lambda held: store.publish(held, publication, scores, ranking, now)
            )
    if as_json:
        typer.echo(json.dumps(_score_json(facts, scores, ranking), ensure_ascii=False, indent=1))
        return
    for line in _score_lines(facts, scores, ranking):
        typer.echo(line)


@app.command()
def report(
    period: PeriodName,
    *,
    place: PlaceCode = "",
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("build/reports"),
    forms: Annotated[
        str, typer.Option("--format", help="html, pdf, csv, or several with commas.")
    ] = "html,pdf,csv",
    language: Annotated[str, typer.Option(help="zh or en.")] = ZH,
) -> None:
    """Write the report of a day, week, month, quarter, half-year or year.

    The same facts give the same files, byte for byte.
    """
    wanted = _forms(forms)
    _require_language(language)
    with database(_ROLE) as connection:
        document = compose(_material(connection, period, place, datetime.now(UTC)))
    _write(document, wanted, out, language)


@app.command()
def measures(
    company: Annotated[str, typer.Option(help="Code of a company: also what is over.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """List open measures, those whose time ends first at the top."""
    with database(_ROLE) as connection:
        found = store.fetch_measures(connection, company or None)
    today = store.today(datetime.now(UTC))
    if as_json:
        rows = [
            {
                "number": one.number,
                "kind": one.kind,
                "company": one.company_code,
                "subject": one.subject,
                "stage": one.stage,
                "due": None if one.due is None else one.due.isoformat(),
                "is_overdue": one.due is not None and one.due < today,
            }
            for one in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for one in found:
        late = "  overdue 逾期" if one.due is not None and one.due < today else ""
        typer.echo(
            f"{one.number}  {one.kind:<14} {one.stage:<13} {one.due or '-':<10}"
            f"  {one.company_zh}  {one.subject}{late}"
        )
    if not found:
        typer.echo("No measures.")


@app.command()
def propose(
    kind: Annotated[Kind, typer.Argument(help="Instrument.")],
    *,
    company: Annotated[str, typer.Option(help="Code of the company.")],
    subject: Annotated[str, typer.Option(help="What it is about, one sentence.")],
    place: PlaceCode = "",
    period: Annotated[str, typer.Option(help="The period whose score led to it.")] = "",
) -> None:
    """Open a measure; a person decides on every further step."""
    now = datetime.now(UTC)
    with database(_ROLE) as connection:
        proposal = Proposal(
            kind=kind,
            company=fetch_organisation(connection, company),
            place_path=fetch_place(connection, place).path,
            subject=subject,
            period=Period.parse(period) if period else None,
        )
        found = in_transaction(connection, lambda held: store.propose(held, proposal, now))
        lines = store.fetch_measures(connection, company)
    if found is None:
        raise WrongSettings(f"{kind} of {company} for {period} is there already.")
    typer.echo(next(line.number for line in lines if line.stage == "proposed"))


@app.command()
def step(  # noqa: PLR0913 - what a step needs, each by name
    number: MeasureNumber,
    name: Annotated[Step, typer.Argument(help="What is done.")],
    *,
    by: By,
    reason: Annotated[str, typer.Option(help="Why; stands in the history.")],
    due: Annotated[str, typer.Option(help="Last day of the company's time, YYYY-MM-DD.")] = "",
    appeal_until: Annotated[str, typer.Option(help="Last day of an appeal, YYYY-MM-DD.")] = "",
) -> None:
    """Take a step of a measure; the procedure refuses what is not its turn."""
    deed = Deed(
        step=name,
        actor=by,
        role=MAY[name],
        reason=reason,
        due=_day(due),
        appeal_until=_day(appeal_until),
    )
    now = datetime.now(UTC)
    with database(_ROLE) as connection:
        after = in_transaction(connection, lambda held: store.step(held, Number(number), deed, now))
    typer.echo(f"{number}: {after.stage}" + (f", until {after.due}" if after.due else ""))


@app.command()
def history(number: MeasureNumber) -> None:
    """Show who took which step of a measure, when and why."""
    with database(_ROLE) as connection:
        lines = store.fetch_steps(connection, Number(number))
    for line in lines:
        typer.echo(
            f"{line.at:%Y-%m-%d %H:%M} UTC  {line.step:<12} -> {line.to_stage:<13}"
            f" {line.actor} ({line.actor_role}): {line.reason}"
        )
    if not lines:
        typer.echo(f"{number}: no step has been taken.")


@app.command("print")
def print_command(
    number: MeasureNumber,
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("build/measures"),
    forms: Annotated[
        str, typer.Option("--format", help="html, pdf, csv, or several with commas.")
    ] = "html,pdf",
    language: Annotated[str, typer.Option(help="zh or en.")] = ZH,
) -> None:
    """Write a measure as a sheet for the company: what it asks, on which facts, who decided what."""
    wanted = _forms(forms)
    _require_language(language)
    with database(_ROLE) as connection:
        measure = store.fetch_measure(connection, Number(number))
        document = compose_sheet(measure, store.fetch_steps(connection, Number(number)))
    _write(document, wanted, out, language)


@app.command()
def rate(  # noqa: PLR0913 - what an answer is, each by name
    *,
    company: Annotated[str, typer.Option(help="Code of the company.")],
    place: Annotated[str, typer.Option(help="Code of the compound.")],
    stars: Annotated[int, typer.Option(min=1, max=5, help="1 to 5.")],
    ballot: Annotated[str, typer.Option(help="The household's slip; each answers once.")],
    giver: Annotated[str, typer.Option(help="owner or committee.")] = "owner",
    note: Annotated[str, typer.Option(help="What was said.")] = "",
) -> None:
    """Take the answer of an owner or an owners' committee."""
    with database(_ROLE) as connection:
        rating = Rating(
            organisation=fetch_organisation(connection, company),
            place_path=fetch_place(connection, place).path,
            giver=giver,
            stars=stars,
            ballot=ballot,
            note=note,
        )
        now = datetime.now(UTC)
        is_new = in_transaction(connection, lambda held: store.add_rating(held, rating, now))
    typer.echo("Taken." if is_new else "This ballot has answered already; nothing was changed.")
    raise typer.Exit(0 if is_new else 1)


@app.command()
def inspect(  # noqa: PLR0913 - what an inspection is, each by name
    *,
    company: Annotated[str, typer.Option(help="Code of the company.")],
    place: Annotated[str, typer.Option(help="Code of the compound.")],
    aspect: Annotated[Aspect, typer.Option(help="One of the eight aspects.")],
    marks: Annotated[float, typer.Option(min=0, max=100, help="0 to 100.")],
    by: By,
    note: Annotated[str, typer.Option(help="What was found.")] = "",
) -> None:
    """Take the marks of an inspection, for the star rating."""
    with database(_ROLE) as connection:
        inspection = Inspection(
            organisation=fetch_organisation(connection, company),
            place_path=fetch_place(connection, place).path,
            aspect=aspect,
            marks=marks,
            actor=by,
            note=note,
        )
        now = datetime.now(UTC)
        in_transaction(connection, lambda held: store.add_inspection(held, inspection, now))
    typer.echo("Taken.")


def _facts(connection: Connection, period: str, code: str, now: datetime) -> tuple[Facts, Place]:
    place = fetch_place(connection, code)
    return gather(connection, Period.parse(period), place.path, now), place


def _material(connection: Connection, period: str, code: str, now: datetime) -> Material:
    facts, place = _facts(connection, period, code, now)
    streets: list[Street] = []
    if facts.period.rhythm is Rhythm.MONTH:
        streets = [
            Street(name=one.name, facts=gather(connection, facts.period, one.path, now))
            for one in fetch_streets(connection, place.path)
        ]
    return Material(
        place=place.name,
        facts=facts,
        streets=tuple(streets),
        measures=tuple(store.fetch_measures(connection, limit=1000)),
    )


def _require_language(language: str) -> None:
    if language not in (ZH, EN):
        raise WrongSettings(f"Language {language}: zh or en.")


def _write(document: Document, forms: Sequence[Format], out: Path, language: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for form in forms:
        for drawn in draw(document, form, language):
            (out / drawn.name).write_bytes(drawn.content)
            typer.echo(str(out / drawn.name))


def _forms(text: str) -> list[Format]:
    try:
        return [Format(word.strip()) for word in text.split(",")]
    except ValueError as error:
        raise WrongSettings(f"Format {text}: html, pdf or csv.") from error


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise WrongSettings(f"{text} is no day; write YYYY-MM-DD.") from error


def _score_json(facts: Facts, scores: list[Score], ranking: Ranking) -> dict[str, object]:
    by_company = {one.company: one for one in scores}
    return {
        "period": str(facts.period),
        "place": facts.scope,
        "measured_by": ranking.measure,
        "companies": [
            {
                "rank": standing.rank,
                "code": facts.companies[standing.company].code,
                "name": facts.companies[standing.company].name.zh,
                "is_last": standing.is_last,
                "equipment": by_company[standing.company].equipment,
                "total": by_company[standing.company].total,
                "answers": by_company[standing.company].ratings.answers,
                "coverage": by_company[standing.company].coverage.share,
                "digest": store.score_digest(by_company[standing.company]).hex(),
                "lines": [
                    {
                        "indicator": line.indicator.key,
                        "of": line.tally.of,
                        "kept": line.tally.kept,
                        "outside": line.tally.outside,
                        "mean": line.mean,
                        "points": line.points,
                        "full": line.full,
                        "missed": [str(trace) for trace in line.tally.missed],
                    }
                    for line in by_company[standing.company].lines
                ],
            }
            for standing in ranking.standings
        ],
    }


def _score_lines(facts: Facts, scores: list[Score], ranking: Ranking) -> list[str]:
    by_company = {one.company: one for one in scores}
    lines = [f"{facts.period}  {facts.scope}  ranked by {ranking.measure}"]
    for standing in ranking.standings:
        found = by_company[standing.company]
        total = "  —  " if found.total is None else f"{found.total:5.1f}"
        lines.append(
            f"{standing.rank:>3}  total {total}  equipment {found.equipment:5.1f}"
            f"  answers {found.ratings.answers:>4}  coverage {found.coverage.share:4.0%}"
            f"  {facts.companies[standing.company].name.zh}"
            + ("  (last five 末五位)" if standing.is_last else "")
        )
    return lines if scores else [*lines, "No company ran a place there in that period."]
