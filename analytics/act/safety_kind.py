"""What people ask for in rescues, drills and duty checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType

from analytics.act.admin_kind import AdminAct
from analytics.act.case_kind import CaseAct
from analytics.act.desk_kind import DeskAct
from analytics.act.hold_kind import HoldAct
from analytics.act.kind import Act, ActBase, ActKind, OnAlarm
from analytics.act.limit_kind import LimitAct
from analytics.act.public_kind import PublicAct
from analytics.act.supervise_kind import SuperviseAct
from analytics.act.work_kind import WorkAct
from analytics.safety.plan import Scope

DrillId = NewType("DrillId", int)
PostCheckId = NewType("PostCheckId", int)
MOST_PEOPLE: Final = 99
"""More people than any car holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCar(OnAlarm):
    """The desk called the car: a fact, whatever came of it.

    Attributes:
        is_answered: Whether somebody inside spoke.
        people: How many were heard; None: nobody knows.
    """

    kind = ActKind.CALL_CAR

    is_answered: bool = False
    people: int | None = None

    def __post_init__(self) -> None:
        if self.people is not None and not 0 <= self.people <= MOST_PEOPLE:
            raise ValueError(f"people: 0 to {MOST_PEOPLE}")
        if self.people and not self.is_answered:
            raise ValueError("people were heard, so the call was answered")
        OnAlarm.__post_init__(self)


class AcceptRescue(OnAlarm):
    """We go."""

    kind = ActKind.RESCUE_ACCEPT


class ArriveRescue(OnAlarm):
    """We are there."""

    kind = ActKind.RESCUE_ARRIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePeople(OnAlarm):
    """They are out; the text says how they are.

    Attributes:
        people: How many came out.
        injured: How many of them are hurt.
        released_at: When; None: now.
    """

    kind = ActKind.RESCUE_RELEASE

    people: int
    injured: int = 0
    released_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.people <= MOST_PEOPLE:
            raise ValueError(f"people: 0 to {MOST_PEOPLE}")
        if not 0 <= self.injured <= self.people:
            raise ValueError("injured: from 0 to as many as came out")
        if self.injured and not self.text.strip():
            raise ValueError("somebody is injured: say how, in words")
        if self.released_at is not None and self.released_at.tzinfo is None:
            raise ValueError("released_at: a time with its zone")
        OnAlarm.__post_init__(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLift(OnAlarm):
    """A qualified person has checked the lift; the text says what was found.

    Attributes:
        certificate: Number of the checker's certificate.
        is_fit: Whether it may run again.
    """

    kind = ActKind.LIFT_CHECK

    certificate: str
    is_fit: bool = True

    def __post_init__(self) -> None:
        if not self.certificate.strip():
            raise ValueError("certificate: the number of the checker's certificate")
        if not self.text.strip():
            raise ValueError("lift_check needs words on what was found")
        OnAlarm.__post_init__(self)


class DeclareReal(OnAlarm):
    """What looks like a drill is real."""

    kind = ActKind.DECLARE_REAL


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeDrill(ActBase):
    """A drill or a test of some assets for some time; the text says why.

    Attributes:
        drill: `drill` or `test`.
        subject: Code of the panel, lift or compound, or `compound/zone`.
        length_s: How long it lasts at most, from its approval [s].
        tells_bureau: Whether the bureau takes part, in messages that say Exercise or Test.
    """

    kind = ActKind.DRILL_PROPOSE
    needs_text = True

    scope: Scope
    subject: str
    length_s: int
    drill: str = "drill"
    tells_bureau: bool = False

    def __post_init__(self) -> None:
        if self.drill not in ("drill", "test"):
            raise ValueError("drill: drill or test")
        if self.length_s <= 0:
            raise ValueError("length_s: more than 0")
        ActBase.__post_init__(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveDrill(ActBase):
    """A second person begins it."""

    kind = ActKind.DRILL_APPROVE

    drill_id: DrillId


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDrill(ActBase):
    """It is over at once, or will not take place."""

    kind = ActKind.DRILL_END

    drill_id: DrillId


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPost(ActBase):
    """Is anybody at the desk of that compound?"""

    kind = ActKind.POST_ASK

    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPost(ActBase):
    """I am at the desk."""

    kind = ActKind.POST_ANSWER

    check_id: PostCheckId


RescueAct = CallCar | AcceptRescue | ArriveRescue | ReleasePeople | CheckLift
DrillAct = ProposeDrill | ApproveDrill | EndDrill | DeclareReal
PostAct = AskPost | AnswerPost
SafetyAct = RescueAct | DrillAct | PostAct
AnyAct = (
    Act
    | SafetyAct
    | HoldAct
    | WorkAct
    | CaseAct
    | SuperviseAct
    | PublicAct
    | AdminAct
    | DeskAct
    | LimitAct
)

ON_ALARM: Final[Mapping[ActKind, type[RescueAct | DeclareReal]]] = {
    item.kind: item
    for item in (CallCar, AcceptRescue, ArriveRescue, ReleasePeople, CheckLift, DeclareReal)
}
ELSEWHERE: Final[Mapping[ActKind, type[ProposeDrill | ApproveDrill | EndDrill | PostAct]]] = {
    item.kind: item for item in (ProposeDrill, ApproveDrill, EndDrill, AskPost, AnswerPost)
}
"""Acts whose subject is neither an alarm nor an order."""
