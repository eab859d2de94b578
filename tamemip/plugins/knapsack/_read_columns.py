"""Files with one item a line: profit and weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from tamemip.arithmetic import rationalize
from tamemip.errors import InvalidInputError
from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.programs import Lines


def read_columns(lines: Lines, name: str) -> Knapsack:
    """``n capacity``, then ``profit weight`` an item, then perhaps 0-1 numbers, one an item.

    Raises
    ------
    InvalidInputError
        If the file is none of this kind; the message names the line.
    """
    words = _words(lines)
    n, capacity = _head(lines, next(words))
    profits: list[Fraction] = []
    weights: list[Fraction] = []
    for row in words:
        if len(profits) == n:
            optimum = _profit_of(lines, row, profits)
            _finish(lines, words)
            return Knapsack(profits, weights, capacity, name=name, optimum=optimum)
        if len(row) != 2:
            raise lines.invalid(
                f"item {len(profits)} has {len(row)} numbers; its profit and its weight are needed"
            )
        profits.append(read_number(lines, row[0], f"the profit of item {len(profits)}"))
        weights.append(read_size(lines, row[1], f"the weight of item {len(weights)}"))
    if len(profits) != n:
        raise lines.invalid(
            f"the file ends here with {len(profits)} items, but its first line announces {n}"
        )
    return Knapsack(profits, weights, capacity, name=name)


def read_number(lines: Lines, word: str, what: str) -> Fraction:
    """A number of the line that was read last.

    Raises
    ------
    InvalidInputError
        If it is none; the message names the line.
    """
    try:
        return rationalize(word)
    except InvalidInputError:
        raise lines.invalid(f"{word[:40]!r} is no number; {what} is needed") from None


def read_size(lines: Lines, word: str, what: str) -> Fraction:
    """A number that is not negative: a weight or a capacity."""
    size = read_number(lines, word, what)
    if size < 0:
        raise lines.invalid(f"{what} is {size}; it has to be at least 0")
    return size


def read_count(lines: Lines, word: str, what: str) -> int:
    """A positive integer: how many there are of something."""
    count = read_number(lines, word, what)
    if count.denominator != 1 or count < 1:
        raise lines.invalid(f"{what} is {count}; an integer of at least 1 is needed")
    return int(count)


def _words(lines: Lines) -> Iterator[list[str]]:
    return (row for row in (line.split() for line in lines) if row)


def _head(lines: Lines, row: Sequence[str]) -> tuple[int, Fraction]:
    n = read_count(lines, row[0], "the number of items")
    return n, read_size(lines, row[1], "the capacity")


def _profit_of(lines: Lines, row: Sequence[str], profits: Sequence[Fraction]) -> Fraction:
    """The profit of the solution that some collections append."""
    if len(row) != len(profits) or not set(row) <= {"0", "1"}:
        raise lines.invalid(
            f"the file goes on after its {len(profits)} items; only a line of "
            f"{len(profits)} numbers 0 or 1, a solution, can follow"
        )
    return sum((p for p, x in zip(profits, row, strict=True) if x == "1"), Fraction(0))


def _finish(lines: Lines, words: Iterator[list[str]]) -> None:
    row = next(words, None)
    if row is not None:
        raise lines.invalid(f"the file should end here, but goes on with {row[0][:40]!r}")
