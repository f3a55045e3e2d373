"""Signatures of notices are those of Standard Webhooks, by its published vector."""

import json
from pathlib import Path

import pytest

from analytics.errors import BadSettings
from analytics.notices.notice import NoticeId, secret_key, signature
from simulators import bureau

_FILE = Path(__file__).parents[2] / "data" / "standard_webhooks" / "vectors.json"
VECTORS = json.loads(_FILE.read_text("utf-8"))["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=[one["id"] for one in VECTORS])
def test_a_published_vector_is_signed_alike_by_the_platform_and_the_receiver(
    vector: dict[str, str],
) -> None:
    body = vector["payload"].encode()
    sent_s = int(vector["timestamp"])
    key = secret_key(vector["secret"])
    assert signature(key, NoticeId(vector["id"]), sent_s, body) == vector["signature"]
    assert bureau.sign(key, vector["id"], str(sent_s), body) == vector["signature"]
    taken = bureau.Delivery(
        id=vector["id"],
        timestamp=str(sent_s),
        signatures=f"v1,AAAA {vector['signature']}",
        body=body,
    )
    assert bureau.refusal(taken, key, float(sent_s)) is None


@pytest.mark.parametrize("changed", ["id", "timestamp", "payload", "secret"])
def test_any_change_breaks_the_signature(changed: str) -> None:
    vector = dict(VECTORS[0])
    other = {
        "id": "msg_other",
        "timestamp": "1614265331",
        "payload": '{"test":2432232314}',
        "secret": "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    }
    vector[changed] = other[changed]
    signed = signature(
        secret_key(vector["secret"]),
        NoticeId(vector["id"]),
        int(vector["timestamp"]),
        vector["payload"].encode(),
    )
    assert signed != vector["signature"]


@pytest.mark.parametrize("secret", ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_no base64"])
def test_a_secret_of_another_form_is_refused(secret: str) -> None:
    with pytest.raises(BadSettings):
        secret_key(secret)
