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

_STRANGE: Final = re.compile(r"[^0-9a-fA-F]")
_PREFIX: Final = re.compile(r"0[xX]")
_BETWEEN: Final = re.compile(r"[\s,:;_-]+")
_STDIN: Final = "-"


def command(
    protocol: Annotated[
        str | None, typer.Argument(help="Name of the protocol; none: list them.")
    ] = None,
    frame: Annotated[
        str | None,
        typer.Argument(
            metavar="HEX",
            help="Bytes as hexadecimal digits, a file of them, or -; JSON as it stands.",
        ),
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
        raise BadFrame(f"what shall be read? for example: {_example(protocol)}")
    data = read_words(frame, is_text=protocol.is_text)
    if not data:
        raise BadFrame(f"there are no bytes to read; for example: {_example(protocol)}")
    return [msgspec.to_builtins(one) for one in protocol.read(data, clock.now_ms())]


def _example(protocol: Protocol) -> str:
    return protocol.example.decode() if protocol.is_text else protocol.example.hex()


def read_words(words: str, *, is_text: bool = False) -> bytes:
    """The bytes that were meant: digits with or without 0x and gaps, a file of them, or stdin.

    Args:
        is_text: What is no hexadecimal digits is taken as it stands.

    Raises:
        BadFrame: They are no hexadecimal digits.
    """
    text = sys.stdin.read() if words == _STDIN else words
    problem = _flaw_of_hex(text)
    if not problem:
        return _parse_hex(text)
    where = ""
    if words != _STDIN and (content := _file_text(words)) is not None:
        text, where, problem = content, f"{words}: ", _flaw_of_hex(content)
        if not problem:
            return _parse_hex(text)
    if is_text:
        return text.strip().encode()
    raise BadFrame(f"{where or 'no file, and '}no hexadecimal digits: {problem}")


def _digits(text: str) -> str:
    return _BETWEEN.sub("", _PREFIX.sub(" ", text))


def _parse_hex(text: str) -> bytes:
    return bytes.fromhex(_digits(text))


def _flaw_of_hex(text: str) -> str:
    """Why a text is no bytes in hexadecimal digits; empty: it is."""
    digits = _digits(text)
    strange = _STRANGE.search(digits)
    if strange is not None:
        return f"{strange[0]!r} is digit {strange.start() + 1}"
    return f"there are {len(digits)}, and two make a byte" if len(digits) % 2 else ""


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
                "example": _example(one),
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
