"""Rows as PostgreSQL's binary COPY wants them, built from numpy without a loop over rows.

Rows are grouped by which metrics are present, since an absent value has a length word and no
bytes. All groups of a class go into one COPY that names every column of its table.

References:
    PostgreSQL documentation, COPY, "Binary Format".
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.catalogue import AssetClass
from ingest.column import Block

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"
_EPOCH_MS: Final = 946_684_800_000
"""PostgreSQL counts microseconds from 1 January 2000."""


def columns_of(kind: AssetClass) -> tuple[str, ...]:
    """The columns that `rows` fills, in order."""
    return ("at", "asset_id", *(metric.name for metric in kind.metrics))


def copy_bytes(kind: AssetClass, blocks: Sequence[Block]) -> bytes:
    """A whole binary COPY of blocks of one class."""
    return b"".join((HEADER, *(part for block in blocks for part in _rows(kind, block)), TRAILER))


def _rows(kind: AssetClass, block: Block) -> Iterator[bytes]:
    if not len(block.at_ms):
        return
    names = [metric.name for metric in kind.metrics]
    places = np.array([names.index(name) for name in block.metrics], dtype=np.int64)
    present = ~np.isnan(block.values)
    if present.all():
        yield _pattern(kind, block, places, np.arange(len(places)), None)
        return
    bits = present @ (np.int64(1) << np.arange(len(places), dtype=np.int64))
    for pattern in np.unique(bits):
        chosen = np.flatnonzero((int(pattern) >> np.arange(len(places))) & 1)
        yield _pattern(kind, block, places, chosen, np.flatnonzero(bits == pattern))


def _pattern(
    kind: AssetClass,
    block: Block,
    places: NDArray[np.int64],
    chosen: NDArray[np.int64],
    rows: NDArray[np.int64] | None,
) -> bytes:
    """Rows that have values in the chosen columns only; `rows` None means all of them."""
    filled = {int(places[column]): int(column) for column in chosen}
    fields = [("fields", ">i2"), ("at_len", ">i4"), ("at", ">i8"), ("id_len", ">i4"), ("id", ">i4")]
    for place in range(len(kind.metrics)):
        fields.append((f"len{place}", ">i4"))
        if place in filled:
            fields.append((f"v{place}", ">f4"))
    one = np.zeros(1, dtype=np.dtype(fields))
    one["fields"], one["at_len"], one["id_len"] = 2 + len(kind.metrics), 8, 4
    for place in range(len(kind.metrics)):
        one[f"len{place}"] = 4 if place in filled else -1
    made = np.repeat(one, len(block.at_ms) if rows is None else len(rows))
    at, asset, values = block.at_ms, block.asset, block.values
    if rows is not None:
        at, asset, values = at[rows], asset[rows], values[rows]
    made["at"] = (at - _EPOCH_MS) * 1000
    made["id"] = asset
    for place, column in filled.items():
        made[f"v{place}"] = values[:, column]
    return made.tobytes()
