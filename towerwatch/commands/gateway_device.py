"""`towerwatch gateway check, schema, scan, show`: for the person who sets a gateway up."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from pydantic import ValidationError

from gateway.agent import Agent
from gateway.configuration import check_secrets, load_whole, warnings_of
from gateway.drivers.modbus.line import LineOptions
from gateway.drivers.modbus.register_map import load_map
from gateway.errors import BadSettings, DriverFailed, GatewayError
from gateway.metrics import Metrics
from gateway.mistake import sentence
from gateway.scan import FoundUnit, Unasked
from gateway.scan import scan as scan_line
from gateway.schema import json_schema
from gateway.settings import load
from gateway.view import ShownAsset, View, newest

if TYPE_CHECKING:
    from rich.table import Table

Config = Annotated[Path, typer.Argument(help="The gateway's YAML file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_PAGE_LIMIT_S = 5.0
_STALE_S = 600.0
_FOLLOW_S = 1.0
_TABLE_LINES = 6
"""Lines of the terminal that title, head and frame of a table take."""


def check(config: Config, *, as_json: AsJson = False) -> None:
    """Check a gateway's file and its drivers; each mistake with file, line and field."""
    try:
        loaded, drivers = load_whole(config)
        check_secrets(loaded)
        Agent(loaded, drivers, Metrics())  # Reads the secrets; touches nothing else.
    except BadSettings as error:
        mistakes = str(error).splitlines()
        if as_json:
            typer.echo(json.dumps({"right": False, "mistakes": mistakes}, ensure_ascii=False))
        else:
            typer.echo("\n".join(mistakes), err=True)
        raise typer.Exit(2) from error
    found = {
        "right": True,
        "gateway": loaded.settings.gateway,
        "configuration": loaded.fingerprint,
        "drivers": [one.name for one in drivers],
        "warnings": [f"{config}:{one}" for one in warnings_of(loaded)],
    }
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    typer.echo(
        f"{config}: right. {loaded.settings.gateway}, configuration {loaded.fingerprint}, "
        f"drivers {', '.join(one.name for one in drivers)}"
    )
    for one in warnings_of(loaded):
        typer.echo(f"{config}:{one}", err=True)


def schema() -> None:
    """Print the JSON Schema of a gateway's file, for editors."""
    typer.echo(json_schema(), nl=False)


def scan(  # noqa: PLR0913 - one line of the command
    line: Annotated[
        str, typer.Argument(help="tcp://host:502, rtu+tcp://host:port or serial:///dev/ttyS1.")
    ],
    *,
    units: Annotated[str, typer.Option(help="Units to ask, such as 1-32,100.")] = "1-32",
    register_map: Annotated[
        str | None, typer.Option("--map", help="Register map to try on each unit found.")
    ] = None,
    timeout_s: Annotated[float, typer.Option(min=0.05, max=10, help="Wait for an answer [s].")] = (
        0.5
    ),
    baud: Annotated[int, typer.Option(help="Of a serial line.")] = 9600,
    parity: Annotated[str, typer.Option(help="Of a serial line: N, E or O.")] = "N",
    as_json: AsJson = False,
) -> None:
    """Look for Modbus units on a line: read-only, two questions a unit, two minutes at most."""
    values: dict[str, Any] = {"url": line, "timeout_s": timeout_s, "baud": baud, "parity": parity}
    with _errors(as_json=as_json):
        try:
            options = LineOptions.model_validate(values)
        except ValidationError as error:
            raise BadSettings("; ".join(sentence(one) for one in error.errors())) from error
        layout = load_map(register_map) if register_map else None
        count = 0
        unasked: Unasked | None = None
        for found in scan_line(options, _numbers(units), layout):
            if isinstance(found, Unasked):
                unasked = found
            else:
                count += 1
            said = msgspec.json.encode(found).decode() if as_json else _line(found)
            typer.echo(said, err=found is unasked)
    if not as_json:
        typer.echo(f"{count} unit{'' if count == 1 else 's'} found")
    if unasked is not None or not count:
        raise typer.Exit(1)


