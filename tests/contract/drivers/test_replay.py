"""Recordings beside what they say, or beside the error they must cause."""

import csv
import json
import struct
import threading
from pathlib import Path

import pytest

from gateway.driver import DriverSettings
from gateway.drivers.replay import load_mapping, open_driver, read_rows
from gateway.errors import BadSettings, DriverFailed
from tests.contract.drivers.notebook import Notebook

CASES = sorted((Path(__file__).parent / "cases" / "replay").iterdir())
SKAB = """datetime;Accelerometer1RMS;Accelerometer2RMS;Current;Pressure;Temperature;Thermocouple;\
Voltage;Volume Flow RateRMS;anomaly;changepoint
2020-03-09 10:34:33;0.0270797;0.039615;0.871339;0.054711;75.4955;25.8338;244.091;32.0;0.0;0.0
2020-03-09 10:34:33;0.026995;0.0387587;1.30128;-0.273216;75.5445;25.8408;224.17;32.0;1.0;0.0
"""


def play(folder: Path, **options: object) -> Notebook:
    notebook = Notebook()
    chosen = {"asset": "P-1", "resume": False, **options}
    settings = DriverSettings(name="r", driver="replay", options=chosen)
    open_driver(settings).run(notebook, threading.Event())
    return notebook


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_recording_says_what_it_says(case: Path) -> None:
    options = {"file": str(case / "input.csv"), "mapping": str(case / "mapping.yaml")}
    error = case / "error.txt"
    if error.exists():
        with pytest.raises(DriverFailed) as raised:
            play(case, **options)
        assert str(raised.value) == f"{case / 'input.csv'}: {error.read_text().strip()}"
        return
    rows = [[one.at_ms, one.values] for one, _ in play(case, **options).samples]
    assert rows == json.loads((case / "expected.json").read_text())


def test_nothing_goes_out_before_the_whole_file_was_found_right() -> None:
    case = next(case for case in CASES if case.name == "word_for_a_number")
    notebook = Notebook()
    options = {"file": str(case / "input.csv"), "mapping": str(case / "mapping.yaml")}
    driver = open_driver(DriverSettings(name="r", driver="replay", options=options))
    with pytest.raises(DriverFailed):
        driver.run(notebook, threading.Event())
    assert notebook.samples == []


def test_a_gateway_that_starts_again_goes_on_where_it_was(tmp_path: Path) -> None:
    recording, notebook, never = tmp_path / "r.csv", Notebook(), threading.Event()
    recording.write_text(SKAB)
    options = {"file": str(recording), "mapping": "skab", "asset": "P-1"}
    settings = DriverSettings(name="r", driver="replay", options=options)
    open_driver(settings).run(notebook, never)
    assert len(notebook.samples) == 2
    open_driver(settings).run(notebook, never)
    assert len(notebook.samples) == 2
    assert len(notebook.noted) == 1
    recording.write_text(SKAB + SKAB.splitlines()[-1] + "\n")
    open_driver(settings).run(notebook, never)
    assert len(notebook.samples) == 5
    assert len(notebook.noted) == 1


def test_a_recording_that_was_broken_off_loses_no_row(tmp_path: Path) -> None:
    recording, notebook, stop = tmp_path / "r.csv", Notebook(), threading.Event()
    recording.write_text(SKAB)
    options = {"file": str(recording), "mapping": "skab", "asset": "P-1"}
    driver = open_driver(DriverSettings(name="r", driver="replay", options=options))
    notebook.on_sample = stop.set
    driver.run(notebook, stop)
    stop.clear()
    assert len(notebook.samples) == 1
    driver.run(notebook, stop)
    assert [one.values["motor_temp"] for one, _ in notebook.samples] == [75.4955, 75.5445]


def test_rows_are_exact_unless_report_by_exception_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(SKAB)
    options = {"file": str(tmp_path / "r.csv"), "mapping": "skab"}
    assert play(tmp_path, **options).exact == {True}
    assert play(tmp_path, report="exception", **options).exact == {False}


def test_the_ready_mapping_keeps_every_value_of_a_pump_recording() -> None:
    rows = list(read_rows(iter(SKAB.splitlines()), load_mapping("skab")))
    cells = list(csv.DictReader(SKAB.splitlines(), delimiter=";"))
    columns = {
        "vibration_drive": "Accelerometer1RMS",
        "vibration_free": "Accelerometer2RMS",
        "current": "Current",
        "pressure": "Pressure",
        "motor_temp": "Temperature",
        "fluid_temp": "Thermocouple",
        "voltage": "Voltage",
        "flow": "Volume Flow RateRMS",
    }
    for row, cell in zip(rows, cells, strict=True):
        assert row.values.keys() == columns.keys()
        for name, column in columns.items():
            value = row.values[name]
            assert value is not None
            assert struct.pack("f", value) == struct.pack("f", float(cell[column]))
    assert rows[0].at_ms == rows[1].at_ms == 1_583_750_073_000


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"mapping": "skab"}, "file: must be said"),
        ({"file": "x", "mapping": "nobody-made-it"}, "mapping nobody-made-it"),
        ({"file": "x", "mapping": "skab", "pace": -1}, "pace"),
        ({"file": "x", "mapping": "skab", "colour": "red"}, "colour"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, object], complaint: str) -> None:
    with pytest.raises(BadSettings, match=complaint):
        open_driver(DriverSettings(name="r", driver="replay", options=options))


def test_a_mapping_to_a_metric_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        "class: pump\ntime: {column: t, format: epoch_s}\nmetrics: {speed: {column: v}}"
    )
    with pytest.raises(BadSettings, match="class pump has no metric 'speed'"):
        load_mapping(str(path))
