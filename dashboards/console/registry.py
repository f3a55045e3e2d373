"""Files of a registry at the console: checked, planned within the own scope, shown, asked for."""

import base64
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from dashboards.console.errors import BadRequest, NotFound
from dashboards.console.role import User
from dashboards.console.store import admin as store
from dashboards.console.store import request as requests
from dashboards.console.store.pool import Store
from ingest.registry import Plan, Report, plan
from ingest.registry.checker import check_files
from ingest.registry.request import outside_of, plan_digest

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_YAML_BYTES: Final = 1024 * 1024
"""Reading YAML takes many times what CSV takes, in the process of the pages that show alarms."""
MOST_FILES: Final = 12
SHOWN: Final = 400
_ENDINGS: Final = (".csv", ".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What files would do.

    Attributes:
        plan: None: the files have errors.
        outside: Codes outside the own area; with any of them nothing can be applied.
        request: What is asked for when somebody agrees; None: it cannot be applied.
    """

    report: Report
    plan: Plan | None
    outside: list[str]
    request: UUID | None

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """How many things of each table are created, changed and retired."""
        if self.plan is None:
            return []
        found = Counter((step.table.value, step.action.value) for step in self.plan.steps)
        return sorted((table, action, number) for (table, action), number in found.items())


def preview(
    pool: Store, user: User, files: Mapping[str, bytes], reason: str, now: datetime
) -> Preview:
    """Check files, plan them against what is registered, and keep them to be agreed to.

    Raises:
        BadRequest: There are none, too many, too much, or of another kind.
    """
    if not 1 <= len(files) <= MOST_FILES or sum(map(len, files.values())) > MOST_BYTES:
        raise BadRequest(f"1 to {MOST_FILES} files, {MOST_BYTES // 2**20} MiB together")
    if not all(name.endswith(_ENDINGS) for name in files):
        raise BadRequest("files of a registry are CSV, or one YAML")
    if any(len(file) > MOST_YAML_BYTES for name, file in files.items() if name[-4:] != ".csv"):
        raise BadRequest(f"YAML of {MOST_YAML_BYTES // 2**20} MiB at most: use CSV for more")
    report = check_files(files)
    if report.registry is None:
        return Preview(report=report, plan=None, outside=[], request=None)
    with pool.scoped(user.scope) as connection:
        found = plan(connection, report.registry, now)
    outside = outside_of(found, user.scope)
    is_open = not (outside or found.refusals or found.is_empty)
    number = uuid4() if is_open else None
    with pool.scoped(user.scope, writes=True) as connection:
        words = ", ".join(f"{name} {len(content)} B" for name, content in files.items())
        store.note(connection, user, "registry_preview", reason or "-", words, now)
        if number is not None:
            asked = requests.NewRequest(
                id=number,
                asked_by=user.name,
                scope=user.scope,
                files=json.dumps(
                    {name: base64.b64encode(content).decode() for name, content in files.items()}
                ),
                plan_digest=plan_digest(found),
                effective_at=now,
                reason=reason,
            )
            requests.add_request(connection, asked, now)
    return Preview(report=report, plan=found, outside=outside, request=number)


def agree(pool: Store, user: User, number: UUID) -> None:
    """Ask ingest to apply what was shown.

    Raises:
        NotFound: Nothing was shown to this user under that number, or it was asked for already.
    """
    with pool.scoped(user.scope, writes=True) as connection:
        if not requests.agree(connection, number, user.name):
            raise NotFound(f"no request {number}")
