"""Text into HTML. Everything that comes from data passes `esc`; nothing else writes markup from values."""

from __future__ import annotations

import re
from typing import Any

# One search in C settles nearly all text: everything but plain ASCII without markup characters.
_SPECIAL = re.compile("[^\t\n !#-%(-;=?-~]")
_BEYOND = re.compile("[^\t\n -~]")


def _hidden(code: int) -> bool:
    """Code points that a browser would obey or swallow instead of showing."""
    if code < 0x20:
        return code not in (0x09, 0x0A)
    if code < 0x200B:
        return 0x7F <= code <= 0x9F or code == 0xAD or code == 0x61C
    return (
        code <= 0x200F
        or 0x2028 <= code <= 0x202E
        or 0x2060 <= code <= 0x206F
        or 0xD800 <= code <= 0xDFFF
        or code == 0xFEFF
        or 0xE0000 <= code <= 0xE007F
    )


def visible(text: str) -> str:
    """The text with control and direction characters written out, like ⟨U+202E⟩."""
    if not _BEYOND.search(text):
        return text
    return "".join([_spelled(mark) if _hidden(ord(mark)) else mark for mark in text])


def _spelled(mark: str) -> str:
    return "⟨U+%04X⟩" % ord(mark)


def esc(value: Any) -> str:
    """Any value as text that is safe between tags and inside a double-quoted attribute; None is empty."""
    if value is None:
        return ""
    text = str(value)
    if not _SPECIAL.search(text):
        return text
    text = visible(text)
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
    )


def code(text: Any) -> str:
    """Text in which `backticks` mark what is to be typed."""
    parts = str(text or "").split("`")
    return "".join(["<code>%s</code>" % esc(part) if place % 2 else esc(part) for place, part in enumerate(parts)])


def attrs(**pairs: Any) -> str:
    """` name="value"` per pair: `_` becomes `-`, a trailing `_` goes, True is bare, None and False are absent."""
    out = []
    for name in sorted(pairs):
        value = pairs[name]
        if value is None or value is False:
            continue
        word = name.rstrip("_").replace("_", "-")
        out.append(" " + word if value is True else ' %s="%s"' % (word, esc(value)))
    return "".join(out)


def icon(name: str, kind: str = "") -> str:
    """A 16 px picture from the sprite; decoration only, the word beside it carries the meaning."""
    extra = " " + kind if kind else ""
    return '<svg class="icon%s" aria-hidden="true"><use href="#i-%s"/></svg>' % (extra, name)


def button(label: str, action: str, kind: str = "", picture: str = "", **more: Any) -> str:
    """A button that sends `action`; `more` are attributes (`data_id`, `disabled`, `title`)."""
    classes = "btn " + kind if kind else "btn"
    shown = "<span>%s</span>" % esc(label) if label else ""
    return '<button type="button" class="%s" data-action="%s"%s>%s%s</button>' % (
        classes,
        action,
        attrs(**more),
        icon(picture) if picture else "",
        shown,
    )


def icon_button(name: str, action: str, picture: str, kind: str = "bare", **more: Any) -> str:
    """A square button with a name for people who do not see the picture."""
    return button("", action, kind + " square", picture, aria_label=name, title=more.pop("title", name), **more)


def link(label_html: str, href: str, kind: str = "", **more: Any) -> str:
    """An address of this page, followed without a reload; `label_html` is markup already."""
    return '<a%s href="%s" data-action="go"%s>%s</a>' % (
        attrs(class_=kind or None),
        esc(href),
        attrs(**more),
        label_html,
    )


def options(choices: list[tuple[str, str]], chosen: str) -> str:
    """`<option>`s from (value, label) pairs."""
    return "".join(
        [
            '<option value="%s"%s>%s</option>' % (esc(value), " selected" if value == chosen else "", esc(label))
            for value, label in choices
        ]
    )
