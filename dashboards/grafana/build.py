"""Write what a Grafana provisions: dashboards in both languages, data sources, providers.

    DIR/dashboards/zh/tw-city.json  ...  DIR/dashboards/en/tw-city-en.json
    DIR/provisioning/datasources/towerwatch.yaml
    DIR/provisioning/dashboards/towerwatch.yaml

The same code and the same words give the same bytes. No secret is written: the data source names the
file in which Grafana finds the password.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from dashboards.grafana.boards import DASHBOARDS
from dashboards.grafana.model import DATA_SOURCE, Build, Json, model_of
from dashboards.grafana.words import Language

MOUNTED: Final = "/var/lib/towerwatch"
"""Where Grafana sees the folder `dashboards`, as `deploy/compose.yaml` mounts it."""
DATABASE: Final = "database:5432/towerwatch"
"""How Grafana reaches the database there."""
SECRETS: Final = "/run/secrets"
FOLDERS: Final = {Language.ZH: "守望塔", Language.EN: "Towerwatch"}
"""Titles of Grafana's folders, one a language."""
READER: Final = "tw_grafana"
"""The role that everybody in Grafana's first organisation reads as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is written and for where.

    Attributes:
        console_url: Where the links into the console lead.
        mounted: Folder in which Grafana sees the folder `dashboards`.
        database: host:port/name as Grafana reaches it.
        secrets: Folder in which Grafana finds each role's password.
        readers: Role of the database by number of Grafana's organisation.
    """

    console_url: str
    mounted: str = MOUNTED
    database: str = DATABASE
    sslmode: str = "disable"
    secrets: str = SECRETS
    readers: dict[int, str] = field(default_factory=lambda: {1: READER})


def folder_uid(language: Language) -> str:
    """Uid of the folder of one language."""
    return f"towerwatch-{language}"


def models(console_url: str) -> dict[Language, list[Json]]:
    """Every dashboard in each language."""
    address = console_url.rstrip("/")
    return {
        language: [
            model_of(dashboard, Build(language=language, console_url=address))
            for dashboard in DASHBOARDS
        ]
        for language in Language
    }


def files_of(plan: Plan) -> dict[str, str]:
    """Every file by its path below the folder."""
    found = {
        f"dashboards/{language}/{model['uid']}.json": _text(model)
        for language, boards in models(plan.console_url).items()
        for model in boards
    }
    found["provisioning/datasources/towerwatch.yaml"] = _yaml(_sources(plan))
    found["provisioning/dashboards/towerwatch.yaml"] = _yaml(_providers(plan))
    return found


def build(folder: Path, plan: Plan) -> list[Path]:
    """Write every file and remove dashboards that are no more."""
    wanted = files_of(plan)
    for former in folder.glob("dashboards/*/*.json"):
        if former.relative_to(folder).as_posix() not in wanted:
            former.unlink()
    for name, text in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [folder / name for name in wanted]


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _yaml(value: Json) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False)


def password_file(role: str, secrets: str) -> str:
    """The file of a role's password, as Grafana expands it when it reads the provisioning."""
    return f"$__file{{{secrets}/{role.removeprefix('tw_')}_database_password}}"


def source_of(role: str, *, host: str, database: str, password: str, sslmode: str) -> Json:
    """A data source as Grafana takes it by file and by HTTP."""
    return {
        "name": "Towerwatch",
        "uid": DATA_SOURCE["uid"],
        "type": "postgres",
        "access": "proxy",
        "url": host,
        "user": role,
        "database": database,
        "isDefault": True,
        "editable": False,
        "jsonData": {
            "database": database,
            "sslmode": sslmode,
            "postgresVersion": 1600,
            "timescaledb": True,
            "maxOpenConns": 4,
            "maxIdleConns": 2,
            "connMaxLifetime": 3600,
        },
        "secureJsonData": {"password": password},
    }


def _sources(plan: Plan) -> Json:
    host, _, database = plan.database.partition("/")
    return {
        "apiVersion": 1,
        "datasources": [
            {
                **source_of(
                    role,
                    host=host,
                    database=database,
                    password=password_file(role, plan.secrets),
                    sslmode=plan.sslmode,
                ),
                "orgId": organisation,
            }
            for organisation, role in sorted(plan.readers.items())
        ],
    }


def _providers(plan: Plan) -> Json:
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": f"{folder_uid(language)}-{organisation}",
                "orgId": organisation,
                "folder": FOLDERS[language],
                "folderUid": f"{folder_uid(language)}",
                "type": "file",
                "disableDeletion": False,
                "allowUiUpdates": False,
                "updateIntervalSeconds": 60,
                "options": {"path": f"{plan.mounted}/dashboards/{language}"},
            }
            for organisation in sorted(plan.readers)
            for language in Language
        ],
    }
