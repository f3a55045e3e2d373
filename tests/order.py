"""Which modules of tests take long: they begin first, so that no worker waits for one at the end.

What is not named here begins in random order after them. A module that grows long, or is no longer
so, needs no new number at once: only the order of the longest matters.
"""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent

SECONDS: Final = {
    "integration/runtime/test_frozen_parts.py": 120,
    "e2e/pages/test_console_pages.py": 107,
    "growth/test_workers.py": 95,
    "e2e/test_line.py": 87,
    "e2e/pages/test_people_screens.py": 84,
    "integration/ingest/test_silence.py": 76,
    "contract/detectors/test_contract.py": 71,
    "integration/runtime/test_up.py": 56,
    "unit/analytics/test_charts.py": 56,
    "e2e/test_replay.py": 55,
    "e2e/pages/test_work_pages.py": 53,
    "e2e/pages/test_long_lists.py": 44,
    "faults/test_short_rounds.py": 43,
    "community/test_community_edition.py": 43,
    "integration/dashboards/test_live_stream.py": 42,
    "integration/dashboards/test_pages_and_api.py": 37,
    "e2e/pages/test_console_safety.py": 37,
    "integration/gateway/test_uplink.py": 37,
    "integration/gateway/test_product.py": 36,
    "e2e/pages/test_desk.py": 34,
    "integration/runtime/test_demo.py": 34,
    "community/test_panels.py": 32,
    "e2e/pages/test_page_facts.py": 32,
    "e2e/pages/test_passkeys.py": 30,
    "faults/test_small_disks.py": 29,
    "e2e/pages/test_hung_line.py": 29,
    "unit/simulators/test_play.py": 28,
    "integration/dashboards/test_work_pages.py": 28,
    "integration/ingest/test_intake.py": 27,
    "e2e/pages/test_live_contract.py": 27,
    "integration/security/test_gateway_command.py": 26,
    "integration/analytics/test_alarm_process.py": 26,
    "contract/api/test_schema.py": 25,
    "conformance/test_limit.py": 25,
    "architecture/test_tree.py": 23,
    "unit/analytics/test_calm_hours.py": 23,
    "integration/dashboards/test_safety_pages.py": 22,
    "integration/security/test_broker_attacks.py": 22,
    "loop/test_walk.py": 21,
    "integration/ingest/test_heartbeats.py": 19,
}
"""Module to how long it takes beside two others on two cores, setup included [s]."""


def seconds_of(module: Path) -> int:
    """How long a module takes, if that is long; otherwise zero."""
    is_ours = module.is_relative_to(FOLDER)
    return SECONDS.get(module.relative_to(FOLDER).as_posix(), 0) if is_ours else 0
