"""Measures of supervision 监督措施: what a company is called to do, step by step, by persons.

The platform proposes and reminds; each step that touches a company is taken by a person whose
role may take it, with a reason. Nothing here touches the world.

References:
    Public documents behind the project (secondary, unverified): 限期整改通知书, 督办通知单, the
    last five of a street (全区通报, 集中约谈, 信用扣分, 限期整改, 退出程序), and the quarterly
    red and black list, published after the communities were heard.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NewType

from analytics.duties.matrix import OrganisationId
from analytics.errors import MeasureRefused
from gateway.catalogue import Text

MeasureId = NewType("MeasureId", int)


class Kind(StrEnum):
    """Instruments."""

    RECTIFICATION = "rectification"
    SUPERVISION = "supervision"
    LAST_FIVE = "last_five"
    RED_LIST = "red_list"
    BLACK_LIST = "black_list"


NAMES: Final = MappingProxyType(
    {
        Kind.RECTIFICATION: Text(zh="限期整改通知书", en="rectification notice"),
        Kind.SUPERVISION: Text(zh="督办通知单", en="supervision notice"),
        Kind.LAST_FIVE: Text(zh="末五位通报约谈", en="last five of the month"),
        Kind.RED_LIST: Text(zh="红榜", en="red list"),
        Kind.BLACK_LIST: Text(zh="黑榜", en="black list"),
    }
)


class Stage(StrEnum):
    """How far a measure is."""

    PROPOSED = "proposed"
    """By the platform or a person; the company knows nothing of it."""
    HEARD = "heard"
    """The community was heard."""
    ISSUED = "issued"
    """The company has the notice; its time runs."""
    APPEALED = "appealed"
    TALKED = "talked"
    DEDUCTED = "deducted"
    """Credit points were deducted."""
    REPORTED = "reported"
    """The company says that it is done, with evidence."""
    FAILED = "failed"
    """A re-check found it not done."""
    PUBLISHED = "published"
    EXIT_PROPOSED = "exit_proposed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What a person does."""

    HEAR = "hear"
    ISSUE = "issue"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    """The appeal is refused: the measure goes on."""
    TALK = "talk"
    DEDUCT = "deduct"
    REPORT = "report"
    APPROVE = "approve"
    """A re-check found it done."""
    FAIL = "fail"
    EXTEND = "extend"
    """A new deadline after a failed re-check."""
    PUBLISH = "publish"
    CORRECT = "correct"
    """The company has mended what put it on the black list, and leaves it."""
    PROPOSE_EXIT = "propose_exit"
    WITHDRAW = "withdraw"


class Role(StrEnum):
    """Who takes a step."""

    SUPERVISOR = "supervisor"
    COMMUNITY = "community"
    COMPANY = "company"


_S = Stage
_T = Step
OPEN: Final = frozenset(Stage) - {Stage.DONE, Stage.WITHDRAWN}
_Table = dict[tuple[Stage, Step], Stage]

_NOTICE: Final[_Table] = {
    (_S.PROPOSED, _T.ISSUE): _S.ISSUED,
    (_S.ISSUED, _T.APPEAL): _S.APPEALED,
    (_S.APPEALED, _T.UPHOLD): _S.ISSUED,
    (_S.ISSUED, _T.REPORT): _S.REPORTED,
    (_S.REPORTED, _T.APPROVE): _S.DONE,
    (_S.REPORTED, _T.FAIL): _S.FAILED,
    (_S.ISSUED, _T.FAIL): _S.FAILED,
    (_S.FAILED, _T.EXTEND): _S.ISSUED,
}
_LAST_FIVE: Final[_Table] = {
    (_S.PROPOSED, _T.ISSUE): _S.ISSUED,
    (_S.ISSUED, _T.APPEAL): _S.APPEALED,
    (_S.APPEALED, _T.UPHOLD): _S.ISSUED,
    (_S.ISSUED, _T.TALK): _S.TALKED,
    (_S.TALKED, _T.DEDUCT): _S.DEDUCTED,
    (_S.TALKED, _T.REPORT): _S.REPORTED,
    (_S.DEDUCTED, _T.REPORT): _S.REPORTED,
    (_S.REPORTED, _T.APPROVE): _S.DONE,
    (_S.REPORTED, _T.FAIL): _S.FAILED,
    (_S.DEDUCTED, _T.FAIL): _S.FAILED,
    (_S.FAILED, _T.EXTEND): _S.DEDUCTED,
    (_S.FAILED, _T.PROPOSE_EXIT): _S.EXIT_PROPOSED,
    (_S.EXIT_PROPOSED, _T.APPROVE): _S.DONE,
}
_LIST: Final[_Table] = {
    (_S.PROPOSED, _T.HEAR): _S.HEARD,
    (_S.HEARD, _T.ISSUE): _S.ISSUED,
    (_S.ISSUED, _T.APPEAL): _S.APPEALED,
    (_S.APPEALED, _T.UPHOLD): _S.ISSUED,
    (_S.ISSUED, _T.PUBLISH): _S.PUBLISHED,
}
_BLACK_LIST: Final[_Table] = _LIST | {
    (_S.PUBLISHED, _T.REPORT): _S.REPORTED,
    (_S.REPORTED, _T.CORRECT): _S.DONE,
    (_S.REPORTED, _T.FAIL): _S.PUBLISHED,
}
_RED_LIST: Final[_Table] = _LIST | {(_S.PUBLISHED, _T.APPROVE): _S.DONE}

