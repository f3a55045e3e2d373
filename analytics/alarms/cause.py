"""Why an alarm was found real or false: a list of codes that is data."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import yaml

from gateway.catalogue import Group, Text

OTHER: Final = "other"
"""The code that needs words beside it."""
_EVERY_GROUP: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One code.

    Attributes:
        group: Group of the alarms that it fits, or `*`.
        is_real: Whether it belongs to a real alarm or to a false one.
    """

    code: str
    group: str
    is_real: bool
    label: Text


@cache
def causes() -> tuple[Cause, ...]:
    """Every code, in the order in which people choose."""
    text = (files("analytics") / "codes" / "causes.yaml").read_text("utf-8")
    return tuple(
        Cause(
            code=str(row["code"]),
            group=str(row["group"]),
            is_real=bool(row["is_real"]),
            label=Text(zh=str(row["zh"]), en=str(row["en"])),
        )
        for row in yaml.safe_load(text)
    )


def causes_of(group: Group, *, is_real: bool) -> tuple[Cause, ...]:
    """The codes that fit a judgement of an alarm of that group."""
    return tuple(
        cause
        for cause in causes()
        if cause.is_real is is_real and cause.group in (group, _EVERY_GROUP)
    )


def is_cause(code: str, group: Group, *, is_real: bool) -> bool:
    """Whether the code fits the judgement."""
    return any(cause.code == code for cause in causes_of(group, is_real=is_real))


def cause_of(code: str) -> Cause | None:
    """The cause with that code."""
    return next((cause for cause in causes() if cause.code == code), None)
