"""What the gateway shows of itself on the spot: drivers, devices, last values, what waits."""

from msgspec import Struct

from gateway import clock
from gateway.agent import Agent, software
from gateway.catalogue import asset_class, event_kind
from gateway.crew import Member
from gateway.outbox import Outbox
from gateway.sink import LastHeard
from gateway.topic import Lane


class ShownAsset(Struct, frozen=True):
    """An asset as it was last heard; `age_s` since then [s]."""

    asset: str
    asset_class: str
    label: str
    age_s: float
    at: int | None
    values: dict[str, float | None]
    units: dict[str, str]
    event: str
    event_label: str
    event_state: str


class ShownDriver(Struct, frozen=True):
    """A driver and its devices.

    Attributes:
        since_s: How long it has done what it does now [s].
        unheard: Assets that the file lists for it and that said nothing since it began.
    """

    name: str
    driver: str
    work: str
    since_s: float
    failures: int
    reason: str
    counted: dict[str, int]
    assets: list[ShownAsset]
    unheard: list[str] = []


class ShownLane(Struct, frozen=True):
    """What waits without a receipt; nothing is known of a lane that is still being opened."""

    lane: str
    is_connected: bool
    waiting: int
    oldest_s: float


class View(Struct, frozen=True):
    """The whole picture; it holds no secret and no address of the platform."""

    gateway: str
    software: str
    configuration: str
    at: int
    lanes: list[ShownLane]
    drivers: list[ShownDriver]


def view_of(agent: Agent) -> View:
    """The gateway as it is now."""
    connected = agent.connected
    return View(
        gateway=agent.loaded.settings.gateway,
        software=software(),
        configuration=agent.loaded.fingerprint,
        at=clock.now_ms(),
        lanes=[
            _lane(lane, outbox, is_connected=connected[lane])
            for lane, outbox in agent.outboxes.items()
        ],
        drivers=[_driver(one, _classes(agent, one)) for one in agent.crew.members()],
    )


def newest(view: View, most: int) -> list[ShownAsset]:
    """The assets that were heard last, the newest first."""
    found = [asset for driver in view.drivers for asset in driver.assets]
    return sorted(found, key=lambda one: one.age_s)[:most]


def _lane(lane: Lane, outbox: Outbox, *, is_connected: bool) -> ShownLane:
    # Asked only when open: the opening of a big file holds every question up.
    status = outbox.status() if outbox.is_open else None
    return ShownLane(
        lane=str(lane),
        is_connected=is_connected,
        waiting=status.depth if status else 0,
        oldest_s=round(status.oldest_ms / 1000, 1) if status else 0.0,
    )


def _classes(agent: Agent, member: Member) -> dict[str, str]:
    """Codes and classes of the assets that the file gives to a driver."""
    assets = agent.loaded.settings.assets
    return {one.code: one.asset_class for one in assets if one.driver == member.one.name}


def _driver(member: Member, classes: dict[str, str]) -> ShownDriver:
    settings = member.one.settings
    now_s = clock.steady_s()
    assets = [_asset(one, classes, now_s) for one in member.sink.last_heard()]
    return ShownDriver(
        name=member.one.name,
        driver=settings.driver if settings else "",
        work="stuck" if member.is_stuck else str(member.work),
        since_s=round(now_s - member.since_s, 1),
        failures=member.failures,
        reason=member.reason,
        counted={str(what): number for what, number in member.sink.counts().items()},
        assets=assets,
        unheard=sorted(classes.keys() - {one.asset for one in assets}),
    )


def _asset(last: LastHeard, classes: dict[str, str], now_s: float) -> ShownAsset:
    # Whoever only says events names no class of its own.
    class_name = last.asset_class or classes.get(last.asset, "")
    kind = asset_class(class_name)
    event = last.event
    units = {name: metric.unit for name in last.values if (metric := kind.metric(name)) is not None}
    return ShownAsset(
        asset=last.asset,
        asset_class=class_name,
        label=kind.label.zh if class_name else "",
        age_s=round(now_s - last.heard_s, 1),
        at=last.at_ms,
        values=dict(last.values),
        units=units,
        event=event.event if event else "",
        event_label=event_kind(event.event).label.zh if event else "",
        event_state=event.state if event else "",
    )
