"""Another data_folder while the gateway was stopped: found, told, and what waits is taken along."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from gateway import clock, crew
from gateway.former_folder import note_of
from gateway.keeper import Keeper, Wish
from gateway.outbox import Limits, Outbox
from gateway.outbox_file import outbox_path
from gateway.service_manager import ServiceManager
from gateway.settings import Loaded, load
from gateway.topic import Lane
from gateway.wire import WireEvent, decode_alarm
from tests.integration.gateway.test_product import Idle
from towerwatch.cli import run

ROOMY = Limits(max_bytes=10**8)


@pytest.fixture
def config(lonely: Path) -> Path:
    return lonely


def live(config: Path, service_folder: str = "") -> None:
    """One life of the gateway's process."""

    def opened(path: Path) -> tuple[Loaded, list[crew.NamedDriver]]:
        return load(path), [crew.NamedDriver(name="idle", driver=Idle())]

    one = Keeper(config, opened, ServiceManager(), service_folder)
    one.ask(Wish.STOP)
    assert one.run() is True


def outbox_of(config: Path, folder: str) -> Outbox:
    outbox = Outbox(outbox_path(config.parent / folder, Lane.ALARM), Lane.ALARM, ROOMY)
    outbox.open()
    return outbox


def leave_a_fire(config: Path, folder: str, asset: str) -> None:
    """A fire that waits in a folder, and a condition that stands."""
    outbox = outbox_of(config, folder)
    outbox.put([WireEvent(asset=asset, at=clock.now_ms(), event="fire_alarm", state="raise")])
    outbox.remember_condition(asset, "entrapment", is_raised=True)
    outbox.close()


def waiting(config: Path, folder: str) -> list[str]:
    outbox = outbox_of(config, folder)
    try:
        return [
            event.asset
            for one in outbox.fetch_after(0, 99)
            for event in decode_alarm(one.payload).events
        ]
    finally:
        outbox.close()


def standing(config: Path, folder: str) -> set[str]:
    outbox = outbox_of(config, folder)
    try:
        return {asset for asset, _ in outbox.raised_conditions()}
    finally:
        outbox.close()


def use(config: Path, folder: str) -> None:
    values = yaml.safe_load(config.read_text()) | {"data_folder": folder}
    config.write_text(yaml.safe_dump(values))


def test_what_waits_in_the_former_folder_is_told_and_taken_along(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live(config)
    leave_a_fire(config, "first", "D-1")
    use(config, "second")
    capsys.readouterr()
    assert run(["gateway", "check", str(config), "--json"]) == 0
    warnings = json.loads(capsys.readouterr().out)["warnings"]
    (warning,) = [one for one in warnings if "data_folder" in one]
    line = config.read_text().splitlines().index("data_folder: second") + 1
    assert warning.startswith(f"{config}:{line}: data_folder: the former data_folder")
    assert "1 in outbox-alarm.sqlite, 0 in outbox-data.sqlite" in warning
    live(config)
    assert waiting(config, "second") == ["D-1"]
    assert standing(config, "second") == {"D-1"}
    assert not outbox_path(config.parent / "first", Lane.ALARM).exists()
    capsys.readouterr()
    assert run(["gateway", "check", str(config)]) == 0
    assert "the former" not in capsys.readouterr().err


def test_a_folder_that_is_away_is_told_until_it_is_back(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live(config)
    leave_a_fire(config, "first", "D-1")
    (config.parent / "first").rename(config.parent / "unmounted")
    use(config, "second")
    for _ in range(2):
        live(config)
        capsys.readouterr()
        assert run(["gateway", "check", str(config)]) == 0
        assert "first is not there" in capsys.readouterr().err
    leave_a_fire(config, "second", "D-2")
    shutil.move(config.parent / "unmounted", config.parent / "first")
    live(config)
    assert sorted(waiting(config, "second")) == ["D-1", "D-2"]
    # What the folder that was in use last knows to stand is believed.
    assert standing(config, "second") == {"D-2"}


def test_the_service_keeps_the_note_where_the_file_is_not_its_own(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = tmp_path / "service"
    service.mkdir()
    settings = load(config).settings
    note = note_of(config, settings, f"{service}:/nowhere")
    write: Callable[..., int] = Path.write_text

    def refused(path: Path, *words: str, **more: str) -> int:
        if path.parent == config.parent:
            raise PermissionError(path)
        return write(path, *words, **more)

    monkeypatch.setattr(Path, "write_text", refused)
    assert note.write(settings)
    monkeypatch.undo()
    use(config, "second")
    (former,) = note_of(config, load(config).settings, str(service)).former(load(config).settings)
    assert former.folder == config.parent / "first"
    assert not note_of(config, load(config).settings).former(load(config).settings)
