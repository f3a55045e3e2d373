"""Stream numbers: a new identity for a lane at every opening of its outbox."""

EPOCH_MS = 1_577_836_800_000
"""1 January 2020 UTC [ms since 1970]."""
TIME_BITS = 40
NOISE_BITS = 13


def new_stream(now_ms: int, noise: int, after: int = 0) -> int:
    """A 53-bit number, later than `after` whatever the clock says.

    The upper 40 bits are ms since 2020 (they last until 2054), the lower 13 are noise, so that
    a restored image or a lost write never brings an old number back.

    Args:
        now_ms: Wall clock [ms since 1970]; a clock at 1970 counts as 2020.
        noise: Any whole number; its lower 13 bits are used.
        after: The last stream that this outbox knew, 0 for none.
    """
    since = max(now_ms - EPOCH_MS, 0)
    since = max(since, (after >> NOISE_BITS) + 1) if after else since
    since = min(since, (1 << TIME_BITS) - 1)
    return max((since << NOISE_BITS) | (noise & ((1 << NOISE_BITS) - 1)), after + 1)
