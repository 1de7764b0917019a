"""Names that are similar to a name that does not exist, by edit distance."""

from __future__ import annotations

from collections.abc import Iterable

SIMILAR_MAX = 3  # names of one answer
COMPARED_MAX = 1000  # names whose distance is computed
MISTAKES_MAX = 3  # letters that are wrong, missing, too many, or exchanged with the next one


def mistakes_allowed(name: str) -> int:
    """The greatest distance of a similar name: one of three letters, at most MISTAKES_MAX."""
    return max(1, min(MISTAKES_MAX, len(name) // 3))


def similar(name: str, names: Iterable[str]) -> list[str]:
    """The names that differ from `name` by few letters, the most similar first. Case does not count."""
    most, typed, letters = mistakes_allowed(name), name.casefold(), set(name.casefold())
    found: list[tuple[int, str]] = []
    compared = 0
    for other in names:
        folded = other.casefold()
        if abs(len(folded) - len(typed)) > most or len(letters ^ set(folded)) > 2 * most:
            continue
        compared += 1
        if compared > COMPARED_MAX:
            break
        distance = edit_distance(typed, folded, most)
        if distance <= most:
            found.append((distance, other))
    return [other for _, other in sorted(found)[:SIMILAR_MAX]]


def edit_distance(one: str, other: str, most: int) -> int:
    """How many letters are to be replaced, added, removed or exchanged with the next one; `most` + 1 where it is more."""
    begin = 0
    while begin < min(len(one), len(other)) and one[begin] == other[begin]:
        begin += 1
    one, other = one[begin:], other[begin:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, second in enumerate(other, 1):
            if abs(i - j) > most:
                row.append(most + 1)
                continue
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != second))
            if i > 1 and j > 1 and letter == other[j - 2] and second == one[i - 2]:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
