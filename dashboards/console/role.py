"""Roles of people and what each may do; pages offer by it, the server enforces it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


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
    """One thing that a role may or may not do."""

    WATCH = "watch"
    """See alarms, orders and warnings of the scope."""
    ACKNOWLEDGE = "acknowledge"
    JUDGE = "judge"
    """Say that an alarm is real or false."""
    RESET = "reset"
    WORK = "work"
    """Accept an order, arrive, restore."""
    VERIFY = "verify"
    """Verify and close an order."""
    PLATFORM = "platform"
    """See gateways, ledgers and quarantine."""
    BUREAU = "bureau"
    """See the bureau's page."""


_DESK: Final = frozenset({Ability.WATCH, Ability.ACKNOWLEDGE, Ability.JUDGE})

ABILITIES: Final[dict[Role, frozenset[Ability]]] = {
    Role.OPERATOR: _DESK,
    Role.PROJECT_MANAGER: _DESK | {Ability.RESET, Ability.VERIFY},
    Role.TECHNICIAN: frozenset({Ability.WORK}),
    Role.MAINTENANCE_DISPATCHER: frozenset({Ability.WATCH, Ability.WORK}),
    Role.COMMUNITY: frozenset({Ability.WATCH}),
    Role.OWNERS_COMMITTEE: frozenset({Ability.WATCH}),
    Role.GRID_MEMBER: frozenset({Ability.WATCH}),
    Role.SUPERVISOR: _DESK | {Ability.RESET, Ability.VERIFY, Ability.PLATFORM, Ability.BUREAU},
    Role.BUREAU: frozenset({Ability.WATCH, Ability.BUREAU}),
    Role.ADMIN: frozenset(Ability),
    Role.AUDITOR: frozenset({Ability.WATCH, Ability.PLATFORM, Ability.BUREAU}),
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
