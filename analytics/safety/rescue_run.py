"""Rescues run on: opened by alarms, begun by people or by silence, handed on when nobody comes."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from analytics import loop_store
from analytics.alarms.alarm import AlarmId, Number, Word
from analytics.alarms.consequence import bureau_notices
from analytics.alarms.desk import Desk
from analytics.alarms.report import ConditionKey, Report
from analytics.alarms.store import BY_PLATFORM, PLATFORM, Actor
from analytics.alarms.subject import Line, Subject, answer_of, facts_of, lock_subject
from analytics.duties.matrix import OrganisationId, Party, resolve
from analytics.duties.responsibility import Responsibility, Spot, surroundings
from analytics.live import Announcement, Change
from analytics.loop_store import StoredOrder
from analytics.notices.notice import AlarmFacts, Notice, NoticeKind, Target
from analytics.safety import rescue, rescue_store
from analytics.safety import store as safety_store
from analytics.safety.plan import SafetyPlan
from analytics.safety.rescue import BEFORE_RELEASE, Pace, Rescue, Rescuer, Stage
from analytics.safety.rescue_store import Fact
from analytics.safety.store import Plans
from gateway.catalogue import Ending, event_kind
from gateway.stream import new_stream
from ingest.database import Connection

MUST_BE_CHECKED: Final = "lift_must_be_checked"
"""The condition of a lift that trapped somebody, until a qualified person has checked it."""
_REAL: Final = "real"
_FALSE: Final = "false"
_TRAPPED_SINCE: Final = "该时间之后又有困人报警 (trapped after that time)"
_KINDS: Final = {
    "dispatch": NoticeKind.RESCUE_DISPATCHED,
    "take_over": NoticeKind.RESCUE_TAKEN_OVER,
    "accept": NoticeKind.RESCUE_ACCEPTED,
    "arrive": NoticeKind.RESCUE_ARRIVED,
    "release": NoticeKind.RELEASED,
    "overdue": NoticeKind.RESCUE_OVERDUE,
    "check": NoticeKind.LIFT_CHECKED,
}


class RescueDesk:
    """Opens, begins, hands on and ends rescues inside the caller's transaction.

    Args:
        responsibility: Says who answers for what.
        desk: Records the alarm of a lift that must be checked.
    """

    def __init__(self, responsibility: Responsibility, desk: Desk | None = None) -> None:
        self._responsibility = responsibility
        self._desk = desk or Desk(responsibility)
        self._plans = Plans()

    def open_for(
        self, connection: Connection, plan: SafetyPlan, subject: Subject, now: datetime
    ) -> Rescue:
        """The rescue of an entrapment alarm: the lift's open one, its own again, or a new one."""
        pace = pace_of(plan, subject.place_path)
        facts = facts_of(connection, subject.id)
        found = self._open_one(connection, subject, facts, now)
        former = None if found else rescue_store.lock_of_alarm(connection, subject.id)
        if found is None and former is not None:
            found = rescue.reopen(former, facts.responsible, pace, now)
            rescue_store.save(connection, found)
            self._note(connection, found, "reopen", Line(actor=BY_PLATFORM, at=now))
        if found is None:
            found = Rescue(
                alarm_id=subject.id,
                asset_id=subject.asset_id,
                place_path=subject.place_path,
                stage=Stage.SUSPECTED,
                opened_at=now,
                owner=facts.responsible,
                due_at=now + pace.confirm,
            )
            found = replace(found, id=rescue_store.open_rescue(connection, found))
            self._note(connection, found, "open", Line(actor=BY_PLATFORM, at=now))
        if subject.confirmation == _REAL and found.stage is Stage.SUSPECTED:
            found = self.begin(connection, plan, found, Line(actor=BY_PLATFORM, at=now))
        return found

    def raised(
        self, connection: Connection, plan: SafetyPlan, subject: Subject, since: datetime
    ) -> Rescue:
        """An entrapment is raised: whoever came out of the lift before is not who is in it now."""
        found = self.open_for(connection, plan, subject, since)
        if found.stage is not Stage.RELEASED or found.released_at is None:
            return found
        if since <= found.released_at or facts_of(connection, subject.id).is_drill:
            return found
        line = Line(actor=BY_PLATFORM, at=since)
        return self._begin_again(connection, plan, found, subject.id, since, line)

    def released(
        self, connection: Connection, plan: SafetyPlan, held: Rescue, line: Line
    ) -> Rescue:
        """People are out since a time that may lie back: whoever was trapped after it is not."""
        if held.released_at is None:
            return held
        found = rescue_store.trapped_since(connection, held, held.released_at)
        if found is None:
            return held
        alarm_id, since = found
        said = Line(actor=BY_PLATFORM, at=line.at, reason=_TRAPPED_SINCE)
        return self._begin_again(connection, plan, held, alarm_id, since, said)

    def _begin_again(  # noqa: PLR0913, PLR0917 - what was raised, when, and when that is seen
        self,
        connection: Connection,
        plan: SafetyPlan,
        held: Rescue,
        alarm_id: AlarmId,
        since: datetime,
        line: Line,
    ) -> Rescue:
        """Its deadline counts from when the alarm was raised, whenever that is seen."""
        facts = facts_of(connection, alarm_id)
        pace = pace_of(plan, held.place_path)
        found = rescue.begin_again(held, facts.responsible, pace, since)
        rescue_store.save(connection, found)
        self._note(connection, found, "reopen", line)
        if facts.confirmation == _REAL:
            found = self.begin(connection, plan, found, line)
        return found

    def _open_one(
        self, connection: Connection, subject: Subject, facts: AlarmFacts, now: datetime
    ) -> Rescue | None:
        """The lift's open rescue; one of a drill ends where the alarm is real."""
        found = rescue_store.lock_of_asset(connection, subject.asset_id)
        if found is None or facts.is_drill:
            return found
        if facts_of(connection, found.alarm_id).is_drill:
            line = Line(
                actor=BY_PLATFORM, at=now, reason="演练中发生真实困人 (real, not the drill)"
            )
            self.record(connection, found, rescue.give_way(found, now), "refute", line)
            return None
        if found.stage is not Stage.SUSPECTED:
            self._mark_lift(connection, found, now, is_raise=True)
        return found

    def judged(
        self, connection: Connection, plan: SafetyPlan, subject: Subject, line: Line
    ) -> None:
        """A person has found the alarm real or false: rescuers are sent, or nobody needs them."""
        fresh = lock_subject(connection, subject.id) or subject
        if fresh.confirmation == _REAL:
            found = self.open_for(connection, plan, replace(fresh, confirmation=""), line.at)
            if found.stage is Stage.SUSPECTED:
                self.begin(connection, plan, found, line)
            return
        held = rescue_store.lock_of_asset(connection, subject.asset_id)
        if held is None or fresh.confirmation != _FALSE:
            return
        if rescue_store.are_others_trapped(connection, subject.id):
            return  # another alarm of the lift is not judged yet: the rescue goes on for it
        after = rescue.refute(held, pace_of(plan, held.place_path), line.at)
        if after is not None:
            self.record(connection, held, after, "refute", line)

    def follow_order(
        self, connection: Connection, stored: StoredOrder, line: Line, *, is_there: bool
    ) -> None:
        """Whoever takes the work order of an entrapment, or arrives by it, has the rescue too."""
        held = rescue_store.lock_of_asset(connection, stored.asset_id)
        if held is None or held.stage not in BEFORE_RELEASE:
            return
        plan = self._plans.at(connection, line.at)
        if held.stage is Stage.SUSPECTED:
            held = self.begin(connection, plan, held, line)
        pace = pace_of(plan, held.place_path)
        if is_there:
            after = rescue.arrive(held, stored.order.owner, pace, line.at)
        elif held.owner == stored.order.owner:
            rescuers = self.rescuers(connection, plan, held, line.at)
            after = rescue.accept(held, rescuers, line.at)
        else:
            return
        if after is not None:
            self.record(connection, held, after, "arrive" if is_there else "accept", line)

    def begin(self, connection: Connection, plan: SafetyPlan, held: Rescue, line: Line) -> Rescue:
        """Rescuers are sent."""
        rescuers = self.rescuers(connection, plan, held, line.at)
        after = rescue.begin(held, rescuers, pace_of(plan, held.place_path), line.at)
        self.record(connection, held, after, "dispatch", line)
        return after

    def take_due(
        self, connection: Connection, aside: list[int], seen: list[int], now: datetime
    ) -> bool:
        """Carry out one deadline that was missed; whether there was one."""
        held = rescue_store.claim_due(connection, aside, now)
        if held is None or held.id is None:
            return False
        seen.append(held.id)
        plan = self._plans.at(connection, now)
        line = Line(actor=BY_PLATFORM, at=now)
        if held.stage is Stage.SUSPECTED and _is_over(connection, held):
            after = rescue.refute(held, pace_of(plan, held.place_path), now) or held
            over = Line(
                actor=BY_PLATFORM, at=now, reason="设备已恢复且已有人确认 (cleared and seen)"
            )
            self.record(connection, held, after, "refute", over)
            return True
        rescuers = self.rescuers(connection, plan, held, now)
        after = rescue.overdue(held, rescuers, pace_of(plan, held.place_path), now)
        is_new_tier = after.tier != held.tier
        what = "dispatch" if held.tier == 0 and is_new_tier else "take_over"
        self.record(connection, held, after, what if is_new_tier else "overdue", line)
        return True

    def rescuers(
        self, connection: Connection, plan: SafetyPlan, held: Rescue, now: datetime
    ) -> tuple[Rescuer, ...]:
        """The tiers as they stand at the place of the lift."""
        spot = Spot(held.asset_id, held.place_path)
        there = surroundings(connection, [spot], now)[spot]
        limit = plan.rescue.arrival_at(held.place_path)
        found = []
        for tier in plan.rescue.tiers:
            organisation: OrganisationId | None = None
            if tier.to is Party.RESCUE_STATION:
                organisation = _station(connection, held)
            found.append(
                Rescuer(
                    organisation=organisation or resolve(tier.to, there),
                    accept=tier.accept,
                    arrive=tier.arrive or limit,
                )
            )
        return tuple(found)

    def record(
        self, connection: Connection, before: Rescue, after: Rescue, what: str, line: Line
    ) -> None:
        """Write a rescue, one line of its history, what follows for the lift and who is told."""
        rescue_store.save(connection, after)
        self._note(connection, after, what, line)
        facts = facts_of(connection, after.alarm_id)
        self._follow_lift(connection, before, after, facts, line.at)
        answer = answer_of(connection, self._responsibility, facts, line.at)
        kind = _KINDS.get(what)
        notices: list[Notice] = []
        if kind is not None:
            words = _words_of(connection, after, what, line)
            notices = bureau_notices(facts, answer, kind, words)
            told = dict.fromkeys([after.owner, facts.responsible])
            notices += [
                Notice(kind=kind, target=Target.DESK, facts=facts, organisation=one, note=words)
                for one in told
                if one is not None
            ]
        if what in ("dispatch", "take_over", "overdue") and after.owner is not None:
            call = NoticeKind.RESCUE_DISPATCHED
            notices.append(
                Notice(kind=call, target=Target.CALL, facts=facts, organisation=after.owner)
            )
        loop_store.add_notices(connection, notices, line.at)

    def _follow_lift(
        self,
        connection: Connection,
        before: Rescue,
        after: Rescue,
        facts: AlarmFacts,
        now: datetime,
    ) -> None:
        """From the first dispatch until its check the lift may not run."""
        begins = before.stage is Stage.SUSPECTED and after.is_open
        ends = before.is_open and not after.is_open
        if not facts.is_drill and (begins or ends):
            self._mark_lift(connection, after, now, is_raise=begins)

    def _mark_lift(
        self, connection: Connection, held: Rescue, now: datetime, *, is_raise: bool
    ) -> None:
        """Raise or end the alarm of a lift that must be checked, unless it is so already."""
        if rescue_store.is_marked(connection, held.asset_id, MUST_BE_CHECKED) == is_raise:
            return
        age = new_stream(round(now.timestamp() * 1000), 0)
        number = Number(age=age, seq=held.version, position=0, gateway=PLATFORM)
        report = Report(
            key=ConditionKey(held.asset_id, MUST_BE_CHECKED),
            asset_class=rescue_store.class_of(connection, held.asset_id),
            place_path=held.place_path,
            kind=event_kind(MUST_BE_CHECKED),
            word=Word(number=number, is_raise=is_raise, at=now, received_at=now),
        )
        self._desk.take_up(connection, [report], now)

    def _note(self, connection: Connection, held: Rescue, what: str, line: Line) -> None:
        if held.id is None:
            raise ValueError("a stored rescue has an id")
        fact = Fact(
            rescue_id=held.id,
            at=line.at,
            kind=what,
            actor=Actor(name=line.actor.name, role=line.actor.role),
            organisation=held.owner,
            words=line.reason,
        )
        rescue_store.add_facts(connection, [fact])
        self.announce(connection, held, line.at)

    def announce(self, connection: Connection, held: Rescue, now: datetime) -> None:
        """Show the alarm anew, and every other that speaks of people in the lift."""
        told = Announcement()
        told.add(Change.ALARM, held.alarm_id, held.place_path)
        for alarm_id, path in rescue_store.entrapments_of(connection, held.asset_id):
            told.add(Change.ALARM, alarm_id, path)
        told.write(connection, now)


