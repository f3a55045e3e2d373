"""Reports: what each period holds, that files are safe to open, and the same bytes again."""

import csv
from dataclasses import replace
from io import StringIO

import pytest

from analytics.supervision.measure import Kind
from analytics.supervision.period import Rhythm
from analytics.supervision.standing import list_of
from dashboards.bulletin import render
from dashboards.bulletin.compose import compose
from dashboards.bulletin.document import EN, ZH, Document, Table
from dashboards.bulletin.errors import NoChineseFont
from dashboards.bulletin.render import Format, draw
from dashboards.bulletin.words import STAGES, TITLES
from tests.unit.dashboards.bulletin.material import material

NAMES = {
    Rhythm.DAY: "2026-11-22",
    Rhythm.WEEK: "2026-W47",
    Rhythm.MONTH: "2026-11",
    Rhythm.QUARTER: "2026-Q4",
    Rhythm.HALF_YEAR: "2026-H2",
    Rhythm.YEAR: "2026",
}
OF_ALL = {"indicators", "ranking", "coverage", "measures", "points"}


def table(document: Document, key: str) -> Table:
    return next(one for one in document.tables if one.key == key)


@pytest.mark.parametrize(
    ("rhythm", "more"),
    [
        (Rhythm.DAY, set()),
        (Rhythm.WEEK, set()),
        (Rhythm.MONTH, {"last"}),
        (Rhythm.QUARTER, {"lists"}),
        (Rhythm.HALF_YEAR, {"stars"}),
        (Rhythm.YEAR, {"stars"}),
    ],
)
def test_each_period_has_its_tables(rhythm: Rhythm, more: set[str]) -> None:
    document = compose(material(NAMES[rhythm]))

    assert document.title == TITLES[rhythm]
    assert {one.key for one in document.tables} == OF_ALL | more


def test_the_last_of_the_street_are_named_and_marked() -> None:
    document = compose(material())

    assert len(table(document, "last").rows) == 2
    assert table(document, "ranking").marked == {2, 3}


def test_a_company_without_answers_is_never_given_any() -> None:
    ranking = table(compose(material(answers=0)), "ranking")

    assert all(row[2] is None and row[4] is None for row in ranking.rows)
    assert ranking.note is not None
    assert "不以其他数据代替" in ranking.note.zh


def test_an_overdue_measure_stands_out() -> None:
    assert table(compose(material()), "measures").marked == {0}
    assert table(compose(material("2026-10")), "measures").marked == frozenset()


def test_one_thing_is_said_in_the_singular() -> None:
    said = [line.en for line in compose(material()).summary]
    assert said[-1].startswith("1 open measure,")
    assert "4 companies" in said[0]


def test_lists_are_proposed_by_points() -> None:
    assert list_of(90.0) is Kind.RED_LIST
    assert list_of(89.9) is None
    assert list_of(60.0) is None
    assert list_of(59.9) is Kind.BLACK_LIST


@pytest.mark.parametrize("language", [ZH, EN])
@pytest.mark.parametrize("form", Format)
def test_the_same_facts_give_the_same_bytes(form: Format, language: str) -> None:
    first = draw(compose(material()), form, language)
    again = draw(compose(material()), form, language)

    assert first == again
    assert all(drawn.content for drawn in first)


def test_other_facts_have_another_digest() -> None:
    before = material()
    records = (*before.facts.records[:-1], replace(before.facts.records[-1], tallies={}))
    after = replace(before, facts=replace(before.facts, records=records))

    assert compose(before).digest != compose(after).digest


def test_a_page_holds_every_table_and_no_markup_of_others() -> None:
    shown = draw(compose(material()), Format.HTML)[0].content.decode()

    for key in OF_ALL | {"last"}:
        assert f'id="{key}"' in shown
    assert "&lt;" not in shown
    named = replace(material(), place=replace(material().place, zh="<script>x</script>"))
    assert "<script>" not in draw(compose(named), Format.HTML)[0].content.decode()


def test_a_spreadsheet_opens_in_chinese_and_runs_nothing() -> None:
    files = {one.name: one.content for one in draw(compose(material()), Format.CSV)}
    content = files["2026-11-city-dist-zh-ranking.csv"]

    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    assert rows[0][:2] == ["名次", "企业"]
    assert "'=1+1 物业" in {row[1] for row in rows}


def test_a_pdf_has_pages_and_carries_no_date_of_its_making() -> None:
    pdf = draw(compose(material()), Format.PDF)[0].content

    assert pdf.startswith(b"%PDF-")
    assert len(pdf) > 10_000


def test_without_chinese_letters_a_pdf_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(render, "FONTS", ("No Such Family",))

    with pytest.raises(NoChineseFont, match="fonts-noto-cjk"):
        draw(compose(material()), Format.PDF)


def test_every_stage_of_a_measure_has_a_name() -> None:
    from analytics.supervision.measure import Stage

    assert set(STAGES) == set(Stage)


def test_a_row_has_a_cell_for_each_column() -> None:
    good = table(compose(material()), "last")
    with pytest.raises(ValueError, match="cells"):
        replace(good, rows=(("only one",),))
