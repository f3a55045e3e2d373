"""Recordings from a folder laid out like the public sets, or a part of them."""

import csv
import json
from pathlib import Path
from typing import Final

import numpy as np

from tests.scoring.recording import Recording
from towerwatch.score.table import layout, parse_time, rows

_LABELS: Final = ("labels/combined_windows.json", "windows.json")


def nab(folder: Path) -> list[Recording]:
    """NAB: `data/...` with `labels/combined_windows.json`, or files beside `windows.json`."""
    labels = next((folder / name for name in _LABELS if (folder / name).is_file()), None)
    if labels is None:
        return []
    windows: dict[str, list[list[str]]] = json.loads(labels.read_text("utf-8"))
    found = []
    for name, spans in windows.items():
        places = (folder / "data" / name, folder / name, folder / Path(name).name)
        path = next((place for place in places if place.is_file()), None)
        if path is not None:
            found.append(_labelled(path, [(_time(first), _time(last)) for first, last in spans]))
    return found


def skab(folder: Path) -> list[Recording]:
    """SKAB: tables with a column `anomaly`; one without it is free of anomalies."""
    return [_with_truth(path) for path in sorted(folder.rglob("*.csv"))]


def _labelled(path: Path, spans: list[tuple[float, float]]) -> Recording:
    times, values = _read(path, "timestamp", ())
    windows = tuple(
        (int(np.searchsorted(times, first)), int(np.searchsorted(times, last, side="right")) - 1)
        for first, last in spans
    )
    return Recording(name=path.name, times=times, values=values, windows=windows)


def _with_truth(path: Path) -> Recording:
    times, values = _read(path, "datetime", ())
    name = f"{path.parent.name}/{path.name}"
    with path.open(encoding="utf-8") as file:
        header = next(csv.reader(file, delimiter=";"))
    if "anomaly" not in header:
        return Recording(name=name, times=times, values=values, windows=())
    _, truth = _read(path, "datetime", ("anomaly",))
    marks = np.flatnonzero(np.diff(np.concatenate([[0.0], truth[:, 0], [0.0]])))
    windows = tuple((int(a), int(b) - 1) for a, b in marks.reshape(-1, 2))
    return Recording(name=name, times=times, values=values, windows=windows)


def _read(
    path: Path, time: str, wanted: tuple[str, ...]
) -> tuple[
    np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int, int], np.dtype[np.float64]]
]:
    read = list(rows(layout(path, time, wanted), skip_bad=True))
    return np.array([row.at for row in read]), np.array([row.values for row in read])


def _time(text: str) -> float:
    at = parse_time(text)
    assert at is not None
    return at
