"""Names that are similar to a name that does not exist, by edit distance."""

from __future__ import annotations

from collections.abc import Iterable

SIMILAR_MAX = 3  # names of one answer
COMPARED_MAX = 1000  # names whose distance is computed
LENGTH_MAX = 200  # letters: a longer name is not compared
CELLS_MAX = 200_000  # of all distances of one answer: about 0.1 seconds, in which the server answers nothing else
MISTAKES_MAX = 3  # letters that are wrong, missing, too many, or exchanged with the next one


def mistakes_allowed(name: str) -> int:
    """The greatest distance of a similar name: one of three letters, at most MISTAKES_MAX."""
    return max(1, min(MISTAKES_MAX, len(name) // 3))


def similar(name: str, names: Iterable[str]) -> list[str]:
    """The names that differ from `name` by few letters, the most similar first. Case does not count.

    The comparison ends after COMPARED_MAX names or CELLS_MAX cells; the names that remain are not compared.
    """
    if len(name) > LENGTH_MAX:
        return []
    most, typed, letters = mistakes_allowed(name), name.casefold(), set(name.casefold())
    found: list[tuple[int, str]] = []
    compared = cells = 0
    for other in names:
        if len(other) > LENGTH_MAX:
            continue
        folded = other.casefold()
        if abs(len(folded) - len(typed)) > most or len(letters ^ set(folded)) > 2 * most:
            continue
        compared += 1
        if compared > COMPARED_MAX or cells >= CELLS_MAX:
            break
        distance, computed = _distance(typed, folded, most)
        cells += computed
        if distance <= most:
            found.append((distance, other))
    return [other for _, other in sorted(found)[:SIMILAR_MAX]]


def edit_distance(one: str, other: str, most: int) -> int:
    """How many letters are to be replaced, added, removed or exchanged with the next one; `most` + 1 where it is more."""
    return _distance(one, other, most)[0]


def _distance(one: str, other: str, most: int) -> tuple[int, int]:
    """The edit distance, and how many cells of its table were computed: at most 2 * `most` + 1 in each row."""
    one, other = _differing(one, other)
    cells, size = 0, len(other)
    before: list[int] = []
    row = list(range(size + 1))
    for i, letter in enumerate(one, 1):
        first, last = max(1, i - most), min(size, i + most)
        earlier, before, row = before, row, [most + 1] * (size + 1)
        row[0] = i
        for j in range(first, last + 1):
            second = other[j - 1]
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != second))
            if i > 1 and j > 1 and letter == other[j - 2] and second == one[i - 2]:
                cost = min(cost, earlier[j - 2] + 1)
            row[j] = cost
            cells += 1
        if min(row) > most:
            return most + 1, cells
    return min(row[-1], most + 1), cells


def _differing(one: str, other: str) -> tuple[str, str]:
    """Both names without the letters that they have in common at their begin and at their end."""
    shorter = min(len(one), len(other))
    begin = end = 0
    while begin < shorter and one[begin] == other[begin]:
        begin += 1
    while end < shorter - begin and one[-1 - end] == other[-1 - end]:
        end += 1
    return one[begin : len(one) - end], other[begin : len(other) - end]
