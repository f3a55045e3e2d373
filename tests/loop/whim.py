"""What people do on the random walk: mostly what somebody who knows the rules would, else anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, cast
from uuid import UUID

from analytics.act.hold_kind import (
    ApproveProposal,
    DeclineProposal,
    ProposeTakeOut,
    ReturnToService,
    Shelve,
    Unshelve,
)
from analytics.act.kind import (
    ALARM_ACTS,
    OF_OWNER,
    ORDER_ACTS,
    ROLES,
    ActId,
    ActKind,
    AlarmAct,
    AssignOrder,
    Person,
)
from analytics.act.safety_kind import (
    AcceptRescue,
    AnswerPost,
    AnyAct,
    ApproveDrill,
    ArriveRescue,
    AskPost,
    CallCar,
    CheckLift,
    DeclareReal,
    DrillId,
    EndDrill,
    PostCheckId,
    ProposeDrill,
    ReleasePeople,
)
from analytics.act.work_kind import FileReport
from analytics.alarms.alarm import AlarmId, AssetId
from analytics.holds.hold import ProposalId
from analytics.orders.report import Category, Source
from analytics.orders.work_order import OrderId
from analytics.safety.plan import Scope
from ingest.database import Connection
from tests.integration.analytics.site import rows

SENSIBLE: Final = 0.8
"""Share of acts by somebody whose role may do them."""
_K = ActKind
_NEXT: Final = {
    "proposed": (_K.ORDER_ACCEPT,),
    "dispatched": (_K.ORDER_ACCEPT, _K.ORDER_ACCEPT, _K.ORDER_DECLINE, _K.ORDER_ASSIGN),
    "accepted": (_K.ORDER_ARRIVE, _K.ORDER_ARRIVE, _K.ORDER_DECLINE, _K.ORDER_ASSIGN),
    "on_site": (_K.ORDER_RESTORE, _K.ORDER_RESTORE, _K.ORDER_ASSIGN),
    "restored": (_K.ORDER_VERIFY, _K.ORDER_VERIFY, _K.ORDER_REOPEN),
    "verified": (_K.ORDER_CLOSE, _K.ORDER_REOPEN),
    "closed": (_K.ORDER_REOPEN,),
}
_DRILLS: Final = (
    (Scope.ZONE, "garden/loop-1"),
    (Scope.PANEL, "FP-1"),
    (Scope.LIFT, "L-2"),
    (Scope.COMPOUND, "garden"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Everybody who may do something, and what they see.

    Args:
        connection: Reads what there is to act on.
    """

    random: Random
    people: Sequence[Person]
    connection: Connection

    def act(self) -> AnyAct | None:
        """What somebody does now; None: there is nothing to do it to."""
        weighted: list[tuple[int, Callable[[], AnyAct | None]]] = [
            (10, self._on_alarm),
            (8, self._on_order),
            (4, self._in_rescue),
            (2, self._about_hold),
            (2, self._about_drill),
            (1, self._about_post),
            (1, self._report),
        ]
        (made,) = self.random.choices(
            [one for _, one in weighted], [weight for weight, _ in weighted]
        )
        return made()

    def _id(self) -> ActId:
        return ActId(UUID(int=self.random.getrandbits(128)))

    def _by(self, kind: ActKind, owner: object = None) -> Person:
        fitting = [one for one in self.people if one.role in ROLES[kind]]
        own = [one for one in fitting if kind not in OF_OWNER or one.organisation == owner]
        is_sensible = bool(own) and self.random.random() < SENSIBLE
        return self.random.choice(own if is_sensible else self.people)

    def _one(self, statement: str) -> tuple[object, ...] | None:
        found = rows(self.connection, statement)
        return self.random.choice(found) if found else None

    def _alarm(self, *, where: str = "closed_at IS NULL") -> AlarmId | None:
        found = self._one(f"SELECT id FROM alarms WHERE {where} ORDER BY id DESC LIMIT 12")
        return None if found is None else AlarmId(cast("int", found[0]))

    def _on_alarm(self) -> AnyAct | None:
        alarm = self._alarm()
        if alarm is None:
            return None
        kind = self.random.choice(
            [
                *[_K.ACKNOWLEDGE] * 4,
                _K.CONFIRM_REAL,
                _K.CONFIRM_FALSE,
                _K.RESET,
                _K.RESET,
                _K.COMMENT,
                _K.DECLARE_REAL,
            ]
        )
        made: type[AlarmAct | DeclareReal] = (
            DeclareReal if kind is _K.DECLARE_REAL else ALARM_ACTS[kind]
        )
        return made(id=self._id(), by=self._by(kind), alarm_id=alarm, text="现场核实")

    def _on_order(self) -> AnyAct | None:
        found = self._one(
            "SELECT id, state, owner_id FROM work_orders WHERE state <> 'merged'"
            " ORDER BY closed_at IS NOT NULL, id DESC LIMIT 8"
        )
        if found is None:
            return None
        order, state, owner = found
        is_sensible = self.random.random() < SENSIBLE
        usual = _NEXT.get(str(state), tuple(ORDER_ACTS))
        kind = self.random.choice(usual if is_sensible else tuple(ORDER_ACTS))
        made, by = ORDER_ACTS[kind], self._by(kind, owner)
        order_id = OrderId(cast("int", order))
        if made is AssignOrder:
            name = self.random.choice(["wang", "li", "zhao", "nobody"])
            return AssignOrder(
                id=self._id(), by=by, order_id=order_id, text="指派", technician=name
            )
        return made(id=self._id(), by=by, order_id=order_id, text="说明")

    def _in_rescue(self) -> AnyAct | None:
        alarm = self._alarm(where="alarm_group = 'entrapment'")
        if alarm is None:
            return None
        kind = self.random.choice(
            [
                _K.CALL_CAR,
                _K.RESCUE_ACCEPT,
                _K.RESCUE_ACCEPT,
                _K.RESCUE_ARRIVE,
                _K.RESCUE_RELEASE,
                _K.LIFT_CHECK,
            ]
        )
        act, by = self._id(), self._by(kind)
        match kind:
            case ActKind.CALL_CAR:
                people = self.random.choice([None, 0, 2])
                return CallCar(
                    id=act, by=by, alarm_id=alarm, is_answered=people is not None, people=people
                )
            case ActKind.RESCUE_ACCEPT:
                return AcceptRescue(id=act, by=by, alarm_id=alarm)
            case ActKind.RESCUE_ARRIVE:
                return ArriveRescue(id=act, by=by, alarm_id=alarm)
            case ActKind.RESCUE_RELEASE:
                return ReleasePeople(id=act, by=by, alarm_id=alarm, people=2, text="平安")
            case _:
                is_fit = self.random.random() < SENSIBLE
                return CheckLift(
                    id=act, by=by, alarm_id=alarm, certificate="T-1", is_fit=is_fit, text="检查"
                )

    def _about_hold(self) -> AnyAct | None:
        kind = self.random.choice(
            [
                _K.SHELVE,
                _K.UNSHELVE,
                _K.TAKE_OUT_PROPOSE,
                _K.PROPOSAL_APPROVE,
                _K.PROPOSAL_APPROVE,
                _K.PROPOSAL_DECLINE,
                _K.RETURN_TO_SERVICE,
            ]
        )
        act, by = self._id(), self._by(kind)
        if kind in (_K.SHELVE, _K.UNSHELVE):
            return self._shelving(act, by, kind)
        if kind in (_K.TAKE_OUT_PROPOSE, _K.RETURN_TO_SERVICE):
            return self._out_of_service(act, by, kind)
        found = self._one("SELECT id FROM proposals ORDER BY id DESC LIMIT 3")
        if found is None:
            return None
        number = ProposalId(cast("int", found[0]))
        if kind is _K.PROPOSAL_APPROVE:
            return ApproveProposal(id=act, by=by, proposal_id=number)
        return DeclineProposal(id=act, by=by, proposal_id=number)

    def _shelving(self, act: ActId, by: Person, kind: ActKind) -> AnyAct | None:
        alarm = self._alarm()
        if alarm is None:
            return None
        if kind is _K.UNSHELVE:
            return Unshelve(id=act, by=by, alarm_id=alarm)
        minutes = self.random.choice([5, 60, 480, 5000])
        return Shelve(id=act, by=by, alarm_id=alarm, minutes=minutes, text="等备件")

    def _out_of_service(self, act: ActId, by: Person, kind: ActKind) -> AnyAct:
        found = self._one("SELECT id FROM assets WHERE NOT starts_with(code, '@')")
        asset = AssetId(cast("int", found[0] if found else 0))
        if kind is _K.RETURN_TO_SERVICE:
            return ReturnToService(id=act, by=by, asset_id=asset)
        minutes = self.random.choice([10, 120, 1440])
        return ProposeTakeOut(id=act, by=by, asset_id=asset, minutes=minutes, text="检修")

    def _about_drill(self) -> AnyAct | None:
        kind = self.random.choice([_K.DRILL_PROPOSE, _K.DRILL_APPROVE, _K.DRILL_END])
        act, by = self._id(), self._by(kind)
        if kind is _K.DRILL_PROPOSE:
            scope, subject = self.random.choice(_DRILLS)
            length = self.random.choice([600, 3600, 86400])
            return ProposeDrill(
                id=act, by=by, scope=scope, subject=subject, length_s=length, text="月度演练"
            )
        found = self._one("SELECT id FROM drills ORDER BY id DESC LIMIT 3")
        if found is None:
            return None
        drill = DrillId(cast("int", found[0]))
        if kind is _K.DRILL_APPROVE:
            return ApproveDrill(id=act, by=by, drill_id=drill)
        return EndDrill(id=act, by=by, drill_id=drill)

    def _about_post(self) -> AnyAct | None:
        found = self._one("SELECT id FROM post_checks WHERE state = 'waiting'")
        if found is None:
            return AskPost(id=self._id(), by=self._by(_K.POST_ASK), place="garden")
        check = PostCheckId(cast("int", found[0]))
        return AnswerPost(id=self._id(), by=self._by(_K.POST_ANSWER), check_id=check)

    def _report(self) -> AnyAct | None:
        category = self.random.choice([Category.TRAPPED, Category.FIRE, Category.LIFT_FAULT])
        place = self.random.choice(["garden", "yard", "wild"])
        by = self._by(_K.REPORT)
        return FileReport(
            id=self._id(),
            by=by,
            category=category,
            source=Source.RESIDENT,
            place=place,
            text="有人说",
        )
