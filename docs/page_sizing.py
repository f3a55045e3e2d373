"""The page of sizes: what a compound, a district and a city need, from what was measured."""  # noqa: INP001

import json
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

_MEASURED: Final = Path(__file__).with_name("measured.json")
CITY_COMPOUNDS: Final = 2_632
"""Hefei, 2019; the reasoning behind the rates is in the design, section Budgets."""
AVERAGE_PER_COMPOUND: Final = 113_000 / CITY_COMPOUNDS
PEAK_PER_COMPOUND: Final = 216_000 / CITY_COMPOUNDS
"""Samples a second of one compound: 15 lifts, 70 water and electrical points, 950 fire points."""
BUSY: Final = 0.60
"""Share of the processors at the peak hour; the rest is for floods of alarms and for repair."""
IDLE_CORES: Final = 0.25
"""What the processes and two servers use without any load (looks, heartbeats); an estimate."""
DAY_S: Final = 86_400
COMPRESSED: Final = 2.0
"""Budget of the Community edition, not measured on a server of ours [B/sample]."""
_GIB: Final = 1024**3
_YEAR: Final = 365
"""Days of history that are called a year."""

_HEAD: Final = """\
# Sizes

Written from [measured.json](measured.json) by `python docs/generate.py`; `make bench` measures anew on your machine.

Measured on {machine}: at a city's shape (a gateway in each of {compounds} compounds, a message
a second each) one sample costs **{cpu_us:.1f} us** of processor time in broker, ingest and database together, load generator not
counted; with large messages {bulk_us:.1f} us. It takes **{disk:.1f} B** on disk without compression. The largest
memories of processes were {memory}.

A compound is taken as 15 lifts, 70 water and electrical points and 950 fire points: {average:.0f} samples a second on
average, {peak:.0f} in the peak hour. Processors are counted so that the peak hour keeps {busy:.0%} of them busy.
"""

_TAIL: Final = """

How to read it:

- **Cores** are those of the measurement (2.1 GHz class, shared). Half of the cost is the database's; ingest is a process
  for each `--workers`, and one worker stored {bulk_rate:,.0f} samples a second here.
- **Disk a day** is telemetry alone. The write-ahead log is about as much again until it is archived and recycled. An
  archive for recovery keeps it, packed, from the oldest base backup on: with weekly ones, two of them kept, up to two weeks,
  and about 0.1 GB a day however little is written. Events, alarms and orders are small beside it: a few hundred bytes each.
- **Compressed** is the budget of the Community edition (2 B a sample). {compressed}
- **Memory** holds every process at its measured size with a half more, 1 GiB for early warning, an hour of
  telemetry, and the database's buffers.
- {year}
- Beyond one server: `deploy/city/` brings districts together; several brokers and several workers share one
  district's load (`tests/growth`).
- Not measured: TLS on thousands of connections, disks slower than a cache, virtual machines that are paused.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A size that people ask for.

    Args:
        workers: Processes on the data lane that are advised.
    """

    name: str
    compounds: int
    workers: int


PLACES: Final = (
    Place(name="one compound 小区", compounds=1, workers=1),
    Place(name="a property company, 20 compounds", compounds=20, workers=1),
    Place(name="a district 区县, 200 compounds", compounds=200, workers=1),
    Place(name="a city 市, 2,632 compounds", compounds=CITY_COMPOUNDS, workers=2),
)


