"""What is told once in a while, core: a message that nothing reads may be an alarm each time it comes.

Told each time it would flood the desk; told once for ever, the alarm that somebody closed would hide
the next one. Bounded: of too many, the one told longest ago is forgotten, and told again.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
AGAIN_S: Final = 3600.0
"""What still comes is told again after so long [s]."""
_MOST: Final = 10_000


@dataclass(slots=True)
class OnceInAWhile(Generic[Key]):
    """When each thing was told."""

    again_s: float = AGAIN_S
    most: int = _MOST
    _told_s: OrderedDict[Key, float] = field(default_factory=OrderedDict)

    def is_due(self, key: Key, now_s: float) -> bool:
        """Whether it should be told."""
        told_s = self._told_s.get(key)
        return told_s is None or now_s - told_s >= self.again_s

    def told(self, key: Key, now_s: float) -> None:
        """Note that it is stored."""
        self._told_s[key] = now_s
        self._told_s.move_to_end(key)
        while len(self._told_s) > self.most:
            self._told_s.popitem(last=False)
