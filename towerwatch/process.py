"""Start, recognise and stop programs."""

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event
from time import monotonic
from typing import IO

from towerwatch.home import ServiceUser

_LAUNCHER = Path(__file__).with_name("launcher.py")
_POLL_S = 0.02
_FIRST_PORT = 15_000
_PORTS = 17_000
_PORT_TRIES = 200
_START_TIME_FIELD = 19
"""Position of the start time after the closing bracket of /proc/PID/stat (proc_pid_stat(5), 22)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How a program is started.

    Args:
        command: The program and its arguments.
        environment: All of its environment.
        user: Whom it runs as; None keeps the present user.
        death_signal: What the kernel sends it when the starting thread's process dies.
        folder: Where it runs.
    """

    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    user: ServiceUser | None = None
    death_signal: signal.Signals = signal.SIGTERM
    folder: Path | None = None


def start(launch: Launch, *, output: int | IO[bytes]) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own that dies with this process.

    The kernel ties the death signal to the starting *thread*: start from the main thread.

    Args:
        launch: What to start.
        output: Where standard output and error go, as subprocess takes it.
    """
    uid, gid = (launch.user.uid, launch.user.gid) if launch.user else (-1, -1)
    words = [str(os.getpid()), str(int(launch.death_signal)), str(uid), str(gid), "--"]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(_LAUNCHER), *words, *launch.command],
        env=dict(launch.environment),
        cwd=launch.folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
    )


def stop(
    process: "subprocess.Popen[bytes]", *, sent: signal.Signals = signal.SIGTERM, grace_s: float
) -> bool:
    """Ask a program to stop, and kill its session when it does not. Returns whether it obeyed."""
    if process.poll() is not None:
        return True
    process.send_signal(sent)
    try:
        process.wait(timeout=grace_s)
    except subprocess.TimeoutExpired:
        kill_session(process.pid)
        process.wait(timeout=grace_s)
        return False
    return True


def kill_session(pid: int) -> None:
    """Kill the process group that a started program leads."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def start_time(pid: int) -> int | None:
    """Return when a process started [clock ticks since boot], None when it is gone.

    Process ids are used again; a pid with its start time is one process only.
    """
    try:
        content = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = content.rpartition(")")[2].split()
    is_dead = fields[0] in {"Z", "X"}
    return None if is_dead else int(fields[_START_TIME_FIELD])


def wait_until(
    is_true: Callable[[], bool], *, within_s: float, stopping: Event | None = None
) -> bool:
    """Ask again and again until something is true; False when the time is over or we stop."""
    pause = stopping or Event()
    end = monotonic() + within_s
    while not is_true():
        if monotonic() >= end or pause.wait(_POLL_S):
            return False
    return True


def free_port() -> int:
    """Return a TCP port on loopback that nothing uses at the moment.

    It lies below the range that the kernel takes for outgoing connections (32768 and up on
    Linux), so that no connection takes it between this look and its use.
    """
    for _ in range(_PORT_TRIES):
        port = _FIRST_PORT + secrets.randbelow(_PORTS)
        if is_bindable(port):
            return port
    raise OSError("no free port on loopback")


def is_bindable(port: int) -> bool:
    """Tell whether a port of loopback is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers_http(port: int, path: str) -> bool:
    """Tell whether a server on loopback answers a GET with a status below 400."""
    return fetch_text(port, path) is not None


def fetch_text(port: int, path: str, timeout_s: float = 2.0) -> str | None:
    """Return what a server on loopback answers to a GET; None for nothing or a status from 400."""
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", errors="replace")
    except (OSError, HTTPException):
        return None
    else:
        return text if answer.status < HTTPStatus.BAD_REQUEST else None
    finally:
        connection.close()


def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether something accepts connections on a port."""
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def last_lines(path: Path, count: int = 12) -> str:
    """Return the last lines of a log."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-count:])
