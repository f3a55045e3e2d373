"""The audit chain as values: any change of a sealed row, of its place or of a seal shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.audit.seal import (
    GENESIS,
    Covered,
    Finding,
    Row,
    Seal,
    Source,
    Wrong,
    check_seal,
    in_usual_order,
    make_seal,
)

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CONTENTS = st.lists(
    st.lists(st.text(max_size=5), min_size=1, max_size=4, unique=True), min_size=1, max_size=4
)
Chain = list[tuple[Seal, list[Covered]]]


def row(number: int, text: str) -> Row:
    return Row(source=Source.ALARM, key=str(number), fields=(number // 1000, text))


def build(contents: list[list[str]]) -> tuple[Chain, dict[tuple[Source, str], Row]]:
    chain: Chain = []
    rows: dict[tuple[Source, str], Row] = {}
    head: Seal | None = None
    for number, texts in enumerate(contents, start=1):
        batch = [row(number * 1000 + place, text) for place, text in enumerate(texts)]
        rows |= {(item.source, item.key): item for item in batch}
        covered = in_usual_order(
            [Covered(source=r.source, key=r.key, digest=r.digest) for r in batch]
        )
        head = make_seal(head, covered, NOW + timedelta(seconds=number))
        chain.append((head, covered))
    return chain, rows


def check(chain: Chain, rows: dict[tuple[Source, str], Row]) -> list[Finding]:
    expected, previous, found = 1, GENESIS, list[Finding]()
    for seal, covered in chain:
        found += check_seal(expected, previous, seal, covered, rows)
        expected, previous = seal.number + 1, seal.digest
    return found


@settings(deadline=None)
@given(CONTENTS)
def test_an_untouched_chain_is_sound(contents: list[list[str]]) -> None:
    assert check(*build(contents)) == []


@settings(deadline=None)
@given(CONTENTS, st.data())
def test_one_changed_or_deleted_row_is_named_and_no_other(
    contents: list[list[str]], data: st.DataObject
) -> None:
    chain, rows = build(contents)
    key = data.draw(st.sampled_from(sorted(rows)))
    if data.draw(st.booleans()):
        rows[key] = replace(rows[key], fields=("something else",))
        wrong = Wrong.CHANGED
    else:
        del rows[key]
        wrong = Wrong.DELETED
    assert [(item.wrong, item.what) for item in check(chain, rows)] == [
        (wrong, f"{key[0]} {key[1]}")
    ]


@settings(deadline=None)
@given(CONTENTS.filter(lambda contents: any(len(texts) > 1 for texts in contents)), st.data())
def test_two_rows_of_a_seal_that_changed_places_are_called_so(
    contents: list[list[str]], data: st.DataObject
) -> None:
    chain, rows = build(contents)
    longer = [covered for _, covered in chain if len(covered) > 1]
    first, second = data.draw(st.permutations(data.draw(st.sampled_from(longer))))[:2]
    one, other = (first.source, first.key), (second.source, second.key)
    rows[one], rows[other] = (
        replace(rows[one], fields=rows[other].fields),
        replace(rows[other], fields=rows[one].fields),
    )
    assert {item.wrong for item in check(chain, rows)} == {Wrong.REORDERED}


@settings(deadline=None)
@given(CONTENTS, st.data())
def test_a_seal_that_is_changed_gone_or_shortened_shows(
    contents: list[list[str]], data: st.DataObject
) -> None:
    chain, rows = build(contents)
    place = data.draw(st.integers(0, len(chain) - 1))
    seal, covered = chain[place]
    match data.draw(st.sampled_from(["time", "shorter", "previous"])):
        case "time":
            chain[place] = (replace(seal, sealed_at=NOW), covered)
        case "shorter":
            chain[place] = (seal, covered[:-1])
        case _:
            chain[place] = (replace(seal, previous=b"x" * 32), covered)
    assert (Wrong.SEAL_CHANGED, seal.number) in {
        (item.wrong, item.seal) for item in check(chain, rows)
    }


@settings(deadline=None)
@given(CONTENTS.filter(lambda contents: len(contents) > 1), st.data())
def test_a_seal_that_is_missing_in_the_middle_is_named(
    contents: list[list[str]], data: st.DataObject
) -> None:
    chain, rows = build(contents)
    place = data.draw(st.integers(0, len(chain) - 2))
    gone = chain.pop(place)[0]
    assert (Wrong.SEAL_MISSING, gone.number) in {
        (item.wrong, item.seal) for item in check(chain, rows)
    }
