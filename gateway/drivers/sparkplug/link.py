"""The host application at the site's broker: it listens, says that it is there, asks for rebirths."""

import json
from collections.abc import Iterable
from threading import Event as StopFlag
from typing import Literal, Self

import structlog
from pydantic import Field, model_validator

from gateway import clock
from gateway.catalogue import asset_class
from gateway.code_systems import UNKNOWN, load_code_system
from gateway.driver import Counted, Driver, DriverSettings, Sink
from gateway.drivers.asset_option import AssetAddress
from gateway.drivers.evidence import Stumbles
from gateway.drivers.once import OnceInAWhile
from gateway.drivers.options import checked_options
from gateway.drivers.silence import silence
from gateway.drivers.site_broker import BrokerOptions, Listening, Message, Publish, listen
from gateway.drivers.sparkplug.host import AskRebirth, Gone, Heard, Host, Lost, Outcome
from gateway.drivers.sparkplug.payload import decode, rebirth_command
from gateway.drivers.sparkplug.profile import Interpreter, Profile, Reading
from gateway.drivers.sparkplug.topic import NAMESPACE, Node, Where, parse, state_topic
from gateway.errors import BadFrame, BadSettings
from gateway.sample import Sample
from gateway.wire import WireEvent

UNHEARD_S = 120.0
"""An asset without values that was not heard for so long since the beginning is silent [s]."""
_UNLISTED_AGAIN_S = 86_400.0
"""Each rebirth names a device that nobody listed; a day is often enough to be told of it [s]."""
_LOG = structlog.get_logger(__name__)


class SparkplugOptions(BrokerOptions):
    """Options of the driver."""

    host_id: str = Field(default="towerwatch", pattern=r"^[^/+#]{1,64}$")
    group: str = Field(default="+", pattern=r"^[^/#]+$", description="group, or + for all")
    rebirth_every_s: float = Field(
        default=3600.0, ge=0, description="ask each node to say everything anew; 0 never"
    )
    profiles: dict[str, Profile] = Field(min_length=1, description="class -> how it is read")
    assets: list[AssetAddress] = Field(
        min_length=1, description="address is group/node/device, or group/node/device#Prefix/"
    )

    @model_validator(mode="after")
    def _assets_are_read(self) -> Self:
        for one in self.assets:
            if one.asset_class not in self.profiles:
                raise ValueError(f"asset {one.code}: no profile for class {one.asset_class}")
            if not 2 <= len(one.address.split("#", 1)[0].split("/")) <= 3:
                raise ValueError(f"asset {one.code}: {one.address!r} is not group/node/device")
        return self


OPTIONS = SparkplugOptions


def open_driver(settings: DriverSettings) -> Driver:
    """The Sparkplug host. Raises BadSettings."""
    options = checked_options(SparkplugOptions, settings)
    for name, profile in options.profiles.items():
        try:
            profile.check(name)
        except BadSettings as error:
            raise BadSettings(f"driver {settings.name!r}: profiles: {error}") from error
    return SparkplugHost(settings.name, options)


class _Asset:
    """One asset, and the live values that were heard of it."""

    def __init__(self, one: AssetAddress, profile: Profile) -> None:
        self.kind = asset_class(one.asset_class)
        self.address, _, prefix = one.address.partition("#")
        systems = {place.system: load_code_system(place.system) for place in profile.codes}
        self.interpreter = Interpreter(
            asset=one.code, profile=profile, prefix=prefix, systems=systems
        )
        self.live: dict[str, float | None] = {}
        self.raised: dict[str, frozenset[str]] = {}
        self.is_online = self.is_told = False
        self.said_s = 0.0

    @property
    def has_values(self) -> bool:
        """Whether the platform would notice its silence."""
        return bool(self.interpreter.profile.metrics)

    def conditions(self, reading: Reading, *, is_birth: bool) -> list[WireEvent]:
        """How conditions stand: what one value ends, another may still raise."""
        self.raised = ({} if is_birth else self.raised) | reading.raised
        standing = frozenset[str]().union(*self.raised.values())
        return [
            one for one in reading.conditions if one.state == "raise" or one.event not in standing
        ]

    def silence(self, state: Literal["raise", "clear"]) -> WireEvent:
        """The condition that it is silent, for one without values."""
        return silence(self.interpreter.asset, clock.now_ms(), state)