def pace_of(plan: SafetyPlan, place_path: str) -> Pace:
    """The lengths of a rescue at a place."""
    found = plan.rescue
    return Pace(
        confirm=found.confirm,
        arrive=found.arrival_at(place_path),
        release=found.release,
        check=found.check,
    )


def _is_over(connection: Connection, held: Rescue) -> bool:
    """Whether the device says that it is over and a person has seen it: the alarm is closed.

    A pressed button is over as it happens, so that its closing says nothing of who is inside.
    """
    subject = lock_subject(connection, held.alarm_id)
    if subject is None or subject.is_open:
        return False
    if rescue_store.are_others_trapped(connection, held.alarm_id):
        return False
    return subject.kind.ending is not Ending.MOMENT


def _station(connection: Connection, held: Rescue) -> OrganisationId | None:
    there = rescue_store.where_is(connection, held.place_path)
    found = rescue.nearest_station(there, rescue_store.stations(connection))
    return None if found is None else found.organisation


def _words_of(connection: Connection, after: Rescue, what: str, line: Line) -> str:
    if what == "release":
        hurt = f",受伤{after.injured}人" if after.injured else ",无人受伤"
        return f"救出{after.people}人{hurt} {after.condition}".strip()
    if what in ("dispatch", "take_over") and after.owner is not None:
        return safety_store.organisation_name(connection, after.owner)
    if what == "overdue":
        late = after.legal_due_at is not None and line.at > after.legal_due_at
        return "已超过法定到场时限" if late and after.arrived_at is None else str(after.stage)
    return line.reason
