"""How many wrong log-ins are too many, and what they are counted under."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.console.auth import is_too_much
from dashboards.console.store.user import Failures
from dashboards.console.throttle import Site, Throttle, counted_address, site_of


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
    failures = Failures(
        on_name_from_address=here,
        on_name=on_name,
        from_address=from_address,
        on_name_from_site=here,
        from_site=from_address,
    )
    assert is_too_much(failures) is is_refused


@pytest.mark.parametrize(
    ("on_name", "from_site", "is_refused"),
    [
        pytest.param(0, 239, False, id="customers of one provider"),
        pytest.param(19, 19, False, id="a name that is tried from many networks of a site"),
        pytest.param(20, 20, True, id="a guesser who goes on to his next network"),
        pytest.param(0, 240, True, id="a guesser who goes on to the next name too"),
    ],
)
def test_who_guesses_from_many_networks_of_one_site_is_refused(
    on_name: int, from_site: int, is_refused: bool
) -> None:
    failures = Failures(
        on_name_from_address=0,
        on_name=on_name,
        from_address=0,
        on_name_from_site=on_name,
        from_site=from_site,
    )
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


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("203.0.113.7", Site(first="203.0.113.7", last="203.0.113.7")),
        ("::ffff:203.0.113.7", Site(first="203.0.113.7", last="203.0.113.7")),
        (
            "2001:db8:1:2::9",
            Site(first="2001:db8:1::", last="2001:db8:1:ffff:ffff:ffff:ffff:ffff"),
        ),
        ("unknown", Site(first="unknown", last="unknown")),
    ],
)
def test_a_site_is_an_address_or_48_bits_of_one(address: str, site: Site) -> None:
    assert site_of(address) == site


def test_forms_without_an_account_count_a_site_of_ipv6_more_loosely() -> None:
    throttle = Throttle(2, timedelta(minutes=1))
    at = datetime(2026, 11, 22, 8, tzinfo=UTC)
    asked = [throttle.permits(f"2001:db8:1:{turn:x}::1", at) for turn in range(20)]
    assert asked == [True] * 16 + [False] * 4
    assert throttle.permits("2001:db8:2::1", at), "another site"
    assert throttle.permits("2001:db8:1:99::1", at + timedelta(minutes=1))
