import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from analytics.act import ActKind
from dashboards.console import auth, cursor, password
from dashboards.console.errors import BadRequest, BadSettings, BadUser, NotAllowed
from dashboards.console.guard import BodyLimit, content_security_policy
from dashboards.console.live import PIECE, QUEUE_LENGTH, Message, Subscriber
from dashboards.console.pages import LANGUAGES, alarm_row
from dashboards.console.role import Role, covers
from dashboards.console.settings import describe, read_settings
from dashboards.console.store.live import LiveRow
from dashboards.console.store.pool import scope_setting
from tests.unit.dashboards.builders import line, user

AT = datetime(2026, 11, 21, tzinfo=UTC)
_T = TypeVar("_T")


@pytest.mark.parametrize(
    ("scope", "path", "is_covered"),
    [
        (("city.a",), "city.a", True),
        (("city.a",), "city.a.b1", True),
        (("city.a",), "city.ab", False),
        (("city.a",), "city", False),
        (("city.a", "other"), "other.yard", True),
        (("",), "anything.at.all", True),
        ((), "city.a", False),
    ],
)
def test_a_scope_covers_its_subtrees_and_nothing_else(
    scope: tuple[str, ...], path: str, is_covered: bool
) -> None:
    assert covers(scope, path) is is_covered


def test_no_scope_is_nothing_and_the_whole_tree_is_no_empty_setting() -> None:
    assert scope_setting(()) == ""
    assert scope_setting(("",)) == ","
    assert scope_setting(("a.b", "c")) == "a.b,c"


@pytest.mark.parametrize(
    ("origin", "fetch_site"),
    [
        ("https://evil.example", None),
        (None, "cross-site"),
        (None, "same-site"),
        ("http://127.0.0.1:8080", "cross-site"),
        ("http://127.0.0.1:9999", "same-origin"),
        ("null", None),
    ],
)
def test_what_another_site_sends_is_refused(origin: str | None, fetch_site: str | None) -> None:
    with pytest.raises(NotAllowed):
        auth.require_own_site(origin=origin, fetch_site=fetch_site, host="127.0.0.1:8080")


@pytest.mark.parametrize(
    ("origin", "fetch_site"),
    [("http://127.0.0.1:8080", "same-origin"), (None, "none"), (None, None)],
)
def test_what_the_own_page_sends_passes(origin: str | None, fetch_site: str | None) -> None:
    auth.require_own_site(origin=origin, fetch_site=fetch_site, host="127.0.0.1:8080")


@pytest.mark.parametrize("sent", [None, "", "0124", "０１２３"])
def test_a_foreign_token_is_refused(sent: str | None) -> None:
    with pytest.raises(NotAllowed):
        auth.require_csrf_token(user(), sent)


def test_behind_tls_the_cookie_is_bound_to_the_host() -> None:
    assert auth.cookie_name(behind_tls=True).startswith("__Host-")
    assert not auth.cookie_name(behind_tls=False).startswith("__")


def test_the_policy_allows_nothing_inline() -> None:
    policy = content_security_policy("abc")
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy


def test_a_password_is_kept_as_argon2id_of_the_recommended_cost() -> None:
    stored = password.hash_password("a long password")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert password.is_password(stored, "a long password")
    assert not password.is_password(stored, "another password")
    assert not password.is_password(None, "the password of nobody")
    assert not password.is_password(stored, "x" * 10_000)


@pytest.mark.parametrize("chosen", ["short", "x" * 201])
def test_a_password_has_a_sensible_length(chosen: str) -> None:
    with pytest.raises(BadUser):
        password.hash_password(chosen)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.OPERATOR, {ActKind.ACKNOWLEDGE, ActKind.CONFIRM_REAL, ActKind.CONFIRM_FALSE}),
        (Role.TECHNICIAN, {ActKind.ORDER_ACCEPT, ActKind.ORDER_ARRIVE, ActKind.ORDER_RESTORE}),
        (Role.BUREAU, {ActKind.TAKE_OVER}),
    ],
)
def test_a_role_may_what_the_alarm_process_lets_it(role: Role, may: set[ActKind]) -> None:
    person = user(role=role)
    assert all(person.may_act(kind) for kind in may)
    assert all(kind.value in person.permissions.split() for kind in may)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR])
def test_who_only_looks_cannot_acknowledge(role: Role) -> None:
    assert not user(role=role).may_act(ActKind.ACKNOWLEDGE)


@given(st.booleans(), st.sampled_from(["critical", "minor"]), st.integers(1, 2**40))
def test_a_cursor_comes_back_as_it_went(is_life: bool, severity: str, alarm_id: int) -> None:
    made = line(is_life_safety=is_life, severity=severity, id=alarm_id, opened_at=AT)
    after = cursor.to_alarm(cursor.of_alarm(made))
    assert after is not None
    assert (after.is_life_safety, after.severity, after.opened_at, after.id) == (
        is_life,
        severity,
        AT,
        alarm_id,
    )


