"""Log lines of every process: one a line on standard error, times in UTC, no values of variables."""

import logging
import sys
from typing import Literal

import structlog

LogFormat = Literal["json", "console"]
"""One JSON object a line, or lines for people."""


def configure_log(form: LogFormat) -> None:
    """Set the program's log up, once, at its start."""
    if form == "json":
        rendering: list[structlog.typing.Processor] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        # The formatter that structlog takes by itself shows local variables, secrets included.
        rendering = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *rendering,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
