"""JSON text that is edited: its check with line and column, and its indented lines. Numbers are never parsed."""

from __future__ import annotations

from graphile_worker.admin.client.payloads.json_text import INDENT_MAX, LINES_MAX, skip, string_end, word_end

SHOWN_AS_STORED = 60  # characters: a longer text without line ends is indented for the editor
_VALUE, _FIRST_ITEM, _KEY, _FIRST_KEY, _COLON, _NEXT, _END = range(7)  # what may follow
_WANTED = (
    "a value",
    "a value or ]",
    'a name in "quotes"',
    'a name in "quotes" or }',
    "a colon",
    "a comma",
    "nothing more",
)
_ESCAPES = b'"\\/bfnrt'
_HEX = b"0123456789abcdefABCDEF"
_DIGITS = b"0123456789"


def editable(text: str) -> str:
    """The text for the editor: as it is stored, or indented where it is one long line. All digits stay."""
    if "\n" in text or len(text) <= SHOWN_AS_STORED or problem(text):
        return text
    lines = indented(text)
    return text if len(lines) > LINES_MAX else "\n".join(lines)


def problem(text: str) -> str:
    """Why the text is not JSON, with line and column; empty for JSON."""
    raw = text.encode()
    rule, at = _Check(raw).run()
    if not rule:
        return ""
    line_start = raw.rfind(b"\n", 0, at) + 1
    column = len(raw[line_start:at].decode()) + 1
    line = len(raw[:at].split(b"\n"))
    return "must be JSON (%s at line %d column %d)" % (rule, line, column)


class _Check:
    """The text, the open objects and arrays, and what may follow."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.open = bytearray()
        self.wanted = _VALUE

    def run(self) -> tuple[str, int]:
        """(rule, index) of the first error; an empty rule for JSON."""
        at = skip(self.raw, 0)
        while at < len(self.raw):
            rule, at = self._token(at)
            if rule:
                return rule, at
            at = skip(self.raw, at)
        return ("" if self.wanted == _END else self._expected()), at

    def _expected(self) -> str:
        word = _WANTED[self.wanted]
        if self.wanted == _NEXT:
            word = "a comma or " + ("}" if self.open[-1] == 0x7B else "]")
        return "expected " + word

    def _token(self, at: int) -> tuple[str, int]:
        """(rule, its index) of an error in the token here, or ("", the index after the token)."""
        mark, wanted = self.raw[at], self.wanted
        if mark == 0x22 and wanted in (_KEY, _FIRST_KEY):
            self.wanted = _COLON
            return _string(self.raw, at)
        if mark == 0x3A and wanted == _COLON:
            self.wanted = _VALUE
        elif mark == 0x2C and wanted == _NEXT:
            self.wanted = _KEY if self.open[-1] == 0x7B else _VALUE
        elif self.open and mark == self.open[-1] + 2 and wanted in (_NEXT, _FIRST_ITEM, _FIRST_KEY):
            self.open = self.open[: len(self.open) - 1]
            self._after_value()
        elif wanted not in (_VALUE, _FIRST_ITEM):
            return self._expected(), at
        elif mark in b"{[":
            self.open.append(mark)
            self.wanted = _FIRST_KEY if mark == 0x7B else _FIRST_ITEM
        else:
            return self._scalar(at)
        return "", at + 1

    def _scalar(self, at: int) -> tuple[str, int]:
        if self.raw[at] == 0x22:
            self._after_value()
            return _string(self.raw, at)
        stop = word_end(self.raw, at)
        word = self.raw[at:stop]
        if word not in (b"true", b"false", b"null") and not _is_number(word):
            return self._expected(), at
        self._after_value()
        return "", stop

    def _after_value(self) -> None:
        self.wanted = _NEXT if self.open else _END


def _string(raw: bytes, at: int) -> tuple[str, int]:
    """As `_Check._token`, for a string."""
    stop = string_end(raw, at)
    here = at + 1
    while here < stop - 1:
        byte = raw[here]
        if byte < 0x20:
            return "a control character in a string", here
        if byte == 0x5C:
            digits = raw[here + 2 : here + 6]
            known = raw[here + 1] in _ESCAPES
            if not known and not (raw[here + 1] == 0x75 and len(digits) == 4 and _all(digits, _HEX)):
                return "an unknown escape in a string", here
            here += 1
        here += 1
    if stop < at + 2 or raw[stop - 1] != 0x22 or here > stop - 1:
        return "a string without its end", at
    return "", stop


def _all(part: bytes, allowed: bytes) -> bool:
    for byte in part:
        if byte not in allowed:
            return False
    return True


def _is_number(word: bytes) -> bool:
    """-?(0|[1-9]digits)(.digits)?([eE][+-]?digits)?"""
    text = word.decode().lower()
    if text[:1] == "-":
        text = text[1:]
    text, exponent, power = text.partition("e")
    if exponent:
        power = power[1:] if power[:1] in ("+", "-") else power
        if not power or not _all(power.encode(), _DIGITS):
            return False
    integer, point, rest = text.partition(".")
    if point and (not rest or not _all(rest.encode(), _DIGITS)):
        return False
    return integer != "" and _all(integer.encode(), _DIGITS) and (integer == "0" or integer[0] != "0")


def indented(text: str) -> list[str]:
    """The lines of the indented JSON text: one for each member, item and bracket."""
    raw, out, line, depth, at = text.encode(), [], b"", 0, 0
    while at < len(raw):
        mark, stop = raw[at], at + 1
        if mark == 0x22:
            stop = string_end(raw, at)
            line += raw[at:stop]
        elif mark in b"{[":
            after = skip(raw, stop)
            line += raw[at:stop]
            if after < len(raw) and raw[after] == mark + 2:
                line, stop = line + raw[after : after + 1], after + 1
            else:
                depth += 1
                out.append(line)
                line = _indent(depth)
        elif mark in b"}]":
            depth -= 1
            out.append(line)
            line = _indent(depth) + raw[at:stop]
        elif mark == 0x2C:
            out.append(line + b",")
            line = _indent(depth)
        elif mark == 0x3A:
            line += b": "
        elif mark not in b" \t\r\n":
            stop = word_end(raw, at)
            line += raw[at:stop]
        at = stop
    return [one.decode() for one in out + [line]]


def _indent(depth: int) -> bytes:
    return b"  " * min(max(depth, 0), INDENT_MAX)
