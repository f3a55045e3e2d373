"""A history in a folder: one columnar file a block, and the truth, which only a scorer reads."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from simulators.building import AssetCode
from simulators.errors import BadHistory
from simulators.history.plan import HistoryBlock, Truth

TRUTH: Final = "truth.jsonl"
_BLOCK: Final = "{number:04d}-{class_name}.npz"


def write_history(
    blocks: Iterable[HistoryBlock], folder: Path, tell: Callable[[HistoryBlock], None]
) -> int:
    """Write the blocks and their truth into a folder, which must hold no history yet.

    Args:
        blocks: As `simulate` gives them.
        folder: Made when it is missing. Gets `0000-lift.npz` and the like, with the arrays
            `values`, `hours`, `assets`, `columns`, and `truth.jsonl`.
        tell: Told each block that is written.

    Returns:
        How many blocks were written.

    Raises:
        BadHistory: The folder holds a history already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / TRUTH).exists():
        raise BadHistory(f"{folder} holds a history already; remove it or choose another folder")
    written = 0
    with (folder / TRUTH).open("wb") as truth:
        for number, block in enumerate(blocks):
            np.savez(
                folder / _BLOCK.format(number=number, class_name=block.class_name),
                values=block.values,
                hours=block.hours,
                assets=np.asarray(block.assets),
                columns=np.asarray(block.columns),
            )
            truth.writelines(msgspec.json.encode(one) + b"\n" for one in block.truth)
            tell(block)
            written += 1
    return written


def read_history(folder: Path) -> Iterator[HistoryBlock]:
    """The blocks of a folder, in their order, each with its truth.

    Raises:
        BadHistory: The folder holds no history, or a file of it cannot be read.
    """
    truth = read_truth(folder)
    for path in sorted(folder.glob("*.npz")):
        try:
            with np.load(path) as file:
                assets = tuple(AssetCode(str(code)) for code in file["assets"])
                mine = frozenset(assets)
                yield HistoryBlock(
                    class_name=path.stem.split("-", 1)[1],
                    assets=assets,
                    hours=file["hours"],
                    columns=tuple(str(name) for name in file["columns"]),
                    values=file["values"],
                    truth=tuple(one for one in truth if one.asset in mine),
                )
        except (OSError, ValueError, KeyError) as error:
            raise BadHistory(f"{path}: {error}") from error


def read_truth(folder: Path) -> tuple[Truth, ...]:
    """The truth of a history.

    Raises:
        BadHistory: There is none, or it cannot be read.
    """
    try:
        lines = (folder / TRUTH).read_bytes().splitlines()
        return tuple(msgspec.json.decode(line, type=Truth) for line in lines if line)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadHistory(f"{folder}: {error}") from error
