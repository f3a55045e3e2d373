"""The checker says everything that is wrong with the files at once, by file and line."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.catalogue import ASSET_CLASSES
from ingest.registry import check
from ingest.registry.checker import check_tables
from ingest.registry.chinese import (
    CLASS_OF,
    COLUMN_OF,
    COLUMN_WORDS,
    LEVEL_OF,
    MANAGEMENT_OF,
    ORGANISATION_OF,
)
from ingest.registry.model import Level, ManagementKind, OrganisationKind
from ingest.registry.problem import WARNINGS, Problem, Report, Rule
from ingest.registry.table import COLUMNS, parse_csv, parse_yaml

DATA = Path(__file__).parents[2] / "data" / "registry"
TODAY = date(2026, 11, 22)
GOOD_PLACES = (
    "code,level,parent,name_zh\ncity,city,,城\nd,district,city,区\ns,street,d,街\n"
    "c,community,s,社区\nhome,compound,c,家园\n"
)


def judge(**files: str | bytes) -> Report:
    contents = {"places": GOOD_PLACES, "managements": "compound,kind\nhome,nobody\n"} | files
    tables = [
        parse_csv(name, f"{name}.csv", text.encode() if isinstance(text, str) else text)
        for name, text in contents.items()
    ]
    return check_tables(tables, source="folder", today=TODAY)


def found(problems: tuple[Problem, ...]) -> set[tuple[str, int, Rule]]:
    return {(problem.file, problem.line, problem.rule) for problem in problems}


def test_a_good_folder_gives_a_registry_without_a_word() -> None:
    report = check(DATA / "town", today=TODAY)
    assert [p.sentence("en") for p in report.errors] == []
    assert report.registry is not None
    assert len(report.registry.places) == 11
    assert report.registry.paths()["poplar_1_f1"] == (
        "lin.lin_east.lin_e_river.lin_e_r_1.poplar.poplar_1.poplar_1_f1"
    )


def test_every_problem_of_a_broken_folder_is_said_at_once() -> None:
    report = check(DATA / "broken", today=TODAY)
    assert report.registry is None
    assert found(report.problems) == {
        ("places.csv", 3, Rule.RANGE),
        ("places.csv", 4, Rule.DUPLICATE),
        ("places.csv", 5, Rule.CODE),
        ("places.csv", 6, Rule.CYCLE),
        ("places.csv", 7, Rule.CYCLE),
        ("places.csv", 8, Rule.WRONG_PARENT),
        ("places.csv", 8, Rule.NO_MANAGEMENT),
        ("places.csv", 9, Rule.NO_SUCH_PLACE),
        ("places.csv", 10, Rule.CHOICE),
        ("places.csv", 11, Rule.NO_PARENT),
        ("places.csv", 12, Rule.CITY_WITH_PARENT),
        ("places.csv", 13, Rule.HALF_POSITION),
        ("organisations.csv", 2, Rule.EMPTY),
        ("organisations.csv", 3, Rule.CHOICE),
        ("organisations.csv", 4, Rule.NO_SUCH_PLACE),
        ("managements.csv", 2, Rule.ORGANISATION_NEEDED),
        ("managements.csv", 3, Rule.ORGANISATION_REFUSED),
        ("managements.csv", 5, Rule.OVERLAP),
        ("managements.csv", 6, Rule.DATE),
        ("managements.csv", 7, Rule.SPAN),
        ("managements.csv", 8, Rule.NOT_A_COMPOUND),
        ("gateways.csv", 2, Rule.GATEWAY_ID),
        ("gateways.csv", 3, Rule.NO_SUCH_PLACE),
        ("assets.csv", 2, Rule.CONTRACT_ENDED),
        ("assets.csv", 3, Rule.UNKNOWN_CLASS),
        ("assets.csv", 4, Rule.ATTRIBUTES),
        ("assets.csv", 5, Rule.ATTRIBUTES),
        ("assets.csv", 6, Rule.CODE_WITHOUT_GATEWAY),
        ("assets.csv", 6, Rule.DATE),
        ("assets.csv", 7, Rule.DUPLICATE),
        ("assets.csv", 8, Rule.EMPTY),
        ("assets.csv", 8, Rule.TOO_MANY_CELLS),
    }


def test_each_sentence_stands_in_chinese_and_english() -> None:
    problems = check(DATA / "broken", today=TODAY).problems
    for problem in problems:
        assert problem.sentence().startswith(f"{problem.file}:{problem.line}: ")
        assert any("一" <= letter <= "鿿" for letter in problem.message.zh), problem
        assert any("a" <= letter <= "z" for letter in problem.message.en), problem
    latitude = next(p for p in problems if p.rule is Rule.RANGE)
    assert latitude.sentence() == "places.csv:3: 错误: “纬度 latitude”= 91，应在 -90 - 90 之间"
    assert latitude.sentence("en") == "places.csv:3: error: latitude = 91 is not in -90 - 90"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_of_spreadsheets_are_read_in_their_encoding(encoding: str) -> None:
    report = judge(places=GOOD_PLACES.encode(encoding))
    assert report.registry is not None
    assert [place.name_zh for place in report.registry.places][:3] == ["城", "区", "街"]


@pytest.mark.parametrize("content", [GOOD_PLACES.encode("utf-16"), b"\xff\xff\xff", b"code\0"])
def test_an_unknown_encoding_is_named(content: bytes) -> None:
    assert ("places.csv", 0, Rule.ENCODING) in found(judge(places=content).problems)


def test_a_line_is_counted_where_a_quoted_cell_began() -> None:
    report = judge(organisations='code,kind,name_zh,phone\n\nf,bureau,"两\n行",1\ng,police,名,2\n')
    assert found(report.errors) == {("organisations.csv", 5, Rule.CHOICE)}


def test_an_open_quote_is_a_problem_and_not_a_crash() -> None:
    assert {p.rule for p in judge(gateways='gateway,place\n"gw-1,home\n').errors} == {Rule.SYNTAX}


def test_a_table_or_column_that_nobody_knows_is_said() -> None:
    report = judge(gateways="gateway,place,colour\ngw-1,home,red\n")
    assert found(report.errors) == {("gateways.csv", 1, Rule.UNKNOWN_COLUMN)}
    report = judge(gateways="gateway,note\ngw-1,home\n")
    assert ("gateways.csv", 1, Rule.MISSING_COLUMN) in found(report.errors)


def test_an_empty_folder_has_no_places(tmp_path: Path) -> None:
    assert {problem.rule for problem in check(tmp_path, today=TODAY).errors} == {Rule.NO_PLACES}


def test_an_empty_folder_is_named_though_it_is_the_present_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (problem,) = check(Path(), today=TODAY).errors
    assert problem.sentence("en").startswith(f"{tmp_path.name}: error: there is no place")


def test_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    report = check(tmp_path / "absent", today=TODAY)
    assert [problem.rule for problem in report.errors] == [Rule.NOT_FOUND]


def test_a_stray_csv_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text(GOOD_PLACES)
    (tmp_path / "notes.csv").write_text("a,b\n")
    report = check(tmp_path, today=TODAY)
    assert report.registry is not None
    assert {problem.rule for problem in report.warnings} == {
        Rule.UNKNOWN_FILE,
        Rule.NO_MANAGEMENT,
    }


def test_a_level_that_is_left_out_is_a_warning() -> None:
    report = judge(places=GOOD_PLACES + "tower,building,c,塔楼\n")
    assert report.registry is not None
    assert {problem.rule for problem in report.warnings} == {Rule.SKIPPED_LEVEL}


def test_two_assets_cannot_share_a_code_of_one_gateway() -> None:
    report = judge(
        gateways="gateway,place\ngw-1,home\ngw-2,home\n",
        assets="code,class,place,name_zh,gateway,gateway_code\n"
        "A,lift,home,甲,gw-1,L1\nB,lift,home,乙,gw-2,L1\nC,lift,home,丙,gw-1,L1\n",
    )
    assert found(report.errors) == {("assets.csv", 4, Rule.SAME_GATEWAY_CODE)}


def test_the_gateways_code_of_an_asset_is_its_own_code_unless_said() -> None:
    report = judge(
        gateways="gateway,place\ngw-1,home\n",
        assets="code,class,place,name_zh,gateway\nA,lift,home,甲,gw-1\nB,lift,home,乙,\n",
    )
    assert report.registry is not None
    assert [asset.gateway_code for asset in report.registry.assets] == ["A", None]
    assert {problem.rule for problem in report.warnings} == {Rule.NOT_REPORTED}


def test_a_maintainer_that_maintains_nothing_is_a_warning() -> None:
    report = judge(
        organisations="code,kind,name_zh\nwater,water_company,水司\n",
        gateways="gateway,place\ngw-1,home\n",
        assets="code,class,place,name_zh,gateway,maintainer\nA,lift,home,甲,gw-1,water\n",
    )
    assert {problem.rule for problem in report.warnings} == {Rule.NOT_A_MAINTAINER}


def test_the_last_day_of_a_management_counts_in_china() -> None:
    report = judge(managements="compound,kind,from,until\nhome,nobody,2026-03-01,2026/6/30\n")
    assert report.registry is not None
    during = report.registry.managements[0].during
    assert during.begin == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert during.end == datetime(2026, 6, 30, 16, tzinfo=UTC)


def test_a_handover_on_the_next_day_does_not_overlap() -> None:
    report = judge(
        managements="compound,kind,from,until\n"
        "home,nobody,2024-01-01,2024-06-30\nhome,self_managed,2024-07-01,\n"
    )
    assert report.errors == ()


def test_a_time_without_a_zone_is_refused() -> None:
    report = judge(managements="compound,kind,from\nhome,nobody,2024-01-01T08:00\n")
    assert [problem.rule for problem in report.errors] == [Rule.DATE]


def test_a_yaml_file_says_the_same_as_csv() -> None:
    report = check(DATA / "town.yaml", today=TODAY)
    assert [problem.sentence("en") for problem in report.problems] == []
    assert report.registry is not None
    compound = report.registry.places[-1]
    assert (compound.level, compound.latitude) == (Level.COMPOUND, 30.51)
    assert report.registry.managements[0].kind is ManagementKind.NOBODY
    assert report.registry.assets[0].attributes == {"rated_speed_m_s": 1.75, "stops": [1, 2, 3]}
    assert report.registry.organisations[0].phone == "0000-1000003"


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ("places: [", 1, Rule.SYNTAX),
        ("- 1\n", 1, Rule.SYNTAX),
        ("places:\n  - {code: c, level: town, name_zh: 城}\n", 2, Rule.CHOICE),
        ("places:\n  - {code: c, level: city, name_zh: 城, size: 3}\n", 2, Rule.UNKNOWN_COLUMN),
        ("places:\n  - 17\n", 2, Rule.SYNTAX),
        ("houses:\n  - {code: c}\n", 1, Rule.UNKNOWN_FILE),
        ("places: yes\n", 1, Rule.SYNTAX),
        ("places: !!python/object:os.system {}\n", 1, Rule.SYNTAX),
    ],
)
def test_a_wrong_yaml_is_told_by_line(text: str, line: int, rule: Rule) -> None:
    report = check_tables(parse_yaml("r.yaml", text.encode()), source="r.yaml", today=TODAY)
    assert ("r.yaml", line, rule) in found(report.problems)
    assert report.registry is None


def test_every_rule_has_a_sentence_and_every_warning_is_a_rule() -> None:
    from ingest.registry.problem import problem

    for rule in Rule:
        sentence = problem("f.csv", 1, rule, column="c", value="v", allowed="a").sentence()
        assert ("提醒" in sentence) == (rule in WARNINGS)


def test_every_table_has_columns() -> None:
    assert set(COLUMNS) == {
        "places",
        "organisations",
        "managements",
        "responsible_persons",
        "gateways",
        "assets",
    }


@pytest.mark.parametrize(
    "files",
    [
        {"gateways": "gateway,place\nplatform,home\n"},
        {"assets": "code,class,place,name_zh\n@gw/x,lift,home,甲\n"},
        {"places": GOOD_PLACES + "unregistered,building,home,楼\n"},
    ],
)
def test_what_the_platform_names_itself_is_refused(files: dict[str, str]) -> None:
    assert Rule.RESERVED in {problem.rule for problem in judge(**files).errors}


def test_files_may_be_written_in_chinese_throughout() -> None:
    report = judge(
        places="编码,级别,上级编码,名称\ncity,市,,城\nd,区县,city,区\n"
        "s,街道,d,街\nc,社区,s,社区\nhome,小区,c,家园\n",
        organisations="编码,类别,名称\nfirm,电梯维保单位,维保\n",
        managements="小区编码,类别\nhome,无人管理\n",
        gateways="网关编号,地点编码\ngw-1,home\n",
        assets="编码,设备类别,地点编码,名称,网关编号,维保单位编码\nA,电梯,home,梯,gw-1,firm\n",
    )
    assert [problem.sentence() for problem in report.problems] == []
    assert report.registry is not None
    assert report.registry.assets[0].class_name == "lift"
    assert report.registry.managements[0].kind is ManagementKind.NOBODY


def test_every_column_and_every_closed_value_has_a_chinese_word_of_its_own() -> None:
    columns = {column for table in COLUMNS.values() for column in table}
    assert columns == set(COLUMN_WORDS)
    assert len(COLUMN_OF) == len(columns)
    assert len(LEVEL_OF) == len(Level)
    assert len(ORGANISATION_OF) == len(OrganisationKind)
    assert len(MANAGEMENT_OF) == len(ManagementKind)
    assert len(CLASS_OF) == len(ASSET_CLASSES)
