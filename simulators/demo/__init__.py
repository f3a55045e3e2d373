"""The compounds that the demo and the replay run on, by name."""

from collections.abc import Callable
from typing import Final

from simulators.building import Compound
from simulators.demo.garden import garden
from simulators.demo.replay import replay
from simulators.errors import UnknownCompound

COMPOUNDS: Final[tuple[tuple[str, str, Callable[[], Compound]], ...]] = (
    ("demo", "registry", garden),
    ("replay", "replay_registry", replay),
)
"""Name, folder of its committed registry beside this file, and its definition."""


def compound_named(name: str) -> Compound:
    """The compound of that name.

    Raises:
        UnknownCompound: There is none; the message lists those that exist.
    """
    for known, _, build in COMPOUNDS:
        if known == name:
            return build()
    names = ", ".join(known for known, _, _ in COMPOUNDS)
    raise UnknownCompound(f"compound {name!r} is not declared; known are: {names}")
