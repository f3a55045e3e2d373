"""The processes as the supervisor starts them: by the environment, until SIGTERM."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from analytics.__main__ import main
from analytics.notices.contact import Channel, Contact, Hears
from analytics.notices.message_store import replace_contacts
from ingest.database import Connection, in_transaction
from tests.integration.analytics.outside import outside
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_alarm_process import shown, wait_for
from towerwatch.process import free_port, is_listening

ROOT = Path(__file__).parents[3]


def environment(site: Site, **more: str) -> dict[str, str]:
    plain = {name: text for name, text in os.environ.items() if not name.startswith("TOWERWATCH_")}
    return plain | {"TOWERWATCH_DATABASE_URL": site.urls.analytics_url} | more


def start(site: Site, name: str, **more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "analytics", name],
        cwd=ROOT,
        env=environment(site, **more),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def end(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_the_alarm_process_takes_up_what_waited_and_what_comes_after_a_restart(
    site: Site, analytics: Connection, ingest: Connection
) -> None:
    say(ingest, Said(seq=1))
    first = start(site, "alarms")
    assert wait_for(shown(analytics, 1), 20)
    assert end(first)[0] == 0
    say(ingest, Said(seq=2, asset="D-1", event="fire_alarm"))
    second = start(site, "alarms")
    assert wait_for(shown(analytics, 2), 20)
    second.kill()
    second.communicate(timeout=60)
    say(ingest, Said(seq=3, asset="D-9", event="fire_alarm"))
    third = start(site, "alarms")
    assert wait_for(shown(analytics, 3), 20)
    code, out, _ = end(third)
    assert (code, out) == (0, "")
    assert rows(analytics, "SELECT count(*) FROM duty_versions") == [(1,)]


def test_the_warning_process_starts_and_stops(site: Site) -> None:
    port = free_port()
    process = start(
        site, "warnings", TOWERWATCH_WARNING_CYCLE_S="0.1", TOWERWATCH_METRICS_PORT=str(port)
    )
    assert wait_for(lambda: is_listening(port), 30)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    code, _, err = end(process)
    assert (code, "round_failed" in err) == (0, False)


@pytest.mark.parametrize(
    ("arguments", "wrong", "sentence"),
    [
        (["alarms"], {"TOWERWATCH_DATABASE_URL": None}, "TOWERWATCH_DATABASE_URL"),
        (["alarms"], {"TOWERWATCH_METRICS_PORT": "70000"}, "TOWERWATCH_METRICS_PORT"),
        (["alarms"], {"TOWERWATCH_BUREAU_URL": "ftp://x"}, "TOWERWATCH_BUREAU_URL"),
        (["messages"], {"TOWERWATCH_PUBLIC_URL": "ftp://x"}, "TOWERWATCH_PUBLIC_URL"),
        (["messages"], {"TOWERWATCH_CAP_SENDER": "two words"}, "TOWERWATCH_CAP_SENDER"),
        (["messages"], {"TOWERWATCH_ADDRESSES_FILE": "/nowhere"}, "TOWERWATCH_ADDRESSES_FILE"),
        (["alarms"], {"TOWERWATCH_BUREAU_URL": "http://x"}, "TOWERWATCH_BUREAU_SECRET_FILE"),
        (
            ["alarms"],
            {"TOWERWATCH_BUREAU_URL": "http://x", "TOWERWATCH_BUREAU_SECRET_FILE": "/nowhere"},
            "cannot be read",
        ),
        (["warnings"], {"TOWERWATCH_WARNING_CYCLE_S": "0"}, "TOWERWATCH_WARNING_CYCLE_S"),
        (["dance"], {}, "usage"),
        ([], {}, "usage"),
    ],
)
def test_wrong_settings_end_with_one_sentence(
    arguments: list[str],
    wrong: dict[str, str | None],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The process's own main, here: eleven starts of Python would be most of the time."""
    given = {"TOWERWATCH_DATABASE_URL": "postgresql://tw_analytics@127.0.0.1:9/none"} | wrong
    for name in [name for name in os.environ if name.startswith("TOWERWATCH_")]:
        monkeypatch.delenv(name)
    for name, text in given.items():
        if text is not None:
            monkeypatch.setenv(name, text)
    monkeypatch.setattr("analytics.__main__.stop_on_signal", Event)
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1


def test_wrong_settings_of_a_real_process_are_status_2() -> None:
    plain = {name: text for name, text in os.environ.items() if not name.startswith("TOWERWATCH_")}
    done = subprocess.run(
        [sys.executable, "-m", "analytics", "alarms"],
        cwd=ROOT,
        env=plain,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_settings_in_force_are_shown_with_secrets_as_stars() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analytics", "settings"],
        cwd=ROOT,
        env=os.environ | {"TOWERWATCH_DATABASE_URL": "postgresql://tw:secret@127.0.0.1:9/none"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "secret" not in done.stdout
    assert "TOWERWATCH_DATABASE_URL=**********" in done.stdout
    assert "TOWERWATCH_WARNING_WINDOW_S=604800.0" in done.stdout


def test_the_message_process_calls_who_is_to_be_called(
    site: Site, analytics: Connection, ingest: Connection, tmp_path: Path
) -> None:
    addresses = tmp_path / "addresses.yaml"
    with outside() as world:
        addresses.write_text(
            f"addresses: {{phone: {{url: '{world.url}/call', secret: whsec_{'A' * 32},"
            " to: '13800000000'}}"
        )
        addresses.chmod(0o600)
        contact = Contact(
            organisation="property",
            role="desk",
            channel=Channel.CALL,
            address_key="phone",
            hears=frozenset(Hears),
        )
        in_transaction(analytics, lambda held: replace_contacts(held, [contact], NOW))
        say(ingest, Said(seq=1))
        alarms = start(site, "alarms")
        messages = start(
            site,
            "messages",
            TOWERWATCH_ADDRESSES_FILE=str(addresses),
            TOWERWATCH_PUBLIC_URL="https://tower.example",
        )
        assert wait_for(lambda: bool(world.of("/call")), 30)
        assert world.of("/call")[0].body["data"]["link"].startswith("https://tower.example/n/")
        assert wait_for(lambda: rows(analytics, "SELECT count(*) FROM cap_messages") == [(1,)], 20)
        assert end(alarms)[0] == 0
        code, _, err = end(messages)
        assert (code, "round_failed" in err) == (0, False)
