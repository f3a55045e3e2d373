"""Ready rules for JSON terminals, as data: a site names a set and says where its messages come."""

from collections.abc import Iterable
from importlib.resources import files

import yaml

from gateway.drivers.options import checked
from gateway.drivers.terminal_message import Rule
from gateway.errors import BadSettings


def rule_sets() -> list[str]:
    """Names of the sets that come with the gateway."""
    found = files(__name__).iterdir()
    return sorted(one.name.removesuffix(".yaml") for one in found if one.name.endswith(".yaml"))


def load_rules(names: Iterable[str], topic: str) -> list[Rule]:
    """The rules of sets, for messages of this topic.

    Raises:
        BadSettings: There is no set of that name.
    """
    rules: list[Rule] = []
    for name in names:
        if name not in rule_sets():
            raise BadSettings(f"there is no rule set {name!r}; there are {', '.join(rule_sets())}")
        content = yaml.safe_load(files(__name__).joinpath(f"{name}.yaml").read_text("utf-8"))
        rules += [
            checked(Rule, {"topic": topic, **rule}, f"rule set {name}") for rule in content["rules"]
        ]
    return rules
