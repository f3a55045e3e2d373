"""The one place that talks to Grafana: dashboards go there by uid, again and again the same."""

from dataclasses import dataclass, field
from typing import Final

from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaException
from niquests import RequestException

from dashboards.grafana.build import DASHBOARDS, model_of
from dashboards.grafana.errors import GrafanaRefused

_FOLDER: Final = "towerwatch"
_FOLDER_TITLE: Final = "守望塔 / Towerwatch"
_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A Grafana server.

    Attributes:
        url: Its address.
        token: A service account's token that may write dashboards.
    """

    url: str
    token: str = field(repr=False)


def push(target: Target) -> list[str]:
    """Make the folder and write every dashboard; returns their uids.

    Raises:
        GrafanaRefused: Grafana does not answer or refuses the token or a dashboard.
    """
    api = GrafanaApi.from_url(target.url, credential=target.token, timeout=_TIMEOUT_S)
    try:
        folders = {folder["uid"] for folder in api.folder.get_all_folders()}
        if _FOLDER not in folders:
            api.folder.create_folder(_FOLDER_TITLE, uid=_FOLDER)
        for dashboard in DASHBOARDS:
            api.dashboard.update_dashboard(
                {"dashboard": model_of(dashboard), "folderUid": _FOLDER, "overwrite": True}
            )
    except (GrafanaException, RequestException, OSError) as error:
        raise GrafanaRefused(f"Grafana at {target.url}: {error}") from error
    return [dashboard.uid for dashboard in DASHBOARDS]
