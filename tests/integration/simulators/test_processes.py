"""The simulators as they are run: the driver into a sink, the commands, the bureau over HTTP."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as StopFlag
from typing import Any

import pytest

from gateway.clock import now_ms
from gateway.driver import Counted, DriverSettings
from gateway.errors import DriverFailed
from gateway.sample import Sample
from gateway.wire import WireEvent
from simulators.bureau import MAX_BODY_BYTES, Bureau, secret_key, sign
from simulators.demo import compound_named
from simulators.driver import SimulatedDriver, open_driver
from simulators.registry import registry_files
from simulators.truth import read_truth

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = secret_key(SECRET)
START = "2025-03-01T07:30:00+08:00"
START_MS = 1_740_785_400_000


class KeepingSink:
    """Keeps what it is given; sets the flag after so many samples."""

    def __init__(self, stop: StopFlag, stop_after: int | None = None) -> None:
        self.samples: list[tuple[Sample, str]] = []
        self.events: list[WireEvent] = []
        self.exact: set[bool] = set()
        self._stop, self._stop_after = stop, stop_after

    def sample(self, sample: Sample, asset_class: str, *, exact: bool = False) -> None:
        self.samples.append((sample, asset_class))
        self.exact.add(exact)
        if len(self.samples) == self._stop_after:
            self._stop.set()

    def flush(self) -> bool:
        return True

    def event(self, event: WireEvent) -> None:
        self.events.append(event)

    def store(self, events: Sequence[WireEvent]) -> None:
        self.events += events

    def conditions(self, read: Sequence[WireEvent]) -> None:
        raise AssertionError(read)

    def note(self, asset: str, word: str, *, stands: bool) -> None:
        raise AssertionError(asset, word, stands)

    def note_all(self, notes: Sequence[tuple[str, str, bool]]) -> None:
        raise AssertionError(notes)

    def notes(self) -> list[tuple[str, str]]:
        return []

    def count(self, what: Counted, number: int = 1) -> None:
        raise AssertionError(what)


def driver(**options: Any) -> SimulatedDriver:
    return open_driver(DriverSettings(name="garden", driver="simulated", options=options))


def test_a_play_without_waiting_gives_everything_to_the_sink(tmp_path: Path) -> None:
    sink, truth = KeepingSink(StopFlag()), tmp_path / "deep" / "truth.jsonl"
    driver(speed=0, start=START, duration_s=60, truth=str(truth)).run(sink, StopFlag())
    times = [sample.at_ms for sample, _ in sink.samples]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (START_MS, START_MS + 59_000)
    assert {name for _, name in sink.samples} >= {"lift", "pump", "fire_water", "detector"}
    assert sink.exact == {True}
    assert "fire_alarm" in {event.event for event in sink.events}
    lines = read_truth(truth)
    assert {line.stage for line in lines} == {"planned", "onset", "shown", "failed", "ended"}
    entrapment = next(line for line in lines if line.kind == "entrapment")
    assert entrapment.expects == ["entrapment", "stop_outside_door_zone"]


def test_two_runs_of_one_driver_are_the_same_play() -> None:
    play = driver(speed=0, start=START, duration_s=30)
    first, second = KeepingSink(StopFlag()), KeepingSink(StopFlag())
    play.run(first, StopFlag())
    play.run(second, StopFlag())
    assert (first.samples, first.events) == (second.samples, second.events)


def test_real_time_stamps_with_the_clock_and_stops_when_told() -> None:
    stop = StopFlag()
    sink, before_ms = KeepingSink(stop, stop_after=1), now_ms()
    driver().run(sink, stop)
    assert all(before_ms <= sample.at_ms <= now_ms() for sample, _ in sink.samples)
    assert sink.exact == {False}
    assert len({sample.at_ms for sample, _ in sink.samples}) == 1


def test_a_driver_that_is_stopped_before_it_begins_says_nothing() -> None:
    stop = StopFlag()
    stop.set()
    sink = KeepingSink(stop)
    driver().run(sink, stop)
    assert sink.samples == []


def test_a_driver_that_rejoins_tells_the_last_state_and_goes_on(tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    since = datetime.fromtimestamp(now_ms() / 1000 - 100, UTC).isoformat()
    first_stop, second_stop = StopFlag(), StopFlag()
    first, second = KeepingSink(first_stop, 1), KeepingSink(second_stop, 1)
    driver(since=since, truth=str(truth)).run(first, first_stop)
    told = truth.read_bytes()
    driver(since=since, truth=str(truth)).run(second, second_stop)
    assert [(e.event, e.state) for e in first.events] == [
        ("fire_alarm", "raise"),
        ("shielded", "raise"),
        ("main_power_fault", "clear"),
        ("fault", "raise"),
    ]
    assert first.events == second.events
    assert all(now_ms() - sample.at_ms < 10_000 for sample, _ in first.samples)
    trapped = next(s for s, _ in first.samples if s.asset == "L-2-1")
    assert (trapped.values["door_closed"], trapped.values["door_zone"]) == (1, 0)
    assert truth.read_bytes() == told


def test_a_truth_file_that_cannot_be_written_fails_the_driver(tmp_path: Path) -> None:
    play = driver(truth=str(tmp_path), speed=0, start=START, duration_s=1)
    with pytest.raises(DriverFailed, match="truth file"):
        play.run(KeepingSink(StopFlag()), StopFlag())


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simulators", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_run_command_prints_a_play_and_truth_shows_it(tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    played = command(
        *("run", "--speed", "0", "--start", START, "--duration", "12", "--truth", str(truth))
    )
    assert (played.returncode, played.stderr) == (0, "")
    lines = [json.loads(line) for line in played.stdout.splitlines()]
    assert any(line.get("event") == "fire_alarm" for line in lines)
    shown = command("truth", str(truth))
    assert "fire at D-3-02 (smoke_in_corridor)" in shown.stdout


def test_wrong_options_end_with_a_sentence_and_status_two(tmp_path: Path) -> None:
    for arguments in (
        ("run", "--scenario", "nowhere"),
        ("registry", str(tmp_path), "--compound", "nowhere"),
        ("truth", str(tmp_path / "none")),
        ("bureau", "--port", "0", "--secret-file", str(tmp_path / "none")),
    ):
        ended = command(*arguments)
        assert ended.returncode == 2
        assert ended.stderr.startswith("simulators: ")
        assert len(ended.stderr.splitlines()) == 1


def test_the_registry_command_writes_what_the_definition_says(tmp_path: Path) -> None:
    assert command("registry", str(tmp_path / "new")).returncode == 0
    for file in registry_files(compound_named("demo")):
        assert (tmp_path / "new" / file.name).read_bytes().decode() == file.text


@pytest.fixture
def bureau() -> Iterator[Bureau]:
    with Bureau(KEY) as endpoint:
        yield endpoint


def deliver(url: str, body: bytes, *, one: str = "msg_1", key: bytes = KEY) -> tuple[int, Any]:
    timestamp = str(now_ms() // 1000)
    headers = {
        "webhook-id": one,
        "webhook-timestamp": timestamp,
        "webhook-signature": sign(key, one, timestamp, body),
        "content-type": "application/json",
    }
    return answer(urllib.request.Request(url, data=body, headers=headers, method="POST"))


def answer(request: urllib.request.Request | str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_the_bureau_answers_a_delivery_with_a_receipt_and_shows_it(bureau: Bureau) -> None:
    body = '{"event": "火警"}'.encode()
    status, content = deliver(bureau.url, body)
    assert (status, content) == (200, {"receipt": "R00000001"})
    assert deliver(bureau.url, body) == (200, {"receipt": "R00000001"})
    _, shown = answer(bureau.url.replace("/alarms", "/received"))
    [held] = shown["received"]
    assert (held["id"], held["times"], held["body"]) == ("msg_1", 2, body.decode())
    assert [one.body for one in bureau.received()] == [body]


def test_the_bureau_refuses_what_it_cannot_trust(bureau: Bureau) -> None:
    assert deliver(bureau.url, b"{}", key=b"another secret!!")[0] == 401
    assert answer(urllib.request.Request(bureau.url, data=b"{}", method="POST"))[0] == 400
    assert deliver(bureau.url, b"x" * (MAX_BODY_BYTES + 1))[0] == 413
    assert answer(bureau.url)[0] == 404
    assert bureau.received() == ()


def test_the_bureau_can_put_off_the_first_deliveries() -> None:
    with Bureau(KEY, fail_first=1) as endpoint:
        assert deliver(endpoint.url, b"{}")[0] == 503
        assert deliver(endpoint.url, b"{}")[0] == 200


def test_the_bureau_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators", *("bureau", "--port", "0"), "--secret-file", secret],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        assert deliver(url, b"{}")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.communicate()
