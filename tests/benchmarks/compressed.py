"""What a value takes on the Community edition, plain and compressed: one hour of ten lifts.

The edition runs in WebAssembly (tests/community), so this is a size and no speed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.community.edition import queries, text_of
from tests.community.migrated import migrated_community
from tests.community.test_community_edition import at_time_of, run_policies

_LIFTS: Final = 10
_METRICS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Compressed:
    """Bytes of a value, its row's and its index's share included."""

    plain: float
    packed: float


def compress_rides() -> Compressed:
    """Write an hour of rides a month ago, let the policy compress it, and weigh both."""
    begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=30)
    edition = migrated_community()
    try:
        at_time_of(edition, (begins, begins + timedelta(hours=1)), "rides")
        run_policies(edition, "policy_compression")
        [chunk] = edition.rows(text_of(queries("schema.sql"), "chunk_of_rides"))
    finally:
        edition.close()
    values = int(str(chunk["samples"])) * _METRICS
    assert values == _LIFTS * 3600 * _METRICS
    return Compressed(
        plain=int(str(chunk["plain_bytes"])) / values,
        packed=int(str(chunk["compressed_bytes"])) / values,
    )
