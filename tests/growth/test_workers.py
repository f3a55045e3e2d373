"""Several workers of one process write what one of them would have written, whoever is killed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from threading import Event

import pytest

from ingest.database import connect
from tests.growth.ground import (
    PATIENCE_S,
    Town,
    build_town,
    decide_alone,
    differing,
    fetch,
    town_of,
)
from tests.services import TestBroker, TestDatabase
from towerwatch.process import wait_until
from towerwatch.services.database import DatabaseUrls


@pytest.fixture
def other_database(database_server: TestDatabase, template: str) -> Iterator[DatabaseUrls]:
    urls = database_server.make(template)
    try:
        yield urls
    finally:
        database_server.drop(urls)


def shares(town: Town, name: str) -> list[object]:
    return [count for _, count in fetch(town.urls, name)]


@contextmanager
def growing(
    database: DatabaseUrls, broker: TestBroker, folder: Path, workers: tuple[int, int], size: int
) -> Iterator[Town]:
    data, alarms = workers
    names = ["alarm", *(f"data-{n}" for n in range(data)), *(f"alarms-{n}" for n in range(alarms))]
    with town_of(database, [broker], folder, compounds=size, processes=names) as town:
        is_shared = wait_until(
            lambda: (
                shares(town, "alarm_holders") == [16 // alarms] * alarms
                and shares(town, "shard_holders") == [16 // data] * data
            ),
            within_s=PATIENCE_S,
        )
        assert is_shared, town.platform.logs()
        yield town


def test_two_workers_of_each_kind_write_what_one_would_though_one_of_each_is_killed(
    database: DatabaseUrls, other_database: DatabaseUrls, own_broker: TestBroker, tmp_path: Path
) -> None:
    with growing(database, own_broker, tmp_path, (2, 2), 8) as town:
        town.speak(4)
        town.platform.kill("alarms-0")
        town.platform.kill("data-1")
        town.speak(6)
        town.settle()
        town.check_nothing_lost()
        assert shares(town, "alarm_holders") == [16]
    decide_alone(other_database, database, 8)
    assert differing(database, other_database) == []
    assert len(fetch(database, "alarms")) > 8


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_four_data_and_two_alarm_workers_write_what_one_of_each_writes(
    database: DatabaseUrls,
    other_database: DatabaseUrls,
    own_broker: TestBroker,
    tmp_path: Path,
    seed: int,
) -> None:
    dice, pause = Random(seed), Event()
    (tmp_path / "many").mkdir()
    (tmp_path / "one").mkdir()
    with growing(database, own_broker, tmp_path / "many", (4, 2), 24) as town:
        for _ in range(6):
            town.speak(5)
            pause.wait(dice.uniform(0.1, 2.0))
            victim = dice.choice(sorted(town.platform.processes))
            town.platform.kill(victim)
            pause.wait(dice.uniform(0.0, 4.0))
            town.platform.start(victim)
        town.speak(5)
        town.settle()
        town.check_nothing_lost()
    with growing(other_database, own_broker, tmp_path / "one", (1, 1), 24) as alone:
        alone.speak(35)
        alone.settle()
        alone.check_nothing_lost()
    assert differing(database, other_database) == []


def test_one_changed_row_is_a_difference(
    database: DatabaseUrls, other_database: DatabaseUrls
) -> None:
    for urls in (database, other_database):
        build_town(urls, 1)
        with closing(connect(urls.owner_url, application="test")) as owner:
            owner.execute(
                "INSERT INTO alarms (asset_id, place_path, condition, event, alarm_group, severity,"
                " is_life_safety, state, raised_at, received_at, opened_at) SELECT id, 'city',"
                " 'overspeed', 'overspeed', 'safety', 'major', false, 'unacknowledged', '2026-01-01',"
                " now(), now() FROM assets WHERE class = 'lift'"
            )
    assert differing(database, other_database) == []
    with closing(connect(database.owner_url, application="test")) as owner:
        owner.execute("UPDATE alarms SET raises = 2 WHERE id = 1")
    [said] = differing(database, other_database)
    assert said.startswith("alarms: 2 and 2 rows")
