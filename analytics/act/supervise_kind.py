"""What people ask for in supervision: a step of a measure, the marks of an inspection."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from analytics.act.kind import ActBase, ActKind
from analytics.supervision.indicator import Aspect
from analytics.supervision.measure import Step

MOST_MARKS: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMeasure(ActBase):
    """A step of a measure; the text is its reason.

    Attributes:
        number: What is printed on the measure.
        due: The company's time, for steps that name it.
        appeal_until: Last day of an appeal, when a notice is issued.
    """

    kind: ClassVar[ActKind] = ActKind.MEASURE_STEP
    needs_text: ClassVar[bool] = True

    number: str
    step: Step
    due: date | None = None
    appeal_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect(ActBase):
    """Marks of an inspector for one aspect; the text says what was found.

    Attributes:
        company: Code of the company.
        place: Code of the place that was inspected.
        marks: 0 to 100.
    """

    kind: ClassVar[ActKind] = ActKind.INSPECT

    company: str
    place: str
    aspect: Aspect
    marks: float

    def __post_init__(self) -> None:
        ActBase.__post_init__(self)
        if not 0 <= self.marks <= MOST_MARKS:
            raise ValueError("marks: 0 to 100")


SuperviseAct = StepMeasure | Inspect
SUPERVISE_ACTS: Final[Mapping[ActKind, type[SuperviseAct]]] = {
    item.kind: item for item in (StepMeasure, Inspect)
}
