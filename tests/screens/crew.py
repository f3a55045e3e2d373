"""One photographer a language, each with a browser and a thread of its own: the machine has cores."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

from playwright.sync_api import Browser

from gateway.clock import steady_s
from tests.screens import axe
from tests.screens.camera import DESK, PHONE, Darkroom, Size, browser
from tests.screens.compound import Compound
from tests.screens.screen import SCREENS, Screen, Stage
from tests.screens.visit import Look, Visitor, visit

LANGUAGES: Final = ("zh", "en")
GUIDES: Final = Path(__file__).parents[2] / "docs" / "zh" / "pictures"
_BAR: Final = 28
_REFUSED: Final = 400
_BROKEN: Final = 500
_Told = TypeVar("_Told")


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
class Found:
    """What all of a run have found; several threads write into it."""

    wish: Wish
    began_s: float = field(default_factory=steady_s)
    taken: int = 0
    faults: list[str] = field(default_factory=list)
    stumbles: list[axe.Stumble] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def note(self, name: str, faults: list[str], stumbles: list[axe.Stumble]) -> None:
        """One more picture, and what is wrong with it."""
        with self._lock:
            self.taken += 1
            self.faults += [f"{name}: {fault}" for fault in faults]
            self.stumbles += stumbles
            whole = max(self.wish.pictures, 1)
            done = min(_BAR, _BAR * self.taken // whole)
            bar = "#" * done + "-" * (_BAR - done)
            end = "\r" if sys.stderr.isatty() else "\n"
            seconds = steady_s() - self.began_s
            sys.stderr.write(f"[{bar}] {self.taken}/{whole} {seconds:5.0f} s  {name:<48}{end}")
            sys.stderr.flush()


@dataclass(slots=True, kw_only=True)
class Photographer:
    """Who looks at pages in one language; used in the thread that made it."""

    found: Found
    compound: Compound
    chromium: Browser
    language: str
    _people: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self, person: str) -> Visitor:
        """Somebody, logged in once."""
        if person not in self._people:
            self._people[person] = visit(self.chromium, self.compound, person, self.language)
        return self._people[person]

    def take(self, stage: Stage) -> None:
        """All pictures of a stage; what is wrong with one does not stop the next."""
        wish = self.found.wish
        for screen in wish.screens(stage):
            for size in wish.sizes_of(screen):
                self._take(screen, size)

    def _take(self, screen: Screen, size: Size) -> None:
        wish = self.found.wish
        name = f"{screen.name}-{self.language}-{size}"
        try:
            visitor = self.visitor(screen.person)
            look = visitor.look(screen, size)
        except Exception as error:  # noqa: BLE001 - the edge of the loop: the next screen is looked at
            self.found.note(name, [f"was not seen: {error}"], [])
            return
        (wish.out / "screens" / f"{name}.png").write_bytes(look.png)
        stumbles: list[axe.Stumble] = []
        is_judged = size == DESK or (screen.is_hand and size == PHONE)
        if is_judged and self.language == LANGUAGES[0] and wish.measures:
            stumbles = [one for one in axe.judge(visitor.page) if one.is_serious]
        if wish.guides:
            small = Darkroom(self.chromium).shrunk(look.png, screen.guide)
            (GUIDES / f"{screen.name}.webp").write_bytes(small)
        broken = [f"axe {one.rule} at {', '.join(one.where)}" for one in stumbles]
        self.found.note(name, [*_faults(look, self.compound), *broken], stumbles)


def _faults(look: Look, compound: Compound) -> Iterator[str]:
    if look.status >= _REFUSED:
        # What the processes say of a page that broke.
        yield f"answered {look.status}: {compound.logs() if look.status >= _BROKEN else ''}"
    if look.too_wide > 0:
        yield f"{look.too_wide} px wider than its screen"
    yield from (f"is cut: {text!r}" for text in look.cut)
    yield from (f"says in Chinese: {text!r}" for text in look.untranslated)
    yield from look.troubles


@dataclass(slots=True, kw_only=True)
class Crew:
    """Photographers that work side by side."""

    threads: dict[str, ThreadPoolExecutor]
    people: dict[str, Photographer]

    def take(self, stage: Stage) -> None:
        """All pictures of a stage, the languages at one time."""
        running = [self._ask(language, lambda one: one.take(stage)) for language in self.people]
        for one in running:
            one.result()

    def measure(self, act: Callable[[Photographer], _Told]) -> _Told:
        """Have something measured while nobody else works."""
        return self._ask(next(iter(self.people)), act).result()

    def _ask(self, language: str, act: Callable[[Photographer], _Told]) -> Future[_Told]:
        return self.threads[language].submit(act, self.people[language])


@contextmanager
def crew(found: Found, compound: Compound) -> Iterator[Crew]:
    """Photographers of the languages that are wanted; a browser is bound to the thread it began in."""
    made = Crew(threads={}, people={})
    stacks: dict[str, ExitStack] = {}
    for language in found.wish.languages:
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"photographer-{language}")
        made.threads[language] = thread
        stacks[language] = ExitStack()
        chromium = thread.submit(stacks[language].enter_context, browser()).result()
        made.people[language] = Photographer(
            found=found, compound=compound, chromium=chromium, language=language
        )
    try:
        yield made
    finally:
        for language, thread in made.threads.items():
            thread.submit(stacks[language].close).result()
            thread.shutdown()
