"""People who log in once each and look at page after page."""

import re
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import TimeoutError as TooLate

from tests.screens.camera import Size
from tests.screens.compound import PASSWORD, Compound
from tests.screens.screen import Screen, resolved

CHINESE: Final = re.compile(r"[㐀-鿿]")
_LIMIT_MS: Final = 20_000
_BROKEN: Final = 400
_OVERFLOW: Final = (
    "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
)
_CUT: Final = """() => [...document.querySelectorAll(".strip .cell, .bar a, .bar button")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width && innerWidth > 640 && (box.left < 0 || box.right > innerWidth);
}).map((one) => one.innerText)"""
"""What of the strip and the bar does not stand on the screen; a telephone scrolls them."""
_LABELS: Final = (
    "main h1, main h2, main h3, main label, main button, main th, main summary, main option, nav a"
)
_OWN: Final = ("中文", "示范市示范区示范路1号")
"""The name of a language in itself, and an address as the registry has it."""
_CHARTS: Final = "[data-series]"
_QUIET: Final = """() => document.fonts.ready.then(() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(done))))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen of one screen.

    Attributes:
        too_wide: By how much the page is wider than its screen [px].
        cut: What of the strip and the bar does not stand on the screen.
        untranslated: Labels of the English page that are Chinese.
    """

    png: bytes
    status: int
    too_wide: int
    cut: tuple[str, ...]
    untranslated: tuple[str, ...]
    troubles: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Visitor:
    """One person, or nobody, in one language."""

    context: BrowserContext
    page: Page
    language: str
    compound: Compound
    troubles: list[str] = field(default_factory=list)

    def look(self, screen: Screen, size: Size) -> Look:
        """Open a screen and take its picture in full length.

        In a further size the same page is looked at again, unless it draws charts, which keep the
        size they were drawn in.
        """
        if self.seen is screen and not self.page.locator(_CHARTS).count():
            self.page.set_viewport_size({"width": size.width, "height": size.height})
        else:
            if self.seen is not None and self.seen.is_cut:
                self.page.goto("about:blank")  # its line is tried again until it is left
            self.troubles.clear()
            self.open(screen, size)
            self.seen = screen
        answer = self.status
        self.page.evaluate(_QUIET)
        labels = self.page.locator(_LABELS).all_inner_texts() if self.language == "en" else []
        return Look(
            png=self.page.screenshot(full_page=True),
            status=answer,
            too_wide=int(self.page.evaluate(_OVERFLOW)),
            cut=tuple(self.page.evaluate(_CUT)),
            untranslated=tuple(text for text in labels if CHINESE.search(_without_own(text))),
            troubles=() if screen.is_cut else tuple(self.troubles),
        )

    status: int = 0
    seen: Screen | None = None

    def open(self, screen: Screen, size: Size) -> None:
        """Go to a screen and wait until it stands, live where somebody is logged in."""
        self.page.set_viewport_size({"width": size.width, "height": size.height})
        self.page.unroute_all()
        light = "dim" if screen.is_dim else "bright"
        self.context.add_cookies(
            [{"name": "towerwatch_light", "value": light, "url": self.compound.address}]
        )
        if screen.is_cut:
            self.page.route("**/live?*", lambda route: route.abort())
        answer = self.page.goto(f"{self.compound.address}{resolved(screen, self.compound)}")
        self.status = 0 if answer is None else answer.status
        if self.status >= _BROKEN:
            return
        if screen.person and not screen.is_cut:
            _wait_live(self)
        self.page.wait_for_selector(screen.ready)


def _without_own(label: str) -> str:
    for one in _OWN:
        label = label.replace(one, "")
    return label


def visit(chromium: Browser, compound: Compound, person: str, language: str) -> Visitor:
    """A person in a browser of their own; who nobody is sees what needs no account."""
    context = chromium.new_context(
        locale="zh-CN" if language == "zh" else "en-GB", timezone_id="Asia/Shanghai"
    )
    context.set_default_timeout(_LIMIT_MS)
    context.add_cookies(
        [{"name": "towerwatch_language", "value": language, "url": compound.address}]
    )
    page = context.new_page()
    visitor = Visitor(context=context, page=page, language=language, compound=compound)
    page.on(
        "console",
        lambda said: visitor.troubles.append(said.text) if said.type == "error" else None,
    )
    page.on("pageerror", lambda error: visitor.troubles.append(str(error)))
    if person:
        page.goto(f"{compound.address}/login")
        page.fill("[name=name]", person)
        page.fill("[name=password]", PASSWORD)
        page.click("button.primary")
        _wait_live(visitor)
    return visitor


def _wait_live(visitor: Visitor) -> None:
    """Wait for the page's stream; where none comes, say what the page and the processes said."""
    try:
        visitor.page.wait_for_selector("body.live")
    except TooLate as error:
        said = "; ".join(visitor.troubles) or "the page said nothing"
        logs = visitor.compound.logs()
        raise AssertionError(f"{visitor.page.url} is not live: {said}\n{logs}") from error
