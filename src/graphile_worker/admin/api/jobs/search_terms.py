"""The terms of a search: words, phrases, fragments of JSON, and values at a path of the payload.

All terms of a search must match. A payload is stored as JSON text, in which a character may be escaped; a regular
expression with all spellings of each character finds it. Letters, digits and a few marks that no encoder escapes are
found unescaped only, so that a plain word costs no second comparison.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from graphile_worker._patterns import lazy_pattern
from graphile_worker.core.sql import texts

TERMS_MAX = 16  # the rest of a longer search is one phrase
LOCATED_MAX = 4  # terms whose match a list shows
_WHITE = r"[ \t\r\n]*"
_QUOTE = r"\\*"  # before a quote: JSON text within a string of the payload has escaped ones
_TOKEN = lazy_pattern(
    r'[ \t\r\n]*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<mark>[{}\[\],:])|(?P<cut>"(?:[^"\\]|\\.)*\\?$)'
    r"|(?P<plain>(?:-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null)(?![^ \t\r\n{}\[\],:]))|$)",
    re.DOTALL,
)
_HALF = lazy_pattern(r"(?<!\\)((?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3})?$")  # an escape that the end of the text cuts
_TAIL = lazy_pattern(r'((?:[^"\\]|\\.)*)"(?=[ \t\r\n]*[{}\[\],:])', re.DOTALL)
_TERM = lazy_pattern(
    r'\s*(?:payload(?P<path>(?:\.(?:"(?:[^"\\]|\\.)+"|[^\s.":]+))+):(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<value>[^\s"]\S*))'
    r'|"(?P<phrase>[^"]+)"|(?P<word>\S+))(?=\s|$)',
    re.DOTALL,
)
_NAME = lazy_pattern(r'\.(?:"((?:[^"\\]|\\.)+)"|([^\s.":]+))')
_NUMBER = lazy_pattern(r"-?(?:0|[1-9][0-9]{0,300})(?:\.[0-9]{1,300})?(?:[eE][-+]?[0-9]{1,3})?")
_PLAIN_RUN = lazy_pattern("[0-9A-Za-z]+")
_UNESCAPED = lazy_pattern("[0-9A-Za-z_.@: -]*")  # what stands in JSON text as it is
_SHORT = {'"': '"', "\\": r"\\", "/": "/", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}


class Word(msgspec.Struct, frozen=True):
    """A text anywhere in a job."""

    text: str

    @property
    def located(self) -> str:
        """The block of search_terms.sql that locates its match."""
        return "located_word"

    @property
    def block(self) -> str:
        """The block of search_terms.sql that is its condition."""
        return "plain_word" if _UNESCAPED.fullmatch(self.text) else "word"

    def parameters(self) -> dict[str, Any]:
        """The parameters of its condition, without the number of the term."""
        plain = {"word": like(self.text)}
        return plain if self.block == "plain_word" else {**plain, "stored": _spellings(self.text)}

    def located_parameters(self) -> dict[str, Any]:
        """The parameters with which its match is located."""
        return {"stored": _spellings(self.text)}

    def name_parameters(self) -> dict[str, Any]:
        """Those of the condition on names alone."""
        return {"word": like(self.text)}


class Fragment(msgspec.Struct, frozen=True):
    """A part of a JSON text. White space between its tokens does not count."""

    text: str
    pattern: str
    runs: str

    @property
    def located(self) -> str:
        """The block of search_terms.sql that locates its match."""
        return "located_word"

    @property
    def block(self) -> str:
        """As in Word."""
        return "fragment"

    def parameters(self) -> dict[str, Any]:
        """As in Word."""
        return {"word": like(self.text), "stored": self.pattern, "runs": self.runs}

    def located_parameters(self) -> dict[str, Any]:
        """As in Word."""
        return {"stored": self.pattern}

    def name_parameters(self) -> dict[str, Any]:
        """As in Word."""
        return {"word": like(self.text)}


class PathValue(msgspec.Struct, frozen=True):
    """A value at a path of the payload. A number is compared by its value, a string without regard to case."""

    text: str
    path: tuple[str, ...]
    value: str

    @property
    def located(self) -> str:
        """The block of search_terms.sql that locates its match."""
        return "located_path"

    @property
    def block(self) -> str:
        """As in Word."""
        return "path_number" if _NUMBER.fullmatch(self.value) else "path_text"

    def parameters(self) -> dict[str, Any]:
        """As in Word."""
        names = [name for name in self.path if not name.isdecimal()]  # a number may be the index of an item
        given = {
            "path": texts(self.path),
            "value": self.value,
            "runs": _runs([*names, self.value]),
            "quoted": "".join(like(f'"{name}"')[:-1] for name in names) + like(self.value),
        }
        if self.block == "path_text":
            return given
        digits = self.value.rstrip("0").rstrip(".") if "." in self.value else self.value
        return given | {
            "runs": _runs([*names, *(() if "e" in digits.lower() else (digits,))]),
            "names": _runs(names),
        }

    def located_parameters(self) -> dict[str, Any]:
        """As in Word."""
        return {"path": texts(self.path), "value": self.value}

    def name_parameters(self) -> dict[str, Any]:
        """As in Word."""
        return {"word": like(self.text)}


Term = Word | Fragment | PathValue


def terms_of(search: str) -> tuple[Term, ...]:
    """The terms of a search. A text of JSON tokens is one fragment; a quoted text is a phrase; `payload.a.b:value` is a
    value at a path; anything else is a word."""
    fragment = _fragment(search)
    if fragment is not None:
        return (fragment,)
    found: list[Term] = []
    at = 0
    while at < len(search):
        if len(found) == TERMS_MAX - 1:
            rest = search[at:].strip()
            found += [Word(rest)] if rest else []
            break
        match = _TERM.match(search, at)
        if match is None:  # white space at the end
            break
        found.append(_term(match))
        at = match.end()
    return tuple(dict.fromkeys(found)) or ((Word(search),) if search else ())


def like(text: str) -> str:
    """A LIKE pattern that finds the text itself anywhere."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


