"""What a deployment forgets: each judgement on either side of its bar, on real files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.certificate import WARN_BEFORE, Certificate
from towerwatch.doctor.finding import Finding, Verdict
from towerwatch.doctor.keeping import (
    Archiver,
    SeenDoor,
    judge_archive,
    judge_backup,
    judge_certificates,
    judge_doors,
    judge_notices,
    look_at_keeping,
    note_backup,
    note_rehearsal,
)
from towerwatch.home import Home
from towerwatch.services.certificate import SERVER_LIFE, ensure_tls

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "verdict"),
    [(31, Verdict.GOOD), (29, Verdict.NOTICE), (6, Verdict.BAD), (-1, Verdict.BAD)],
)
def test_the_certificate_that_ends_first_is_judged(days: int, verdict: Verdict) -> None:
    ends = {"ca.crt": NOW + timedelta(days=3000), "intake.crt": NOW + timedelta(days=days)}
    found = [
        Certificate(name=name, ends_at=ends_at, warn_at=ends_at - WARN_BEFORE)
        for name, ends_at in ends.items()
    ]
    said = judge_certificates(found, NOW)
    assert said.verdict is verdict
    assert said.says.startswith("intake.crt")


def door(days: int | None, problem: str = "") -> SeenDoor:
    ends_at = None if days is None else NOW + timedelta(days=days)
    warn_at = ends_at and ends_at - WARN_BEFORE
    return SeenDoor(name=f"door-{days}", ends_at=ends_at, warn_at=warn_at, problem=problem)


@pytest.mark.parametrize(
    ("found", "verdict", "word"),
    [
        ([], Verdict.NOTICE, "nobody has looked"),
        ([door(15), door(397)], Verdict.GOOD, "2 show"),
        ([door(13), door(397)], Verdict.BAD, "door-13 until 2026-12-05"),
        ([door(-1, "refused")], Verdict.BAD, "door--1"),
        ([door(397), door(None, "refused")], Verdict.NOTICE, "refused"),
    ],
)
def test_what_the_doors_show_is_judged(found: list[SeenDoor], verdict: Verdict, word: str) -> None:
    said = judge_doors(found, NOW)
    assert said.verdict is verdict
    assert word in said.says


@pytest.mark.parametrize(
    ("hours", "verdict"), [(25, Verdict.GOOD), (27, Verdict.NOTICE), (169, Verdict.BAD)]
)
def test_a_backup_grows_old(hours: int, verdict: Verdict) -> None:
    assert judge_backup(NOW - timedelta(hours=hours), NOW).verdict is verdict


@pytest.mark.parametrize(
    ("is_on", "copied", "failed", "verdict"),
    [
        (False, None, None, Verdict.NOTICE),
        (True, None, None, Verdict.NOTICE),
        (True, 1, None, Verdict.GOOD),
        (True, 11, None, Verdict.NOTICE),
        (True, 5, 1, Verdict.BAD),
        (True, 1, 5, Verdict.GOOD),
        (True, None, 5, Verdict.BAD),
    ],
)
def test_an_archive_that_fails_is_bad_and_one_that_is_off_is_told(
    is_on: bool, copied: int | None, failed: int | None, verdict: Verdict
) -> None:
    def ago(minutes: int | None) -> datetime | None:
        return None if minutes is None else NOW - timedelta(minutes=minutes)

    found = Archiver(is_on=is_on, copied_at=ago(copied), failed_at=ago(failed))
    assert judge_archive(found, NOW).verdict is verdict


def verdicts(home: Home, now: datetime) -> dict[str, Finding]:
    return {one.subject: one for one in look_at_keeping(home, now)}


def test_a_home_is_looked_at_as_it_is(tmp_path: Path) -> None:
    home = Home(root=tmp_path)
    empty = verdicts(home, NOW)
    assert {name: one.verdict for name, one in empty.items()} == {
        "certificates": Verdict.NOTICE,
        "secrets": Verdict.GOOD,
        "backup": Verdict.NOTICE,
        "rehearsal": Verdict.NOTICE,
    }
    home.secrets.mkdir(mode=0o700)
    ensure_tls(home.secrets / "tls", ["localhost"], now=NOW)
    note_backup(home, NOW, tmp_path / "backups" / "one")
    note_rehearsal(home, NOW, tmp_path / "backups" / "one")
    found = verdicts(home, NOW)
    assert {one.verdict for one in found.values()} == {Verdict.GOOD}
    late = verdicts(home, NOW + SERVER_LIFE)
    assert late["certificates"].verdict is Verdict.BAD
    assert late["backup"].verdict is Verdict.BAD
    assert late["rehearsal"].verdict is Verdict.NOTICE
    (home.secrets / "tls" / "ca.key").chmod(0o640)
    opened = verdicts(home, NOW)["secrets"]
    assert opened.verdict is Verdict.BAD
    assert "ca.key" in opened.says


def test_a_backup_of_an_existing_server_is_noted_in_a_home_that_was_not_there(
    tmp_path: Path,
) -> None:
    home = Home(root=tmp_path / "copies" / "state")
    note_backup(home, NOW, tmp_path / "base")
    found = {one.subject: one.verdict for one in look_at_keeping(home, NOW)}
    assert found["backup"] is Verdict.GOOD


def test_a_certificate_of_ones_own_at_the_doors_is_looked_at_while_it_is_shown(
    tmp_path: Path,
) -> None:
    home = Home(root=tmp_path)
    ensure_tls(home.secrets / "tls", ["127.0.0.1"], now=NOW)
    ends_soon = ensure_tls(tmp_path / "own", ["tower"], now=NOW - SERVER_LIFE + timedelta(days=5))
    shown = home.data / "broker" / "outside.crt"
    shown.parent.mkdir(parents=True)
    shown.write_bytes(ends_soon.certificate.read_bytes())
    assert look_at_keeping(home, NOW)[0].verdict is Verdict.GOOD, "it is not shown any more"
    (home.secrets / "outside_ca.crt").write_bytes(ends_soon.authority.read_bytes())
    said = look_at_keeping(home, NOW)[0]
    assert said.verdict is Verdict.BAD
    assert said.says.startswith("outside.crt")


def test_a_platform_that_tells_nobody_is_noticed() -> None:
    assert judge_notices(0, ()).verdict is Verdict.NOTICE
    assert judge_notices(3, ()).verdict is Verdict.GOOD
    unsent = judge_notices(3, ("desk-robot",))
    assert unsent.verdict is Verdict.BAD
    assert "desk-robot" in unsent.says
