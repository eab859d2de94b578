"""Files of Pisinger's hard instances: named blocks, one item a line, with commas."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._read_columns import read_count, read_number, read_size
from tamemip.programs import Lines


def read_pisinger(lines: Lines) -> list[Knapsack]:
    """Blocks of a name, ``n``, ``c``, ``z``, ``time``, items ``j,profit,weight,x``, ``-----``.

    Raises
    ------
    InvalidInputError
        If the file is none of this kind, or a name comes twice; the message names the line.
    """
    stripped = (line for line in map(str.strip, lines) if line)
    found: dict[str, Knapsack] = {}
    for name in stripped:
        if name in found:
            raise lines.invalid(f"there are two instances called {name[:80]!r}")
        found[name] = _block(lines, stripped, name)
    return list(found.values())


def _block(lines: Lines, rest: Iterator[str], name: str) -> Knapsack:
    n = read_count(lines, _field(lines, rest, name, "n"), "the number of items")
    capacity = read_size(lines, _field(lines, rest, name, "c"), "the capacity")
    optimum = read_number(lines, _field(lines, rest, name, "z"), "the optimal value")
    read_number(lines, _field(lines, rest, name, "time"), "the seconds")
    items = [_item(lines, rest, j) for j in range(n)]
    end = _next(lines, rest, "'-----'")
    if end.strip("-"):
        raise lines.invalid(f"{end[:40]!r} stands where {n} items have come and '-----' is needed")
    profits, weights = zip(*items, strict=True)
    return Knapsack(profits, weights, capacity, name=name, optimum=optimum or None)


def _field(lines: Lines, rest: Iterator[str], name: str, key: str) -> str:
    """The number of a line such as ``n 50``."""
    line = _next(lines, rest, f"a line '{key} NUMBER'")
    words = line.split()
    if len(words) != 2 or words[0] != key:
        raise lines.invalid(
            f"{line[:40]!r} stands where '{key} NUMBER' is needed, for the instance called "
            f"{name[:40]!r}"
        )
    return words[1]


def _item(lines: Lines, rest: Iterator[str], j: int) -> tuple[Fraction, Fraction]:
    line = _next(lines, rest, f"item {j + 1}")
    cells = line.split(",")
    if len(cells) not in (3, 4) or cells[0].strip() != str(j + 1):
        raise lines.invalid(
            f"{line[:40]!r} stands where item {j + 1} is needed, as '{j + 1},profit,weight,taken'"
        )
    for taken in cells[3:]:
        read_size(lines, taken.strip(), f"how often item {j + 1} is taken")
    profit = read_number(lines, cells[1].strip(), f"the profit of item {j + 1}")
    return profit, read_size(lines, cells[2].strip(), f"the weight of item {j + 1}")


def _next(lines: Lines, rest: Iterator[str], what: str) -> str:
    line = next(rest, None)
    if line is None:
        raise lines.invalid(f"the file ends here, but {what} is still to come")
    return line
