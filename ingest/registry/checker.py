"""Judge a folder of CSV files or one YAML file: every problem at once, by file and line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final

from ingest.registry import parse
from ingest.registry.model import (
    Asset,
    Gateway,
    Level,
    Management,
    Organisation,
    OrganisationKind,
    Place,
    Registry,
    ResponsiblePerson,
    Span,
)
from ingest.registry.problem import Problem, Report, Rule, problem
from ingest.registry.table import COLUMNS, Row, Table, parse_csv, parse_yaml

_MAINTAINERS: Final = frozenset(
    {
        OrganisationKind.MAINTENANCE_FIRM,
        OrganisationKind.FIRE_MAINTENANCE_FIRM,
        OrganisationKind.PROPERTY_COMPANY,
        OrganisationKind.WORK_UNIT,
    }
)


def check(path: Path, *, today: date | None = None) -> Report:
    """What a folder of CSV files or one YAML file says, and everything that is wrong with it.

    Args:
        path: Folder with `places.csv` and the like, or a file `.yaml` or `.yml`.
        today: Day by which contracts are judged; None is today in China.
    """
    day = today or datetime.now(tz=parse.LOCAL_ZONE).date()
    if path.is_dir():
        found = sorted(path.glob("*.csv"))
        contents = {file.stem: (file.name, file.read_bytes()) for file in found}
        return check_tables(_csv_tables(contents), source=path.resolve().name, today=day)
    if path.is_file() and path.suffix in (".yaml", ".yml"):
        return check_tables(parse_yaml(path.name, path.read_bytes()), source=path.name, today=day)
    missing = problem(path.name, 0, Rule.NOT_FOUND, value=path)
    return Report(registry=None, problems=(missing,))


def check_files(contents: Mapping[str, bytes], *, today: date | None = None) -> Report:
    """The same of files in memory: CSV files by their names, or one YAML.

    Args:
        contents: Name of each file, such as `places.csv`, to its bytes.
        today: Day by which contracts are judged; None is today in China.
    """
    day = today or datetime.now(tz=parse.LOCAL_ZONE).date()
    source = ", ".join(sorted(contents))
    for name, content in contents.items():
        if name.endswith((".yaml", ".yml")):
            return check_tables(parse_yaml(name, content), source=source, today=day)
    named = {name.removesuffix(".csv"): (name, contents[name]) for name in sorted(contents)}
    return check_tables(_csv_tables(named), source=source, today=day)


def _csv_tables(contents: dict[str, tuple[str, bytes]]) -> list[Table]:
    return [
        parse_csv(name, file, content)
        if name in COLUMNS
        else Table(name=name, problems=(_unknown(file, name),))
        for name, (file, content) in contents.items()
    ]


def _unknown(file: str, name: str) -> Problem:
    return problem(file, 0, Rule.UNKNOWN_FILE, value=name, allowed=", ".join(COLUMNS))


@dataclass(slots=True)
class _Draft:
    """All values that could be read, and every code that the files name, readable or not."""

    source: str
    today: date
    rows: dict[str, tuple[Row, ...]]
    places: tuple[Place, ...] = ()
    organisations: tuple[Organisation, ...] = ()
    managements: tuple[Management, ...] = ()
    persons: tuple[ResponsiblePerson, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    assets: tuple[Asset, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    def named(self, table: str, column: str) -> set[str]:
        return {row.cells[column] for row in self.rows.get(table, ()) if column in row.cells}

    def file(self, table: str) -> str:
        rows = self.rows.get(table, ())
        return rows[0].file if rows else self.source

    def complain(  # noqa: PLR0913 - the blanks of a sentence
        self,
        table: str,
        line: int,
        rule: Rule,
        *,
        column: str = "",
        value: object = "",
        allowed: object = "",
    ) -> None:
        self.problems.append(
            problem(self.file(table), line, rule, column=column, value=value, allowed=allowed)
        )


def check_tables(tables: Sequence[Table], *, source: str, today: date) -> Report:
    """The tables as a registry, and everything that is wrong with them (no file is touched).

    Args:
        tables: As read from CSV or YAML.
        source: Name to show where a problem has no file of its own.
        today: Day by which contracts are judged.
    """
    draft = _Draft(source=source, today=today, rows={t.name: t.rows for t in tables})
    for table in tables:
        draft.problems += table.problems
    _read_values(draft)
    _check_duplicates(draft)
    _check_tree(draft)
    _check_references(draft)
    _check_spans(draft)
    _check_assets(draft)
    _check_compounds(draft)
    ordered = tuple(sorted(draft.problems, key=_place_of))
    is_good = not any(found.is_error for found in ordered)
    return Report(
        registry=_registry(draft, tables) if is_good else None,
        problems=ordered,
    )


def _place_of(found: Problem) -> tuple[int, str, int, Rule]:
    """Where a reader meets a problem: table by table, then by line."""
    stem = found.file.rpartition(".")[0]
    order = list(COLUMNS).index(stem) if stem in COLUMNS else len(COLUMNS)
    return order, found.file, found.line, found.rule


def _registry(draft: _Draft, tables: Iterable[Table]) -> Registry:
    return Registry(
        places=draft.places,
        organisations=draft.organisations,
        managements=draft.managements,
        responsible_persons=draft.persons,
        gateways=draft.gateways,
        assets=draft.assets,
        tables=frozenset(table.name for table in tables if table.name in COLUMNS),
    )


def _read_values(draft: _Draft) -> None:
    rows = draft.rows
    draft.places, places = parse.parse_places(rows.get("places", ()))
    draft.organisations, organisations = parse.parse_organisations(rows.get("organisations", ()))
    draft.managements, managements = parse.parse_managements(rows.get("managements", ()))
    draft.persons, persons = parse.parse_persons(rows.get("responsible_persons", ()))
    draft.gateways, gateways = parse.parse_gateways(rows.get("gateways", ()))
    draft.assets, assets = parse.parse_assets(rows.get("assets", ()))
    draft.problems += [*places, *organisations, *managements, *persons, *gateways, *assets]
    if not rows.get("places"):
        draft.complain("places", 0, Rule.NO_PLACES)


def _check_duplicates(draft: _Draft) -> None:
    for table, column in (
        ("places", "code"),
        ("organisations", "code"),
        ("gateways", "gateway"),
        ("assets", "code"),
    ):
        first: dict[str, int] = {}
        for row in draft.rows.get(table, ()):
            code = row.cells.get(column)
            if code is None:
                continue
            if code in first:
                draft.complain(
                    table, row.line, Rule.DUPLICATE, column=column, value=code, allowed=first[code]
                )
            first.setdefault(code, row.line)


def _check_tree(draft: _Draft) -> None:
    named = draft.named("places", "code")
    levels = {place.code: place.level for place in draft.places}
    parents = {place.code: place.parent for place in draft.places}
    for place in draft.places:
        if place.parent is None:
            if place.level is not Level.CITY:
                draft.complain("places", place.line, Rule.NO_PARENT, value=place.code)
        elif place.level is Level.CITY:
            draft.complain("places", place.line, Rule.CITY_WITH_PARENT, value=place.code)
        elif place.parent not in named:
            draft.complain(
                "places", place.line, Rule.NO_SUCH_PLACE, column="parent", value=place.parent
            )
        elif place.code in _ancestors(place.code, parents):
            draft.complain("places", place.line, Rule.CYCLE, value=place.code)
        elif place.parent in levels:
            _check_level(draft, place, levels[place.parent])


def _ancestors(code: str, parents: dict[str, str | None]) -> Iterator[str]:
    seen: set[str] = set()
    parent = parents.get(code)
    while parent is not None and parent not in seen:
        yield parent
        seen.add(parent)
        parent = parents.get(parent)


def _check_level(draft: _Draft, place: Place, above: Level) -> None:
    value, allowed = f"{place.level} {place.level.zh}", f"{above} {above.zh}"
    if above.depth >= place.level.depth:
        draft.complain("places", place.line, Rule.WRONG_PARENT, value=value, allowed=allowed)
    elif above.depth + 1 < place.level.depth:
        draft.complain("places", place.line, Rule.SKIPPED_LEVEL, value=value, allowed=allowed)


@dataclass(frozen=True, slots=True)
class _Reference:
    table: str
    line: int
    column: str
    code: str | None


def _check_references(draft: _Draft) -> None:
    places = draft.named("places", "code")
    organisations = draft.named("organisations", "code")
    gateways = draft.named("gateways", "gateway")
    for reference in _place_references(draft):
        _check_reference(draft, reference, places, Rule.NO_SUCH_PLACE)
    for reference in _organisation_references(draft):
        _check_reference(draft, reference, organisations, Rule.NO_SUCH_ORGANISATION)
    for asset in draft.assets:
        reference = _Reference("assets", asset.line, "gateway", asset.gateway)
        _check_reference(draft, reference, gateways, Rule.NO_SUCH_GATEWAY)


def _check_reference(draft: _Draft, reference: _Reference, known: set[str], rule: Rule) -> None:
    if reference.code is None or reference.code in known:
        return
    draft.complain(
        reference.table, reference.line, rule, column=reference.column, value=reference.code
    )


def _place_references(draft: _Draft) -> Iterator[_Reference]:
    for organisation in draft.organisations:
        yield _Reference("organisations", organisation.line, "place", organisation.place)
    for management in draft.managements:
        yield _Reference("managements", management.line, "compound", management.compound)
    for person in draft.persons:
        yield _Reference("responsible_persons", person.line, "place", person.place)
    for gateway in draft.gateways:
        yield _Reference("gateways", gateway.line, "place", gateway.place)
    for asset in draft.assets:
        yield _Reference("assets", asset.line, "place", asset.place)


def _organisation_references(draft: _Draft) -> Iterator[_Reference]:
    for management in draft.managements:
        yield _Reference("managements", management.line, "organisation", management.organisation)
    for gateway in draft.gateways:
        yield _Reference("gateways", gateway.line, "operator", gateway.operator)
    for asset in draft.assets:
        yield _Reference("assets", asset.line, "maintainer", asset.maintainer)


def _check_spans(draft: _Draft) -> None:
    _check_overlaps(
        draft, "managements", [(row.compound, row.during, row.line) for row in draft.managements]
    )
    _check_overlaps(
        draft,
        "responsible_persons",
        [(f"{row.place} {row.role}", row.during, row.line) for row in draft.persons],
    )


def _check_overlaps(draft: _Draft, table: str, spans: list[tuple[str, Span, int]]) -> None:
    earlier: dict[str, list[tuple[Span, int]]] = {}
    for key, span, line in spans:
        others = earlier.setdefault(key, [])
        clash = next((other for other in others if other[0].overlaps(span)), None)
        if clash is not None:
            draft.complain(table, line, Rule.OVERLAP, value=key, allowed=clash[1])
        others.append((span, line))


def _check_assets(draft: _Draft) -> None:
    kinds = {organisation.code: organisation.kind for organisation in draft.organisations}
    taken: dict[tuple[str | None, str], int] = {}
    for asset in draft.assets:
        if asset.gateway_code is None:
            draft.complain("assets", asset.line, Rule.NOT_REPORTED, value=asset.code)
        else:
            key = (asset.gateway, asset.gateway_code)
            if key in taken:
                draft.complain(
                    "assets",
                    asset.line,
                    Rule.SAME_GATEWAY_CODE,
                    value=asset.gateway_code,
                    allowed=taken[key],
                )
            taken.setdefault(key, asset.line)
        _check_contract(draft, asset, kinds)


def _check_contract(draft: _Draft, asset: Asset, kinds: dict[str, OrganisationKind]) -> None:
    if asset.contract_until is not None and asset.contract_until < draft.today:
        draft.complain(
            "assets",
            asset.line,
            Rule.CONTRACT_ENDED,
            value=asset.code,
            allowed=asset.contract_until,
        )
    kind = kinds.get(asset.maintainer or "")
    if kind is not None and kind not in _MAINTAINERS:
        draft.complain(
            "assets", asset.line, Rule.NOT_A_MAINTAINER, value=asset.maintainer, allowed=kind
        )


def _check_compounds(draft: _Draft) -> None:
    levels = {place.code: place.level for place in draft.places}
    managed = draft.named("managements", "compound")
    for management in draft.managements:
        if levels.get(management.compound, Level.COMPOUND) is not Level.COMPOUND:
            draft.complain(
                "managements", management.line, Rule.NOT_A_COMPOUND, value=management.compound
            )
    for place in draft.places:
        if place.level is Level.COMPOUND and place.code not in managed:
            draft.complain("places", place.line, Rule.NO_MANAGEMENT, value=place.code)
