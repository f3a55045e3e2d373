"""What machines get about holds, proposals and the load of desks."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class HoldModel(_Model):
    """What keeps alarms from the desk."""

    id: int
    kind: str = Field(examples=["shelved"], description="shelved, suppressed or out_of_service")
    condition: str | None = Field(description="Shelving: the condition")
    reason: str
    begun_at: datetime
    begun_by: str
    approved_by: str | None = Field(description="Out of service: the second person")
    due_at: datetime = Field(description="When it ends by itself")
    asset_code: str = Field(description="The first of its assets")
    assets: int = Field(description="How many assets it covers")
    alarms: int = Field(description="How many open alarms it keeps from the desk")


class ProposalModel(_Model):
    """What one person proposed and another has to approve."""

    id: int
    kind: str = Field(examples=["take_out"], description="take_out or write_off")
    alarm_id: int | None
    asset_id: int
    asset_code: str
    minutes: int
    reason: str
    proposed_at: datetime
    proposed_by: str
    lapses_at: datetime


class LoadModel(_Model):
    """Alarms of one desk in 10 minutes."""

    bucket: datetime = Field(description="Begin of the 10 minutes")
    desk: str = Field(description="The organisation that answers; empty: nobody")
    raised: int
    shown: int = Field(description="Those that stand behind no other; over 10 is a flood")
    life_safety: int
