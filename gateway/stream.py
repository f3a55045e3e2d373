"""Stream numbers: a new identity for a lane at every opening of its outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

EPOCH_MS: Final = 1_577_836_800_000
"""1 January 2020 UTC [ms since 1970]."""
BELIEVED_UNTIL_MS: Final = 2_524_608_000_000
"""1 January 2050 UTC [ms since 1970]: no clock beyond it is believed."""
TIME_BITS: Final = 40
NOISE_BITS: Final = 13
STRIDE_BITS: Final = 20
RANDOM_BITS: Final = NOISE_BITS + STRIDE_BITS
"""How much noise an opening should bring [bit]."""
SPENT: Final = ((1 << TIME_BITS) - (1 << 33)) << NOISE_BITS
"""From here on too few numbers follow: an outbox that has come so far begins a new line."""


def new_stream(now_ms: int, noise: int, after: int = 0) -> int:
    """A 53-bit number, later than `after` whatever the clock says.

    The upper 40 bits are ms since 2020 (they last until November 2054), the lower 13 are noise,
    so that a restored image or a lost write never brings an old number back. Where the clock
    cannot be believed, or lies behind `after`, it tells two openings apart no more: then the
    number lies up to 2^20 ms behind `after`, and how far is noise too.

    Args:
        now_ms: Wall clock [ms since 1970]; one before 2020 or beyond 2050 is not believed.
        noise: Any whole number; its lower 33 bits are used.
        after: The last stream that this outbox knew, 0 for none. A spent one counts for nothing:
            no clock that is believed gives it, and numbers after it would leave the 53 bits.
    """
    last = after >> NOISE_BITS if after < SPENT else 0
    since = _since(now_ms)
    if since <= last:
        since = last + 1 + ((noise >> NOISE_BITS) & ((1 << STRIDE_BITS) - 1))
    return (since << NOISE_BITS) | (noise & ((1 << NOISE_BITS) - 1))


def _since(now_ms: int) -> int:
    """Time since 2020 by a clock that can be believed, else 0 [ms]."""
    return now_ms - EPOCH_MS if EPOCH_MS <= now_ms < BELIEVED_UNTIL_MS else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Streams that are in order by their numbers: the first one and the newest."""

    origin: int
    newest: int


def next_opening(lines: Sequence[Line], now_ms: int, noise: int) -> Line:
    """The line with the stream of a new opening as its newest.

    The numbers of two lines say nothing about each other: an outbox that is new, that is made of
    several, or whose numbers are spent begins a line of its own. So does an opening whose clock
    does not lie behind the last one's: the file may be a restored image, and what was said since
    it was taken is younger than it knows.

    Args:
        lines: Those of all files that the outbox is made of; empty for a new one.
        now_ms: As for `new_stream`, and so is `noise`.
    """
    after = max((line.newest for line in lines), default=0)
    stream = new_stream(now_ms, noise, after)
    origins = {line.origin for line in lines}
    goes_on = len(origins) == 1 and _since(now_ms) > after >> NOISE_BITS
    return Line(origin=origins.pop() if goes_on else stream, newest=stream)