def _term(match: re.Match[str]) -> Term:
    if match["word"] is not None:
        return Word(match["word"])
    if match["phrase"] is not None:
        return Word(match["phrase"])
    path = names_of(match["path"])
    value = match["value"] if match["quoted"] is None else _unescaped(match["quoted"])
    return PathValue(match[0].strip(), path, value)


def names_of(path: str) -> tuple[str, ...]:
    """The names in the path of a payload, which begins with a dot: `.a."b c"`."""
    return tuple(_unescaped(quoted) if quoted else name for quoted, name in _NAME.findall(path))


def _unescaped(text: str) -> str:
    r"""A quoted text of a search; `\"` and `\\` are a quote and a backslash."""
    return re.sub(r'\\(["\\])', r"\1", text)


def _fragment(search: str) -> Fragment | None:
    """The search as a fragment of JSON; None where it is something else. It may begin and end within a string."""
    tail = _TAIL.match(search)
    parts = _parts(search, 0, [])
    if parts is None and tail is not None:
        content = _content(tail[1])
        if content is not None:
            parts = _parts(search, tail.end(), [_spellings(content) + _QUOTE + '"'])
    if parts is None:
        return None
    runs = _runs([re.sub(r"\\u[0-9a-fA-F]{4}|\\.", " ", search)])
    return Fragment(search, _WHITE.join(parts), runs)


def _parts(search: str, at: int, parts: list[str]) -> list[str] | None:
    """Patterns of the tokens from `at` on; None where the text is not JSON, or has neither string nor bracket beside a
    mark."""
    strings, marks = len(parts), ""
    while at < len(search):
        match = _TOKEN.match(search, at)
        if match is None:
            return None
        at = match.end()
        if match["string"] is not None or match["cut"] is not None:
            content = _content(
                match["string"][1:-1] if match["string"] is not None else _HALF.sub(r"\1", match["cut"][1:])
            )
            if content is None:
                return None
            closing = _QUOTE + '"' if match["string"] is not None else ""
            parts.append(_QUOTE + '"' + "".join(map(_character, content)) + closing)
            strings += 1
        elif match["mark"] is not None:
            parts.append("\\" + match["mark"])
            marks += match["mark"]
        elif match["plain"] is not None:
            parts.append(_escaped(match["plain"]))
    brackets = any(mark in "{}[]" for mark in marks)
    return parts if len(parts) > 1 and marks and (strings or brackets) else None


def _content(text: str) -> str | None:
    """The characters that the inner text of a JSON string stands for."""
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return None


def _runs(parts: Sequence[str]) -> str:
    """A LIKE pattern of the letters and digits in these texts, in their order. Every text that holds the parts matches
    it."""
    return "%" + "".join(f"{run}%" for part in parts for run in _PLAIN_RUN.findall(part))


def _spellings(text: str) -> str:
    """A regular expression that finds the text in JSON text, however its characters are escaped."""
    first = text[:1]
    begin = _character(first)
    if escapes := _escapes(first):
        begin = rf"(?:{_raw(first)}|(?<!\\)(?:\\\\)*(?:{'|'.join(escapes)}))"
    return begin + "".join(map(_character, text[1:]))


def _character(character: str) -> str:
    escapes = _escapes(character)
    return f"(?:{'|'.join((_raw(character), *escapes))})" if escapes else _raw(character)


def _raw(character: str) -> str:
    """The character as it is; for those that JSON text cannot hold unescaped, a regular expression without a match."""
    return "(?!)" if character == "\\" or "\ud800" <= character <= "\udfff" else _escaped(character)


def _escaped(text: str) -> str:
    return re.sub(r"([^\w\s]|_)", r"\\\1", text, flags=re.ASCII) if text.isascii() else text


def _escapes(character: str) -> list[str]:
    """Regular expressions of the escapes of this character, in either case."""
    if _UNESCAPED.fullmatch(character):
        return []
    escapes = [r"\\" + _SHORT[character] if character != "\\" else r"\\\\"] if character in _SHORT else []
    for one in dict.fromkeys((character, character.lower(), character.upper())):
        if len(one) == 1:
            units = one.encode("utf-16-be", "surrogatepass").hex()
            escapes.append("".join(rf"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)))
    return escapes