TRANSITIONS: Final = MappingProxyType(
    {
        kind: MappingProxyType(table | {(stage, _T.WITHDRAW): _S.WITHDRAWN for stage in OPEN})
        for kind, table in (
            (Kind.RECTIFICATION, _NOTICE),
            (Kind.SUPERVISION, _NOTICE),
            (Kind.LAST_FIVE, _LAST_FIVE),
            (Kind.RED_LIST, _RED_LIST),
            (Kind.BLACK_LIST, _BLACK_LIST),
        )
    }
)
"""What a step leads to, by instrument and stage."""

MAY: Final = MappingProxyType(
    dict.fromkeys(Step, Role.SUPERVISOR)
    | {_T.HEAR: Role.COMMUNITY, _T.APPEAL: Role.COMPANY, _T.REPORT: Role.COMPANY}
)
"""Whose step it is."""

SETS_DEADLINE: Final = frozenset({_T.ISSUE, _T.EXTEND, _T.DEDUCT})
"""Steps that name the day until which the company has time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One measure against or for one company.

    Attributes:
        appeal_until: Last day of an appeal; nothing is published before it is over.
        due: Last day of the company's time.
        version: Grows with every step.
    """

    kind: Kind
    company: OrganisationId
    stage: Stage = Stage.PROPOSED
    id: MeasureId | None = None
    appeal_until: date | None = None
    due: date | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A step that somebody wants to take.

    Attributes:
        reason: Why; every step has one.
        due: The company's time, for steps that name it.
        appeal_until: Last day of an appeal, when a notice is issued.
    """

    step: Step
    actor: str
    role: Role
    reason: str
    due: date | None = None
    appeal_until: date | None = None


def take(case: Case, deed: Deed, today: date) -> Case:
    """The case after a step.

    Raises:
        MeasureRefused: The procedure does not permit it, with the sentence that says why.
    """
    after = TRANSITIONS[case.kind].get((case.stage, deed.step))
    if after is None:
        raise MeasureRefused(f"{case.kind} is {case.stage}: {deed.step} is not possible")
    _refuse_wrong_deed(case, deed, today)
    return replace(
        case,
        stage=after,
        due=deed.due if deed.step in SETS_DEADLINE else case.due,
        appeal_until=deed.appeal_until if deed.step is _T.ISSUE else case.appeal_until,
        version=case.version + 1,
    )


def _refuse_wrong_deed(case: Case, deed: Deed, today: date) -> None:
    if deed.role is not MAY[deed.step]:
        raise MeasureRefused(f"{deed.step} is for the {MAY[deed.step]}, not for the {deed.role}")
    if not deed.reason.strip():
        raise MeasureRefused(f"{deed.step} needs a reason")
    if deed.step in SETS_DEADLINE and (deed.due is None or deed.due <= today):
        raise MeasureRefused(f"{deed.step} needs a deadline after today")
    if deed.step is _T.ISSUE and (deed.appeal_until is None or deed.appeal_until < today):
        raise MeasureRefused("a notice names the last day of an appeal")
    is_in_appeal_time = case.appeal_until is not None and today <= case.appeal_until
    if deed.step is _T.APPEAL and not is_in_appeal_time:
        raise MeasureRefused("the time for an appeal is over")
    if deed.step in (_T.PUBLISH, _T.DEDUCT) and is_in_appeal_time:
        raise MeasureRefused(f"{deed.step} waits until {case.appeal_until}, the end of appeals")
    is_early = case.due is not None and today <= case.due and case.stage is not _S.REPORTED
    if deed.step is _T.FAIL and is_early:
        raise MeasureRefused(f"the company has time until {case.due}")


def is_overdue(case: Case, today: date) -> bool:
    """Whether the company's time is over while the measure waits for it."""
    waits = case.stage in (Stage.ISSUED, Stage.TALKED, Stage.DEDUCTED)
    return waits and case.due is not None and today > case.due
