"""Whether an answer of the database fits its panel, and whether its plan is one to live with."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from dashboards.grafana.panels import Kind, Panel

Row = Sequence[object]
_CHUNK: Final = re.compile(r"^_hyper_\d+_\d+_chunk$")
_WHOLE: Final = "Seq Scan"
MOST_ROWS: Final = 10_000
"""A panel with more rows shows nobody anything."""


def problems_of(panel: Panel, columns: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """What does not fit: columns that the panel does not declare, rows of the wrong kind or number."""
    keys = [field.key for field in panel.fields]
    is_trend = panel.kind is Kind.TIME_SERIES
    wanted = ["time", *keys] if is_trend else keys
    if list(columns) != wanted:
        return [f"answers the columns {', '.join(columns)}; the panel shows {', '.join(wanted)}"]
    found = list(_of_numbers(panel, rows)) if is_trend or panel.kind is Kind.BARS else []
    if len(rows) > MOST_ROWS:
        found.append(f"answers {len(rows)} rows")
    if panel.kind is Kind.STAT and len(rows) > 1:
        found.append(f"answers {len(rows)} rows for one number")
    if is_trend and [row[0] for row in rows] != sorted({row[0] for row in rows}, key=str):
        found.append("answers times that are twice or out of order")
    return found


def whole_scans(plan: object) -> list[str]:
    """Chunks of telemetry that a plan (EXPLAIN (FORMAT JSON)) reads from end to end."""
    return sorted(
        {
            str(node["Relation Name"])
            for node in _nodes(plan)
            if node.get("Node Type") == _WHOLE and _CHUNK.match(str(node.get("Relation Name")))
        }
    )


def chunks_of(plan: object) -> int:
    """How many chunks of telemetry a plan reads."""
    names = (str(node.get("Relation Name")) for node in _nodes(plan))
    return len({name for name in names if _CHUNK.match(name)})


def _of_numbers(panel: Panel, rows: Sequence[Row]) -> Iterator[str]:
    is_trend = panel.kind is Kind.TIME_SERIES
    if is_trend and not all(isinstance(row[0], datetime) for row in rows):
        yield "answers no time in its first column"
    for position, field in enumerate(panel.fields, start=is_trend):
        values = [row[position] for row in rows]
        if position == 0 and not is_trend:
            if not all(isinstance(value, str) for value in values):
                yield f"{field.key} does not name the bars"
        elif not all(value is None or isinstance(value, int | float | Decimal) for value in values):
            yield f"{field.key} is no number"


def _nodes(plan: object) -> Iterator[dict[str, object]]:
    match plan:
        case list():
            for part in plan:
                yield from _nodes(part)
        case dict():
            if "Node Type" in plan:
                yield plan
            for value in plan.values():
                yield from _nodes(value)
