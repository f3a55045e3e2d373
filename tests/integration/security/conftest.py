from collections.abc import Iterator

import pytest

from tests.integration.security.tally import Tally


@pytest.fixture(scope="session")
def tally() -> Iterator[Tally]:
    """Attacks of this run; written to build/attacks.json at its end."""
    found = Tally()
    yield found
    found.write()
