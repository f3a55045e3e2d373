"""Steps in the field and rosters belong to the firm, and the steps to whoever has the order."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from analytics.act import (
    AcceptOrder,
    ArriveOnSite,
    DeclineOrder,
    Person,
    Refusal,
    RestoreService,
)
from analytics.act.admin_kind import SetRoster
from analytics.act.safety_kind import (
    AnyAct,
    ArriveRescue,
    CallCar,
    CheckLift,
    ReleasePeople,
)
from analytics.alarms.alarm import AlarmId
from analytics.duties.responsibility import Responsibility
from analytics.orders.technician import TechnicianName
from analytics.orders.work_order import OrderId
from analytics.safety.workflow import LifeSafety
from ingest.database import Connection, connect
from tests.integration.analytics.orders import (
    LATER,
    ask,
    fault,
    holder,
    new_id,
    person,
    register,
    round_of,
    technician_entry,
)
from tests.integration.analytics.site import Site, rows

STEPS: dict[str, type[AcceptOrder | DeclineOrder | ArriveOnSite | RestoreService]] = {
    "accept": AcceptOrder,
    "decline": DeclineOrder,
    "arrive": ArriveOnSite,
    "restore": RestoreService,
}


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


def step(name: str, by: Person, order: OrderId) -> AnyAct:
    return STEPS[name](id=new_id(), by=by, order_id=order, text="已处理")


def given(ingest: Connection, analytics: Connection, event: str = "overspeed") -> OrderId:
    """An order that wang of the lift firm has in hand; li is his colleague."""
    register(analytics, technician_entry("wang"))
    order = fault(ingest, analytics, 1, event=event)
    round_of(analytics)
    assert holder(analytics, order) == "wang"
    register(analytics, technician_entry("li"), technician_entry("zhao", organisation="fire_firm"))
    return order


@pytest.mark.parametrize("name", STEPS)
def test_nobody_takes_a_step_in_the_order_of_another(
    site: Site, ingest: Connection, analytics: Connection, console: Connection, name: str
) -> None:
    order = given(ingest, analytics)
    wang = person(analytics, "wang")
    before = [] if name in ("accept", "decline") else ["accept"]
    before += ["arrive"] if name == "restore" else []
    for former in before:
        assert ask(console, analytics, step(former, wang, order)).is_done
    refused = {
        "colleague": (person(analytics, "li"), Refusal.NOT_YOURS),
        "other firm": (person(analytics, "zhao", of="fire_firm"), Refusal.NOT_OWNER),
        "other firm by a wrong account": (person(analytics, "zhao"), Refusal.NOT_OWNER),
        "no firm": (replace(wang, name="liu", organisation=None), Refusal.NOT_OWNER),
        "its dispatcher elsewhere": (
            person(analytics, "sun", "maintenance_dispatcher", of="fire_firm"),
            Refusal.NOT_OWNER,
        ),
        "a desk": (person(analytics, "zhang", "operator", of="property"), Refusal.NOT_OWNER),
        "a supervisor": (person(analytics, "qian", "supervisor", of="street"), Refusal.ROLE),
    }
    for who, (by, why) in refused.items():
        assert ask(console, analytics, step(name, by, order)).refusal is why, who
    assert ask(console, analytics, step(name, wang, order)).is_done


def test_trapped_people_wait_for_no_holder_within_the_firm(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    order = given(ingest, analytics, "entrapment")
    li = person(analytics, "li")
    assert ask(console, analytics, step("accept", li, order)).is_done
    assert ask(console, analytics, step("arrive", person(analytics, "wang"), order)).is_done


def test_a_lift_is_given_back_by_those_who_maintain_it(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    fault(ingest, analytics, 1, event="entrapment")
    LifeSafety(Responsibility()).handle(analytics, LATER)
    lift, fire = person(analytics, "wang"), person(analytics, "zhao", of="fire_firm")
    alarm = AlarmId(1)
    desk = person(analytics, "zhang", "operator", of="property")
    done: list[AnyAct] = [
        CallCar(id=new_id(), by=desk, alarm_id=alarm, is_answered=True, people=2),
        ArriveRescue(id=new_id(), by=fire, alarm_id=alarm),
        ReleasePeople(id=new_id(), by=fire, alarm_id=alarm, people=2, text="平安"),
        ArriveRescue(id=new_id(), by=lift, alarm_id=alarm),
    ]
    answers = [ask(console, analytics, act).refusal for act in done]
    assert answers[:3] == [None, None, None], "whoever is there frees people"
    rows(analytics, f"UPDATE rescues SET owner_id = {lift.organisation} RETURNING id")
    check = CheckLift(id=new_id(), by=fire, alarm_id=alarm, certificate="T1", text="正常")
    assert ask(console, analytics, check).refusal is Refusal.NOT_OWNER
    own = replace(check, id=new_id(), by=lift)
    assert ask(console, analytics, own).is_done


@pytest.mark.parametrize(
    ("role", "of", "why"),
    [
        ("admin", "property", None),
        ("maintenance_dispatcher", "lift_firm", None),
        ("maintenance_dispatcher", "fire_firm", Refusal.NO_TECHNICIAN),
        ("project_manager", "lift_firm", None),
        ("project_manager", "property", Refusal.NO_TECHNICIAN),
        ("project_manager", "fire_firm", Refusal.NO_TECHNICIAN),
        ("technician", "lift_firm", Refusal.ROLE),
        ("operator", "property", Refusal.ROLE),
        ("supervisor", "street", Refusal.ROLE),
    ],
)
def test_a_roster_is_kept_by_its_own_firm(  # noqa: PLR0917 - roles by firms
    site: Site, analytics: Connection, console: Connection, role: str, of: str, why: Refusal | None
) -> None:
    register(analytics, technician_entry("wang"))
    by = person(analytics, "chen", role, of=of)
    week = SetRoster(
        id=new_id(), by=by, technician=TechnicianName("wang"), shifts=("1 08:00 20:00",)
    )
    assert ask(console, analytics, week).refusal is why
    shifts = rows(analytics, "SELECT count(*) FROM technician_shifts WHERE technician = 'wang'")
    assert shifts == [(1 if why is None else 7,)]
