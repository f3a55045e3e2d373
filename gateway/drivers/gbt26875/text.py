"""Texts of devices: GB 18030 up to the first NUL, whatever rubbish stands behind it."""

from gateway.drivers.gbt26875.profile import PartAddress

PART_TEXT_BYTES = 31


def read_text(data: bytes) -> str:
    """The text for people; bytes that are no character are shown as such."""
    return data.partition(b"\x00")[0].decode("gb18030", "replace").strip()


def write_text(text: str, length: int = PART_TEXT_BYTES) -> bytes:
    """The text in so many bytes, cut at a whole character, filled up with NUL."""
    data = text.encode("gb18030", "replace")[:length]
    return data.decode("gb18030", "ignore").encode("gb18030").ljust(length, b"\x00")


def read_part(part_addr: int, form: PartAddress) -> str:
    """A part's address for people."""
    match form:
        case PartAddress.ZONE_POINT:
            return f"{part_addr & 0xFFFF}-{part_addr >> 16}"
        case PartAddress.NUMBER:
            return str(part_addr)
        case PartAddress.HEX:
            return part_addr.to_bytes(4, "little").hex()
