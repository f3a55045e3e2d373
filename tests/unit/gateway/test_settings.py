"""What a wrong file is told: every mistake at its line, in words of whoever wrote it."""

from pathlib import Path

import pytest

from gateway.errors import BadSettings
from gateway.settings import load

RIGHT = """gateway: gw-box-01
data_folder: data
broker:
  urls: [mqtt://127.0.0.1:1883]
  alarm_secret_file: a
  data_secret_file: d
assets:
  - {code: FP-1, class: fire_panel, driver: fire}
drivers:
  - {name: fire, driver: gbt26875}
"""


@pytest.mark.parametrize(
    ("old", "new", "complaints"),
    [
        (
            "driver: fire}",
            "driver: fier}",
            [":8: assets.0.driver: there is no driver 'fier', only fire"],
        ),
        (
            "drivers:",
            "  - {code: FP-1, class: lift}\ndrivers:",
            [":9: assets.1.code: 'FP-1' stands more than once"],
        ),
        (
            "drivers:",
            "drivers:\n  - {name: fire, driver: modbus}",
            [":11: drivers.1.name: 'fire' stands more than once"],
        ),
        (
            "assets:",
            "drivers: [{name: pumps, driver: modbus}]\nassets:",
            [":10: drivers: stands in line 7 already"],
        ),
        (
            "assets:",
            "drivers: []\noutbocks: {}\nassets:",
            [":11: drivers: stands in line 7 already", ":8: outbocks: there is no such key"],
        ),
        ("fire_panel", "fire_panl", [":8: assets.0.class: 'fire_panl' is no asset class"]),
        ("  alarm_secret_file: a\n", "", [":3: broker.alarm_secret_file: must be said"]),
        (
            "drivers:",
            "drivers: &a [*a]\nx:",
            [":9: drivers.0: should be keys with their values", ":10: x: there is no such key"],
        ),
        (RIGHT, "", [": is empty"]),
        (RIGHT, "- a\n", [":1: file: should be keys with their values"]),
        ("data_folder", "\tdata_folder", [":2: is not YAML: found character '\\t'"]),
    ],
)
def test_every_mistake_is_told_at_its_line(
    tmp_path: Path, old: str, new: str, complaints: list[str]
) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(RIGHT.replace(old, new, 1))
    with pytest.raises(BadSettings) as told:
        load(path)
    mistakes = str(told.value).splitlines()
    assert len(mistakes) == len(complaints)
    for mistake, complaint in zip(mistakes, complaints, strict=True):
        assert mistake.startswith(f"{path}{complaint}")


def test_a_right_file_is_right(tmp_path: Path) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(RIGHT)
    assert load(path).settings.drivers[0].name == "fire"


def test_an_alias_is_no_repeated_key(tmp_path: Path) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(RIGHT.replace("urls: [mqtt", "urls: &u [mqtt") + "sounder: *u\n")
    assert load(path).settings.sounder == ["mqtt://127.0.0.1:1883"]
