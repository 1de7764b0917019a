"""Pretty printing of JSON that never leaves the text: digits, order and escapes stay what they were.

One loop over the bytes, so 7,000 levels cost no more stack than one; numbers are never parsed.
"""

from __future__ import annotations

from graphile_worker.admin.client.html import esc

LINES_MAX = 1500
INDENT_MAX = 40
_SPACE = b" \t\r\n"
_OPEN, _CLOSE = b"{[", b"}]"
_STOP = b' \t\r\n,:{}[]"'


_last: list[tuple[str, int, tuple[str, bool]]] = []


def shown(text: str, lines_max: int = LINES_MAX) -> tuple[str, bool]:
    """`pretty`, remembered for the text that was asked for last."""
    if not _last or _last[0][0] != text or _last[0][1] != lines_max:
        _last[:] = [(text, lines_max, pretty(text, lines_max))]
    return _last[0][2]


def pretty(text: str, lines_max: int = LINES_MAX) -> tuple[str, bool]:
    """(HTML of the indented text with `b.k` keys, `b.n` numbers and words, `b.s` strings; was it cut)."""
    raw = text.encode()
    out: list[str] = []
    stack: list[int] = []
    at, end, lines = 0, len(raw), 1
    while at < end:
        mark = raw[at]
        if mark in _SPACE:
            at += 1
        elif mark == 0x22:
            stop = _string_end(raw, at)
            out.append(_string(raw, at, stop))
            at = stop
        elif mark in _OPEN:
            after = _skip(raw, at + 1)
            if after < end and raw[after] == mark + 2:
                out.append("{}" if mark == 0x7B else "[]")
                at = after + 1
                continue
            stack.append(mark)
            out.append(chr(mark) + _line(len(stack)))
            lines += 1
            at += 1
        elif mark in _CLOSE:
            if stack:
                stack.pop()
            out.append(_line(len(stack)) + chr(mark))
            lines += 1
            at += 1
        elif mark == 0x2C:
            out.append("," + _line(len(stack)))
            lines += 1
            at += 1
        elif mark == 0x3A:
            out.append(": ")
            at += 1
        else:
            stop = _word_end(raw, at)
            out.append('<b class="n">%s</b>' % esc(raw[at:stop].decode()))
            at = stop
        if lines >= lines_max:
            return "".join(out).rstrip(), at < end
    return "".join(out), False


def _line(depth: int) -> str:
    return "\n" + "  " * min(depth, INDENT_MAX)


def _skip(raw: bytes, at: int) -> int:
    while at < len(raw) and raw[at] in _SPACE:
        at += 1
    return at


def _string_end(raw: bytes, at: int) -> int:
    """Index after the closing quote; the end of the text when it was cut inside the string."""
    here = at + 1
    while True:
        here = raw.find(b'"', here)
        if here < 0:
            return len(raw)
        slashes = here
        while raw[slashes - 1] == 0x5C:
            slashes -= 1
        if (here - slashes) % 2 == 0:
            return here + 1
        here += 1


def _string(raw: bytes, at: int, stop: int) -> str:
    after = _skip(raw, stop)
    kind = "k" if after < len(raw) and raw[after] == 0x3A else "s"
    return '<b class="%s">%s</b>' % (kind, esc(raw[at:stop].decode()))


def _word_end(raw: bytes, at: int) -> int:
    while at < len(raw) and raw[at] not in _STOP:
        at += 1
    return at
