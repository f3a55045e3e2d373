"""One gateway process from its start to its end: reload, watchdog, local page.

A wrong file changes nothing: what ran goes on. A driver whose part of the file is the same goes on
through a reload; where more than drivers changed, everything is begun anew on the same outboxes,
which are files: what waits in them waits on.
"""

import os
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import structlog

from gateway import clock, crew
from gateway.agent import Agent, software
from gateway.crew import NamedDriver
from gateway.door import doors_of, taken
from gateway.errors import BadSettings, OutboxUnusable
from gateway.former_folder import Former, note_of
from gateway.local_page import LocalPage
from gateway.metrics import Metrics
from gateway.service_manager import ServiceManager
from gateway.settings import GatewaySettings, Loaded, secrets_digest
from gateway.topic import Lane
from gateway.view import view_of

TICKER_LIMIT_S: Final = 60.0
"""A ticker that has not come round for so long is stuck [s]."""
_TAKE_ALONG_S: Final = 1800
"""The manager waits so long for a start that takes former outboxes along [s]."""
STUCK_STATUS: Final = 70
"""EX_SOFTWARE: the supervisor starts the gateway again."""
_STOP_LIMIT_S: Final = 30.0
"""A stop that what is stuck holds up is not waited for longer [s]."""
_LOOK_S: Final = 5.0
_GAP_S: Final = 20.0
"""Looks that are further apart mean that the process itself stood still [s]."""
_LOG = structlog.get_logger(__name__)
_CHANGEABLE: Final = {"drivers", "assets"}

Opening = Callable[[Path], tuple[Loaded, list[NamedDriver]]]


class Wish(StrEnum):
    """What a signal asks for."""

    STOP = "stop"
    RELOAD = "reload"


