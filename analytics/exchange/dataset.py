"""What can be given to other platforms: sets of records, their fields, and what of it is personal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.exchange.mask import Personal
from gateway.catalogue import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a record.

    Attributes:
        personal: What kind of personal data it holds.
    """

    name: str
    personal: Personal = Personal.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A set of records, each with an id that counts up.

    Attributes:
        fields: In the order in which its query gives them; `id` comes first.
    """

    name: str
    label: Text
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((one for one in self.fields if one.name == name), None)

    @property
    def names(self) -> list[str]:
        """The names of its fields."""
        return [one.name for one in self.fields]


def _fields(plain: str, personal: Mapping[str, Personal]) -> tuple[Field, ...]:
    return tuple(
        Field(name=name, personal=personal.get(name, Personal.NONE)) for name in plain.split()
    )


DATASETS: Final[Sequence[Dataset]] = (
    Dataset(
        name="orders",
        label=Text(zh="工单", en="Work orders"),
        fields=_fields(
            "id number state title detail source cause place_path asset owner assignee opened_at"
            " accepted_at arrived_at restored_at verified_at closed_at result",
            {
                "title": Personal.WORDS,
                "detail": Personal.WORDS,
                "assignee": Personal.NAME,
                "result": Personal.WORDS,
            },
        ),
    ),
    Dataset(
        name="alarms",
        label=Text(zh="报警", en="Alarms"),
        fields=_fields(
            "id event state severity is_life_safety is_drill confirmation text place_path asset"
            " responsible raised_at acknowledged_at acknowledged_by closed_at",
            {"text": Personal.WORDS, "acknowledged_by": Personal.NAME},
        ),
    ),
    Dataset(
        name="cases",
        label=Text(zh="案件", en="Cases"),
        fields=_fields(
            "id system number state category text contact place_path asset order reported_at"
            " received_at closed_at",
            {"text": Personal.WORDS, "contact": Personal.NUMBER},
        ),
    ),
    Dataset(
        name="assets",
        label=Text(zh="设备", en="Assets"),
        fields=_fields(
            "id code class name place_path maintainer registered_at commissioned_at retired_at", {}
        ),
    ),
    Dataset(
        name="measures",
        label=Text(zh="监督措施", en="Measures of supervision"),
        fields=_fields(
            "id number kind stage subject period place_path company due opened_at closed_at",
            {"subject": Personal.WORDS},
        ),
    ),
)


def dataset_of(name: str) -> Dataset | None:
    """The dataset of that name."""
    return next((one for one in DATASETS if one.name == name), None)
