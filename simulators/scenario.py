"""A scenario: which faults happen to a compound, and when. Read from YAML, checked on reading."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec
import yaml

from simulators.building import AssetCode, Compound
from simulators.errors import BadScenario
from simulators.faults import Fault, FaultId, FaultKind
from simulators.growth import Growth

_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""The dumper in C where the package has it; a city has many thousand faults."""
_FOLDER: Final = resources.files("simulators") / "scenarios"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Faults on a timeline.

    Attributes:
        traffic: Multiplies the calls of lifts, so that a short demo shows some.
        faults: In the order of their onset.
    """

    name: str
    note: str
    faults: tuple[Fault, ...] = ()
    traffic: float = 1.0

    def acting_on(self, asset: AssetCode) -> Callable[[int], tuple[Fault, ...]]:
        """A function that tells which faults act on the asset at a time of the scenario [s]."""
        own = tuple(fault for fault in self.faults if fault.asset == asset)
        if not own:
            return lambda _: ()
        return lambda elapsed_s: tuple(f for f in own if f.is_acting(elapsed_s))


class _FaultRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    kind: FaultKind
    asset: str
    cause: str
    onset_s: int
    ends_s: int | None = None
    rate: float = 0.0
    fails_s: int | None = None
    growth: Growth = Growth.LINEAR
    severity: float = 1.0
    metric: str = ""
    other: str = ""


class _ScenarioFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    note: str
    faults: list[_FaultRow] = []
    traffic: float = 1.0


def scenario_names() -> tuple[str, ...]:
    """The scenarios that come with the simulators."""
    names = (item.name for item in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def fetch_scenario(name: str, compound: Compound) -> Scenario:
    """The scenario of that name, or of that file, for the compound.

    Raises:
        BadScenario: There is none, or it cannot be played on this compound.
    """
    if name in scenario_names():
        text = (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
        return parse_scenario(name, text, compound)
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(scenario_names())
        raise BadScenario(
            f"scenario {name!r} is neither one of {known} nor a readable file: {error}"
        ) from error
    return parse_scenario(name, text, compound)


def parse_scenario(name: str, text: str, compound: Compound) -> Scenario:
    """The scenario that the YAML text describes, checked against the compound.

    Raises:
        BadScenario: The text is not a scenario, or a fault does not fit its asset.
    """
    try:
        file = msgspec.convert(yaml.safe_load(text), _ScenarioFile)
        faults = sorted((_fault(row) for row in file.faults), key=lambda f: (f.onset_s, f.id))
    except (yaml.YAMLError, msgspec.ValidationError, ValueError) as error:
        raise BadScenario(f"scenario {name}: {error}") from error
    if file.traffic < 0:
        raise BadScenario(f"scenario {name}: traffic {file.traffic} is negative")
    _check(name, faults, compound)
    return Scenario(name=name, note=file.note, faults=tuple(faults), traffic=file.traffic)


def scenario_text(scenario: Scenario) -> str:
    """The scenario as a YAML file, which `parse_scenario` reads back; defaults are left out."""
    rows = [_row(fault) for fault in scenario.faults]
    file: dict[str, object] = {"note": scenario.note, "traffic": scenario.traffic, "faults": rows}
    text: str = yaml.dump(file, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=100)
    return text


def _row(fault: Fault) -> dict[str, object]:
    row = _FaultRow(
        id=fault.id,
        kind=fault.kind,
        asset=fault.asset,
        cause=fault.cause,
        onset_s=fault.onset_s,
        ends_s=fault.ends_s,
        rate=fault.rate,
        fails_s=fault.fails_s,
        growth=fault.growth,
        severity=fault.severity,
        metric=fault.metric,
        other=fault.other,
    )
    defaults = {field.name: field.default for field in msgspec.structs.fields(_FaultRow)}
    told: dict[str, object] = msgspec.to_builtins(row)
    return {name: value for name, value in told.items() if value != defaults[name]}


def _fault(row: _FaultRow) -> Fault:
    try:
        return Fault(
            id=FaultId(row.id),
            kind=row.kind,
            asset=AssetCode(row.asset),
            cause=row.cause,
            onset_s=row.onset_s,
            ends_s=row.ends_s,
            rate=row.rate,
            fails_s=row.fails_s,
            growth=row.growth,
            severity=row.severity,
            metric=row.metric,
            other=row.other,
        )
    except ValueError as error:
        raise ValueError(f"fault {row.id}: {error}") from error


def _check(name: str, faults: list[Fault], compound: Compound) -> None:
    seen: set[FaultId] = set()
    for fault in faults:
        if fault.id in seen:
            raise BadScenario(f"scenario {name}: fault {fault.id} stands there twice")
        seen.add(fault.id)
        asset = compound.asset(fault.asset)
        if asset is None:
            raise BadScenario(
                f"scenario {name}: fault {fault.id}: compound {compound.name} has no asset"
                f" {fault.asset}"
            )
        if asset.class_name not in fault.fitting:
            raise BadScenario(
                f"scenario {name}: fault {fault.id}: {fault.kind} cannot happen to"
                f" {fault.asset}, which is a {asset.class_name}"
            )
        for metric in filter(None, (fault.metric, fault.other)):
            if asset.kind.metric(metric) is None:
                raise BadScenario(
                    f"scenario {name}: fault {fault.id}: a {asset.class_name} has no {metric}"
                )
