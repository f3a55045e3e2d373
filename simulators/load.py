"""Load for a platform: a compound played in fast time through the real gateway agent.

What is measured is the real way: driver, outbox on disk, broker, receipts. The generator waits for
room in the outbox, so it gives as much as the platform takes and loses nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event as StopFlag
from typing import Any, Final

from gateway.agent import Agent
from gateway.clock import steady_s
from gateway.configuration import load_whole
from gateway.crew import NamedDriver, Work
from gateway.driver import DriverSettings
from gateway.errors import DriverFailed, OutboxUnusable
from gateway.metrics import Metrics
from gateway.topic import Lane
from gateway.trouble import FAILURES
from simulators.driver import open_driver

DRIVER: Final = "load"
_LOOK_S: Final = 0.1
_PREFIX: Final = "towerwatch_gateway_"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """What is played.

    Attributes:
        config: The gateway's YAML file: broker, secrets, outbox. Its drivers are not started.
        compound: Name of a declared compound.
        scenario: Name of a scenario, or a YAML file.
        seed: Same seed, compound and scenario: the same readings.
        speed: Seconds played in a second; 0 is as fast as the platform takes them.
        duration_s: Seconds played in all; the newest is stamped with the begin of the run.
        patience_s: So long after the last reading receipts are waited for.
    """

    config: Path
    compound: str = "demo"
    scenario: str = "quiet"
    seed: int = 1
    speed: float = 0.0
    duration_s: int = 600
    patience_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOutcome:
    """What became of it.

    Attributes:
        frames: Frames of an asset that the driver read.
        held: Of these, not sent because nothing had changed.
        events: Events that were stored for sending.
        published: Messages handed to the broker, those sent again among them.
        receipted: Messages that the platform said to have stored.
        shed: Messages given up for want of room.
        waiting: Messages without a receipt at the end.
        sent_s: From the begin to the last reading [s].
        total_s: From the begin to the last receipt, or the end of patience [s].
        is_whole: Everything was played and nothing waits or was given up.
    """

    frames: int
    held: int
    events: int
    published: int
    receipted: int
    shed: int
    waiting: int
    sent_s: float
    total_s: float
    is_whole: bool


def run_load(plan: LoadPlan, stop: StopFlag, tell: Callable[[float, str], None]) -> LoadOutcome:
    """Play the load, wait for its receipts, and say what became of it.

    Args:
        stop: Ends the play early; what waits then stays in the outbox.
        tell: Share of the work that is done, 0 to 1, and a word on it.

    Raises:
        GatewayError: The configuration is wrong, the outbox cannot be used, or the play fails
            again and again.
    """
    loaded, _ = load_whole(plan.config)
    options: dict[str, Any] = {
        "seed": plan.seed,
        "speed": plan.speed,
        "scenario": plan.scenario,
        "compound": plan.compound,
        "duration_s": plan.duration_s,
    }
    settings = DriverSettings(name=DRIVER, driver="simulated", options=options)
    driver = NamedDriver(name=DRIVER, driver=open_driver(settings), settings=settings)
    metrics = Metrics()
    agent = Agent(loaded, [driver], metrics)
    agent.start()
    begun_s = steady_s()
    try:
        _wait(lambda: _is_open(agent, begun_s + plan.patience_s), stop, lambda: None)
        is_played = _wait(lambda: _is_played(agent), stop, _progress(plan, metrics, tell, begun_s))
        sent_s = steady_s() - begun_s
        for member in agent.crew.members():
            member.sink.flush()
        until_s = steady_s() + plan.patience_s

        def is_over() -> bool:
            return _waiting(agent) == 0 or steady_s() > until_s

        _wait(is_over, stop, lambda: tell(1.0, f"{_waiting(agent)} messages wait"))
        found = _outcome(agent, metrics, sent_s, steady_s() - begun_s)
        return replace(found, is_whole=found.is_whole and is_played)
    finally:
        agent.stop()


def _progress(
    plan: LoadPlan, metrics: Metrics, tell: Callable[[float, str], None], begun_s: float
) -> Callable[[], None]:
    """Tell how far it is; in fast time the frames a second are all that is known."""

    def say() -> None:
        passed_s = max(steady_s() - begun_s, 1e-9)
        share = min(passed_s * plan.speed / plan.duration_s, 1.0)
        tell(share, f"{_count(metrics, 'samples_total') / passed_s:.0f} frames/s")

    return say


def _wait(is_true: Callable[[], bool], stop: StopFlag, say: Callable[[], None]) -> bool:
    """Whether it came true before the stop."""
    while not is_true():
        say()
        if stop.wait(_LOOK_S):
            return False
    return True


def _is_open(agent: Agent, until_s: float) -> bool:
    """Whether both outboxes are open. Raises OutboxUnusable when that takes too long."""
    closed = [lane for lane, outbox in agent.outboxes.items() if not outbox.is_open]
    if closed and steady_s() > until_s:
        raise OutboxUnusable(f"the {closed[0]} outbox cannot be opened")
    return not closed


def _is_played(agent: Agent) -> bool:
    """Whether the play is at its end. Raises DriverFailed when it never will be."""
    members = agent.crew.members()
    for member in members:
        if member.failures >= FAILURES:
            # A driver is opened again for ever; a load that cannot be played never ends.
            raise DriverFailed(f"the load cannot be played: {member.reason}")
    return all(member.work is Work.FINISHED for member in members)


def _waiting(agent: Agent) -> int:
    return sum(agent.outboxes[lane].status().depth for lane in Lane)


def _outcome(agent: Agent, metrics: Metrics, sent_s: float, total_s: float) -> LoadOutcome:
    waiting, shed = _waiting(agent), _count(metrics, "shed_total")
    return LoadOutcome(
        frames=_count(metrics, "samples_total"),
        held=_count(metrics, "samples_held_total"),
        events=_count(metrics, "events_total"),
        published=_count(metrics, "published_total"),
        receipted=_count(metrics, "receipted_total"),
        shed=shed,
        waiting=waiting,
        sent_s=round(sent_s, 3),
        total_s=round(total_s, 3),
        is_whole=waiting == 0 and shed == 0,
    )


def _count(metrics: Metrics, name: str) -> int:
    """A counter of the gateway over all its labels."""
    return round(
        sum(
            sample.value
            for family in metrics.registry.collect()
            for sample in family.samples
            if sample.name == _PREFIX + name
        )
    )
