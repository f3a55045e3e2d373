"""Terminals that push over real connections: many at once, cut off, and answered."""

import socket
from contextlib import ExitStack

from gateway.driver import Counted, Driver, DriverSettings
from gateway.drivers.tcp_push.link import open_driver
from tests.contract.drivers.notebook import Notebook, running
from tests.integration.gateway.conftest import eventually
from towerwatch.process import free_port

FAULT = '#10#{{"Identification_Number":"T{0}","Car_Position":3,"Message_Code":[5]}}#13#'


def driver(port: int, **more: object) -> Driver:
    options = {
        "listen": f"127.0.0.1:{port}",
        "rule_sets": ["gbt24476"],
        "answer": '#10#{"result":0}#13#',
        **more,
    }
    return open_driver(DriverSettings(name="push", driver="tcp_push", options=options))


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.settimeout(5)
    return connection


def is_open(port: int) -> bool:
    try:
        connect(port).close()
    except OSError:
        return False
    return True


def test_many_terminals_push_and_each_message_is_answered_when_stored() -> None:
    port = free_port()
    with running(driver(port), sink := Notebook()), ExitStack() as open_ones:
        eventually(lambda: is_open(port))
        lines = [open_ones.enter_context(connect(port)) for _ in range(40)]
        for number, line in enumerate(lines):
            message = FAULT.format(number).encode()
            line.sendall(message[:25])
        for number, line in enumerate(lines):
            line.sendall(FAULT.format(number).encode()[25:])
        assert {line.recv(100) for line in lines} == {b'#10#{"result":0}#13#'}
        assert {asset for asset, _, _ in sink.said()} == {f"T{number}" for number in range(40)}
    assert {(event, state) for _, event, state in sink.said()} == {("unintended_movement", "raise")}


def test_a_connection_that_ends_within_a_message_is_counted_and_its_terminal_not_answered() -> None:
    port = free_port()
    with running(driver(port), sink := Notebook()):
        eventually(lambda: is_open(port))
        with connect(port) as line:
            line.sendall(FAULT.format(1).encode()[:-2])
        eventually(lambda: sink.counted[Counted.REFUSED] == 1)
        with connect(port) as line:
            line.sendall(FAULT.format(1).encode())
            assert line.recv(100)
    assert sink.said() == [("T1", "unintended_movement", "raise")]


def test_what_nobody_answers_is_kept_when_its_connection_ends_within_it() -> None:
    port = free_port()
    with running(driver(port, answer=None), sink := Notebook()):
        eventually(lambda: is_open(port))
        with connect(port) as line:
            line.sendall(FAULT.format(1).encode()[:-2])
        eventually(lambda: bool(sink.events))
    assert sink.said() == [("push", "unknown_event", "raise")]


def test_a_message_that_cannot_be_stored_is_not_answered() -> None:
    port = free_port()
    with running(driver(port), sink := Notebook(failures=1)) as failures:
        eventually(lambda: is_open(port))
        with connect(port) as line:
            line.sendall(FAULT.format(1).encode())
            assert line.recv(100) == b""
        eventually(lambda: len(failures) == 1 and is_open(port))
        with connect(port) as line:
            line.sendall(FAULT.format(1).encode())
            assert line.recv(100)
    assert sink.said() == [("T1", "unintended_movement", "raise")]


def test_connections_beyond_the_limit_and_silent_ones_are_closed() -> None:
    port = free_port()
    with running(driver(port, most_connections=2, idle_s=0.2), Notebook()), ExitStack() as stack:
        eventually(lambda: is_open(port))
        lines = [stack.enter_context(connect(port)) for _ in range(3)]
        assert {line.recv(1) for line in lines} == {b""}


def test_a_terminal_that_comes_is_heard_though_a_silent_one_holds_the_last_place() -> None:
    port = free_port()
    with running(driver(port, most_connections=1), sink := Notebook()):
        eventually(lambda: is_open(port))
        with connect(port) as silent, connect(port) as line:
            line.sendall(FAULT.format(1).encode())
            assert line.recv(100)
            assert silent.recv(1) == b""
    assert sink.said() == [("T1", "unintended_movement", "raise")]
