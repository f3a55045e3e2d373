"""`towerwatch score`: any table in, a line for every row out, and bad rows told by their line."""

import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from towerwatch.cli import run
from towerwatch.score.plot import Picture
from towerwatch.score.table import parse_time


def a_table(folder: Path, *, separator: str = ",", rows: int = 260, columns: int = 2) -> Path:
    """Noise at one-minute steps; the last column climbs from row 200."""
    random = np.random.default_rng(5)
    values = random.normal(0, 1, (rows, columns)).round(4)
    values[200:, -1] += np.linspace(3, 20, rows)[200:].round(4)
    names = [f"c{number}" for number in range(columns)]
    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(["at", *names])
        for number, row in enumerate(values.tolist()):
            writer.writerow([f"2026-01-01 {number // 60:02}:{number % 60:02}:00", *row])
    return path


def scored(out: Path) -> list[dict[str, str]]:
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_row_has_its_line_whatever_the_separator(tmp_path: Path, separator: str) -> None:
    path, out = a_table(tmp_path, separator=separator), tmp_path / "out.csv"
    assert run(["score", str(path), "--time", "at", "--out", str(out)]) == 0
    rows = scored(out)
    assert list(rows[0]) == ["time", "score", "alarm"]
    assert [row["time"] for row in rows][:2] == ["2026-01-01 00:00:00", "2026-01-01 00:01:00"]
    assert len(rows) == 260
    assert all(0 <= float(row["score"]) <= 1 for row in rows)
    assert {row["alarm"] for row in rows[:200]} == {"0"}
    assert rows[-1]["alarm"] == "1"


def test_a_spreadsheet_of_a_chinese_office_is_read_as_it_is(tmp_path: Path) -> None:
    plain, out = a_table(tmp_path, separator=";"), tmp_path / "out.csv"
    office = tmp_path / "office.csv"
    text = plain.read_text("utf-8").replace("at;c0;c1", "时间;压力;温度").replace(".", ",")
    office.write_bytes(text.replace("2026-01-01 0", "2026/1/1 ").encode("gbk"))
    assert run(["score", str(office), "--time", "时间", "--out", str(out)]) == 0
    of_office = [(row["score"], row["alarm"]) for row in scored(out)]
    assert run(["score", str(plain), "--time", "at", "--out", str(out)]) == 0
    assert of_office == [(row["score"], row["alarm"]) for row in scored(out)]


def test_a_table_without_names_is_read_by_the_places_of_its_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = a_table(tmp_path, rows=130), tmp_path / "out.csv"
    assert run(["score", str(path), "--time", "at", "--value", "c1", "--out", str(out)]) == 0
    named = out.read_text("utf-8")
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[1:]), "utf-8")
    assert run(["score", str(path), "--time", "at", "--out", str(out)]) == 2
    assert "choose columns by their place, --time 1" in capsys.readouterr().err
    assert run(["score", str(path), "--time", "1", "--value", "3", "--out", str(out)]) == 0
    assert out.read_text("utf-8") == named


def test_a_table_in_sixteen_bits_with_empty_cells_at_its_ends_is_the_same(tmp_path: Path) -> None:
    path, out = a_table(tmp_path, separator="\t", rows=130), tmp_path / "out.csv"
    assert run(["score", str(path), "--time", "at", "--out", str(out)]) == 0
    plain = out.read_text("utf-8")
    head, *lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([head, *(f"{line}\t\t" for line in lines)]), "utf-16")
    assert run(["score", str(path), "--time", "at", "--out", str(out)]) == 0
    assert out.read_text("utf-8") == plain


_CELLS = st.sampled_from(["", "NaN", "7", "7", "7.5", "-3", "0", "1e9", "1e300", "inf"])
_STEPS = st.sampled_from([60, 60, 60, 0, -3600, 86_400])


