"""Exact solution of sparse linear systems."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from tamemip.certificates import SparseVector

__all__ = ["rank", "solve_square"]


def solve_square(rows: Sequence[SparseVector], rhs: Sequence[Fraction]) -> list[Fraction] | None:
    """Solve a square sparse system ``M x = rhs`` in exact arithmetic.

    Rows and columns with a single entry are peeled off first (a simplex basis
    is nearly triangular), the dense kernel goes to FLINT (Dixon lifting).

    Parameters
    ----------
    rows
        One sparse row an equation, as many as there are unknowns.
    rhs
        Right-hand sides.

    Returns
    -------
    list of Fraction or None
        The solution, or None if the matrix is singular.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> solve_square([((0, Fraction(2)), (1, half)), ((1, Fraction(3)),)], [half, Fraction(1)])
    [Fraction(1, 6), Fraction(1, 3)]
    """
    n = len(rows)
    system = [dict(row) for row in rows]
    values = list(rhs)
    solution: list[Fraction | None] = [None] * n
    if not _peel_rows(system, values, solution):
        return None
    late = _peel_columns(system, solution)
    if late is None:
        return None
    if not _solve_kernel(system, values, solution, {i for i, _ in late}):
        return None
    for i, j in reversed(late):
        rest = sum((v * (solution[k] or 0) for k, v in system[i].items() if k != j), Fraction(0))
        solution[j] = (values[i] - rest) / system[i][j]
    return [Fraction(0) if v is None else v for v in solution]


def _peel_rows(
    system: list[dict[int, Fraction]], values: list[Fraction], solution: list[Fraction | None]
) -> bool:
    """Solve equations with one unknown, put the value in, go on."""
    occurrences: dict[int, list[int]] = {}
    for i, row in enumerate(system):
        for j in row:
            occurrences.setdefault(j, []).append(i)
    ready = [i for i, row in enumerate(system) if len(row) <= 1]
    solved: set[int] = set()
    while ready:
        i = ready.pop()
        if i in solved:
            continue
        if not system[i]:
            return False
        solved.add(i)
        ((j, coefficient),) = system[i].items()
        x = solution[j] = values[i] / coefficient
        for k in occurrences[j]:
            entry = system[k].pop(j, None)
            if entry is None:
                continue
            if k == i:
                continue
            values[k] -= entry * x
            if len(system[k]) == 1:
                ready.append(k)
            elif not system[k]:
                return False  # two equations for one unknown
    return True


def _peel_columns(
    system: list[dict[int, Fraction]], solution: list[Fraction | None]
) -> list[tuple[int, int]] | None:
    """Put aside unknowns that occur in one equation only, with that equation."""
    columns: dict[int, set[int]] = {}
    for i, row in enumerate(system):
        for j in row:
            columns.setdefault(j, set()).add(i)
    if any(solution[j] is None and j not in columns for j in range(len(solution))):
        return None  # an unknown in no equation: singular
    late: list[tuple[int, int]] = []
    taken: set[int] = set()
    ready = [j for j, rows in columns.items() if len(rows) == 1]
    while ready:
        j = ready.pop()
        if not columns[j]:
            return None
        (i,) = columns[j]
        if i in taken:
            return None
        taken.add(i)
        late.append((i, j))
        for k in system[i]:
            columns[k].discard(i)
            if k != j and len(columns[k]) == 1:
                ready.append(k)
            elif k != j and not columns[k]:
                return None
    return late


def _solve_kernel(
    system: list[dict[int, Fraction]],
    values: list[Fraction],
    solution: list[Fraction | None],
    taken: set[int],
) -> bool:
    """Solve what peeling left, densely, by FLINT."""
    import flint

    rows = [i for i, row in enumerate(system) if row and i not in taken]
    unknowns = sorted({j for i in rows for j in system[i]})
    if len(rows) != len(unknowns):
        return False
    if not rows:
        return True
    place = {j: k for k, j in enumerate(unknowns)}
    dense, right = [], []
    for i in rows:
        scale = math.lcm(*(v.denominator for v in system[i].values()), values[i].denominator)
        line = [0] * len(unknowns)
        for j, v in system[i].items():
            line[place[j]] = v.numerator * (scale // v.denominator)
        dense.append(line)
        right.append([values[i].numerator * (scale // values[i].denominator)])
    try:
        answer = flint.fmpz_mat(dense).solve(flint.fmpz_mat(right))
    except ZeroDivisionError:
        return False
    for k, j in enumerate(unknowns):
        entry = answer[k, 0]
        solution[j] = Fraction(int(entry.p), int(entry.q))
    return True


def rank(vectors: Sequence[Sequence[Fraction]]) -> int:
    """The rank of finitely many vectors of one length.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> rank([(half, 1 * half), (1 * half, half), (-half, -half)])
    1
    """
    import flint

    if not vectors or not vectors[0]:
        return 0
    rows = []
    for vector in vectors:
        scale = math.lcm(*(v.denominator for v in vector))
        rows.append([v.numerator * (scale // v.denominator) for v in vector])
    return int(flint.fmpz_mat(rows).rank())