class SparkplugHost:
    """Listens to every edge node of a group."""

    def __init__(self, name: str, options: SparkplugOptions) -> None:
        self._name = name
        self._stumbles = Stumbles(name)
        self._options = options
        self._host = Host(rebirth_every_s=options.rebirth_every_s)
        self._assets = [_Asset(one, options.profiles[one.asset_class]) for one in options.assets]
        self._unread: OnceInAWhile[Where] = OnceInAWhile()
        self._unlisted: OnceInAWhile[Where] = OnceInAWhile(again_s=_UNLISTED_AGAIN_S)
        self._begun_s = clock.steady_s()

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Listen until told to stop. Raises DriverFailed when the connection is lost."""
        self._tell_unheard(sink)
        own = state_topic(self._options.host_id)
        since_ms = clock.now_ms()
        publish_box: list[Publish] = []

        def ready(publish: Publish) -> None:
            publish_box.append(publish)
            publish(_state(own, is_online=True, at_ms=since_ms))
            for node in self._nodes():
                self.do(self._host.ask(node, clock.steady_s()), sink, publish)

        def take(topic: str, payload: bytes, _retained: bool) -> None:
            if topic == own:
                if publish_box and not _is_online(payload):
                    # The will of an earlier connection of ours came after we did.
                    publish_box[0](_state(own, is_online=True, at_ms=since_ms))
                return
            publish = publish_box[0] if publish_box else None
            self.do(self.take(topic, payload, sink), sink, publish)

        wanted = Listening(
            topics=[(f"{NAMESPACE}/{self._options.group}/+/#", 1), (own, 1)],
            take=take,
            keep=lambda payload, error: self._stumbles.note(payload, error, sink),
            ready=ready,
            turn=lambda publish: self.turn(sink, publish),
            will=_state(own, is_online=False, at_ms=since_ms),
            farewell=lambda publish: publish(_state(own, is_online=False, at_ms=since_ms)),
        )
        try:
            listen(self._options, wanted, stop)
        finally:
            self.do(self._host.forget(), sink, None)

    def _nodes(self) -> list[Node]:
        """The edge nodes of the listed assets."""
        parts = (one.address.split("/") for one in self._assets)
        return list(dict.fromkeys(Node(group, node) for group, node, *_ in parts))

    def take(self, topic: str, payload: bytes, sink: Sink) -> list[Outcome]:
        """What a message means; one that cannot be read is counted."""
        place = parse(topic)
        if place is None:
            return []
        kind, where = place
        try:
            read = decode(payload)
        except BadFrame as error:
            sink.count(Counted.REFUSED)
            _LOG.warning("payload", driver=self._name, where=str(where), reason=error.reason)
            self._tell_strange(where, payload, sink)
            return []
        sink.count(Counted.FRAMES)
        return self._host.take(kind, where, read, clock.now_ms(), clock.steady_s())

    def turn(self, sink: Sink, publish: Publish) -> None:
        """Let time pass: rebirths, and what stands of devices that are online."""
        now_s = clock.steady_s()
        self.do(self._host.tick(now_s), sink, publish)
        self._tell_unheard(sink)
        for one in self._assets:
            if one.is_online and one.live and now_s - one.said_s >= one.kind.interval_s:
                self._say(one, sink)

    def _tell_unheard(self, sink: Sink) -> None:
        """Whoever was gone before we came never goes: its silence is told all the same."""
        if clock.steady_s() - self._begun_s < UNHEARD_S:
            return
        for one in self._assets:
            if not (one.has_values or one.is_online or one.is_told):
                sink.conditions([one.silence("raise")])
                one.is_told = True

    def do(self, outcomes: Iterable[Outcome], sink: Sink, publish: Publish | None) -> None:
        """Carry outcomes out, in order."""
        for outcome in outcomes:
            match outcome:
                case Heard():
                    self._heard(outcome, sink)
                case Gone(where=where):
                    self._gone(where, sink)
                case Lost(node=node, count=count):
                    sink.count(Counted.LOST, count)
                    _LOG.warning("messages lost", driver=self._name, node=node.node, count=count)
                case AskRebirth(node=node, reason=reason):
                    if publish is not None:
                        _LOG.info("rebirth", driver=self._name, node=node.node, reason=reason)
                        payload = rebirth_command(clock.now_ms())
                        publish(Message(topic=node.command, payload=payload))

    def _heard(self, heard: Heard, sink: Sink) -> None:
        mine = [one for one in self._assets if one.address == str(heard.where)]
        if not mine and heard.is_birth and heard.where.device:
            self._tell_strange(heard.where, b"", sink)
        for one in mine:
            reading = one.interpreter.read(heard.tags)
            for event in reading.passed:
                sink.event(event)
            is_back = () if one.has_values else (one.silence("clear"),)
            sink.conditions([*one.conditions(reading, is_birth=heard.is_birth), *is_back])
            one.is_online, one.is_told = True, False
            live_ms = {tag.at_ms for tag in heard.tags if tag.is_live}
            for sample in reading.samples:
                if sample.at_ms in live_ms:
                    one.live |= sample.values
                sink.sample(sample, one.kind.name)
                one.said_s = clock.steady_s()

    def _gone(self, where: Where, sink: Sink) -> None:
        for one in self._assets:
            if one.address != str(where) or not one.is_online:
                continue
            one.is_online = False
            one.live = {}
            values: dict[str, float | None] = dict.fromkeys(one.interpreter.profile.metrics)
            if not one.has_values:
                sink.conditions([one.silence("raise")])
            if values:
                asset = one.interpreter.asset
                sink.sample(Sample(asset=asset, at_ms=clock.now_ms(), values=values), one.kind.name)

    @staticmethod
    def _say(one: _Asset, sink: Sink) -> None:
        """A device that is online and says nothing stands as it last said (report by exception)."""
        one.said_s = clock.steady_s()
        sample = Sample(asset=one.interpreter.asset, at_ms=clock.now_ms(), values=dict(one.live))
        sink.sample(sample, one.kind.name)

    def _tell_strange(self, where: Where, payload: bytes, sink: Sink) -> None:
        """A device nobody listed, or that cannot be read, may have an alarm: told now and then."""
        told = self._unread if payload else self._unlisted
        if not told.is_due(where, clock.steady_s()):
            return
        mine = [one.interpreter.asset for one in self._assets if one.address == str(where)]
        sink.event(
            WireEvent(
                asset=mine[0] if mine else str(where)[:64],
                at=clock.now_ms(),
                event=UNKNOWN,
                state="raise",
                code_system="sparkplug",
                code=str(where)[:80],
                text="Sparkplug 报文无法解析" if payload else "未登记的 Sparkplug 设备",
                raw=payload[:2000].hex(),
            )
        )
        told.told(where, clock.steady_s())


def _state(topic: str, *, is_online: bool, at_ms: int) -> Message:
    payload = json.dumps({"online": is_online, "timestamp": at_ms}).encode()
    return Message(topic=topic, payload=payload, qos=1, retain=True)


def _is_online(payload: bytes) -> bool:
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("online") is True
