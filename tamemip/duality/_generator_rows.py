"""A pure integer program as a packing: rows with nonnegative integers and capacities.

Klabjan's functions want ``A x = b`` with ``A >= 0``. Here every row becomes
``W z = -R f(e)``, where ``f`` are the right-hand sides of the canonical rows, ``z`` the
columns and the slacks, and ``W = -R (A, -I) >= 0``: a ``<=`` row with nonnegative
coefficients is of that kind at once, and where a coefficient has the wrong sign a multiple
of a bound ``x' <= u`` (or of another such row) is added, which puts the slack ``u - x'``
in the place of the column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias, final

from tamemip.duality._group_rows import IntegerRows
from tamemip.errors import UnsupportedError

Combination: TypeAlias = Mapping[int, int]
"""An integer combination of rows."""


@final
@dataclass(frozen=True, slots=True)
class Column:
    """A column or a slack: its integer entries by row, and its cost."""

    entries: tuple[tuple[int, int], ...]
    cost: Fraction


@final
@dataclass(frozen=True, eq=False)
class PackingRows:
    """The capacities of a program, and all columns and slacks that use them.

    Attributes
    ----------
    rows
        The program's rows.
    capacities
        The rows of ``R``.
    columns
        The columns, then the slacks of the ``>=`` rows.
    """

    rows: IntegerRows
    capacities: tuple[Combination, ...]
    columns: tuple[Column, ...]

    @classmethod
    def of(cls, rows: IntegerRows) -> PackingRows:
        """Find the capacities of a program.

        Raises
        ------
        UnsupportedError
            If a row cannot be written with nonnegative coefficients.
        """
        columns = [
            Column(entries, cost) for entries, cost in zip(rows.columns, rows.form.c, strict=True)
        ]
        slacks = [
            Column(((i, -1),), Fraction(0))
            for i in range(rows.form.n_rows)
            if not rows.is_equation(i)
        ]
        return cls(rows, tuple(_capacities(rows)), (*columns, *slacks))

    @cached_property
    def uses(self) -> tuple[dict[int, int], ...]:
        """What each column uses of the capacities, without zeros."""
        reading: dict[int, list[tuple[int, int]]] = {}
        for k, combination in enumerate(self.capacities):
            for i, w in combination.items():
                reading.setdefault(i, []).append((k, w))
        found = []
        for column in self.columns:
            total: dict[int, int] = {}
            for i, v in column.entries:
                for k, w in reading.get(i, ()):
                    total[k] = total.get(k, 0) - w * v
            found.append({k: use for k, use in total.items() if use})
        return tuple(found)

    @cached_property
    def own(self) -> frozenset[int]:
        """The capacities that are made of rows of the user, and not of bounds alone."""
        first = self.rows.form.program.n_rows
        return frozenset(k for k, row in enumerate(self.capacities) if min(row) < first)

    def capacity(self, k: int, right: Sequence[int]) -> int:
        """How much there is of a capacity, at some values of the inputs."""
        return -sum(w * right[i] for i, w in self.capacities[k].items())


def _capacities(rows: IntegerRows) -> Iterator[Combination]:
    """Nonnegative forms of all rows, those of bounds first."""
    made: list[tuple[Combination, dict[int, int]]] = []
    best: dict[int, tuple[Combination, int]] = {}
    """For each column a capacity that it uses, and how much of it."""

    def keep(combination: Combination, uses: dict[int, int]) -> None:
        made.append((combination, uses))
        for j, use in uses.items():
            best.setdefault(j, (combination, use))

    n_own = rows.form.program.n_rows
    for i in range(n_own, rows.form.n_rows):
        keep({i: 1}, {j: -v for j, v in rows.rows[i]})
    open_rows = list(range(n_own))
    while open_rows:
        left = []
        for i in open_rows:
            found = _nonnegative(rows, i, best)
            if found is None:
                left.append(i)
            else:
                keep(*found)
        if len(left) == len(open_rows):
            raise _refusal(rows, left[0], best)
        open_rows = left
    yield from (combination for combination, _ in made)


def _nonnegative(
    rows: IntegerRows, i: int, best: Mapping[int, tuple[Combination, int]]
) -> tuple[Combination, dict[int, int]] | None:
    """A row plus multiples of capacities, with nonnegative uses, or None."""
    for sign in (1, -1) if rows.is_equation(i) else (1,):
        combination = {i: sign}
        wrong = [(j, sign * v) for j, v in rows.rows[i] if sign * v > 0]
        if all(j in best for j, _ in wrong):
            for j, v in wrong:
                other, use = best[j]
                times = -(-v // use)
                for k, w in other.items():
                    combination[k] = combination.get(k, 0) + times * w
            return combination, _uses(rows, combination)
    return None


def _uses(rows: IntegerRows, combination: Combination) -> dict[int, int]:
    uses: dict[int, int] = {}
    for i, w in combination.items():
        for j, v in rows.rows[i]:
            uses[j] = uses.get(j, 0) - w * v
    return {j: use for j, use in uses.items() if use}


def _refusal(
    rows: IntegerRows, i: int, best: Mapping[int, tuple[Combination, int]]
) -> UnsupportedError:
    program = rows.form.program
    column = next(j for j, v in rows.rows[i] if v > 0 and j not in best)
    source = rows.form.columns[column].source
    return UnsupportedError(
        f"method 'generator' needs rows A x = b with A >= 0 after shifting and complementing, "
        f"and row {program.row_names[i]!r} cannot be brought there: column "
        f"{program.col_names[source]!r} has the wrong sign in it and is not bounded, neither by "
        "an upper bound nor by another row. Bound it, or take method 'group' or 'chvatal'."
    )
