"""The committed registries are what the definitions say, and hold together."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

import simulators.demo
from gateway.catalogue import ASSET_CLASSES
from simulators.building import Level
from simulators.demo import COMPOUNDS, compound_named
from simulators.registry import registry_files

FOLDER = Path(simulators.demo.__file__).parent
NAMES = [name for name, _, _ in COMPOUNDS]


def rows(compound: str, file: str) -> list[dict[str, str]]:
    text = next(f.text for f in registry_files(compound_named(compound)) if f.name == file)
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(("name", "folder"), [(name, folder) for name, folder, _ in COMPOUNDS])
def test_the_committed_folder_equals_the_definition(name: str, folder: str) -> None:
    expected = {file.name: file.text for file in registry_files(compound_named(name))}
    committed = {
        path.name: path.read_bytes().decode("utf-8") for path in (FOLDER / folder).iterdir()
    }
    assert committed == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_place_hangs_below_one_of_a_wider_level(name: str) -> None:
    levels = list(Level)
    seen: dict[str, Level] = {}
    for row in rows(name, "places.csv"):
        level = Level(row["level"])
        if row["parent"]:
            assert levels.index(seen[row["parent"]]) < levels.index(level)
        else:
            assert level is Level.CITY
        assert re.fullmatch(r"[a-z0-9_]+", row["code"])
        assert row["code"] not in seen
        seen[row["code"]] = level


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_of_a_registry_is_in_it(name: str) -> None:
    places = {row["code"] for row in rows(name, "places.csv")}
    organisations = {row["code"] for row in rows(name, "organisations.csv")}
    gateways = {row["gateway"] for row in rows(name, "gateways.csv")}
    classes = {kind.name for kind in ASSET_CLASSES}
    for row in rows(name, "managements.csv"):
        assert row["compound"] in places
        assert row["organisation"] in organisations
    for row in rows(name, "responsible_persons.csv"):
        assert row["place"] in places
    for row in rows(name, "assets.csv"):
        assert row["place"] in places
        assert row["maintainer"] in organisations
        assert row["gateway"] in gateways
        assert row["class"] in classes
        assert row["gateway_code"] == row["code"]
        assert json.loads(row["attributes"])


@pytest.mark.parametrize("name", NAMES)
def test_asset_codes_are_unique(name: str) -> None:
    codes = [row["code"] for row in rows(name, "assets.csv")]
    assert len(codes) == len(set(codes))


def test_the_demo_has_three_buildings_with_two_lifts_each() -> None:
    assets = rows("demo", "assets.csv")
    lifts = [row["place"] for row in assets if row["class"] == "lift"]
    assert sorted(lifts) == sorted(2 * ["garden_b1", "garden_b2", "garden_b3"])


def test_the_replay_registry_has_one_pump() -> None:
    [pump] = rows("replay", "assets.csv")
    assert (pump["code"], pump["class"], pump["gateway"]) == ("P-REPLAY", "pump", "replay-gw-1")


def test_no_phone_number_can_be_anybodys() -> None:
    for name in NAMES:
        for file in ("organisations.csv", "responsible_persons.csv"):
            assert all(re.fullmatch(r"0000-\d{7}", row["phone"]) for row in rows(name, file))
