"""Code systems: every file is right, and the codes mean what the sources say."""

from pathlib import Path

import pytest

from gateway.code_systems import code_systems, load_code_system, parse_code_system
from gateway.errors import BadSettings


@pytest.mark.parametrize("name", code_systems())
def test_a_code_system_names_only_events_of_the_catalogue(name: str) -> None:
    assert load_code_system(name).events


@pytest.mark.parametrize(
    ("system", "code", "event"),
    [
        ("gbt24476", "1", "safety_circuit_open"),
        ("gbt24476", "90", "car_alarm_button"),
        ("chongqing_lift", "93", "entrapment"),
        ("lift_government_d", "9", "main_power_off"),
        ("lift_push_e", "09", "overtravel_top"),
        ("lift_terminal_g", "1", "entrapment"),
        ("property_f", "0101", "entrapment"),
        ("gbt26875", "2:42:1", "fire_alarm"),
        ("gbt26875", "2:23:1", "manual_fire_alarm"),
        ("gbt26875", "2:11:1", "gas_alarm"),
        ("gbt26875", "1:1:9", "standby_power_fault"),
        ("gbt26875", "2:42:15", "unknown_event"),
        ("gbt24476", "", "unknown_event"),
    ],
)
def test_a_code_means_one_event_within_its_system(system: str, code: str, event: str) -> None:
    assert load_code_system(system).event(code) == event


def test_nine_is_not_nine() -> None:
    meanings = {name: load_code_system(name).event("9") for name in code_systems()}
    assert meanings["lift_government_d"] != meanings["gbt24476"]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["system,code"], "line 1: the columns"),
        (["system,code,event", "x,1,no_such_event"], "line 2: the catalogue has no event"),
        (["system,code,event", "y,1,fault"], "line 2: is not x,code,event"),
        (["system,code,event", "x,1,fault", "x,1,test"], "line 3: code '1' stands twice"),
    ],
)
def test_a_wrong_file_is_refused_by_line(lines: list[str], complaint: str) -> None:
    with pytest.raises(BadSettings, match=complaint):
        parse_code_system("x", lines)


def test_a_site_brings_its_own_code_system(tmp_path: Path) -> None:
    path = tmp_path / "acme.csv"
    path.write_text("system,code,event\nacme,E07,overspeed\n", encoding="utf-8-sig")
    codes = load_code_system(str(path))
    assert (codes.name, codes.event("E07"), codes.event("E08")) == (
        "acme",
        "overspeed",
        "unknown_event",
    )


@pytest.mark.parametrize(
    ("name", "complaint"), [("gbt24476.csv", "of its own"), ("nowhere.csv", "No such file")]
)
def test_a_wrong_site_file_is_refused(tmp_path: Path, name: str, complaint: str) -> None:
    (tmp_path / "gbt24476.csv").write_text("system,code,event\n")
    with pytest.raises(BadSettings, match=complaint):
        load_code_system(str(tmp_path / name))
