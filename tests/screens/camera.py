"""Pictures of pages: taken, counted by their colours, made small for documents."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

_CHROMIUM: Final = "/usr/bin/chromium"
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SATURATED: Final = 0.35
"""Above it a pixel counts as coloured (HSV saturation, 0 to 1)."""
_DARK: Final = 0.15
"""Below this value (HSV) a pixel is black to the eye, whatever its saturation."""
_COUNT: Final = """async ([png, least, dark]) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const brush = canvas.getContext("2d");
  brush.drawImage(image, 0, 0);
  const { data } = brush.getImageData(0, 0, image.width, image.height);
  let coloured = 0;
  for (let at = 0; at < data.length; at += 4) {
    const most = Math.max(data[at], data[at + 1], data[at + 2]);
    const few = Math.min(data[at], data[at + 1], data[at + 2]);
    if (most / 255 > dark && (most - few) / most > least) coloured += 1;
  }
  return coloured / (data.length / 4);
}"""
_SHRINK: Final = """async ([png, width]) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const scale = Math.min(1, width / image.width);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  const brush = canvas.getContext("2d");
  brush.imageSmoothingQuality = "high";
  brush.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/webp", 0.8).split(",")[1];
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A screen that people have."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


WALL: Final = Size(width=1920, height=1080)
DESK: Final = Size(width=1280, height=720)
PHONE: Final = Size(width=360, height=740)
SIZES: Final = (WALL, DESK, PHONE)


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a screen."""
    if not Path(_CHROMIUM).exists():
        raise SystemExit("install Chromium: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_ARGUMENTS))
        try:
            yield made
        finally:
            made.close()


class Darkroom:
    """An empty page that looks into pictures."""

    def __init__(self, chromium: Browser) -> None:
        self._page: Page = chromium.new_page()

    def saturated_share(self, png: bytes) -> float:
        """Which share of the pixels is coloured, 0 to 1."""
        found: float = self._page.evaluate(_COUNT, [_text(png), SATURATED, _DARK])
        return found

    def shrunk(self, png: bytes, width: int) -> bytes:
        """The picture as WebP, at most so wide."""
        found: str = self._page.evaluate(_SHRINK, [_text(png), width])
        return base64.b64decode(found)


def _text(png: bytes) -> str:
    return base64.b64encode(png).decode()
