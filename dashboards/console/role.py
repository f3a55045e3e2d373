"""Roles of people and what each may do; pages offer by it, the server enforces it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from analytics.act.kind import ROLES, ActKind


class Role(StrEnum):
    """Who a user is, in the words of the table `users`."""

    OPERATOR = "operator"
    PROJECT_MANAGER = "project_manager"
    TECHNICIAN = "technician"
    MAINTENANCE_DISPATCHER = "maintenance_dispatcher"
    COMMUNITY = "community"
    OWNERS_COMMITTEE = "owners_committee"
    GRID_MEMBER = "grid_member"
    SUPERVISOR = "supervisor"
    BUREAU = "bureau"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Ability(StrEnum):
    """Which pages a role gets; what it may do to alarms and orders is the act's own table."""

    WATCH = "watch"
    """Alarms, orders and warnings of the scope."""
    WORK = "work"
    """The own organisation's orders, on a phone."""
    PLATFORM = "platform"
    """Gateways, ledgers and quarantine."""
    BUREAU = "bureau"
    """The bureau's page."""
    ADMIN = "admin"
    """Users, sessions, gateways, keys, and who did what."""
    SUPERVISE = "supervise"
    """Scores, reports and measures of the scope."""


_WATCH: Final = frozenset({Ability.WATCH})
OF_FIRM: Final = frozenset({Role.TECHNICIAN, Role.MAINTENANCE_DISPATCHER})
"""Roles that see the orders of their own organisation alone."""

ABILITIES: Final[dict[Role, frozenset[Ability]]] = {
    Role.OPERATOR: _WATCH,
    Role.PROJECT_MANAGER: _WATCH | {Ability.PLATFORM, Ability.SUPERVISE, Ability.ADMIN},
    Role.TECHNICIAN: frozenset({Ability.WORK}),
    Role.MAINTENANCE_DISPATCHER: _WATCH | {Ability.WORK},
    Role.COMMUNITY: _WATCH | {Ability.SUPERVISE},
    Role.OWNERS_COMMITTEE: _WATCH,
    Role.GRID_MEMBER: _WATCH,
    Role.SUPERVISOR: _WATCH | {Ability.PLATFORM, Ability.BUREAU, Ability.SUPERVISE},
    Role.BUREAU: _WATCH | {Ability.BUREAU},
    Role.ADMIN: _WATCH | {Ability.PLATFORM, Ability.BUREAU, Ability.SUPERVISE, Ability.ADMIN},
    Role.AUDITOR: _WATCH | {Ability.PLATFORM, Ability.BUREAU, Ability.SUPERVISE},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who is logged in.

    Attributes:
        scope: Paths of the places whose subtree the user may see; empty: nothing.
        language: `zh` or `en`.
        csrf_token: What a form of this session must send back.
    """

    name: str
    role: Role
    display_name: str
    organisation_id: int | None
    scope: tuple[str, ...]
    language: str
    csrf_token: str

    def may(self, ability: Ability) -> bool:
        """Whether the user's role has the ability."""
        return ability in ABILITIES[self.role]

    def may_act(self, kind: ActKind) -> bool:
        """Whether the user's role may ask for the act, by the alarm process's own table."""
        return self.role.value in ROLES[kind]

    @property
    def permissions(self) -> str:
        """Abilities and acts as words, for the page's own styles and scripts."""
        abilities = [ability.value for ability in Ability if self.may(ability)]
        return " ".join([*abilities, *(kind.value for kind in ActKind if self.may_act(kind))])

    @property
    def home(self) -> str:
        """The page that the user starts on."""
        match self.role:
            case Role.TECHNICIAN:
                return "/t"
            case Role.BUREAU:
                return "/bureau"
            case _:
                return "/"


def covers(scope: tuple[str, ...], path: str) -> bool:
    """Whether a place lies at or below one of the scope's; the empty path is above every place."""
    return any(top in ("", path) or path.startswith(f"{top}.") for top in scope)
