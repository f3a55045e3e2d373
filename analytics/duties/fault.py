"""What is wrong with a matrix file: the line of the file, in Chinese and in English."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import yaml
from pydantic_core import ErrorDetails

from gateway.catalogue import Text

Location = tuple[int | str, ...]

_ZH: Final[Mapping[str, str]] = {
    "missing": "缺少此字段",
    "extra_forbidden": "没有这个字段",
    "enum": "不是允许的值",
    "string_type": "应为文字",
    "string_too_short": "不能为空",
    "string_too_long": "太长",
    "string_pattern_mismatch": "格式不对",
    "too_short": "至少要有一项",
    "greater_than": "应大于下限",
    "less_than_equal": "超过上限",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "datetime_type": "应为日期时间",
    "datetime_parsing": "应为日期时间,如 2026-12-01T00:00:00+08:00",
    "datetime_from_date_parsing": "应为日期时间,如 2026-12-01T00:00:00+08:00",
    "date_type": "应为日期",
    "date_parsing": "应为日期,如 2026-10-01",
    "date_from_datetime_parsing": "应为日期,如 2026-10-01",
    "tuple_type": "应为列表",
    "dict_type": "应为一组“名称: 值”",
    "model_type": "应为一组“名称: 值”",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault:
    """One thing that is wrong with a file.

    Attributes:
        line: Line of the file, from 1.
        where: Field, such as `lines[1].event`.
    """

    line: int
    where: str
    text: Text

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        return f"第{self.line}行 line {self.line}: {where}{self.text.zh} / {self.text.en}"


class Lines:
    """Where each part of a YAML text stands.

    Args:
        root: The composed document; None for an empty text.
    """

    def __init__(self, root: yaml.Node | None) -> None:
        self._root = root

    def of(self, location: Location) -> int:
        """The line of a part, or of the nearest part around it that exists."""
        node, line = self._root, 1
        for step in location:
            found = _entry(node, step)
            if found is None:
                break
            node, line = found
        return line

    def twice(self) -> Iterator[FileFault]:
        """Names that stand twice in one mapping, of which YAML would keep the last in silence."""
        yield from _twice(self._root, ())


def _entry(node: yaml.Node | None, step: int | str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item, item.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if str(key.value) == str(step):
                return value, key.start_mark.line + 1
    return None


def _twice(node: yaml.Node | None, location: Location) -> Iterator[FileFault]:
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _twice(item, (*location, number))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield FileFault(
                    line=key.start_mark.line + 1,
                    where=named((*location, name)),
                    text=Text(zh="同名字段出现两次", en="this name stands twice"),
                )
            seen.add(name)
            yield from _twice(value, (*location, name))


def named(location: Sequence[int | str]) -> str:
    """A part as people write it."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).removeprefix(".")


def of_form(errors: Iterable[ErrorDetails], lines: Lines) -> list[FileFault]:
    """What the form of the file objects to."""
    return [
        FileFault(
            line=lines.of(error["loc"]),
            where=named([part for part in error["loc"] if part != "[key]"]),
            text=Text(zh=_chinese(error), en=error["msg"]),
        )
        for error in errors
    ]


def _chinese(error: ErrorDetails) -> str:
    said = _ZH.get(error["type"], "内容不对")
    given = error["input"]
    is_shown = isinstance(given, str | int | float) and error["type"] != "missing"
    value = f"“{given}”" if is_shown else ""
    context = error.get("ctx", {})
    allowed = context.get("expected") if error["type"] == "enum" else None
    return f"{value}{said}" + (f"(可用:{allowed})" if allowed else "")


def of_yaml(error: yaml.YAMLError) -> FileFault:
    """What the reader of YAML objects to."""
    mark = getattr(error, "problem_mark", None)
    line = 1 if mark is None else mark.line + 1
    said = str(getattr(error, "problem", error) or error)
    text = Text(zh=f"不是有效的 YAML({said})", en=f"the matrix is no YAML: {said}")
    return FileFault(line=line, where="", text=text)
