"""Silence of assets that have no values: the driver that asks them knows it, and nobody else can.

The platform tells the silence of classes with metrics by itself; a panel or contact that is polled for its
status bits would fall silent unheard.
"""

from typing import Final, Literal

from gateway.catalogue.platform import ASSET_SILENT
from gateway.wire import WireEvent

AFTER_LOOKS: Final = 3
"""Looks in a row without an answer after which an asset is silent; one alone is the line's noise."""


def silence(asset: str, at_ms: int, state: Literal["raise", "clear"]) -> WireEvent:
    """The condition that an asset without values is silent."""
    return WireEvent(
        asset=asset,
        at=at_ms,
        event=ASSET_SILENT.name,
        state=state,
        code_system="edge",
        code="silent",
    )
