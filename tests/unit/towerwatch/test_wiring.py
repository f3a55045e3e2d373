"""Homes, ports, back-off, settings of the servers: values in, values out."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.settings import AlarmSettings as AnalyticsAlarms
from analytics.settings import read_settings as read_analytics
from dashboards.console.settings import read_settings as read_console
from ingest.settings import AlarmSettings as IngestAlarms
from ingest.settings import read as read_ingest
from towerwatch.cli import COMMANDS, build
from towerwatch.errors import WrongSettings
from towerwatch.home import HOME_OF_ROOT, Home, home_from
from towerwatch.options import Options, existing_servers
from towerwatch.ports import choose_ports
from towerwatch.services.database import Server, private_server, urls_of
from towerwatch.services.postgres import Machine, render, settings
from towerwatch.supervise.backoff import LONGEST_S, delay, failures_after

_MIB = 1024**2


def test_root_lives_where_other_users_can_enter() -> None:
    assert home_from({"HOME": "/home/boss"}, uid=0).root == HOME_OF_ROOT


def test_an_ordinary_user_lives_in_the_cache_folder() -> None:
    assert home_from({"HOME": "/home/a"}, uid=1000).root == Path("/home/a/.cache/towerwatch")
    chosen = {"HOME": "/home/a", "XDG_CACHE_HOME": "/fast"}
    assert home_from(chosen, uid=1000).root == Path("/fast/towerwatch")


def test_a_chosen_home_wins_for_everybody() -> None:
    assert home_from({"TOWERWATCH_HOME": "/srv/tw"}, uid=0).root == Path("/srv/tw")


def test_without_any_home_the_setting_is_named() -> None:
    with pytest.raises(WrongSettings, match="TOWERWATCH_HOME"):
        home_from({}, uid=1000)


def test_the_demo_shares_the_programs_and_nothing_else() -> None:
    home = Home(root=Path("/srv/tw"))
    assert home.demo.runtime == home.runtime
    assert home.demo.data != home.data
    assert home.demo.secrets != home.secrets


def test_former_ports_are_kept_while_they_are_free() -> None:
    drawn = iter(range(40000, 40010))
    former = {"console": 9001, "intake": 9002}
    chosen = choose_ports(
        ["console", "intake", "broker"],
        former,
        is_free=lambda port: port not in {9002, 8443},
        draw=lambda: next(drawn),
    )
    assert chosen == {"console": 9001, "intake": 40000, "broker": 40001}


def test_a_port_is_never_given_twice() -> None:
    drawn = iter([5000, 5000, 5001])
    chosen = choose_ports(["a", "b"], {}, is_free=lambda _: True, draw=lambda: next(drawn))
    assert chosen == {"a": 5000, "b": 5001}


@given(st.integers(min_value=1, max_value=10_000), st.integers())
def test_the_wait_before_a_restart_grows_and_stays_bounded(failures: int, seed: int) -> None:
    wait = delay(failures, random.Random(seed).uniform)
    assert 0.3 <= wait <= LONGEST_S * 1.25


def test_a_process_that_ran_long_is_well_again() -> None:
    assert failures_after(7, 3600.0) == 1
    assert failures_after(7, 2.0) == 8


def test_memory_decides_the_shared_buffers() -> None:
    small = Machine(memory=512 * _MIB, shared_memory=64 * _MIB, has_time_zones=False)
    large = Machine(memory=64 * 1024 * _MIB, shared_memory=32 * 1024 * _MIB, has_time_zones=True)
    assert settings(small, port=1)["shared_buffers"] == "128MB"
    assert settings(large, port=1)["shared_buffers"] == "2048MB"
    assert settings(small, port=1)["dynamic_shared_memory_type"] == "mmap"
    assert settings(large, port=1)["dynamic_shared_memory_type"] == "posix"
    assert settings(small, port=1)["timezone"] == "GMT"


def test_a_real_database_never_runs_without_fsync() -> None:
    machine = Machine(memory=1024 * _MIB, shared_memory=0, has_time_zones=True)
    chosen = settings(machine, port=5432)
    assert (chosen["fsync"], chosen["full_page_writes"]) == ("on", "on")
    assert chosen["synchronous_commit"] == "on"
    assert "listen_addresses = '127.0.0.1'\n" in render(chosen)


def test_each_role_reaches_the_database_as_itself() -> None:
    names = ("tw_admin", "tw_owner", "tw_ingest", "tw_analytics", "tw_console", "tw_grafana")
    server = private_server(5433, {name: f"p-{name}" for name in names})
    urls = urls_of(server, "towerwatch")
    assert urls.ingest_url == "postgresql://tw_ingest:p-tw_ingest@127.0.0.1:5433/towerwatch"
    assert urls.owner_url.startswith("postgresql://tw_owner:")


def test_an_existing_server_keeps_its_own_parameters() -> None:
    server = Server(
        admin_url="postgresql://boss:x@db.example:5432/tw?sslmode=require",
        passwords={"tw_console": "a/b"},
    )
    assert server.url("tw_console", "tw") == (
        "postgresql://tw_console:a%2Fb@db.example:5432/tw?sslmode=require"
    )


def test_wrong_addresses_are_refused_before_anything_starts() -> None:
    with pytest.raises(WrongSettings, match="MQTT"):
        Options(mqtt_url="http://broker:1883")
    with pytest.raises(WrongSettings, match="MQTT"):
        Options(mqtt_url="mqtt://one:1883 http://two:1883")
    with pytest.raises(WrongSettings, match="without a user"):
        Options(mqtt_url="mqtt://a:b@one:1883")
    assert Options(mqtt_url="mqtt://one:1883 mqtts://two:8883").mqtt_url
    with pytest.raises(WrongSettings, match="DATABASE"):
        Options(database_url="postgresql://a:b@db:5432")
    with pytest.raises(WrongSettings, match="workers"):
        Options(data_workers=0)
    with pytest.raises(WrongSettings, match="decide alarms"):
        Options(alarm_workers=17)


def test_existing_servers_come_from_the_environment() -> None:
    found = existing_servers({"TOWERWATCH_MQTT_URL": " mqtt://a:b@c:1 "})
    assert found.mqtt_url == "mqtt://a:b@c:1"
    assert found.database_url == ""


def test_existing_servers_come_from_a_folder_of_secrets_too(tmp_path: Path) -> None:
    (tmp_path / "towerwatch_database_url").write_text("postgresql://a:b@db/tw\n")
    folder = {"TOWERWATCH_SECRETS_FOLDER": str(tmp_path)}
    assert existing_servers(folder).database_url == "postgresql://a:b@db/tw"
    chosen = folder | {"TOWERWATCH_DATABASE_URL": "postgresql://c:d@other/tw"}
    assert existing_servers(chosen).database_url == "postgresql://c:d@other/tw"


@pytest.mark.parametrize("variable", ["TOWERWATCH_SECRETS_FOLDER", "CREDENTIALS_DIRECTORY"])
def test_every_process_finds_its_secrets_in_a_folder_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    (tmp_path / "towerwatch_database_url").write_text("postgresql://a:from-file@db/tw\n")
    (tmp_path / "TOWERWATCH_MQTT_URL").write_text("mqtt://a:b@c:1")
    monkeypatch.setenv(variable, str(tmp_path))
    url = "postgresql://a:from-file@db/tw"
    assert read_analytics(AnalyticsAlarms).database_url.get_secret_value() == url
    assert read_console().database_url.get_secret_value() == url
    alarm = read_ingest(IngestAlarms)
    assert alarm.database_url.get_secret_value() == url
    assert alarm.mqtt_url.get_secret_value() == "mqtt://a:b@c:1"
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", "postgresql://from-environment/tw")
    assert read_ingest(IngestAlarms).database_url.get_secret_value().endswith("environment/tw")


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_can_be_imported(name: str) -> None:
    assert build(name).registered_commands or build(name).registered_groups


def test_the_containers_database_has_the_private_servers_settings() -> None:
    path = Path(__file__).parents[3] / "deploy/postgres/towerwatch.conf"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    machine = Machine(memory=8192 * _MIB, shared_memory=1024 * _MIB, has_time_zones=True)
    ours = render(settings(machine, port=5432)).splitlines(keepends=True)
    written = [line for line in lines if not line.startswith("#")]
    assert set(written) <= set(ours)
    assert "synchronous_commit = 'on'\n" in written