def sizing_page() -> str:
    """The whole page."""
    everything = json.loads(_MEASURED.read_text("utf-8"))
    measured = everything["bench"]
    cpu_us = city_cost_us(measured)
    disk = measured["city_disk_bytes_per_sample"]
    sizes = measured["memory_mib"]
    largest = sorted(sizes.items(), key=lambda one: -one[1])[:3]
    head = _HEAD.format(
        machine=measured["machine"],
        compounds=f"{CITY_COMPOUNDS:,}",
        cpu_us=cpu_us,
        bulk_us=measured["cpu_us_per_sample_total"],
        disk=disk,
        memory=", ".join(f"{name} {size:.0f} MiB" for name, size in largest),
        average=AVERAGE_PER_COMPOUND,
        peak=PEAK_PER_COMPOUND,
        busy=BUSY,
    )
    rows = [
        "| | samples/s, average / peak | cores | memory | disk a day | 400 days | 400 days compressed | workers |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows += [_row(place, cpu_us, disk, sum(sizes.values())) for place in PLACES]
    return "\n".join([head, *rows]) + _TAIL.format(
        bulk_rate=measured["samples_per_s"],
        compressed=_compressed(everything.get("panels")),
        year=_year(everything.get("panels")),
    )


def _compressed(panels: dict[str, float | None] | None) -> str:
    """What is known of compression."""
    packed = None if panels is None else panels["compressed_ride_bytes_per_value"]
    if panels is None or packed is None:
        return (
            "It is not measured on a server: its statements\n  are proved in CI, its speed under load"
            " is not."
        )
    return (
        f"Full lift frames of an hour took {packed:.2f} B a\n  value there"
        f" ({panels['plain_ride_bytes_per_value']:.1f} B before), in WebAssembly: a size, no speed."
    )


def _year(panels: dict[str, float] | None) -> str:
    """What a year looks like in Grafana."""
    if panels is None:
        return "A year in Grafana is not measured yet (`make panels`)."
    span = (
        "A year" if panels["days"] >= _YEAR else f"{panels['days']} days (a year is not measured)"
    )
    return (
        f"{span} of {panels['assets']:,} assets: {panels['panels']} panels within"
        f" {panels['p95_ms']:.0f} ms (p95); hour by hour\n  it holds {panels['hours'] / 1e6:.1f}"
        f" million rows of {panels['bytes_per_hour']:.0f} B, indexes included."
    )


def city_cost_us(measured: dict[str, float]) -> float:
    """Processor time of one sample at the city's shape, on two cores [us]."""
    return 2e6 * measured["city_average_busy_share"] / measured["city_average_samples_per_s"]


def cores_for(peak_per_s: float, cpu_us: float) -> int:
    """Whole cores, two at the least, so that the peak keeps no more than BUSY of them busy."""
    return max(2, ceil((peak_per_s * cpu_us / 1e6 + IDLE_CORES) / BUSY))


def memory_for(average_per_s: float, disk: float, processes_mib: float) -> int:
    """Memory of the machine [GiB], as it is sold.

    Processes with half more than measured, 1 GiB for early warning, an hour of telemetry, and a
    third of all that beside it for the database's buffers.
    """
    ours = 1.5 * processes_mib / 1024 + 1.0
    hour = average_per_s * 3600 * disk / _GIB
    return int(2 ** (ceil((ours + hour) * 4 / 3) - 1).bit_length())


def _row(place: Place, cpu_us: float, disk: float, processes_mib: float) -> str:
    average = place.compounds * AVERAGE_PER_COMPOUND
    peak = place.compounds * PEAK_PER_COMPOUND
    day = average * DAY_S * disk
    cells = (
        place.name,
        f"{_short(average)} / {_short(peak)}",
        str(cores_for(peak, cpu_us)),
        f"{memory_for(average, disk, processes_mib)} GiB",
        _bytes(day),
        _bytes(400 * day),
        _bytes(400 * average * DAY_S * COMPRESSED),
        str(place.workers),
    )
    return f"| {' | '.join(cells)} |"


def _short(number: float) -> str:
    """A number with two digits that count."""
    digits = len(str(int(number)))
    rounded = round(number, 2 - digits)
    return f"{rounded:,.0f}"


def _bytes(size: float) -> str:
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= scale:
            return (
                f"{size / scale:.2g} {unit}" if size < 100 * scale else f"{size / scale:.0f} {unit}"
            )
    return f"{size:.0f} B"
