"""The gateway as a product: checked, scanned, reloaded, shown and watched."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml
from pymodbus import FramerType

from gateway import crew, keeper
from gateway.driver import Sink
from gateway.errors import BadSettings
from gateway.keeper import Keeper, Wish
from gateway.schema import schema
from gateway.service_manager import ServiceManager
from gateway.settings import Loaded, load, secrets_digest
from gateway.view import ShownDriver, View
from gateway.wire import WireEvent
from tests.integration.gateway.conftest import Platform, eventually
from tests.integration.gateway.modbus_peer import device, tcp_server
from towerwatch.cli import run
from towerwatch.process import fetch_text, free_port
from towerwatch.services.certificate import SERVER_LIFE, ensure_tls
from towerwatch.services.secrets import write_private

EXAMPLE = Path(__file__).parents[3] / "deploy" / "gateway" / "gateway.yaml"
MONITOR = device(
    3, bits={}, holding={}, inputs=dict(enumerate([450, 246, 248, 770, 0x7FFF, 0b1000]))
)


def modbus(port: int, name: str = "room", asset: str = "E-1") -> dict[str, Any]:
    return {
        "name": name,
        "driver": "modbus",
        "line": {"url": f"tcp://127.0.0.1:{port}", "timeout_s": 0.5},
        "poll_s": 0.1,
        "units": [{"asset": asset, "unit": 3, "map": "residual_current_monitor"}],
    }


def rewrite(config: Path, **change: Any) -> None:
    values = yaml.safe_load(config.read_text()) | change
    config.write_text(yaml.safe_dump(values, sort_keys=False, allow_unicode=True))


@dataclass(frozen=True)
class Done:
    """What a command said, and its status."""

    status: int
    out: str
    err: str


@pytest.fixture
def towerwatch(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """The command line, in this process."""

    def command(*words: str) -> Done:
        capsys.readouterr()
        status = run(["gateway", *words])
        said = capsys.readouterr()
        return Done(status, said.out, said.err)

    return command


Towerwatch = Callable[..., Done]


@pytest.mark.parametrize(
    ("part", "where", "complaint"),
    [
        ("poll_s: 0.1", "poll_s: -1", "driver 'room': poll_s: Input should be greater than 0"),
        ("unit: 3", "unit: 900", "units.0.unit: Input should be less than or equal to 255"),
        ("map: residual", "map: rasidual", "register map rasidual_current_monitor"),
        ("driver: modbus", "driver: telepathy", "'telepathy' is not installed"),
    ],
)
def test_every_mistake_of_a_driver_is_told_with_its_line(
    config: Path, towerwatch: Towerwatch, part: str, where: str, complaint: str
) -> None:
    rewrite(config, drivers=[modbus(502)])
    config.write_text(config.read_text().replace(part, where, 1))
    done = towerwatch("check", str(config), "--json")
    assert done.status == 2
    (mistake,) = json.loads(done.out)["mistakes"]
    number = int(mistake.removeprefix(f"{config}:").split(":")[0])
    line = config.read_text().splitlines()[number - 1]
    assert where in line or "name: room" in line
    assert complaint in mistake


def test_the_schema_takes_the_example_and_refuses_what_the_check_refuses() -> None:
    judge = jsonschema.Draft202012Validator(schema())
    judge.check_schema(schema())
    values = yaml.safe_load(EXAMPLE.read_text())
    assert [error.message for error in judge.iter_errors(values)] == []
    assert list(judge.iter_errors(values | {"drivers": [{"name": "x", "driver": "modbus"}]}))
    assert list(judge.iter_errors(values | {"outbocks": {}}))
    written = Path(__file__).parents[3] / "docs" / "gateway.schema.json"
    assert json.loads(written.read_text()) == schema()


def test_a_scan_finds_the_units_of_a_line_and_tries_a_map(towerwatch: Towerwatch) -> None:
    port = free_port()
    with tcp_server(port, [MONITOR], FramerType.SOCKET):
        line = f"tcp://127.0.0.1:{port}"
        words = ("--units", "3", "--map", "residual_current_monitor", "--json")
        done = towerwatch("scan", line, *words)
    assert done.status == 0
    found = json.loads(done.out)
    assert (found["unit"], found["raised"]) == (3, ["cable_temp_high"])
    assert found["values"]["residual_current"] == 450
    done = towerwatch("scan", line)
    assert done.status == 1
    assert "Traceback" not in done.err


@contextmanager
def started(config: Path) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-m", "gateway", "run", str(config)])
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def look(port: int, host: str = "127.0.0.1", path: str = "/values.json") -> tuple[int, bytes]:
    page = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        page.request("GET", path, headers={"Host": f"{host}:{port}"})
        answer = page.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        page.close()


def view(port: int) -> View | None:
    status, content = look(port)
    return msgspec.json.decode(content, type=View) if status == 200 else None


def drivers(port: int) -> dict[str, ShownDriver]:
    seen = view(port)
    return {one.name: one for one in seen.drivers} if seen else {}


def values(port: int, name: str) -> dict[str, float | None]:
    one = drivers(port).get(name)
    return one.assets[0].values if one and one.assets else {}


def test_a_gateway_is_shown_reloaded_and_goes_on_by_wrong_files(
    config: Path, platform: Platform, towerwatch: Towerwatch
) -> None:
    line, port = free_port(), free_port()
    rewrite(config, drivers=[modbus(line)], page_port=port)
    with tcp_server(line, [MONITOR], FramerType.SOCKET), started(config) as process:
        eventually(lambda: values(port, "room").get("residual_current") == 450, 30)
        eventually(lambda: bool(platform.events()))
        assert drivers(port)["room"].assets[0].event == "cable_temp_high"
        assert look(port, host="evil.example")[0] == 421
        assert look(port, path="/secret")[0] == 404
        assert (
            "消防" in look(port, path="/")[1].decode() or "E-1" in look(port, path="/")[1].decode()
        )
        shown = towerwatch("show", str(config))
        assert "E-1" in shown.out

        # A second driver: the first goes on, its connection and its memory untouched.
        before = drivers(port)["room"]
        rewrite(config, drivers=[modbus(line), modbus(line, "annexe", "E-2")])
        process.send_signal(signal.SIGHUP)
        eventually(lambda: values(port, "annexe").get("residual_current") == 450)
        after = drivers(port)["room"]
        assert after.since_s >= before.since_s
        assert after.counted["frames"] >= before.counted["frames"]
        eventually(lambda: drivers(port)["room"].counted["frames"] > before.counted["frames"])
        fingerprint = load(config).fingerprint
        eventually(lambda: any(s.configuration == fingerprint for _, s, _ in platform.states))

        # A wrong file: what ran goes on, under the configuration that is in force.
        config.write_text(config.read_text() + "nonsense: true\n")
        process.send_signal(signal.SIGHUP)
        counted = drivers(port)["room"].counted["frames"]
        eventually(lambda: drivers(port)["room"].counted["frames"] > counted)
        assert (seen := view(port)) is not None
        assert seen.configuration == fingerprint


def test_a_new_broker_and_folder_lose_nothing_that_waits(config: Path, platform: Platform) -> None:
    line, port = free_port(), free_port()
    right = yaml.safe_load(config.read_text())["broker"]
    nobody = f"mqtt://127.0.0.1:{free_port()}"
    terminals: dict[str, Any] = {
        "name": "cars",
        "driver": "mqtt_terminal",
        "url": nobody,
        "client_id": "cars",
    }
    fault = {"system": "gbt24476", "code_path": "code", "state": "raise"}
    terminals["rules"] = [{"topic": "site/{asset}/fault", "class": "lift", "events": fault}]
    rewrite(
        config,
        drivers=[modbus(line), terminals],
        page_port=port,
        broker=right | {"urls": [nobody]},
    )
    former = load(config).settings.data_folder / "outbox-alarm.sqlite"
    with tcp_server(line, [MONITOR], FramerType.SOCKET), started(config) as process:
        # The heat of the cable, and that a driver reaches nobody.
        eventually(lambda: bool((seen := view(port)) and seen.lanes[0].waiting == 2), 30)
        assert platform.events() == []
        rewrite(config, broker=right, data_folder="another disk")
        process.send_signal(signal.SIGHUP)
        # Begun anew, the driver that still reaches nobody is told once more.
        eventually(lambda: len(platform.events()) == 3, 30)
        eventually(lambda: bool((seen := view(port)) and not seen.lanes[0].waiting), 30)
        assert not former.exists()
        rewrite(config, drivers=[modbus(line)])
        process.send_signal(signal.SIGHUP)
        eventually(lambda: len(platform.events()) == 4, 30)
    told = {(one.asset, one.event, one.state) for one in platform.events()}
    # What stood before the reload is not raised a second time by it.
    assert told == {
        ("E-1", "cable_temp_high", "raise"),
        ("@gw", "driver_failing", "raise"),
        ("@gw", "driver_failing", "clear"),
    }
    troubles = {one.text for one in platform.events() if one.text.startswith("驱动")}
    assert troubles
    assert all(text.startswith(f"驱动 cars: {nobody}") for text in troubles)


def test_secrets_that_changed_are_read_by_a_reload(config: Path) -> None:
    settings = load(config).settings
    before = secrets_digest(settings)
    assert secrets_digest(settings) == before
    write_private(settings.broker.alarm_secret_file, "another-secret-of-this-gateway-0001")
    assert secrets_digest(settings) != before


def test_a_certificate_of_its_own_that_ends_is_told_until_another_is_there(
    config: Path, platform: Platform
) -> None:
    def shows(days: int) -> None:
        end = datetime.now(UTC) + timedelta(days=days)
        made = ensure_tls(config.parent / f"tls-{days}", ["gw"], now=end - SERVER_LIFE)
        (config.parent / "own.pem").write_bytes(made.certificate.read_bytes())

    def told() -> list[tuple[str, str]]:
        found = [one for one in platform.events() if one.event == "certificate_ending"]
        return [(one.state, one.text) for one in found]

    shows(13)
    port = free_port()
    broker = yaml.safe_load(config.read_text())["broker"] | {"alarm_certificate_file": "own.pem"}
    rewrite(config, broker=broker, metrics_port=port)
    with started(config):
        eventually(lambda: len(told()) == 1, 60)
        assert 'certificate_seconds{lane="alarm"} 1.1' in (fetch_text(port, "/metrics") or "")
        shows(90)
        eventually(lambda: len(told()) == 2, 60)
    [(raised, text), (cleared, _)] = told()
    assert (raised, cleared) == ("raise", "clear")
    assert text.startswith("网关证书 own.pem (alarm): ")


class Stuck:
    """A driver that says one thing and then never looks at its flag again."""

    def __init__(self) -> None:
        self.is_free = threading.Event()
        self.has_begun = threading.Event()

    def run(self, sink: Sink, stop: threading.Event) -> None:
        self.has_begun.set()
        sink.event(WireEvent(asset="A", at=1, event="fault", state="raise"))
        self.is_free.wait(30)


def test_a_driver_without_progress_ends_the_process_and_keeps_its_events(
    config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(crew, "STUCK_S", 0.3)
    monkeypatch.setattr(crew, "_STOP_S", 0.2)
    monkeypatch.setattr(keeper, "_LOOK_S", 0.05)
    stuck = Stuck()

    def opened(path: Path) -> tuple[Loaded, list[crew.NamedDriver]]:
        return load(path), [crew.NamedDriver(name="stuck", driver=stuck)]

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        one = Keeper(config, opened, ServiceManager(str(tmp_path / "notify")))
        assert one.run() is False
        stuck.is_free.set()
        said = [manager.recv(200) for _ in range(2)]
    assert said[0].startswith(b"READY=1")
    assert said[1] in (b"WATCHDOG=1", b"STOPPING=1")


class Idle:
    """A driver that waits for its end."""

    def run(self, sink: Sink, stop: threading.Event) -> None:
        del sink
        stop.wait()


def test_a_reload_that_fails_in_any_way_changes_nothing(config: Path) -> None:
    opened_ones: list[Path] = []

    def opened(path: Path) -> tuple[Loaded, list[crew.NamedDriver]]:
        opened_ones.append(path)
        if len(opened_ones) > 1:
            raise KeyError("a vendor's driver")
        return load(path), [crew.NamedDriver(name="idle", driver=Idle())]

    one = Keeper(config, opened, ServiceManager())
    one.ask(Wish.RELOAD)
    one.ask(Wish.STOP)
    assert one.run() is True
    assert len(opened_ones) == 2


def test_a_driver_that_does_not_stop_ends_the_process_at_a_reload(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "_STOP_S", 0.2)
    stuck, sounders = Stuck(), iter(["true", "false"])

    def opened(path: Path) -> tuple[Loaded, list[crew.NamedDriver]]:
        rewrite(path, sounder=[next(sounders)])
        return load(path), [crew.NamedDriver(name="stuck", driver=stuck)]

    one = Keeper(config, opened, ServiceManager())

    def reload() -> None:
        stuck.has_begun.wait(5)
        one.ask(Wish.RELOAD)

    threading.Thread(target=reload, daemon=True).start()
    assert one.run() is False
    stuck.is_free.set()


def test_a_wrong_file_at_the_start_is_refused(config: Path) -> None:
    def refused(_path: Path) -> tuple[Loaded, list[crew.NamedDriver]]:
        raise BadSettings("no")

    one = Keeper(config, refused, ServiceManager())
    one.ask(Wish.STOP)
    with pytest.raises(BadSettings):
        one.run()
