"""Removes passwords from error messages and log lines, which may contain the address of a database."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

from graphile_worker._patterns import lazy_pattern
from graphile_worker.conninfo.secrets import passwords_of
from graphile_worker.conninfo.syntax.uri import SCHEME
from graphile_worker.core.secrets.likely_secrets import HIDDEN

IN_WORDS = 6  # characters from which a secret is unlikely to be part of an ordinary word
# A password may hold any of `:/@?#` unescaped, so everything up to the last `@` of the word is hidden.
_IN_ADDRESS = lazy_pattern(rf"({SCHEME}[^\s:/?'\"]*:)(?:(?!{SCHEME})[^\s'\"])*@", re.IGNORECASE)
# In quotes the address ends with them: a blank may be a part of the password.
_QUOTED = lazy_pattern(rf"(?<=(['\"]))({SCHEME}[^\s:/?'\"]*:)(?:(?!\1).)*@", re.IGNORECASE)
_ASSIGNED = lazy_pattern(
    r"((?:pg|ssl)?password(?:'|\")?\s*[=:]\s*)((?:'(?:[^'\\]|\\.)*')+|(?:\"(?:[^\"\\]|\\.)*\")+|(?:\\+.|[^\s&'\",;)}\\])+)",
    re.IGNORECASE,
)


def redact(text: str, address: str | None = None, secrets: Iterable[str] = ()) -> str:
    """The text without the password of any address in it, and without `password=…`.

    Args:
        address: an address whose password, and each part of it, is hidden wherever it stands as a word; from IN_WORDS
            characters on also within a word.
        secrets: further passwords, as those of a service file or a password file.
    """
    text = _QUOTED.sub(rf"\g<2>{HIDDEN}@", text)
    text = _ASSIGNED.sub(rf"\g<1>{HIDDEN}", _IN_ADDRESS.sub(rf"\g<1>{HIDDEN}@", text))
    for part in sorted({*passwords_of(address or ""), *secrets}, key=len, reverse=True):
        literal = re.escape(part)
        text = re.sub(literal if len(part) >= IN_WORDS else rf"(?<!\w){literal}(?!\w)", HIDDEN, text)
    return text


class RedactingFilter(logging.Filter):
    """Redacts a record of the log, its traceback included, before any handler gets it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites the record and always keeps it; `msg` stays what it is where the arguments alone hold passwords."""
        if isinstance(record.args, tuple):
            record.args = tuple(redact(str(a)) if isinstance(a, (str, BaseException)) else a for a in record.args)
        message = record.getMessage()
        if redact(message) != message:
            record.msg, record.args = redact(message), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(_FORMATTER.formatException(record.exc_info))
        return True


_FORMATTER = logging.Formatter()
_FILTER = RedactingFilter()


def redacting_logger(name: str) -> logging.Logger:
    """The logger of this name, whose records hold no password."""
    logger = logging.getLogger(name)
    logger.addFilter(_FILTER)  # the same filter is added once
    return logger
