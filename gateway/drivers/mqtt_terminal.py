"""Devices that already speak JSON to the site's own broker."""

from threading import Event as StopFlag
from typing import Self

from pydantic import Field, model_validator

from gateway import clock
from gateway.driver import Driver, DriverSettings, Sink
from gateway.drivers.asset_option import AssetAddress
from gateway.drivers.evidence import Stumbles
from gateway.drivers.options import Options, checked_options
from gateway.drivers.rules import load_rules
from gateway.drivers.site_broker import BrokerOptions, Listening, listen
from gateway.drivers.telling import Teller
from gateway.drivers.terminal_message import Reader, Rule, readers_of


class RuleSet(Options):
    """Ready rules, and the topic of the messages that they are for."""

    name: str
    topic: str


class TerminalOptions(BrokerOptions):
    """Options of the driver."""

    rules: list[Rule] = Field(default=[])
    rule_sets: list[RuleSet] = Field(default=[], description="ready rules: gbt24476")
    assets: list[AssetAddress] = Field(default=[])

    @model_validator(mode="after")
    def _reads_something(self) -> Self:
        if not self.rules and not self.rule_sets:
            raise ValueError("there is no rule")
        if any(rule.when is not None for rule in self.rules):
            raise ValueError("the kind of a message stands in its topic: no rule has `when`")
        return self


OPTIONS = TerminalOptions


def open_driver(settings: DriverSettings) -> Driver:
    """The terminal driver. Raises BadSettings."""
    options = checked_options(TerminalOptions, settings)
    return MqttTerminal(settings.name, options, readers(settings.name, options))


def readers(name: str, options: TerminalOptions) -> list[Reader]:
    """A reader for each rule. Raises BadSettings for an unknown code system or rule set."""
    ready = [rule for one in options.rule_sets for rule in load_rules([one.name], one.topic)]
    return readers_of(name, [*options.rules, *ready], options.assets)


class MqttTerminal:
    """Listens at the site's broker."""

    def __init__(self, name: str, options: TerminalOptions, readers: list[Reader]) -> None:
        self._stumbles = Stumbles(name)
        self._options = options
        self._readers = readers
        self._teller = Teller(name)

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Listen until told to stop. Raises DriverFailed when the connection is lost."""
        topics = dict.fromkeys(reader.rule.subscription for reader in self._readers)
        wanted = Listening(
            topics=[(topic, 1) for topic in topics],
            take=lambda topic, payload, _retained: self.take(topic, payload, sink),
            keep=lambda payload, error: self._stumbles.note(payload, error, sink),
        )
        listen(self._options, wanted, stop)

    def take(self, topic: str, payload: bytes, sink: Sink) -> None:
        """Put what a message says into the sink."""
        for reader in self._readers:
            if reader.matches(topic):
                self._teller.tell(reader, reader.read(topic, payload, clock.now_ms()), sink)
