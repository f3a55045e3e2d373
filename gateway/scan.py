"""Looking for Modbus units on a line: each is asked one question that only reads, in a bounded time."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from gateway import clock
from gateway.drivers.modbus.codec import look, registers
from gateway.drivers.modbus.frame import Block, Declined, Framing, Function, Question, decode
from gateway.drivers.modbus.line import Line, LineOptions, NoAnswer, open_line
from gateway.drivers.modbus.register_map import RegisterMap, blocks
from gateway.drivers.modbus.value import Registers
from gateway.errors import BadFrame, DriverFailed

LONGEST_S: Final = 120.0
"""A scan ends after this, wherever it is [s]."""
_PROBES: Final = (
    Block(function=Function.HOLDING, address=0, count=1),
    Block(function=Function.INPUT, address=0, count=1),
)


class FoundUnit(Struct, frozen=True):
    """A unit that answered.

    Attributes:
        answer: What it said to the question: a value, or that it declines.
        values: What a map makes of it; empty without one.
        raised: Events that stand, by the map.
    """

    unit: int
    answer: str
    values: dict[str, float | None] = {}
    raised: list[str] = []


class Unasked(Struct, frozen=True):
    """Units that were not asked, because the time was over or the line broke."""

    first: int
    reason: str


def scan(
    options: LineOptions, units: Sequence[int], layout: RegisterMap | None = None
) -> Iterator[FoundUnit | Unasked]:
    """Ask each unit in turn; yields those that answer.

    Args:
        units: Unit numbers; what cannot be asked on a serial line is passed over.
        layout: A register map to try on each unit that answers.

    Raises:
        DriverFailed: The line cannot be opened.
    """
    line = open_line(options)
    began_s = clock.steady_s()
    try:
        for unit in units:
            if clock.steady_s() - began_s > LONGEST_S:
                yield Unasked(first=unit, reason=f"the scan took {LONGEST_S:.0f} s")
                return
            if options.framing is Framing.RTU and not 1 <= unit <= 247:
                continue
            try:
                found = _ask(line, options.framing, unit, layout)
            except DriverFailed as error:
                yield Unasked(first=unit, reason=str(error))
                return
            if found is not None:
                yield found
    finally:
        line.close()


def _ask(line: Line, framing: Framing, unit: int, layout: RegisterMap | None) -> FoundUnit | None:
    answer = ""
    for number, block in enumerate(_PROBES, 1):
        question = Question(framing=framing, unit=unit, block=block, number=number)
        name = block.function.name.lower()
        try:
            answer = f"{name} 0 = {decode(question, line.ask(question))[0]}"
            break
        except NoAnswer:
            if not answer:
                return None
        except Declined as error:
            answer = error.reason
        except BadFrame as error:
            answer = f"not understood: {error.reason}"
            line.close()
    if layout is None:
        return FoundUnit(unit=unit, answer=answer)
    seen = look(layout, f"unit {unit}", _read(line, framing, unit, layout), clock.now_ms())
    return FoundUnit(
        unit=unit,
        answer=answer,
        values=seen.sample.values if seen.sample else {},
        raised=[one.event for one in seen.conditions if one.state == "raise"],
    )


def _read(line: Line, framing: Framing, unit: int, layout: RegisterMap) -> Registers:
    found: Registers = {}
    for number, block in enumerate(blocks(layout), 100):
        question = Question(framing=framing, unit=unit, block=block, number=number)
        try:
            found = {**found, **registers(block, decode(question, line.ask(question)))}
        except NoAnswer:
            break
        except BadFrame:
            line.close()
    return found
