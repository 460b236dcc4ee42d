"""What dbos logs, cut to one line each: it prints tracebacks even for what is no trouble."""

from __future__ import annotations

import logging

from bot.jobs.values import described

_NO_TROUBLE = ("Asyncio task cancelled", "Registered", "Duplicate registration")


class OneLine(logging.Filter):
    """Drops what is no trouble, and turns an exception's traceback into its type and text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged; changes it where it has a traceback."""
        message = record.getMessage()
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if message.startswith(_NO_TROUBLE) or type(error).__name__ == "DBOSWorkflowCancelledError":
            return False
        if error is not None:
            message = f"{message} {type(error).__name__}: {described(error)}"
            record.exc_info = None
        line = message.partition("\n")[0]  # half a character of a file's name or text can be written nowhere
        record.msg, record.args = line.encode("utf-8", "backslashreplace").decode(), None
        return True


def quieten() -> None:
    """Give dbos's log to whoever reads the root's, in single lines; doing so again changes nothing."""
    log = logging.getLogger("dbos")
    log.setLevel(logging.WARNING)
    log.propagate = True
    if not any(isinstance(each, OneLine) for each in log.filters):
        log.addFilter(OneLine())
    if not log.handlers:
        log.addHandler(logging.NullHandler())  # with none, dbos adds one that writes to standard error
