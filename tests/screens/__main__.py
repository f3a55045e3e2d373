"""Pictures and measures of the console: `python -m tests.screens [--only WORD] [--language zh]`.

A real console on a real database with a made compound: first quiet, then with a fire, a trapped
person and faults. Pictures go to build/screens, figures to build/console.json.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Final

import msgspec
from playwright.sync_api import Browser

from gateway.clock import steady_s
from tests.screens import axe
from tests.screens.camera import DESK, PHONE, SIZES, WALL, Darkroom, Size, browser
from tests.screens.compound import Compound, running
from tests.screens.figures import Figures, largest_paint_ms, leaks_of, script_kib, update_ms
from tests.screens.screen import SCREENS, Screen, Stage
from tests.screens.visit import Visitor, visit
from tests.services import workshop

LANGUAGES: Final = ("zh", "en")
GUIDES: Final = Path(__file__).parents[2] / "docs" / "zh" / "pictures"
_BAR: Final = 28
_FLOOD: Final = 5000
_BROKEN: Final = 500
_REFUSED: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to see."""

    only: tuple[str, ...]
    languages: tuple[str, ...]
    sizes: tuple[Size, ...]
    out: Path
    measures: bool
    guides: bool

    def screens(self, stage: Stage) -> list[Screen]:
        """The screens of a stage that are wanted."""
        return [
            one
            for one in SCREENS
            if one.stage is stage
            and (not self.only or any(word in one.name for word in self.only))
            and (one.guide or not self.guides)
        ]

    def sizes_of(self, screen: Screen) -> tuple[Size, ...]:
        """The sizes that are wanted: for a guide a telephone's page on the telephone alone."""
        if not self.guides:
            return self.sizes
        return (PHONE,) if screen.guide <= PHONE.width else (DESK,)

    @property
    def pictures(self) -> int:
        """How many pictures that makes."""
        screens = [one for stage in Stage for one in self.screens(stage)]
        return len(self.languages) * sum(len(self.sizes_of(one)) for one in screens)


@dataclass(slots=True, kw_only=True)
class Session:
    """One run: who is logged in, what was found."""

    wish: Wish
    compound: Compound
    chromium: Browser
    began_s: float = field(default_factory=steady_s)
    taken: int = 0
    faults: list[str] = field(default_factory=list)
    stumbles: list[axe.Stumble] = field(default_factory=list)
    _people: dict[tuple[str, str], Visitor] = field(default_factory=dict)

    def visitor(self, person: str, language: str) -> Visitor:
        """Somebody, logged in once."""
        if (person, language) not in self._people:
            made = visit(self.chromium, self.compound, person, language)
            self._people[person, language] = made
        return self._people[person, language]

    def take(self, stage: Stage) -> None:
        """All pictures of a stage; what is wrong with one does not stop the next."""
        for screen, language in product(self.wish.screens(stage), self.wish.languages):
            for size in self.wish.sizes_of(screen):
                self._take(screen, language, size)

    def _take(self, screen: Screen, language: str, size: Size) -> None:
        name = f"{screen.name}-{language}-{size}"
        visitor = self.visitor(screen.person, language)
        look = visitor.look(screen, size)
        (self.wish.out / "screens" / f"{name}.png").write_bytes(look.png)
        self.faults += [
            f"{name}: {fault}"
            for fault in _faults(look.status, look.too_wide, self._logs(look.status))
        ]
        self.faults += [f"{name}: says in Chinese: {text!r}" for text in look.untranslated]
        self.faults += [f"{name}: {text}" for text in look.troubles]
        if size == DESK and language == LANGUAGES[0] and self.wish.measures:
            found = [one for one in axe.judge(visitor.page) if one.is_serious]
            self.stumbles += found
            self.faults += [f"{name}: axe {one.rule} at {', '.join(one.where)}" for one in found]
        if self.wish.guides:
            small = Darkroom(self.chromium).shrunk(look.png, screen.guide)
            (GUIDES / f"{screen.name}.webp").write_bytes(small)
        self.taken += 1
        self._show(name)

    def _logs(self, status: int) -> str:
        """What the processes say of a page that broke."""
        return self.compound.logs() if status >= _BROKEN else ""

    def _show(self, name: str) -> None:
        whole = self.wish.pictures
        done = _BAR * self.taken // max(whole, 1)
        bar = "#" * done + "-" * (_BAR - done)
        line = f"[{bar}] {self.taken}/{whole} {steady_s() - self.began_s:5.0f} s  {name:<48}"
        end = "\r" if sys.stderr.isatty() else "\n"
        sys.stderr.write(line + end)
        sys.stderr.flush()


def _faults(status: int, too_wide: int, logs: str) -> Iterator[str]:
    if status >= _REFUSED:
        yield f"answered {status}: {logs}"
    if too_wide > 0:
        yield f"{too_wide} px wider than its screen"


def run(wish: Wish) -> int:
    """Take every picture and every measure; 1 when a page is broken."""
    (wish.out / "screens").mkdir(parents=True, exist_ok=True)
    if wish.guides:
        GUIDES.mkdir(parents=True, exist_ok=True)
    if wish.measures:
        axe.install()
    with workshop() as shop, running(shop) as compound, browser() as chromium:
        session = Session(wish=wish, compound=compound, chromium=chromium)
        session.take(Stage.QUIET)
        share, paint = _measure_quiet(session) if wish.measures else (0.0, 0.0)
        compound.trouble()
        compound.receive()
        session.take(Stage.TROUBLED)
        if wish.measures:
            found = leaks_of(wish.out)
            figures = Figures(
                axe_serious=len(session.stumbles),
                saturated_share=round(share, 5),
                lcp_ms=round(paint, 1),
                js_gzip_kb=round(script_kib(session.visitor("operator", "zh").page), 1),
                alarms_5000_update_ms=round(
                    update_ms(session.visitor("operator", "zh"), compound, _FLOOD), 1
                ),
                cases=found.cases,
                leaks=found.leaks,
                pictures=session.taken,
                faults=tuple(session.faults),
            )
            (wish.out / "console.json").write_bytes(
                msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n"
            )
    sys.stderr.write("\n")
    for fault in session.faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{session.taken} pictures in {wish.out / 'screens'}\n")
    return 1 if session.faults else 0


def _measure_quiet(session: Session) -> tuple[float, float]:
    overview = next(one for one in SCREENS if one.name == "overview-quiet")
    visitor = session.visitor("operator", "zh")
    visitor.open(overview, WALL)
    share = Darkroom(session.chromium).saturated_share(visitor.page.screenshot())
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
