"""What is measured of the console, beside its pictures; the keys of build/console.json."""

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from playwright.sync_api import Page

from gateway.clock import steady_s
from tests.screens.camera import DESK
from tests.screens.compound import Compound
from tests.screens.screen import SCREENS
from tests.screens.visit import Visitor
from towerwatch.process import wait_until

LEAKS: Final = Path(__file__).parents[2] / "build" / "leaks.json"
"""What the leak test over all endpoints writes."""
_PAINT: Final = """() => new Promise((done) => {
  new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => done(-1), 3000);
})"""
_SCRIPTS: Final = """async () => {
  const loaded = performance.getEntriesByType("resource").map((one) => one.name);
  const scripts = [...new Set(loaded.filter((name) => new URL(name).pathname.endsWith(".js")))];
  return Promise.all(scripts.map((name) => fetch(name).then((answer) => answer.text())));
}"""
_SHOWN: Final = (
    """() => Number(document.querySelector('[data-count-of="open"]')?.textContent ?? 0)"""
)
_LIMIT_S: Final = 120.0
_KIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured.

    Attributes:
        axe_serious: Serious and critical rules of axe-core broken, over all screens.
        saturated_share: Share of coloured pixels of the all-normal overview at 1920x1080.
        lcp_ms: Largest contentful paint of the all-normal overview [ms].
        js_gzip_kb: Scripts that the overview loads, each gzipped [KiB].
        alarms_5000_update_ms: From the last of 5,000 alarms being open to the page counting
            them all [ms].
        cases: Endpoints by roles by foreign objects that the leak test has tried, and how many
            of them gave something away; None: it has not been run (build/leaks.json).
        faults: What is wrong with screens, in sentences.
    """

    axe_serious: int
    saturated_share: float
    lcp_ms: float
    js_gzip_kb: float
    alarms_5000_update_ms: float
    cases: int | None
    leaks: int | None
    pictures: int
    faults: tuple[str, ...]


class Leaks(msgspec.Struct):
    """What the leak test over all endpoints has found, as it writes it down."""

    cases: int | None = None
    leaks: int | None = None


def leaks_of() -> Leaks:
    """What the last leak test found; nothing where it was not run."""
    return msgspec.json.decode(LEAKS.read_bytes(), type=Leaks) if LEAKS.is_file() else Leaks()


def largest_paint_ms(page: Page) -> float:
    """Largest contentful paint of the page as it was loaded [ms]; -1: the browser told none."""
    found: float = page.evaluate(_PAINT)
    return found


def script_kib(page: Page) -> float:
    """The scripts that the page has loaded, each gzipped [KiB]."""
    texts: list[str] = page.evaluate(_SCRIPTS)
    return sum(len(gzip.compress(text.encode(), 9)) for text in texts) / _KIB


def update_ms(visitor: Visitor, compound: Compound, alarms: int) -> float:
    """How long after a flood stands in the database an open overview counts all of it [ms]."""
    overview = next(one for one in SCREENS if one.name == "overview")
    visitor.open(overview, DESK)
    compound.flood(alarms)
    stands = wait_until(lambda: compound.open_flood() >= alarms, within_s=_LIMIT_S)
    assert stands, f"{compound.open_flood()} of {alarms} alarms are open\n{compound.logs()}"
    began_s = steady_s()
    visitor.page.wait_for_function(
        f"(all) => ({_SHOWN})() === all", arg=compound.on_desk(), timeout=_LIMIT_S * 1000
    )
    return (steady_s() - began_s) * 1000
