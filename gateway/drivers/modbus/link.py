"""Polling Modbus units: read-only, one question at a time, one line a driver."""

import random
from dataclasses import dataclass
from threading import Event as StopFlag
from typing import Self

import structlog
from pydantic import Field, model_validator

from gateway import clock
from gateway.driver import Counted, Driver, DriverSettings, Sink
from gateway.drivers.asset_option import AssetAddress
from gateway.drivers.modbus.codec import look, registers, unread
from gateway.drivers.modbus.frame import Block, Declined, Framing, Question, decode
from gateway.drivers.modbus.line import Line, LineOptions, NoAnswer, open_line
from gateway.drivers.modbus.register_map import RegisterMap, blocks, load_map
from gateway.drivers.modbus.value import Registers
from gateway.drivers.options import Options, checked_options
from gateway.drivers.silence import AFTER_LOOKS, silence
from gateway.drivers.turn import Turn
from gateway.errors import BadFrame, BadOptions, BadSettings, DriverFailed
from gateway.sample import Sample

_TRIES = 2
"""A lost answer is asked for once more before the values count as absent."""
_TURN_S = 0.5
_NOISE = random.SystemRandom()
_LOG = structlog.get_logger(__name__)


class UnitOptions(Options):
    """One asset at a unit of the line."""

    asset: str = Field(min_length=1, max_length=64)
    unit: int = Field(ge=0, le=255, description="1 to 247 on a serial line")
    map: str = Field(description="a YAML file, or the name of a ready map")
    shift: int = Field(default=0, ge=0, le=0xFFFF, description="added to every address of the map")


class ModbusOptions(Options):
    """Options of the driver."""

    line: LineOptions
    poll_s: float = Field(default=5.0, gt=0, le=3600, description="pause between two looks")
    units: list[UnitOptions] = Field(min_length=1, max_length=247)
    assets: list[AssetAddress] = Field(default=[])

    @model_validator(mode="after")
    def _assets_differ(self) -> Self:
        codes = [unit.asset for unit in self.units]
        if len(set(codes)) < len(codes):
            raise ValueError("an asset stands at two units")
        strange = {asset.code for asset in self.assets} - set(codes)
        if strange:
            raise ValueError(f"no unit for asset {', '.join(sorted(strange))}")
        return self


@dataclass(slots=True)
class Blind:
    """Looks in a row at which a unit answered, and not for all of its status bits."""

    looks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """An asset, what is asked for it, and when."""

    options: UnitOptions
    layout: RegisterMap
    blocks: tuple[Block, ...]
    turn: Turn
    blind: Blind


OPTIONS = ModbusOptions


def open_driver(settings: DriverSettings) -> Driver:
    """The Modbus driver. Raises BadSettings."""
    options = checked_options(ModbusOptions, settings)
    units: list[Unit] = []
    mistakes: list[tuple[tuple[int | str, ...], str]] = []
    for place, one in enumerate(options.units):
        where: tuple[int | str, ...] = ("units", place, "map")
        try:
            layout = load_map(one.map)
            where = ("units", place)
            units.append(_unit(one, layout, options))
        except BadSettings as error:
            mistakes.append((where, f"asset {one.asset}: {error}"))
    if mistakes:
        raise BadOptions(f"driver {settings.name!r}", mistakes)
    return Modbus(settings.name, options, units)


def _unit(one: UnitOptions, layout: RegisterMap, options: ModbusOptions) -> Unit:
    if options.line.framing is Framing.RTU and not 1 <= one.unit <= 247:
        raise BadSettings(f"unit {one.unit} cannot be asked on a serial line")
    declared = {asset.code: asset.asset_class for asset in options.assets}.get(one.asset)
    if declared not in (None, layout.asset_class):
        raise BadSettings(f"is a {declared}, map {one.map} is for {layout.asset_class}")
    try:
        asked = tuple(blocks(layout, one.shift))
    except ValueError as error:
        raise BadSettings(str(error)) from error
    return Unit(options=one, layout=layout, blocks=asked, turn=Turn(options.poll_s), blind=Blind())


