"""The initials of Chinese names as people type them: 东区3号楼 is found by dq3.

Pure, after a table of the 6,763 characters of GB 2312 and some that names of compounds like; a
character outside of it stands for itself. The table gives the first reading of the Unihan
database (by way of pinyin-data, MIT licence). Where names use two readings of a character (长 of
长安 and of 家长), both are written down, as long as there are few.
"""

from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final

_TWO_READINGS: Final = {
    "长": "cz",
    "重": "cz",
    "厦": "xs",
    "朝": "cz",
    "行": "xh",
    "乐": "ly",
    "盛": "sc",
    "曾": "zc",
    "单": "ds",
    "藏": "cz",
    "传": "cz",
    "校": "xj",
    "宿": "sx",
    "会": "hk",
    "石": "sd",
    "解": "jx",
    "降": "jx",
    "车": "cj",
}
_MOST_FORMS: Final = 8
_SIGNS: Final = str.maketrans(dict.fromkeys(" -_·.,，。、()（）#/"))


@cache
def _table() -> dict[int, str]:
    text = (files("dashboards.console") / "initials.txt").read_text("utf-8")
    return {
        ord(character): initial
        for initial, characters in (line.split(" ", 1) for line in text.splitlines())
        for character in characters.strip()
    }


def initials(name: str) -> tuple[str, ...]:
    """Every way in which the name's initials may be typed, the usual one first.

    >>> initials("东区3号楼")
    ('dq3hl',)
    >>> initials("长安小区")
    ('caxq', 'zaxq')
    """
    plain = name.translate(_SIGNS).lower()
    choices = [_TWO_READINGS.get(one, one.translate(_table())) for one in plain]
    readings = [
        tuple(choice) if one in _TWO_READINGS else (choice,)
        for one, choice in zip(plain, choices, strict=True)
    ]
    found: dict[str, None] = {}
    for form in product(*readings):
        found["".join(form)] = None
        if len(found) == _MOST_FORMS:
            break
    return tuple(found)


def words_of(*names: str) -> str:
    """What a name is found by: itself and its initials, small, without signs, each once."""
    parts: dict[str, None] = {}
    for name in names:
        plain = name.translate(_SIGNS).lower()
        if plain:
            parts[plain] = None
        parts |= dict.fromkeys(form for form in initials(name) if form)
    return " ".join(parts)


def needles(question: str) -> list[str]:
    """The words of a question, as `words_of` writes them down; at most eight."""
    return [part for word in question.lower().split() if (part := word.translate(_SIGNS))][:8]
