"""What people do about holds: shelve, take out of service by two, bring back, write off by two."""

from datetime import datetime, timedelta
from typing import Final, assert_never

from analytics.act.hold_kind import (
    ApproveProposal,
    DeclineProposal,
    HoldAct,
    HoldOnAlarm,
    ProposeTakeOut,
    ProposeWriteOff,
    ReturnToService,
    Shelve,
    Unshelve,
)
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.alarms import consequence
from analytics.alarms.alarm import AssetId, State, Trigger, act_on
from analytics.alarms.report import PlacePath
from analytics.alarms.rule import AlarmRules, default_rules
from analytics.alarms.store import Actor
from analytics.alarms.subject import (
    Line,
    Subject,
    facts_of,
    last_person,
    lock_subject,
    note,
    save_move,
)
from analytics.duties.responsibility import Responsibility
from analytics.holds import store as hold_store
from analytics.holds.hold import HoldId, HoldKind
from analytics.holds.holding import Holding
from analytics.holds.store import Ending, NewHold, Proposal, ProposalKind, Unswept
from analytics.live import Announcement, Change
from ingest.database import Connection

_SHELVABLE: Final = (State.UNACKNOWLEDGED, State.ACKNOWLEDGED, State.RETURNED_UNACKNOWLEDGED)


class HoldOffice:
    """Carries out acts about holds inside the caller's transaction.

    Args:
        responsibility: Says who answers for an alarm that comes back.
        rules: The longest holds.
    """

    def __init__(self, responsibility: Responsibility, rules: AlarmRules | None = None) -> None:
        self._holding = Holding(responsibility)
        self._rules = rules or default_rules()

    def carry_out(self, connection: Connection, act: HoldAct, now: datetime) -> ActResult:
        """Do what is asked, or say why not."""
        match act:
            case Shelve() | Unshelve() | ProposeWriteOff():
                return self._on_alarm(connection, act, now)
            case ProposeTakeOut():
                return self._propose_take_out(connection, act, now)
            case ApproveProposal() | DeclineProposal():
                return self._settle(connection, act, now)
            case ReturnToService():
                return self._return(connection, act, now)
            case _:
                assert_never(act)

    def _on_alarm(self, connection: Connection, act: HoldOnAlarm, now: datetime) -> ActResult:
        subject = lock_subject(connection, act.alarm_id)
        if subject is None:
            return refused(Refusal.UNKNOWN)
        if not act.by.may_see(subject.place_path):
            return refused(Refusal.SCOPE)
        if not subject.is_open:
            return refused(Refusal.NOT_NOW)
        match act:
            case Shelve():
                return self._shelve(connection, act, subject, now)
            case Unshelve():
                return self._unshelve(connection, act, subject, now)
            case ProposeWriteOff():
                return self._propose_write_off(connection, act, subject, now)
            case _:
                assert_never(act)

    def _shelve(
        self, connection: Connection, act: Shelve, subject: Subject, now: datetime
    ) -> ActResult:
        if subject.kind.is_life_safety:
            return refused(Refusal.LIFE_SAFETY)
        if timedelta(minutes=act.minutes) > self._rules.longest_shelving:
            return refused(Refusal.TOO_LONG)
        if subject.alarm.state not in _SHELVABLE:
            return _too_late(connection, subject)
        new = NewHold(
            kind=HoldKind.SHELVED,
            place_path=subject.place_path,
            assets=(subject.asset_id,),
            condition=subject.condition,
            reason=act.text,
            by=act.by.name,
            length=timedelta(minutes=act.minutes),
        )
        note(connection, subject.alarm, Trigger.COMMENT, _line(act, now, f"{act.minutes} min"))
        self._begin(connection, new, now)
        return CARRIED_OUT

    def _begin(self, connection: Connection, new: NewHold, now: datetime) -> None:
        hold = hold_store.begin_hold(connection, new, now)
        if hold is not None:
            self._holding.sweep(connection, Unswept(id=hold, is_running=True), now)

    def _unshelve(
        self, connection: Connection, act: Unshelve, subject: Subject, now: datetime
    ) -> ActResult:
        hold = hold_store.shelving_of(connection, subject.asset_id, subject.condition)
        if hold is None:
            return _too_late(connection, subject)
        return self._end(connection, hold, Ending(by=act.by.name, at=now, reason=act.text))

    def _end(self, connection: Connection, hold: HoldId, ending: Ending) -> ActResult:
        is_ended = self._holding.end(connection, hold, ending)
        return CARRIED_OUT if is_ended else refused(Refusal.NOT_NOW)

    def _propose_write_off(
        self, connection: Connection, act: ProposeWriteOff, subject: Subject, now: datetime
    ) -> ActResult:
        place = hold_store.asset_place(connection, subject.asset_id)
        if place is None or not place.is_retired:
            return refused(Refusal.STILL_THERE)
        proposal = Proposal(
            kind=ProposalKind.WRITE_OFF,
            asset=subject.asset_id,
            alarm=subject.id,
            place_path=subject.place_path,
            reason=act.text,
            by=act.by.name,
            at=now,
            lapses_at=now + self._rules.proposal,
        )
        if hold_store.propose(connection, proposal) is None:
            return refused(Refusal.ALREADY)
        note(connection, subject.alarm, Trigger.COMMENT, _line(act, now, "申请注销 (write-off)"))
        _announce(connection, subject, now)
        return CARRIED_OUT

    def _propose_take_out(
        self, connection: Connection, act: ProposeTakeOut, now: datetime
    ) -> ActResult:
        place = hold_store.asset_place(connection, act.asset_id)
        if place is None:
            return refused(Refusal.UNKNOWN)
        if not act.by.may_see(place.place_path):
            return refused(Refusal.SCOPE)
        length = timedelta(minutes=act.minutes)
        if length > self._rules.longest_out_of_service:
            return refused(Refusal.TOO_LONG)
        proposal = Proposal(
            kind=ProposalKind.TAKE_OUT,
            asset=act.asset_id,
            place_path=place.place_path,
            length=length,
            reason=act.text,
            by=act.by.name,
            at=now,
            lapses_at=now + self._rules.proposal,
        )
        is_out = hold_store.out_of_service_of(connection, act.asset_id) is not None
        if is_out or hold_store.propose(connection, proposal) is None:
            return refused(Refusal.ALREADY)
        _show_anew(connection, place.place_path, now)
        return CARRIED_OUT

    def _settle(
        self, connection: Connection, act: ApproveProposal | DeclineProposal, now: datetime
    ) -> ActResult:
        proposal = hold_store.lock_proposal(connection, act.proposal_id)
        if proposal is None:
            return refused(Refusal.UNKNOWN)
        if not act.by.may_see(proposal.place_path):
            return refused(Refusal.SCOPE)
        if not proposal.is_open or proposal.lapses_at <= now:
            return refused(Refusal.NOT_NOW)
        is_approved = isinstance(act, ApproveProposal)
        if is_approved and act.by.name == proposal.by:
            return refused(Refusal.SAME_PERSON)
        result = self._do(connection, act, proposal, now) if is_approved else CARRIED_OUT
        if result.is_done:
            ending = Ending(by=act.by.name, at=now)
            hold_store.settle_proposal(connection, act.proposal_id, ending, is_approved=is_approved)
            _show_anew(connection, proposal.place_path, now)
        return result

    def _do(
        self,
        connection: Connection,
        act: ApproveProposal | DeclineProposal,
        proposal: Proposal,
        now: datetime,
    ) -> ActResult:
        match proposal.kind:
            case ProposalKind.TAKE_OUT:
                self._begin(connection, _out_of_service(proposal, act.by.name), now)
                return CARRIED_OUT
            case ProposalKind.WRITE_OFF:
                reason = f"{proposal.reason} ({proposal.by} + {act.by.name})"
                return _write_off(connection, proposal, _line(act, now, reason))
            case _:
                assert_never(proposal.kind)

    def _return(self, connection: Connection, act: ReturnToService, now: datetime) -> ActResult:
        place = hold_store.asset_place(connection, act.asset_id)
        if place is None:
            return refused(Refusal.UNKNOWN)
        if not act.by.may_see(place.place_path):
            return refused(Refusal.SCOPE)
        hold = hold_store.out_of_service_of(connection, act.asset_id)
        if hold is None:
            return refused(Refusal.NOT_NOW)
        return self._end(connection, hold, Ending(by=act.by.name, at=now, reason=act.text))


