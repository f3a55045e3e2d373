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


def asked_language(header: str | None) -> str | None:
    """The language that `Accept-Language` prefers; None: none of ours."""
    wishes = [part.partition(";") for part in (header or "").lower().split(",")]
    ours = [(_weight(rest), tag.strip()[:2]) for tag, _, rest in wishes]
    ranked = sorted((one for one in ours if one[1] in (ZH, EN) and one[0] > 0), key=_by_weight)
    return ranked[0][1] if ranked else None


def _by_weight(wish: tuple[float, str]) -> float:
    return -wish[0]


def _weight(rest: str) -> float:
    """A wish's `q`; what is none counts in full."""
    try:
        return float(rest.strip().removeprefix("q="))
    except ValueError:
        return 1.0


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "to be translated later"
    """Mark a text for the catalogue without translating it here."""
    return text


def pick(language: str, zh: str, en: str) -> str:
    """A name that the database has in both languages; Chinese where English is empty."""
    return en or zh if language == EN else zh
