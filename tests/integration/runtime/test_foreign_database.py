"""A database of one's own that cannot be used is told in one line, without its password."""

import pytest

from towerwatch.errors import ServiceFailed
from towerwatch.services.database import Server, ensure_roles


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://owner:hidden@127.0.0.1:1/base", "Connection refused"),
        ("base-without-a-host", 'missing "="'),
    ],
)
def test_a_database_that_is_not_there_is_told_in_one_line(url: str, said: str) -> None:
    with pytest.raises(ServiceFailed) as found:
        ensure_roles(Server(admin_url=url, passwords={}))
    told = str(found.value)
    assert told.startswith("database: ")
    assert said in told
    assert "\n" not in told
    assert "hidden" not in told
