"""Playbooks as data: what each event means, what usually causes it, and what speaks for a cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

import msgspec
import msgspec.yaml

from analytics.errors import BadPlaybook
from gateway.catalogue import ASSET_CLASSES, EVENT_KINDS

SAME: Final = "same"
"""In a rule: the event of the alarm itself."""
ANY: Final = "any"
Weight = Annotated[int, msgspec.Meta(ge=-5, le=5)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Hour = Annotated[int, msgspec.Meta(ge=0, le=23)]
Words = Annotated[str, msgspec.Meta(min_length=1)]


class _Rule(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="fact", kw_only=True
):
    weight: Weight
    """How much it speaks for the cause when it holds; negative: against it."""


class History(_Rule, tag="history", frozen=True):
    """The asset had such alarms before, within so many days."""

    event: str = SAME
    days: Literal[30, 90] = 30
    at_least: Positive = 2


class FalseBefore(_Rule, tag="false_before", frozen=True):
    """People found the same alarm of the asset to be false, within so many days."""

    days: Literal[30, 90] = 90
    at_least: Positive = 1


class Near(_Rule, tag="near", frozen=True):
    """Other assets nearby alarm now."""

    events: tuple[str, ...] = (ANY,)
    within: Literal["zone", "building", "compound"] = "building"
    at_least: Positive = 1


class Alone(_Rule, tag="alone", frozen=True):
    """Nothing else in the building alarms now."""


class Maintenance(_Rule, tag="maintenance", frozen=True):
    """Somebody works at the asset: an open order, or inspection mode."""


class Active(_Rule, tag="active", frozen=True):
    """Another condition of the asset is there now."""

    events: tuple[str, ...]


class Recent(_Rule, tag="recent", frozen=True):
    """The asset said something shortly before."""

    events: tuple[str, ...]
    minutes: Positive = 60


class Level(_Rule, tag="level", frozen=True):
    """The newest value lies beyond a limit [unit of the metric]."""

    metric: str
    above: float | None = None
    below: float | None = None


class Drift(_Rule, tag="trend", frozen=True):
    """The values of the last hours rise or fall by a share of their size."""

    metric: str
    direction: Literal["rising", "falling"]
    share: float = 0.1


class WarnedBefore(_Rule, tag="warned", frozen=True):
    """An early warning of the asset is open."""


class Hours(_Rule, tag="hours", frozen=True):
    """It came within hours of the day, at the place; they may pass midnight."""

    begin: Hour
    until: Hour


class Silent(_Rule, tag="silent", frozen=True):
    """Nothing is heard of the asset."""


class Unregistered(_Rule, tag="unregistered", frozen=True):
    """Nobody registered the asset."""


Rule = (
    History
    | FalseBefore
    | Near
    | Alone
    | Maintenance
    | Active
    | Recent
    | Level
    | Drift
    | WarnedBefore
    | Hours
    | Silent
    | Unregistered
)


class Bilingual(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A sentence in both languages."""

    zh: Words
    en: Words


class Cause(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Something that brings such an alarm about."""

    zh: Words
    en: Words
    evidence: tuple[Rule, ...] = ()


class Playbook(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What is known of one event, before anything is known of this alarm.

    Attributes:
        causes: Names of causes, the most usual first.
    """

    meaning: Bilingual
    causes: tuple[str, ...]
    first: tuple[Bilingual, ...] = ()


class PlaybookFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One file: events of one subject, and the causes that they name."""

    causes: dict[str, Cause]
    events: dict[str, Playbook]


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Every playbook."""

    playbooks: Mapping[str, Playbook]
    causes: Mapping[str, Cause]

    def of(self, event: str) -> Playbook | None:
        """The playbook of an event; None: nobody wrote one."""
        return self.playbooks.get(event)


def parse(source: str, name: str) -> PlaybookFile:
    """A file of playbooks.

    Raises:
        BadPlaybook: It is no YAML, a field is wrong, or an event or metric is not in the catalogue.
    """
    try:
        file = msgspec.yaml.decode(source, type=PlaybookFile)
    except msgspec.MsgspecError as error:
        raise BadPlaybook(f"{name}: {error}") from error
    wrong = _unknown_words(file)
    if wrong:
        raise BadPlaybook(f"{name}: {'; '.join(wrong)}")
    return file


def _unknown_words(file: PlaybookFile) -> list[str]:
    events = {kind.name for kind in EVENT_KINDS}
    metrics = {metric.name for item in ASSET_CLASSES for metric in item.metrics}
    wrong = [f"no event {event} in the catalogue" for event in file.events if event not in events]
    for name, cause in file.causes.items():
        for rule in cause.evidence:
            said = {*getattr(rule, "events", ()), getattr(rule, "event", SAME)}
            wrong += [f"{name}: no event {one}" for one in said - events - {SAME, ANY}]
            metric = getattr(rule, "metric", None)
            if metric is not None and metric not in metrics:
                wrong.append(f"{name}: no metric {metric}")
    return wrong


@cache
def library() -> Library:
    """The playbooks that come with the product.

    Raises:
        BadPlaybook: A file is wrong, an event stands twice, or a cause is nowhere.
    """
    playbooks: dict[str, Playbook] = {}
    causes: dict[str, Cause] = {}
    folder = files("analytics") / "playbooks"
    for path in sorted(folder.iterdir(), key=lambda one: one.name):
        if not path.name.endswith(".yaml"):
            continue
        file = parse(path.read_text("utf-8"), path.name)
        twice = (playbooks.keys() & file.events.keys()) | (causes.keys() & file.causes.keys())
        if twice:
            raise BadPlaybook(f"{path.name}: {', '.join(sorted(twice))} stands twice")
        playbooks |= file.events
        causes |= file.causes
    missing = {name for one in playbooks.values() for name in one.causes} - causes.keys()
    if missing:
        raise BadPlaybook(f"no cause {', '.join(sorted(missing))}")
    return Library(playbooks=playbooks, causes=causes)


def schema() -> bytes:
    """The JSON Schema of a file, for editors."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(PlaybookFile)), indent=1)
