"""`towerwatch gateway` on a platform that runs: admit, change secrets, revoke.

The commands run in this process: starting eight interpreters proves nothing more of them.
"""

import base64
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path

import psycopg
import pytest

from tests.integration.runtime.test_up import _up, _wait_until_up, home
from tests.integration.security.attacker import CLOSED, NOT_AUTHORISED, PUBACK, Attacker
from towerwatch.cli import run
from towerwatch.home import Home
from towerwatch.services.database import OWNER, ROLES, private_server
from towerwatch.services.secrets import Secrets
from towerwatch.supervise.state import State

__all__ = ["home"]
GATEWAY = "poplar-gw-1"
REGISTRY = Path(__file__).parents[2] / "data" / "registry" / "town"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command said, and its status."""

    status: int
    out: str
    err: str


@pytest.fixture
def command(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """The command line, on the platform of this test."""
    monkeypatch.setenv("TOWERWATCH_HOME", str(home.root))

    def said(*words: str) -> Done:
        capsys.readouterr()
        status = run(words)
        heard = capsys.readouterr()
        return Done(status=status, out=heard.out, err=heard.err)

    return said


def _secret(folder: Path, name: str) -> str:
    return (folder / f"{name}.secret").read_text().strip()


def _intake_status(home: Home, state: State, secret: str) -> int:
    context = ssl.create_default_context(cafile=str(home.secrets / "tls" / "ca.crt"))
    connection = HTTPSConnection("127.0.0.1", state.ports["intake"], context=context, timeout=10)
    login = base64.b64encode(f"{GATEWAY}.alarm:{secret}".encode()).decode()
    connection.request("POST", f"/v1/{GATEWAY}/alarm", b"{}", {"Authorization": f"Basic {login}"})
    status = connection.getresponse().status
    connection.close()
    return status


def _revoked_at(home: Home, state: State) -> object:
    kept = Secrets(home.secrets)
    passwords = {name: kept.get(f"database.{name}") for name in ("tw_admin", *ROLES)}
    url = private_server(state.ports["database"], passwords).url(OWNER, "towerwatch")
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT revoked_at FROM gateways WHERE id = %s", [GATEWAY]
        ).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.timeout(200)
def test_a_gateway_is_admitted_rotated_and_revoked_while_the_platform_runs(
    home: Home, tmp_path: Path, command: Callable[..., Done]
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with _up(home) as process:
        state = _wait_until_up(home, process)
        applied = command("registry", "apply", str(REGISTRY))
        assert applied.status == 0, applied.err
        _add(command, first)
        assert {path.stat().st_mode & 0o777 for path in first.glob("*.secret")} == {0o600}
        for name in ("alarm", "data", "intake"):
            _refuse_plain(home.root, _secret(first, name))
        old = _secret(first, "intake")
        assert _intake_status(home, state, old) in {200, 422}
        port = state.ports["gateways"]
        with Attacker(port) as live:
            assert live.connect(f"{GATEWAY}.data", _secret(first, "data")).code == 0
            assert live.publish(f"tw/1/{GATEWAY}/data/3").kind == PUBACK
            address = "mqtts://site.example:18883"
            rotated = command("gateway", "rotate", GATEWAY, str(second), "--broker", address)
            assert rotated.status == 0, rotated.err
            assert address in (second / f"{GATEWAY}.yaml").read_text()
            assert live.hear() == CLOSED
        new = _secret(second, "intake")
        assert new != old
        assert {_intake_status(home, state, one) for one in (old, new)} <= {200, 422}
        assert command("gateway", "settle", GATEWAY).status == 0
        assert _intake_status(home, state, old) == 401
        listed = json.loads(command("gateway", "list", "--json").out)
        assert {one["gateway"]: one["is_admitted"] for one in listed}[GATEWAY]
        with Attacker(port) as live:
            assert live.connect(f"{GATEWAY}.data", _secret(second, "data")).code == 0
            revoked = command("gateway", "revoke", GATEWAY)
            assert revoked.status == 0, revoked.err
            assert live.hear() == CLOSED
        with Attacker(port) as late:
            answer = late.connect(f"{GATEWAY}.data", _secret(second, "data"))
        assert answer.code == NOT_AUTHORISED
        assert _intake_status(home, state, new) == 401
        assert _revoked_at(home, state) is not None
        assert command("gateway", "revoke", GATEWAY).status == 1
        commands = _commands_of(state)
    known = _secrets(home, first, second)
    assert len(known) > 20
    logs = {path: path.read_text(errors="replace") for path in home.root.rglob("*.log")}
    assert len(logs) >= 2
    for path, text in (logs | {Path("ps"): commands}).items():
        shown = [name for name, secret in known.items() if secret in text]
        assert not shown, (path, shown)


def _add(command: Callable[..., Done], folder: Path) -> None:
    """Admit the gateway once; a wrong address and a second time are refused in words."""
    wrong = command("gateway", "add", GATEWAY, str(folder), "--broker", "site.example:8883")
    assert wrong.status == 1
    assert "mqtts://host:port" in wrong.err
    added = command("gateway", "add", GATEWAY, str(folder))
    assert added.status == 0, added.err
    assert "--listen ADDRESS --host NAME" in added.out
    again = command("gateway", "add", GATEWAY, str(folder))
    assert again.status == 1
    assert "gateway rotate" in again.err


def _commands_of(state: State) -> str:
    """The command lines of everything that runs: every user of the machine can read them."""
    return "\n".join(
        Path(f"/proc/{child.pid}/cmdline").read_text().replace("\0", " ")
        for child in state.children
    )


def _secrets(home: Home, *bundles: Path) -> dict[str, str]:
    files = [path for path in home.secrets.iterdir() if path.is_file()]
    files += [path for folder in bundles for path in folder.glob("*.secret")]
    texts = {str(path): path.read_text().strip() for path in files if path.suffix != ".json"}
    keys = {str(path): path.read_text() for path in (home.secrets / "tls").glob("*.key")}
    return texts | {name: text.splitlines()[1] for name, text in keys.items()}


def _refuse_plain(folder: Path, secret: str) -> None:
    """No file of the platform holds a gateway's secret in plain text."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file() or "runtime" in path.parts[:4]:
            continue
        assert secret.encode() not in path.read_bytes(), path


def test_a_look_at_gateways_installs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOWERWATCH_HOME", str(tmp_path))
    assert run(["gateway", "list"]) == 1
    assert "Nothing runs" in capsys.readouterr().err
    assert run(["gateway", "settle", GATEWAY]) == 1
    assert "no private broker" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
