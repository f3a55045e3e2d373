"""Acts are carried out: one after another, each in a transaction of its own, once per id."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from analytics import loop_store, metrics
from analytics.act.admin_act import AdminOffice
from analytics.act.admin_kind import AdminAct
from analytics.act.alarm_act import AlarmOffice
from analytics.act.case_act import CaseOffice
from analytics.act.case_kind import CaseAct
from analytics.act.desk_act import DeskOffice
from analytics.act.desk_kind import DeskAct
from analytics.act.hold_act import HoldOffice
from analytics.act.hold_kind import HoldAct
from analytics.act.kind import (
    AcceptOrder,
    Acknowledge,
    ActId,
    ArriveOnSite,
    BureauAct,
    CloseOrder,
    Comment,
    ConfirmFalse,
    ConfirmReal,
    OrderAct,
    Reset,
    may_ask,
)
from analytics.act.limit_kind import LimitAct
from analytics.act.order_act import OrderOffice
from analytics.act.public_act import PublicOffice
from analytics.act.public_kind import PublicAct
from analytics.act.result import ActResult, Refusal, refused
from analytics.act.safety_act import SafetyOffice
from analytics.act.safety_kind import AnyAct, SafetyAct
from analytics.act.store import claim_act, settle_act
from analytics.act.supervise_act import SupervisionOffice
from analytics.act.supervise_kind import SuperviseAct
from analytics.act.work_act import WorkOffice
from analytics.act.work_kind import WorkAct
from analytics.duties.responsibility import Responsibility
from analytics.patience import briefly, is_held
from ingest.database import Connection, in_transaction
from ingest.errors import StoreUnavailable

SET_ASIDE: Final = timedelta(seconds=30)
BUSY: Final = tuple(timedelta(seconds=s) for s in (0.5, 1, 2, 4, 8, 16, 30))
"""How long an act whose subject somebody else holds waits each time until it is tried again; in all
a little longer than a session of ours may idle in a transaction before the server ends it."""
REMEMBERED: Final = timedelta(minutes=1)
"""An act that was not seen again for so long after its time was carried out by another worker."""

_log = structlog.get_logger("analytics.acts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An act whose subject was held: how often that was found, and when it is tried again."""

    tried: int
    until: datetime


class Office:
    """Takes acts from the queue.

    Args:
        responsibility: Says who answers for what.
    """

    def __init__(self, responsibility: Responsibility) -> None:
        self._alarms = AlarmOffice(responsibility)
        self._orders = OrderOffice(responsibility)
        self._holds = HoldOffice(responsibility)
        self._safety = SafetyOffice(responsibility, self._alarms)
        self._work = WorkOffice(responsibility)
        self._cases = CaseOffice(responsibility)
        self._supervision = SupervisionOffice()
        self._public = PublicOffice()
        self._admin = AdminOffice()
        self._desk = DeskOffice(responsibility)
        self._aside: dict[ActId, datetime] = {}
        self._busy: dict[ActId, Held] = {}

    def handle(self, connection: Connection, now: datetime) -> int:
        """Carry out the act that has waited longest; 0 when none waits.

        Raises:
            StoreUnavailable: The database is away or too busy; the act still waits.
        """
        self._aside = {
            act: until for act, until in self._aside.items() if now < until <= now + SET_ASIDE
        }
        self._busy = {
            act: held
            for act, held in self._busy.items()
            if now - REMEMBERED < held.until <= now + SET_ASIDE
        }
        claimed: list[ActId] = []
        try:
            return briefly(connection, lambda held: self._next(held, claimed, now))
        except StoreUnavailable as error:
            if connection.broken or not claimed:
                raise
            if not is_held(error) or not self._wait(claimed[-1], now):
                why = Refusal.BUSY if is_held(error) else Refusal.FAILED
                self._give_up(connection, claimed[-1], now, why)
        except Exception:  # the edge of a loop: one bad row stops no other
            if not claimed:
                raise
            self._give_up(connection, claimed[-1], now)
        return 1

    def _next(self, connection: Connection, seen: list[ActId], now: datetime) -> int:
        claimed = claim_act(connection, self._aside)
        if claimed is None:
            return 0
        seen.append(claimed.id)
        if claimed.act is None:
            result = refused(Refusal.UNKNOWN)
        else:
            result = self._carry_out(connection, claimed.act, now)
        settle_act(connection, claimed.id, result, now)
        self._busy.pop(claimed.id, None)
        metrics.ACTS.labels("done" if result.is_done else "refused").inc()
        return 1

    def _wait(self, act: ActId, now: datetime) -> bool:
        """Try an act again later, whose subject somebody else holds; False: it has waited enough."""
        before = self._busy.get(act)
        tried = 0 if before is None else before.tried
        if tried >= len(BUSY):
            self._busy.pop(act)
            return False
        self._busy[act] = Held(tried=tried + 1, until=now + BUSY[tried])
        self._aside[act] = now + BUSY[tried]
        metrics.ACTS.labels("busy").inc()
        if not tried:
            _log.warning("act_waits", act_id=str(act), why="its subject is held by somebody else")
        return True

    def _carry_out(self, connection: Connection, act: AnyAct | HoldAct, now: datetime) -> ActResult:
        why_not = may_ask(act)
        if why_not is not None:
            return refused(why_not)
        if isinstance(act, Acknowledge | ConfirmReal | ConfirmFalse | Reset | Comment | BureauAct):
            return self._alarms.carry_out(connection, act, now)
        if isinstance(act, HoldAct):
            return self._holds.carry_out(connection, act, now)
        if isinstance(act, SafetyAct):
            return self._safety.carry_out(connection, act, now)
        if isinstance(act, DeskAct):
            return self._desk.carry_out(connection, act, now)
        return self._on_work(connection, act, now)

    def _on_work(
        self,
        connection: Connection,
        act: WorkAct | CaseAct | SuperviseAct | PublicAct | AdminAct | LimitAct | OrderAct,
        now: datetime,
    ) -> ActResult:
        if isinstance(act, AdminAct | LimitAct):
            return self._admin.carry_out(connection, act, now)
        if isinstance(act, PublicAct):
            return self._public.carry_out(connection, act, now)
        if isinstance(act, WorkAct):
            return self._work.carry_out(connection, act, now)
        if isinstance(act, CaseAct):
            return self._cases.carry_out(connection, act, now)
        if isinstance(act, SuperviseAct):
            return self._supervision.carry_out(connection, act, now)
        return self._on_order(connection, act, now)

    def _on_order(self, connection: Connection, act: OrderAct, now: datetime) -> ActResult:
        loop_store.lock_alarm_of(connection, act.order_id)
        if isinstance(act, CloseOrder) and self._safety.must_be_checked(connection, act.order_id):
            return refused(Refusal.MUST_BE_CHECKED)
        result = self._orders.carry_out(connection, act, now)
        if result.is_done and isinstance(act, AcceptOrder | ArriveOnSite):
            self._safety.follow_order(connection, act, now)
        return result

    def _give_up(
        self, connection: Connection, act: ActId, now: datetime, why: Refusal = Refusal.FAILED
    ) -> None:
        _log.exception("act_failed", act_id=str(act))
        try:
            in_transaction(connection, lambda held: settle_act(held, act, refused(why), now))
        except Exception:  # noqa: BLE001 - the edge of a loop
            _log.exception("act_not_settled", act_id=str(act))
            self._aside[act] = now + SET_ASIDE
