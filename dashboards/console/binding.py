"""Who somebody of a provider is here: tied once by an administrator or by a verified address.

The name that a provider gives a person opens nothing. Names are given again when people leave, and
whoever may choose one there would choose a user here.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from dashboards.console.admin import require_manages
from dashboards.console.errors import BadRequest, NotAllowed, NotBound, NotFound
from dashboards.console.language import N_
from dashboards.console.role import Role, User
from dashboards.console.settings import FirstSignIn
from dashboards.console.store import admin as acts
from dashboards.console.store import binding as store
from dashboards.console.store.pool import Store
from dashboards.identity.oidc import Identity

WAITS_FOR: Final = timedelta(days=7)
MOST_WAIT: Final = 200
"""How many people of a provider may wait to be tied to a user."""
_SHOWN: Final = 50
_TOLD: Final = 12
"""So much of a subject stands in the record of acts: enough to tell two apart."""
_TIED: Final = N_("该用户已停用，或已与另一账号绑定；重置该用户的密码可解除绑定")

_log = structlog.get_logger("console.binding")


def user_of(pool: Store, identity: Identity, first: FirstSignIn, now: datetime) -> str | None:
    """The enabled user that somebody is; None: the user that was meant is shut out.

    Raises:
        NotBound: The person is tied to no user yet, and waits for an administrator.
    """
    with pool.transaction() as connection:
        known = store.user_of(connection, identity, now)
        if known is not None:
            return known.name if known.is_enabled else None
        if first is FirstSignIn.VERIFIED_EMAIL and identity.address:
            name = store.bind_by_address(connection, identity, now)
            if name is not None:
                store.note_own(
                    connection, name, "identity_by_address", _told(identity.subject), now
                )
                return name
        has_room = store.ask(connection, identity, now, before=now - WAITS_FOR, most=MOST_WAIT)
    if not has_room:
        _log.warning("binding_request_dropped", waiting=MOST_WAIT)
    raise NotBound("nobody has tied this account of the provider to a user yet")


def waiting(pool: Store, by: User) -> list[store.BindingRequest]:
    """Who waits to be tied to a user, for who may do it."""
    if by.role is not Role.ADMIN:
        return []
    with pool.scoped(by.scope) as connection:
        return store.fetch_requests(connection, limit=_SHOWN)


def bind(pool: Store, by: User, account: store.Account, name: str, now: datetime) -> None:
    """Tie somebody of the provider to a user.

    Raises:
        NotAllowed: The role may not.
        NotFound: Nobody waits so, or the scope shows no such user.
        BadRequest: The user is shut out, or tied to somebody already.
    """
    _require_admin(by)
    with pool.scoped(by.scope, writes=True) as connection:
        require_manages(connection, by, name)
        called = store.take_request(connection, account)
        if called is None:
            raise NotFound("nobody waits so")
        if not store.bind(connection, account, name, now):
            raise BadRequest(f"{name} is shut out, or tied to another account", sentence=_TIED)
        acts.note(connection, by, "identity_bind", name, f"{called} {_told(account.subject)}", now)


def decline(pool: Store, by: User, account: store.Account, now: datetime) -> None:
    """Take a request away; the person may ask again.

    Raises:
        NotAllowed: The role may not.
        NotFound: Nobody waits so.
    """
    _require_admin(by)
    with pool.scoped(by.scope, writes=True) as connection:
        called = store.take_request(connection, account)
        if called is None:
            raise NotFound("nobody waits so")
        acts.note(connection, by, "identity_decline", called, _told(account.subject), now)


def _require_admin(by: User) -> None:
    if by.role is not Role.ADMIN:
        raise NotAllowed("your role ties nobody of a provider to a user")


def _told(subject: str) -> str:
    return subject if len(subject) <= _TOLD else f"{subject[:_TOLD]}…"
