"""Silence made on purpose, and how long the platform takes to notice it."""

import time
from contextlib import closing
from dataclasses import replace
from random import Random

from tests.faults import evidence
from tests.faults.load import LOAD
from tests.faults.stage import Stage

GATEWAY_LIMIT_S = 2 * 15.0 + 3.0
"""Two heartbeats, and how often the platform looks, with some room for a busy machine [s]."""
SENSOR_LIMIT_S = 60.0 + 10.0
"""What the catalogue calls silence of a lift, how often contacts are written and looked at [s]."""


def silent_gateway(stage: Stage, _chance: Random) -> str:
    """The gateway says nothing any more."""
    stage.kill("gateway")
    _watch(stage, "gateway_silent", GATEWAY_LIMIT_S)
    stage.start("gateway")
    return "gateway"


def silent_sensor(stage: Stage, _chance: Random) -> str:
    """The gateway lives, and its lifts say nothing."""
    stage.order(replace(LOAD, frames_per_s=0, is_lift_quiet=True))
    _watch(stage, "asset_silent", SENSOR_LIMIT_S)
    stage.order(LOAD)
    return "gateway"


def _watch(stage: Stage, event: str, limit_s: float) -> None:
    began = time.time_ns() // 1_000_000
    if stage.wait_for(lambda: _raised(stage, event, began), limit_s + 30):
        took_s = time.time_ns() // 1_000_000 - began
        stage.detected_s[event] = max(stage.detected_s.get(event, 0.0), took_s / 1000)
        if took_s / 1000 <= limit_s:
            return
    stage.complaints.append(f"{event} was not noticed within {limit_s:.0f} s")


def _raised(stage: Stage, event: str, since_ms: int) -> bool:
    with closing(evidence.administrator(stage)) as admin:
        return bool(evidence.rows(admin, "noticed", event=event, since_ms=since_ms)[0][0])
