"""`python -m analytics alarms | messages | orders | warnings | settings`."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Final

from prometheus_client import start_http_server

from analytics.alarms.loop import AlarmProcess, now_utc
from analytics.audit.sealer import Sealer
from analytics.errors import BadContacts, BadSettings
from analytics.notices.notice import secret_key
from analytics.notices.notify import Addressee, Courier
from analytics.notices.post import Endpoint
from analytics.settings import (
    AlarmSettings,
    CommonSettings,
    MessageSettings,
    OrderSettings,
    WarningSettings,
    describe,
    read_settings,
)
from gateway.log import configure_log
from gateway.secret_file import UnsafeSecret, read_secret_file
from gateway.stopping import stop_on_signal
from ingest.database import LOCK_WAIT, Connection, connect
from ingest.memory import settle

_USAGE: Final = "usage: python -m analytics alarms | messages | orders | warnings | settings"
_PROCESSES: Final = ("alarms", "messages", "orders", "warnings", "settings")
_WRONG: Final = 2
_NICE: Final = 10
"""Early warning gives way to everything on the path of alarms."""
_LAST_NOTICE_S: Final = 5.0
"""How long a notice on its way is waited for when the process stops [s]."""


def main(arguments: list[str]) -> int:
    """Run one process until it is told to stop; the exit code."""
    if len(arguments) != 1 or arguments[0] not in _PROCESSES:
        sys.stderr.write(_USAGE + "\n")
        return _WRONG
    try:
        return _run(arguments[0])
    except BadSettings as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG


def _run(name: str) -> int:
    if name == "settings":
        for kind in (AlarmSettings, MessageSettings, OrderSettings, WarningSettings):
            print(f"# {kind.__doc__}")
            print(describe(read_settings(kind)))
        return 0
    if name == "warnings":
        return _run_warnings()
    if name == "messages":
        return _run_messages()
    if name == "orders":
        return _run_orders()
    stop = stop_on_signal()
    settings = read_settings(AlarmSettings)
    _begin(settings)
    endpoint = _endpoint(settings)
    with _courier(settings, endpoint, stop):
        sealer = Sealer(lambda: _open(settings, "towerwatch sealer"), now_utc)
        Thread(target=sealer.run, args=(stop,), name="sealer", daemon=True).start()
        worker = f"alarms-{settings.alarm_worker}"
        process = AlarmProcess(lambda: _open(settings, "towerwatch alarms"), worker=worker)
        settle()
        process.run(stop)
    return 0


def _run_messages() -> int:
    stop = stop_on_signal()
    # Imported here: apprise takes half a second and 30 MiB that no other process needs.
    from analytics.notices.contact_file import Address, AddressBook
    from analytics.notices.messenger import Messenger, Reach

    settings = read_settings(MessageSettings)
    try:
        file = settings.addresses_file
        addresses: Mapping[str, Address] = {} if file is None else AddressBook(file)
    except BadContacts as error:
        raise BadSettings(f"TOWERWATCH_ADDRESSES_FILE: {error}") from error
    _begin(settings)
    Messenger(
        lambda: _open(settings, "towerwatch messages"),
        Reach(addresses=addresses, public_url=settings.public_url, cap_sender=settings.cap_sender),
    ).run(stop)
    return 0


def _run_orders() -> int:
    stop = stop_on_signal()
    # Imported here: the optimisation brings arrays that the alarm process does without.
    from analytics.exchange.case_courier import read_secrets, sender_of
    from analytics.orders.process import OrderProcess

    settings = read_settings(OrderSettings)
    file = settings.case_secrets_file
    secrets = {} if file is None else read_secrets(file)
    _begin(settings)
    with ExitStack() as couriers:
        for system, key in secrets.items():
            couriers.enter_context(_courier(settings, sender_of(system, key), stop))
        OrderProcess(lambda: _open(settings, "towerwatch orders")).run(stop)
    return 0


def _run_warnings() -> int:
    stop = stop_on_signal()
    # Imported here: the alarm process starts sooner and stays smaller without the arrays.
    from analytics.warnings.loop import Pace, WarningProcess

    settings = read_settings(WarningSettings)
    _begin(settings)
    os.nice(_NICE)
    pace = Pace(
        every=timedelta(seconds=settings.warning_cycle_s),
        window=timedelta(seconds=settings.warning_window_s),
        horizon=timedelta(seconds=settings.warning_horizon_s),
    )
    WarningProcess(lambda: _open(settings, "towerwatch warnings"), pace).run(stop)
    return 0


def _endpoint(settings: AlarmSettings) -> Endpoint | None:
    if not settings.bureau_url:
        return None
    if settings.bureau_secret_file is None:
        raise BadSettings("TOWERWATCH_BUREAU_URL needs TOWERWATCH_BUREAU_SECRET_FILE")
    try:
        secret = read_secret_file(settings.bureau_secret_file)
    except UnsafeSecret as error:
        raise BadSettings(f"TOWERWATCH_BUREAU_SECRET_FILE {error}") from error
    return Endpoint(url=settings.bureau_url, key=secret_key(secret))


@contextmanager
def _courier(
    settings: CommonSettings, to: Endpoint | Addressee | None, stop: Event
) -> Iterator[None]:
    """Notices go out in a thread of their own, so that a slow bureau delays no alarm."""
    if to is None:
        yield
        return
    courier = Courier(lambda: _open(settings, "towerwatch notices"), to)
    thread = Thread(target=courier.run, args=(stop,), name="notices", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_LAST_NOTICE_S)


def _open(settings: CommonSettings, application: str) -> Connection:
    url = settings.database_url.get_secret_value()
    return connect(url, application=application, lock_wait=LOCK_WAIT)


def _begin(settings: CommonSettings) -> None:
    configure_log(settings.log_format)
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.metrics_host)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
