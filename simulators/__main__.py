"""The command line of the simulators."""

import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from threading import Event as StopFlag
from types import FrameType
from typing import Annotated, Any

import msgspec
import typer

from gateway.driver import Counted, DriverSettings
from gateway.errors import BadSettings, GatewayError
from gateway.log import configure_log
from gateway.sample import Sample
from gateway.wire import WireEvent
from simulators.building import Asset
from simulators.bureau import Bureau, secret_key
from simulators.city import HEFEI_COMPOUNDS, CityPlan, city_compound, sketch
from simulators.city.file import write_city
from simulators.demo import compound_named
from simulators.driver import open_driver
from simulators.errors import SimulatorError
from simulators.growth import Growth
from simulators.history import HOURLY_METRICS, HistoryBlock, HistoryPlan, Rates, simulate
from simulators.history.file import write_history
from simulators.load import LoadPlan, run_load
from simulators.panel.command import panel
from simulators.registry import write_registry
from simulators.truth import TruthLine, read_truth

app = typer.Typer(
    help="Buildings that do not exist, and the truth about them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

OutFolder = Annotated[Path, typer.Option(help="Folder that the files go into.")]
Folder = Annotated[Path, typer.Argument(help="Folder that the files go into.")]
CompoundName = Annotated[str, typer.Option(help="Name of a declared compound.")]
Seed = Annotated[int, typer.Option(help="Same seed, scenario and start: same bytes.")]
Speed = Annotated[float, typer.Option(help="Seconds played in a second; 0 does not wait.")]
ScenarioName = Annotated[str, typer.Option(help="Name of a scenario, or a YAML file.")]
Start = Annotated[str, typer.Option(help="Begin of scenario time, ISO 8601 with zone.")]
Duration = Annotated[int | None, typer.Option(help="End after so many seconds played.")]
TruthPath = Annotated[str, typer.Option(help="File that the truth is written to.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")]
SecretFile = Annotated[Path, typer.Option(help="File with the secret, whsec_<base64>.")]
FailFirst = Annotated[int, typer.Option(min=0, help="Put off the first so many deliveries.")]
Days = Annotated[int, typer.Option(min=1, max=3660, help="Length of the history [d].")]
ScenarioDays = Annotated[int, typer.Option(min=0, help="Length of the scenarios [d]; 0: none.")]
Assets = Annotated[
    str, typer.Option(help="How many of each class, from a generated city: lift=100,pump=20.")
]
GrowthNames = Annotated[
    list[Growth] | None, typer.Option(help="Families of growth to draw from; again for more.")
]
SlowRate = Annotated[float, typer.Option(min=0, help="Defects per asset and year.")]
Compounds = Annotated[int, typer.Option(min=1, max=9999, help="How many compounds.")]
Points = Annotated[int, typer.Option(min=0, max=100, help="Fire points that are built [%].")]
GatewayConfig = Annotated[Path, typer.Argument(help="YAML file of an admitted gateway.")]
LoadDuration = Annotated[int, typer.Option(min=1, help="Seconds played in all.")]
Patience = Annotated[float, typer.Option(min=0, help="Wait so long for the last receipts [s].")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]
TruthArgument = Annotated[Path, typer.Argument(help="Truth file of a play.")]


class JsonLines:
    """A sink that prints what a gateway would be given, one JSON object a line."""

    def sample(self, sample: Sample, asset_class: str, *, exact: bool = False) -> None:
        """Print a sample with its class; all are printed, whatever is exact."""
        del exact
        line = {"class": asset_class, "asset": sample.asset, "at": sample.at_ms, "m": sample.values}
        _print_json(line)

    def flush(self) -> bool:
        """Everything is printed at once."""
        return True

    def event(self, event: WireEvent) -> None:
        """Print an event."""
        _print_json(event)

    def store(self, events: Sequence[WireEvent]) -> None:
        """Print each event."""
        for one in events:
            _print_json(one)

    def conditions(self, read: Sequence[WireEvent]) -> None:
        """Print each condition of a look."""
        for one in read:
            _print_json(one)

    def note(self, asset: str, word: str, *, stands: bool) -> None:
        """Nothing is kept across restarts."""

    def note_all(self, notes: Sequence[tuple[str, str, bool]]) -> None:
        """Nothing is kept."""

    def notes(self) -> list[tuple[str, str]]:
        """Nothing was kept."""
        return []

    def count(self, what: Counted, number: int = 1) -> None:
        """Counts are not printed."""


@app.callback()
def simulators() -> None:
    """Play buildings that do not exist, and keep the truth about them."""


@app.command()
def run(  # noqa: PLR0913 - one argument an option
    *,
    seed: Seed = 1,
    speed: Speed = 1.0,
    scenario: ScenarioName = "demo",
    compound: CompoundName = "demo",
    start: Start = "",
    duration: Duration = None,
    truth: TruthPath = "",
) -> None:
    """Play a compound without a gateway and print its samples and events as JSON lines."""
    options: dict[str, Any] = {
        "seed": seed,
        "speed": speed,
        "scenario": scenario,
        "compound": compound,
        "start": start,
        "duration_s": duration,
        "truth": truth,
    }
    try:
        driver = open_driver(DriverSettings(name="run", driver="simulated", options=options))
        driver.run(JsonLines(), _stopped_by_signal())
    except BadSettings as error:
        raise _ended(error, 2) from error
    except GatewayError as error:
        raise _ended(error, 1) from error
    except BrokenPipeError as error:
        # The reader has seen enough (`| head`); nothing may be flushed to it any more.
        sys.stdout = None
        raise typer.Exit(0) from error


@app.command()
def registry(folder: Folder, compound: CompoundName = "demo") -> None:
    """Write the registry of a declared compound into FOLDER, as CSV files to import."""
    try:
        for path in write_registry(compound_named(compound), folder):
            typer.echo(path)
    except (SimulatorError, OSError) as error:
        raise _ended(error, 2) from error


@app.command()
def history(  # noqa: PLR0913 - one argument an option
    *,
    out: OutFolder,
    days: Days = 365,
    assets: Assets = "lift=100",
    seed: Seed = 1,
    start: Start = "2025-01-01T00:00:00+08:00",
    growth: GrowthNames = None,
    slow: SlowRate = 1.0,
) -> None:
    """Write hours of many assets at once, with the truth about them, for backtests."""
    try:
        plan = HistoryPlan(
            seed=seed,
            start_ms=round(datetime.fromisoformat(start).timestamp() * 1000),
            days=days,
            assets=_assets_of_city(assets, seed),
            growths=tuple(growth or Growth),
            rates=Rates(slow=slow),
            # A block is a file, and a step of the bar.
            block_assets=25,
        )
        with typer.progressbar(length=len(plan.assets), label="history", file=sys.stderr) as bar:

            def tell(block: HistoryBlock) -> None:
                bar.update(len(block.assets))

            written = write_history(simulate(plan), out, tell)
    except (SimulatorError, ValueError, OSError) as error:
        raise _ended(error, 2) from error
    typer.echo(f"{len(plan.assets)} assets, {days} days, {written} blocks in {out}")


@app.command()
def city(
    *,
    out: OutFolder,
    seed: Seed = 1,
    compounds: Compounds = HEFEI_COMPOUNDS,
    days: ScenarioDays = 30,
    points: Points = 100,
) -> None:
    """Write a city: its registry as CSV files to import, and a scenario for each compound."""
    try:
        plan = CityPlan(seed=seed, compounds=compounds, points_percent=points)
        with typer.progressbar(length=compounds, label="city", file=sys.stderr) as bar:
            count = write_city(plan, out, days, lambda _done, _all: bar.update(1))
    except (SimulatorError, ValueError, OSError) as error:
        raise _ended(error, 2) from error
    typer.echo(
        f"{count.compounds} compounds, {count.places} places, {count.assets} assets,"
        f" {count.faults} faults in {out}"
    )


@app.command()
def bureau(port: Port, secret_file: SecretFile, fail_first: FailFirst = 0) -> None:
    """Stand in for the emergency bureau: take signed deliveries, answer with receipts."""
    stop = _stopped_by_signal()
    try:
        key = secret_key(secret_file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _ended(f"{secret_file}: {error}", 2) from error
    try:
        with Bureau(key, port, fail_first) as endpoint:
            print(f"taking deliveries at {endpoint.url}", flush=True)
            stop.wait()
    except OSError as error:
        raise _ended(f"port {port}: {error}", 1) from error


@app.command()
def load(  # noqa: PLR0913 - one argument an option
    *,
    config: GatewayConfig,
    seed: Seed = 1,
    speed: Speed = 0.0,
    scenario: ScenarioName = "quiet",
    compound: CompoundName = "demo",
    duration: LoadDuration = 600,
    patience: Patience = 60.0,
    as_json: AsJson = False,
) -> None:
    """Load a platform through the real gateway agent, and say what was receipted.

    CONFIG is the YAML file of a gateway that the platform has admitted; its own drivers are left
    out. Status: 0 all was receipted, 1 something waits or was given up, 2 wrong settings.
    """
    configure_log("console")
    plan = LoadPlan(
        config=config,
        compound=compound,
        scenario=scenario,
        seed=seed,
        speed=speed,
        duration_s=duration,
        patience_s=patience,
    )
    try:
        with typer.progressbar(length=100, label="load", file=sys.stderr) as bar:

            def tell(share: float, now: str) -> None:
                bar.label = f"load {now}"
                bar.update(round(100 * share) - bar.pos)

            outcome = run_load(plan, _stopped_by_signal(), tell)
    except BadSettings as error:
        raise _ended(error, 2) from error
    except GatewayError as error:
        raise _ended(error, 1) from error
    if as_json:
        typer.echo(json.dumps(asdict(outcome), indent=1))
    else:
        typer.echo(
            f"{outcome.frames} frames ({outcome.held} held), {outcome.events} events in"
            f" {outcome.sent_s:.1f} s; {outcome.receipted} messages receipted in"
            f" {outcome.total_s:.1f} s, {outcome.waiting} wait, {outcome.shed} given up"
        )
    raise typer.Exit(0 if outcome.is_whole else 1)


app.command()(panel)


@app.command()
def truth(path: TruthArgument) -> None:
    """Show the truth of a play as a timeline, for people."""
    try:
        lines = read_truth(path)
    except OSError as error:
        raise _ended(f"{path} cannot be read: {error.strerror}", 2) from error
    except msgspec.MsgspecError as error:
        raise _ended(f"{path} is not the truth of a play: {error}", 2) from error
    for line in sorted(lines, key=lambda one: one.elapsed_s):
        typer.echo(_told(line))


def _assets_of_city(wanted: str, seed: int) -> tuple[Asset, ...]:
    """So many assets of each class, in the order in which a generated city has them."""
    left = _counts(wanted)
    plan = CityPlan(seed=seed, points_percent=5 if "detector" in left else 0)
    found: list[Asset] = []
    for number in range(1, plan.compounds + 1):
        if not any(left.values()):
            return tuple(found)
        drawn = sketch(plan, number)
        if not any(left[name] and drawn.has(name) for name in left):
            continue
        for asset in city_compound(plan, number).assets:
            if left.get(asset.class_name, 0) > 0:
                left[asset.class_name] -= 1
                found.append(asset)
    raise ValueError(f"assets {wanted!r}: the city of seed {seed} has fewer: missing {left}")


def _counts(wanted: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part in wanted.split(","):
        name, _, number = part.partition("=")
        if name not in HOURLY_METRICS or not number.isdecimal():
            known = ", ".join(HOURLY_METRICS)
            raise ValueError(f"assets {part!r}: write for example lift=100; classes are {known}")
        counts[name] = counts.get(name, 0) + int(number)
    return counts


def _told(line: TruthLine) -> str:
    what = f"{line.kind} at {line.asset} ({line.cause})"
    return f"{line.elapsed_s:>7} s  {line.stage:<8}{line.fault:<16}{what}  {line.note}".rstrip()


def _print_json(line: object) -> None:
    print(msgspec.json.encode(line).decode())


def _ended(why: object, status: int) -> typer.Exit:
    typer.echo(f"simulators: {why}", err=True)
    return typer.Exit(status)


def _stopped_by_signal() -> StopFlag:
    stop = StopFlag()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    return stop


if __name__ == "__main__":
    app()
