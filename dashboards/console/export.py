"""Files that leave the console: each is written down, with its digest, before it leaves."""

import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from dashboards.bulletin.render import harmless
from dashboards.console.role import User
from dashboards.console.store import board as store
from dashboards.console.store.pool import Store

_SPREADSHEET: Final = "utf-8-sig"
_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
}


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    """A table for spreadsheets, in which no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([harmless("" if cell is None else str(cell)) for cell in row])
    return text.getvalue().encode(_SPREADSHEET)


def hand_out(  # noqa: PLR0913, PLR0917 - a file, whose it is and what is noted of it
    pool: Store, user: User, name: str, content: bytes, rows: int, now: datetime
) -> Response:
    """The file as answer, after it stands in the log of exports."""
    export = store.NewExport(
        user=user.name,
        what=name,
        scope=user.scope,
        rows=rows,
        sha256=hashlib.sha256(content).digest(),
    )
    with pool.transaction() as connection:
        store.note_export(connection, export, now)
    kind = name.rsplit(".", maxsplit=1)[-1]
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=_TYPES[kind], headers=headers)
