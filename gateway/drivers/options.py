"""Checking a driver's options: a pydantic model in, a readable error out."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.catalogue import asset_class
from gateway.driver import DriverSettings
from gateway.errors import BadOptions, BadSettings
from gateway.mistake import sentence


class Options(BaseModel):
    """Base of every driver's options: unknown keys are refused, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=BaseModel)


def checked(
    model: type[M],
    values: object,
    where: str,
    inside: tuple[int | str, ...] | None = None,
) -> M:
    """The values as the model.

    Args:
        where: What the message begins with: a driver, or a file of its own.
        inside: Where in the driver's part of the configuration the values stand; None: elsewhere.

    Raises:
        BadSettings: Names the place and each field that is wrong.
        BadOptions: The same, for a driver's part of the configuration.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = [(one["loc"], sentence(one)) for one in error.errors()]
        if inside is not None:
            raise BadOptions(where, [((*inside, *loc), text) for loc, text in found]) from error
        lines = [f"{where}: {'.'.join(map(str, loc)) or 'content'}: {text}" for loc, text in found]
        raise BadSettings("\n".join(lines)) from error


def checked_options(model: type[M], settings: DriverSettings) -> M:
    """A driver's section as its model. Raises BadOptions."""
    return checked(model, settings.options, f"driver {settings.name!r}", ())


def require_metrics(class_name: str, units: Mapping[str, str | None]) -> None:
    """Whether a class of the catalogue has such metrics.

    Args:
        units: Metric to the unit it is read in; None: in the catalogue's own.

    Raises:
        ValueError: There is no such class, it lacks a metric, or the unit is another.
    """
    kind = asset_class(class_name)
    if kind.name != class_name:
        raise ValueError(f"{class_name!r} is no asset class")
    for name, unit in units.items():
        metric = kind.metric(name)
        if metric is None:
            raise ValueError(f"class {kind.name} has no metric {name!r}")
        if unit not in {None, metric.unit}:
            raise ValueError(f"{name} is in {metric.unit!r}, not in {unit!r}")
