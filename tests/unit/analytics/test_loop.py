"""Orders, clocks, acts and deliveries as values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.act import store
from analytics.act.kind import (
    ROLES,
    ActId,
    ActKind,
    Comment,
    Person,
)
from analytics.act.outcome import decode_result, encode_result
from analytics.act.result import REASONS, Refusal, refused
from analytics.alarms.alarm import AlarmId
from analytics.clocks.clock import Clock, ClockKind, escalate
from analytics.digest import digest_of
from analytics.duties.matrix import OrganisationId
from analytics.errors import BadSettings
from analytics.notices.delivery import Attempted, Breaker, next_attempt
from analytics.notices.notice import MARKS, NoticeId, NoticeKind, secret_key, signature
from analytics.orders.work_order import (
    DONE,
    OrderAct,
    OrderState,
    OrderTrigger,
    WorkOrder,
    advance,
    move,
)
from gateway.catalogue import Group

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FIRM = OrganisationId(7)
ORDER = WorkOrder(state=OrderState.DISPATCHED, title="1号梯 超速", opened_at=NOW, owner=FIRM)
S, T = OrderState, OrderTrigger

STEPS = {
    (S.PROPOSED, T.DISPATCH): S.DISPATCHED,
    (S.DISPATCHED, T.DISPATCH): S.DISPATCHED,
    (S.DECLINED, T.DISPATCH): S.DISPATCHED,
    (S.DISPATCHED, T.ASSIGN): S.DISPATCHED,
    (S.ACCEPTED, T.ASSIGN): S.DISPATCHED,
    (S.ON_SITE, T.ASSIGN): S.DISPATCHED,
    (S.DISPATCHED, T.HAND_BACK): S.DISPATCHED,
    (S.ACCEPTED, T.HAND_BACK): S.DISPATCHED,
    (S.RESTORED, T.REOPEN): S.DISPATCHED,
    (S.VERIFIED, T.REOPEN): S.DISPATCHED,
    (S.CLOSED, T.REOPEN): S.DISPATCHED,
    (S.DISPATCHED, T.ACCEPT): S.ACCEPTED,
    (S.DISPATCHED, T.DECLINE): S.DECLINED,
    (S.ACCEPTED, T.DECLINE): S.DECLINED,
    (S.ACCEPTED, T.ARRIVE): S.ON_SITE,
    (S.ON_SITE, T.RESTORE): S.RESTORED,
    (S.RESTORED, T.VERIFY): S.VERIFIED,
    (S.VERIFIED, T.CLOSE): S.CLOSED,
} | {
    (state, trigger): after
    for state in (S.PROPOSED, S.DISPATCHED, S.ACCEPTED, S.ON_SITE, S.DECLINED)
    for trigger, after in ((T.REFUTE, S.CLOSED), (T.MERGE, S.MERGED))
}


def test_the_steps_of_an_order_are_these_and_no_others() -> None:
    found = {
        (state, trigger): after
        for state, trigger in product(OrderState, OrderTrigger)
        if (after := advance(state, trigger)) is not None
    }
    assert found == STEPS


@given(st.lists(st.sampled_from(OrderTrigger), max_size=12))
def test_an_open_order_has_an_owner_or_waits_to_be_given_out(triggers: list[OrderTrigger]) -> None:
    order = ORDER
    for trigger in triggers:
        act = OrderAct(trigger=trigger, actor="wang", note="n", owner=FIRM)
        after = (
            move(order, act, NOW)
            if trigger is not T.DECLINE
            else move(order, replace(act, owner=None), NOW)
        )
        if after is None:
            continue
        assert after.version == order.version + 1
        assert (after.closed_at is not None) == (after.state in DONE)
        assert after.owner is not None or after.state in (S.PROPOSED, S.DECLINED, *DONE)
        order = after


def test_a_dispatch_without_an_organisation_is_refused() -> None:
    assert move(ORDER, OrderAct(trigger=T.DISPATCH, actor="platform"), NOW) is None


CLOCK = Clock(
    kind=ClockKind.ACKNOWLEDGE,
    started_at=NOW,
    due_at=NOW + timedelta(seconds=60),
    alarm_id=AlarmId(1),
)


def test_a_chain_is_told_link_by_link_and_ends() -> None:
    clock, told = CLOCK, []
    for minute in range(1, 10):
        now = NOW + timedelta(minutes=minute)
        found = escalate(clock, group=Group.FAULT, links=3, now=now)
        told.append(found.link)
        if found.following is None:
            break
        assert found.following.due_at == now + timedelta(seconds=60)
        clock = found.following
    assert told == [0, 1, 2]


@pytest.mark.parametrize(
    ("group", "kind", "step", "is_unanswered"),
    [
        (Group.FIRE, ClockKind.ACKNOWLEDGE, 0, True),
        (Group.FIRE, ClockKind.CONFIRM, 0, True),
        (Group.ENTRAPMENT, ClockKind.ACKNOWLEDGE, 0, True),
        (Group.FIRE, ClockKind.ACKNOWLEDGE, 1, False),
        (Group.FIRE, ClockKind.ARRIVE, 0, False),
        (Group.FAULT, ClockKind.ACKNOWLEDGE, 0, False),
    ],
)
def test_only_life_safety_goes_on_by_itself(
    group: Group, kind: ClockKind, step: int, *, is_unanswered: bool
) -> None:
    clock = replace(CLOCK, kind=kind, step=step)
    assert escalate(clock, group=group, links=4, now=NOW).is_unanswered is is_unanswered


def test_without_a_chain_nobody_is_told_and_fire_still_goes_on() -> None:
    found = escalate(CLOCK, group=Group.FIRE, links=0, now=NOW)
    assert (found.link, found.following, found.is_unanswered) == (None, None, True)


def test_every_kind_of_act_has_its_class_its_roles_and_every_refusal_its_words() -> None:
    assert {store._made(kind).kind for kind in ActKind} == set(ActKind) == set(ROLES)
    assert set(REASONS) == set(Refusal)
    assert set(MARKS) == set(NoticeKind)


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_a_comment_has_words_but_not_too_many(text: str) -> None:
    person = Person(name="zhang", role="operator", scope=("city",))
    with pytest.raises(ValueError, match=r"reason|characters"):
        Comment(id=ActId(UUID(int=1)), by=person, alarm_id=AlarmId(1), text=text)


@pytest.mark.parametrize(
    ("scope", "place", "may_see"),
    [
        (("a",), "a", True),
        (("a",), "a.b", True),
        (("a.b",), "a", False),
        (("a",), "ab", False),
        (("x", "a.b"), "a.b.c", True),
        ((), "a", False),
    ],
)
def test_a_scope_is_a_place_and_what_lies_below(
    scope: tuple[str, ...], place: str, *, may_see: bool
) -> None:
    assert Person(name="li", role="operator", scope=scope).may_see(place) is may_see


def test_a_result_is_read_as_it_was_written() -> None:
    result = refused(Refusal.STALE, "zhang", NOW)
    assert decode_result(encode_result(result)) == result


@given(st.integers(1, 200), st.floats(0, 1))
def test_life_safety_is_tried_at_least_every_thirty_seconds_for_ever(
    attempts: int, jitter: float
) -> None:
    tried = Attempted(
        attempts=attempts, is_life_safety=True, created_at=NOW - timedelta(days=attempts)
    )
    again = next_attempt(tried, NOW, jitter)
    assert again is not None
    assert NOW < again <= NOW + timedelta(seconds=30)


def test_other_notices_are_given_up_after_days() -> None:
    tried = Attempted(attempts=9, is_life_safety=False, created_at=NOW - timedelta(days=4))
    assert next_attempt(tried, NOW, 0.5) is None
    young = replace(tried, created_at=NOW - timedelta(days=2))
    assert next_attempt(young, NOW, 1.0) == NOW + timedelta(seconds=256)


def test_a_target_that_fails_five_times_is_left_alone_and_tried_again() -> None:
    breaker = Breaker()
    for _ in range(5):
        assert not breaker.is_open(NOW)
        breaker = breaker.after_failure(NOW)
    assert breaker.is_open(NOW + timedelta(seconds=9))
    assert not breaker.is_open(NOW + timedelta(seconds=10))
    assert breaker.after_failure(NOW + timedelta(seconds=10)).is_open(NOW + timedelta(seconds=11))
    assert breaker.after_success() == Breaker()


def test_a_signature_can_be_checked_by_anybody_who_has_the_secret() -> None:
    # The example of the Standard Webhooks libraries' own tests (unverified).
    key = secret_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signed = signature(key, NoticeId("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["", "MfKQ", "whsec_!!!"])
def test_a_wrong_secret_is_refused(secret: str) -> None:
    with pytest.raises(BadSettings):
        secret_key(secret)


def test_a_digest_changes_with_every_field_and_not_with_the_zone() -> None:
    shanghai = NOW.astimezone()
    assert digest_of("a", 1, NOW, None) == digest_of("a", 1, shanghai, None)
    others = [digest_of("a", 1), digest_of("a", "1"), digest_of("a1"), digest_of("a", 1, None)]
    assert len(set(others)) == 4
