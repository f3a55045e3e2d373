"""The independent record: what a gateway took, written before and after its outbox took it.

One line a step, each on disk before the next step is made:

    intent   written before the outbox is asked to keep a message
    promise  written after the outbox said that it keeps it, with its identity and its bytes
    refusal  the outbox gave the message up at once, or could not write it

A kill between the steps leaves an intent alone: the message may be stored or not, once at most.
A promised message must be stored, once.
"""

import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from gateway.topic import Lane


class Step(StrEnum):
    """How far a message came on the gateway."""

    INTENDED = "intent"
    PROMISED = "promise"
    REFUSED = "refusal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One event, or one value of one asset at one time.

    Attributes:
        key: Metric of a sample; canonical event of an event.
        value: Value of a sample; None means the sensor is absent.
        state: `raise` or `clear` of an event; "" for a sample.
        mark: What only this event carries, to be found again in the database.
    """

    asset: str
    at_ms: int
    key: str
    value: float | None = None
    state: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One message as the record knows it.

    Attributes:
        intended_ms: Wall clock of the machine before the outbox was asked [ms UTC].
        promised_ms: The same after it had answered; 0 when it never did.
        stream: Identity given by the outbox; 0 when there is none.
        payload: The bytes as they go over the wire; "" when there are none.
    """

    number: str
    lane: Lane
    step: Step
    intended_ms: int
    items: tuple[Item, ...]
    promised_ms: int = 0
    stream: int = 0
    seq: int = 0
    payload: str = ""


class Recorder:
    """Appends to a record. Safe to use from any thread."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._lock = threading.Lock()
        self._boot = secrets.token_hex(4)
        self._count = 0

    def intend(self, lane: Lane, items: list[Item]) -> str:
        """Write what is about to be handed over; answers its number."""
        with self._lock:
            self._count += 1
            number = f"{self._boot}-{self._count}"
        rows = [[i.asset, i.at_ms, i.key, i.value, i.state, i.mark] for i in items]
        self._write({"step": Step.INTENDED, "n": number, "lane": lane, "items": rows})
        return number

    def promise(self, number: str, stream: int, seq: int, payload: bytes) -> None:
        """Write that the outbox keeps it."""
        text = payload.decode()
        self._write({"step": Step.PROMISED, "n": number, "id": [stream, seq], "payload": text})

    def refuse(self, number: str, why: str) -> None:
        """Write that the outbox does not keep it."""
        self._write({"step": Step.REFUSED, "n": number, "why": why})

    def _write(self, line: dict[str, Any]) -> None:
        line["ms"] = time.time_ns() // 1_000_000
        with self._lock:
            os.write(self._file, json.dumps(line).encode() + b"\n")
            os.fsync(self._file)


def read(*paths: Path) -> list[Taken]:
    """The messages of some records, in the order of intent; a torn last line is no step."""
    found: dict[str, Taken] = {}
    for path in paths:
        for line in _lines(path):
            number = str(line["n"])
            match Step(line["step"]):
                case Step.INTENDED:
                    found[number] = _intended(number, line)
                case Step.PROMISED:
                    stream, seq = line["id"]
                    found[number] = replace(
                        found[number],
                        step=Step.PROMISED,
                        promised_ms=int(line["ms"]),
                        stream=stream,
                        seq=seq,
                        payload=str(line["payload"]),
                    )
                case Step.REFUSED:
                    found[number] = replace(found[number], step=Step.REFUSED)
    return sorted(found.values(), key=lambda taken: taken.intended_ms)


def _intended(number: str, line: dict[str, Any]) -> Taken:
    return Taken(
        number=number,
        lane=Lane(line["lane"]),
        step=Step.INTENDED,
        intended_ms=int(line["ms"]),
        items=tuple(
            Item(asset=asset, at_ms=at, key=key, value=value, state=state, mark=mark)
            for asset, at, key, value, state, mark in line["items"]
        ),
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    for raw in path.read_bytes().split(b"\n"):
        try:
            yield json.loads(raw)
        except ValueError:
            continue
