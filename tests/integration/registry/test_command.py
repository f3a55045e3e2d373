"""`towerwatch registry` against the real database: what it prints and how it ends."""

import json
from pathlib import Path

import pytest

from towerwatch.cli import run
from towerwatch.services.database import DatabaseUrls

DATA = Path(__file__).parents[2] / "data" / "registry"


@pytest.fixture
def url(database: DatabaseUrls) -> str:
    return database.ingest_url


def test_check_says_each_problem_in_both_languages_and_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["registry", "check", str(DATA / "broken")]) == 1
    printed = capsys.readouterr().out
    assert "places.csv:3: 错误: “纬度 latitude”= 91" in printed
    assert "latitude = 91 is not in -90 - 90" in printed
    assert "errors" in printed.splitlines()[-1]


def test_check_as_json_names_file_line_and_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["registry", "check", str(DATA / "broken"), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["is_good"] is False
    assert {"file": "places.csv", "line": 3, "rule": "range"}.items() <= answer["problems"][
        0
    ].items()


def test_a_dry_run_then_apply_then_apply_again(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["registry", "apply", str(DATA / "town"), "--database", url]
    assert run([*words, "--dry-run"]) == 0
    assert "试运行" in capsys.readouterr().out.splitlines()[-1]
    assert run([*words, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["written"], answer["refusals"]) == (31, [])
    assert run(words) == 0
    assert "nothing to change" in capsys.readouterr().out


def test_broken_files_are_never_applied(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["registry", "apply", str(DATA / "broken"), "--database", url]) == 1
    assert "错误" in capsys.readouterr().out


def test_merge_split_and_show(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["registry", "apply", str(DATA / "town"), "--database", url]) == 0
    part = "poplar_b:二期:poplar_2"
    words = ["--database", url, "--reason", "整合", "--actor", "街道"]
    assert run(["registry", "split", "poplar", "--part", part, *words]) == 0
    assert run(["registry", "merge", "poplar_b", "--into", "willow", *words]) == 0
    capsys.readouterr()
    assert run(["registry", "show", "willow", "--database", url]) == 0
    printed = capsys.readouterr().out
    assert "poplar_2" in printed
    assert "merge" in printed
    assert "街道 整合" in printed
    assert run(["registry", "show", "poplar", "--database", url, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["management"]["organisation"] == "clean_home"
    assert answer["responsible"][0]["phone"] == "********0001"


def test_a_refused_merge_ends_with_one_sentence(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["registry", "merge", "nowhere", "--into", "willow", "--reason", "x"]
    assert run([*words, "--database", url]) == 1
    assert "没有地点" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["registry", "show", "--at", "yesterday"],
        ["registry", "show", "--at", "2026-01-01"],
        ["registry", "split", "a", "--part", "b", "--reason", "x"],
        ["registry", "show", "nowhere"],
        ["registry", "apply"],
    ],
)
def test_wrong_arguments_end_with_status_2(
    url: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--database", url]) == 2
    assert capsys.readouterr().err


def test_without_a_database_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOWERWATCH_HOME", str(tmp_path))
    monkeypatch.delenv("TOWERWATCH_DATABASE_URL", raising=False)
    assert run(["registry", "show"]) == 1
    assert "TOWERWATCH_DATABASE_URL" in capsys.readouterr().err
