"""Another data_folder while the gateway was stopped: found, told, and what waits is taken along."""

import json
import os
import shutil
import socket
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from math import inf
from pathlib import Path
from typing import IO

import pytest
import yaml

from gateway import clock, crew, outbox_file
from gateway.agent import Agent
from gateway.errors import OutboxUnusable
from gateway.former_folder import note_of
from gateway.keeper import Keeper, Wish
from gateway.metrics import Metrics
from gateway.outbox import Limits, Outbox
from gateway.outbox_file import outbox_path
from gateway.service_manager import ServiceManager
from gateway.settings import Loaded, load
from gateway.topic import Lane
from gateway.wire import WireEvent, decode_alarm
from tests.integration.gateway.test_product import Idle
from towerwatch.cli import run
from towerwatch.process import wait_until

ROOMY = Limits(max_bytes=10**8)


@pytest.fixture
def config(lonely: Path) -> Path:
    return lonely


def live(config: Path, service_folder: str = "", manager: str = "", gone: str = "") -> None:
    """One life of the gateway's process.

    Args:
        gone: A folder whose telemetry is all taken along before the end.
    """
    leaves = outbox_path(config.parent / gone, Lane.DATA)

    def opened(path: Path) -> tuple[Loaded, list[crew.NamedDriver]]:
        return load(path), [crew.NamedDriver(name="idle", driver=Idle())]

    one = Keeper(config, opened, ServiceManager(manager), service_folder)

    def end() -> None:
        wait_until(lambda: not leaves.exists(), within_s=10)
        one.ask(Wish.STOP)

    ending = threading.Thread(target=end)
    ending.start()
    assert one.run() is True
    ending.join()


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


def waiting_now(config: Path, folder: str) -> list[str]:
    """What waits in a file that is in use."""
    path = outbox_path(config.parent / folder, Lane.ALARM)
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT payload FROM messages ORDER BY id").fetchall()
    return [event.asset for (payload,) in rows for event in decode_alarm(payload).events]


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
    live(config, gone="first")
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


def test_an_empty_folder_where_a_disk_was_mounted_stays_noted(config: Path) -> None:
    live(config)
    leave_a_fire(config, "first", "D-1")
    (config.parent / "first").rename(config.parent / "unmounted")
    (config.parent / "first").mkdir()
    use(config, "second")
    live(config)
    live(config)
    assert waiting(config, "second") == []
    (config.parent / "first").rmdir()
    shutil.move(config.parent / "unmounted", config.parent / "first")
    live(config)
    assert waiting(config, "second") == ["D-1"]


def test_of_two_former_folders_the_later_one_knows_what_stands(config: Path) -> None:
    live(config)
    leave_a_fire(config, "first", "D-1")
    (config.parent / "first").rename(config.parent / "unmounted")
    use(config, "second")
    live(config)
    leave_a_fire(config, "second", "D-2")
    shutil.move(config.parent / "unmounted", config.parent / "first")
    use(config, "third")
    live(config)
    assert sorted(waiting(config, "third")) == ["D-1", "D-2"]
    assert standing(config, "third") == {"D-2"}


