"""Many rows in one statement: they travel as one JSON array that the server spreads out."""

from collections.abc import Sequence

import msgspec


def rows_of(rows: Sequence[dict[str, object]]) -> dict[str, str]:
    """The parameter `rows` of a statement that reads jsonb_to_recordset.

    Times keep their microseconds; bytes must be written as hex by the caller. A flood of events
    spends its time on statements, not on rows: fourteen an event became fourteen a batch.
    """
    return {"rows": msgspec.json.encode(rows).decode()}
