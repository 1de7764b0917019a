"""The escapes of JSON text as the characters that they stand for."""

from __future__ import annotations


def unescaped(text: str) -> str:
    r"""JSON text, perhaps cut, with the characters of its escapes like \u00fc and \/; others, as \n and \u0000, stay."""
    out: list[str] = []
    at = 0
    while True:
        found = text.find("\\", at)
        if found < 0:
            return "".join(out) + text[at:]
        out.append(text[at:found])
        code, end = _escaped(text, found)
        if 0xD800 <= code < 0xDC00:
            low, end = _escaped(text, end)
            code = 0x10000 + ((code - 0xD800) << 10) + low - 0xDC00 if 0xDC00 <= low < 0xE000 else 0
        if code < 0xA0 and code != 47 or 0xD800 <= code < 0xE000:
            code, end = 0, found + 2
        out.append(chr(code) if code else text[found:end])
        at = end


def _escaped(text: str, at: int) -> tuple[int, int]:
    """The code point of the escape that begins here, and where it ends; 0 for another escape or none."""
    kind = text[at : at + 2]
    if kind == "\\/":
        return 47, at + 2
    digits = text[at + 2 : at + 6]
    if kind != "\\u" or len(digits) < 4 or [one for one in digits if one not in "0123456789abcdefABCDEF"]:
        return 0, at + 2
    return int(digits, 16), at + 6
