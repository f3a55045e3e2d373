"""What a desk does to an alarm beside judging it."""

from datetime import datetime
from typing import assert_never

from analytics.act.desk_kind import DeskAct, DispatchByHand, TakeBack
from analytics.act.dispatch_act import HandDispatch
from analytics.act.result import ActResult
from analytics.act.take_back_act import TakingBack
from analytics.duties.responsibility import Responsibility
from ingest.database import Connection


class DeskOffice:
    """Gives work out by hand, takes slips of the hand back; inside the caller's transaction."""

    def __init__(self, responsibility: Responsibility) -> None:
        self._dispatch = HandDispatch(responsibility)
        self._taking_back = TakingBack(responsibility)

    def carry_out(self, connection: Connection, act: DeskAct, now: datetime) -> ActResult:
        """Do what is asked, or say why not."""
        match act:
            case DispatchByHand():
                return self._dispatch.carry_out(connection, act, now)
            case TakeBack():
                return self._taking_back.carry_out(connection, act, now)
            case _:
                assert_never(act)
