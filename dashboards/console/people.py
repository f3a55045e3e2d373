"""Who is behind a log-in name: pages name people, the history and the interface keep accounts."""

from collections.abc import Mapping
from contextlib import suppress
from threading import Lock
from types import MappingProxyType
from typing import Final

from markupsafe import Markup

from dashboards.console import words
from dashboards.console.language import EN, translator
from dashboards.console.store.pool import WHOLE_TREE, Store
from dashboards.console.store.user import Named, fetch_names
from gateway.clock import steady_s
from ingest.errors import StoreUnavailable

People = Mapping[str, Named]
NOBODY: Final[People] = MappingProxyType({})
_KEPT_S: Final = 30.0
"""A person who is new is named so long after being added, at the latest."""
_BOTH: Final = " + "
"""Stands between the two who agreed on something."""


class Directory:
    """Everybody who has or had access, read anew twice a minute; without a database the last known."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._read_at_s = -_KEPT_S
        self.known: People = NOBODY

    def fresh(self) -> People:
        """People by account; one thread reads, others take what is there."""
        if steady_s() - self._read_at_s >= _KEPT_S and self._lock.acquire(blocking=False):
            try:
                with suppress(StoreUnavailable), self._store.scoped(WHOLE_TREE) as connection:
                    self.known = {one.name: one for one in fetch_names(connection)}
            finally:
                self._read_at_s = steady_s()
                self._lock.release()
        return self.known


def person_words(language: str, known: People, account: str) -> str:
    """Who it was: name, and role where the name does not say it; else the account or the machine."""
    found = known.get(account)
    if found is None:
        return translator(language)(words.ACTORS.get(account, account)) if account else ""
    role = translator(language)(words.ROLES[found.role])
    if role in found.display_name:
        return found.display_name
    return f"{found.display_name} ({role})" if language == EN else f"{found.display_name}（{role}）"


def people_words(language: str, known: People, accounts: str) -> str:
    """The same of one or of two who agreed."""
    return _BOTH.join(person_words(language, known, one) for one in accounts.split(_BOTH))


def people_marked(language: str, known: People, accounts: str) -> Markup | str:
    """The same for a page, with the account for whoever points at it."""
    said = people_words(language, known, accounts)
    return said if said == accounts else Markup('<span title="{}">{}</span>').format(accounts, said)
