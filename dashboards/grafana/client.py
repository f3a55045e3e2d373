"""The one place that talks to Grafana's HTTP API, through grafana-client."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaException
from niquests import RequestException

from dashboards.grafana.errors import GrafanaRefused, VersionConflict
from dashboards.grafana.model import Json

_TIMEOUT_S: Final = 10.0
_NOT_FOUND: Final = 404
_CONFLICT: Final = 412


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A Grafana server and who speaks to it.

    Attributes:
        url: Its address.
        token: A service account's token that may write data sources, folders and dashboards of its
            organisation.
        user: A server administrator instead, who may enter every organisation; empty for none.
    """

    url: str
    token: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)


class Grafana:
    """One organisation of a Grafana server."""

    def __init__(self, target: Target, organisation: int | None = None) -> None:
        self._url = target.url
        credential = (target.user, target.password) if target.user else target.token
        self._api = GrafanaApi.from_url(target.url, credential=credential, timeout=_TIMEOUT_S)
        if organisation is not None:
            self._api.client.s.headers["X-Grafana-Org-Id"] = str(organisation)

    def version(self) -> str:
        """Version of the server.

        Raises:
            GrafanaRefused: It does not answer or is no Grafana.
        """
        with self._words():
            health = self._api.health.check()
        if not isinstance(health, dict) or "version" not in health:
            raise GrafanaRefused(f"{self._url} does not answer as Grafana does")
        return str(health["version"])

    def organisation(self, name: str) -> int:
        """The number of the organisation of that name, made when it is absent; administrators only."""
        with self._words():
            known = self._api.organizations.list_organization()
            found = next((one["id"] for one in known if one["name"] == name), None)
            if found is None:
                found = self._api.organization.create_organization({"name": name})["orgId"]
        return int(found)

    def data_source(self, uid: str) -> Json | None:
        """A data source, or None."""
        with self._words():
            return _or_none(lambda: self._api.datasource.get_datasource_by_uid(uid))

    def write_data_source(self, source: Json) -> None:
        """Make or replace a data source."""
        with self._words():
            if _or_none(lambda: self._api.datasource.get_datasource_by_uid(source["uid"])):
                self._api.datasource.update_datasource_by_uid(source["uid"], source)
            else:
                self._api.datasource.create_datasource(source)

    def folder(self, uid: str) -> Json | None:
        """A folder, or None."""
        with self._words():
            return _or_none(lambda: self._api.folder.get_folder(uid))

    def make_folder(self, uid: str, title: str) -> None:
        """Make a folder."""
        with self._words():
            self._api.folder.create_folder(title, uid=uid)

    def dashboard(self, uid: str) -> tuple[Json, str] | None:
        """A dashboard and the uid of its folder, or None."""
        with self._words():
            found = _or_none(lambda: self._api.dashboard.get_dashboard(uid))
        if found is None:
            return None
        meta = found["meta"]
        assert isinstance(meta, dict)
        model = found["dashboard"]
        assert isinstance(model, dict)
        return model, str(meta.get("folderUid", ""))

    def write_dashboard(self, model: Json, folder: str, version: int | None, message: str) -> None:
        """Make a dashboard, or replace the version that was read.

        Raises:
            VersionConflict: Somebody wrote it since; read it again.
        """
        numbered = {**model, "id": None, "version": version or 0}
        with self._words():
            self._api.dashboard.update_dashboard(
                {"dashboard": numbered, "folderUid": folder, "overwrite": False, "message": message}
            )

    def annotate(self, text: str, tags: list[str]) -> None:
        """Leave a mark on every dashboard's time line, such as that the dashboards were renewed."""
        with self._words():
            self._api.annotations.add_annotation(text=text, tags=tags)

    @contextmanager
    def _words(self) -> Iterator[None]:
        """Whatever goes wrong is said as one of our errors."""
        try:
            yield
        except GrafanaException as error:
            status = int(error.status_code or 0)
            kind = VersionConflict if status == _CONFLICT else GrafanaRefused
            raise kind(f"Grafana at {self._url}: {error.message}", status) from error
        except (RequestException, OSError, ValueError) as error:
            raise GrafanaRefused(f"Grafana at {self._url}: {error}") from error


def _or_none(ask: Callable[[], Json]) -> Json | None:
    try:
        return ask()
    except GrafanaClientError as error:
        if error.status_code == _NOT_FOUND:
            return None
        raise
