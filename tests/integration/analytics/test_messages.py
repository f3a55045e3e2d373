"""Notices become messages to people: in order, once in effect, until somebody takes them."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path
from time import monotonic

import pytest

from analytics.alarms.alarm import AlarmId
from analytics.alarms.report import PlacePath
from analytics.alarms.subject import facts_of
from analytics.clocks.deadline import Deadlines
from analytics.duties.matrix import OrganisationId
from analytics.duties.responsibility import Responsibility
from analytics.errors import NotDelivered
from analytics.loop_store import add_notices
from analytics.notices import message_store, messenger
from analytics.notices.contact import Channel, Contact, Hears, QuietHours
from analytics.notices.contact_file import Address
from analytics.notices.message import Words
from analytics.notices.messenger import Messenger, Reach
from analytics.notices.notice import Notice, NoticeKind, Target
from analytics.notices.sender import Outgoing, Senders
from analytics.orders.facts import OrderNotice, Told, order_facts, tell
from analytics.orders.work_order import OrderId
from analytics.safety.roll_call import UNANSWERED, Asked, _body
from analytics.safety.store import OwnNotice, add_own_notice
from ingest.database import Connection, connect, in_transaction
from tests.integration.analytics.outside import Outside, outside, own_certificate, proxy_to
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_alarm_process import running, shown, wait_for
from tests.integration.analytics.test_desk import decide_all

KEY = b"a secret of a gateway, 32 bytes."
STATES = (
    "SELECT role, channel, round, state, attempts FROM notice_messages"
    " WHERE is_life_safety ORDER BY next_at, role, round"
)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def world() -> Iterator[Outside]:
    with outside() as told:
        yield told


def contact(role: str, channel: Channel, key: str, **more: object) -> Contact:
    return Contact(
        organisation=str(more.pop("organisation", "property")),
        role=role,
        channel=channel,
        address_key=key,
        hears=more.pop("hears", frozenset(Hears)),  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


LADDER = (
    contact("desk", Channel.SMS, "desk"),
    contact("manager", Channel.CALL, "manager", after=timedelta(seconds=30), rounds=2),
)


def messenger_of(site: Site, world: Outside, hands: Hands, public_url: str = "") -> Messenger:
    addresses = {
        name: Address(url=f"{world.url}/{name}", key=KEY, to="13800000000")
        for name in ("desk", "manager", "other")
    }
    return Messenger(
        lambda: connect(site.urls.analytics_url, application="test messages"),
        Reach(addresses=addresses, public_url=public_url),
        clock=hands,
    )


def told(analytics: Connection, ingest: Connection, *contacts: Contact) -> None:
    """Contacts in force, and an entrapment that they have not heard of."""
    in_transaction(
        analytics, lambda held: message_store.replace_contacts(held, contacts or LADDER, NOW)
    )
    say(ingest, Said(seq=1))
    decide_all(analytics)


def test_the_desk_is_told_at_once_and_the_manager_called_when_nobody_takes_it(
    site: Site, analytics: Connection, ingest: Connection, world: Outside, hands: Hands
) -> None:
    told(analytics, ingest)
    telling = messenger_of(site, world, hands)
    telling.drain(analytics, 10)
    assert [one.path for one in world.asked] == ["/desk"]
    text = world.asked[0].body["data"]["text"]
    assert text == "电梯困人:示范花园 1号楼 1号梯 未确认 11:00 #1"
    assert len(text) <= 70
    hands.now += timedelta(seconds=31)
    world.answers["/manager"] = [(200, {"receipt": "C1", "result": "not_answered"})]
    world.answers["/manager"].append((200, {"receipt": "C2", "result": "taken"}))
    telling.drain(analytics, 10)
    assert len(world.of("/manager")) == 2, "the second round rings when nobody answers the first"
    assert rows(analytics, STATES) == [
        ("desk", "sms", 0, "delivered", 1),
        ("manager", "call", 0, "not_answered", 1),
        ("manager", "call", 1, "delivered", 1),
    ]


def test_nobody_is_called_after_the_alarm_was_acknowledged(
    site: Site, analytics: Connection, ingest: Connection, world: Outside, hands: Hands
) -> None:
    told(analytics, ingest)
    telling = messenger_of(site, world, hands)
    telling.drain(analytics, 10)
    analytics.execute("UPDATE alarms SET acknowledged_at = %s", [NOW + timedelta(seconds=5)])
    hands.now += timedelta(minutes=5)
    telling.drain(analytics, 10)
    assert world.of("/manager") == []
    assert {row[3] for row in rows(analytics, STATES)} == {"delivered", "unneeded"}


def test_when_nobody_can_be_reached_the_chain_of_the_alarm_goes_on_at_once(
    site: Site, analytics: Connection, ingest: Connection, world: Outside, hands: Hands
) -> None:
    told(analytics, ingest)
    telling = messenger_of(site, world, hands)
    world.answers["/manager"] = [(200, {"result": "not_answered"})] * 2
    hands.now += timedelta(seconds=31)
    telling.drain(analytics, 10)
    due = rows(analytics, "SELECT due_at FROM clocks WHERE kind = 'acknowledge'")
    assert due == [(hands.now,)], "60 s after the alarm without this"
    Deadlines(Responsibility()).handle(analytics, hands.now)
    running = "SELECT step, due_at FROM clocks WHERE kind = 'acknowledge' AND state = 'running'"
    whole = hands.now + timedelta(seconds=60)
    assert rows(analytics, running) == [(1, whole)], "whoever is next has the whole time"


def test_a_gateway_that_fails_is_tried_again_with_one_id_and_the_call_does_not_wait(
    site: Site, analytics: Connection, ingest: Connection, world: Outside, hands: Hands
) -> None:
    told(analytics, ingest)
    telling = messenger_of(site, world, hands)
    world.answers["/desk"] = [(500, {}), (503, {}), (429, {})]
    telling.drain(analytics, 10)
    assert len(world.of("/manager")) == 1, "the call is hastened when the message fails"
    for _ in range(4):
        hands.now += timedelta(minutes=1)
        telling.drain(analytics, 10)
    ids = {one.headers["webhook-id"] for one in world.of("/desk")}
    assert len(world.of("/desk")) == 4
    assert len(ids) == 1
    assert ("desk", "sms", 0, "delivered", 4) in rows(analytics, STATES)


def test_a_target_that_hangs_holds_up_no_other(  # noqa: PLR0917 - fixtures
    site: Site,
    analytics: Connection,
    ingest: Connection,
    world: Outside,
    hands: Hands,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messenger, "LIMIT_S", 0.5)
    told(analytics, ingest, contact("a", Channel.SMS, "desk"), contact("b", Channel.SMS, "other"))
    world.answers["/desk"] = [30.0]
    telling = messenger_of(site, world, hands)
    begun = monotonic()
    telling.turn(analytics)
    assert wait_for(lambda: len(world.of("/other")) == 1)
    assert monotonic() - begun < 5
    telling.drain(analytics, 10)
    found = rows(analytics, "SELECT role, state, last_error FROM notice_messages ORDER BY role")
    assert found[:2] == [
        ("a", "waiting", "no whole answer in time"),
        ("b", "delivered", None),
    ]


def test_a_breaker_opens_is_half_open_and_closes(
    site: Site, analytics: Connection, ingest: Connection, world: Outside, hands: Hands
) -> None:
    told(
        analytics,
        ingest,
        contact("desk", Channel.SMS, "desk", hears=frozenset({Hears.LIFE_SAFETY})),
    )
    telling = messenger_of(site, world, hands)
    world.answers["/desk"] = [(500, {})] * 5
    positions = []
    for _ in range(5):
        telling.drain(analytics, 10)
        positions.append(telling.position("desk"))
        hands.now += timedelta(minutes=1)
    assert positions[-2:] == ["closed", "open"]
    assert telling.position("desk") == "half_open"
    telling.drain(analytics, 10)
    assert telling.position("desk") == "closed"
    assert ("desk", "sms", 0, "delivered", 6) in rows(analytics, STATES)


def test_a_fresh_alarm_goes_before_what_an_outage_has_left(
    site: Site, analytics: Connection, ingest: Connection, world: Outside, hands: Hands
) -> None:
    told(analytics, ingest, LADDER[0])
    telling = messenger_of(site, world, hands)
    world.answers["/desk"] = [(500, {})]
    telling.turn(analytics)
    telling.drain(analytics, 0.2)
    say(ingest, Said(seq=2, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    hands.now += timedelta(minutes=1)
    telling.drain(analytics, 10)
    texts = [one.body["data"]["text"] for one in world.of("/desk")]
    assert [text[-2:] for text in texts] == ["#1", "#2", "#2", "#1"], "opened, and its order"


def test_quiet_hours_hold_a_small_alarm_until_morning_and_never_a_fire(
    site: Site, analytics: Connection, ingest: Connection, world: Outside, hands: Hands
) -> None:
    night = QuietHours(begin=time(10), end=time(12))
    in_transaction(
        analytics,
        lambda held: message_store.replace_contacts(
            held, [contact("desk", Channel.SMS, "desk", quiet=night)], NOW
        ),
    )
    say(ingest, Said(seq=1, event="ebike_in_car"))
    say(ingest, Said(seq=2, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    telling = messenger_of(site, world, hands)
    telling.drain(analytics, 10)
    assert {one.body["data"]["life_safety"] for one in world.asked} == {True}
    hands.now += timedelta(minutes=61)
    telling.drain(analytics, 10)
    assert {one.body["data"]["life_safety"] for one in world.asked} == {True, False}


def test_the_queue_of_a_target_is_bounded_and_life_safety_always_fits(  # noqa: PLR0917 - fixtures
    site: Site,
    analytics: Connection,
    ingest: Connection,
    world: Outside,
    hands: Hands,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("analytics.notices.spread.MAX_WAITING", 1)
    monkeypatch.setattr(messenger, "MAX_LIFE_SAFETY", 0)
    in_transaction(
        analytics,
        lambda held: message_store.replace_contacts(
            held, [contact("desk", Channel.SMS, "desk")], NOW
        ),
    )
    telling = messenger_of(site, world, hands)
    for said in (
        Said(seq=1, event="ebike_in_car"),
        Said(seq=2, event="ebike_in_car", condition="another"),
        Said(seq=3, asset="D-1", event="fire_alarm"),
    ):
        say(ingest, said)
        decide_all(analytics)
        telling.turn(analytics)
    found = rows(
        analytics, "SELECT is_life_safety, state FROM notice_messages ORDER BY created_at, id"
    )
    assert (True, "shed") not in found
    assert (True, "waiting") in found
    assert (False, "shed") in found


def test_a_slow_telephone_delays_no_alarm(
    site: Site, analytics: Connection, ingest: Connection, world: Outside
) -> None:
    told(analytics, ingest)
    world.answers["/desk"] = [5.0, 5.0]
    telling = messenger_of(site, world, Hands())
    telling.turn(analytics)
    with running(site):
        begun = monotonic()
        say(ingest, Said(seq=2, asset="D-1", event="fire_alarm"))
        assert wait_for(shown(analytics, 2))
        assert monotonic() - begun < 2


@pytest.fixture
def robots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    """Every HTTPS request of apprise ends here, through a real proxy and real TLS."""
    with outside(own_certificate(tmp_path)) as told, proxy_to(told.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        yield told


def outgoing(channel: Channel, url: str) -> Outgoing:
    return Outgoing(
        id="m-1",
        channel=channel,
        address=Address(url=url),
        words=Words(title="火警", line="火警:示范花园 #1", is_drill=False),
        language="zh",
        is_life_safety=True,
        link="https://tower.example/n/abc",
        sent_s=1_763_766_000,
    )


ROBOTS: list[tuple[Channel, str, Callable[[Outside], object]]] = [
    (
        Channel.WECOM,
        "wecombot://11111111-2222-3333-4444-555555555555/?verify=no",
        lambda told: told.asked[-1].body["text"]["content"],
    ),
    (
        Channel.DINGTALK,
        "dingtalk://0123456789abcdef0123456789abcdef/?verify=no",
        lambda told: told.asked[-1].body["text"]["content"],
    ),
    (
        Channel.FEISHU,
        "feishu://0123456789abcdef0123456789abcdef/?verify=no",
        lambda told: told.asked[-1].body["content"]["text"],
    ),
]


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize(("channel", "url", "text_in"), ROBOTS, ids=[one[0] for one in ROBOTS])
def test_a_robot_gets_the_words_and_its_refusal_is_heard(
    robots: Outside, channel: Channel, url: str, text_in: Callable[[Outside], object]
) -> None:
    senders = Senders()
    senders.send(outgoing(channel, url))
    assert "火警:示范花园 #1" in str(text_in(robots))
    assert "https://tower.example/n/abc" in str(text_in(robots))
    refused = {"errcode": 93000, "errmsg": "invalid", "code": 9499, "msg": "Bad Request"}
    robots.answers["/"] = [(200, refused), (500, {}), (403, {})]
    for _ in range(3):
        with pytest.raises(NotDelivered):
            senders.send(outgoing(channel, url))


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_a_robot_that_hangs_is_given_up(robots: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.notices.sender.ANSWER_LIMIT_S", 0.3)
    robots.answers["/"] = [20.0]
    begun = monotonic()
    with pytest.raises(NotDelivered):
        Senders().send(outgoing(*ROBOTS[0][:2]))
    assert monotonic() - begun < 10


def test_an_address_of_another_channel_is_refused_before_anything_leaves(robots: Outside) -> None:
    with pytest.raises(NotDelivered, match="no wecom"):
        Senders().send(outgoing(Channel.WECOM, "json://127.0.0.1:9/"))
    assert robots.asked == []


def test_a_mailbox_that_does_not_answer_is_heard_of() -> None:
    url = "mailto://127.0.0.1:9/?from=a@example.org&to=b@example.org&smtp=127.0.0.1"
    with pytest.raises(NotDelivered):
        Senders().send(outgoing(Channel.MAIL, url))


def told_by_telephone(analytics: Connection, ingest: Connection, *contacts: Contact) -> None:
    """A notice to the manager's telephone, as the fire plan writes it on its second rung."""
    told(analytics, ingest, *contacts)

    def write(held: Connection) -> None:
        facts = facts_of(held, AlarmId(1))
        organisation = rows(held, "SELECT id FROM organisations WHERE code = 'property'")[0][0]
        notice = Notice(
            kind=NoticeKind.UNANSWERED,
            target=Target.CALL,
            facts=facts,
            organisation=OrganisationId(int(str(organisation))),
        )
        add_notices(held, [notice], NOW)

    in_transaction(analytics, write)