@given(st.text(max_size=40))
def test_any_other_cursor_is_refused_in_words(text: str) -> None:
    for read in (cursor.to_alarm, cursor.to_id, cursor.to_path):
        with pytest.raises(BadRequest, match="next"):
            read(text)


def _message(number: int) -> Message:
    row = LiveRow(id=number, at=AT, kind="platform", subject_id=None, place_path="city")
    return Message(row=row, alarm=None)


def _run(scenario: Coroutine[None, None, _T]) -> _T:
    """In a thread of its own: the tests of pages leave a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, scenario).result()


def test_a_browser_that_does_not_keep_up_is_told_to_start_again() -> None:
    async def scenario() -> tuple[bool, list[Message], list[Message]]:
        subscriber = Subscriber(("city",), asyncio.get_running_loop())
        subscriber.offer([_message(number) for number in range(QUEUE_LENGTH)])
        await asyncio.sleep(0)
        assert not subscriber.is_too_slow
        subscriber.offer([_message(QUEUE_LENGTH)])
        await asyncio.sleep(0)
        subscriber.offer([_message(QUEUE_LENGTH + 1)])
        await asyncio.sleep(0)
        return subscriber.is_too_slow, await subscriber.next(1.0), await subscriber.next(1.0)

    assert _run(scenario()) == (True, [], [])


def test_what_waits_is_still_told_when_a_stream_ends() -> None:
    async def scenario() -> tuple[int, int]:
        subscriber = Subscriber(("city",), asyncio.get_running_loop())
        subscriber.offer([_message(1)])
        subscriber.end()
        await asyncio.sleep(0)
        return len(await subscriber.next(1.0)), len(await subscriber.next(1.0))

    assert _run(scenario()) == (1, 0)


def test_a_silent_stream_is_told_so_in_time() -> None:
    async def scenario() -> None:
        subscriber = Subscriber(("city",), asyncio.get_running_loop())
        subscriber.offer([_message(1)])
        await subscriber.next(1.0)
        await subscriber.next(0.01)

    with pytest.raises(TimeoutError):
        _run(scenario())


def _offer_all(subscriber: Subscriber) -> None:
    for number in range(0, 3 * PIECE, 5):
        subscriber.offer([_message(number + step) for step in range(5)])


def test_messages_come_in_order_from_another_thread_and_in_pieces() -> None:
    async def scenario() -> list[list[int]]:
        subscriber = Subscriber(("city",), asyncio.get_running_loop())
        await asyncio.to_thread(_offer_all, subscriber)
        return [[one.row.id for one in await subscriber.next(1.0)] for _ in range(3)]

    assert _run(scenario()) == [list(range(n * PIECE, (n + 1) * PIECE)) for n in range(3)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_says_its_state_by_shape_and_words(language: str) -> None:
    row = alarm_row(language, line(text="<b>x</b>"))
    assert 'data-shape="octagon"' in row
    assert ("未确认" if language == "zh" else "Unacknowledged") in row
    assert "<b>x</b>" not in row
    assert 'data-version="1"' in row


def test_a_returned_alarm_is_hollow_and_a_closed_one_has_no_button() -> None:
    returned = alarm_row("zh", line(state="returned_unacknowledged", returned_at=AT))
    closed = alarm_row("zh", line(state="normal", closed_at=AT))
    assert 'data-shape="octagon-hollow"' in returned
    assert "<button" in returned
    assert "<button" not in closed
    assert "data-unacked" not in closed


def test_the_settings_refuse_nonsense_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOWERWATCH_CONSOLE_PORT", "99999")
    monkeypatch.delenv("TOWERWATCH_DATABASE_URL", raising=False)
    with pytest.raises(BadSettings, match="TOWERWATCH_DATABASE_URL") as caught:
        read_settings()
    assert "TOWERWATCH_CONSOLE_PORT" in str(caught.value)


def test_the_settings_print_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", "postgresql://tw_console:hunter2@db/tw")
    shown = describe(read_settings())
    assert "hunter2" not in shown
    assert "TOWERWATCH_DATABASE_URL=**********" in shown


def _upload(parts: list[bytes], *headers: tuple[bytes, bytes]) -> tuple[int, list[AsgiMessage]]:
    """How much of a body reaches the application, and what it answers."""
    taken = 0
    answers: list[AsgiMessage] = []
    waiting = list(parts)

    async def application(_scope: Scope, receive: Receive, _send: Send) -> None:
        nonlocal taken
        while waiting:
            taken += len((await receive())["body"])

    async def receive() -> AsgiMessage:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: AsgiMessage) -> None:
        answers.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/report", "headers": list(headers)}
    _run(BodyLimit(application, most=100)(scope, receive, send))
    return taken, answers


def test_a_body_that_says_that_it_is_too_large_is_not_read() -> None:
    taken, answers = _upload([b"x" * 50] * 3, (b"content-length", b"150"))
    assert taken == 0
    assert answers[0]["status"] == 413


def test_a_body_that_turns_out_too_large_is_left() -> None:
    with pytest.raises(HTTPException) as caught:
        _upload([b"x" * 50] * 3)
    assert caught.value.status_code == 413
    assert _upload([b"x" * 50] * 2) == (100, [])
