"""Two brokers, one of which is lost: gateways go to the other, and nothing is lost."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.growth.ground import PATIENCE_S, fetch, town_of
from tests.services import TestBroker, Workshop
from towerwatch.process import wait_until
from towerwatch.services.database import DatabaseUrls

PROCESSES = ("alarm", "data-0", "alarms-0")


@pytest.fixture
def second_broker(servers: Workshop) -> Iterator[TestBroker]:
    running = TestBroker(servers, name="second-broker")
    try:
        running.start()
        yield running
    finally:
        running.stop(signal.SIGKILL)


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
