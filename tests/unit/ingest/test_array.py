"""Array literals against what PostgreSQL's own rules say they mean."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.array import blobs, numbers, texts


def _read(literal: str) -> list[str]:
    """The elements of a one-dimensional literal whose elements are all quoted."""
    found, element, rest = [], None, iter(literal[1:-1])
    for sign in rest:
        if sign == '"':
            if element is not None:
                found.append(element)
            element = "" if element is None else None
        elif element is not None:
            element += next(rest) if sign == "\\" else sign
    return found


@given(st.lists(st.text()))
def test_any_text_comes_back_as_it_was(values: list[str]) -> None:
    assert _read(texts(values)) == values


@given(st.lists(st.binary()))
def test_bytes_are_written_as_hex(values: list[bytes]) -> None:
    assert _read(blobs(values)) == ["\\x" + one.hex() for one in values]


def test_numbers_and_nothing_are_plain() -> None:
    assert numbers([1, -2, 3]) == "{1,-2,3}"
    assert numbers([]) == "{}"
    assert numbers([None, 4]) == "{NULL,4}"
    assert blobs([]) == "{}"
    assert texts([]) == "{}"
    assert texts(['a"b', "c\\d"]) == '{"a\\"b","c\\\\d"}'