CALLED = "SELECT state, last_error IS NULL FROM notices WHERE target = 'call'"


def test_a_notice_to_a_telephone_rings_at_once_and_is_delivered_when_somebody_answers(
    site: Site, analytics: Connection, ingest: Connection, world: Outside, hands: Hands
) -> None:
    told_by_telephone(analytics, ingest)
    world.answers["/manager"] = [(200, {"receipt": "C1", "result": "answered"})]
    messenger_of(site, world, hands).drain(analytics, 10)
    assert len(world.of("/manager")) == 1, "without the 30 s of the first rung"
    assert "无人应答" in world.of("/manager")[0].body["data"]["text"]
    assert rows(analytics, CALLED) == [("delivered", True)]


def test_a_notice_to_a_telephone_that_nobody_has_says_so(
    site: Site, analytics: Connection, ingest: Connection, world: Outside, hands: Hands
) -> None:
    told_by_telephone(analytics, ingest, contact("desk", Channel.SMS, "desk"))
    messenger_of(site, world, hands).drain(analytics, 10)
    assert rows(analytics, CALLED) == [("given_up", False)]


def test_a_call_of_which_nothing_is_heard_counts_as_not_answered_until_somebody_takes_it(
    site: Site, analytics: Connection, ingest: Connection, world: Outside, hands: Hands
) -> None:
    ringing = contact("manager", Channel.CALL, "manager", rounds=3, every=timedelta(minutes=9))
    told(analytics, ingest, ringing)
    telling = messenger_of(site, world, hands, public_url="https://tower.example")
    telling.drain(analytics, 10)
    hands.now += timedelta(seconds=61)
    telling.drain(analytics, 10)
    assert len(world.of("/manager")) == 2, "the second round does not wait its nine minutes"
    token = world.of("/manager")[1].body["data"]["link"].rpartition("/")[2]
    with closing(connect(site.urls.console_url, application="test")) as console:
        assert console.execute("SELECT note_receipt(%s, 'taken')", [token]).fetchone() == (True,)
        assert console.execute("SELECT note_receipt(%s, 'taken')", ["x" * 22]).fetchone() == (
            False,
        )
    hands.now += timedelta(hours=1)
    telling.drain(analytics, 10)
    assert len(world.of("/manager")) == 2
    assert [row[3] for row in rows(analytics, STATES)] == ["not_answered", "delivered", "unneeded"]
    taken = rows(analytics, "SELECT count(*) FROM notice_messages WHERE taken_at IS NOT NULL")
    assert taken == [(1,)]