@settings(max_examples=6, deadline=None)
@given(
    cells=st.lists(st.tuples(_STEPS, _CELLS, _CELLS), min_size=20, max_size=40),
    columns=st.sampled_from([1, 2]),
    cut=st.integers(1, 39),
)
def test_no_row_of_the_result_knows_of_later_rows(
    cells: list[tuple[int, str, str]], columns: int, cut: int
) -> None:
    """The whole command, on tables with gaps, leaps of the clock, and cells that are no value."""
    noise = np.random.default_rng(len(cells)).normal(0, 1, (105, 2)).round(3).tolist()
    at, lines = 1_767_225_600, ["at,a,b"]
    for step, *pair in [*((60, f"{a}", f"{b}") for a, b in noise), *cells]:
        at += step
        lines.append(",".join([str(at), *pair]))
    with TemporaryDirectory() as folder:
        path, out = Path(folder) / "table.csv", Path(folder) / "out.csv"
        arguments = ["score", str(path), "--time", "at", "--out", str(out), "--value", "a"]
        arguments += ["--value", "b"] if columns == 2 else []
        told = []
        for rows in (lines, lines[: 105 + min(cut, len(cells))]):
            path.write_text("\n".join(rows), "utf-8")
            assert run(arguments) == 0
            told.append(out.read_text("utf-8"))
    assert told[0].startswith(told[1])
    assert len(told[0].splitlines()) == len(lines)


def test_rows_that_come_later_change_nothing_above_them(tmp_path: Path) -> None:
    path, whole, part = a_table(tmp_path), tmp_path / "whole.csv", tmp_path / "part.csv"
    assert run(["score", str(path), "--time", "at", "--out", str(whole)]) == 0
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:181]), "utf-8")
    assert run(["score", str(path), "--time", "at", "--out", str(part)]) == 0
    assert whole.read_text("utf-8").startswith(part.read_text("utf-8"))


def test_answers_are_left_out_and_the_summary_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out, plot = a_table(tmp_path), tmp_path / "out.csv", tmp_path / "plot.svg"
    lines = path.read_text("utf-8").splitlines()
    marked = [f"{lines[0]},anomaly,note", *(f"{line},0,word" for line in lines[1:])]
    path.write_text("\n".join(marked), "utf-8")
    arguments = ["score", str(path), "--time", "at", "--out", str(out), "--json", "--states"]
    assert run([*arguments, "--plot", str(plot)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["columns"] == ["c0", "c1"]
    assert told["left_out"] == ["anomaly", "note"]
    assert told["rows"] == 260
    assert told["because"].keys() == {"c1"}
    states = [row["state"] for row in scored(out)]
    assert states.count("learning") == told["learning"] == 100
    assert states[-1] == "alarm"
    assert plot.read_text("utf-8").startswith("<svg")


def test_one_column_is_held_against_its_rhythm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = a_table(tmp_path), tmp_path / "out.csv"
    arguments = ["score", str(path), "--time", "at", "--value", "c1", "--out", str(out), "--json"]
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out)["detector"] == "rhythm"
    highest = max(scored(out)[121:], key=lambda row: float(row["score"]))
    assert highest["time"] >= "2026-01-01 03:20"


@pytest.mark.parametrize(
    ("line", "text", "told"),
    [
        (5, "2026-01-01 00:04:00,1.0,abc", "line 6: column c1: 'abc' is no number"),
        (7, "yesterday,1.0,2.0", "line 8: 'yesterday' is no time"),
        (7, "01/02/2026 8:00 AM,1.0,2.0", "line 8: '01/02/2026 8:00 AM' is no time (day or month"),
        (9, "2026-01-01 00:08:00,1.0", "line 10: 2 cells, but 3 columns"),
    ],
)
def test_a_bad_row_is_told_by_its_line_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: int, text: str, told: str
) -> None:
    path, out = a_table(tmp_path, rows=20), tmp_path / "out.csv"
    lines = path.read_text("utf-8").splitlines()
    lines[line] = text
    path.write_text("\n".join(lines), "utf-8")
    assert run(["score", str(path), "--time", "at", "--out", str(out)]) == 1
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [path]


