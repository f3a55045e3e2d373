"""A made-up city in a database of the test server, and who may see what of it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboards.grafana.words import Language
from ingest.database import Connection, connect
from towerwatch.grafana.ask import Asked, Failed, Reader, look
from towerwatch.grafana.sample import let_see
from towerwatch.services.database import DatabaseUrls

NOW = datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """The database of the city."""

    urls: DatabaseUrls

    def look(self, language: Language = Language.ZH) -> list[Asked | Failed]:
        """Every panel as Grafana's role asks it."""
        with closing(connect(self.urls.grafana_url, application="test")) as connection:
            return list(look(Reader(connection, language, NOW)))

    def see(self, *paths: str) -> None:
        """Let Grafana's role see these places and no others."""
        with self.owner() as owner:
            owner.execute("DELETE FROM reader_scopes")
            for path in paths:
                let_see(owner, "tw_grafana", path)

    @contextmanager
    def owner(self) -> Iterator[Connection]:
        """A session of the schema's owner."""
        with closing(connect(self.urls.owner_url, application="test")) as connection:
            yield connection
