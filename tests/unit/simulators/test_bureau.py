"""The bureau's stand-in takes what is signed, once, and refuses the rest with a reason."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.bureau import (
    MAX_KEPT,
    TOLERANCE_S,
    Delivery,
    Inbox,
    Received,
    Refusal,
    refusal,
    secret_key,
    sign,
)

KEY = secret_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
NOW_S = 1_614_265_330


def delivery(
    body: bytes = b"{}", *, one: str = "msg_1", at_s: int = NOW_S, signatures: str | None = None
) -> Delivery:
    signed = sign(KEY, one, str(at_s), body) if signatures is None else signatures
    return Delivery(id=one, timestamp=str(at_s), signatures=signed, body=body)


def test_a_signature_equals_the_published_example() -> None:
    signed = sign(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", str(NOW_S), b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(body=st.binary(max_size=200))
def test_what_is_signed_is_taken(body: bytes) -> None:
    assert refusal(delivery(body), KEY, NOW_S) is None


@given(body=st.binary(max_size=50), flipped=st.integers(0, 399))
def test_an_altered_body_is_refused(body: bytes, flipped: int) -> None:
    whole = delivery(body + b"end")
    position, bit = divmod(flipped, 8)
    altered = bytearray(whole.body)
    altered[position % len(altered)] ^= 1 << bit
    changed = Delivery(
        id=whole.id,
        timestamp=whole.timestamp,
        signatures=whole.signatures,
        body=bytes(altered),
    )
    assert refusal(changed, KEY, NOW_S) is Refusal.BAD_SIGNATURE


def test_one_of_several_signatures_is_enough() -> None:
    good = sign(KEY, "msg_1", str(NOW_S), b"{}")
    assert refusal(delivery(signatures=f"v1,AAAA {good} v1a,xyz"), KEY, NOW_S) is None


@pytest.mark.parametrize("signatures", ["v1,", "nonsense", "v2,AAAA", "v1,非", " "])
def test_a_signature_that_does_not_fit_is_refused(signatures: str) -> None:
    assert refusal(delivery(signatures=signatures), KEY, NOW_S) is Refusal.BAD_SIGNATURE


def test_a_delivery_without_its_headers_is_refused() -> None:
    empty = Delivery(id="", timestamp="", signatures="", body=b"")
    assert refusal(empty, KEY, NOW_S) is Refusal.NO_HEADERS


@pytest.mark.parametrize("timestamp", ["soon", "-5", "1.5", "²", "٣"])
def test_a_timestamp_that_is_no_number_is_refused(timestamp: str) -> None:
    odd = Delivery(id="m", timestamp=timestamp, signatures="v1,x", body=b"")
    assert refusal(odd, KEY, NOW_S) is Refusal.BAD_TIMESTAMP


@pytest.mark.parametrize("away_s", [-TOLERANCE_S - 1, TOLERANCE_S + 1, 10**15])
def test_an_old_or_future_timestamp_is_refused(away_s: int) -> None:
    assert refusal(delivery(at_s=NOW_S + away_s), KEY, NOW_S) is Refusal.STALE


def test_the_same_delivery_twice_gets_the_same_receipt() -> None:
    inbox = Inbox()
    first, second = inbox.take(delivery(), 1), inbox.take(delivery(), 2)
    assert isinstance(first, Received)
    assert isinstance(second, Received)
    assert first.receipt == second.receipt
    assert [(one.times, one.received_at_ms) for one in inbox.received()] == [(2, 1)]


def test_another_delivery_gets_another_receipt() -> None:
    inbox = Inbox()
    taken = [inbox.take(delivery(one=f"msg_{n}"), n) for n in range(3)]
    receipts = {one.receipt for one in taken if isinstance(one, Received)}
    assert len(receipts) == 3


def test_the_same_id_with_another_body_is_a_conflict() -> None:
    inbox = Inbox()
    inbox.take(delivery(), 1)
    assert inbox.take(delivery(b"[]"), 2) is Refusal.OTHER_BODY
    assert [one.body for one in inbox.received()] == [b"{}"]


def test_the_first_deliveries_can_be_put_off() -> None:
    inbox = Inbox(fail_first=2)
    outcomes = [inbox.take(delivery(), n) for n in range(3)]
    assert outcomes[:2] == [Refusal.BUSY, Refusal.BUSY]
    assert isinstance(outcomes[2], Received)
    assert outcomes[2].times == 1


def test_the_inbox_is_bounded() -> None:
    inbox = Inbox()
    for n in range(MAX_KEPT + 5):
        inbox.take(delivery(one=f"msg_{n}", signatures="v1,x"), n)
    kept = inbox.received()
    assert len(kept) == MAX_KEPT
    assert kept[0].id == "msg_5"


@pytest.mark.parametrize(
    "text",
    ["", "secret", "whsec_???", "whsec_" + base64.b64encode(b"short").decode()],
)
def test_a_secret_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        secret_key(text)
