"""What machines get of the loop's records: pydantic models, made straight from rows."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """Something that is read and never changed here."""

    model_config = ConfigDict(frozen=True)


class Incident(Record):
    """Alarms with one cause."""

    id: int = Field(examples=[31])
    rule: str = Field(description="The rule that joined them", examples=["gateway"])
    cause_zh: str = Field(examples=["网关断线"])
    cause_en: str = Field(examples=["Gateway is silent"])
    place_path: str
    opened_at: datetime
    closed_at: datetime | None
    head_id: int | None = Field(description="The alarm that stands for all")
    alarms: int


class AlarmNumber(Record):
    """An alarm of an incident."""

    id: int = Field(examples=[4711])


class RunningClock(Record):
    """A deadline that runs."""

    id: int
    kind: str = Field(examples=["arrive"])
    alarm_id: int | None
    order_id: int | None
    step: int = Field(description="Link of the chain that is told when it is missed")
    started_at: datetime
    due_at: datetime


class RescueModel(Record):
    """A rescue with who has it and its running deadline."""

    id: int
    alarm_id: int
    stage: str = Field(examples=["dispatched"])
    tier: int
    owner_zh: str
    due_at: datetime | None
    began_at: datetime | None
    legal_due_at: datetime | None
    accepted_at: datetime | None
    arrived_at: datetime | None
    released_at: datetime | None
    people: int | None
    injured: int | None
    checked_by: str | None
    closed_at: datetime | None


class RescueFactModel(Record):
    """One thing that happened in a rescue."""

    at: datetime
    kind: str = Field(examples=["call"])
    actor: str
    organisation_zh: str
    is_answered: bool | None
    people_heard: int | None
    words: str


class RescueDetail(Record):
    """A rescue with everything that happened in it, oldest first."""

    rescue: RescueModel
    facts: list[RescueFactModel]


class DrillModel(Record):
    """A drill or a test."""

    id: int
    kind: str = Field(examples=["drill"])
    scope: str = Field(examples=["zone"])
    subject: str = Field(examples=["garden/loop-3"])
    reason: str
    proposed_by: str
    approved_by: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    assets: int


class PostCheckModel(Record):
    """A duty check."""

    id: int
    place: str
    reason: str = Field(examples=["random"])
    asked_by: str
    asked_at: datetime
    state: str = Field(examples=["unanswered"])
    due_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None


class DutyLine(Record):
    """A line of the responsibility matrix in force."""

    id: int
    line: int = Field(description="Its place in the file")
    key: str = Field(examples=["entrapment"])
    event: str = Field(description="Event, @group, or *", examples=["entrapment"])
    asset_class: str = Field(examples=["lift"])
    place_path: str | None = Field(description="null: everywhere")
    calendar: str = Field(examples=["always"])
    responsible: str = Field(description="Kind of organisation", examples=["property_company"])
    joint: list[str]
    chain: list[str] = Field(description="Told one after another when nobody acknowledges")
    opens_order: bool
    order_to: str
    tells_bureau: bool
    acknowledge_s: int = Field(description="[s]", examples=[60])
    confirm_s: int | None
    accept_s: int | None
    arrive_s: int | None
    restore_s: int | None
    close_s: int | None
    note_zh: str
    note_en: str
    basis: str = Field(description="Law, standard or rule")


class OrganisationModel(Record):
    """An organisation."""

    id: int
    code: str = Field(examples=["property"])
    kind: str = Field(examples=["property_company"])
    name_zh: str
    name_en: str


class NoticeModel(Record):
    """What was sent to whom, and whether it has arrived."""

    id: str = Field(examples=["0b6f5c0e-7b1c-4d53-9a7c-0b2f6a1f4e11"])
    alarm_id: int | None
    order_id: int | None
    organisation: str = Field(description="Code; empty: an endpoint", examples=["property"])
    target: str = Field(examples=["desk"])
    kind: str = Field(examples=["alarm.opened"])
    is_life_safety: bool
    created_at: datetime
    state: str = Field(examples=["delivered"])
    attempts: int
    delivered_at: datetime | None
    receipt: str | None


class MessageModel(Record):
    """What one contact got of a notice."""

    id: str = Field(examples=["5a2f5c0e-7b1c-4d53-9a7c-0b2f6a1f4e12"])
    organisation: str
    role: str = Field(examples=["desk"])
    channel: str = Field(examples=["call"])
    round: int
    state: str = Field(examples=["delivered"])
    attempts: int
    delivered_at: datetime | None
    read_at: datetime | None
    taken_at: datetime | None


class PlanModel(Record):
    """A duty by the calendar."""

    id: int
    kind: str = Field(examples=["lift_maintenance"])
    asset: str = Field(description="Code; empty: it is about the place")
    place: str = Field(description="Code; empty: it is about the asset")
    every: str = Field(examples=["half_month"])
    starts_on: date
    ended_at: datetime | None


class PlanPeriod(Record):
    """One turn of a plan."""

    number: int
    depth: str = Field(description="half_month, quarter, half_year or year", examples=["quarter"])
    begins_on: date
    due_at: datetime
    order_id: int | None
    evidence: str
    done_at: datetime | None


class CheckpointModel(Record):
    """A point of a round."""

    code: str = Field(examples=["P-0001"])
    name_zh: str
    name_en: str
    place: str
    asset: str
    passed_at: datetime | None = Field(description="When somebody was there last")


class ReportModel(Record):
    """What somebody reported; how to reach who did is left out."""

    id: int
    source: str = Field(description="resident, hotline or round", examples=["round"])
    case_number: str
    category: str = Field(examples=["fire_lane_blocked"])
    place_path: str
    asset: str
    checkpoint: str | None
    text: str
    reported_at: datetime
    alarm_id: int | None
    order_id: int | None


class WarningModel(Record):
    """An early warning: what will fail, by when, why."""

    id: int
    asset: str
    place_path: str
    detector: str
    metric: str = Field(examples=["motor_temp"])
    score: float = Field(description="0 to 1", examples=[0.8])
    raised_at: datetime
    refreshed_at: datetime
    expected_from: datetime | None
    expected_until: datetime | None
    reason_zh: str
    reason_en: str
    settled_at: datetime | None
    settlement: str | None = Field(description="hit, early, late, false or withdrawn")


class HandoverModel(Record):
    """A compound passes to another organisation."""

    id: int
    place_path: str
    at: datetime
    kind: str
    from_organisation: str
    to_organisation: str
    state: str = Field(examples=["done"])
    reason: str
    planned_at: datetime
    done_at: datetime | None
    moved: int = Field(description="Open alarms and orders that passed")


class AssetModel(Record):
    """A thing that can break."""

    id: int = Field(examples=[12])
    code: str = Field(examples=["L-0007"])
    asset_class: str = Field(examples=["lift"])
    name_zh: str
    name_en: str
    zone: str
    place_path: str
    maintainer: str = Field(description="Code of the organisation")
    commissioned_at: datetime | None
    retired_at: datetime | None


class ScoreModel(Record):
    """A company's score as it was published."""

    id: int
    period: str = Field(examples=["2026-11"])
    place_path: str
    company: str
    company_zh: str
    rank: int
    measured_by: str = Field(examples=["total"])
    equipment: float = Field(description="0 to 100, from the loop's own facts")
    total: float | None = Field(description="0 to 100 with the owners' 60 %")
    answers: int
    coverage: float
    digest: str
    published_at: datetime


