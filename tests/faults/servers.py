"""A broker and a database server that faults may strike, with links before them."""

from dataclasses import fields, replace
from urllib.parse import urlsplit, urlunsplit

from tests.faults.proxy import Proxy
from tests.services import TestBroker, TestDatabase, Workshop
from towerwatch.services.access import GatewayCredentials
from towerwatch.services.database import DatabaseUrls


def with_port(url: str, port: int) -> str:
    """The same address at another port."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}"))


def through(urls: DatabaseUrls, port: int) -> DatabaseUrls:
    """The same database at another port."""
    moved = {
        one.name: with_port(getattr(urls, one.name), port)
        for one in fields(urls)
        if one.name.endswith("_url")
    }
    return replace(urls, **moved)


class LinkedBroker(TestBroker):
    """The real broker; whoever asks for its address is given a link to it."""

    def __init__(self, shop: Workshop, name: str = "broker") -> None:
        super().__init__(shop, name)
        self.known: dict[str, GatewayCredentials] = {}

    def link(self) -> None:
        """Open the links: one for gateways, one for the platform."""
        self.gateways = Proxy(lambda: self.ports.gateway)
        self.platform = Proxy(lambda: self.ports.platform)
        self.gateways.start()
        self.platform.start()

    def unlink(self) -> None:
        """Close the links."""
        self.gateways.stop()
        self.platform.stop()

    @property
    def gateway_port(self) -> int:
        """The port that gateways connect to."""
        return self.gateways.port

    def user_url(self, user: str) -> str:
        """The platform's listener, through its link."""
        return with_port(super().user_url(user), self.platform.port)

    def direct_url(self, user: str) -> str:
        """The platform's listener itself."""
        return super().user_url(user)

    def add_gateway(self, gateway: str) -> GatewayCredentials:
        """Admit a gateway, and remember what it logs in with."""
        self.known[gateway] = super().add_gateway(gateway)
        return self.known[gateway]

    def forget_store(self) -> None:
        """Remove the persistence file, as a new disk would."""
        self._broker.forget_store()

    @property
    def pid(self) -> int:
        """The broker's process."""
        assert self._running is not None
        return self._running.process.pid


class StageDatabase(TestDatabase):
    """The real database server, whose processes may be frozen."""

    @property
    def pid(self) -> int:
        """The postmaster, which leads the process group of all its backends."""
        assert self._running is not None
        return self._running.process.pid
