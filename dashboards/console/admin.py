"""What administrators do at the console: walk tests, rosters, users; each written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from analytics.act import ActKind
from analytics.act.admin_kind import BeginWalk, FailWalk, PassWalk, SetDesk, SetRoster
from analytics.commission.store import WalkId
from analytics.orders.technician import TechnicianName
from dashboards.console.act import Asked, Outcome, carry, id_of, kind_of, person
from dashboards.console.errors import BadRequest, BadUser, NotAllowed, NotFound
from dashboards.console.language import N_
from dashboards.console.role import Role, User
from dashboards.console.store import admin as store
from dashboards.console.store import binding
from dashboards.console.store import user as users
from dashboards.console.store.pool import Store
from dashboards.console.store.sign_in import forget
from dashboards.console.users import EVERYWHERE, add_user, change_password, disable_user
from ingest.database import Connection

MAY_MAKE: Final[Mapping[Role, frozenset[Role]]] = {
    Role.ADMIN: frozenset(Role),
    Role.PROJECT_MANAGER: frozenset({Role.OPERATOR, Role.GRID_MEMBER, Role.TECHNICIAN}),
}
"""Which roles somebody may give; a project manager those of the own compounds' daily work."""

_TAKEN: Final = N_("该邮箱已登记给另一用户")


def begin_walk(pool: Store, user: User, assets: Sequence[str], asked: Asked) -> Outcome:
    """Say that devices are going to be set off.

    Raises:
        NotAllowed: The role may not test.
        NotFound: The scope shows no such device.
    """
    kind_of(asked, user)
    codes = tuple(dict.fromkeys(code.strip() for code in assets if code.strip()))
    with pool.scoped(user.scope) as connection:
        paths = [store.fetch_device_path(connection, code) for code in codes[:1]]
    if not paths or paths[0] is None:
        raise NotFound("no such device")
    by = person(user, paths[0])
    return carry(
        pool,
        lambda: BeginWalk(id=id_of(asked), by=by, text=asked.text.strip(), assets=codes),
    )


def end_walk(pool: Store, user: User, walk_id: int, asked: Asked) -> Outcome:
    """Pass or fail a walk test.

    Raises:
        NotAllowed: The role may not test.
        NotFound: The scope shows no such test.
        BadRequest: A failed one needs a reason.
    """
    kind = kind_of(asked, user)
    with pool.scoped(user.scope) as connection:
        path = store.fetch_walk_path(connection, walk_id)
    if path is None:
        raise NotFound(f"no walk test {walk_id}")
    made = PassWalk if kind is ActKind.WALK_PASS else FailWalk
    by = person(user, path)
    return carry(
        pool,
        lambda: made(id=id_of(asked), by=by, text=asked.text.strip(), walk=WalkId(walk_id)),
    )


