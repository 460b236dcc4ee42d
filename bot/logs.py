"""The log: one line a step, as JSON or as text, without secrets whatever is handed in. Only here is structlog imported.

    LOG = log(__name__)
    LOG.info("review posted", delivery=..., job=...)

What other libraries log goes the same way. Before `configure`, lines go where Python's logging sends them: nowhere,
or to standard error from warnings upwards.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from kb.redact import redact

HIDDEN = "[hidden]"
LONGEST = 4_000  # characters of one value; a traceback is cut in its middle, after masking

_READ = 100_000  # characters of a value that are looked at
_NAME = "prudent"  # of our handler, so that a second `configure` replaces the first
_LOUD = ("uvicorn", "dbos", "httpx", "httpcore", "githubkit", "hishel", "alembic", "sqlalchemy", "asyncio")
_PRIVATE = re.compile(
    r"(?i)token|secret|password|authorization|private_?key|signature|credential|^(body|payload|diff)$"
)
# beside what `redact` knows: wider forms, for what a secret looks like when it is cut, wrapped or of a new kind
_SECRETS = (
    re.compile(r"gh[a-z]_[A-Za-z0-9._-]{20,}|\bgh[a-z]_[A-Za-z0-9._-]{4,}"),
    re.compile(r"\bgithub_pat_\w+"),
    re.compile(r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{8,}"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"),  # a signed token, as the App shows to GitHub
    re.compile(r"\bsha(?:1|256)=[0-9a-f]{32,}"),  # a delivery's signature
    re.compile(r"(?<=//)[^/\s@]+@"),  # who logs in to a URL
)


def log(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module; `bind` gives one that says more on every line."""
    chain: list[Processor] = [structlog.stdlib.filter_by_level, *_CHAIN]
    logger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return cast("structlog.stdlib.BoundLogger", logger)


def configure(form: str, *, role: str = "", stream: TextIO | None = None) -> None:
    """Send every line to standard error (or a stream), from INFO upwards, libraries' from WARNING upwards.

    Args:
        form: "json", or "text" for a person at a terminal.
        role: What this process is, said on every line: "web" or "worker".
        stream: Where to write instead of standard error.
    """

    def in_order(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        lead = {name: event[name] for name in ("timestamp", "level") if name in event}
        return {**lead, **({"role": role} if role else {}), "event": event.get("event"), **event}

    written: Processor = structlog.processors.JSONRenderer() if form == "json" else _as_text
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.name = _NAME
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, in_order, written],
            foreign_pre_chain=_CHAIN,
            use_get_message=True,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler, *(other for other in root.handlers if other.name != _NAME)]
    root.setLevel(logging.INFO)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    _take_over_dbos()


def masked(text: str) -> str:
    """Return a text without anything that looks like a token, key or signature, cut to a bearable length."""
    text = text[:_READ]
    for pattern in _SECRETS:
        text = pattern.sub(HIDDEN, text)
    text = redact(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"


def _mask_all(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Mask every value; the record that structlog's own processors still need is left alone."""
    kept = ("_record", "_from_structlog")
    return {name: value if name in kept else _mask(name, value) for name, value in event.items()}


def _mask(name: str, value: object) -> object:
    if _PRIVATE.search(name) and value is not None:
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _mask(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask("", inner) for inner in value]
    return masked(str(value))


_CHAIN: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _mask_all,
]


def _as_text(logger: WrappedLogger, method: str, event: EventDict) -> str:
    moment, level = str(event.pop("timestamp"))[11:19], event.pop("level")
    event.pop("logger", None)
    said, trace = event.pop("event"), event.pop("exception", None)
    rest = "".join(f" {name}={_plain(value)}" for name, value in event.items())
    lines = [f"{moment} {level:<7} {_plain(said, quoted=False)}{rest}", *(str(trace).splitlines() if trace else ())]
    return "\n".join(lines[:1] + [f"    {_plain(line, quoted=False)}" for line in lines[1:]])


def _plain(value: object, *, quoted: bool = True) -> str:
    """Return a value on one line; what has blanks or is not printable is written as JSON writes it."""
    text = value if isinstance(value, str) else json.dumps(value)
    if text.isprintable() and not (quoted and isinstance(value, str) and (not text or " " in text or '"' in text)):
        return text
    return json.dumps(text)


class _WithoutCancelled(logging.Filter):
    """Drops the traceback that dbos logs as an error for each job that was cancelled on purpose."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[0] if record.exc_info else None
        return error is None or error.__name__ != "DBOSWorkflowCancelledError"


def _take_over_dbos() -> None:
    """Have dbos hand its lines on to ours: it adds a handler of its own, and hands nothing on, where it has none."""
    dbos = logging.getLogger("dbos")
    dbos.handlers, dbos.propagate = [logging.NullHandler()], True
    dbos.filters = [*(other for other in dbos.filters if not isinstance(other, _WithoutCancelled)), _WithoutCancelled()]
