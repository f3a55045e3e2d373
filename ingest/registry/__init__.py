"""What is where, who looks after it and which code of which gateway means it.

Check a folder of CSV files or one YAML file, plan what it would change, apply the plan; merge,
split and move places; ask who was responsible when.
"""

from ingest.registry.change import (
    Act,
    Part,
    apply,
    merge_places,
    move_place,
    plan,
    split_place,
)
from ingest.registry.checker import check
from ingest.registry.errors import PlanOutdated, RegistryError, RegistryRefused
from ingest.registry.problem import Problem, Report
from ingest.registry.step import Plan
from ingest.registry.store import management_at, place_history, responsible_at, subtree

__all__ = [
    "Act",
    "Part",
    "Plan",
    "PlanOutdated",
    "Problem",
    "RegistryError",
    "RegistryRefused",
    "Report",
    "apply",
    "check",
    "management_at",
    "merge_places",
    "move_place",
    "place_history",
    "plan",
    "responsible_at",
    "split_place",
    "subtree",
]
