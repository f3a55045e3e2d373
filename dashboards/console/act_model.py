"""What people and machines may ask for, and what they are told became of it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboards.console.field import one_of
from dashboards.console.role import Role


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class _ActIn(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field("", max_length=500, description="Reason, note or comment")


Version = Annotated[
    int | None,
    Field(ge=1, le=2**31 - 1, description="The version that was seen, instead of If-Match"),
]
Minutes = Annotated[int | None, Field(ge=1, le=100_000, description="For how long [min]")]


class AlarmActIn(_ActIn):
    """What a person does to an alarm."""

    kind: Literal[
        "acknowledge",
        "confirm_real",
        "confirm_false",
        "reset",
        "comment",
        "take_over",
        "shelve",
        "unshelve",
        "write_off_propose",
        "dispatch",
        "take_back",
    ] = Field(description="What is done to the alarm", examples=["acknowledge"])
    version: Version = None
    minutes: Minutes = None
    cause: str = Field("", max_length=40, description="Code of why it was real or false")
    organisation: str = Field(
        "", max_length=60, description="Of dispatch: code of who is to do the work"
    )
    order_version: int | None = Field(
        None,
        ge=0,
        le=2**31 - 1,
        description="Of dispatch: `order_version` of the alarm as it was seen; 0: it had no order",
    )
    technician: str = Field(
        "", max_length=60, description="Of dispatch: user name of who of it is to go; may be empty"
    )


class OrderActIn(_ActIn):
    """What a person does to an order."""

    kind: Literal[
        "order_accept",
        "order_decline",
        "order_arrive",
        "order_restore",
        "order_verify",
        "order_close",
        "order_assign",
        "order_reopen",
    ] = Field(description="The step of the order", examples=["order_accept"])
    version: Version = None
    technician: str = Field("", max_length=40, description="order_assign: log-in name")


class AssetActIn(_ActIn):
    """What a person does to an asset."""

    kind: Literal["take_out_propose", "return_to_service"] = Field(
        description="Propose to take it out of service 停用, or bring it back",
        examples=["take_out_propose"],
    )
    minutes: Minutes = None


class ProposalActIn(_ActIn):
    """What a second person says."""

    kind: Literal["proposal_approve", "proposal_decline"] = Field(
        description="Agree or refuse", examples=["proposal_approve"]
    )


class ActOut(_Answer):
    """What became of an act."""

    state: str = Field(
        description="done (200); waiting (202): kept, the alarm process carries it out",
        examples=["done"],
    )
    message: str = Field(
        description="The same in a sentence, in the language of the request", examples=["已完成"]
    )


class SessionIn(_Answer):
    """A log-in."""

    name: str = Field(max_length=100, description="User name", examples=["zhang"])
    password: str = Field(max_length=500, description="Password, never stored or logged")


class SessionOut(_Answer):
    """A session; the token goes into the header `Authorization: Bearer`."""

    token: str = Field(description="Given this once; the server keeps its hash alone")
    expires_at: datetime = Field(description="When it ends, whatever is asked meanwhile")
    role: str = Field(description=one_of(Role), examples=["operator"])
