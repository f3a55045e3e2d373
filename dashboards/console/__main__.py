"""`python -m dashboards.console`: serve pages, API and the live stream until told to stop.

`python -m dashboards.console settings` prints what is in force and ends.
"""

import logging
import sys
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client import start_http_server

from dashboards.console.app import create_app
from dashboards.console.errors import BadSettings
from dashboards.console.settings import LogFormat, Settings, describe, read_settings
from gateway.stopping import stop_on_signal

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
    _set_up_log(settings.log_format)
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
    try:
        server.run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0 if server.started else 1


def _set_up_log(form: LogFormat) -> None:
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form is LogFormat.JSON
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
