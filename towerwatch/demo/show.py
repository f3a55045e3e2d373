"""One demonstration from start to report."""

import base64
import secrets
import shutil
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event
from time import monotonic

from ingest.database import Connection, connect
from ingest.errors import IngestError
from ingest.ledger_report import LedgerTotal, fetch_totals
from towerwatch.commands.up import tell_leftovers
from towerwatch.demo.compound import (
    Play,
    add_people,
    apply_registries,
    describe_people,
    write_gateway,
)
from towerwatch.demo.page_watch import PageWatch
from towerwatch.figures import (
    Figures,
    difference,
    fetch_figures,
    ledger_table,
    rate,
)
from towerwatch.home import Home, make_folder
from towerwatch.options import Options, existing_servers
from towerwatch.platform import Platform
from towerwatch.process import is_listening, wait_until
from towerwatch.progress import say
from towerwatch.services.secrets import write_private
from towerwatch.session import Hooks, run
from towerwatch.supervise.child import ChildSpec, Stage
from towerwatch.supervise.logs import show_nothing
from towerwatch.supervise.state import only_supervisor, stop_leftovers
from towerwatch.supervise.supervisor import Supervisor

_OPERATOR = "operator"
_LINE_EVERY_S = 1.0
_PLAIN_LINE_EVERY_S = 5.0
"""Without a terminal a line a second would only fill a log."""
_RATE_OVER = 6
"""Lines that a rate is taken over: gateways send in batches of a second or two."""
_SETTLE_S = 5.0
_DEMO_SETTINGS = {
    "TOWERWATCH_WARNING_CYCLE_S": "5",
    "TOWERWATCH_WARNING_WINDOW_S": "120",
    "TOWERWATCH_WARNING_HORIZON_S": "600",
    "TOWERWATCH_KEEP_SAMPLES_DAYS": "36500",
}
"""The demonstration's leak takes minutes instead of hours, and a recording may be years old."""


