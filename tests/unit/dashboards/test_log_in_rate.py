"""How many wrong log-ins are too many, and what they are counted under."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.console.auth import is_too_much
from dashboards.console.store.user import Failures
from dashboards.console.throttle import Throttle, counted_address


@pytest.mark.parametrize(
    ("here", "on_name", "from_address", "is_refused"),
    [
        pytest.param(0, 0, 0, False, id="the first"),
        pytest.param(4, 4, 4, False, id="the fifth of one person"),
        pytest.param(5, 5, 5, True, id="the sixth of one person"),
        pytest.param(0, 49, 29, False, id="a room of clumsy people"),
        pytest.param(0, 0, 30, True, id="an address that tries name after name"),
        pytest.param(0, 5000, 0, False, id="the right person while all the world guesses"),
        pytest.param(1, 50, 1, True, id="a second guess while all the world guesses"),
    ],
)
def test_who_is_refused_unheard(
    here: int, on_name: int, from_address: int, is_refused: bool
) -> None:
    failures = Failures(on_name_from_address=here, on_name=on_name, from_address=from_address)
    assert is_too_much(failures) is is_refused


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("203.0.113.7:50123", "203.0.113.7:50123"),
        ("unknown", "unknown"),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(address: str, counted: str) -> None:
    assert counted_address(address) == counted


def test_forms_without_an_account_count_a_network_of_ipv6_as_one() -> None:
    throttle = Throttle(2, timedelta(minutes=1))
    at = datetime(2026, 11, 22, 8, tzinfo=UTC)
    asked = [throttle.permits(f"2001:db8:1:2::{turn:x}", at) for turn in range(4)]
    assert asked == [True, True, False, False]
    assert throttle.permits("2001:db8:1:3::1", at)
