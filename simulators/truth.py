"""The truth file: one JSON line for each fact; read by a scorer and by nothing of the product."""

from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import msgspec

from simulators.errors import TruthUnwritable
from simulators.faults import EXPECTED_EVENTS, Fact


class TruthLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the file.

    Attributes:
        stage: planned, onset, shown, failed or ended.
        at: When, as the devices stamp their samples [ms UTC].
        elapsed_s: When, from the start of the scenario [s].
        expects: Events that a platform which sees the symptoms should come to.
    """

    fault: str
    stage: str
    kind: str
    asset: str
    cause: str
    at: int
    elapsed_s: int
    ends_s: int | None = None
    expects: list[str] = []
    note: str = ""


_ENCODER: Final = msgspec.json.Encoder()


def truth_line(told: Fact) -> TruthLine:
    """The fact as a line."""
    fault = told.fault
    return TruthLine(
        fault=fault.id,
        stage=told.stage,
        kind=fault.kind,
        asset=fault.asset,
        cause=fault.cause,
        at=told.at_ms,
        elapsed_s=told.elapsed_s,
        ends_s=fault.ends_s,
        expects=list(EXPECTED_EVENTS[fault.kind]),
        note=told.note,
    )


def encode_truth(told: Fact) -> bytes:
    """The fact as a line of the file, with its end."""
    return _ENCODER.encode(truth_line(told)) + b"\n"


def read_truth(path: Path) -> tuple[TruthLine, ...]:
    """All lines of a truth file, in their order."""
    lines = path.read_bytes().splitlines()
    return tuple(msgspec.json.decode(line, type=TruthLine) for line in lines if line.strip())


class TruthFile:
    """Writes facts as they come true. Without a path, it keeps nothing."""

    def __init__(self, path: Path | None, *, is_continued: bool = False) -> None:
        """A file that is begun anew on entering, or continued without telling anything twice."""
        self._path, self._is_continued = path, is_continued
        self._known: frozenset[tuple[str, str]] = frozenset()
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Open the file; unless it is continued, a former play's truth at its path is over."""
        if self._path is not None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                if self._is_continued and self._path.exists():
                    self._known = frozenset((ln.fault, ln.stage) for ln in read_truth(self._path))
                self._file = self._path.open("ab" if self._is_continued else "wb")
            except (OSError, msgspec.MsgspecError) as error:
                raise TruthUnwritable(f"truth file {self._path}: {error}") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def tell(self, *facts: Fact) -> None:
        """Write the facts through, so that a reader sees them at once."""
        new = [told for told in facts if (told.fault.id, told.stage) not in self._known]
        if self._file is None or not new:
            return
        try:
            self._file.writelines(encode_truth(told) for told in new)
            self._file.flush()
        except OSError as error:
            raise TruthUnwritable(f"truth file {self._path}: {error}") from error
