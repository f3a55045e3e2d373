"""An image restored at another gateway's id: nothing goes out under a wrong id, nothing is lost."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway import agent as agent_module
from gateway import clock, wire
from gateway.agent import Agent
from gateway.errors import OutboxForeign
from gateway.foreign_outbox import foreign_in, own_again, sentences
from gateway.metrics import Metrics
from gateway.outbox import Limits, Outbox
from gateway.outbox_file import outbox_path
from gateway.settings import load
from gateway.topic import Lane
from tests.integration.gateway.conftest import Platform, connect_platform, eventually
from tests.services import TestBroker
from towerwatch.cli import run
from towerwatch.services.secrets import write_private

ROOMY = Limits(max_bytes=10**8)


def leave_a_fire(path: Path, gateway: str, asset: str = "D-1") -> None:
    """A fire that a gateway recorded, and nobody received."""
    outbox = Outbox(path, Lane.ALARM, ROOMY, gateway)
    outbox.open()
    outbox.put([wire.WireEvent(asset=asset, at=clock.now_ms(), event="fire_alarm", state="raise")])
    outbox.close()


def rewrite(config: Path, **changed: Any) -> None:
    values = yaml.safe_load(config.read_text()) | changed
    config.write_text(yaml.safe_dump(values))


def running(config: Path) -> Agent:
    one = Agent(load(config), [], Metrics())
    one.start()
    return one


def fires(platform: Platform) -> list[str]:
    return [one.asset for one in platform.events() if one.event == "fire_alarm"]


def told(platform: Platform) -> list[tuple[str, str]]:
    return [(one.state, one.text) for one in platform.events() if one.event == "outbox_foreign"]


def test_an_image_at_another_id_sends_nothing_under_it_and_is_told_with_its_alarms(
    config: Path,
    platform: Platform,
    broker: TestBroker,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(agent_module, "_LOOK_S", 0.1)
    settings = load(config).settings
    folder = settings.data_folder
    other = broker.add_gateway(f"{settings.gateway}-old")
    leave_a_fire(outbox_path(folder, Lane.ALARM), other.gateway)

    run(["gateway", "check", str(config), "--json"])
    (warning,) = [one for one in json.loads(capsys.readouterr().out)["warnings"] if "未发送" in one]
    assert other.gateway in warning
    assert "D-1 火警" in warning

    one = running(config)
    try:
        eventually(lambda: bool(told(platform)))
    finally:
        one.stop()
    (state, text), *_ = told(platform)
    assert state == "raise"
    assert f"网关 {other.gateway} 的报警报文 1 条未发送" in text
    assert "D-1 火警" in text
    assert fires(platform) == []

    # The id is put right again, with its own secrets: what was kept goes out under it.
    for lane, secret in (("alarm", other.alarm_password), ("data", other.data_password)):
        write_private(config.parent / f"{lane}.secret", secret)
    rewrite(config, gateway=other.gateway)
    far = connect_platform(broker, other.gateway)
    one = running(config)
    try:
        eventually(lambda: fires(far) == ["D-1"])
        eventually(lambda: one.outboxes[Lane.ALARM].status().depth == 0)
    finally:
        one.stop()
        far.client.disconnect()
        far.client.loop_stop()
    assert fires(platform) == []
    # What the other id said meanwhile is kept in turn, and goes out when it is back.
    assert {one.gateway for one in foreign_in(folder)} == {settings.gateway}


def test_an_outbox_of_an_older_version_is_the_gateways_own(tmp_path: Path) -> None:
    path = tmp_path / "o.sqlite"
    leave_a_fire(path, "")
    leave_a_fire(path, "gw-a", "D-2")
    outbox = Outbox(path, Lane.ALARM, ROOMY, "gw-a")
    outbox.open()
    assert len(outbox.fetch_after(0, 9)) == 2
    outbox.close()
    assert not list(tmp_path.glob("*.of-*"))


def test_a_former_file_of_another_gateway_is_left_as_it_is(tmp_path: Path) -> None:
    former = tmp_path / "former.sqlite"
    leave_a_fire(former, "gw-a")
    outbox = Outbox(tmp_path / "o.sqlite", Lane.ALARM, ROOMY, "gw-b")
    with pytest.raises(OutboxForeign, match="gw-a, not of gw-b"):
        outbox.open(adopted=former)
    again = Outbox(former, Lane.ALARM, ROOMY, "gw-a")
    again.open()
    assert len(again.fetch_after(0, 9)) == 1
    again.close()


def test_the_alarms_of_a_file_that_is_kept_aside_are_named(tmp_path: Path) -> None:
    for gateway in ("gw-a", "gw-a-1"):
        leave_a_fire(tmp_path / f"outbox-alarm.sqlite.of-{gateway}.1", gateway, f"D-{gateway}")
    (tmp_path / "outbox-data.sqlite.of-gw-a.2").write_text("no database, and long enough to be one")
    said = sentences(foreign_in(tmp_path))
    assert "D-gw-a 火警" in said["outbox-alarm.sqlite.of-gw-a.1"]
    assert "无法读取" in said["outbox-data.sqlite.of-gw-a.2"]
    assert own_again(tmp_path, "gw-a-1") == [
        {Lane.ALARM: tmp_path / "outbox-alarm.sqlite.of-gw-a-1.1"}
    ]


def test_a_copy_of_the_whole_folder_is_kept_aside_once(tmp_path: Path) -> None:
    leave_a_fire(outbox_path(tmp_path / "image", Lane.ALARM), "gw-a")
    shutil.copytree(tmp_path / "image", tmp_path / "box")
    for _ in range(3):
        outbox = Outbox(outbox_path(tmp_path / "box", Lane.ALARM), Lane.ALARM, ROOMY, "gw-b")
        outbox.open()
        assert outbox.fetch_after(0, 9) == []
        outbox.close()
    assert [one.gateway for one in foreign_in(tmp_path / "box")] == ["gw-a"]
