"""Emergency repairs paid by the maintenance fund: the list, and the order of the steps."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
import yaml

from gateway.catalogue import Text

_FILE: Final = "emergency_items.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyItem:
    """One line of the emergency repair list."""

    code: str
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyList:
    """A version of the emergency repair list 紧急维修事项清单."""

    version: str
    basis: str
    items: tuple[EmergencyItem, ...]

    def item(self, code: str) -> EmergencyItem | None:
        """The line of a code."""
        return next((item for item in self.items if item.code == code), None)


class _Item(msgspec.Struct):
    code: str
    zh: str
    en: str


class _File(msgspec.Struct):
    version: str
    basis: str
    items: list[_Item]


@cache
def emergency_list() -> EmergencyList:
    """The list that the product brings."""
    text = (files("analytics.orders") / _FILE).read_text("utf-8")
    said = msgspec.convert(yaml.safe_load(text), _File)
    return EmergencyList(
        version=said.version,
        basis=said.basis,
        items=tuple(
            EmergencyItem(code=item.code, label=Text(zh=item.zh, en=item.en)) for item in said.items
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application to the fund as it stands.

    Attributes:
        is_approved: None: nobody has decided.
        amount_fen: Final amount [fen].
    """

    item: str
    applied_by: str
    is_approved: bool | None = None
    amount_fen: int | None = None
    is_public: bool = False
