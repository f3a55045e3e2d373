"""QR codes, the only place that knows how one is drawn (segno, BSD)."""

from typing import Final

import segno

_BORDER: Final = 4
"""Quiet zone that readers need [modules]."""


def qr_svg(text: str, *, scale: int = 4) -> str:
    """A QR code as SVG that a page takes in as it is; error correction M, 15 % may be scratched.

    Args:
        text: What it holds, an address.
        scale: Size of a module [px].
    """
    code = segno.make_qr(text, error="m")
    size = code.symbol_size(scale=scale, border=_BORDER)[0]
    drawn = str(code.svg_inline(scale=scale, border=_BORDER, omitsize=False))
    # With a view box a page may show it in any size.
    return drawn.replace("<svg ", f'<svg viewBox="0 0 {size} {size}" ', 1)
