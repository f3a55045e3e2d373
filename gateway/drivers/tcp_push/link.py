"""Terminals that connect to the gateway and push: one thread serves every connection."""

import selectors
import socket
from collections import Counter
from dataclasses import dataclass
from threading import Event as StopFlag
from typing import Self

import structlog
from pydantic import Field, model_validator

from gateway import clock
from gateway.descriptors import affordable
from gateway.driver import Counted, Door, Driver, DriverSettings, Sink
from gateway.drivers.asset_option import AssetAddress
from gateway.drivers.evidence import keep_evidence
from gateway.drivers.options import Options, checked, checked_options
from gateway.drivers.rules import load_rules
from gateway.drivers.tcp_push.cutter import Cut, Cutter
from gateway.drivers.tcp_push.message import TOPIC, Interpreter
from gateway.drivers.telling import Teller
from gateway.drivers.terminal_message import Reader, Rule, readers_of
from gateway.errors import DriverFailed, GatewayError

_MOST_READ = 64 * 1024
_TURN_S = 0.5
_LOG = structlog.get_logger(__name__)


class PushOptions(Options):
    """Options of the driver."""

    listen: str = Field(pattern=r"^[^\s:]+:\d{1,5}$", description="address:port of this machine")
    start: str = Field(default="#10#", min_length=1, max_length=16)
    end: str = Field(default="#13#", min_length=1, max_length=16)
    answer: str | None = Field(
        default=None, max_length=1000, description="sent after each message that was stored"
    )
    kind_path: str | None = Field(default=None, description="where a message names its kind")
    harmless: tuple[str, ...] = Field(default=(), description="kinds that need no rule")
    rules: tuple[dict[str, object], ...] = ()
    rule_sets: tuple[str, ...] = Field(default=(), description="ready rules: gbt24476")
    most_connections: int = Field(default=256, ge=1, le=4096)
    idle_s: float = Field(default=600.0, gt=0, description="a silent connection is closed")
    assets: list[AssetAddress] = Field(default=[])

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.start == self.end:
            raise ValueError("start and end are two different marks")
        if not self.rules and not self.rule_sets:
            raise ValueError("there is no rule")
        return self


OPTIONS = PushOptions


def open_driver(settings: DriverSettings) -> Driver:
    """The push driver. Raises BadSettings."""
    options = checked_options(PushOptions, settings)
    where = f"driver {settings.name!r}"
    rules = [
        checked(Rule, {"topic": TOPIC, **rule}, where, ("rules", place))
        for place, rule in enumerate(options.rules)
    ]
    rules += load_rules(options.rule_sets, TOPIC)
    return TcpPush(settings.name, options, readers_of(settings.name, rules, options.assets))


@dataclass(slots=True)
class _Peer:
    cutter: Cutter
    who: str
    heard_s: float


class TcpPush:
    """Listens for terminals."""

    def __init__(self, name: str, options: PushOptions, readers: list[Reader]) -> None:
        self._name = name
        self._options = options
        self._teller = Teller(name)
        self._interpreter = Interpreter(
            readers=readers, kind_path=options.kind_path, harmless=frozenset(options.harmless)
        )
        self._marks = (options.start.encode(), options.end.encode())

    def doors(self) -> list[Door]:
        """Where terminals come in."""
        host, port = self._options.listen.rsplit(":", 1)
        return [Door(kind="tcp", host=host, port=int(port))]

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Serve until told to stop. Raises DriverFailed when the port cannot be listened at."""
        host, port = self._options.listen.rsplit(":", 1)
        try:
            server = socket.create_server((host, int(port)), backlog=64)
        except (OSError, OverflowError) as error:
            raise DriverFailed(f"{self._options.listen}: {error}") from error
        with selectors.DefaultSelector() as waiting, server:
            server.setblocking(False)
            waiting.register(server, selectors.EVENT_READ)
            try:
                while not stop.is_set():
                    self._turn(waiting, sink)
            finally:
                for one in list(waiting.get_map().values()):
                    _socket(one).close()

    def _turn(self, waiting: selectors.BaseSelector, sink: Sink) -> None:
        # Who is there is heard before somebody comes in, whose coming may end a connection.
        for key, _ in sorted(waiting.select(_TURN_S), key=lambda one: one[0].data is None):
            if key.data is None:
                self._accept(waiting, _socket(key), sink)
            elif not self._serve(_socket(key), key.data, sink):
                self._close(waiting, key, sink)
        now_s = clock.steady_s()
        for key in list(waiting.get_map().values()):
            if key.data is not None and now_s - key.data.heard_s > self._options.idle_s:
                self._close(waiting, key, sink)

    def _accept(self, waiting: selectors.BaseSelector, server: socket.socket, sink: Sink) -> None:
        try:
            connection, address = server.accept()
        except OSError:
            return
        if len(waiting.get_map()) > affordable(self._options.most_connections):
            # Half-open ones of terminals that came again must not keep others out.
            self._teller.complain("connections", "too many, the quietest are dropped")
            peers = [key for key in waiting.get_map().values() if key.data is not None]
            # One host that opens many keeps no other out.
            of_host = Counter(key.data.who for key in peers)
            gone = min(peers, key=lambda key: (-of_host[key.data.who], key.data.heard_s))
            self._close(waiting, gone, sink)
        connection.setblocking(False)
        peer = _Peer(Cutter(*self._marks), str(address[0]), clock.steady_s())
        waiting.register(connection, selectors.EVENT_READ, peer)

    def _serve(self, connection: socket.socket, peer: _Peer, sink: Sink) -> bool:
        """Read what is there; False when the terminal has gone."""
        try:
            piece = connection.recv(_MOST_READ)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not piece:
            return False
        peer.heard_s = clock.steady_s()
        return all(self._answer(connection) for _ in range(self.take(peer.cutter, piece, sink)))

    def take(self, cutter: Cutter, piece: bytes, sink: Sink) -> int:
        """Put what a piece of a stream says into the sink; how many messages ended in it."""
        cuts = cutter.feed(piece)
        for cut in cuts:
            try:
                self.tell(cut, sink)
            except (GatewayError, OSError):
                raise
            except Exception as error:  # noqa: BLE001 - edge of a message: the next must be heard
                keep_evidence(self._name, cut.content, error, sink)
        return len(cuts)

    def tell(self, cut: Cut, sink: Sink) -> None:
        """Put what one message says into the sink."""
        for reader, reading in self._interpreter.read(cut, clock.now_ms()):
            self._teller.tell(reader, reading, sink)
            self._interpreter.told(reading)

    def _answer(self, connection: socket.socket) -> bool:
        """Say that a message is stored; a terminal that does not listen is let go."""
        if self._options.answer is None:
            return True
        try:
            return connection.send(said := self._options.answer.encode()) == len(said)
        except OSError:
            return False

    def _close(
        self, waiting: selectors.BaseSelector, key: selectors.SelectorKey, sink: Sink
    ) -> None:
        peer: _Peer = key.data
        waiting.unregister(key.fileobj)
        _socket(key).close()
        cut = peer.cutter.end_of_stream()
        if cut is not None:
            _LOG.warning("connection ended within a message", driver=self._name, peer=peer.who)
            if self._options.answer is None:
                self.tell(cut, sink)
            else:
                sink.count(Counted.REFUSED)  # It got no answer, and says it again.


def _socket(key: selectors.SelectorKey) -> socket.socket:
    found = key.fileobj
    assert isinstance(found, socket.socket)
    return found
