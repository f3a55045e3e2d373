"""Pictures and measures of the console: `python -m tests.screens [--only WORD] [--language zh]`.

A real console on a real database with a made compound: first quiet, then with a fire, a trapped
person and faults. Pictures go to build/screens, figures to build/console.json.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.screens import axe
from tests.screens.camera import SIZES, WALL, Darkroom
from tests.screens.compound import Compound, running
from tests.screens.crew import GUIDES, LANGUAGES, Crew, Found, Photographer, Wish, crew
from tests.screens.figures import (
    LEAKS,
    Figures,
    largest_paint_ms,
    leaks_of,
    script_kib,
    update_ms,
)
from tests.screens.screen import SCREENS, Stage
from tests.services import workshop

_FLOOD: Final = 5000
_LEAK_TEST: Final = "tests/integration/security/test_leaks.py"


def run(wish: Wish) -> int:
    """Take every picture and every measure; 1 when a page is broken."""
    (wish.out / "screens").mkdir(parents=True, exist_ok=True)
    if wish.guides:
        GUIDES.mkdir(parents=True, exist_ok=True)
    if wish.measures:
        axe.install()
    found = Found(wish=wish)
    with workshop() as shop, running(shop) as compound, crew(found, compound) as people:
        people.take(Stage.QUIET)
        share, paint = people.measure(_measure_quiet) if wish.measures else (0.0, 0.0)
        compound.trouble()
        compound.receive()
        people.take(Stage.TROUBLED)
        if wish.measures:
            figures = _figures(found, people, compound, share, paint)
            (wish.out / "console.json").write_bytes(
                msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n"
            )
    sys.stderr.write("\n")
    for fault in found.faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{found.taken} pictures in {wish.out / 'screens'}\n")
    return 1 if found.faults else 0


def _figures(found: Found, people: Crew, compound: Compound, share: float, paint: float) -> Figures:
    scripts = people.measure(lambda one: script_kib(one.visitor("operator").page))
    update = people.measure(lambda one: update_ms(one.visitor("operator"), compound, _FLOOD))
    if not LEAKS.is_file():
        # It writes what it found, whether it passes or not.
        subprocess.run(
            [sys.executable, "-m", "pytest", "-n", "0", "-q", "--no-header", _LEAK_TEST],
            check=False,
            stdout=sys.stderr,
        )
    leaks = leaks_of()
    return Figures(
        axe_serious=len(found.stumbles),
        saturated_share=round(share, 5),
        lcp_ms=round(paint, 1),
        js_gzip_kb=round(scripts, 1),
        alarms_5000_update_ms=round(update, 1),
        cases=leaks.cases,
        leaks=leaks.leaks,
        pictures=found.taken,
        faults=tuple(found.faults),
    )


def _measure_quiet(photographer: Photographer) -> tuple[float, float]:
    overview = next(one for one in SCREENS if one.name == "overview-quiet")
    visitor = photographer.visitor("operator")
    visitor.open(overview, WALL)
    share = Darkroom(photographer.chromium).saturated_share(visitor.page.screenshot())
    return share, largest_paint_ms(visitor.page)


def _wish(words: Sequence[str]) -> Wish:
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=__doc__)
    parser.add_argument("--only", default="", help="words of screens' names, with commas")
    parser.add_argument("--language", choices=LANGUAGES, help="one language only")
    parser.add_argument("--size", choices=[str(one) for one in SIZES], help="one size only")
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--no-measures", action="store_true", help="pictures alone")
    parser.add_argument("--guides", action="store_true", help="the pictures of docs/zh alone")
    said = parser.parse_args(words)
    languages = LANGUAGES[:1] if said.guides else LANGUAGES
    return Wish(
        only=tuple(word for word in said.only.split(",") if word),
        languages=(said.language,) if said.language else languages,
        sizes=tuple(one for one in SIZES if said.size in (None, str(one))),
        out=said.out,
        measures=not (said.no_measures or said.guides),
        guides=said.guides,
    )


if __name__ == "__main__":
    sys.exit(run(_wish(sys.argv[1:])))