class Modbus:
    """Asks the units of one line in turn."""

    def __init__(self, name: str, options: ModbusOptions, units: list[Unit]) -> None:
        self._name = name
        self._options = options
        self._units = units
        self._number = 0
        self._told: set[tuple[str, str]] = set()

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Ask until told to stop. Raises DriverFailed when the line is broken."""
        line: Line | None = None
        try:
            line = open_line(self._options.line)
            while not stop.is_set():
                self._round(line, sink, stop)
                first_s = min(unit.turn.due_s for unit in self._units)
                stop.wait(min(max(first_s - clock.steady_s(), 0.001), _TURN_S))
        except DriverFailed:
            for unit in self._units:
                self._absent(unit, sink)
            raise
        finally:
            if line is not None:
                line.close()

    def _round(self, line: Line, sink: Sink, stop: StopFlag) -> None:
        for unit in self._units:
            if stop.is_set():
                return
            if unit.turn.due_s <= clock.steady_s():
                self.look(unit, line, sink, stop)

    def look(self, unit: Unit, line: Line, sink: Sink, stop: StopFlag) -> None:
        """Ask a unit for all of its map once, and tell what it says."""
        found: Registers = {}
        for block in unit.blocks:
            if stop.is_set():  # Also shows the watchdog that a slow unit is no stuck driver.
                return
            answer = self._answer(unit, block, line, sink)
            if answer is None and not found:
                break  # A unit that is away costs one question, not one for each block.
            found = {**found, **(answer or {})}
        if not found:
            self._absent(unit, sink)
            return
        if unit.turn.answered(clock.steady_s()):
            _LOG.info("unit answers again", driver=self._name, asset=unit.options.asset)
        self._tell(unit, found, sink)

    def _tell(self, unit: Unit, found: Registers, sink: Sink) -> None:
        shift, asset = unit.options.shift, unit.options.asset
        seen = look(unit.layout, asset, found, clock.now_ms(), shift=shift)
        is_back = () if unit.layout.metrics else (silence(asset, clock.now_ms(), "clear"),)
        unit.blind.looks = unit.blind.looks + 1 if seen.unread else 0
        is_told = unit.blind.looks == 0 or unit.blind.looks >= AFTER_LOOKS
        is_blind = (unread(asset, clock.now_ms(), seen.unread),) if is_told else ()
        sink.conditions([*seen.conditions, *is_back, *is_blind])
        if seen.sample is not None:
            sink.sample(seen.sample, unit.layout.asset_class)
        if seen.problems:
            sink.count(Counted.REFUSED, len(seen.problems))

    def _answer(self, unit: Unit, block: Block, line: Line, sink: Sink) -> Registers | None:
        for _ in range(_TRIES):
            self._number = self._number % 0xFFFF + 1
            question = Question(
                framing=self._options.line.framing,
                unit=unit.options.unit,
                block=block,
                number=self._number,
            )
            try:
                values = decode(question, line.ask(question))
            except NoAnswer:
                sink.count(Counted.UNANSWERED)
            except BadFrame as error:
                sink.count(Counted.REFUSED)
                self._complain(unit, error)
                if isinstance(error, Declined):
                    return {}
                line.close()  # Nobody knows where the next frame would begin.
            else:
                sink.count(Counted.FRAMES)
                return registers(block, values)
        return None

    def _complain(self, unit: Unit, error: BadFrame) -> None:
        told = (unit.options.asset, error.reason.split(" ", 1)[0])
        if told not in self._told:
            self._told.add(told)
            _LOG.warning("answer", driver=self._name, asset=told[0], reason=error.reason)

    def _absent(self, unit: Unit, sink: Sink) -> None:
        """Say once that nothing is known of the asset any more; then it falls silent."""
        asset = unit.options.asset
        is_news = unit.turn.unanswered(clock.steady_s(), _NOISE.random())
        if not unit.layout.metrics and unit.turn.failures >= AFTER_LOOKS:
            sink.conditions([silence(asset, clock.now_ms(), "raise")])
        if not is_news:
            return
        _LOG.warning("unit does not answer", driver=self._name, asset=asset)
        values: dict[str, float | None] = dict.fromkeys(unit.layout.metrics)
        if values:
            sink.sample(
                Sample(asset=asset, at_ms=clock.now_ms(), values=values), unit.layout.asset_class
            )
