"""Logs: events with fields, to standard error, with nothing secret in them."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

# By shape and not by source: a secret also turns up in other people's exception texts.
_SECRETS = (
    # No word need end before a token: it also stands after the `\\n` of a quoted text.
    (re.compile(r"[\w-]{23,40}\.[\w-]{6,7}\.[\w-]{8,}"), "[token]"),  # Discord
    (re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+"), "[token]"),  # Slack
    (re.compile(r"(/api/(?:v\d+/)?webhooks/\d+/)[\w-]+"), r"\1[token]"),
    (re.compile(r"(hooks\.slack\.com/\w+/)[\w/]+"), r"\1[token]"),
    # Up to the last @, for a password may hold one, and a / as well where a name stands before it.
    # Each repeat has an end, and one letter stands for the scheme: long lines take linear time.
    (
        re.compile(r"(\w://)(?:[^/?#\s:@]{0,500}:\S{0,500}|[^/?#\s]{1,500})@"),
        r"\1[credentials]@",
    ),
    # The rest of an address: a query may be one bare key.
    (re.compile(r"(\w://[^\s?\"'<>]*\?)[^\s\"'<>)]+"), r"\1[query]"),
    (re.compile(r"([?&;][\w.\-\[\]%]+=)[^&;\s\"'>)]+"), r"\1[value]"),
)


_KEPT = ("_record", "_from_structlog")
"""What structlog puts into an event for itself and takes out before it is written."""


def redact(text: str) -> str:
    """The text without tokens, webhook keys, and the credentials and queries of addresses."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def set_up_logs(level: str, form: str) -> None:
    """Send structlog's and the libraries' logs one way; `form` is ``console`` or ``json``."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _redacted,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    colours = sys.stderr.isatty()
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=colours)
    )
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [out]
    root.setLevel(level.upper())
    for chatty in ("apscheduler", "aiosqlite", "discord", "slack_bolt", "slack_sdk", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    sys.excepthook = _log_crash


def _redacted(_: Any, __: str, event: EventDict) -> EventDict:
    """Everything that a renderer would write out, whatever it is and however deep it lies."""
    return {key: value if key in _KEPT else _plain(value) for key, value in event.items()}


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return redact(str(value))
        case dict():
            return {redact(str(key)): _plain(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(inner) for inner in value]
        case _:
            return redact(repr(value))


def _log_crash(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().critical("crashed", exc_info=(kind, error, trace))
