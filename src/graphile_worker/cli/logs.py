"""The log of `admin`: its level and format. One record is always one line, without control characters."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from graphile_worker.admin.server.audit.events import rfc3339
from graphile_worker.cli.options.environment_option import admin_option
from graphile_worker.cli.output import safe
from graphile_worker.core.secrets.redaction import redacting_logger

F = TypeVar("F", bound=Callable[..., Any])
LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")
MESSAGE_MAX = 8192  # characters
OTHERS = ("uvicorn.error", "asyncio")  # their `info` records are of no use to an operator


def log_options(function: F) -> F:
    """`--log-level` and `--log-format`."""
    function = admin_option(
        "--log-format", type=click.Choice(FORMATS), default="text", show_default=True, help="Format of the log's lines."
    )(function)
    return admin_option(
        "--log-level", type=click.Choice(LEVELS), default="info", show_default=True,
        help="Minimum level of the log on standard error.",
    )(function)  # fmt: skip


def set_up_log(level: str, format: str) -> None:
    """Configures our loggers, uvicorn's and asyncio's to write to standard error in this format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if format == "json" else TextLines())
    least = getattr(logging, level.upper())
    for name in ("graphile_worker", *OTHERS):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(least if name == "graphile_worker" or least == logging.DEBUG else max(least, logging.WARNING))
    for name in ("graphile_worker.admin", *OTHERS):
        redacting_logger(name)


class TextLines(logging.Formatter):
    """`TIME LEVEL message`, followed by the indented lines of a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, with control characters as escapes."""
        line = f"{rfc3339(record.created)} {record.levelname} {safe(_message(record))}"
        trace = _traceback(record)
        return line + "".join(f"\n  {safe(one)}" for one in trace.splitlines())


class JsonLines(logging.Formatter):
    """`{"time", "level", "logger", "message"[, "traceback"]}` in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        members = {
            "time": rfc3339(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        trace = _traceback(record)
        return json.dumps(members | ({"traceback": trace} if trace else {})).replace("\x7f", "\\u007f")


def _message(record: logging.LogRecord) -> str:
    text = record.getMessage()
    return text if len(text) <= MESSAGE_MAX else text[:MESSAGE_MAX] + "…"


def _traceback(record: logging.LogRecord) -> str:
    if record.exc_info and not record.exc_text:
        record.exc_text = logging.Formatter().formatException(record.exc_info)
    return (record.exc_text or "")[-MESSAGE_MAX:]
