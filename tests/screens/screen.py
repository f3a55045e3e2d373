"""Which screens there are, and who looks at them; a new page is a new line here."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from analytics.supervision.store import today
from tests.screens.compound import Compound


class Stage(StrEnum):
    """When a screen is looked at."""

    QUIET = "quiet"
    """Nothing is wrong."""
    TROUBLED = "troubled"
    """A fire, a trapped person and some faults are open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One page as one person sees it.

    Attributes:
        path: May name `{alarm}`, `{fire}`, `{order}`, `{rescue}`, `{lift}`, `{warning}`: numbers of the troubled compound.
        person: Who is logged in; empty: nobody is.
        is_cut: The live stream cannot be reached.
        ready: What has to stand there before a picture is taken.
        guide: How wide its picture in the guides is [px]; 0: it stands in none.
        is_dim: As a control room at night may have it.
        is_hand: People hold it in the hand: it is judged at the width of a telephone too.
    """

    name: str
    path: str
    person: str = "operator"
    stage: Stage = Stage.TROUBLED
    is_cut: bool = False
    ready: str = "main"
    guide: int = 0
    is_dim: bool = False
    is_hand: bool = False


SCREENS: Final = (
    Screen(name="login", path="/login", person="", stage=Stage.QUIET),
    Screen(name="overview-quiet", path="/", stage=Stage.QUIET),
    Screen(name="overview", path="/", guide=1000),
    Screen(name="overview-stale", path="/", is_cut=True, ready="body.stale", guide=1000),
    Screen(name="overview-dim", path="/", is_dim=True),
    Screen(name="alarm-fire-dim", path="/alarms/{fire}", is_dim=True),
    Screen(name="section-dim", path="/sites/garden", ready="svg.section", is_dim=True),
    Screen(name="wall", path="/wall"),
    Screen(name="sites", path="/sites"),
    Screen(name="coverage", path="/coverage"),
    Screen(name="shift", path="/shift"),
    Screen(name="alarm-fire", path="/alarms/{fire}"),
    Screen(name="alarm-entrapment", path="/alarms/{trapped}"),
    Screen(name="alarm-fault", path="/alarms/{alarm}"),
    Screen(name="asset-lift", path="/assets/{lift}"),
    Screen(name="section", path="/sites/garden", ready="svg.section"),
    Screen(name="order-board", path="/orders/board"),
    Screen(name="orders", path="/orders"),
    Screen(name="order", path="/orders/{order}"),
    Screen(name="warnings", path="/warnings"),
    Screen(name="warning", path="/warnings/{warning}"),
    Screen(name="held", path="/held"),
    Screen(name="drills", path="/drills"),
    Screen(name="posts", path="/posts", person="manager"),
    Screen(name="load", path="/load"),
    Screen(name="platform", path="/platform", person="manager"),
    Screen(name="bureau", path="/bureau", person="bureau", guide=1000, is_hand=True),
    Screen(name="technician", path="/t", person="lift-tech", is_hand=True),
    Screen(name="technician-order", path="/t/{order}", person="lift-tech", guide=360, is_hand=True),
    Screen(name="technician-rescue", path="/t/{rescue}", person="lift-tech", is_hand=True),
    Screen(name="admin", path="/admin", person="manager"),
    Screen(name="admin-walk", path="/admin/walk", person="manager"),
    Screen(name="admin-roster", path="/admin/roster", person="manager"),
    Screen(name="admin-users", path="/admin/users", person="admin"),
    Screen(name="admin-registry", path="/admin/registry", person="admin"),
    Screen(name="admin-gateways", path="/admin/gateways", person="admin"),
    Screen(name="admin-contacts", path="/admin/contacts", person="admin"),
    Screen(name="admin-edit", path="/admin/edit/assets?code=L-2-1", person="admin"),
    Screen(
        name="admin-limits",
        path="/admin/limits?metric=lift.motor_temp&value=90&side=above",
        person="admin",
    ),
    Screen(name="passkeys", path="/passkeys"),
    Screen(name="call", path="/call", person="community"),
    Screen(name="bureau-day", path="/bureau/day?day={today}", person="bureau"),
    Screen(name="supervise", path="/supervise", person="supervisor", guide=1000),
    Screen(name="boards", path="/boards", person="community"),
    Screen(name="board-desk", path="/boards/garden", person="manager"),
    Screen(name="board", path="/board/garden", person="", guide=1000, is_hand=True),
    Screen(name="vote", path="/vote/screens-slip-0001", person="", is_hand=True),
    Screen(name="rate", path="/rate/screens-rating-0001", person="", is_hand=True),
    Screen(name="phone-link", path="/p/screens-link-0001", person="", is_hand=True),
    Screen(name="report", path="/report?asset=L-2-1", person="", guide=360, is_hand=True),
    Screen(name="report-unknown", path="/report?asset=X-404", person="", is_hand=True),
    Screen(name="dispatcher", path="/orders", person="dispatcher"),
)


def resolved(screen: Screen, compound: Compound) -> str:
    """The path of a screen with the numbers of this compound."""
    if "{" not in screen.path:
        return screen.path
    fire, _ = compound.alarm_of("D-2-07") or (0, None)
    trapped, rescue = compound.alarm_of("L-1-2") or (0, None)
    alarm, order = compound.alarm_of("L-2-1") or (0, None)
    return screen.path.format(
        fire=fire,
        trapped=trapped,
        alarm=alarm,
        order=order,
        rescue=rescue,
        lift=compound.asset_id("L-2-1"),
        warning=compound.warning_id(),
        today=today(datetime.now(UTC)),
    )
