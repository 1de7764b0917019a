"""The difference of two lists of lines."""

from __future__ import annotations

COMPARED_MAX = 40_000  # pairs of lines; a larger difference is one block of removed and one of added lines
CONTEXT = 2  # unchanged lines around a changed one
SHOWN_MAX = 120  # lines


def line_diff(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    """(mark, line): `-` removed, `+` added, a blank for an unchanged one, `…` in place of lines that are left out.

    Empty where the lists are equal.
    """
    start, most = 0, min(len(old), len(new))
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[len(old) - 1 - end] == new[len(new) - 1 - end]:
        end += 1
    first, second = old[start : len(old) - end], new[start : len(new) - end]
    if not first and not second:
        return []
    lines = [(" ", line) for line in old[:start]]
    lines += _compared(first, second)
    lines += [(" ", line) for line in old[len(old) - end :]] if end else []
    return _shortened(lines)


def _compared(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    """The difference by the longest common subsequence."""
    if len(old) * len(new) > COMPARED_MAX:
        return [("-", line) for line in old] + [("+", line) for line in new]
    common = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            same = old[i] == new[j]
            common[i][j] = common[i + 1][j + 1] + 1 if same else max(common[i + 1][j], common[i][j + 1])
    out, i, j = [], 0, 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and old[i] == new[j]:
            out.append((" ", old[i]))
            i, j = i + 1, j + 1
        elif j == len(new) or (i < len(old) and common[i + 1][j] >= common[i][j + 1]):
            out.append(("-", old[i]))
            i += 1
        else:
            out.append(("+", new[j]))
            j += 1
    return out


def _shortened(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The changed lines with their context, at most SHOWN_MAX."""
    near: dict[int, bool] = {}
    for index, (mark, _) in enumerate(lines):
        if mark != " ":
            for other in range(index - CONTEXT, index + CONTEXT + 1):
                near[other] = True
    out: list[tuple[str, str]] = []
    for index, line in enumerate(lines):
        if len(out) >= SHOWN_MAX:
            out.append(("…", ""))
            break
        if index in near:
            out.append(line)
        elif not out or out[-1][0] != "…":
            out.append(("…", ""))
    return out
