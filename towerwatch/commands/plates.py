"""`towerwatch plates`: the QR plates of a place, to print and fix on site."""

from pathlib import Path
from typing import Annotated, Final

import typer

from analytics.orders.checkpoint import fetch_plates
from dashboards.bulletin.plates import plates_page
from towerwatch.errors import WrongSettings
from towerwatch.reach import database

_ROLE: Final = "tw_analytics"


def command(
    place: Annotated[str, typer.Option(help="Code of the place, such as a compound.")],
    url: Annotated[str, typer.Option(help="Where telephones reach the console, https://...")],
    out: Annotated[Path, typer.Option(help="The page that is written.")] = Path(
        "build/plates.html"
    ),
) -> None:
    """Write a page of QR plates for assets and points of rounds, to print and fix on site."""
    if not url.startswith(("https://", "http://")):
        raise WrongSettings(f"{url} is no address of a console: https://...")
    with database(_ROLE) as connection:
        plates = fetch_plates(connection, place)
    if not plates:
        raise WrongSettings(f"nothing with a plate is registered below {place}")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(plates_page(place, plates, url), "utf-8")
    typer.echo(f"{out}: {len(plates)}")