def _out_of_service(proposal: Proposal, approved_by: str) -> NewHold:
    return NewHold(
        kind=HoldKind.OUT_OF_SERVICE,
        place_path=proposal.place_path,
        assets=(AssetId(proposal.asset),),
        reason=proposal.reason,
        by=proposal.by,
        approved_by=approved_by,
        length=proposal.length,
    )


def _write_off(connection: Connection, proposal: Proposal, line: Line) -> ActResult:
    """End the alarm of an asset that is still gone."""
    subject = None if proposal.alarm is None else lock_subject(connection, proposal.alarm)
    place = hold_store.asset_place(connection, proposal.asset)
    if subject is None or not subject.is_open:
        return refused(Refusal.NOT_NOW)
    if place is None or not place.is_retired:
        return refused(Refusal.STILL_THERE)
    after = act_on(subject.alarm, Trigger.WRITE_OFF, subject.kind, line.at)
    if after is None:
        return refused(Refusal.NOT_NOW)
    save_move(connection, subject, after, Trigger.WRITE_OFF, line)
    consequence.follow_closed(connection, [facts_of(connection, subject.id)], line.at)
    _announce(connection, subject, line.at)
    return CARRIED_OUT


def _announce(connection: Connection, subject: Subject, now: datetime) -> None:
    told = Announcement()
    told.add(Change.ALARM, subject.id, subject.place_path)
    told.write(connection, now)


def _show_anew(connection: Connection, place_path: PlacePath, now: datetime) -> None:
    """Whoever looks at proposals and holds sees them as they are now."""
    told = Announcement()
    told.add(Change.NOTICE, None, place_path)
    told.write(connection, now)


def _too_late(connection: Connection, subject: Subject) -> ActResult:
    first = last_person(connection, subject.id, 0)
    if first is None:
        return refused(Refusal.NOT_NOW)
    return refused(Refusal.NOT_NOW, first.actor, first.at)


def _line(act: HoldAct, now: datetime, reason: str) -> Line:
    said = f"{act.text} ({reason})" if act.text and reason not in act.text else reason
    return Line(actor=Actor(name=act.by.name, role=act.by.role), at=now, reason=said)
