"""What is done again and again for a platform in containers, with a `docker` that writes down what it is asked."""

import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.certificate import WARN_BEFORE
from towerwatch.services.certificate import RENEW_BEFORE

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCKER = """#!/bin/sh
echo "$@" >> "$ASKED"
test "$1" != ps || printf 'analytics-alarms-0\\ndatabase\\n'
case "$*" in *"deploy prepare"*) test ! -e "$RENEWED" || cp "$RENEWED" "$SHOWN" ;; esac
case "$*" in *"$FAILS"*) exit 1 ;; esac
"""


class Server:
    """A folder with the deployment's files, and how its `care.sh` is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked = folder / "asked"
        self.backups = folder / "backups"
        self.renewed = folder / "renewed"
        self.shown = folder / "home" / "intake" / "intake.crt"
        for name in ("deploy", "bin", "home", "home/intake"):
            (folder / name).mkdir()
        self.shown.write_text("former")
        shutil.copy(DEPLOY / "care.sh", folder / "deploy" / "care.sh")
        (folder / "home" / "photo").write_text("x")
        example = (DEPLOY / ".env.example").read_text("utf-8")
        given = example.replace("/srv/towerwatch-backups", str(self.backups))
        given = given.replace("=/srv/towerwatch\n", f"={folder / 'home'}\n")
        (folder / "deploy" / ".env").write_text(given)
        docker = folder / "bin" / "docker"
        docker.write_text(DOCKER)
        docker.chmod(0o755)

    def care(self, word: str, *, fails: str = "nothing") -> tuple[int, list[str]]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run(
            ["/bin/sh", str(self.folder / "deploy" / "care.sh"), word],
            env={
                "PATH": path,
                "ASKED": str(self.asked),
                "FAILS": fails,
                "RENEWED": str(self.renewed),
                "SHOWN": str(self.shown),
            },
            check=False,
            capture_output=True,
        )
        lines = self.asked.read_text().splitlines() if self.asked.exists() else []
        start = f"compose --progress quiet -f {self.folder}/deploy/compose.yaml "
        return done.returncode, [line.removeprefix(start) for line in lines]

    def copied(self, name: str, segment: str) -> None:
        made = self.backups / "copies" / "base" / name
        made.mkdir(parents=True)
        (made / "base.json").write_text(f'{{\n "first_segment": "{segment}"\n}}\n')


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_what_hangs_is_started_again_and_a_database_is_left_to_its_recovery(server: Server) -> None:
    status, asked = server.care("heal")
    assert status == 0
    assert [line for line in asked if "restart" in line] == ["restart -t 5 analytics-alarms-0"]


def test_the_log_before_the_oldest_copy_goes_and_no_other(server: Server) -> None:
    server.copied("base-20260503T031000Z", "0000000100000000000000A1")
    server.copied("base-20260510T031000Z", "0000000100000000000000B2")
    status, asked = server.care("week")
    assert status == 0
    assert asked[0].endswith("towerwatch backup /backups/base --base --keep 2")
    assert asked[1].endswith("pg_archivecleanup -x .gz /archive 0000000100000000000000A1")


def test_without_a_copy_no_log_goes(server: Server) -> None:
    status, asked = server.care("week")
    assert status != 0
    assert not any("pg_archivecleanup" in line for line in asked)


def test_a_night_keeps_the_folder(server: Server) -> None:
    status, asked = server.care("night")
    assert status == 0
    assert (server.backups / "folder" / "home" / "photo").read_text() == "x"
    assert (server.backups / "folder").stat().st_mode & 0o777 == 0o700
    assert [line.split("towerwatch ")[-1].split()[0] for line in asked] == [
        "backup",
        "audit",
        "reconcile",
        "doctor",
    ]


@pytest.mark.parametrize("is_renewed", [True, False])
def test_a_renewed_certificate_is_shown_and_nothing_restarts_without_one(
    server: Server, is_renewed: bool
) -> None:
    if is_renewed:
        server.renewed.write_text("new")
    status, asked = server.care("renew")
    assert status == 0
    assert "towerwatch deploy prepare" in asked[0]
    assert asked[1:] == ["kill -s HUP broker", *(["restart ingest-intake"] if is_renewed else [])]


def test_a_certificate_that_was_taken_away_is_made_anew(server: Server) -> None:
    server.shown.unlink()
    server.renewed.write_text("new")
    status, asked = server.care("renew")
    assert (status, asked[-1]) == (0, "restart ingest-intake")


def test_the_timetable_of_a_former_version_still_renews(server: Server) -> None:
    status, asked = server.care("month")
    assert status == 0
    assert "towerwatch deploy prepare" in asked[0]


def test_certificates_are_looked_at_often_enough_to_be_renewed_before_their_alarm() -> None:
    lines = (DEPLOY / "towerwatch.cron").read_text("utf-8").splitlines()
    [line] = [line for line in lines if "care.sh renew" in line]
    assert line.split()[:5] == ["30", "4", "*", "*", "1"], "once a week"
    assert RENEW_BEFORE - timedelta(days=7) > WARN_BEFORE


def test_a_night_goes_on_after_a_failure_and_tells_it(server: Server) -> None:
    status, asked = server.care("night", fails="audit verify")
    assert status == 1
    assert asked[-1].endswith("towerwatch doctor")


def test_another_word_is_refused(server: Server) -> None:
    assert server.care("")[0] == 2


def test_the_timetable_calls_every_word() -> None:
    lines = (DEPLOY / "towerwatch.cron").read_text("utf-8").splitlines()
    called = [line.split("care.sh ")[1].split()[0] for line in lines if "care.sh" in line]
    assert called == ["heal", "night", "week", "renew"]
