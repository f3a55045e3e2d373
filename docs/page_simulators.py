"""The page of the simulators' models: defects, laws of growth, what is no fault, the truth."""  # noqa: INP001

import dataclasses
from collections.abc import Iterator
from typing import Final

import numpy as np

from simulators.city import HEFEI_COMPOUNDS
from simulators.city.happen import CityRates
from simulators.growth import Growth, grown, usual_shape
from simulators.history import HOURLY_METRICS, HistoryPlan, Rates, Truth
from simulators.history.course import SUDDEN_CAUSES
from simulators.history.spell import CHANGES, LYING
from simulators.wear import DEFECTS

_HEAD: Final = """\
# Simulators: the models and their truth

Written from the code by `python docs/generate.py`. How to run them stands in `simulators/README.md`.

Detectors are judged on equipment that does not exist, because only there the truth is known. Two models
tell of each asset, on the same formulas (`simulators/*_physics.py`):

- **by seconds** (`simulators/lift.py` and its neighbours): stepped once a second, played through the real gateway
  agent and the real wire protocol; for the line, the pages and the demonstration.
- **by hours** (`simulators/history`): the columns of the database's hourly views, drawn ride by ride and hour by
  hour for years at once; for training and backtests. A year of 100 lifts took 17 s of one core and 135 MB.

`tests/unit/simulators/test_two_models.py` plays assets second by second through the gateway's report by
exception, adds the frames up as the database would and holds the means to those of the history (a lift: rides,
doors and currents within 5 to 20 %).

## Models

| asset | model | source |
|---|---|---|
| lift, motion | seven-part profile with limits of speed, acceleration 0.7 m/s2 and jerk 1.0 m/s3; short rides do not reach the top speed | GB/T 10058 allows 1.5 m/s2; ISO 18738-1 (both unverified) |
| lift, traffic | one group of people at a time; peaks at 8 and 18:30 on working days, late mornings on free days, 55 % in the long holidays; about 400 calls a day times the use of the lift | hours of the public rescue figures |
| lift, machine | current from torque: load against a counterweight of 45 %, friction, acceleration, magnetising current; the motor's rise follows the square of the current with 30 min | handbook formulas, sizes our own |
| lift, door and stops | times and current of the operator, obstacles that reopen it, levelling error with the sag of the ropes | usual values |
| lift, vibration | proportional to speed, own to each lift, plus what bearings and guides add | usual values |
| escalator | hours of service, current of chains and people, handrail against steps | GB 16899 5.6.1 (unverified) |
| fire water | hydrant pressure, tank level, jockey pump between 6.9 and 7.3 bar, weekly churn test, test hydrant at a visit | GB 50974-2014 5.2.2, 5.3.3, 5.3.4 |
| detector | dust, clean-air reading, fog at high humidity, cell that ages and sags in the cold | EN 54-7, GB 4716 (unverified) |
| circuit | flats' load by hour, weekday and season; cable heat with 15 min; leakage that grows with damp | GB 50116-2013 9.2.3, GB 14287.3 |

Every asset has traits of its own (use, gains, offsets, rated sizes) and slow walks with a memory of six days
(habits, grease, weather). Season, Chinese long holidays and plum rains come from the calendar.
"""

_TRUTH: Final = """\
## The truth

Nothing of the product reads it. A play writes JSON lines of facts as they come true (`simulators/README.md`); a
history writes `truth.jsonl` beside its blocks, one line a thing:

| field | meaning |
|---|---|
"""
_FIELDS: Final = {
    "asset": "code of the asset",
    "class_name": "its class in the catalogue",
    "kind": "`healthy` (nothing at all happened), `slow`, `sudden`, `sensor` (a sensor or line lies), "
    "`disturbance` (a change that is no fault: a warning of it is false)",
    "cause": "why, in a word",
    "onset_at": "when it began [ms UTC]",
    "failure_at": "when the asset stopped doing what it is there for; null: never, or found in time",
    "ends_at": "when it was repaired or over; null: not within the history",
    "would_fail_at": "when a slow defect fails, or would have without the repair",
    "growth": "law of growth",
    "severity": "how strong the symptoms are at the failure; 1 is usual",
    "symptoms": "metrics in which it can be seen",
}
_ASIDE: Final = """
## What makes it hard

- Symptoms at the failure are 0.5 to 1.6 times the usual ones, from 10 to 90 days after the onset, by five laws;
  early ones are below the asset's own noise.
- They are in the physics: a bearing shakes in rides only, a loose terminal heats with the evening's load, a lost
  cooler matters in summer, insulation leaks in damp weeks. Hourly means follow the traffic.
- Visits every 15 days ride, open and drain without a fault, and find some defects in time.
- Sudden failures have no sign before them: nobody can warn of them, whoever claims to is guessing.
- Train on some laws and seeds, judge on others (`HistoryPlan.growths`).

## A city

`python -m simulators city` writes {compounds:,} compounds from a seed, sized as Hefei of 2019 and filled as reasoned
from 282 million m2: about 2.8 million flats, 41,000 lifts, 2.5 million fire points, 127,000 monitored circuits,
36,000 hydrant gauges. A third are walk-ups of which a quarter is run by nobody. Happenings follow public figures:
{entrapments:.2f} entrapments per 100 lifts and month (Jiangsu 2020), causes as in Huai'an 2023, one alarm of smoke per
{smoke:.0f} detectors and year of which one in a hundred is a fire.

## What it is not

Sizes of symptoms are our own estimates: no public record gives months of a lift's signals with the day of its
failure. A figure against these histories compares rules with each other and says what a rule can see; it
does not promise the same figure in a building. Flow in the mains, water hammer, arcs, more than one car of a
group, and people who force doors are not modelled.
"""
_COLOURS: Final = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df")


