"""Three random rounds in every run of the tests; `make faults` runs more. The seed is printed."""

import time
from contextlib import closing
from pathlib import Path

import pytest

from gateway.topic import Lane
from ingest.database import trusted_sql
from tests.faults import evidence, history
from tests.faults.campaign import Campaign, plan, rounds_of
from tests.faults.fault import FAULTS
from tests.faults.history import Fate
from tests.faults.stage import Stage, stage
from tests.services import Workshop

_TAMPERED = {
    Fate.LOST: "DELETE FROM lift_samples WHERE ctid = (SELECT min(ctid) FROM lift_samples)",
    Fate.DUPLICATED: "INSERT INTO lift_samples SELECT * FROM lift_samples LIMIT 1",
}


@pytest.mark.timeout(600)
def test_three_rounds_of_random_faults_lose_and_double_nothing(
    servers: Workshop, tmp_path: Path
) -> None:
    seed = time.time_ns() % 1_000_000
    print(f"seed {seed}")
    campaign = Campaign(seed, print)
    with stage(servers, tmp_path, patience=0.2) as line:
        rounds_of(campaign, line, 3)
        card = campaign.card(line, 0)
        print(card.table())
        assert card.failures == (), line.line.logs()
        assert card.lanes["alarm"].sent > 0
        assert card.lanes["alarm"].stored == card.lanes["alarm"].sent
        _is_not_blind(line, campaign)


def _is_not_blind(line: Stage, campaign: Campaign) -> None:
    """What is now taken out of the database, or put in twice, is found."""
    for fate, statement in _TAMPERED.items():
        with closing(evidence.administrator(line)) as admin:
            admin.execute(trusted_sql(statement))
        verdict = history.check(campaign.taken, evidence.gather(line))
        assert verdict.count(Lane.DATA, fate) == 1


def test_every_kind_of_fault_strikes_before_any_strikes_twice() -> None:
    names = [name for some in plan(60, seed=4) for name in some]
    assert set(names[: len(FAULTS)]) == set(FAULTS)
    assert plan(60, seed=4) == plan(60, seed=4)
