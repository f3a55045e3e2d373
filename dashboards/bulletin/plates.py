"""A page of plates to print and fix on site: name, code, and what scanning it is for."""

from collections.abc import Sequence
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from analytics.orders.checkpoint import Plate
from dashboards.bulletin.code import qr_svg
from gateway.catalogue import Text

PURPOSES: Final = {
    "asset": Text(zh="扫码报修 · 困人或火情立即报警", en="Scan to report a fault"),
    "checkpoint": Text(zh="巡查点 · 扫码签到", en="Point of a round: scan when you are here"),
}


def plates_page(title: str, plates: Sequence[Plate], address: str) -> str:
    """The page, the same for the same plates.

    Args:
        title: What stands above, such as the compound's name.
        address: Where telephones reach the console, such as https://tower.example.org.
    """
    environment = Environment(
        loader=PackageLoader("dashboards.bulletin"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    base = address.rstrip("/")
    drawn = [
        {
            "plate": plate,
            "url": base + plate.path,
            # Drawn by us from our own address: no text of anybody's stands in it unescaped.
            "svg": Markup(qr_svg(base + plate.path)),  # noqa: S704 - see above
            "purpose": PURPOSES[plate.kind],
        }
        for plate in plates
    ]
    return environment.get_template("plates.html").render(title=title, drawn=drawn) + "\n"