class Keeper:
    """Keeps one gateway running."""

    def __init__(
        self, path: Path, open_file: Opening, manager: ServiceManager, service_folder: str = ""
    ) -> None:
        """Nothing is touched yet.

        Args:
            path: The configuration file, read anew at each reload.
            open_file: Reads and checks it; raises BadSettings.
            service_folder: The service's own folder, for what outlives a data folder.
        """
        self._path = path
        self._open_file = open_file
        self._manager = manager
        self._service_folder = service_folder
        self._wishes: queue.SimpleQueue[Wish] = queue.SimpleQueue()
        self._metrics = Metrics()
        self._page: LocalPage | None = None
        self._secrets = ""
        self._awake_s = self._looked_s = clock.steady_s()
        self._left: list[Path] = []

    def ask(self, wish: Wish) -> None:
        """Safe in a signal handler."""
        self._wishes.put(wish)

    def run(self) -> bool:
        """Run until told to stop; False when something is stuck and the process must end.

        Raises:
            BadSettings: The file is wrong at the start.
            OutboxUnusable: An outbox is in use or its folder cannot be written.
        """
        loaded, drivers = self._open_file(self._path)
        self._secrets = secrets_digest(loaded.settings)
        agent = Agent(loaded, drivers, self._metrics)
        self._serve_metrics(loaded)
        former = self._former(loaded)
        self._start(agent, [one.outboxes for one in former])
        self._left = [one.folder for one in former]
        self._note_folder(loaded)
        self._show(agent)
        self._manager.say("READY=1", f"STATUS={loaded.settings.gateway} runs")
        self._say_begun(loaded)
        is_sound = True
        while is_sound:
            match self._next_wish():
                case Wish.STOP:
                    break
                case Wish.RELOAD:
                    agent, is_sound = self._reload(agent)
                case None:
                    is_sound = self._look(agent)
                    self._note_taken(agent)
        began_s = clock.steady_s()
        self._manager.say("STOPPING=1")
        end = threading.Timer(_STOP_LIMIT_S, os._exit, (STUCK_STATUS,))
        end.daemon = True
        if not is_sound:
            end.start()  # What is stuck may hold a lock that the stop needs.
        self._hide()
        agent.stop()
        self._note_taken(agent)
        end.cancel()
        _LOG.info("gateway stopped", within_s=round(clock.steady_s() - began_s, 2))
        return is_sound

    @staticmethod
    def _start(agent: Agent, former: Sequence[Mapping[Lane, Path]]) -> None:
        """Start, with the alarms of former folders where there is room for them; else without.

        What does not fit on the new disk must not keep the gateway from hearing fires; it stays
        where it is, and noted.
        """
        try:
            agent.start(former, on_spare=True)
        except OutboxUnusable as error:
            if not former:
                raise
            _LOG.critical("former outboxes are not taken along, left behind", reason=str(error))
            data = [{Lane.DATA: one[Lane.DATA]} for one in former if Lane.DATA in one]
            agent.start(data, on_spare=True)

    def _next_wish(self) -> Wish | None:
        try:
            return self._wishes.get(timeout=_LOOK_S)
        except queue.Empty:
            return None

    def _look(self, agent: Agent) -> bool:
        """Tell the manager that everything makes progress; False when something does not."""
        now_s = clock.steady_s()
        if now_s - self._looked_s > _GAP_S:
            # The whole process stood still (stopped, or its machine was): nobody was stuck alone.
            self._awake_s = now_s
        self._looked_s = now_s
        awake_s = now_s - self._awake_s
        stuck: list[str] = []
        if awake_s > crew.STUCK_S:
            stuck += [one.one.name for one in agent.crew.members() if one.is_stuck]
        if awake_s > TICKER_LIMIT_S and now_s - agent.ticked_s > TICKER_LIMIT_S:
            stuck.append("ticker")
        if not stuck:
            self._manager.say("WATCHDOG=1")
            return True
        self._metrics.stuck.inc()
        _LOG.critical("no progress, the process ends to begin anew", stuck=stuck)
        return False

    def _note_taken(self, agent: Agent) -> None:
        if self._left and not agent.former:
            self._note_folder(agent.loaded)
            self._left = []

    def _reload(self, agent: Agent) -> tuple[Agent, bool]:
        """The agent that runs now, and whether the process may go on."""
        before = agent.loaded
        try:
            loaded, drivers = self._open_file(self._path)
        except Exception as error:  # noqa: BLE001 - edge of a reload: what runs goes on
            self._metrics.reloads.labels("refused").inc()
            reason = str(error) if isinstance(error, BadSettings) else repr(error)
            _LOG.error("reload refused, going on as before", reason=reason)
            return agent, True
        held = doors_of(one.one.driver for one in agent.crew.members())
        blocked = list(taken(doors_of(one.driver for one in drivers), held))
        if blocked:
            # A driver that cannot listen would take the place of one that hears fires.
            self._metrics.reloads.labels("refused").inc()
            _LOG.error("reload refused, going on as before", reason="; ".join(blocked))
            return agent, True
        secrets = secrets_digest(loaded.settings)
        if secrets == self._secrets and _changes_drivers_only(before.settings, loaded.settings):
            # The file is the same: those that it names (register maps, codes) will have changed.
            is_same = loaded.fingerprint == before.fingerprint
            try:
                stuck = agent.change(loaded, drivers, all_anew=is_same)
            except Exception:  # noqa: BLE001 - edge of a reload: half of the drivers may work
                _LOG.exception("drivers cannot be changed, the process ends to begin anew")
                return agent, False
            if stuck:
                _LOG.critical("drivers do not stop, the process ends to begin anew", stuck=stuck)
                return agent, False
        else:
            agent, is_sound = self._begin_anew(agent, loaded, drivers)
            if not is_sound:
                return agent, False
        self._metrics.reloads.labels("done").inc()
        self._say_begun(loaded)
        return agent, True

    def _begin_anew(
        self, agent: Agent, loaded: Loaded, drivers: list[NamedDriver]
    ) -> tuple[Agent, bool]:
        """Another agent on the new settings; the old settings again where it cannot start.

        A driver that does not stop would go on writing to an outbox that nobody sends.
        """
        try:
            new = Agent(loaded, drivers, self._metrics)  # Reads its secrets: may be refused.
        except BadSettings as error:
            self._metrics.reloads.labels("refused").inc()
            _LOG.error("reload refused, going on as before", reason=str(error))
            return agent, True
        before, old_drivers = agent.loaded, [one.one for one in agent.crew.members()]
        self._hide()
        stuck = agent.stop()
        if stuck:
            _LOG.critical("drivers do not stop, the process ends to begin anew", stuck=stuck)
            return agent, False
        homes = {lane: outbox.home for lane, outbox in agent.outboxes.items()}
        former = [*agent.former, homes]
        self._left = [*self._left, before.settings.data_folder.resolve()]
        try:
            new.start(former)
        except Exception as error:  # noqa: BLE001 - edge of a reload: what ran runs again
            _LOG.error("new settings do not start, the old ones again", reason=repr(error))
            if new.stop():
                return new, False  # A driver that goes on has the place of one that hears fires.
            try:
                new = self._back_to(before, old_drivers, new)
            except Exception:  # noqa: BLE001 - edge of a reload: neither old nor new settings work
                # Not as "wrong settings", after which nobody would begin it again.
                _LOG.exception("old settings do not start either, the process ends to begin anew")
                return new, False
        self._serve_metrics(new.loaded)
        self._secrets = secrets_digest(new.loaded.settings)
        self._note_folder(new.loaded)
        self._show(new)
        return new, True

    def _back_to(self, before: Loaded, drivers: list[NamedDriver], failed: Agent) -> Agent:
        """The former settings again; alarms that the failed ones took along already come back."""
        old = Agent(before, drivers, self._metrics)
        tried = {lane: outbox.home for lane, outbox in failed.outboxes.items()}
        there = {lane: path for lane, path in tried.items() if path.is_file()}
        if failed.loaded.settings.data_folder != before.settings.data_folder:
            # Noted as one that was in use: what cannot be taken back now is taken by a later start.
            self._note_folder(failed.loaded)
            self._left.append(failed.loaded.settings.data_folder.resolve())
        self._start(old, [*failed.former, there])
        return old

    def _former(self, loaded: Loaded) -> list[Former]:
        """Folders that the file named before, with outboxes; said aloud, for somebody changed it."""
        note = note_of(self._path, loaded.settings, self._service_folder)
        found = note.former(loaded.settings)
        for one in found:
            _LOG.critical("the data folder is another one", former=one.sentence, note=note.files)
        taken = [one for one in found if one.outboxes]
        if taken:
            # A long outage's messages take minutes on a slow disk: killed meanwhile, it never ends.
            self._manager.say(f"EXTEND_TIMEOUT_USEC={_TAKE_ALONG_S * 1_000_000}")
        return taken

    def _note_folder(self, loaded: Loaded) -> None:
        """Note the folder in use, and forget those of which all is taken along."""
        note = note_of(self._path, loaded.settings, self._service_folder)
        if not note.write(loaded.settings, self._left):
            _LOG.warning("another data folder would not be noticed", nowhere_noted=note.files)

    def _serve_metrics(self, loaded: Loaded) -> None:
        try:
            self._metrics.serve(loaded.settings.metrics_port)
        except OSError as error:
            # Nobody's fire goes unheard because another program has the port.
            _LOG.error("metrics are not served", reason=str(error))

    def _show(self, agent: Agent) -> None:
        port = agent.loaded.settings.page_port
        if not port:
            return
        try:
            self._page = LocalPage(port, lambda: view_of(agent))
        except OSError as error:
            # A page that cannot be shown must not stop the line.
            _LOG.error("local page is not shown", port=port, reason=str(error))

    def _hide(self) -> None:
        if self._page is not None:
            self._page.close()
            self._page = None

    @staticmethod
    def _say_begun(loaded: Loaded) -> None:
        _LOG.info(
            "gateway runs",
            gateway=loaded.settings.gateway,
            software=software(),
            configuration=loaded.fingerprint,
        )


def _changes_drivers_only(old: GatewaySettings, new: GatewaySettings) -> bool:
    return old.model_dump(exclude=_CHANGEABLE) == new.model_dump(exclude=_CHANGEABLE)
