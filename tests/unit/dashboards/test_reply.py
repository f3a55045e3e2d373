"""Versions that a request saw, and cursors that come back."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.console import cursor
from dashboards.console.errors import BadCursor, BadRequest, VersionNeeded
from dashboards.console.reply import version_of

MOMENTS = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("kind", "seen", "said", "version"),
    [
        ("reset", '"3"', None, 3),
        ("reset", 'W/"3"', None, 3),
        ("reset", "3", 7, 3),
        ("reset", "*", None, None),
        ("reset", None, 7, 7),
        ("acknowledge", None, None, None),
        ("order_close", '"12"', None, 12),
    ],
)
def test_a_version_is_that_of_if_match_else_of_the_body(
    kind: str, seen: str | None, said: int | None, version: int | None
) -> None:
    assert version_of(kind, seen, said) == version


@pytest.mark.parametrize("kind", ["reset", "confirm_real", "order_accept", "measure_step"])
def test_a_judgement_without_a_version_is_refused(kind: str) -> None:
    with pytest.raises(VersionNeeded):
        version_of(kind, None, None)


@pytest.mark.parametrize("seen", ["", '"x"', '"-1"', '"1","2"', '"9999999999"', '"٣"'])
def test_a_tag_that_is_none_of_ours_is_refused(seen: str) -> None:
    with pytest.raises(BadRequest):
        version_of("reset", seen, None)


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_an_id_comes_back_from_its_cursor(number: int) -> None:
    assert cursor.to_id(cursor.pack(number)) == number


@given(MOMENTS, st.uuids())
def test_a_moment_and_its_name_come_back_from_their_cursor(at: datetime, name: UUID) -> None:
    assert cursor.to_moment_and_uuid(cursor.of_moment(at, str(name))) == (at, str(name))


@given(st.text(max_size=60))
def test_whatever_somebody_makes_up_is_a_position_or_a_bad_cursor(text: str) -> None:
    for read in (
        cursor.to_id,
        cursor.to_small_id,
        cursor.to_path,
        cursor.to_name,
        cursor.to_uuid,
        cursor.to_moment,
        cursor.to_moment_and_uuid,
        cursor.to_alarm,
        cursor.to_cap,
    ):
        try:
            read(text)
        except BadCursor:
            continue