def test_a_cell_that_is_no_number_can_be_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = a_table(tmp_path, rows=130), tmp_path / "out.csv"
    lines = path.read_text("utf-8").splitlines()
    lines[125] = "2026-01-01 02:04:00,broken,"
    path.write_text("\n".join(lines), "utf-8")
    arguments = ["score", str(path), "--time", "at", "--out", str(out), "--skip-bad", "--states"]
    assert run([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bad_cells"] == 1
    row = scored(out)[124]
    assert (row["score"], row["state"]) == ("0.000000", "unknown")


@pytest.mark.parametrize(
    "arguments", [["--time", "when"], ["--time", "at", "--value", "c9"]], ids=["time", "value"]
)
def test_a_column_that_is_not_there_is_a_wrong_argument(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    path = a_table(tmp_path, rows=5)
    assert run(["score", str(path), *arguments, "--out", str(tmp_path / "out.csv")]) == 2
    assert "it has: at, c0, c1" in capsys.readouterr().err


def test_a_file_is_not_written_over_itself(tmp_path: Path) -> None:
    path = a_table(tmp_path, rows=5)
    before = path.read_bytes()
    assert run(["score", str(path), "--time", "at", "--out", str(path)]) == 2
    assert path.read_bytes() == before


def test_an_empty_or_missing_file_is_told(tmp_path: Path) -> None:
    empty, out = tmp_path / "empty.csv", str(tmp_path / "out.csv")
    empty.touch()
    assert run(["score", str(empty), "--time", "at", "--out", out]) == 1
    assert run(["score", str(tmp_path / "none.csv"), "--time", "at", "--out", out]) == 2


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-01T00:00:00Z", 1_767_225_600.0),
        ("2026-01-01 08:00:00+08:00", 1_767_225_600.0),
        ("2026/01/01 00:00:00", 1_767_225_600.0),
        ("2026/1/1 0:00", 1_767_225_600.0),
        ("2026年1月1日 0:00:00.5", 1_767_225_600.5),
        ("2026/13/1 0:00", None),
        ("1767225600", 1_767_225_600.0),
        ("1767225600000", 1_767_225_600.0),
        ("1767225600000000", 1_767_225_600.0),
        ("1767225600000000000", 1_767_225_600.0),
        ("01.01.2026 00:00", 1_767_225_600.0),
        ("1.1.2026", 1_767_225_600.0),
        ("31/01/2026 00:00", None),
        ("1.31.2026", None),
        ("12.5", 12.5),
        ("noon", None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_times_are_read_as_people_and_machines_write_them(text: str, at: float | None) -> None:
    assert parse_time(text) == at


def test_a_picture_of_many_rows_stays_small() -> None:
    picture = Picture(title="a<b", columns=("x",))
    for number in range(20_000):
        picture.add(str(number), (float(number % 7),), 0.1, alarm=number == 12_345)
    drawn = picture.svg()
    assert len(drawn) < 200_000
    assert drawn.count("#f6c7c0") == 2, "the band, and what the colour means"
    assert "a&lt;b" in drawn


def test_a_picture_draws_nothing_where_nothing_is_known() -> None:
    picture = Picture(title="gaps", columns=("flow", "level"))
    for number in range(30):
        is_known = not 10 <= number < 20
        value = float(number % 7) if is_known else float("nan")
        picture.add(
            str(number), (value, float("nan")), 0.1 if is_known else float("nan"), alarm=False
        )
    drawn = picture.svg()
    assert "nan" not in drawn
    assert drawn.count("<polyline") == 4, "two stretches of the value, two of the score"
    assert "level: no value" in drawn
    assert drawn.count("#e4e4e4") == 2, "the band, and what the colour means"


def test_a_table_that_was_never_judged_is_not_called_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "one.csv"
    table.write_text("time,x,y\n2026-03-01 00:00:00,1,\n", encoding="utf-8")
    assert run(["score", str(table), "--time", "time", "--out", str(tmp_path / "out.csv")]) == 0
    told = capsys.readouterr().out
    assert "1 row, 2 columns" in told
    assert "Without a single value: y" in told
    assert "Nothing was judged" in told
    assert "No alarm" not in told
