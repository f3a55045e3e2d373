"""Supervision with real processes: start, restart, stop, and what a killed supervisor leaves."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from towerwatch.errors import AlreadyRunning, ServiceFailed
from towerwatch.home import Home
from towerwatch.process import Launch, start, start_time, stop, wait_until
from towerwatch.supervise.child import ChildSpec, Stage
from towerwatch.supervise.logs import LogStream, show_nothing
from towerwatch.supervise.state import (
    RunningChild,
    State,
    only_supervisor,
    read_state,
    stop_leftovers,
    write_state,
)
from towerwatch.supervise.supervisor import Supervisor

_WAIT = "import signal, sys\nprint('here', flush=True)\nsignal.pause()\n"
_DEAF = (
    "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('here', flush=True)\nwhile True: signal.pause()\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(root=tmp_path)


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[LogStream]:
    with LogStream(tmp_path / "all.log", show_nothing) as stream:
        yield stream


def _launch(program: str) -> Launch:
    return Launch(command=[sys.executable, "-c", program], environment=dict(os.environ))


def _spec(name: str, stage: Stage, program: str = _WAIT, log: Path | None = None) -> ChildSpec:
    def is_ready() -> bool:
        return log is None or f"{name:<18} | here" in log.read_text(encoding="utf-8")

    return ChildSpec(
        name=name,
        stage=stage,
        launch=lambda: _launch(program),
        is_ready=is_ready,
        grace_s=3.0,
        ready_within_s=20.0,
    )


def _supervisor(
    specs: list[ChildSpec], logs: LogStream, stopping: Event | None = None
) -> Supervisor:
    return Supervisor(specs, logs, stopping or Event(), lambda _: None)


def test_processes_start_in_order_and_stop_in_the_opposite_order(
    logs: LogStream, tmp_path: Path
) -> None:
    log = tmp_path / "all.log"
    stages = {"gw": Stage.GATEWAY, "db": Stage.DATABASE, "in": Stage.INGEST}
    supervisor = _supervisor([_spec(name, stage, log=log) for name, stage in stages.items()], logs)
    try:
        supervisor.start()
        begun = [child.begun for child in supervisor.children]
        assert [child.spec.name for child in supervisor.children] == ["db", "in", "gw"]
        assert begun == sorted(begun, key=lambda one: one or 0)
        supervisor.stop(down_to=Stage.GATEWAY)
        assert [child.is_running for child in supervisor.children] == [True, True, False]
    finally:
        assert supervisor.stop() == ()
    assert not any(child.is_running for child in supervisor.children)


def test_a_process_that_ends_is_started_again(logs: LogStream) -> None:
    supervisor = _supervisor([_spec("worker", Stage.INGEST)], logs)
    try:
        supervisor.start()
        first = supervisor.child("worker").pid
        assert first is not None
        os.kill(first, signal.SIGKILL)

        def is_back() -> bool:
            supervisor.tick()
            return supervisor.child("worker").pid not in {None, first}

        assert wait_until(is_back, within_s=10.0)
        assert supervisor.restarts == 1
    finally:
        supervisor.stop()


def test_a_process_that_ignores_the_stop_signal_is_killed_and_named(
    logs: LogStream, tmp_path: Path
) -> None:
    spec = _spec("deaf", Stage.INGEST, _DEAF, tmp_path / "all.log")
    supervisor = _supervisor([spec], logs)
    supervisor.start()
    assert supervisor.stop() == ("deaf",)


def test_wrong_settings_end_the_start_with_the_process_and_its_last_words(logs: LogStream) -> None:
    spec = ChildSpec(
        name="picky",
        stage=Stage.INGEST,
        launch=lambda: _launch("import sys; print('no key is named'); sys.exit(2)"),
        is_ready=lambda: False,
    )
    supervisor = _supervisor([spec], logs)
    with pytest.raises(ServiceFailed, match="picky: ended with status 2: no key is named"):
        supervisor.start()
    supervisor.stop()


def test_services_start_side_by_side_and_gateways_after_all_of_them(logs: LogStream) -> None:
    runs: list[str] = []

    def ready_beside(name: str, other: str) -> ChildSpec:
        def is_ready() -> bool:
            is_there = supervisor.child(other).is_running
            runs.extend([name] if is_there else [])
            assert supervisor.child("gw").process is None
            return is_there

        stage = Stage.INGEST if name == "in" else Stage.CONSOLE
        return replace(_spec(name, stage), is_ready=is_ready, ready_within_s=20.0)

    specs = [ready_beside("in", "page"), ready_beside("page", "in"), _spec("gw", Stage.GATEWAY)]
    supervisor = _supervisor(specs, logs)
    try:
        supervisor.start()
        assert {"in", "page"} <= set(runs)
        assert supervisor.child("gw").is_running
    finally:
        supervisor.stop()


def test_a_stop_during_the_start_ends_the_start(logs: LogStream) -> None:
    stopping = Event()

    def never_ready() -> bool:
        stopping.set()
        return False

    specs = [
        ChildSpec(
            name="slow", stage=Stage.BROKER, launch=lambda: _launch(_WAIT), is_ready=never_ready
        ),
        _spec("later", Stage.GATEWAY),
    ]
    supervisor = _supervisor(specs, logs, stopping)
    supervisor.start()
    assert supervisor.child("later").process is None
    supervisor.stop()


def test_the_log_is_one_stream_with_the_name_before_each_line(
    logs: LogStream, tmp_path: Path
) -> None:
    log = tmp_path / "all.log"
    supervisor = _supervisor([_spec("a", Stage.INGEST, log=log)], logs)
    supervisor.start()
    supervisor.stop()
    assert f"{'a':<18} | here\n" in log.read_text(encoding="utf-8")


def test_two_supervisors_never_share_a_home(home: Home) -> None:
    with (
        only_supervisor(home),
        pytest.raises(AlreadyRunning, match=str(os.getpid())),
        only_supervisor(home),
    ):
        pass
    with only_supervisor(home):
        pass


def _state(*children: RunningChild) -> State:
    return State(
        pid=os.getpid(),
        start_time=start_time(os.getpid()) or 0,
        started_at="2026-01-01T00:00:00+00:00",
        console_url="http://127.0.0.1:1/",
        ports={"console": 1},
        children=children,
    )


def test_a_leftover_is_stopped_by_the_next_supervisor(home: Home) -> None:
    process = start(_launch(_WAIT), output=subprocess.DEVNULL)
    child = RunningChild(
        name="left",
        pid=process.pid,
        start_time=start_time(process.pid) or 0,
        restarts=0,
        stop_signal=int(signal.SIGTERM),
    )
    write_state(home, _state(child))
    assert stop_leftovers(home) == ("left",)
    assert process.wait(timeout=5) != 0
    assert stop_leftovers(home) == ()


def test_a_process_that_got_a_former_pid_is_left_alone(home: Home) -> None:
    process = start(_launch(_WAIT), output=subprocess.DEVNULL)
    try:
        other = RunningChild(
            name="left",
            pid=process.pid,
            start_time=(start_time(process.pid) or 0) - 1,
            restarts=0,
            stop_signal=int(signal.SIGTERM),
        )
        write_state(home, _state(other))
        assert stop_leftovers(home) == ()
        assert process.poll() is None
    finally:
        stop(process, grace_s=5.0)


def test_a_broken_state_file_is_no_obstacle(home: Home) -> None:
    (home.root / "state.json").write_text('{"pid": 1', encoding="utf-8")
    assert read_state(home) is None
    assert stop_leftovers(home) == ()


def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, subprocess, sys, time
        from towerwatch.process import Launch, start
        command = [sys.executable, "-c", "import signal; signal.pause()"]
        child = start(
            Launch(command=command, environment=dict(os.environ)), output=subprocess.DEVNULL
        )
        print(child.pid, flush=True)
        time.sleep(60)
        """
    )
    path = tmp_path / "parent.py"
    path.write_text(script, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(
        [sys.executable, str(path)], stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        begun = start_time(child)
        assert begun is not None
        parent.kill()
    assert wait_until(lambda: start_time(child) != begun, within_s=10.0)


def test_a_line_without_room_is_dropped_and_shown_all_the_same() -> None:
    shown: list[str] = []
    with LogStream(Path("/dev/full"), shown.append) as stream:
        stream.write("one", "first")
        stream.write("one", "second")
    assert [line.split("| ")[1] for line in shown] == ["first", "second"]


def test_a_start_and_a_note_that_find_no_room_stop_nothing(logs: LogStream) -> None:
    no_room = OSError(errno.ENOSPC, "No space left on device")
    fails: list[OSError] = []
    notes: list[OSError] = []

    def prepare() -> None:
        if fails:
            raise fails.pop()

    def note(_: object) -> None:
        if notes:
            raise notes.pop()

    spec = replace(_spec("one", Stage.INGEST), prepare=prepare)
    supervisor = Supervisor([spec], logs, Event(), note)
    supervisor.start()
    try:
        former = supervisor.child("one").pid
        assert former is not None
        fails.append(no_room)
        notes.append(no_room)
        os.kill(former, signal.SIGKILL)

        def is_back() -> bool:
            supervisor.tick()
            return supervisor.child("one").pid not in {None, former}

        assert wait_until(is_back, within_s=20)
        assert (fails, notes) == ([], [])
    finally:
        supervisor.stop()
