"""What machines get of rescues, drills and duty checks."""

from datetime import datetime

from pydantic import Field

from analytics.safety.plan import Scope
from analytics.safety.rescue import Stage
from dashboards.console.field import one_of
from dashboards.console.record import Record


class RescueModel(Record):
    """A rescue with who has it and its running deadline."""

    id: int = Field(description="Number of the rescue")
    alarm_id: int = Field(description="Number of its entrapment alarm", examples=[4711])
    stage: str = Field(description=one_of(Stage), examples=["dispatched"])
    tier: int = Field(
        description="Who has it in the line of rescuers: 0 the desk, then the tiers of the plan",
        examples=[1],
    )
    owner_zh: str = Field(description="Who has it, Chinese; empty: nobody")
    due_at: datetime | None = Field(
        description="The one running deadline: confirm, accept, arrive, release or check"
    )
    began_at: datetime | None = Field(description="First dispatch; null: still suspected")
    legal_due_at: datetime | None = Field(
        description="Arrival by law, counted from the beginning whoever goes"
    )
    accepted_at: datetime | None = Field(description="When a rescuer said that they go")
    arrived_at: datetime | None = Field(description="When rescuers were on site")
    released_at: datetime | None = Field(description="When the people were out")
    people: int | None = Field(description="How many came out; null: none yet", examples=[2])
    injured: int | None = Field(description="How many of them are hurt", examples=[0])
    checked_by: str | None = Field(description="User name of who checked the lift after it")
    closed_at: datetime | None = Field(description="When it was over; null: it is open")


class RescueFactModel(Record):
    """One thing that happened in a rescue."""

    at: datetime = Field(description="When it happened")
    kind: str = Field(
        description="open, call, dispatch, take_over, overdue, accept, arrive, release, check, ...",
        examples=["call"],
    )
    actor: str = Field(description="User name, or `platform`", examples=["zhang"])
    organisation_zh: str = Field(
        description="Who did it, or who had the rescue then, Chinese; empty: nobody"
    )
    is_answered: bool | None = Field(description="call: whether somebody inside spoke")
    people_heard: int | None = Field(description="call: how many were heard; null: not known")
    words: str = Field(description="What was said or found", examples=["轿厢内2人,情绪稳定"])


class RescueDetail(Record):
    """A rescue with everything that happened in it, oldest first."""

    rescue: RescueModel = Field(description="The rescue as it is now")
    facts: list[RescueFactModel] = Field(description="Oldest first")


class DrillModel(Record):
    """A drill or a test."""

    id: int = Field(description="Number of the drill")
    kind: str = Field(description="drill 演练 or test 测试", examples=["drill"])
    scope: str = Field(description=one_of(Scope), examples=["zone"])
    subject: str = Field(
        description="Code of the panel, lift or compound, or compound/zone",
        examples=["garden/loop-3"],
    )
    reason: str = Field(description="Why it is held")
    proposed_by: str = Field(description="User name", examples=["zhang"])
    approved_by: str | None = Field(description="The second person; null: only proposed")
    starts_at: datetime | None = Field(description="When the second person began it")
    ends_at: datetime | None = Field(
        description="From then on an alarm is real, whether somebody has ended it or not"
    )
    ended_at: datetime | None = Field(description="When it ended; null: it has not")
    ended_by: str | None = Field(description="User name, or `platform` at its limit")
    assets: int = Field(description="How many assets take part, fixed when it was proposed")


class PostCheckModel(Record):
    """A duty check."""

    id: int = Field(description="Number of the check")
    place: str = Field(description="Code of the compound whose desk is asked", examples=["garden"])
    reason: str = Field(description="random or demand", examples=["random"])
    asked_by: str = Field(description="User name, or `platform`", examples=["platform"])
    asked_at: datetime = Field(description="When the desk was asked")
    state: str = Field(description="waiting, answered or unanswered", examples=["unanswered"])
    due_at: datetime | None = Field(description="Until when the desk has to answer")
    answered_at: datetime | None = Field(description="When it answered")
    answered_by: str | None = Field(description="User name of who answered", examples=["zhang"])
