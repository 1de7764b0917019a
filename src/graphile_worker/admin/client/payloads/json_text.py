"""Pretty printing of JSON text, which keeps digits, order and escapes as they are.

One loop over the bytes instead of recursion: deep nesting needs no stack. Numbers are never parsed.
"""

from __future__ import annotations

from graphile_worker.admin.client.text.html import esc

LINES_MAX = 1500
INDENT_MAX = 40
FOLDED_MAX = 60  # levels that can be folded
_SPACE = b" \t\r\n"
_OPEN, _CLOSE = b"{[", b"}]"
_STOP = b' \t\r\n,:{}[]"'


def pretty(text: str, lines_max: int = LINES_MAX) -> tuple[str, bool]:
    """(HTML of the indented text, was it cut).

    `b.k` are keys, `b.n` numbers and words, `b.s` strings. Objects and arrays are `<details>`, whose `i` counts the
    members. There is a line end only where no such block begins or ends.
    """
    tree = _Tree(text.encode())
    while tree.at < len(tree.raw):
        _step(tree)
        if tree.lines >= lines_max:
            break
    cut = tree.at < len(tree.raw)
    while tree.open:
        tree.shut("…")
    return "".join(tree.out).rstrip(), cut


class _Tree:
    """The text, the position in it, the HTML so far, and the open objects and arrays."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0
        self.out: list[str] = []
        self.open: list[list[int]] = []  # mark, place of its head in `out` or -1, members
        self.begin = 0  # where the present line begins in `out`
        self.fresh = True  # a block begins or ends here
        self.lines = 1

    def turn(self) -> None:
        """A new line."""
        if not self.fresh:
            self.out.append("\n")
        self.fresh = False
        self.begin = len(self.out)
        self.out.append("  " * min(len(self.open), INDENT_MAX))
        self.lines += 1

    def unfold(self, mark: int) -> None:
        """An object or array begins. Below FOLDED_MAX levels it cannot be folded, because browsers limit nesting."""
        index = -1
        if len(self.open) < FOLDED_MAX:
            head = "".join(self.out[self.begin :])
            while len(self.out) > self.begin:
                self.out.pop()
            index = len(self.out)
            self.out.append(head)
            self.fresh = True
        else:
            self.out.append(chr(mark))
        self.open.append([mark, index, 1])
        self.turn()

    def shut(self, end: str) -> None:
        """The innermost object or array ends; `end` is its closing mark, with the comma behind it."""
        mark, index, members = self.open.pop()
        if index < 0:
            return
        word = "item" if mark == 0x5B else "member"
        folded = " %d %s%s %s" % (members, word, "" if members == 1 else "s", end)
        self.out[index] = "<details open><summary>%s%s<i>%s</i></summary>" % (self.out[index], chr(mark), folded)
        self.out.append("</details>")
        self.fresh = True


def _step(tree: _Tree) -> None:
    """Writes the next token."""
    raw, at = tree.raw, tree.at
    mark = raw[at]
    tree.at = at + 1
    if mark in _SPACE:
        return
    if mark == 0x22:
        tree.at = string_end(raw, at)
        tree.out.append(_string(raw, at, tree.at))
    elif mark in _OPEN:
        after = skip(raw, at + 1)
        if after < len(raw) and raw[after] == mark + 2:
            tree.out.append("{}" if mark == 0x7B else "[]")
            tree.at = after + 1
        else:
            tree.unfold(mark)
            return
    elif mark in _CLOSE:
        _close(tree, mark)
        return
    elif mark == 0x2C:
        tree.out.append(",")
        _member(tree)
        return
    elif mark == 0x3A:
        tree.out.append(": ")
    else:
        tree.at = word_end(raw, at)
        tree.out.append('<b class="number">%s</b>' % esc(raw[at : tree.at].decode()))
    tree.fresh = False


def _close(tree: _Tree, mark: int) -> None:
    if not tree.open:
        return
    inner = tree.open[-1]
    tree.open.pop()
    tree.turn()
    tree.open.append(inner)
    after = skip(tree.raw, tree.at)
    comma = after < len(tree.raw) and tree.raw[after] == 0x2C
    end = chr(mark) + ("," if comma else "")
    tree.out.append(end)
    tree.shut(end)
    if comma:
        tree.at = after + 1
        _member(tree)


def _member(tree: _Tree) -> None:
    """Another member of the innermost object or array."""
    if tree.open:
        tree.open[-1][2] += 1
    tree.turn()


def skip(raw: bytes, at: int) -> int:
    """Index after the whitespace."""
    while at < len(raw) and raw[at] in _SPACE:
        at += 1
    return at


def string_end(raw: bytes, at: int) -> int:
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
    after = skip(raw, stop)
    kind = "key" if after < len(raw) and raw[after] == 0x3A else "string"
    return '<b class="%s">%s</b>' % (kind, esc(raw[at:stop].decode()))


def word_end(raw: bytes, at: int) -> int:
    """Index after a number or a word."""
    while at < len(raw) and raw[at] not in _STOP:
        at += 1
    return at
