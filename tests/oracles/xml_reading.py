"""XML from outside, read with limits: no document type, no entity, no depth, no size without end."""

from typing import Final
from xml.etree import ElementTree as ET
from xml.parsers import expat

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 12
MAX_ELEMENTS: Final = 5_000


class Unreadable(ValueError):
    """The bytes are no XML that anybody should read."""


def read_xml(document: bytes) -> ET.Element:
    """The root of a document; names carry their namespace in braces.

    Raises:
        Unreadable: It is too large or too deep, is not well formed, or declares a document type.
    """
    if len(document) > MAX_BYTES:
        raise Unreadable(f"more than {MAX_BYTES} bytes")
    reader = _Reader()
    try:
        reader.parser.Parse(document, True)
    except expat.ExpatError as error:
        raise Unreadable(f"not well formed: {error}") from error
    return reader.builder.close()


class _Reader:
    def __init__(self) -> None:
        self.builder = ET.TreeBuilder()
        self._depth, self._count = 0, 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.builder.data
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise Unreadable("too many elements or too deep")
        self.builder.start(_braced(name), attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.builder.end(_braced(name))

    @staticmethod
    def _refuse(*_: object) -> None:
        raise Unreadable("a document type is declared")


def _braced(name: str) -> str:
    return "{" + name if "}" in name else name