class MeasureModel(Record):
    """A measure of supervision."""

    id: int
    number: str = Field(examples=["J2026-00001"])
    kind: str = Field(examples=["rectification"])
    company: str
    company_zh: str
    place_path: str
    period: str
    subject: str
    stage: str = Field(examples=["issued"])
    due: date | None
    appeal_until: date | None
    version: int
    opened_at: datetime
    closed_at: datetime | None


class MeasureStepModel(Record):
    """One step of a measure."""

    at: datetime
    step: str = Field(examples=["issue"])
    to_stage: str
    actor: str
    actor_role: str
    reason: str
    due: date | None
    appeal_until: date | None


class MeasureDetail(Record):
    """A measure with its history, oldest first."""

    measure: MeasureModel
    steps: list[MeasureStepModel]


class InspectionModel(Record):
    """Marks of an inspector."""

    id: int
    company: str
    place_path: str
    aspect: str = Field(examples=["equipment"])
    marks: float = Field(examples=[85.0])
    note: str
    actor: str
    inspected_at: datetime


class CaseModel(Record):
    """A case of another platform; how to reach who reported it is left out."""

    id: int
    system: str = Field(examples=["hotline-12345"])
    number: str = Field(examples=["12345-20261122-0007"])
    revision: int
    version: int
    state: str = Field(examples=["undertaken"])
    category: str = Field(examples=["lift_fault"])
    text: str
    place_path: str
    asset: str
    reported_at: datetime
    received_at: datetime
    closed_at: datetime | None
    alarm_id: int | None
    order_id: int | None
    order_number: str
    has_own_order: bool = Field(description="false: an order under way does the same work")
    undertake_due_at: datetime | None
    feedback_due_at: datetime | None


class CaseStepModel(Record):
    """One step of a case, as its sender was told."""

    version: int
    at: datetime
    step: str = Field(examples=["undertaken"])
    to_state: str
    note: str


class CaseDetail(Record):
    """A case with its history, oldest first."""

    case: CaseModel
    steps: list[CaseStepModel]


class CaseSystemModel(Record):
    """A platform that sends cases."""

    code: str = Field(examples=["hotline-12345"])
    name_zh: str
    name_en: str
    place_path: str
    undertake_min: int
    feedback_min: int
    is_told: bool = Field(description="Status changes go back by webhook")
