"""Replay: a recorded CSV file goes through the line row by row, at its own pace or fast.

Every row is sent as it stands, duplicates of a time and holes included; nothing is thinned
unless asked for. The whole file is read once before the first row goes out, so a bad row stops
the replay before it begins, with its line and column. The place in the file is kept, so that a
gateway that starts again goes on where it was: after a kill its last seconds come twice, none is lost.
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from threading import Event as StopFlag
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, Field, model_validator

from gateway import clock
from gateway.driver import Driver, DriverSettings, Sink
from gateway.drivers.options import Options, checked, checked_options, require_metrics
from gateway.errors import BadSettings, DriverFailed
from gateway.sample import Sample

_KEEP_S = 5.0
"""How often the place in the recording is kept [s]."""
_FULL_PAUSE_S = 0.1
EPOCH_FORMATS = ("epoch_s", "epoch_ms")


def _checked_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone") from error
    return name


class TimeColumn(Options):
    """Where a row's time stands and how it is written."""

    column: str
    format: str = Field(description="as strptime reads it, or epoch_s, or epoch_ms")
    zone: Annotated[str, AfterValidator(_checked_zone)] = "UTC"


class MetricColumn(Options):
    """Where a metric stands; its value is multiplied by the scale."""

    column: str
    scale: float = 1.0


class Mapping(Options):
    """What the columns of a recording mean."""

    asset_class: str = Field(alias="class")
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8"
    time: TimeColumn
    metrics: dict[str, MetricColumn] = Field(min_length=1)
    ignore: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _metrics_exist(self) -> "Mapping":
        require_metrics(self.asset_class, dict.fromkeys(self.metrics))
        return self


