"""Rounds of random faults, each ended by a silence in which everything must be accounted for."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from gateway.topic import Lane
from tests.faults import evidence, history, record
from tests.faults.card import Card, lane_count, machine, recovery
from tests.faults.disk import may_mount
from tests.faults.driver import Orders
from tests.faults.far import capability
from tests.faults.fault import FAULTS, SLOW_FAULTS, Blow, strike
from tests.faults.history import Evidence, Verdict
from tests.faults.load import LOAD
from tests.faults.record import Taken
from tests.faults.stage import Stage, stage
from tests.services import workshop

QUIET_S = 180.0
_FIRST_S = 0.8
_LAST_S = 1.5
_BATCH_S = 1.3
"""Longer than the gateway keeps samples in memory before its outbox gets them [s]."""
_GATEWAY_S = 60.0


@dataclass(slots=True)
class Campaign:
    """What was done and found so far."""

    seed: int
    say: Callable[[str], None]
    blows: list[Blow] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    rounds: int = 0
    taken: Sequence[Taken] = ()
    found: Evidence = field(default_factory=Evidence)
    verdict: Verdict | None = None

    def run(self, on: Stage, names: Sequence[str], chance: Random) -> None:
        """One round: load, faults, silence, judgement."""
        self.rounds += 1
        self.say(f"round {self.rounds}: {', '.join(names)}")
        on.order(LOAD)
        on.wait(_FIRST_S)
        for name in names:
            on.wait(chance.uniform(0.1, 0.8))
            self.blows.append(strike(name, on, chance))
        on.calm()
        struck = max((blow.ended_ms for blow in self.blows), default=0)
        if not on.wait_for(lambda: _last_promise_ms(on) > struck, _GATEWAY_S):
            on.complaints.append(f"the gateway took nothing for {_GATEWAY_S:.0f} s")
        on.wait(_LAST_S)
        on.order(Orders())
        on.wait(_BATCH_S)
        self._judge(on)

    def _judge(self, on: Stage) -> None:
        began = time.monotonic()
        last = ""

        def is_quiet() -> bool:
            nonlocal last
            left = evidence.unrest(on)
            last = left or last
            return not left

        has_settled = on.wait_for(is_quiet, QUIET_S)
        self.taken = record.read(*on.records)
        self.found = evidence.gather(on)
        self.verdict = history.check(self.taken, self.found)
        fresh = [text for text in self.verdict.failures if not self._is_known(text)]
        if not has_settled:
            fresh.append(f"not quiet after {QUIET_S:.0f} s: {last}")
        fresh += on.complaints
        on.complaints.clear()
        self.failures += [f"round {self.rounds}: {text}" for text in fresh]
        took_s = time.monotonic() - began
        self.say(
            f"  {took_s:.1f} s until quiet (last: {last or 'nothing'}), "
            f"{len(self.taken)} messages, {len(fresh)} failures"
        )

    def _is_known(self, text: str) -> bool:
        return any(known.partition(": ")[2] == text for known in self.failures)

    def card(self, on: Stage, took_s: float) -> Card:
        """The report card."""
        verdict = self.verdict or history.check(self.taken, self.found)
        return Card(
            rounds=self.rounds,
            seed=self.seed,
            took_s=round(took_s, 1),
            faults=dict(sorted(Counter(blow.fault for blow in self.blows).items())),
            lanes={str(lane): lane_count(lane, self.taken, verdict) for lane in Lane},
            duplicates_absorbed=self.found.duplicates,
            longest_deaf_s=verdict.oldest_wait_ms / 1000,
            recovery_s=recovery(self.blows, self.taken, self.found),
            detected_s=dict(on.detected_s),
            restarts=tuple(on.deaths),
            failures=tuple(self.failures),
            machine=machine(),
            capabilities={
                "far link": capability(),
                "small disks": "tmpfs" if may_mount() else "none: mounting is not allowed",
            },
        )


def _last_promise_ms(on: Stage) -> int:
    """When the gateway last promised to keep something [ms UTC]."""
    return max((one.promised_ms for one in record.read(*on.records)), default=0)


def plan(rounds: int, seed: int, kinds: Collection[str] = tuple(FAULTS)) -> list[list[str]]:
    """Which faults strike in which round: every kind comes before any comes twice."""
    chance = Random(seed)
    bag: list[str] = []
    rest: list[list[str]] = []
    for _ in range(rounds):
        names: list[str] = []
        for _ in range(chance.randint(2, 4)):
            if not bag:
                bag = sorted(kinds)
                chance.shuffle(bag)
            names.append(bag.pop())
        rest.append(names)
    return rest


def rounds_of(
    campaign: Campaign, on: Stage, rounds: int, kinds: Collection[str] = tuple(FAULTS)
) -> None:
    """Run the rounds that the campaign's seed chooses."""
    chance = Random(campaign.seed)
    for names in plan(rounds, campaign.seed, kinds):
        campaign.run(on, names, chance)


def run_campaign(
    rounds: int,
    seed: int,
    say: Callable[[str], None],
    *,
    patience: float = 0.3,
    kinds: Collection[str] = (),
) -> Card:
    """Run rounds of random faults on a line of their own; the report card.

    Args:
        seed: Chooses the faults and their length; what the machine does between them differs.
        patience: Factor on the gateway's waiting times.
        kinds: The faults to choose from; none: all of them.
    """
    campaign = Campaign(seed, say)
    began = time.monotonic()
    with workshop() as shop:
        folder = Path(tempfile.mkdtemp(prefix="line-", dir=shop.folder))
        with stage(shop, folder, patience=patience) as on:
            rounds_of(campaign, on, rounds, kinds or (*FAULTS, *SLOW_FAULTS))
            card = campaign.card(on, time.monotonic() - began)
            if card.failures:
                say(on.line.logs())
    return card
