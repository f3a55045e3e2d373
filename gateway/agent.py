"""The gateway's process, wired: drivers in threads, two outboxes, two uplinks, one ticker."""

import os
import stat
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import cast

import structlog

from gateway import clock, wire
from gateway.certificate import Certificate, read_certificate
from gateway.crew import Crew, NamedDriver
from gateway.driver import Driver, DriverSettings, TakesCommands
from gateway.errors import BadCertificate, BadSettings, OutboxInUse, OutboxUnusable
from gateway.foreign_outbox import own_again
from gateway.former_outbox import DataLane, FormerFiles, say_broken, take_over
from gateway.metrics import Metrics
from gateway.outbox import Limits, Outbox
from gateway.outbox_file import leave_file, outbox_path, readable_copy
from gateway.plight import Plight
from gateway.second_path import Intake, SecondPath
from gateway.session import Access
from gateway.settings import GatewaySettings, Loaded, lane_secret, read_secret
from gateway.sink import DriverSink, EventRoad, Lanes
from gateway.topic import Lane
from gateway.uplink import Hooks, Identity, LaneSetup, Uplink

DRIVERS = "towerwatch.drivers"
_TICK_S = 0.2
_LOOK_S = 5.0
"""Pause between two looks at what changes slowly: the spare outbox, drivers in trouble [s]."""
_COMMAND_LIMIT_S = 30.0
_SOUND_EVERY_S = 60.0
_LOG = structlog.get_logger(__name__)


def software() -> str:
    """Name and version of this program, for the heartbeat."""
    try:
        return f"towerwatch {version('towerwatch')}"
    except PackageNotFoundError:
        return "towerwatch"


def open_driver(settings: DriverSettings) -> Driver:
    """One driver, opened; nothing outside is touched.

    Raises:
        BadSettings: The driver is not installed, or refuses its options.
    """
    found: dict[str, EntryPoint] = {entry.name: entry for entry in entry_points(group=DRIVERS)}
    entry = found.get(settings.driver)
    if entry is None:
        raise BadSettings(
            f"driver {settings.name!r}: {settings.driver!r} is not installed; "
            f"installed are {', '.join(sorted(found)) or 'none'}"
        )
    try:
        opening = entry.load()
    except (ImportError, AttributeError) as error:
        raise BadSettings(
            f"driver {settings.driver!r} ({entry.value}) does not load: {error}"
        ) from error
    return cast("Driver", opening(settings))


