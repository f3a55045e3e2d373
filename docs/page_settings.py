"""The page of settings: every environment variable and every key of the gateway's file."""  # noqa: INP001

from collections.abc import Iterator
from typing import Final, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from analytics import settings as analytics
from dashboards.console import settings as console
from dashboards.feeds import settings as feeds
from gateway.settings import GatewaySettings
from ingest import settings as ingest

_HEAD: Final = """\
# Settings

Written from the code by `python docs/generate.py`.

A process reads its settings once, when it starts, from the environment (`TOWERWATCH_*`); the gateway reads one
YAML file. Wrong settings mean: it refuses to start, with one sentence and status 2. `python -m ingest settings`
(and likewise for the others) prints what is in force, secrets as stars. `towerwatch up` sets all of them.

The command line reads four of its own: `TOWERWATCH_HOME` (folder of runtime, data, secrets and logs),
`TOWERWATCH_DATABASE_URL` and `TOWERWATCH_MQTT_URL` (existing servers in place of the private ones), and
`TOWERWATCH_PORTS` (`any`: free ports instead of 8080, 8443 and 1883, for several platforms on one machine).
"""

PROCESSES: Final[tuple[tuple[str, type[BaseModel]], ...]] = (
    ("python -m ingest alarm", ingest.AlarmSettings),
    ("python -m ingest data", ingest.DataSettings),
    ("python -m ingest intake", ingest.IntakeSettings),
    ("python -m analytics alarms", analytics.AlarmSettings),
    ("python -m analytics messages", analytics.MessageSettings),
    ("python -m analytics orders", analytics.OrderSettings),
    ("python -m analytics warnings", analytics.WarningSettings),
    ("python -m dashboards.console", console.Settings),
    ("python -m dashboards.feeds", feeds.Settings),
)


def settings_page() -> str:
    """The whole page."""
    sections = [line for command, kind in PROCESSES for line in _process(command, kind)]
    return "\n".join([_HEAD, *sections, *_gateway()])


def _process(command: str, kind: type[BaseModel]) -> Iterator[str]:
    yield f"## {command}\n"
    yield "| variable | default | meaning |"
    yield "|---|---|---|"
    for name, field in kind.model_fields.items():
        yield f"| `TOWERWATCH_{name.upper()}` | {_default(field)} | {_meaning(field)} |"
    yield ""


def _gateway() -> Iterator[str]:
    yield "## The gateway's file\n"
    yield "`python -m gateway check FILE` checks it; mistakes are told by file, line and field.\n"
    yield "| key | default | meaning |"
    yield "|---|---|---|"
    yield from _keys(GatewaySettings, "")
    yield ""


def _keys(kind: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        below = next((part for part in _parts(field.annotation) if _is_section(part)), None)
        yield f"| `{key}` | {_default(field)} | {_meaning(field, below)} |"
        if below is not None:
            yield from _keys(below, f"{key}.")


def _parts(annotation: object) -> Iterator[type]:
    if isinstance(annotation, type):
        yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _is_section(kind: type) -> bool:
    return issubclass(kind, BaseModel)


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "needed" if field.default_factory is None else ""
    value = field.default
    if isinstance(value, SecretStr | BaseModel) or value in (None, "", [], ()):
        return ""
    return f"`{value}`"


def _meaning(field: FieldInfo, below: type[BaseModel] | None = None) -> str:
    text = field.description or ((below.__doc__ or "").splitlines()[0] if below else "")
    return text.replace("|", "\\|")