def simulators_page() -> str:
    """The page."""
    return "\n".join((_HEAD, *_defects(), *_growths(), *_spells(), *_rates(), *_truth(), _aside()))


def _defects() -> Iterator[str]:
    yield "## Defects that grow\n"
    yield "| cause | class | at the failure, severity 1 | seen in |"
    yield "|---|---|---|---|"
    for cause, defect in DEFECTS.items():
        effects = ", ".join(f"{effect.name.lower()} {size:g}" for effect, size in defect.effects)
        symptoms = ", ".join(f"`{name}`" for name in defect.symptoms)
        yield f"| `{cause}` | {defect.class_name} | {effects} | {symptoms} |"
    yield "\nUnits of the effects stand in `simulators/wear.py`. Sudden failures, without a sign: "
    listed = (f"{name}: {', '.join(causes)}" for name, causes in SUDDEN_CAUSES.items())
    yield "; ".join(listed) + ".\n"


def _growths() -> Iterator[str]:
    yield "![The laws of growth](growth.svg)\n"
    laws = ", ".join(f"`{growth}`" for growth in Growth)
    yield f"Laws of growth: {laws}; each with a shape drawn for the defect.\n"


def _spells() -> Iterator[str]:
    yield "## What lies or changes without a fault\n"
    lying = ", ".join(f"`{kind}`" for kind in LYING)
    changes = ", ".join(f"`{kind}`" for kind in CHANGES)
    yield f"Sensors and lines: {lying}. Changes: {changes}, and the visits.\n"


def _rates() -> Iterator[str]:
    yield "## Rates and defaults of a history\n"
    yield "| setting | default |"
    yield "|---|---|"
    for field in dataclasses.fields(Rates):
        yield f"| `Rates.{field.name}` | {field.default} |"
    plan = HistoryPlan(seed=0, start_ms=0, days=1, assets=())
    for name in ("growing_days", "severities", "quiet_days", "block_assets"):
        yield f"| `HistoryPlan.{name}` | {getattr(plan, name)} |"
    classes = ", ".join(HOURLY_METRICS)
    yield f"\nClasses with hours: {classes}.\n"


def _truth() -> Iterator[str]:
    names = [field.name for field in dataclasses.fields(Truth)]
    rows = (f"| `{name}` | {_FIELDS[name]} |" for name in names)
    yield _TRUTH + "\n".join(rows)


def _aside() -> str:
    rates = CityRates()
    return _ASIDE.format(
        compounds=HEFEI_COMPOUNDS,
        entrapments=100 * rates.entrapments / 12,
        smoke=1 / rates.smoke,
    )


def growth_figure() -> str:
    """The laws of growth as a picture: level over the share of the time to the failure."""
    width, height, left, top = 560, 260, 50, 20
    share = np.linspace(0, 1, 121)
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 190} {height + 70}"'
            ' font-family="sans-serif" font-size="13">'
        ),
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#888"/>',
        f'<text x="{left}" y="{top + height + 20}">onset</text>',
        f'<text x="{left + width}" y="{top + height + 20}" text-anchor="end">failure</text>',
        f'<text x="{left - 8}" y="{top + height}" text-anchor="end">0</text>',
        f'<text x="{left - 8}" y="{top + 10}" text-anchor="end">1</text>',
        f'<text x="{left}" y="{top + height + 42}">how far a defect has grown, usual shapes</text>',
    ]
    for row, (growth, colour) in enumerate(zip(Growth, _COLOURS, strict=True)):
        level = grown(growth, share, usual_shape(growth))
        points = " ".join(
            f"{left + width * x:.1f},{top + height * (1 - y):.1f}"
            for x, y in zip(share.tolist(), level.tolist(), strict=True)
        )
        y = top + 20 + 22 * row
        lines += [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>',
            (
                f'<line x1="{left + width + 15}" y1="{y - 4}" x2="{left + width + 45}" y2="{y - 4}"'
                f' stroke="{colour}" stroke-width="2"/>'
            ),
            f'<text x="{left + width + 52}" y="{y}">{growth}</text>',
        ]
    return "\n".join((*lines, "</svg>", ""))
