"""What the environment says wrong is told by name, and never by value."""

from pathlib import Path

import pytest
from pydantic import model_validator

from ingest.process_settings import ProcessSettings, WrongEnvironment, read_environment


class Strict(ProcessSettings):
    """Settings of which two do not go together."""

    @model_validator(mode="after")
    def _goes_together(self) -> "Strict":
        if self.metrics_port == 1 and self.log_format == "console":
            raise ValueError("they do not go together")
        return self


def test_every_wrong_setting_is_named_and_no_value_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOWERWATCH_DATABASE_URL", raising=False)
    monkeypatch.setenv("TOWERWATCH_METRICS_PORT", "70000")
    with pytest.raises(WrongEnvironment) as found:
        read_environment(ProcessSettings)
    told = str(found.value)
    assert "TOWERWATCH_DATABASE_URL: Field required" in told
    assert "TOWERWATCH_METRICS_PORT: Input should be less than or equal to 65535" in told
    assert "70000" not in told
    assert found.value.__cause__ is None


def test_what_is_wrong_together_is_told_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", "postgresql://one:secret@host/base")
    monkeypatch.setenv("TOWERWATCH_METRICS_PORT", "1")
    monkeypatch.setenv("TOWERWATCH_LOG_FORMAT", "console")
    with pytest.raises(WrongEnvironment, match=r"settings: Value error, they do not go together$"):
        read_environment(Strict)


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TOWERWATCH_DATABASE_URL", raising=False)
    monkeypatch.setenv("TOWERWATCH_SECRETS_FOLDER", str(tmp_path))
    (tmp_path / "towerwatch_database_url").write_text("postgresql://one:secret@host/base\n")
    found = read_environment(ProcessSettings)
    assert found.database_url.get_secret_value() == "postgresql://one:secret@host/base"
    assert "secret" not in repr(found)
