"""Starts processes in order, restarts what ends, stops all in the opposite order."""

from collections.abc import Callable, Iterable
from threading import Event
from time import monotonic

from towerwatch.errors import ServiceFailed, TowerwatchError
from towerwatch.process import wait_until
from towerwatch.supervise.child import WRONG_SETTINGS, Child, ChildSpec, Stage
from towerwatch.supervise.logs import LogStream
from towerwatch.supervise.movement import KILL_AFTER, TELL_AFTER, Movement
from towerwatch.supervise.state import RunningChild

_OURS = "towerwatch"


class Supervisor:
    """Keeps processes running. Every method is called from the main thread.

    Args:
        specs: What is run.
        logs: Where their lines go.
        stopping: Set from a signal handler; ends waiting.
        note: Called whenever a process was started or has ended.
    """

    def __init__(
        self,
        specs: Iterable[ChildSpec],
        logs: LogStream,
        stopping: Event,
        note: Callable[[tuple[RunningChild, ...]], None],
    ) -> None:
        ordered = sorted(specs, key=lambda spec: spec.stage)
        self.children = [Child(spec=spec, logs=logs) for spec in ordered]
        self._logs = logs
        self._stopping = stopping
        self._note = note
        self._movement = Movement(
            {spec.name: spec.is_moving for spec in ordered if spec.is_moving is not None}
        )
        self._told: set[str] = set()

    @property
    def restarts(self) -> int:
        """How often a process had to be started again."""
        return sum(child.restarts for child in self.children)

    def start(self, upto: Stage | None = None) -> None:
        """Start what does not run yet, in the order of the stages.

        Only what others cannot begin without is awaited at once (database, broker); the rest
        starts side by side, and gateways begin when all of it is ready.

        Args:
            upto: The last stage to start; None starts all.

        Raises:
            ServiceFailed: a required process is not ready, or one refuses its settings.
        """
        wanted = [child for child in self.children if upto is None or child.spec.stage <= upto]
        waiting: list[Child] = []
        for stage in sorted({child.spec.stage for child in wanted}):
            if stage is Stage.GATEWAY:
                self._await_all(waiting)
                waiting = []
            if self._stopping.is_set():
                return
            begun = [child for child in wanted if child.spec.stage == stage and not child.process]
            for child in begun:
                self._start(child)
            self._await_all([child for child in begun if child.spec.is_required])
            waiting += [child for child in begun if not child.spec.is_required]
        self._await_all(waiting)

    def tick(self) -> None:
        """Look after every process once: note ends, start again what is due or does not move."""
        for child in self.children:
            self._watch(child)
            if child.ended():
                self._say(
                    f"{child.spec.name} ended with status {child.last_status};"
                    f" it is started again in {child.wait_s():.1f} s"
                )
                child.restarts += 1
                self._record()
            elif child.restarts and child.is_due():
                self._start_again(child)

    def stop(self, down_to: Stage = Stage.DATABASE) -> tuple[str, ...]:
        """Stop all, last stage first; returns the names of those that had to be killed.

        Args:
            down_to: The last stage to stop; earlier ones go on running.
        """
        if down_to is Stage.DATABASE:
            self._movement.stop()
        killed: list[str] = []
        stages = {child.spec.stage for child in self.children if child.spec.stage >= down_to}
        for stage in sorted(stages, reverse=True):
            group = [child for child in self.children if child.spec.stage == stage]
            running = [child for child in group if child.process is not None]
            for child in running:
                child.ask_to_stop()
            begun = monotonic()
            killed += [
                child.spec.name for child in running if not child.finish(begun + child.spec.grace_s)
            ]
        for name in killed:
            self._say(f"{name} did not stop in time and was killed")
        self._record()
        return tuple(killed)

    def running(self) -> tuple[RunningChild, ...]:
        """Return what runs now."""
        return tuple(
            RunningChild(
                name=child.spec.name,
                pid=child.pid,
                start_time=child.begun,
                restarts=child.restarts,
                stop_signal=int(child.spec.stop_signal),
            )
            for child in self.children
            if child.pid is not None and child.begun is not None
        )

    def child(self, name: str) -> Child:
        """Return a process by its name."""
        return next(child for child in self.children if child.spec.name == name)

    def watch(self) -> None:
        """Begin to ask running processes whether they move."""
        self._movement.start()

    def _watch(self, child: Child) -> None:
        name, looks = child.spec.name, self._movement.still(child.spec.name)
        if not child.is_running:
            return
        if not self._movement.has_moved(name) and child.age_s() < child.spec.ready_within_s:
            return
        if looks < TELL_AFTER:
            self._told.discard(name)
        elif name not in self._told:
            self._told.add(name)
            self._say(f"{name} makes no progress")
        if looks >= KILL_AFTER:
            self._say(f"{name} made no progress for {looks} looks and is killed")
            self._movement.forget(name)
            child.kill()

    def _start(self, child: Child) -> None:
        self._say(f"starting {child.spec.name}")
        self._movement.forget(child.spec.name)
        child.start()
        self._record()

    def _start_again(self, child: Child) -> None:
        """Start what had ended; where not even that goes (a full disk), what runs goes on."""
        try:
            self._start(child)
        except (OSError, TowerwatchError) as error:
            if child.process is None:
                child.put_off()
            self._say(f"{child.spec.name} is not started: {error}; tried again")

    def _record(self) -> None:
        """Note what runs; a disk without room for it stops nothing."""
        try:
            self._note(self.running())
        except OSError as error:
            self._say(f"what runs is not noted: {error}")

    def _await_all(self, children: Iterable[Child]) -> None:
        for child in children:
            self._await(child)

    def _await(self, child: Child) -> None:
        spec = child.spec
        wait_until(
            lambda: not child.is_running or spec.is_ready(),
            within_s=spec.ready_within_s,
            stopping=self._stopping,
        )
        if self._stopping.is_set():
            return
        is_ready = child.is_running and spec.is_ready()
        status = child.process.poll() if child.process is not None else None
        if status == WRONG_SETTINGS or (spec.is_required and not is_ready):
            reason = "does not answer" if status is None else child.why_it_ended()
            raise ServiceFailed(spec.name, reason, self._logs.path)
        if is_ready:
            self._movement.note(spec.name)
            self._say(f"{spec.name} is ready after {child.age_s():.1f} s")
        elif child.is_running:
            self._say(f"{spec.name} is not ready after {spec.ready_within_s:.0f} s; going on")

    def _say(self, text: str) -> None:
        self._logs.write(_OURS, text)