def show(
    config: Config,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on, what was heard last on top; Ctrl-C ends it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a running gateway of this machine last heard of each device."""
    with _errors(as_json=as_json):
        loaded = load(config)
        port = loaded.settings.page_port
        if not port:
            line = loaded.line(("page_port",))
            raise BadSettings(
                f"{config}:{line}: page_port is 0: the gateway shows nothing of itself"
            )
        if follow:
            with suppress(KeyboardInterrupt):
                _follow(port)
            return
        content = _fetch(port)
    if as_json:
        typer.echo(content.decode())
        return
    _print(msgspec.json.decode(content, type=View))


@contextmanager
def _errors(*, as_json: bool) -> Iterator[None]:
    """Whoever asked for JSON is told in JSON what is wrong, too."""
    try:
        yield
    except GatewayError as error:
        if not as_json:
            raise
        typer.echo(json.dumps({"error": str(error)}, ensure_ascii=False))
        raise typer.Exit(1) from error


def _fetch(port: int) -> bytes:
    import http.client

    page = http.client.HTTPConnection("127.0.0.1", port, timeout=_PAGE_LIMIT_S)
    try:
        page.request("GET", "/values.json")
        return page.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        raise DriverFailed(f"no gateway answers at 127.0.0.1:{port}: {error}") from error
    finally:
        page.close()


def _follow(port: int) -> None:
    """The newest words of all devices, again and again; for a walk test with a laptop."""
    from rich.console import Console
    from rich.live import Live

    console = Console()
    with Live(console=console, auto_refresh=False) as live:
        while True:
            try:
                view = msgspec.json.decode(_fetch(port), type=View)
            except DriverFailed as error:
                live.update(str(error), refresh=True)
            else:
                live.update(walk_table(view, max(console.height - _TABLE_LINES, 1)), refresh=True)
            time.sleep(_FOLLOW_S)


def walk_table(view: View, most: int) -> "Table":
    """What was heard last on top, and how much there is of everything."""
    from rich.table import Table

    heard = sum(len(one.assets) for one in view.drivers)
    unheard = sum(len(one.unheard) for one in view.drivers)
    failing = [one.name for one in view.drivers if one.work in ("failing", "stuck")]
    title = f"{view.gateway}  已听到 heard {heard}, 尚未听到 not yet {unheard}"
    if failing:
        title += f", 驱动故障 failing: {', '.join(failing)}"
    table = Table("设备 asset", "s", "数值 values", "事件 event", title=title)
    for one in newest(view, most):
        table.add_row(one.asset, f"{one.age_s:.0f}", _values(one), _event(one))
    return table


def _print(view: View) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"{view.gateway}  {view.software}  配置 {view.configuration}", highlight=False)
    for lane in view.lanes:
        state = "已连接 connected" if lane.is_connected else "断开 not connected"
        console.print(
            f"{lane.lane}: {state}, 待确认 waiting {lane.waiting}, {lane.oldest_s:g} s",
            highlight=False,
        )
    for driver in view.drivers:
        counted = ", ".join(f"{what} {number}" for what, number in driver.counted.items())
        reason = "" if driver.work == "running" else driver.reason
        title = f"{driver.name} ({driver.driver}) {driver.work} {reason} {counted}".strip()
        table = Table("设备 asset", "类别 class", "s", "数值 values", "事件 event", title=title)
        for one in driver.assets:
            table.add_row(one.asset, one.asset_class, f"{one.age_s:.0f}", _values(one), _event(one))
        console.print(table)
        if driver.unheard:
            console.print(f"尚未听到 not heard yet: {', '.join(driver.unheard)}", highlight=False)


def _values(asset: ShownAsset) -> str:
    if asset.age_s > _STALE_S:
        return "陈旧 stale"
    return ", ".join(
        f"{name} {'-' if value is None else f'{value:g}'}{asset.units.get(name, '')}"
        for name, value in asset.values.items()
    )


def _event(asset: ShownAsset) -> str:
    return f"{asset.event_label} {asset.event_state}".strip()


def _line(found: FoundUnit | Unasked) -> str:
    if isinstance(found, Unasked):
        return f"unit {found.first} and after it were not asked: {found.reason}"
    words = [f"unit {found.unit}: {found.answer}"]
    words += [f"{name} {'-' if one is None else f'{one:g}'}" for name, one in found.values.items()]
    return ", ".join([*words, *found.raised])


def _numbers(text: str) -> list[int]:
    """Numbers and ranges such as 1-32,100. Raises BadSettings."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        try:
            begin, end = int(first), int(last or first)
        except ValueError as error:
            raise BadSettings(f"{part!r} is no number of units") from error
        if not 0 <= begin <= end <= 255:
            raise BadSettings(f"{part!r}: units are 0 to 255")
        found += range(begin, end + 1)
    return list(dict.fromkeys(found))
