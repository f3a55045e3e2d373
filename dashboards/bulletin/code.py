"""QR codes, the only place that knows how one is drawn (segno, BSD)."""

import segno


def qr_svg(text: str, *, scale: int = 4) -> str:
    """A QR code as SVG that a page takes in as it is; error correction M, 15 % may be scratched.

    Args:
        text: What it holds, an address.
        scale: Size of a module [px].
    """
    code = segno.make_qr(text, error="m")
    return str(code.svg_inline(scale=scale, border=4, omitsize=False))
