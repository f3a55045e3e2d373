"""Users and access lists of the broker: what is broken or empty opens nothing."""

import os
import signal
import subprocess
from pathlib import Path
from time import monotonic

import pytest

from tests.integration.security.attacker import CLOSED, NOT_AUTHORISED, Attacker
from tests.integration.security.tally import Tally
from tests.services import TestBroker, Workshop, end_server, run_server
from towerwatch.process import Launch, free_port, is_listening, wait_until
from towerwatch.runtime.unpack import clean_environment
from towerwatch.services.broker import (
    GATEWAY_CONNECTIONS,
    BrokerPorts,
    PrivateBroker,
    configuration,
)
from towerwatch.services.probe import Login

_CUT_S = 5.0


def _give(servers: Workshop, path: Path, text: str) -> None:
    path.write_text(text)
    if servers.user is not None:
        os.chown(path, servers.user.uid, servers.user.gid)


def _inner(broker: TestBroker) -> PrivateBroker:
    return broker._broker


def _pid(broker: TestBroker) -> int:
    assert broker._running is not None
    return broker._running.process.pid


def test_a_revoked_gateway_is_cut_at_once_and_not_let_in_again(
    own_broker: TestBroker, tally: Tally
) -> None:
    credentials = own_broker.add_gateway("gw-stolen")
    with Attacker(own_broker.gateway_port, timeout_s=_CUT_S) as client:
        assert client.connect(credentials.data_user, credentials.data_password).code == 0
        begun = monotonic()
        _inner(own_broker).remove_gateway("gw-stolen")
        _inner(own_broker).reload(_pid(own_broker))
        heard = client.hear()
        cut_s = monotonic() - begun
    print(f"revoked: live session cut after {cut_s:.2f} s")
    with Attacker(own_broker.gateway_port) as client:
        again = client.connect(credentials.data_user, credentials.data_password)
    assert cut_s < _CUT_S
    assert again.code == NOT_AUTHORISED
    tally.add("live session of a revoked gateway", is_refused=heard == CLOSED, is_visible=True)


def test_a_changed_secret_cuts_the_session_of_the_former_one(
    own_broker: TestBroker, tally: Tally
) -> None:
    former = own_broker.add_gateway("gw-rotated")
    with Attacker(own_broker.gateway_port, timeout_s=_CUT_S) as client:
        assert client.connect(former.data_user, former.data_password).code == 0
        made = _inner(own_broker).add_gateway("gw-rotated")
        _inner(own_broker).reload(_pid(own_broker))
        heard = client.hear()
    with Attacker(own_broker.gateway_port) as client:
        old = client.connect(former.data_user, former.data_password)
    with Attacker(own_broker.gateway_port) as client:
        assert client.connect(made.data_user, made.data_password).code == 0
    is_seen = old.code == NOT_AUTHORISED
    tally.add("secret of before a rotation", is_refused=heard == CLOSED, is_visible=is_seen)


def test_the_broker_is_believed_only_when_it_knows_the_new_users(own_broker: TestBroker) -> None:
    inner, port = _inner(own_broker), own_broker.ports.platform
    assert inner.try_users(port) is Login.ACCEPTED
    inner.add_gateway("gw-new")
    assert inner.try_users(port) is Login.REFUSED
    inner.reload(_pid(own_broker))
    assert wait_until(lambda: inner.try_users(port) is Login.ACCEPTED, within_s=_CUT_S)


