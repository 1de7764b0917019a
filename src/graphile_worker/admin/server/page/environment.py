"""The environment of an admin, as "production": a badge, the title and the favicon show it, so that two tabs differ."""

from __future__ import annotations

COLORS = {
    "gray": "#5c6068",
    "red": "#b3261e",
    "orange": "#9a4b00",
    "green": "#1b6e3c",
    "blue": "#1d5fbf",
    "purple": "#6340b5",
}
DEFAULT_COLOR = "gray"
NAME_MAX = 32
_BACKGROUND = b'fill="#0b6f85"'


def check_environment(name: str | None, color: str | None) -> None:
    """Raises ValueError unless both can be shown: a name of 1 to 32 printable characters, and one of COLORS."""
    if name is None:
        if color is not None:
            raise ValueError("environment_color needs environment")
        return
    if not name.strip() or not name.isprintable() or len(name) > NAME_MAX:
        raise ValueError(f"environment must be 1 to {NAME_MAX} printable characters")
    if color is not None and color not in COLORS:
        raise ValueError(f"environment_color must be one of {', '.join(COLORS)}")


def favicon(svg: bytes, color: str) -> bytes:
    """The favicon with a background of this color. Raises ValueError where the icon has no background to replace."""
    if svg.count(_BACKGROUND) != 1:
        raise ValueError("the favicon has no background of the default color")
    return svg.replace(_BACKGROUND, f'fill="{COLORS[color]}"'.encode())
