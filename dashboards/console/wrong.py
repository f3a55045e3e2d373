"""What is wrong with a request, field by field, in the words of whoever reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboards.console.language import EN, N_, translator

_WORDS: Final[Mapping[str, str]] = {
    "missing": N_("必须填写"),
    "extra_forbidden": N_("没有这一项"),
    "json_invalid": N_("不是有效的 JSON"),
    "literal_error": N_("须为其中之一：%(expected)s"),
    "enum": N_("须为其中之一：%(expected)s"),
    "greater_than_equal": N_("不能小于 %(ge)s"),
    "greater_than": N_("须大于 %(gt)s"),
    "less_than_equal": N_("不能大于 %(le)s"),
    "less_than": N_("须小于 %(lt)s"),
    "string_too_long": N_("最多 %(max_length)s 个字"),
    "string_too_short": N_("至少 %(min_length)s 个字"),
    "too_long": N_("最多 %(max_length)s 项"),
    "too_short": N_("至少 %(min_length)s 项"),
    "string_pattern_mismatch": N_("格式不对"),
    "value_error": N_("内容不符合要求"),
}
"""By the types of pydantic; of numbers, times and the like every type is one word more."""
_KINDS: Final = (
    ("int", N_("须为整数")),
    ("float", N_("须为数字")),
    ("bool", N_("须为是或否")),
    ("date", N_("须为带时区的时间，例如 2026-11-22T03:00:00+08:00")),
    ("string", N_("须为文字")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One thing that is wrong.

    Attributes:
        field: Where: `body.minutes`.
        code: What kind, in one word that does not change.
        message: What was expected, in the reader's language.
    """

    field: str
    code: str
    message: str


def wrongs_of(faults: Sequence[Mapping[str, Any]], language: str) -> list[Wrong]:
    """The faults of a request as pydantic finds them, in words."""
    return [
        Wrong(
            field=".".join(map(str, fault["loc"])),
            code=str(fault["type"]),
            message=_message(fault, language),
        )
        for fault in faults
    ]


def _message(fault: Mapping[str, Any], language: str) -> str:
    if language == EN:
        return str(fault["msg"])
    code = str(fault["type"])
    kinds = (words for kind, words in _KINDS if code.startswith(kind))
    words: str = translator(language)(_WORDS.get(code) or next(kinds, N_("内容不符合要求")))
    values: Mapping[str, object] = fault.get("ctx", {})
    return words % values
