"""How one message leaves: by apprise to robots and mailboxes, by a signed webhook to gateways."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Protocol

import apprise
import apprise.plugins.dingtalk
import apprise.plugins.feishu
import apprise.plugins.wecombot
import msgspec
import niquests
import requests

from analytics.errors import NotDelivered
from analytics.notices.contact import CallResult, Channel
from analytics.notices.contact_file import SCHEMES, WEBHOOKS, Address
from analytics.notices.message import Words
from analytics.notices.notice import NoticeId, signature
from analytics.notices.outgoing import answer_beginning, direct_session

CONNECT_LIMIT_S: Final = 4.0
ANSWER_LIMIT_S: Final = 10.0
CALL_LIMIT_S: Final = 50.0
"""A gateway that answers with the outcome of a call lets it ring first [s]."""
MAX_RECEIPT: Final = 200
_NOT_THE_MESSAGE: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message that is ready to leave.

    Attributes:
        id: The same at every attempt, so that a gateway can tell a second one.
        link: Where it can be read and taken; empty: no such page can be reached.
        sent_s: The platform's clock [s since 1970].
    """

    id: str
    channel: Channel
    address: Address
    words: Words
    language: str
    is_life_safety: bool
    link: str
    sent_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The other side has the message.

    Attributes:
        result: What became of a call, where the gateway says so at once.
    """

    receipt: str | None = None
    result: CallResult | None = None


class Sender(Protocol):
    """Takes one message to the other side; runs in a thread that is given up after a time."""

    def send(self, message: Outgoing) -> Accepted:
        """Deliver it.

        Raises:
            NotDelivered: The other side did not take it.
        """
        ...


_heard = threading.local()


class _Listening:
    """The module `requests` as three plugins of apprise see it: answers are kept to be read.

    WeCom, DingTalk and Feishu refuse with status 200 and an error code in the body; the plugins
    look at the status alone, so that a refused fire notice would count as delivered.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    @staticmethod
    def post(*arguments: Any, **named: Any) -> requests.Response:
        answer = requests.post(*arguments, **named)  # noqa: S113 - the plugin brings its limits
        _heard.answer = answer
        return answer


for _plugin in (
    apprise.plugins.wecombot,
    apprise.plugins.dingtalk,
    apprise.plugins.feishu,
):
    setattr(_plugin, "requests", _Listening())  # noqa: B010 - the plugin's own name for it


class _RobotAnswer(msgspec.Struct):
    errcode: int = 0
    errmsg: str = ""
    code: int = 0
    msg: str = ""


class AppriseSender:
    """Robots of WeCom, DingTalk and Feishu, and mail."""

    def send(self, message: Outgoing) -> Accepted:
        """Deliver it; an error code in a good answer is a refusal.

        Raises:
            NotDelivered: It was not taken.
        """
        _heard.answer = None
        # The plugin itself, not apprise's own fan-out: that works in a pool of threads that
        # nothing can give up, and that keeps the process from ending while one hangs.
        posting = apprise.Apprise.instantiate(_with_limits(message.address.url))
        if posting is None:
            raise NotDelivered("the address is none that apprise knows", is_of_target=False)
        kind = apprise.NotifyType.FAILURE if message.is_life_safety else apprise.NotifyType.WARNING
        is_sent = posting.notify(
            body="\n".join(part for part in (message.words.line, message.link) if part),
            title=message.words.title if message.channel is Channel.MAIL else "",
            notify_type=kind,
        )
        answer: requests.Response | None = _heard.answer
        if not is_sent:
            status = "no answer" if answer is None else f"answer {answer.status_code}"
            raise NotDelivered(status, is_of_target=answer is None or answer.status_code >= 500)
        if answer is not None:
            _require_well(answer)
        return Accepted()


def _with_limits(url: str) -> str:
    """The address with apprise's own limits for connecting and for each read [s]."""
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}cto={CONNECT_LIMIT_S}&rto={ANSWER_LIMIT_S}"


def _require_well(answer: requests.Response) -> None:
    try:
        said = msgspec.json.decode(answer.content[:65_536], type=_RobotAnswer)
    except msgspec.DecodeError:
        raise NotDelivered("an answer that is no robot's", is_of_target=True) from None
    code = said.errcode or said.code
    if code:
        raise NotDelivered(f"refused with code {code}", is_of_target=True)


class _Gateway(msgspec.Struct):
    to: str
    text: str
    language: str
    life_safety: bool
    drill: bool
    link: str
    receipts: str


class _Request(msgspec.Struct):
    type: str
    data: _Gateway


class _Answer(msgspec.Struct):
    receipt: str | None = None
    result: CallResult | None = None


class WebhookSender:
    """Gateways of SMS and voice calls: one signed POST, in the shape of Standard Webhooks."""

    def send(self, message: Outgoing) -> Accepted:
        """Deliver it.

        Raises:
            NotDelivered: It was not taken.
        """
        receipts = f"{message.link}/receipt" if message.link else ""
        content = _Gateway(
            to=message.address.to,
            text=message.words.line,
            language=message.language,
            life_safety=message.is_life_safety,
            drill=message.words.is_drill,
            link=message.link,
            receipts=receipts,
        )
        body = msgspec.json.encode(_Request(f"notice.{message.channel}", content))
        notice_id = NoticeId(message.id)
        signed = signature(message.address.key, notice_id, message.sent_s, body)
        is_call = message.channel is Channel.CALL
        with direct_session() as session:
            try:
                answer = session.post(
                    message.address.url,
                    data=body,
                    headers={
                        "content-type": "application/json; charset=utf-8",
                        "webhook-id": message.id,
                        "webhook-timestamp": str(message.sent_s),
                        "webhook-signature": signed,
                    },
                    timeout=(CONNECT_LIMIT_S, CALL_LIMIT_S if is_call else ANSWER_LIMIT_S),
                    allow_redirects=False,
                    stream=True,
                )
                status, said = answer.status_code or 0, answer_beginning(answer)
            except niquests.exceptions.RequestException as error:
                why = f"no answer: {type(error).__name__}"
                raise NotDelivered(why, is_of_target=True) from error
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            is_of_target = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _NOT_THE_MESSAGE
            raise NotDelivered(f"answer {status}", is_of_target=is_of_target)
        return _accepted(said)


def _accepted(said: bytes) -> Accepted:
    try:
        answer = msgspec.json.decode(said, type=_Answer)
    except msgspec.DecodeError:
        return Accepted()
    receipt = None if answer.receipt is None else answer.receipt[:MAX_RECEIPT]
    return Accepted(receipt=receipt, result=answer.result)


class Senders:
    """The sender of each channel; an address of another channel is refused before anything leaves."""

    def __init__(self, by_channel: Mapping[Channel, Sender] | None = None) -> None:
        webhook, robot = WebhookSender(), AppriseSender()
        self._by_channel = by_channel or {
            channel: webhook if channel in WEBHOOKS else robot for channel in Channel
        }

    def send(self, message: Outgoing) -> Accepted:
        """Deliver a message by its channel.

        Raises:
            NotDelivered: The other side did not take it, or the address does not fit.
        """
        if message.address.scheme not in SCHEMES[message.channel]:
            raise NotDelivered(f"the address is no {message.channel}", is_of_target=False)
        return self._by_channel[message.channel].send(message)
