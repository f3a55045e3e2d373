"""What machines get about holds, proposals and the load of desks."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from analytics.holds.hold import HoldKind
from dashboards.console.field import AssetCode, OfAlarm, one_of


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class HoldModel(_Model):
    """What keeps alarms from the desk."""

    id: int = Field(description="Number of the hold")
    kind: str = Field(description=one_of(HoldKind), examples=["shelved"])
    condition: str | None = Field(description="Shelving: the condition")
    reason: str = Field(description="Why")
    begun_at: datetime = Field(description="Since when")
    begun_by: str = Field(description="User name, or `platform`", examples=["zhang"])
    approved_by: str | None = Field(description="Out of service: the second person")
    due_at: datetime = Field(description="When it ends by itself")
    asset_code: str = Field(description="The first of its assets")
    assets: int = Field(description="How many assets it covers")
    alarms: int = Field(description="How many open alarms it keeps from the desk")


class ProposalModel(_Model):
    """What one person proposed and another has to approve."""

    id: int = Field(description="Number of the proposal")
    kind: str = Field(
        description="take_out: the asset out of service 停用; write_off: end the alarm of something"
        " that is not there any more",
        examples=["take_out"],
    )
    alarm_id: OfAlarm
    asset_id: int = Field(description="Number of the asset", examples=[12])
    asset_code: AssetCode
    minutes: int = Field(description="take_out: for how long [min]", examples=[240])
    reason: str = Field(description="Why")
    proposed_at: datetime = Field(description="When it was proposed")
    proposed_by: str = Field(description="User name of the first person", examples=["zhang"])
    lapses_at: datetime = Field(description="When it is off the table, unless somebody agreed")


class LoadModel(_Model):
    """Alarms of one desk in 10 minutes."""

    bucket: datetime = Field(description="Begin of the 10 minutes")
    desk: str = Field(description="The organisation that answers; empty: nobody")
    raised: int = Field(description="All that were raised")
    shown: int = Field(description="Those that stand behind no other; over 10 is a flood")
    life_safety: int = Field(description="Fire and entrapment among them")
