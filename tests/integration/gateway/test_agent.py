"""The gateway as a process: started for real, fed by a recording, stopped by a signal."""

import csv
import signal
import subprocess
import sys
from pathlib import Path

from gateway import wire
from tests.integration.gateway.conftest import Platform, eventually

HEADER = (
    "datetime;Accelerometer1RMS;Accelerometer2RMS;Current;Pressure;Temperature;"
    "Thermocouple;Voltage;Volume Flow RateRMS;anomaly;changepoint\n"
)


def recording(path: Path, rows: int) -> None:
    lines = [
        f"2020-03-09 10:{i // 60 % 60:02d}:{i % 60:02d};0.02{i};0.03;1.3;0.05;75.{i};25.8;224.1;32.0;0.0;0.0\n"
        for i in range(rows)
    ]
    path.write_text(HEADER + "".join(lines))


def start(config: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "gateway", "run", str(config)])


def test_a_recording_reaches_the_platform_row_by_row(config: Path, platform: Platform) -> None:
    recording(config.parent / "pump.csv", 700)
    process = start(config)
    try:
        eventually(
            lambda: sum(len(f.t) for p in platform.data for f in wire.decode_data(p).frames) >= 700
        )
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    frames = [frame for payload in platform.data for frame in wire.decode_data(payload).frames]
    sent = [value for frame in frames for value in frame.m["vibration_drive"]]
    with (config.parent / "pump.csv").open() as lines:
        written = [float(row["Accelerometer1RMS"]) for row in csv.DictReader(lines, delimiter=";")]
    assert sent == written
