"""What people at pages ask for: the console submits an act, the alarm process carries it out."""

from analytics.act.kind import (
    AcceptOrder,
    Acknowledge,
    Act,
    ActId,
    ActKind,
    AlarmAct,
    ArriveOnSite,
    CloseOrder,
    Comment,
    ConfirmFalse,
    ConfirmReal,
    DeclineOrder,
    OrderAct,
    Person,
    Reset,
    RestoreService,
    TakeOver,
    VerifyOrder,
)
from analytics.act.result import ActResult, Refusal
from analytics.act.store import submit

__all__ = [
    "AcceptOrder",
    "Acknowledge",
    "Act",
    "ActId",
    "ActKind",
    "ActResult",
    "AlarmAct",
    "ArriveOnSite",
    "CloseOrder",
    "Comment",
    "ConfirmFalse",
    "ConfirmReal",
    "DeclineOrder",
    "OrderAct",
    "Person",
    "Refusal",
    "Reset",
    "RestoreService",
    "TakeOver",
    "VerifyOrder",
    "submit",
]