def set_roster(
    pool: Store, user: User, technician: str, shifts: Sequence[str], asked: Asked
) -> Outcome:
    """Put a technician's week in place of the former one.

    Raises:
        NotAllowed: The role keeps no roster.
        NotFound: The scope shows no such technician.
    """
    kind_of(asked, user)
    with pool.scoped(user.scope) as connection:
        known = {week.name for week in store.fetch_technician_weeks(connection, limit=10_000)}
    if technician not in known:
        raise NotFound(f"no technician {technician}")
    return carry(
        pool,
        lambda: SetRoster(
            id=id_of(asked),
            by=person(user, ""),
            technician=TechnicianName(technician),
            shifts=tuple(shifts),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAsked:
    """A person's week at the desk of a compound.

    Attributes:
        place: Code of the compound.
        who: Log-in name.
    """

    place: str
    who: str
    shifts: tuple[str, ...]


def set_desk(pool: Store, user: User, wanted: DeskAsked, asked: Asked) -> Outcome:
    """Put a person's week at the desk of a compound in place of the former one.

    Raises:
        NotAllowed: The role keeps no roster.
        NotFound: The scope shows no such compound, or nobody of that name.
    """
    kind_of(asked, user)
    with pool.scoped(user.scope) as connection:
        path = store.fetch_compound_path(connection, wanted.place)
        is_known = bool(store.fetch_users(connection, name=wanted.who))
    if path is None or not is_known:
        raise NotFound(f"no compound {wanted.place}, or nobody {wanted.who} who is of it")
    return carry(
        pool,
        lambda: SetDesk(
            id=id_of(asked),
            by=person(user, path),
            place=wanted.place,
            who=wanted.who,
            shifts=wanted.shifts,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A user as a form describes it.

    Attributes:
        places: Codes; `*` is everywhere.
        organisation: Its code; empty: none.
        address: Mail address by which the provider knows the person; empty: none.
    """

    name: str
    role: str
    display_name: str
    places: tuple[str, ...]
    organisation: str
    language: str
    address: str = ""


def put_user(pool: Store, by: User, wanted: Wanted, password: str, now: datetime) -> bool:
    """Make a user, or give the one of that name these properties; whether it is new.

    Former sessions, telephones, passkeys and accounts at a provider of that name end: what they
    opened may be wider, and the name may be another person's from now on.

    Raises:
        NotAllowed: The role may not give that role, or the places are wider than the own.
        BadRequest: Something of it is wrong; nothing was stored.
    """
    _require_may_make(by, wanted.role)
    with pool.scoped(by.scope, writes=True) as connection:
        _require_within(connection, by, wanted)
        store.note(
            connection,
            by,
            "user_put",
            wanted.name,
            f"{wanted.role} {' '.join(wanted.places)} {wanted.organisation}".strip(),
            now,
        )
        try:
            is_new = add_user(
                connection,
                name=wanted.name,
                role=wanted.role,
                display_name=wanted.display_name,
                places=wanted.places,
                password=password,
                organisation=wanted.organisation or None,
                language=wanted.language,
            )
        except BadUser as error:
            raise BadRequest(str(error)) from error
        users.end_sessions(connection, wanted.name)
        forget(connection, wanted.name)
        if not binding.put_address(connection, wanted.name, wanted.address.strip().lower()):
            raise BadRequest("another user has this address", sentence=_TAKEN)
        return is_new


def give_password(pool: Store, by: User, name: str, password: str, now: datetime) -> None:
    """Give a user another password; the sessions end.

    Raises:
        NotFound: The own scope shows no such user.
        NotAllowed: The user's role is above what the own may make.
    """
    with pool.scoped(by.scope, writes=True) as connection:
        require_manages(connection, by, name)
        store.note(connection, by, "user_password", name, "", now)
        change_password(connection, name, password)


def shut_out(pool: Store, by: User, name: str, now: datetime) -> None:
    """Take a user's access away; the sessions end.

    Raises:
        NotFound: The own scope shows no such user, or it is shut out already.
        NotAllowed: It is the own, or its role is above what the own may make.
    """
    if name == by.name:
        raise NotAllowed("nobody shuts himself out")
    with pool.scoped(by.scope, writes=True) as connection:
        require_manages(connection, by, name)
        store.note(connection, by, "user_disable", name, "", now)
        try:
            disable_user(connection, name, now)
        except BadUser as error:
            raise NotFound(str(error)) from error


def end_sessions(pool: Store, by: User, name: str, now: datetime) -> None:
    """Log a user out everywhere.

    Raises:
        NotFound: The own scope shows no such user.
        NotAllowed: The user's role is above what the own may make.
    """
    with pool.scoped(by.scope, writes=True) as connection:
        require_manages(connection, by, name)
        store.note(connection, by, "sessions_end", name, "", now)
        users.end_sessions(connection, name)


def _require_may_make(by: User, role: str) -> None:
    if role not in {one.value for one in MAY_MAKE.get(by.role, frozenset())}:
        raise NotAllowed("your role may not give this role")


def require_manages(connection: Connection, by: User, name: str) -> None:
    """Refuse who may not make a user of that role, scope and firm.

    Raises:
        NotFound: The own scope shows no such user.
        NotAllowed: The user's role or firm is none of the own's to make.
    """
    found = store.fetch_users(connection, name=name)
    if not found:
        raise NotFound(f"no user {name}")
    _require_may_make(by, found[0].role)
    _require_own_firm(connection, by, found[0].organisation)


def _require_own_firm(connection: Connection, by: User, organisation: str) -> None:
    """A project manager makes nobody of another firm: what such a one did would stand in its name."""
    if by.role is not Role.PROJECT_MANAGER or not organisation:
        return
    if users.fetch_organisation_id(connection, organisation) != by.organisation_id:
        raise NotAllowed("people of another organisation are its own to make")


def _require_within(connection: Connection, by: User, wanted: Wanted) -> None:
    """Nobody makes a user who sees more than oneself, or takes over one of another scope."""
    is_everywhere = EVERYWHERE in wanted.places
    if is_everywhere and "" not in by.scope:
        raise NotAllowed("these places are wider than your own")
    named = [code for code in wanted.places if code != EVERYWHERE]
    if not wanted.places or set(named) - store.visible_places(connection, named):
        raise NotAllowed("these places are wider than your own")
    _require_own_firm(connection, by, wanted.organisation)
    if store.is_user(connection, wanted.name):
        require_manages(connection, by, wanted.name)
