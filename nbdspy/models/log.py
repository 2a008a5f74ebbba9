"""Keeping keys out of the log, whose records quote errors of foreign code and what models say."""

from __future__ import annotations

import logging

from nbdspy.models.redaction import redact

_formatter = logging.Formatter()


class Redacting(logging.Filter):
    """Lets every record pass, without the keys in its message, its traceback and its stack.

    It is to be a filter of the logger that the records are made with: Python asks none of a logger above.

    Example:
        >>> record = logging.makeLogRecord({"msg": "asked with %s", "args": ("sk-0123456789abcdef0123",)})
        >>> Redacting().filter(record), record.getMessage()
        (True, 'asked with [redacted]')
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Take the keys out of a record; an error that shows none stays an error, of which some handlers make more."""
        record.msg, record.args = redact(_message(record)), ()
        if record.exc_info and record.exc_info[0] is not None:
            said = _formatter.formatException(record.exc_info)
            shown = redact(said)
            if shown != said:
                record.exc_info, record.exc_text = None, shown
        record.stack_info = redact(record.stack_info)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # of the repr of a foreign object, which must not end the work that is logged
        return f"{record.msg} [{type(error).__name__} when this was written out]"