def test_people_hear_of_an_order_that_no_alarm_opened(
    site: Site, analytics: Connection, world: Outside, hands: Hands
) -> None:
    in_transaction(
        analytics,
        lambda held: message_store.replace_contacts(
            held, (contact("desk", Channel.SMS, "desk"),), NOW
        ),
    )
    ((order, owner),) = rows(
        analytics,
        "INSERT INTO work_orders (number, place_path, title, state, owner_id, opened_at, source)"
        " SELECT 'R-1', 'city.dist.str.comm.garden', '示范花园 社区吹哨:请报到', 'dispatched', id,"
        " now(), 'joint_call' FROM organisations WHERE code = 'property' RETURNING id, owner_id",
    )
    order_id, to = OrderId(int(str(order))), OrganisationId(int(str(owner)))
    facts = order_facts(analytics, [order_id])[order_id]
    for kind in (OrderNotice.CALLED, OrderNotice.RATED):
        told_of = Told(kind=kind, facts=facts, to=to)
        in_transaction(analytics, lambda held: tell(held, told_of, NOW))  # noqa: B023
    telling = messenger_of(site, world, hands)
    telling.drain(analytics, 10)
    assert [one.body["data"]["text"] for one in world.asked] == [
        "工单:示范花园 社区吹哨:请报到 社区吹哨,请部门报到 11:00 #1"
    ]


def test_a_desk_that_does_not_answer_its_check_is_told_and_stops_no_other_message(
    site: Site, analytics: Connection, ingest: Connection, world: Outside, hands: Hands
) -> None:
    notice = OwnNotice(
        place_path="city.dist.str.comm.garden",
        organisation=int(str(rows(analytics, "SELECT min(id) FROM organisations")[0][0])),
        target=Target.DESK,
        kind=UNANSWERED,
        body=_body(
            Asked(
                id=7,
                place_path=PlacePath("city.dist.str.comm.garden"),
                organisation=None,
                asked_at=NOW,
                due_at=NOW,
            ),
            NOW,
        ),
    )
    in_transaction(analytics, lambda held: add_own_notice(held, notice, NOW))
    told(analytics, ingest)
    messenger_of(site, world, hands).drain(analytics, 10)
    texts = {one.body["data"]["text"] for one in world.of("/desk")}
    assert "查岗:消防控制室 值班台查岗未应答 11:00 #7" in texts
    assert any("电梯困人" in text for text in texts)
