"""A plant of many quantities: charts, and a second witness where they have seen little yet."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.detectors.charts import Charts, ChartsState
from analytics.detectors.contract import Flags, Scores, Values, shares
from analytics.detectors.joint import Joint
from analytics.detectors.joint_state import JointState

_CHARTS: Final = Charts()
_JOINT: Final = Joint()


@dataclass(slots=True, kw_only=True)
class PlantState:
    """Shape (n_assets,).

    Attributes:
        members: What both have learned.
        lean: Score of the charts, smoothed.
        agreed: Both have spoken for an alarm, and neither has taken it back.
    """

    members: tuple[ChartsState, JointState]
    lean: Values
    agreed: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """In alarm when the charts say so, or when `joint` does and the charts lean to it.

    Charts made of a hundred rows are wide, and right not to speak alone; `joint` speaks sooner,
    and wrongly of what wanders. What both find strange is a fault.

    Attributes:
        weight: Of the average of the charts' score.
        agree: From so high an average on the charts lean to an alarm of `joint`;
        doubt: below this they no longer do.
    """

    charts: Charts = _CHARTS
    joint: Joint = _JOINT
    weight: float = 0.1
    agree: float = 0.45
    doubt: float = 0.38

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
            agreed=np.zeros(n_assets, dtype=np.bool_),
        )

    def step(self, state: PlantState, time: float, values: Values) -> Scores:
        """Score one step with both, and let both learn from it."""
        charts, joint = state.members
        one, other = (
            self.charts.step(charts, time, values),
            self.joint.step(joint, time, values),
        )
        lean = np.where(np.isnan(one.score), state.lean, one.score)
        lean = state.lean + self.weight * (lean - state.lean)
        state.lean = np.where(charts.rows > 0, lean, 0.0)
        border = np.where(state.agreed, self.doubt, self.agree)
        state.agreed = other.alarm & (state.lean >= border)
        alarm: Flags = one.alarm | state.agreed
        score = np.where(state.agreed, np.fmax(one.score, other.score), one.score)
        return Scores(score=score, alarm=alarm, reason=shares(one.reason + other.reason))