def test_the_spare_file_knows_more_than_a_former_folder(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk broke, alarms went to the spare file, and the file names another disk now."""
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    live(config)
    leave_a_fire(config, "first", "D-1")
    gateway = load(config).settings.gateway
    outbox = Outbox(spare / f"towerwatch-{gateway}-alarm.sqlite", Lane.ALARM, ROOMY)
    outbox.open()
    outbox.remember_condition("D-2", "entrapment", is_raised=True)
    outbox.close()
    use(config, "second")
    live(config)
    assert waiting(config, "second") == ["D-1"]
    assert standing(config, "second") == {"D-2"}


def test_a_new_disk_without_room_for_the_former_one_is_begun_all_the_same(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(config)
    leave_a_fire(config, "first", "D-1")
    use(config, "second")
    monkeypatch.setattr(Outbox, "take_in", lambda _outbox, _part: False)
    live(config)
    assert waiting(config, "second") == ["D-1"], "the fires had room"
    assert outbox_path(config.parent / "first", Lane.DATA).exists()
    monkeypatch.undo()
    live(config, gone="first")
    assert waiting(config, "second") == ["D-1"]
    assert not outbox_path(config.parent / "first", Lane.DATA).exists()


def test_a_new_disk_that_takes_no_former_alarms_hears_new_ones(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(config)
    leave_a_fire(config, "first", "D-1")
    use(config, "second")
    opened = Outbox.open

    def full(
        outbox: Outbox,
        path: Path | None = None,
        adopted: Path | None = None,
        at_once: float = inf,
    ) -> Path | None:
        if adopted is not None:
            raise OutboxUnusable("database or disk is full")
        return opened(outbox, path, adopted, at_once)

    monkeypatch.setattr(Outbox, "open", full)
    live(config, gone="first")
    assert waiting(config, "second") == []
    assert waiting(config, "first") == ["D-1"]
    monkeypatch.undo()
    live(config)
    assert waiting(config, "second") == ["D-1"]


def test_a_start_that_takes_long_is_waited_for(config: Path, tmp_path: Path) -> None:
    live(config)
    leave_a_fire(config, "first", "D-1")
    use(config, "second")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        live(config, manager=str(tmp_path / "notify"))
        said = [manager.recv(200) for _ in range(2)]
    assert said[0].startswith(b"EXTEND_TIMEOUT_USEC=")
    assert said[1].startswith(b"READY=1")


def test_a_note_that_a_power_cut_emptied_is_not_believed(config: Path, tmp_path: Path) -> None:
    settings = load(config).settings
    service = tmp_path / "service"
    service.mkdir()
    note = note_of(config, settings, str(service))
    assert note.write(settings)
    note.files[0].write_text("")
    os.utime(note.files[0], (2**31, 2**31))
    leave_a_fire(config, "first", "D-1")
    use(config, "second")
    (former,) = note.former(load(config).settings)
    assert former.folder == config.parent / "first"


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


@pytest.mark.parametrize("is_moved", [True, False])
def test_new_settings_that_start_half_way_strand_no_alarm(
    config: Path, monkeypatch: pytest.MonkeyPatch, *, is_moved: bool
) -> None:
    """The alarms are in the new folder already when the rest of the start fails."""
    live(config)
    leave_a_fire(config, "first", "D-1")
    started = crew.Crew.change
    starts: list[list[str]] = []

    def change(one: crew.Crew, drivers: list[crew.NamedDriver], **how: bool) -> list[str]:
        starts.append(waiting_now(config, "second" if is_moved else "first"))
        if len(starts) == 2:
            raise RuntimeError("can't start new thread")
        return started(one, drivers, **how)

    def opened(path: Path) -> tuple[Loaded, list[crew.NamedDriver]]:
        return load(path), [crew.NamedDriver(name="idle", driver=Idle())]

    monkeypatch.setattr(crew.Crew, "change", change)
    one = Keeper(config, opened, ServiceManager())
    running = threading.Thread(target=one.run)
    running.start()
    assert wait_until(lambda: len(starts) == 1, within_s=10)
    values = yaml.safe_load(config.read_text())
    values |= {"data_folder": "second"} if is_moved else {"sounder": ["true"]}
    config.write_text(yaml.safe_dump(values))
    one.ask(Wish.RELOAD)
    assert wait_until(lambda: len(starts) == 3, within_s=10)
    assert starts[1] == ["D-1"], "they were in the new folder"
    one.ask(Wish.STOP)
    running.join(10)
    assert not running.is_alive()
    assert waiting(config, "first") == ["D-1"]
    if is_moved:
        assert not outbox_path(config.parent / "second", Lane.ALARM).exists()


def test_old_settings_whose_secrets_are_gone_end_the_process_to_be_begun_anew(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As wrong settings it would end for good: systemd tries those no second time."""
    started = crew.Crew.change
    starts: list[bool] = []

    def change(one: crew.Crew, drivers: list[crew.NamedDriver], **how: bool) -> list[str]:
        starts.append(True)
        if len(starts) == 2:
            (config.parent / "alarm.secret").unlink()
            raise RuntimeError("can't start new thread")
        return started(one, drivers, **how)

    monkeypatch.setattr(crew.Crew, "change", change)
    one = Keeper(config, opened_idle, ServiceManager())
    running: list[bool] = []
    thread = threading.Thread(target=lambda: running.append(one.run()))
    thread.start()
    assert wait_until(lambda: len(starts) == 1, within_s=10)
    values = yaml.safe_load(config.read_text()) | {"sounder": ["true"]}
    config.write_text(yaml.safe_dump(values))
    one.ask(Wish.RELOAD)
    thread.join(10)
    assert running == [False]


def test_drivers_that_cannot_be_changed_end_the_process_and_keep_its_alarms(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(config)
    leave_a_fire(config, "first", "D-1")
    started = crew.Crew.change
    starts: list[bool] = []

    def change(one: crew.Crew, drivers: list[crew.NamedDriver], **how: bool) -> list[str]:
        starts.append(True)
        if len(starts) == 2:
            raise RuntimeError("can't start new thread")
        return started(one, drivers, **how)

    def opened(path: Path) -> tuple[Loaded, list[crew.NamedDriver]]:
        return load(path), [crew.NamedDriver(name="idle", driver=Idle())]

    monkeypatch.setattr(crew.Crew, "change", change)
    one = Keeper(config, opened, ServiceManager())
    one.ask(Wish.RELOAD)
    assert one.run() is False
    assert waiting(config, "first") == ["D-1"]


def test_a_disk_that_takes_no_writes_at_the_start_makes_no_gateway_deaf(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut left it read-only: alarms go to the spare folder, and it is told."""
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    monkeypatch.setattr("gateway.agent._LOOK_S", 0.1)
    (config.parent / "first").write_text("not a folder")
    kept = spare / f"towerwatch-{load(config).settings.gateway}-alarm.sqlite"

    def told() -> list[tuple[str, str]]:
        if not kept.exists():
            return []
        with (
            suppress(sqlite3.OperationalError),  # It is being made.
            closing(sqlite3.connect(f"{kept.as_uri()}?mode=ro", uri=True)) as database,
        ):
            rows = database.execute("SELECT payload FROM messages ORDER BY id").fetchall()
            return [(one.event, one.state) for (row,) in rows for one in decode_alarm(row).events]
        return []

    one = Keeper(config, opened_idle, ServiceManager())
    running = threading.Thread(target=one.run)
    running.start()
    try:
        assert wait_until(lambda: told() == [("outbox_away", "raise")], within_s=10)
        # The disk is mended: what waited goes home, and the condition is over.
        (config.parent / "first").unlink()
        home = outbox_path(config.parent / "first", Lane.ALARM)
        assert wait_until(lambda: home.exists() and not kept.exists(), within_s=20)
    finally:
        one.ask(Wish.STOP)
        running.join(10)
    assert not running.is_alive()
    assert waiting(config, "first")[0] == "@gw"


def test_alarms_on_a_disk_that_only_reads_go_out_from_the_spare_place(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    live(config)
    leave_a_fire(config, "first", "D-1")
    lock = outbox_file._lock

    def read_only(path: Path) -> IO[str]:
        if path.parent == config.parent / "first":
            raise OutboxUnusable("read-only file system")
        return lock(path)

    monkeypatch.setattr(outbox_file, "_lock", read_only)
    loaded = load(config)
    agent = Agent(loaded, [], Metrics())
    agent.start(on_spare=True)
    try:
        outbox = agent.outboxes[Lane.ALARM]
        sent = [decode_alarm(one.payload).events[0] for one in outbox.fetch_after(0, 9)]
        assert [one.asset for one in sent] == ["D-1"]
        assert outbox.raised_conditions() == {("D-1", "entrapment")}
    finally:
        agent.stop()
    assert [one.name for one in spare.iterdir() if "copy" in one.name] == []
    monkeypatch.undo()
    assert waiting(config, "first") == ["D-1"], "as it was"


def opened_idle(path: Path) -> tuple[Loaded, list[crew.NamedDriver]]:
    return load(path), [crew.NamedDriver(name="idle", driver=Idle())]
