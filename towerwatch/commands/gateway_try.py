"""`towerwatch gateway try`: what a device's bytes say, without a device, a gateway or a network."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from gateway import clock
from gateway.drivers.protocol import Protocol, load_protocol, protocol_names
from gateway.errors import BadFrame, BadSettings

_PREFIX: Final = re.compile(r"0[xX]")
_BETWEEN: Final = re.compile(r"[\s,:;_-]+")
_STDIN: Final = "-"


def command(
    protocol: Annotated[
        str | None, typer.Argument(help="Name of the protocol; none: list them.")
    ] = None,
    frame: Annotated[
        str | None,
        typer.Argument(metavar="HEX", help="Bytes as hexadecimal digits, a file of them, or -."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Show what a frame of a device's protocol says."""
    if protocol is None:
        _list(as_json=as_json)
        return
    try:
        shown = _read(load_protocol(protocol), frame)
    except (BadFrame, BadSettings) as error:
        _refuse(error, as_json=as_json)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps(shown[0] if len(shown) == 1 else shown, ensure_ascii=False, indent=1))
        return
    for place, one in enumerate(shown):
        typer.echo("\n".join([*([""] if place else []), *lines(one)]))


def _read(protocol: Protocol, frame: str | None) -> list[Any]:
    if frame is None:
        raise BadFrame(f"what shall be read? for example: {protocol.example.hex()}")
    return [msgspec.to_builtins(one) for one in protocol.read(read_hex(frame), clock.now_ms())]


def read_hex(words: str) -> bytes:
    """The bytes that were meant: digits with or without 0x and gaps, a file of them, or stdin.

    Raises:
        BadFrame: They are no hexadecimal digits.
    """
    digits = sys.stdin.read() if words == _STDIN else words
    try:
        return _parse_hex(digits)
    except ValueError as error:
        text = _file_text(words)
        if text is None:
            raise BadFrame(f"these are neither hexadecimal digits nor a file: {error}") from error
    try:
        return _parse_hex(text)
    except ValueError as error:
        raise BadFrame(f"{words}: no hexadecimal digits: {error}") from error


def _parse_hex(digits: str) -> bytes:
    return bytes.fromhex(_BETWEEN.sub("", _PREFIX.sub(" ", digits)))


def _file_text(name: str) -> str | None:
    try:
        return Path(name).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):  # A long line of digits is no name of a file either.
        return None


def lines(shown: object, indent: str = "") -> Iterator[str]:
    """Fields below each other, for people."""
    if isinstance(shown, Mapping):
        for name, value in shown.items():
            if _is_plain(value):
                yield f"{indent}{name}: {_plain(value)}"
            else:
                yield f"{indent}{name}:"
                yield from lines(value, f"{indent}  ")
    elif isinstance(shown, Sequence) and not isinstance(shown, str):
        for value in shown:
            first, *more = lines(value, f"{indent}  ")
            yield f"{indent}- {first.strip()}"
            yield from more
    else:
        yield f"{indent}{_plain(shown)}"


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str | int | float) for one in value)
    return not isinstance(value, Mapping)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "-"
    return "-" if value in (None, "") else str(value)


def _list(*, as_json: bool) -> None:
    known = [load_protocol(name) for name in protocol_names()]
    if as_json:
        rows: list[dict[str, Any]] = [
            {
                "name": one.name,
                "label": {"zh": one.label.zh, "en": one.label.en},
                "example": one.example.hex(),
            }
            for one in known
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for one in known:
        typer.echo(f"{one.name}  {one.label.zh}  {one.label.en}")


def _refuse(error: BadFrame | BadSettings, *, as_json: bool) -> None:
    seen = error.seen if isinstance(error, BadFrame) else {}
    if as_json:
        typer.echo(json.dumps({"error": str(error), **seen}, ensure_ascii=False, indent=1))
        return
    for line in lines(seen):
        typer.echo(line)
    typer.echo(str(error), err=True)
