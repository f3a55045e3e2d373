"""Trends of one asset, with names, units and limits from the catalogue."""

from typing import Final

from dashboards.grafana.panels import NORMAL, Field, Kind, Panel, Steps
from dashboards.grafana.words import said
from gateway.catalogue import Text, asset_class

UNITS: Final = {
    "": "none",
    "%": "percent",
    "%/m": "suffix:%/m",
    "%LEL": "suffix:%LEL",
    "A": "amp",
    "L/min": "flowlpm",
    "L/s": "suffix:L/s",
    "V": "volt",
    "bar": "pressurebar",
    "dBm": "dBm",
    "degC": "celsius",
    "g": "accG",
    "h": "suffix:h",
    "kPa": "pressurekpa",
    "kg": "masskg",
    "m": "lengthm",
    "m/s": "velocityms",
    "m/s2": "accMS2",
    "mA": "suffix:mA",
    "mm": "lengthmm",
}
"""Units of the catalogue as Grafana names them; never a prefix that would rescale the number."""

_MOST: Final = {
    "": said("", ""),
    "lowest": said("(最低)", ", lowest"),
    "highest": said("(最高)", ", highest"),
}


def metric_field(
    of_class: str, metric: str, *, key: str = "", most: str = "", steps: Steps = NORMAL
) -> Field:
    """A metric of the catalogue as a field.

    Args:
        key: Name of the column; the metric's own by default.
        most: `lowest` or `highest` where it is not the mean.
    """
    found = asset_class(of_class).metric(metric)
    if found is None:
        raise ValueError(f"{of_class} has no metric {metric}")
    title = said(found.label.zh + _MOST[most].zh, found.label.en + _MOST[most].en)
    return Field(key=key or metric, title=title, unit=UNITS[found.unit], steps=steps)


def trend(query: str, title: Text, note: Text, *fields: Field, width: int = 12) -> Panel:
    """A trend from the hourly statistics."""
    return Panel(
        title=title, kind=Kind.TIME_SERIES, note=note, query=query, fields=fields, width=width
    )


def last_hour(*fields: Field, width: int = 12) -> Panel:
    """The last hour as it was sent, whatever time was chosen above."""
    return Panel(
        title=said("最近一小时(原始数据)", "The last hour as it was sent"),
        kind=Kind.TIME_SERIES,
        note=said(
            "不随上方时间选择变化。没有线表示设备没有发来数据。",
            "Not moved by the time chosen above. No line: the asset sent nothing.",
        ),
        query="last_hour",
        fields=fields,
        width=width,
        is_last_hour=True,
        empty=said("最近一小时没有数据", "Nothing came in the last hour"),
    )
