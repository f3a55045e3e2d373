"""The two languages of the pages: Chinese is what the source says, English is its catalogue."""

import gettext
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ZH: Final = "zh"
EN: Final = "en"
Translate = Callable[[str], str]


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations of a language; Chinese needs none."""
    if language != EN:
        return gettext.NullTranslations()
    source = files("dashboards.console") / "locale" / "en" / "LC_MESSAGES" / "console.po"
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes())))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translator(language: str) -> Translate:
    """The function `_` of a language."""
    return catalogue(language).gettext


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "to be translated later"
    """Mark a text for the catalogue without translating it here."""
    return text


def pick(language: str, zh: str, en: str) -> str:
    """A name that the database has in both languages; Chinese where English is empty."""
    return en or zh if language == EN else zh
