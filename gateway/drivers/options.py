"""Checking a driver's options: a pydantic model in, a readable error out."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.driver import DriverSettings
from gateway.errors import BadSettings


class Options(BaseModel):
    """Base of every driver's options: unknown keys are refused, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=BaseModel)


def checked(model: type[M], values: object, where: str) -> M:
    """The values as the model.

    Raises:
        BadSettings: Names the place and each field that is wrong.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        mistakes = [
            f"{where}: {'.'.join(str(part) for part in one['loc']) or 'content'}: {one['msg']}"
            for one in error.errors()
        ]
        raise BadSettings("\n".join(mistakes)) from error


def checked_options(model: type[M], settings: DriverSettings) -> M:
    """A driver's section as its model. Raises BadSettings."""
    return checked(model, settings.options, f"driver {settings.name!r}")