class Demo:
    """A demonstration; `run` returns the exit status: 0 when nothing was lost and nothing crashed.

    Args:
        home: The demonstration's own home.
        play: What its gateway plays.
        seconds: When to stop by itself [s]; None runs until Ctrl-C.
        keeps_data: Whether the former data stay.
        began_at: When the user typed the command [s since 1970]; 0 when unknown.
    """

    def __init__(
        self,
        home: Home,
        play: Play,
        *,
        seconds: float | None,
        keeps_data: bool,
        began_at: float,
    ) -> None:
        self._home = home
        self._play = play
        self._seconds = seconds
        self._keeps_data = keeps_data
        self._began_at = began_at or datetime.now(UTC).timestamp()
        self._stopping = Event()
        self._watch: Connection | None = None
        self._page: PageWatch | None = None
        self._passwords: dict[str, str] = {}
        self._up_at = 0.0
        self._shown_at = 0.0
        self._seen: deque[tuple[float, int]] = deque(maxlen=_RATE_OVER)
        self._first_alarm_s: float | None = None
        self._final: tuple[Figures, Sequence[LedgerTotal]] | None = None

    def run(self) -> int:
        """Set up, run, report."""
        make_folder(self._home.root)
        with only_supervisor(self._home):
            tell_leftovers(stop_leftovers(self._home))
            if not self._keeps_data:
                shutil.rmtree(self._home.data, ignore_errors=True)
            platform = self._platform()
            say("Starting the platform (its log: " + str(self._home.logs / "towerwatch.log") + ")")
            ended = run(
                platform,
                show=show_nothing,
                stopping=self._stopping,
                extra=self._extra(platform),
                hooks=Hooks(
                    after_schema=lambda: self._fill(platform),
                    when_up=lambda: self._announce(platform),
                    each_tick=lambda: self._tick(platform),
                    before_stop=lambda supervisor: self._settle(platform, supervisor),
                ),
            )
        return self._report(ended.restarts, ended.killed)

    def _platform(self) -> Platform:
        servers = existing_servers({})
        options = Options(
            database_url=servers.database_url,
            mqtt_url=servers.mqtt_url,
            extra_environment=_DEMO_SETTINGS,
        )
        platform = Platform(self._home, options)
        secret = self._home.secrets / "bureau"
        if not secret.is_file():
            key = base64.b64encode(secrets.token_bytes(24)).decode("ascii")
            write_private(secret, f"whsec_{key}\n")
        config = write_gateway(platform, self._play, platform.ports["metrics.gateway"])
        platform.options = replace(
            options,
            gateways=(config,),
            bureau_url=f"http://127.0.0.1:{platform.ports['bureau']}/alarms",
            bureau_secret_file=secret,
        )
        return platform

    def _extra(self, platform: Platform) -> list[ChildSpec]:
        port = platform.ports["bureau"]
        secret = str(self._home.secrets / "bureau")
        words = ["simulators", "bureau", "--port", str(port), "--secret-file", secret]
        spec = platform.python_spec("bureau", Stage.BROKER, words, {})
        return [replace(spec, is_ready=lambda: is_listening(port))]

    def _fill(self, platform: Platform) -> None:
        with closing(connect(platform.urls.ingest_url, application="towerwatch demo")) as ingest:
            apply_registries(ingest, self._play.compounds)
        with closing(connect(platform.urls.console_url, application="towerwatch demo")) as console:
            self._passwords = add_people(console, platform.secrets)
        self._page = PageWatch(platform.ports["console"], _OPERATOR, self._passwords[_OPERATOR])
        self._page.start()
        say("  数据库已就绪，正在启动各服务 The database is ready; the services are starting")

    def _announce(self, platform: Platform) -> None:
        self._up_at = monotonic()
        took = datetime.now(UTC).timestamp() - self._began_at
        say(
            f"\n  示范平台已启动 Towerwatch is up after {took:.0f} s\n"
            f"\n  页面 console   {platform.console_url}\n"
            f"\n  登录 log-ins (name, password, role)\n{describe_people(self._passwords)}\n"
            f"\n  Ctrl-C 停止 stops it{self._for_text()}\n"
        )

    def _for_text(self) -> str:
        return f", or by itself after {self._seconds:.0f} s" if self._seconds else ""

    def _tick(self, platform: Platform) -> None:
        now = monotonic()
        if self._seconds is not None and now - self._up_at >= self._seconds:
            self._stopping.set()
            return
        self._note_first_alarm()
        every = _LINE_EVERY_S if sys.stderr.isatty() else _PLAIN_LINE_EVERY_S
        if now - self._shown_at < every:
            return
        try:
            self._show_line(platform, now)
        except IngestError as error:
            self._forget_connection()
            self._status(f"  (no figures just now: {error})")

    def _show_line(self, platform: Platform, now: float) -> None:
        connection = self._connection(platform)
        totals, ledgers = fetch_figures(connection), fetch_totals(connection)
        self._shown_at = now
        self._seen.append((now, totals.samples))
        since, before = self._seen[0]
        self._status(
            f"  {now - self._up_at:5.0f} s  {rate(before, totals.samples, now - since):7.0f}"
            f" samples/s  {totals.events:5d} events  {totals.open_alarms:4d} open alarms"
            f"  {totals.orders:3d} orders  {totals.notices_delivered:3d} notices"
            f"  ledger difference {difference(ledgers)}"
        )

    def _note_first_alarm(self) -> None:
        found = self._page.first_alarm_at if self._page else None
        if found is not None and self._first_alarm_s is None:
            self._first_alarm_s = found.timestamp() - self._began_at
            self._status("")
            say(
                f"  首个报警 first alarm on the page: {self._first_alarm_s:.0f} s after the command"
            )

    def _settle(self, platform: Platform, supervisor: Supervisor) -> None:
        """Stop the gateway, let what it has sent arrive, and read the last figures."""
        if not self._up_at:
            return
        self._note_first_alarm()
        self._status("")
        say("Stopping: gateway first, then what it has sent is stored.")
        supervisor.stop(down_to=Stage.GATEWAY)
        try:
            connection = self._connection(platform)
            wait_until(
                lambda: not sum(line.in_flight for line in fetch_totals(connection)),
                within_s=_SETTLE_S,
            )
            self._final = (fetch_figures(connection), fetch_totals(connection))
        except IngestError as error:
            say(f"The last figures could not be read: {error}")
        finally:
            self._forget_connection()
            if self._page is not None:
                self._page.stop()

    def _report(self, restarts: int, killed: tuple[str, ...]) -> int:
        if self._final is None:
            say("Stopped before everything was up.")
            return 1
        totals, ledgers = self._final
        lost = difference(ledgers)
        first = self._first_alarm_s
        say(
            f"\n  报告 report\n"
            f"  samples stored     {totals.samples}\n"
            f"  events             {totals.events}\n"
            f"  alarms             {totals.alarms} ({totals.open_alarms} open)\n"
            f"  early warnings     {totals.warnings}\n"
            f"  work orders        {totals.orders}\n"
            f"  notices delivered  {totals.notices_delivered}"
            f" ({totals.notices_waiting} waiting)\n"
            f"  first alarm        {'none' if first is None else f'{first:.0f} s'}"
            " after the command\n\n"
            f"{ledger_table(ledgers)}\n"
        )
        faults = [f"ledger difference {lost}"] if lost else []
        faults += [f"{restarts} processes had to be started again"] if restarts else []
        faults += [f"killed: {', '.join(killed)}"] if killed else []
        say(f"  NOT GOOD: {'; '.join(faults)}" if faults else "  Nothing lost, nothing crashed.")
        return 1 if faults else 0

    def _connection(self, platform: Platform) -> Connection:
        if self._watch is None or self._watch.closed:
            self._watch = connect(platform.urls.owner_url, application="towerwatch demo")
        return self._watch

    def _forget_connection(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _status(self, line: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[2K{line}")
            sys.stderr.flush()
        elif line:
            say(line)
