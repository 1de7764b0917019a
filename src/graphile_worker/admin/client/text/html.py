"""Text into HTML. Every value from data passes through `esc` before it becomes part of the markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Attribute

# Nearly all text is plain ASCII without markup characters, which one search finds out.
_SPECIAL = re.compile("[^\t\n !#-%(-;=?-~]")
_BEYOND = re.compile("[^\t\n -~]")


def _hidden(code: int) -> bool:
    """Is this a control or direction character, which a browser interprets or leaves out?"""
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


def esc(value: object) -> str:
    """The value as text that is safe between tags and in a double-quoted attribute; None becomes empty text."""
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


def code(text: object) -> str:
    """Markup of a text in which `backticks` mark code."""
    parts = str(text or "").split("`")
    return "".join(["<code>%s</code>" % esc(part) if index % 2 else esc(part) for index, part in enumerate(parts)])


def attrs(**pairs: Attribute) -> str:
    """Markup of attributes. In a name `_` becomes `-`, and a trailing `_` is dropped.

    True makes an attribute without a value; None and False leave the attribute out.
    """
    out = []
    for name in sorted(pairs):
        value = pairs[name]
        if value is None or value is False:
            continue
        word = name.rstrip("_").replace("_", "-")
        out.append(" " + word if value is True else ' %s="%s"' % (word, esc(value)))
    return "".join(out)


def icon(name: str, kind: str = "") -> str:
    """An icon from the sprite, hidden from screen readers."""
    extra = " " + kind if kind else ""
    return '<svg class="icon%s" aria-hidden="true"><use href="#i-%s"/></svg>' % (extra, name)


def button(label: str, action: str, kind: str = "", picture: str = "", **more: Attribute) -> str:
    """A button whose click sends `action`; `more` are further attributes."""
    classes = "btn " + kind if kind else "btn"
    shown = "<span>%s</span>" % esc(label) if label else ""
    return '<button type="button" class="%s" data-action="%s"%s>%s%s</button>' % (
        classes,
        action,
        attrs(**more),
        icon(picture) if picture else "",
        shown,
    )


def icon_button(name: str, action: str, picture: str, kind: str = "bare", **more: Attribute) -> str:
    """A button with an icon only; screen readers read `name`."""
    return button("", action, kind + " square", picture, aria_label=name, title=more.pop("title", name), **more)


def link(label_html: str, href: str, kind: str = "", **more: Attribute) -> str:
    """A link to another address of this page, followed without a reload. `label_html` is markup."""
    return '<a%s href="%s" data-action="go"%s>%s</a>' % (
        attrs(class_=kind or None),
        esc(href),
        attrs(**more),
        label_html,
    )


def options(choices: list[tuple[str, str]], selected: str) -> str:
    """`<option>`s from (value, label) pairs."""
    return "".join(
        [
            '<option value="%s"%s>%s</option>' % (esc(value), " selected" if value == selected else "", esc(label))
            for value, label in choices
        ]
    )
