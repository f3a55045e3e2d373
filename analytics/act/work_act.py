"""Reports become orders, or alarms where a life is at stake; calls, ratings and the fund."""

from datetime import datetime

from analytics import loop_store
from analytics.act.call_act import CallOffice
from analytics.act.fund_act import move_fund
from analytics.act.report_act import ReportOffice
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.act.work_kind import (
    AskRating,
    CallTogether,
    FileReport,
    MoveFund,
    RateOrder,
    WorkAct,
)
from analytics.duties.responsibility import Responsibility
from analytics.orders.rating import Rating, keep_token, rate
from analytics.orders.work_order import OrderState
from ingest.database import Connection

_RATEABLE = (OrderState.RESTORED, OrderState.VERIFIED, OrderState.CLOSED)


class WorkOffice:
    """Carries out acts around work inside the caller's transaction."""

    def __init__(self, responsibility: Responsibility) -> None:
        self._reports = ReportOffice(responsibility)
        self._calls = CallOffice()

    def carry_out(self, connection: Connection, act: WorkAct, now: datetime) -> ActResult:
        """Do what is asked, or say why not."""
        match act:
            case FileReport():
                return self._reports.file(connection, act, now)
            case CallTogether():
                return self._calls.call(connection, act, now)
            case MoveFund():
                return move_fund(connection, act, now)
            case AskRating():
                return _ask_rating(connection, act, now)
            case RateOrder():
                return _rate(connection, act, now)


def _ask_rating(connection: Connection, act: AskRating, now: datetime) -> ActResult:
    stored = loop_store.lock_order(connection, act.order_id)
    if stored is None:
        return refused(Refusal.UNKNOWN)
    if not act.by.may_see(stored.place_path):
        return refused(Refusal.SCOPE)
    if stored.order.state not in _RATEABLE:
        return refused(Refusal.NOT_NOW)
    keep_token(connection, bytes.fromhex(act.token_hash), act.order_id, act.rater, now)
    return CARRIED_OUT


def _rate(connection: Connection, act: RateOrder, now: datetime) -> ActResult:
    rating = Rating(stars=act.stars, comment=act.text)
    rated = rate(connection, bytes.fromhex(act.token_hash), rating, now)
    return refused(Refusal.USED_UP) if rated is None else CARRIED_OUT
