"""Two brokers, one of which is lost: gateways go to the other, and nothing is lost."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.growth.ground import PATIENCE_S, Town, fetch, town_of
from tests.services import TestBroker, Workshop
from towerwatch.process import fetch_text, wait_until
from towerwatch.services.database import DatabaseUrls
from towerwatch.supervise.movement import gauge

PROCESSES = ("alarm", "data-0", "alarms-0")


@pytest.fixture
def second_broker(servers: Workshop) -> Iterator[TestBroker]:
    running = TestBroker(servers, name="second-broker")
    try:
        running.start()
        yield running
    finally:
        running.stop(signal.SIGKILL)


def told(town: Town) -> str:
    return fetch_text(town.platform.ports["alarm"], "/metrics") or ""


def test_a_second_broker_takes_over_and_back_and_nothing_is_lost(
    database: DatabaseUrls, own_broker: TestBroker, second_broker: TestBroker, tmp_path: Path
) -> None:
    brokers = [own_broker, second_broker]
    with town_of(database, brokers, tmp_path, compounds=4, processes=PROCESSES) as town:
        town.speak(3)
        town.settle()
        own_broker.stop(signal.SIGKILL)
        town.speak(5)
        town.settle()
        assert gauge(told(town), "towerwatch_ingest_brokers_lost") == 1
        own_broker.start()
        second_broker.stop(signal.SIGKILL)
        town.speak(5)
        town.settle()
        town.check_nothing_lost()
        is_heard = wait_until(
            lambda: fetch(database, "online") == [(2 * len(town.gateways),)], within_s=PATIENCE_S
        )
        assert is_heard, town.platform.logs()
    assert fetch(database, "silences") == [(0,)]


@pytest.mark.long
def test_a_broker_that_nobody_reads_is_left_for_the_next(
    database: DatabaseUrls, own_broker: TestBroker, second_broker: TestBroker, tmp_path: Path
) -> None:
    brokers = [own_broker, second_broker]
    with town_of(
        database, brokers, tmp_path, compounds=2, processes=PROCESSES, read=[second_broker]
    ) as town:
        town.speak(2)
        town.settle()
        town.check_nothing_lost()
