"""`towerwatch supervise`: scores, reports and measures from the command line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.analytics.site import Site
from towerwatch.cli import run

NOW = datetime.now(UTC)
MONTH = f"{NOW:%Y-%m}"


@pytest.fixture
def platform(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The command reaches the test's database."""
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", site.urls.analytics_url)
    monkeypatch.setenv("TOWERWATCH_MQTT_URL", "mqtt://nobody@127.0.0.1:9")
    return site


def told(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    capsys.readouterr()
    assert run(["supervise", *words]) == status
    return capsys.readouterr().out


def test_companies_are_scored_and_the_score_published_by_a_person(
    platform: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(told(capsys, "score", MONTH, "--json"))

    assert [one["code"] for one in found["companies"]] == ["property"]
    assert found["measured_by"] == "equipment"
    assert "示范物业" in told(capsys, "score", MONTH, "--place", "dist")
    assert run(["supervise", "score", MONTH, "--publish"]) == 2
    told(capsys, "score", MONTH, "--publish", "--by", "supervisor-1")


@pytest.mark.parametrize("period", [f"{NOW:%Y-%m-%d}", MONTH, f"{NOW:%Y}"])
def test_reports_are_the_same_files_twice(
    platform: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path, period: str
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        told(capsys, "report", period, "--out", str(folder))

    names = sorted(file.name for file in first.iterdir())
    assert {Path(name).suffix for name in names} == {".html", ".pdf", ".csv"}
    if period != MONTH:
        return
    csv = [name for name in names if "measures" in name or "ranking" in name]
    assert [(first / name).read_bytes() for name in csv] == [
        (second / name).read_bytes() for name in csv
    ]


def test_a_measure_is_proposed_stepped_and_its_history_told(
    platform: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--company", "property", "--subject", "电梯逾期未维保")
    number = told(capsys, "propose", "rectification", *words).strip()
    due = (NOW + timedelta(days=20)).date().isoformat()
    appeal = (NOW + timedelta(days=7)).date().isoformat()
    days = ("--due", due, "--appeal-until", appeal)
    said = ("--by", "supervisor-1", "--reason", "核查属实")
    assert "issued" in told(capsys, "step", number, "issue", *said, *days)

    assert run(["supervise", "step", number, "approve", *said]) == 1
    assert run(["supervise", "step", number, "issue", *said, "--due", "soon"]) == 2
    assert number in told(capsys, "measures")
    (listed,) = json.loads(told(capsys, "measures", "--json"))
    assert (listed["stage"], listed["is_overdue"]) == ("issued", False)
    assert "核查属实" in told(capsys, "history", number)


def test_a_measure_is_printed_in_both_languages_the_same_twice(
    platform: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ("--company", "property", "--place", "garden", "--subject", "电梯逾期未维保")
    number = told(capsys, "propose", "rectification", *words).strip()
    for folder in ("first", "second"):
        told(capsys, "print", number, "--out", str(tmp_path / folder))
        told(capsys, "print", number, "--out", str(tmp_path / folder), "--language", "en")
    files = sorted(one.name for one in (tmp_path / "first").iterdir())
    assert {Path(name).suffix for name in files} == {".html", ".pdf"}
    assert len(files) == 4
    for name in files:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    page = (tmp_path / "first" / f"{number}-rectification-zh.html").read_text("utf-8")
    assert "限期整改通知书" in page
    assert "致：示范物业" in page
    assert "待决定" in page
    assert run(["supervise", "print", "J2026-99999"]) == 1


def test_a_ballot_answers_once(platform: Site, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("rate", "--company", "property", "--place", "garden", "--stars", "4", "--ballot", "a")

    assert "Taken" in told(capsys, *words)
    assert "already" in told(capsys, *words, status=1)


def test_an_inspection_is_taken(platform: Site, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("inspect", "--company", "property", "--place", "garden", "--by", "inspector-1")

    assert "Taken" in told(capsys, *words, "--aspect", "cleaning", "--marks", "80")
    assert run(["supervise", *words, "--aspect", "cleaning", "--marks", "101"]) == 2


@pytest.mark.parametrize(
    "words",
    [
        ["score", "2026-13"],
        ["score", MONTH, "--place", "nowhere"],
        ["propose", "supervision", "--company", "nobody", "--subject", "x"],
        ["step", "J2026-99999", "issue", "--by", "x", "--reason", "y"],
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    platform: Site, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert run(["supervise", *words]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_plates_are_printed_for_everything_below_a_place(platform: Site, tmp_path: Path) -> None:
    out = tmp_path / "plates.html"
    words = ("plates", "--url", "https://tower.example.org", "--out", str(out))
    assert run([*words, "--place", "garden"]) == 0
    page = out.read_text("utf-8")
    assert page.count("<svg") == 4
    assert "1号梯" in page
    assert "gw/P9" not in page
    assert run([*words, "--place", "nowhere"]) == 2
    assert run(["plates", "--url", "tower", "--place", "garden"]) == 2
