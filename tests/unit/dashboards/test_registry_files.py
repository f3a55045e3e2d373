"""Which files of a registry the console takes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dashboards.console.errors import BadRequest
from dashboards.console.registry import MOST_BYTES, MOST_FILES, MOST_YAML_BYTES, preview

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
NOBODY: Any = None


@pytest.mark.parametrize(
    "files",
    [
        {},
        {f"{n}.csv": b"" for n in range(MOST_FILES + 1)},
        {"places.csv": b" " * (MOST_BYTES + 1)},
        {"places.exe": b""},
        {"registry.yaml": b" " * (MOST_YAML_BYTES + 1)},
        {"registry.yml": b" " * (MOST_YAML_BYTES + 1)},
    ],
    ids=["none", "many", "much", "other", "long-yaml", "long-yml"],
)
def test_what_would_keep_the_pages_of_alarms_waiting_is_refused(files: dict[str, bytes]) -> None:
    with pytest.raises(BadRequest):
        preview(NOBODY, NOBODY, files, "", NOW)