class ReplayOptions(Options):
    """Options of the driver."""

    file: Path = Field(description="the recording")
    mapping: str = Field(description="a YAML file, or the name of a ready mapping: skab")
    asset: str = Field(default="replay-1", min_length=1, max_length=64)
    pace: Literal["real", "fast"] | Annotated[float, Field(gt=0)] = Field(
        default="fast", description="real, fast, or how many times faster than recorded"
    )
    report: Literal["all", "exception"] = Field(
        default="all", description="all rows, or only those that report by exception would send"
    )
    resume: bool = Field(
        default=True, description="go on after a restart; false: the whole file at each start"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the recording."""

    line: int
    at_ms: int
    values: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class _Layout:
    mapping: Mapping
    places: dict[str, int]
    zone: ZoneInfo


OPTIONS = ReplayOptions


def open_driver(settings: DriverSettings) -> Driver:
    """The replay driver. Raises BadSettings."""
    options = checked_options(ReplayOptions, settings)
    return Replay(options, load_mapping(options.mapping))


def load_mapping(name: str) -> Mapping:
    """A mapping from a YAML file, or a ready one by its name.

    Raises:
        BadSettings: It is not there, is not YAML, or says something impossible.
    """
    ready = files("gateway.drivers").joinpath("mappings", f"{name}.yaml")
    try:
        if name.replace("_", "").isalnum() and ready.is_file():
            text = ready.read_text(encoding="utf-8")
        else:
            text = Path(name).read_text(encoding="utf-8")
        values = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadSettings(f"mapping {name}: {error}") from error
    return checked(Mapping, values, f"mapping {name}")


def read_rows(lines: Iterator[str], mapping: Mapping) -> Iterator[Row]:
    """The rows of a recording, in the file's order.

    An empty cell and `nan` mean that the sensor was absent.

    Raises:
        DriverFailed: Names line and column of the first thing that cannot be read.
    """
    reader = csv.reader(lines, delimiter=mapping.delimiter)
    try:
        header = next(reader, None)
        if header is None:
            raise DriverFailed("line 1: the recording is empty")
        header[0] = header[0].removeprefix("\ufeff")
        layout = _Layout(mapping, _places(header, mapping), ZoneInfo(mapping.time.zone))
        for cells in reader:
            if cells:
                yield _row(reader.line_num, cells, layout)
    except csv.Error as error:
        raise DriverFailed(f"line {reader.line_num}: {error}") from error


def _places(header: list[str], mapping: Mapping) -> dict[str, int]:
    wanted = [mapping.time.column, *(metric.column for metric in mapping.metrics.values())]
    missing = [column for column in wanted if column not in header]
    if missing:
        raise DriverFailed(f"line 1: no column {', '.join(map(repr, missing))}")
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise DriverFailed(f"line 1: column {', '.join(map(repr, twice))} stands twice")
    known = {*wanted, *mapping.ignore}
    extra = [column for column in header if column not in known]
    if extra:
        raise DriverFailed(
            f"line 1: column {', '.join(map(repr, extra))} is neither mapped nor ignored"
        )
    return {column: place for place, column in enumerate(header)}


def _row(line: int, cells: list[str], layout: _Layout) -> Row:
    mapping, places = layout.mapping, layout.places
    if len(cells) != len(places):
        raise DriverFailed(f"line {line}: {len(cells)} cells, the header has {len(places)}")
    at_ms = _time_ms(line, cells[places[mapping.time.column]], mapping.time, layout.zone)
    values = {
        name: _value(line, metric, cells[places[metric.column]])
        for name, metric in mapping.metrics.items()
    }
    return Row(line=line, at_ms=at_ms, values=values)


def _time_ms(line: int, cell: str, time: TimeColumn, zone: ZoneInfo) -> int:
    try:
        if time.format in EPOCH_FORMATS:
            return round(float(cell) * (1000 if time.format == "epoch_s" else 1))
        read = datetime.strptime(cell.strip(), time.format)  # noqa: DTZ007 - zone comes next
    except (ValueError, OverflowError) as error:
        raise DriverFailed(
            f"line {line}, column {time.column}: {cell!r} is not a time like {time.format}"
        ) from error
    aware = read if read.tzinfo else read.replace(tzinfo=zone)
    return round(aware.timestamp() * 1000)


def _value(line: int, metric: MetricColumn, cell: str) -> float | None:
    text = cell.strip()
    if not text or text.lower() == "nan":
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise DriverFailed(
            f"line {line}, column {metric.column}: {cell!r} is not a number"
        ) from error
    if not math.isfinite(value):
        raise DriverFailed(f"line {line}, column {metric.column}: {cell!r} is not finite")
    return value if metric.scale == 1.0 else value * metric.scale


@dataclass(slots=True)
class _Place:
    """How far a recording was read.

    Attributes:
        mark: What tells this recording from another.
        line: The last line that was taken.
        kept: The last line that is known to be stored.
    """

    mark: str
    line: int = 0
    kept: int = 0
    kept_s: float = 0.0


class Replay:
    """Plays one file once."""

    def __init__(self, options: ReplayOptions, mapping: Mapping) -> None:
        self._options = options
        self._mapping = mapping

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Send every row, then return. Raises DriverFailed before the first one goes out."""
        for _row in self._rows():
            if stop.is_set():
                return
        is_exact = self._options.report == "all"
        place = self._place(sink)
        before_ms: int | None = None
        for row in self._rows():
            if row.line <= place.kept:
                continue
            if stop.wait(self._pause_s(before_ms, row.at_ms)):
                break
            before_ms = row.at_ms
            sample = Sample(asset=self._options.asset, at_ms=row.at_ms, values=row.values)
            sink.sample(sample, self._mapping.asset_class, exact=is_exact)
            place.line = row.line
            if clock.steady_s() - place.kept_s >= _KEEP_S:
                self._keep(place, sink)
        while not self._keep(place, sink) and not stop.wait(_FULL_PAUSE_S):
            continue  # No room yet for the last rows.

    def _place(self, sink: Sink) -> _Place:
        """Where the same recording was left; its beginning for another one."""
        try:
            found = self._options.file.stat()
        except OSError as error:
            raise DriverFailed(f"{self._options.file}: {error}") from error
        place = _Place(mark=f"{found.st_size}-{found.st_mtime_ns}:", kept_s=clock.steady_s())
        for asset, word in sink.notes() if self._options.resume else []:
            if asset == self._options.asset and word.startswith(place.mark):
                place.kept = max(place.kept, int(word.removeprefix(place.mark)))
            else:
                sink.note(asset, word, stands=False)
        place.line = place.kept
        return place

    def _keep(self, place: _Place, sink: Sink) -> bool:
        """Keep the place, once all that was taken is stored; whether it was."""
        place.kept_s = clock.steady_s()
        if not self._options.resume or place.line == place.kept:
            return True
        if not sink.flush():
            return False
        asset, former = self._options.asset, place.kept
        sink.note_all(
            [
                (asset, f"{place.mark}{place.line}", True),
                (asset, f"{place.mark}{former}", False),
            ]
        )
        place.kept = place.line
        return True

    def _pause_s(self, before_ms: int | None, at_ms: int) -> float:
        pace = self._options.pace
        if pace == "fast" or before_ms is None:
            return 0.0
        speed = 1.0 if pace == "real" else pace
        return max(at_ms - before_ms, 0) / 1000 / speed

    def _rows(self) -> Iterator[Row]:
        path = self._options.file
        try:
            with path.open(encoding=self._mapping.encoding, newline="") as lines:
                yield from read_rows(lines, self._mapping)
        except (OSError, UnicodeError, LookupError) as error:
            raise DriverFailed(f"{path}: {error}") from error
        except DriverFailed as error:
            raise DriverFailed(f"{path}: {error}") from error
