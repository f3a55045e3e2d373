"""`python -m dashboards.console`: serve pages, API and the live stream until told to stop.

`python -m dashboards.console settings` prints what is in force and ends.
"""

import logging
import sys
from typing import Final

import uvicorn
from fastapi import FastAPI
from prometheus_client import start_http_server

from dashboards.console.app import create_app
from dashboards.console.errors import BadSettings
from dashboards.console.settings import Settings, describe, read_settings
from gateway.log import configure_log
from gateway.stopping import stop_on_signal
from ingest.memory import settle

_STOP_S: Final = 5
_BACKLOG: Final = 512


def main(arguments: list[str]) -> int:
    """Run the process; returns its exit status."""
    try:
        settings = read_settings()
    except BadSettings as error:
        print(error, file=sys.stderr)
        return 2
    if arguments == ["settings"]:
        print(describe(settings))
        return 0
    if arguments:
        print("usage: python -m dashboards.console [settings]", file=sys.stderr)
        return 2
    configure_log(settings.log_format)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.metrics_host)
    return _serve(settings, create_app(settings))


def _serve(settings: Settings, app: FastAPI) -> int:
    config = uvicorn.Config(
        app,
        host=settings.console_host,
        port=settings.console_port,
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_STOP_S,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        proxy_headers=settings.console_behind_tls and settings.tls_cert is None,
        forwarded_allow_ips=settings.console_proxies,
    )
    server = uvicorn.Server(config)

    def end() -> None:
        server.should_exit = True
        # An open stream would hold the stop back.
        app.state.services.hub.stop()

    # uvicorn hears the signals, too, once it runs, and raises them again when it has stopped.
    stop_on_signal(also=end)
    settle()
    try:
        server.run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
