"""When the silence of gateways is a failure of the network that they share."""

import pytest

from ingest.network import Network, holds


@pytest.mark.parametrize(
    ("known", "silent", "stands", "expected"),
    [
        (10, 4, False, False),
        (10, 5, False, True),
        (4, 4, False, False),
        (100, 49, False, False),
        (100, 50, False, True),
        (10, 4, True, True),
        (10, 3, True, True),
        (10, 2, True, False),
        (100, 25, True, True),
        (100, 24, True, False),
        (0, 0, True, False),
    ],
)
def test_many_and_half_raise_and_few_or_a_quarter_clear(
    known: int, silent: int, *, stands: bool, expected: bool
) -> None:
    network = Network(
        operator_id=1,
        operator_code="net",
        operator_zh="运营商",
        area_id=2,
        area_code="dist",
        area_path="city.dist",
        area_zh="示范区",
        known=known,
        silent=silent,
        stands=stands,
    )
    assert holds(network) is expected
