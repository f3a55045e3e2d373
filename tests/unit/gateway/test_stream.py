"""Stream numbers: new at every opening, later than the last whatever the clock says."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.stream import EPOCH_MS, new_stream

moments = st.integers(0, EPOCH_MS + (1 << 40) - 1)


@given(moments, st.integers(0, 2**13 - 1), st.integers(0, 2**53 - 2**14))
def test_a_stream_is_later_than_the_last_and_fits_53_bits(
    now_ms: int, noise: int, after: int
) -> None:
    assert after < new_stream(now_ms, noise, after) < 2**53


@given(moments, moments, st.integers(0, 2**13 - 1), st.integers(0, 2**13 - 1))
def test_streams_sort_by_time(first: int, second: int, one: int, other: int) -> None:
    if max(first, EPOCH_MS) < max(second, EPOCH_MS):
        assert new_stream(first, one) < new_stream(second, other)


def test_a_clock_at_1970_still_gives_a_new_stream() -> None:
    first = new_stream(0, 17)
    assert new_stream(0, 17, first) > first
