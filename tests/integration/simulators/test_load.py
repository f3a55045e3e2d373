"""The load through the real agent: it ends, with a word, whatever does not work."""

import threading
from pathlib import Path

import pytest

from gateway.driver import Driver, DriverSettings, Sink
from gateway.errors import DriverFailed
from simulators.load import LoadPlan, run_load
from towerwatch.process import free_port
from towerwatch.services.secrets import write_private


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A gateway that reaches no broker."""
    for lane in ("alarm", "data"):
        write_private(tmp_path / f"{lane}.secret", "a-long-secret-of-this-gateway-000001")
    path = tmp_path / "gateway.yaml"
    path.write_text(
        "gateway: gw-load\n"
        "data_folder: outbox\n"
        f"broker: {{urls: ['mqtt://127.0.0.1:{free_port()}'],"
        " alarm_secret_file: alarm.secret, data_secret_file: data.secret}\n"
        "drivers: [{name: room, driver: gbt26875, tcp: '127.0.0.1:0'}]\n"
    )
    return path


class Failing:
    """A play that cannot be played."""

    def run(self, sink: Sink, stop: threading.Event) -> None:
        del sink, stop
        raise DriverFailed("the scenario says nonsense")


def failing(settings: DriverSettings) -> Driver:
    del settings
    return Failing()


def run(plan: LoadPlan) -> bool:
    return run_load(plan, threading.Event(), lambda _share, _word: None).is_whole


def test_a_load_that_cannot_be_played_ends_with_its_reason(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulators.load.open_driver", failing)
    with pytest.raises(DriverFailed, match="cannot be played: the scenario says nonsense"):
        run(LoadPlan(config=config))


def test_a_platform_that_is_away_is_waited_for_no_longer_than_said(config: Path) -> None:
    assert run(LoadPlan(config=config, duration_s=5, patience_s=0.3)) is False
