"""What applying a registry would do, as values: steps, turns of timelines, and the plan of both."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.catalogue import Text
from ingest.registry.model import Asset, Gateway, Organisation, Place, Registry
from ingest.registry.recorded import TimelineKey, TimelineValue
from ingest.registry.span import SpanChange

Entity = Place | Organisation | Gateway | Asset


class Action(StrEnum):
    """What happens to a thing of the registry, in the order in which it is done."""

    CREATE = "create"
    MOVE = "move"
    REOPEN = "reopen"
    CHANGE = "change"
    RETIRE = "retire"


class TableName(StrEnum):
    """The tables of the registry."""

    PLACES = "places"
    ORGANISATIONS = "organisations"
    GATEWAYS = "gateways"
    ASSETS = "assets"
    MANAGEMENTS = "managements"
    RESPONSIBLE_PERSONS = "responsible_persons"
    BINDINGS = "bindings"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of a thing, before and after."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that is created, changed, moved, opened again or retired.

    Attributes:
        path: Path of a place after the step.
        before: Path of a place before the step.
    """

    table: TableName
    action: Action
    code: str
    value: Entity | None = None
    changes: tuple[FieldChange, ...] = ()
    path: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One change of an effective-dated timeline."""

    table: TableName
    key: TimelineKey
    change: SpanChange[TimelineValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What applying a registry at a time would do.

    Attributes:
        at: When changes of bindings and managements take effect.
        steps: In the order in which they are carried out.
        turns: Changes of timelines; ends come before beginnings.
        notes: What the files say and the recorded history does not admit; it stays as recorded.
        refusals: Why the plan cannot be applied; empty when it can.
    """

    registry: Registry
    at: datetime
    steps: tuple[Step, ...]
    turns: tuple[Turn, ...]
    notes: tuple[Text, ...] = ()
    refusals: tuple[Text, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the database already says what the files say."""
        return not self.steps and not self.turns
