"""What is wrong with a configuration file, in sentences for whoever wrote it."""

from collections.abc import Iterator
from typing import Final

import yaml
from pydantic_core import ErrorDetails

_OWN: Final = "Value error, "


def sentence(mistake: ErrorDetails) -> str:
    """A mistake that pydantic found, without pydantic's own words where it can be helped."""
    match mistake["type"]:
        case "extra_forbidden":
            return "there is no such key"
        case "missing":
            return "must be said"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "should be keys with their values"
        case _:
            return mistake["msg"].removeprefix(_OWN)


def repeated_keys(root: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Line and sentence of each key that stands twice: YAML takes the last one and says nothing.

    A second `drivers` would put away the first with all its devices.
    """
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue  # An alias, maybe of what it stands in.
        seen.add(id(node))
        match node:
            case yaml.MappingNode():
                lines: dict[str, int] = {}
                for key, value in node.value:
                    line, name = key.start_mark.line + 1, str(key.value)
                    if name in lines:
                        yield line, f"{name}: stands in line {lines[name]} already"
                    lines.setdefault(name, line)
                    waiting.append(value)
            case yaml.SequenceNode():
                waiting += node.value


def broken_yaml(error: yaml.YAMLError | UnicodeDecodeError) -> tuple[int, str]:
    """Line and sentence of what is no YAML."""
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if isinstance(mark, yaml.Mark) else 1
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return line, f"is not YAML: {str(problem).splitlines()[0]}"
