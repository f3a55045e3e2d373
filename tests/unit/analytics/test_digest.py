"""The fingerprint of a line: the same bytes for ever, or every chain that was sealed breaks."""

import hashlib
import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from analytics.digest import digest_of

_PLAIN = (
    st.none()
    | st.integers(min_value=-(2**63), max_value=2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]))
)


@given(st.lists(_PLAIN))
def test_it_is_over_compact_json_as_the_standard_library_writes_it(
    fields: list[str | int | None],
) -> None:
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    assert digest_of(*fields) == hashlib.sha256(text.encode()).digest()


def test_a_time_is_in_utc_with_microseconds() -> None:
    at = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    assert digest_of(at) == digest_of("2026-11-22T03:00:00.000000+00:00")
