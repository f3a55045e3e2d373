"""Another street of the same district, in which every name is `canary7q`; and who is not from there.

Whoever sees that word, or a row with one of its numbers, has been shown what is none of theirs.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

import psycopg
from fastapi import FastAPI
from psycopg.sql import SQL, Identifier, Literal

from dashboards.console import auth
from dashboards.console.app import create_app
from dashboards.console.role import Role
from dashboards.console.store import user as users
from ingest.database import Connection, Queries, parse_queries
from tests.integration.dashboards.console import settings_of
from tests.integration.dashboards.site import Site, now
from tests.integration.security.asgi import Ask, Reply, ask
from tests.services import TestDatabase

_FILE = Path(__file__).with_name("stranger.sql")
QUERIES = Queries(_FILE.name, parse_queries(_FILE.name, _FILE.read_text("utf-8")))
CANARY: Final = "canary"
"""In every name, text and code of the other street; codes are said by who asks, names never are."""
FIRM: Final = "lift_firm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """The numbers of what stands in the other street, by the name of a column."""

    ids: Mapping[str, Sequence[Any]]

    def first(self, column: str) -> Any:
        return self.ids[column][0]

    def is_of(self, row: Mapping[str, object]) -> bool:
        """Whether a row is of the other street."""
        if CANARY in json.dumps(row, ensure_ascii=False, default=str).lower():
            return True
        return any(row.get(name) in self.ids[name] for name in row.keys() & self.ids.keys())


def build_other_street(site: Site) -> Foreign:
    """Something of every kind, where nobody of the garden has any business."""
    with site.writing(site.urls.owner_url) as connection:
        for part in ("places", "line", "work", "supervision"):
            connection.execute(QUERIES[part])
        row = connection.execute(QUERIES["known"]).fetchone()
    assert row is not None
    return Foreign(ids=json.loads(str(row[0])))


def give_sessions(site: Site) -> dict[str, str]:
    """A person of each role in the garden, logged in: role to token."""
    tokens = {}
    for role in Role:
        name = f"a-{role.value.replace('_', '-')}"
        of_firm = role in (Role.TECHNICIAN, Role.MAINTENANCE_DISPATCHER)
        site.add_user(name, role.value, organisation=FIRM if of_firm else "property")
        tokens[role.value] = open_session(site, name)
    return tokens


def open_session(site: Site, name: str, mark: str = "of") -> str:
    """A session of a person; its token."""
    token = f"token-{mark}-{name}"
    session = users.NewSession(
        token_hash=auth.token_hash(token),
        name=name,
        now=now(),
        expires_at=now() + timedelta(days=1),
        csrf_secret=b"0" * 32,
    )
    with site.writing(site.urls.console_url) as connection:
        users.insert_session(connection, session)
    return token


class Console:
    """The application within the test's own process, and a way to ask it many things at once."""

    def __init__(self, app: FastAPI, runner: asyncio.Runner) -> None:
        self.app = app
        self._runner = runner

    def ask(self, request: Ask) -> Reply:
        return self._runner.run(ask(self.app, request))

    def ask_all(self, requests: Sequence[Ask], *, at_once: int = 6) -> list[Reply]:
        """Replies in the order of the requests."""

        async def all_of_them() -> list[Reply]:
            gate = asyncio.Semaphore(at_once)

            async def one(request: Ask) -> Reply:
                async with gate:
                    return await ask(self.app, request)

            return list(await asyncio.gather(*(one(request) for request in requests)))

        return self._runner.run(all_of_them())


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The garden with its people, the street beside it, and the console of both."""

    site: Site
    foreign: Foreign
    console: Console
    tokens: Mapping[str, str]


@contextmanager
def console_of(site: Site) -> Iterator[Console]:
    """The console of a site, without a server before it."""
    app = create_app(settings_of(site, 8080))
    with asyncio.Runner() as runner:
        lifespan = app.router.lifespan_context(app)
        runner.run(_enter(lifespan))
        try:
            yield Console(app, runner)
        finally:
            runner.run(_leave(lifespan))


async def _enter(lifespan: Any) -> None:
    await lifespan.__aenter__()


async def _leave(lifespan: Any) -> None:
    await lifespan.__aexit__(None, None, None)


@contextmanager
def reader_role(server: TestDatabase, site: Site, name: str, place: str) -> Iterator[str]:
    """A role of Grafana for one place, as docs/security.md makes it; its URL."""
    reader = Identifier(name)
    with psycopg.connect(server.server.admin_url, autocommit=True) as admin:
        admin.execute(SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(reader, Literal(name)))
        try:
            admin.execute(SQL("GRANT tw_grafana TO {} WITH INHERIT TRUE, SET FALSE").format(reader))
            with site.writing(site.urls.owner_url) as connection:
                connection.execute(
                    SQL("SELECT set_reader_scope({}, ARRAY[{}], '{{}}')").format(
                        Literal(name), Literal(place)
                    )
                )
            at = site.urls.grafana_url.partition("@")[2]
            yield f"postgresql://{name}:{name}@{at}"
        finally:
            admin.execute(
                SQL(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {}"
                ).format(Literal(name))
            )
            admin.execute(SQL("DROP ROLE {}").format(reader))


def relations(connection: Connection, role: str) -> list[str]:
    """What a role may read of the schema."""
    return [str(row[0]) for row in connection.execute(QUERIES["relations"], {"role": role})]


def rows_of(connection: Connection, relation: str, columns: str = "*") -> list[dict[str, Any]]:
    """All rows that the reader is shown."""
    found = connection.execute(
        SQL("SELECT to_jsonb(found) FROM (SELECT {columns} FROM {relation}) AS found").format(
            columns=SQL(cast("Any", columns)), relation=Identifier(relation)
        )
    )
    return [cast("dict[str, Any]", row[0]) for row in found]
