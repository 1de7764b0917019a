"""Redacts error messages about the command line, which quote arguments that may be misplaced secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from graphile_worker.cli.options.extra_arguments import ExtraArguments
from graphile_worker.core.secrets.likely_secrets import HIDDEN, PASSWORD, is_likely_secret, parts_of
from graphile_worker.core.secrets.redaction import redact

_SECRET_OPTIONS = ("--password", "--bearer-token", "--header-token")
_SECRET_VARIABLES = re.compile(r"GRAPHILE_WORKER_ADMIN_(?:PASSWORD|BEARER_TOKEN|HEADER_TOKEN)|PGPASSWORD|PGSSLPASSWORD")
_VARIABLES = re.compile(r"GRAPHILE_WORKER_\w+|DATABASE_URL|PG[A-Z]+")
_SHORTEST = 6  # characters; a shorter text is redacted only in quotes
# A password that a shell may have split at a blank: the following words are part of it.
_CUT = re.compile(rf"(?:^|.*[\s&?]){PASSWORD}\s*(?:=.*)?|\w+:/+[^@]*:[^@]*", re.IGNORECASE | re.DOTALL)


def usage_message(error: click.ClickException, arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """The message of an error about the command line, without secrets."""
    if isinstance(error, ExtraArguments):
        secret = {*_typed(arguments), *_behind(arguments)}
        if any(one in secret or is_likely_secret(one) for one in error.arguments):
            many = len(error.arguments)
            named = "1 unexpected extra argument" if many == 1 else f"{many} unexpected extra arguments"
            return f"Got {named} ({HIDDEN}, not shown: a part of a secret?). Put quotes around a value with blanks."
    return without_secrets(error.format_message(), arguments, environ)


def without_secrets(message: str, arguments: Sequence[str], environ: Mapping[str, str], *, split: bool = True) -> str:
    """The message without any argument, or value of a variable of ours, that may hold a secret.

    Args:
        split: whether the parts of such a text are hidden, too, as where click has cut it.
    """
    given = [value for name, value in environ.items() if _VARIABLES.fullmatch(name)]
    given += [form for one in arguments for form in _forms(one)]
    suspects = {text for text in given if is_likely_secret(text)}
    secrets = {value for name, value in environ.items() if _SECRET_VARIABLES.fullmatch(name)}
    secrets |= {*_typed(arguments), *_behind(arguments)}
    for text in sorted((suspects | secrets) - {""}, key=len, reverse=True):
        message = _hide(message, text)
    if split:
        parts = {part for text in suspects for part in parts_of(text) if len(part) > 1}
        message = redact(message, secrets=parts)
        for part in sorted({half for text in suspects for half in text.split()}, key=len, reverse=True):
            message = _hide(message, part)
    return message


def _forms(argument: str) -> Iterator[str]:
    """An argument, and its value without the name of the option."""
    yield argument
    if argument.startswith("-"):
        yield argument.lstrip("-")
        yield argument[2:]
        yield argument.partition("=")[2]


def _typed(arguments: Sequence[str]) -> Iterator[str]:
    """The values of options that take secrets."""
    for index, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name in _SECRET_OPTIONS:
            yield from [value] if equals else arguments[index + 1 : index + 2]


def _behind(arguments: Sequence[str]) -> Iterator[str]:
    """The words after a secret that a shell may have split, up to the next option."""
    cut, secret = False, False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        if secret:
            cut, secret = True, False
        elif name in _SECRET_OPTIONS:
            cut, secret = bool(equals), not equals
        elif argument.startswith("-"):
            cut = False
        elif cut:
            yield argument
        else:
            cut = _CUT.fullmatch(argument) is not None and is_likely_secret(f"{argument}=")


def _hide(message: str, text: str) -> str:
    """The message with the text redacted, however it is quoted; a short text only in quotes."""
    pattern = "".join(map(_character, text))
    if len(text) < _SHORTEST:
        return re.sub(rf"(?<=['\"])-*{pattern}(?=['\"])", HIDDEN, message, flags=re.IGNORECASE)
    return re.sub(pattern, HIDDEN, message, flags=re.IGNORECASE)


def _character(one: str) -> str:
    """A pattern for a character and for its form in repr()."""
    if one == "\\":
        return r"\\+"
    if one in "'\"":
        return rf"\\*{one}"
    if one.isprintable() and one.isascii():
        return re.escape(one)
    escaped: Any = "|".join(map(re.escape, (one, *_escaped(one))))
    return rf"(?:{escaped}|\s|\\+x[0-9a-f]{{2}}|\\+u[0-9a-f]{{4}}|�)"


def _escaped(one: str) -> tuple[str, str]:
    return ascii(one)[1:-1], repr(one)[1:-1]
