"""Percent-encoding of URLs, as urllib.parse has it: the browser's interpreter lacks that module."""

from __future__ import annotations

import re

_SPECIAL = re.compile("[^A-Za-z0-9._~-]")
_HEX = "0123456789ABCDEF"
_DIGITS = b"0123456789ABCDEFabcdef"


def quote(text: str) -> str:
    """Percent-encoding of UTF-8."""
    if not _SPECIAL.search(text):
        return text
    out = []
    for byte in text.encode():
        plain = byte < 128 and not _SPECIAL.match(chr(byte))
        out.append(chr(byte) if plain else "%" + _HEX[byte >> 4] + _HEX[byte & 15])
    return "".join(out)


def unquote(text: str) -> str:
    """The reverse; broken escapes stay as they are, broken UTF-8 becomes U+FFFD."""
    raw = bytearray()
    source = text.replace("+", " ").encode()
    at = 0
    while at < len(source):
        byte = source[at]
        if byte == 0x25 and at + 2 < len(source):
            high, low = _DIGITS.find(source[at + 1 : at + 2]), _DIGITS.find(source[at + 2 : at + 3])
            if high >= 0 and low >= 0:
                byte = (high if high < 16 else high - 6) * 16 + (low if low < 16 else low - 6)
                at += 2
        raw.append(byte)
        at += 1
    try:
        return bytes(raw).decode()
    except UnicodeError:
        return "".join([chr(byte) if byte < 128 else "\ufffd" for byte in raw])


def pairs(search: str) -> list[tuple[str, str]]:
    """("?a=1&b=2") -> [("a", "1"), ("b", "2")]; a "?" at the start is dropped."""
    out = []
    for part in (search[1:] if search.startswith("?") else search).split("&"):
        if part:
            cut = part.find("=")
            name, value = (part, "") if cut < 0 else (part[:cut], part[cut + 1 :])
            out.append((unquote(name), unquote(value)))
    return out
