"""The texts of the pages as a catalogue: found in templates and modules, compared with English."""

from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

_METHODS: Final = [("**.py", "python"), ("templates/**.html", "jinja2")]
_KEYWORDS: Final = {"_": None, "N_": None, "gettext": None}


def texts_in_use() -> frozenset[str]:
    """Every text that a page may show, in the source language."""
    folder = Path(str(files("dashboards.console")))
    return frozenset(_extract(folder))


def english() -> dict[str, str]:
    """The English of every text that has one."""
    source = files("dashboards.console") / "locale" / "en" / "LC_MESSAGES" / "console.po"
    read = read_po(BytesIO(source.read_bytes()))
    return {str(entry.id): str(entry.string) for entry in read if entry.id and entry.string}


def _extract(folder: Path) -> Iterator[str]:
    found = extract_from_dir(
        str(folder),
        method_map=_METHODS,
        options_map={"templates/**.html": {"trimmed": "true"}},
        keywords=_KEYWORDS,
        strip_comment_tags=True,
    )
    for _file, _line, message, _comments, _context in found:
        yield message if isinstance(message, str) else message[0]
