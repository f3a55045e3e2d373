"""A plant of many quantities: charts, and a second witness without whom they begin no alarm."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.detectors.chart_model import repeated
from analytics.detectors.charts import Charts, ChartsState
from analytics.detectors.contract import Flags, Scores, Values, shares
from analytics.detectors.joint import Joint
from analytics.detectors.joint_state import JointState

_CHARTS: Final = Charts()
_JOINT: Final = Joint()
_DOUBTED: Final = 0.5
"""Share that counts of a score that nobody confirms."""


@dataclass(slots=True, kw_only=True)
class PlantState:
    """Shape (n_assets,).

    Attributes:
        members: What both have learned.
        lean: Score of `joint`, smoothed.
        believed: The present alarm of the charts has been confirmed.
    """

    members: tuple[ChartsState, JointState]
    lean: Values
    believed: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """In alarm while the charts are, from when `joint` has leaned to it or a reading has stuck.

    Charts learn nothing in an alarm, so they hold a fault that a controller hides, and also what
    only wanders beyond the rows they were made of. `joint` follows what wanders and forgets what
    stands: it is the better judge of a beginning, and the worse one of an end.

    Attributes:
        weight: Of the average of the score of `joint`.
        agree: From so high an average on it leans to an alarm.
    """

    charts: Charts = _CHARTS
    joint: Joint = _JOINT
    weight: float = 0.1
    agree: float = 0.35

    @property
    def name(self) -> str:
        """Its name in tables."""
        return "plant"

    @property
    def is_relative(self) -> bool:
        """Each asset by itself."""
        return False

    def start(self, n_assets: int, n_features: int) -> PlantState:
        """Know nothing yet."""
        return PlantState(
            members=(
                self.charts.start(n_assets, n_features),
                self.joint.start(n_assets, n_features),
            ),
            lean=np.zeros(n_assets),
            believed=np.zeros(n_assets, dtype=np.bool_),
        )

    def step(self, state: PlantState, time: float, values: Values) -> Scores:
        """Score one step with both, and let both learn from it."""
        charts, joint = state.members
        found = self.charts.step(charts, time, values)
        other = self.joint.step(joint, time, values)
        lean = np.where(np.isnan(other.score), state.lean, other.score)
        state.lean = state.lean + self.weight * (lean - state.lean)
        stuck = repeated(charts.same, charts.longest, charts.runs).max(axis=1)
        confirmed = (state.lean >= self.agree) | (stuck >= self.charts.border)
        alarm: Flags = found.alarm & (state.believed | confirmed)
        state.believed = alarm.copy()
        score = np.where(alarm | confirmed, found.score, _DOUBTED * found.score)
        return Scores(score=score, alarm=alarm, reason=shares(found.reason + other.reason))