@pytest.mark.parametrize("text", ["", "nonsense\n", "user gw-one.data\n"])
def test_a_broken_access_list_at_a_reload_is_closed_or_noticed(
    servers: Workshop, own_broker: TestBroker, tally: Tally, text: str
) -> None:
    """Version 2.0 opens everything when the list cannot be read again: we ask, and stop it."""
    _give(servers, own_broker.log.with_suffix("") / "users.acl", text)
    inner, port = _inner(own_broker), own_broker.ports.platform
    credentials = own_broker.add_gateway("gw-one")
    _give(servers, own_broker.log.with_suffix("") / "users.acl", text)
    inner.reload(_pid(own_broker))
    is_over = wait_until(
        lambda: inner.try_users(port) is Login.OPEN or text != "nonsense\n", within_s=_CUT_S
    )
    assert is_over
    with Attacker(own_broker.gateway_port) as client:
        client.connect(credentials.data_user, credentials.data_password)
        answer = client.publish("tw/1/gw-two/alarm")
    is_noticed = inner.try_users(port) is Login.OPEN
    is_refused = answer.code == NOT_AUTHORISED or is_noticed
    name = f"access list {text!r} at a reload"
    tally.add(name, is_refused=is_refused, is_visible=is_noticed or answer.code >= 0x80)


@pytest.mark.parametrize("text", ["", "\n\n", "gw-one.data\n", "gw-one.data:\n"])
def test_a_broken_password_file_lets_nobody_in(
    servers: Workshop, own_broker: TestBroker, tally: Tally, text: str
) -> None:
    credentials = own_broker.add_gateway("gw-one")
    _give(servers, own_broker.log.with_suffix("") / "users.passwords", text)
    with Attacker(own_broker.gateway_port, timeout_s=_CUT_S) as live:
        assert live.connect(credentials.data_user, credentials.data_password).code == 0
        _inner(own_broker).reload(_pid(own_broker))
        heard = live.hear()
    answers = []
    for password in (credentials.data_password, "", None):
        with Attacker(own_broker.gateway_port) as client:
            answers.append(client.connect(credentials.data_user, password).code)
    name = f"password file {text!r} at a reload"
    is_refused = heard == CLOSED and all(code >= 0x80 for code in answers)
    tally.add(name, is_refused=is_refused, is_visible=all(code >= 0x80 for code in answers))


@pytest.mark.parametrize(
    ("file", "text"),
    [("users.acl", "nonsense\n"), ("users.acl", None), ("users.passwords", None)],
)
def test_a_broker_without_readable_users_does_not_start(
    servers: Workshop, own_broker: TestBroker, tally: Tally, file: str, text: str | None
) -> None:
    own_broker.stop(signal.SIGKILL)
    path = own_broker.log.with_suffix("") / file
    if text is None:
        path.unlink()
    else:
        _give(servers, path, text)
    launch = _inner(own_broker).launch()
    done = subprocess.run(
        list(launch.command),
        env=dict(launch.environment),
        user=servers.user.uid if servers.user else None,
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    name = f"start with {file} {'absent' if text is None else repr(text)}"
    is_seen = file.partition(".")[0] in done.stdout + done.stderr or "acl" in done.stderr
    tally.add(name, is_refused=done.returncode != 0, is_visible=is_seen)


def test_connections_over_the_limit_are_refused(servers: Workshop, tally: Tally) -> None:
    folder = servers.folder / f"limit-{free_port()}"
    broker = PrivateBroker(servers.runtime, folder, servers.secrets, user=servers.user)
    ports = BrokerPorts(platform=free_port(), gateway=free_port())
    broker.prepare(ports)
    path = folder / "mosquitto.conf"
    written = configuration(folder, ports)
    limit = f"max_connections {GATEWAY_CONNECTIONS}"
    assert limit in written
    _give(servers, path, written.replace(limit, "max_connections 2"))
    launch = Launch(
        command=list(broker.launch().command), environment=clean_environment(), user=servers.user
    )
    log = folder.with_suffix(".log")
    running = run_server(launch, log, lambda: is_listening(ports.platform))
    try:
        with (
            Attacker(ports.gateway) as first,
            Attacker(ports.gateway) as second,
            Attacker(ports.gateway) as third,
        ):
            first.connect("a", "b")
            _ = second
            answer = third.connect("x", "y")
        is_seen = wait_until(lambda: "max_connections exceeded" in log.read_text(), within_s=_CUT_S)
        assert is_listening(ports.platform)
    finally:
        end_server(running, signal.SIGKILL)
    tally.add("connection over the limit", is_refused=answer == CLOSED, is_visible=is_seen)
