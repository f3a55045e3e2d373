"""How many days telemetry touches: each is a piece of a table, and a transaction makes only so many.

A device whose clock says another year with each value would have the database make thousands of
pieces at once: minutes in which nobody's telemetry is stored, and locks that others need.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.column import Block

DAY_MS: Final = 86_400_000
MOST_DAYS: Final = 1000
"""Days of classes that a message, or a transaction of several, may touch: some four seconds of work."""
_CLASS: Final = 1_000_000
_MESSAGE: Final = 100 * _CLASS


def touched(blocks: Sequence[Block]) -> int:
    """Days touched, each counted for each class; more than that where it is MOST_DAYS at most."""
    bound = sum(
        int(block.at_ms.max() - block.at_ms.min()) // DAY_MS + 1
        for block in blocks
        if len(block.at_ms)
    )
    return bound if bound <= MOST_DAYS else len(np.unique(_days(blocks) % _MESSAGE))


def scattered(blocks: Sequence[Block], messages: int) -> NDArray[np.bool_]:
    """Which messages of a batch touch more than MOST_DAYS, shape (messages,)."""
    if touched(blocks) <= MOST_DAYS:
        return np.zeros(messages, dtype=np.bool_)
    days = np.unique(_days(blocks)) // _MESSAGE
    counted = np.bincount(days, minlength=messages)
    return np.asarray(counted > MOST_DAYS, dtype=np.bool_)


def _days(blocks: Sequence[Block]) -> NDArray[np.int64]:
    """Message, class and day of each row, as one number."""
    numbers = {name: n for n, name in enumerate(sorted({block.kind.name for block in blocks}))}
    return np.concatenate(
        [
            block.message.astype(np.int64) * _MESSAGE
            + numbers[block.kind.name] * _CLASS
            + block.at_ms // DAY_MS
            for block in blocks
        ]
    )
