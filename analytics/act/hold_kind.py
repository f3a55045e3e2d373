"""What people ask for about holds: shelve, take out of service, and end what is not there any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analytics.act.kind import ActBase, ActKind, OnAlarm
from analytics.alarms.alarm import AssetId
from analytics.holds.hold import ProposalId


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelve(OnAlarm):
    """Keep this alarm from the desk for some time; the text says why. Never life safety.

    Attributes:
        minutes: For how long [min].
    """

    kind = ActKind.SHELVE
    needs_text = True

    minutes: int

    def __post_init__(self) -> None:
        _require_length(self.minutes)
        OnAlarm.__post_init__(self)


class Unshelve(OnAlarm):
    """Bring a shelved alarm back."""

    kind = ActKind.UNSHELVE


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeTakeOut(ActBase):
    """Take a whole asset out of service; the text says why. Another person has to approve.

    Attributes:
        minutes: For how long from the approval [min].
    """

    kind = ActKind.TAKE_OUT_PROPOSE
    needs_text = True

    asset_id: AssetId
    minutes: int

    def __post_init__(self) -> None:
        _require_length(self.minutes)
        ActBase.__post_init__(self)


class ProposeWriteOff(OnAlarm):
    """End the alarm of an asset that was retired or registered anew; another has to approve."""

    kind = ActKind.WRITE_OFF_PROPOSE
    needs_text = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveProposal(ActBase):
    """The second person agrees."""

    kind = ActKind.PROPOSAL_APPROVE

    proposal_id: ProposalId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineProposal(ActBase):
    """It shall not be done; also by whoever proposed it."""

    kind = ActKind.PROPOSAL_DECLINE

    proposal_id: ProposalId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnToService(ActBase):
    """The asset is in service again; its alarms that stand come back at once."""

    kind = ActKind.RETURN_TO_SERVICE

    asset_id: AssetId


HoldOnAlarm = Shelve | Unshelve | ProposeWriteOff
HoldElsewhere = ProposeTakeOut | ApproveProposal | DeclineProposal | ReturnToService
HoldAct = HoldOnAlarm | HoldElsewhere

HOLD_ON_ALARM: Final[Mapping[ActKind, type[HoldOnAlarm]]] = {
    item.kind: item for item in (Shelve, Unshelve, ProposeWriteOff)
}
HOLD_ELSEWHERE: Final[Mapping[ActKind, type[HoldElsewhere]]] = {
    item.kind: item for item in (ProposeTakeOut, ApproveProposal, DeclineProposal, ReturnToService)
}


def _require_length(minutes: int) -> None:
    if minutes <= 0:
        raise ValueError("minutes: more than 0")
