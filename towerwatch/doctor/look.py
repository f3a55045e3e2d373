"""Looks at the machine and at a running platform, and lets the rules judge."""

import ctypes
import os
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from ingest.database import connect, load_queries
from ingest.errors import StoreUnavailable
from towerwatch.doctor import rules
from towerwatch.doctor.finding import Finding, bad, good, notice
from towerwatch.doctor.keeping import (
    look_at_archive,
    look_at_doors,
    look_at_keeping,
    look_at_notices,
)
from towerwatch.errors import TowerwatchError
from towerwatch.home import Home, require_reachable, service_user
from towerwatch.options import ExistingServers, existing_servers
from towerwatch.platform import DATABASE
from towerwatch.ports import PREFERRED
from towerwatch.process import is_bindable, is_listening
from towerwatch.runtime.install import find_runtime
from towerwatch.services.access import PLATFORM, PROBE
from towerwatch.services.postgres import this_machine
from towerwatch.services.probe import Login, try_login, try_rights
from towerwatch.supervise.state import State, read_state

_QUERIES = load_queries("towerwatch", "doctor.sql")
_FONTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_LOOK_S = 0.3
_STA_UNSYNC = 0x0040
_TIMEX_BYTES = 208
_STATUS_OFFSET = 40
"""Place of `status` in struct timex on 64-bit Linux (adjtimex(2))."""


def examine(home: Home, environ: Mapping[str, str]) -> tuple[Finding, ...]:
    """Look at everything and return what was found, the most general first."""
    servers = existing_servers(environ)
    state = read_state(home)
    running = state if state is not None and state.is_alive else None
    return (
        good("python", f"{sys.version.split()[0]} at {sys.prefix}"),
        *_home(home),
        *_runtime(home, servers),
        rules.judge_memory(this_machine().memory),
        rules.judge_locale(sys.stdout.encoding or "ascii"),
        *_clock(),
        rules.judge_ports(_taken_ports(running)),
        *_processes(running),
        *_database(home, servers, running),
        *_broker(home, servers, running),
        *look_at_keeping(home, datetime.now(UTC)),
        _pages(),
    )


def _home(home: Home) -> list[Finding]:
    folder = next(one for one in (home.root, *home.root.parents) if one.exists())
    usage = shutil.disk_usage(folder)
    found = [rules.judge_disk(usage.free, usage.total, str(folder))]
    if not os.access(folder, os.W_OK):
        found.append(
            bad("home", f"{folder} cannot be written", "Choose another with TOWERWATCH_HOME.")
        )
    try:
        user = service_user()
        require_reachable(folder, user)
    except TowerwatchError as error:
        return [*found, bad("home", str(error), "Choose another folder with TOWERWATCH_HOME.")]
    name = user.name if user else "you"
    return [*found, good("home", f"{home.root}; servers run as {name}")]


def _runtime(home: Home, servers: ExistingServers) -> list[Finding]:
    if servers.database_url and servers.mqtt_url:
        return [good("runtime", "not needed: both servers are existing ones")]
    try:
        runtime = find_runtime(home)
    except TowerwatchError as error:
        return [bad("runtime", str(error), "towerwatch runtime remove; towerwatch runtime install")]
    if runtime is None:
        return [notice("runtime", "not installed", "It is installed at the first start.")]
    return [good("runtime", runtime.describe())]


def _clock() -> list[Finding]:
    wall, steady = datetime.now(UTC), time.monotonic()
    time.sleep(_LOOK_S)
    went = (datetime.now(UTC) - wall).total_seconds()
    return [
        rules.judge_jump(went, time.monotonic() - steady),
        rules.judge_synchronised(kernel_is_synchronised()),
    ]


def kernel_is_synchronised() -> bool | None:
    """Ask the kernel whether a time service disciplines the clock; None when it does not say."""
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)
    if ctypes.CDLL(None, use_errno=True).adjtimex(buffer) < 0:
        return None
    status = int.from_bytes(buffer.raw[_STATUS_OFFSET : _STATUS_OFFSET + 4], sys.byteorder)
    return not status & _STA_UNSYNC


def _taken_ports(running: State | None) -> dict[str, int]:
    ours = set(running.ports.values()) if running else set()
    return {
        name: port for name, port in PREFERRED.items() if port not in ours and not is_bindable(port)
    }


def _processes(running: State | None) -> list[Finding]:
    if running is None:
        return [notice("processes", "nothing runs", "`towerwatch up` or `make demo` starts it.")]
    dead = [child.name for child in running.children if not child.is_alive]
    again = [child.name for child in running.children if child.restarts]
    if dead:
        return [bad("processes", f"ended: {', '.join(dead)}", "Look into logs/towerwatch.log.")]
    says = f"{len(running.children)} processes run"
    if again:
        says += f"; started again: {', '.join(again)}"
        return [notice("processes", says, "Look into logs/towerwatch.log for the reason.")]
    return [good("processes", says)]


def _database(home: Home, servers: ExistingServers, running: State | None) -> list[Finding]:
    url = servers.database_url
    if not url and running is not None:
        password = _secret(home, "database.tw_owner")
        url = f"postgresql://tw_owner:{password}@127.0.0.1:{running.ports['database']}/{DATABASE}"
    if not url:
        return []
    try:
        with closing(connect(url, application="towerwatch doctor")) as connection:
            row = connection.execute(_QUERIES["server"]).fetchone()
            asked_at = datetime.now(UTC)
            found = connection.execute(_QUERIES["timescale"]).fetchone()
            kept = [
                look_at_archive(connection),
                look_at_doors(connection),
                look_at_notices(connection),
            ]
    except StoreUnavailable as error:
        return [bad("database", str(error), "Is it running, and are user and password right?")]
    assert row is not None
    version, there = cast("tuple[int, datetime]", row)
    extension, licence = cast("tuple[str, str]", found) if found else (None, None)
    return [
        rules.judge_postgres(version),
        rules.judge_timescale(extension, licence),
        rules.judge_database_clock((there - asked_at).total_seconds()),
        *kept,
    ]


def _broker(home: Home, servers: ExistingServers, running: State | None) -> list[Finding]:
    if servers.mqtt_url:
        return [_existing_broker(url) for url in servers.mqtt_url.split()]
    if running is None:
        return []
    return [_private_broker(home, running.ports["broker"])]


def _existing_broker(url: str) -> Finding:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 1883
    if is_listening(port, host):
        return good("broker", f"{host}:{port} answers")
    return bad("broker", f"{host}:{port} does not answer", "Is it running, and reachable?")


def _private_broker(home: Home, port: int) -> Finding:
    answer = try_login("127.0.0.1", port, PLATFORM, _secret(home, f"mqtt.{PLATFORM}"))
    if answer is not Login.ACCEPTED:
        return bad("broker", f"our own login is {answer}", "Look into logs/towerwatch.log.")
    if try_login("127.0.0.1", port, "stranger", "guess") is not Login.REFUSED:
        return bad("broker", "it lets strangers in", "Stop it and look at its configuration.")
    if try_rights("127.0.0.1", port, PROBE, _secret(home, f"mqtt.{PROBE}")) is Login.OPEN:
        return bad("broker", "it has lost its access list", "Stop it and start it again.")
    return good("broker", "lets us in, refuses a stranger, and keeps its access list")


def _secret(home: Home, name: str) -> str:
    try:
        return (home.secrets / name).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _pages() -> Finding:
    has_letters = any(next(folder.glob("**/*CJK*"), None) for folder in _FONTS if folder.is_dir())
    return rules.judge_pages(
        has_browser=shutil.which("chromium") is not None, has_letters=has_letters
    )
