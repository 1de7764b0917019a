"""JSON of requests and responses: strict decoding with errors that name the member, and encoding."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from graphile_worker.core import validation
from graphile_worker.core.exceptions import InvalidInput

DEPTH_MAX = 64
NAME_SHOWN = 64  # characters of an unknown name that an error repeats
# The end of a string is optional: if it were required, the search would restart at every quote within an open string.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_OBJECT, _COMMA, _SPACE, _END = (re.compile(pattern) for pattern in (r"\s*\{", r"\s*,", r"\s*", r"[\s},]*"))
_NAME = re.compile(r'\s*"([^"\\]*)"\s*: ?')
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

Request = TypeVar("Request", bound=msgspec.Struct)
encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode


def decode(body: bytes, kind: type[Request]) -> Request:
    """The request body. Raises InvalidInput with the name of the member and the rule that it breaks."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise InvalidInput("body", "must be UTF-8 text") from None
    _refuse_depth(text)
    _refuse_members(_members(text), kind)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise _invalid_input(str(error)) from None
    except (msgspec.DecodeError, RecursionError) as error:
        half = _SURROGATE.search(text)  # the only error that the check by Python's parser does not find
        rule = "must not contain half of a surrogate pair" if half else f"must be JSON ({error})"
        raise InvalidInput("body", rule) from None


def _refuse_depth(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if depth > DEPTH_MAX:
            raise InvalidInput("body", f"must not be nested deeper than {DEPTH_MAX} levels")


def _members(text: str) -> list[str]:
    """The names of the members of the object, in order and with repetitions. The depth is already checked.

    The text is parsed and not the bytes: json.loads would detect UTF-16 in some, and the depth would be another.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_Pairs, parse_int=str, parse_float=str, parse_constant=validation.no_constant
        )
    except json.JSONDecodeError as error:
        field, found = _erroneous_member(text, error)
        raise InvalidInput(field, f"must be JSON ({found})") from None
    except ValueError as error:
        raise InvalidInput("body", f"must be JSON ({error})") from None
    if not isinstance(value, _Pairs):
        raise InvalidInput("body", "must be a JSON object")
    return [name for name, _ in value]


def _erroneous_member(text: str, error: json.JSONDecodeError) -> tuple[str, json.JSONDecodeError]:
    """The member with the syntax error and the error with its position in the member; else "body" and the error."""
    found, at, scanner = "body", 0, json.JSONDecoder()
    after = _OBJECT.match(text)
    while after is not None and (name := _NAME.match(text, after.end())):
        found, at = shown(name[1]), name.end()
        try:
            end = scanner.raw_decode(text, _SPACE.match(text, at).end())[1]  # type: ignore[union-attr]
        except ValueError:
            end = error.pos
        after = None if error.pos <= end else _COMMA.match(text, end)
    if after is not None and not _END.fullmatch(text, error.pos):  # the error is in a name
        return "body", error
    return found, json.JSONDecodeError(error.msg, text[at:], error.pos - at)


class _Pairs(list[tuple[str, Any]]):
    """The members of an object in the order of the text."""


def _refuse_members(names: list[str], kind: type[msgspec.Struct]) -> None:
    known = kind.__struct_fields__
    for index, name in enumerate(names):
        if name not in known:
            raise InvalidInput(shown(name), "is not a member of this request" + nearest(name, known))
        if name in names[:index]:
            raise InvalidInput(name, "stands twice")


def nearest(name: str, known: tuple[str, ...] | list[str]) -> str:
    """`; did you mean X?`, or the list of known names. Names longer than NAME_SHOWN are not compared: it takes too long."""
    alike = (
        []
        if len(name) > NAME_SHOWN
        else difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
        or [word for word in known if word in name.lower().replace("_", "").replace("-", "") and len(word) > 2]
    )
    return f"; did you mean `{alike[0]}`?" if alike else f"; there are {', '.join(known) or 'none'}"


def shown(name: str) -> str:
    """A name from a request, shortened and made printable."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name[:NAME_SHOWN])


def _invalid_input(message: str) -> InvalidInput:
    """The error for a message of msgspec, as ``Expected int, got str - at `$.priority` ``. Items belong to their list."""
    rule, _, path = message.replace(" - at `key` in `$", " - at `$").partition(" - at `$")
    field = path.strip("`.").partition("[")[0] or "body"
    missing = re.fullmatch(r"Object missing required field `(\w+)`", rule)
    if missing:
        return InvalidInput(missing[1], "is required")
    wrong = re.fullmatch(r"Expected `([^`]+)`, got `([^`]+)`", rule)
    if wrong:
        wanted, got = (" or ".join(_KINDS.get(kind, kind) for kind in kinds.split(" | ")) for kinds in wrong.groups())
        number = wanted.startswith("a whole number")
        return InvalidInput(field, f"must be {wanted}, not {got}", reason_code="whole_number" if number else None)
    return InvalidInput(field, "is refused: " + rule[0].lower() + rule[1:])


_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}