class Agent:
    """One gateway. `start`, then `stop`; constructing touches nothing."""

    def __init__(self, loaded: Loaded, drivers: list[NamedDriver], metrics: Metrics) -> None:
        self._settings = settings = loaded.settings
        self._drivers = drivers
        self._loaded = loaded
        self._metrics = metrics
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._outboxes = _outboxes(settings)
        alarm, data = self._outboxes[Lane.ALARM], self._outboxes[Lane.DATA]
        identity = Identity(
            gateway=settings.gateway_id, software=software(), configuration=loaded.fingerprint
        )
        self._alarm_uplink = Uplink(
            LaneSetup(
                lane=Lane.ALARM,
                identity=identity,
                accesses=_accesses(settings, Lane.ALARM),
                hooks=Hooks(
                    on_command=self._take_command,
                    on_second_path=self._ask_second_path,
                    on_sounder=self._sound,
                ),
            ),
            alarm,
            metrics,
        )
        self._data_uplink = Uplink(
            LaneSetup(lane=Lane.DATA, identity=identity, accesses=_accesses(settings, Lane.DATA)),
            data,
            metrics,
        )
        self._second_path = self._build_second_path()
        self._sounder = _Program(settings.sounder, "sounder")
        self._duty_check = _Program(settings.duty_check, "duty check")
        self._sounded_s = -_SOUND_EVERY_S
        self._ticked_s = clock.steady_s()
        lanes = Lanes(
            alarm=alarm,
            data=data,
            alarm_stored=self._alarm_uplink.wake,
            data_stored=self._data_uplink.wake,
        )
        self._spare = Path(tempfile.gettempdir()) / f"towerwatch-{settings.gateway}-alarm.sqlite"
        self._road = EventRoad(lanes, self._spare, self._sound)
        self._crew = Crew(
            lambda name, stop: DriverSink(name, lanes, self._road, metrics, stop), metrics
        )
        self._data_lane = DataLane(data, self._data_uplink.start, self._data_uplink.wake)
        self._former_alarms = FormerFiles(alarm, self._alarm_uplink.wake, is_fresh_first=True)
        self._plight: Plight | None = None

    def start(self, former: Sequence[Mapping[Lane, Path]] = (), *, on_spare: bool = False) -> None:
        """Open the alarm lane, connect, and let the drivers read; the data lane is opened beside that.

        Args:
            former: Outboxes of other data folders, whose messages are taken over.
            on_spare: Begin on the spare file where the data folder cannot be written: a disk that a
                power cut left read-only must not make a gateway deaf.

        Raises:
            OutboxUnusable: The alarm outbox is in use or its folder cannot be written.
        """
        former = [*own_again(self._settings.data_folder, self._settings.gateway), *former]
        # The spare file comes last: what it says to stand is newer than what any other file says.
        alarms = [{Lane.ALARM: folder[Lane.ALARM]} for folder in former if Lane.ALARM in folder]
        self._former_alarms.expect(
            [path for folder in alarms for path in take_over(self._outboxes, folder)]
        )
        self._adopt_spare()
        if not self._outboxes[Lane.ALARM].is_open:
            self._open_alarm_lane(on_spare=on_spare)
        self._data_lane.former.expect(
            [folder[Lane.DATA] for folder in former if Lane.DATA in folder]
        )
        self._plight = Plight(self._road, self._outboxes[Lane.ALARM], self._spare)
        self._alarm_uplink.start()
        self._crew.change(self._drivers)
        self._start_thread("ticker", self._tick)
        self._start_thread("data lane", lambda: self._data_lane.run(self._stop))
        self._start_thread("former alarms", lambda: self._former_alarms.run(self._stop))

    def change(
        self, loaded: Loaded, drivers: list[NamedDriver], *, all_anew: bool = False
    ) -> list[str]:
        """Let these drivers work instead; the outboxes and connections stay as they are.

        Returns:
            Names of drivers that do not stop: the process must end to be rid of them.
        """
        stuck = self._crew.change(drivers, all_anew=all_anew)
        self._loaded = loaded
        for uplink in (self._alarm_uplink, self._data_uplink):
            uplink.rename(loaded.fingerprint)
        return stuck

    @property
    def loaded(self) -> Loaded:
        """The configuration in force."""
        return self._loaded

    @property
    def crew(self) -> Crew:
        """The drivers at work."""
        return self._crew

    @property
    def outboxes(self) -> dict[Lane, Outbox]:
        """The two outboxes."""
        return self._outboxes

    @property
    def former(self) -> list[Mapping[Lane, Path]]:
        """Former outboxes that are not all taken along yet."""
        lanes = {Lane.ALARM: self._former_alarms, Lane.DATA: self._data_lane.former}
        return [{lane: path} for lane, files in lanes.items() for path in files.left]

    @property
    def connected(self) -> dict[Lane, bool]:
        """Which lanes are connected to the broker."""
        return {
            Lane.ALARM: self._alarm_uplink.is_connected,
            Lane.DATA: self._data_uplink.is_connected,
        }

    @property
    def ticked_s(self) -> float:
        """When the ticker last came round, by the steady clock [s]."""
        return self._ticked_s

    def stop(self) -> list[str]:
        """Stop the drivers, store what is batched, say offline; what waits stays on disk.

        Returns:
            Names of drivers that do not stop: the process must end to be rid of them.
        """
        self._stop.set()
        for thread in self._threads:
            thread.join(3.0)
            if thread.is_alive():
                _LOG.warning("thread does not stop", thread=thread.name)
        stuck = self._crew.stop()
        self._second_path_stop()
        self._alarm_uplink.stop()
        self._data_uplink.stop()
        self._road.close()
        for outbox in self._outboxes.values():
            outbox.close()
        return stuck

    def _start_thread(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _tick(self) -> None:
        steps = clock.StepWatch(clock.now_ms(), clock.steady_s())
        looked_s = clock.steady_s()
        while not self._stop.wait(_TICK_S):
            try:
                step_ms = steps.look(clock.now_ms(), clock.steady_s())
                if step_ms:
                    self._metrics.clock_steps.inc()
                    _LOG.warning("the wall clock was set", step_ms=step_ms)
                if clock.steady_s() - looked_s >= _LOOK_S:
                    looked_s = clock.steady_s()
                    self._road.go_home()
                    self._speak_of_itself()
                self._crew.tick()
                for uplink in (self._alarm_uplink, self._data_uplink):
                    uplink.revive()
                self._ticked_s = clock.steady_s()
            except Exception:  # noqa: BLE001 - edge of the ticker's loop
                _LOG.exception("tick failed, going on")

    def _own_certificates(self) -> dict[Lane, Certificate] | None:
        """What is shown to a broker that asks for it; None while one cannot be read."""
        broker = self._loaded.settings.broker
        files = {
            Lane.ALARM: broker.alarm_certificate_file,
            Lane.DATA: broker.data_certificate_file,
        }
        try:
            return {
                lane: read_certificate(f"网关证书 {file.name} ({lane})", file)
                for lane, file in files.items()
                if file is not None
            }
        except BadCertificate:
            return None  # The session says so at its next connection.

    def _speak_of_itself(self) -> None:
        if self._plight is None:
            return
        now, now_s = datetime.now(UTC), clock.steady_s()
        self._plight.look_at_drivers([one.seen(now_s) for one in self._crew.members()])
        self._plight.look_at_outboxes()
        certificates = self._own_certificates()
        if certificates is not None:
            for lane, one in certificates.items():
                self._metrics.certificate_seconds.labels(lane).set(one.remaining_s(now))
            self._plight.look_at_certificates(list(certificates.values()), now)

    def _take_command(self, command: wire.Command) -> None:
        match command.command:
            case "resend":
                uplink = self._alarm_uplink if command.lane == "alarm" else self._data_uplink
                uplink.request(command)
            case "rebirth":
                self._alarm_uplink.request(command)
                self._data_uplink.request(command)
            case "duty_check":
                self._duty_check.run(str(command.minutes))
                for member in self._crew.members():
                    if isinstance(member.one.driver, TakesCommands):
                        member.one.driver.take_command(command)

    def _build_second_path(self) -> SecondPath | None:
        section = self._settings.intake
        if section is None:
            return None
        return SecondPath(
            Intake(
                url=section.url,
                gateway=self._settings.gateway_id,
                secret=read_secret(section.secret_file),
                ca_file=section.ca_file,
            ),
            self._outboxes[Lane.ALARM],
            self._metrics,
            self._alarm_uplink.give_receipt,
        )

    def _ask_second_path(self) -> None:
        if self._second_path is not None:
            self._second_path.ask()

    def _second_path_stop(self) -> None:
        if self._second_path is not None:
            self._second_path.stop()

    def _sound(self) -> None:
        now_s = clock.steady_s()
        if now_s - self._sounded_s < _SOUND_EVERY_S:
            return
        self._sounded_s = now_s
        self._metrics.sounded.labels(Lane.ALARM).inc()
        self._sounder.run()

    def _open_alarm_lane(self, *, on_spare: bool) -> None:
        outbox = self._outboxes[Lane.ALARM]
        try:
            say_broken(Lane.ALARM, outbox.open())
        except OutboxInUse:
            raise
        except OutboxUnusable as error:
            if not on_spare:
                raise
            _LOG.critical("alarm outbox is begun in the spare folder", reason=str(error))
            self._sound()
            copy = readable_copy(outbox.home, self._spare)
            outbox.open(self._spare, adopted=copy)
            if copy is not None:
                leave_file(copy, is_whole=outbox.took_all)

    def _adopt_spare(self) -> None:
        """Take over the events that a former process had to store in the spare file."""
        try:
            found = self._spare.lstat()
        except OSError:
            return
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            _LOG.critical("spare outbox is not ours, left alone", file=str(self._spare))
            return
        try:
            self._outboxes[Lane.ALARM].open(adopted=self._spare)
        except OutboxUnusable as error:
            _LOG.critical("spare outbox cannot be taken over", reason=str(error))
            return
        leave_file(self._spare, is_whole=self._outboxes[Lane.ALARM].took_all)
        _LOG.warning("events of the spare outbox are taken over")


class _Program:
    """A command of the configuration, run beside the gateway, at most one at a time."""

    def __init__(self, words: list[str], name: str) -> None:
        self._words = words
        self._name = name
        self._busy = threading.Lock()

    def run(self, *more: str) -> None:
        if self._words and self._busy.acquire(blocking=False):
            threading.Thread(target=self._run, args=more, name=self._name, daemon=True).start()

    def _run(self, *more: str) -> None:
        try:
            done = subprocess.run(
                [*self._words, *more],
                timeout=_COMMAND_LIMIT_S,
                check=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
            )
            if done.returncode != 0:
                _LOG.error("program failed", program=self._name, code=done.returncode)
        except (OSError, subprocess.SubprocessError) as error:
            _LOG.error("program failed", program=self._name, reason=str(error))
        finally:
            self._busy.release()


def _outboxes(settings: GatewaySettings) -> dict[Lane, Outbox]:
    folder, limits = settings.data_folder, settings.outbox
    return {
        Lane.ALARM: Outbox(
            outbox_path(folder, Lane.ALARM),
            Lane.ALARM,
            Limits(max_bytes=limits.alarm_bytes),
            settings.gateway,
        ),
        Lane.DATA: Outbox(
            outbox_path(folder, Lane.DATA),
            Lane.DATA,
            Limits(max_bytes=limits.data_bytes, disk_reserve_bytes=limits.disk_reserve_bytes),
            settings.gateway,
        ),
    }


def _accesses(settings: GatewaySettings, lane: Lane) -> tuple[Access, ...]:
    secret = lane_secret(settings, lane)
    broker = settings.broker
    is_alarm = lane is Lane.ALARM
    own = broker.alarm_certificate_file if is_alarm else broker.data_certificate_file
    return tuple(
        Access(
            url=url,
            client_id=f"{settings.gateway}.{lane}",
            secret=secret,
            ca_file=broker.ca_file,
            certificate_file=own,
        )
        for url in broker.urls
    )
