"""Files of the OR-Library: knapsacks with several capacities."""

from __future__ import annotations

from fractions import Fraction

from tamemip.plugins._number_file import NumberFile
from tamemip.plugins.knapsack._instance import Knapsack


def read_numbered(file: NumberFile, stem: str) -> list[Knapsack]:
    """The number of problems, then the problems, called ``stem-1``, ``stem-2`` and so on.

    Raises
    ------
    InvalidInputError
        If the file is none of this kind; the message names the line.
    """
    count = file.integer("the number of problems", least=1)
    if count == 1:
        return [read_single(file, stem)]
    found = [_problem(file, f"{stem}-{k}", f" of problem {k}") for k in range(1, count + 1)]
    file.finish()
    return found


def read_single(file: NumberFile, name: str) -> Knapsack:
    """One problem, and the end of the file."""
    found = _problem(file, name, "")
    file.finish()
    return found


def _problem(file: NumberFile, name: str, of: str) -> Knapsack:
    n = file.integer(f"the number of items{of}", least=1)
    m = file.integer(f"the number of capacities{of}", least=1)
    optimum = file.number(f"the optimal value{of}")
    profits = [file.number(f"profit {j}{of}") for j in range(n)]
    weights = [[_size(file, f"weight {i},{j}{of}") for j in range(n)] for i in range(m)]
    capacities = [_size(file, f"capacity {i}{of}") for i in range(m)]
    # The format has no word for "unknown" but zero.
    known = optimum or None
    return Knapsack(profits, weights, capacities, name=name, optimum=known)


def _size(file: NumberFile, what: str) -> Fraction:
    size = file.number(what)
    if size < 0:
        raise file.lines.invalid(f"{what} is {size}; it has to be at least 0")
    return size
