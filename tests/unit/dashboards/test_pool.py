"""What an error of the database means for a page."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from dashboards.console.errors import BadRequest
from dashboards.console.store.pool import Store
from ingest.errors import StoreUnavailable


class _Pool:
    """Hands out nothing; what goes wrong is raised by who uses it."""

    @contextmanager
    def connection(self) -> Iterator[None]:
        yield None


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (psycopg.errors.AdminShutdown("ended"), StoreUnavailable),
        (psycopg.errors.ReadOnlySqlTransaction("read-only"), StoreUnavailable),
        (psycopg.errors.InternalError_("chunk not found"), StoreUnavailable),
        (psycopg.errors.UntranslatableCharacter("zero"), BadRequest),
        (psycopg.errors.UndefinedColumn("ours"), psycopg.errors.UndefinedColumn),
    ],
)
def test_what_is_not_our_fault_is_told_as_the_databases(
    error: psycopg.Error, told: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store("")
    monkeypatch.setattr(store, "_pool", _Pool())
    with pytest.raises(told), store.connection():
        raise error
