"""Which database `towerwatch registry` writes to when no URL is given on the command line."""

import pytest

from towerwatch.commands import registry


def test_an_existing_server_is_taken_as_by_every_other_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", "postgresql://owner@elsewhere/towerwatch")
    asked: list[str] = []

    def refuse(url: str, *, application: str) -> None:
        asked.append(f"{url} {application}")
        raise LookupError

    monkeypatch.setattr(registry, "connect", refuse)
    with pytest.raises(LookupError), registry._database("", demo=False):
        pass
    assert asked == ["postgresql://owner@elsewhere/towerwatch towerwatch registry"]
