"""What one test left for a platform client at the shared broker is not the next test's business.

A client's session outlives its connection: what a gateway of the last test sent again, and what was
not acknowledged when its process stopped, would come to the next test's process and be kept in the
next test's database, as messages of a gateway that nobody there knows.
"""

import pytest

from tests.faults.client import publish_all
from tests.services import TestBroker

_CLIENTS = ("tw-ingest-alarm", *(f"tw-ingest-data-{worker}" for worker in (0, 1, 2, 5)))


@pytest.fixture(autouse=True)
def _fresh_sessions(request: pytest.FixtureRequest) -> None:
    if "broker" in request.fixturenames:
        broker: TestBroker = request.getfixturevalue("broker")
        for client in _CLIENTS:
            assert publish_all(broker.user_url(client), []).connected == 0
