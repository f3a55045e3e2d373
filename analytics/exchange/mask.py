"""Personal data made unreadable: what is left still tells two people apart on a phone call.

References:
    Personal Information Protection Law, articles 6 and 51: the least that is needed, and
    de-identification where it serves (unverified).
"""

import re
from enum import StrEnum
from typing import Final

HIDDEN: Final = "*"
_KEEP_HEAD: Final = 3
_KEEP_TAIL: Final = 4
_LONG_NUMBER: Final = re.compile(
    r"(?P<day>(?<!\d)20\d\d-[01]\d-[0-3]\d(?:[ T][0-2]\d:\d\d)?(?![\d-]))"
    r"|(?<!\d)\d(?:[ -]?\d){6,17}[\dXx]?(?!\d)"
)
"""Telephone, identity card, bank card: seven digits or more, with spaces or dashes between them; a
day and its time are none of them."""
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_TITLED: Final = re.compile(r"([\u4e00-\u9fff])[\u4e00-\u9fff]{0,2}(先生|女士|小姐|师傅|老师)")


class Personal(StrEnum):
    """What kind of personal data a field holds."""

    NONE = "none"
    NUMBER = "number"
    """A telephone number or another way to reach somebody."""
    NAME = "name"
    WORDS = "words"
    """Free text, in which people write names and numbers."""


def mask(value: str, kind: Personal) -> str:
    """The value without what points to a person."""
    match kind:
        case Personal.NONE:
            return value
        case Personal.NUMBER:
            return _mask_number(value)
        case Personal.NAME:
            return value[:1] + HIDDEN * max(len(value) - 1, 0)
        case Personal.WORDS:
            return scrub(value)


def scrub(text: str) -> str:
    """Free text without long numbers, mail addresses and names before a title."""
    without_mail = _MAIL.sub(HIDDEN * 3, text)
    without_names = _TITLED.sub(lambda found: f"{found[1]}{HIDDEN}{found[2]}", without_mail)
    return _LONG_NUMBER.sub(
        lambda found: found[0] if found["day"] else _mask_number(found[0]), without_names
    )


def _mask_number(value: str) -> str:
    """First three and last four digits of a long number; nothing of a short one but its length."""
    if len(value) <= _KEEP_HEAD + _KEEP_TAIL:
        return HIDDEN * len(value)
    hidden = HIDDEN * (len(value) - _KEEP_HEAD - _KEEP_TAIL)
    return value[:_KEEP_HEAD] + hidden + value[-_KEEP_TAIL:]
