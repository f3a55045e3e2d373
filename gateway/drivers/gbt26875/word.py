"""The standard's numbers in words: tables 2 to 6 and the bits of clause 8.2, from `words.csv`."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Table = Literal[
    "command",
    "type",
    "system",
    "part",
    "quantity",
    "system_state",
    "part_state",
    "device_state",
    "system_operation",
    "device_operation",
]


@dataclass(frozen=True, slots=True)
class Word:
    """A number's name for programs and for people."""

    name: str
    zh: str


@cache
def _words() -> dict[tuple[str, int], Word]:
    text = files(__package__).joinpath("words.csv").read_text(encoding="utf-8")
    return {
        (row["table"], int(row["number"])): Word(row["name"], row["zh"])
        for row in csv.DictReader(text.splitlines())
    }


def word(table: Table, number: int) -> Word:
    """The word for a number; reserved and vendors' own numbers are named by their number."""
    found = _words().get((table, number))
    return found or Word(f"{table}_{number}", f"代码{number}")


def bit_names(table: Table, status: int) -> list[str]:
    """The names of the bits that are set, the lowest first."""
    return [_bit_name(table, bit) for bit in range(16) if status >> bit & 1]


def _bit_name(table: Table, bit: int) -> str:
    found = _words().get((table, bit))
    return found.name if found else f"reserved_bit{bit}"
