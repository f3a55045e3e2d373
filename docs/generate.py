"""Write the reference pages from the code, or check that they say what the code says.

python docs/generate.py            write the pages that follow from the code alone
python docs/generate.py --check    write nothing; status 1 when a page is out of date
python docs/generate.py --database URL   schema.md too, from a migrated database (its owner)
"""  # noqa: INP001 - a folder of documents, not a package

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).resolve().parent
if str(DOCS.parent) not in sys.path:
    sys.path.insert(0, str(DOCS.parent))


def pages() -> dict[str, Callable[[], str]]:
    """Name of each page that needs no database, and what writes its text."""
    from analytics.duties.schema import json_schema
    from docs.page_asyncapi import asyncapi_page
    from docs.page_catalogue import catalogue_page
    from docs.page_commands import commands_page
    from docs.page_duties import duties_page
    from docs.page_metrics import metrics_page
    from docs.page_protocol import protocol_page
    from docs.page_registry import registry_page
    from docs.page_routes import routes_page
    from docs.page_settings import settings_page
    from docs.page_simulators import growth_figure, simulators_page
    from docs.page_sizing import sizing_page
    from gateway.schema import json_schema as gateway_schema

    return {
        "catalogue.md": catalogue_page,
        "asyncapi.yaml": asyncapi_page,
        "registry.md": registry_page,
        "commands.md": commands_page,
        "duties.md": duties_page,
        "duties.schema.json": json_schema,
        "settings.md": settings_page,
        "gateway.schema.json": gateway_schema,
        "metrics.md": metrics_page,
        "api.md": routes_page,
        "simulators.md": simulators_page,
        "growth.svg": growth_figure,
        "sizing.md": sizing_page,
        "protocol.md": lambda: protocol_page((DOCS / "protocol.md").read_text("utf-8")),
    }


def stale_pages() -> list[str]:
    """Pages whose text is not what the code says."""
    return [
        name
        for name, text in pages().items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text("utf-8") != text()
    ]


def main() -> int:
    """Write or check, and return the status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--database", default="", help="libpq URL of a migrated database's owner")
    options = parser.parse_args()
    if options.check:
        stale = stale_pages()
        for name in stale:
            sys.stderr.write(f"docs/{name} is out of date: run python docs/generate.py\n")
        return 1 if stale else 0
    for name, text in pages().items():
        (DOCS / name).write_text(text(), "utf-8")
    if options.database:
        from docs.page_schema import schema_page

        (DOCS / "schema.md").write_text(schema_page(options.database), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
