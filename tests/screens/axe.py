"""axe-core in the page: what a person who cannot see or point well would stumble over."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

from tests.community.edition import fetch_locked

FOLDER: Final = Path(__file__).parent
_SCRIPT: Final = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
_SERIOUS: Final = ("serious", "critical")
_RUN: Final = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.map(({ id, impact, help, nodes }) =>
    ({ id, impact, help, where: nodes.map((one) => one.target.join(" ")).slice(0, 5) }));
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stumble:
    """A rule that a page breaks.

    Attributes:
        where: Selectors of the first places.
    """

    rule: str
    impact: str
    words: str
    where: tuple[str, ...]

    @property
    def is_serious(self) -> bool:
        """Whether it keeps somebody from using the page."""
        return self.impact in _SERIOUS


def install() -> None:
    """Fetch the locked package where it is absent."""
    fetch_locked(FOLDER)


def judge(page: Page) -> list[Stumble]:
    """What axe finds on the page as it stands; the page's own policy does not reach it."""
    page.evaluate(_SCRIPT.read_text("utf-8"))
    found: list[Mapping[str, Any]] = page.evaluate(_RUN)
    return [
        Stumble(
            rule=str(one["id"]),
            impact=str(one["impact"]),
            words=str(one["help"]),
            where=tuple(map(str, one["where"])),
        )
        for one in found
    ]
