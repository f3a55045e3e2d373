"""The proxy does what it is told, or the faults that it makes would prove nothing."""

import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from gateway.clock import steady_s
from tests.faults.proxy import FAIR, Proxy, Weather
from towerwatch.process import wait_until


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while piece := self.request.recv(1024):
            self.request.sendall(piece)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with _Server(("127.0.0.1", 0), _Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        running = Proxy(lambda: int(server.server_address[1]))
        running.start()
        yield running
        running.stop()
        server.shutdown()


def ask(link: socket.socket) -> bytes:
    link.sendall(b"hello")
    return link.recv(1024)


def test_bytes_pass_and_a_cut_is_felt(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as link:
        assert ask(link) == b"hello"
        proxy.cut()
        assert _is_cut(link)


def _is_cut(link: socket.socket) -> bool:
    try:
        return link.recv(1) == b""
    except ConnectionError:
        return True


def test_a_black_hole_keeps_bytes_and_lets_them_go_later(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=0.3) as link:
        assert ask(link) == b"hello"
        proxy.set(Weather(is_black_hole=True))
        with pytest.raises(TimeoutError):
            ask(link)
        proxy.set(FAIR)
        link.settimeout(5)
        assert link.recv(1024) == b"hello"


def test_a_slow_link_is_slow(proxy: Proxy) -> None:
    proxy.set(Weather(delay_s=0.1, jitter_s=0.05))
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as link:
        began = steady_s()
        assert ask(link) == b"hello"
        assert steady_s() - began >= 0.2


def test_a_link_that_is_down_takes_nobody_until_it_is_up(proxy: Proxy) -> None:
    proxy.set(Weather(is_down=True))
    assert wait_until(lambda: not _answers(proxy), within_s=5)
    proxy.set(FAIR)
    assert wait_until(lambda: _answers(proxy), within_s=5)


def _answers(proxy: Proxy) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=1) as link:
            return ask(link) == b"hello"
    except OSError:
        return False
