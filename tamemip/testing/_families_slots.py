"""Parameters by groups, and proved values where they are displaced."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, TypeVar, final

from tamemip.certificates import Bound, ExactMatrix
from tamemip.differentiation import optimal_parts
from tamemip.errors import InvalidInputError
from tamemip.programs import Index, ParametricProgram
from tamemip.solvers import Limits

Vector: TypeAlias = tuple[Fraction, ...]
T = TypeVar("T")


def groups_of(q: ParametricProgram) -> dict[str, tuple[str, ...]]:
    """The parameters by what stands before the bracket: ``weight[0]``, ``weight[1]``, ...

    Examples
    --------
    >>> from tamemip.plugins import Affine, ProgramBuilder
    >>> build = ProgramBuilder("max")
    >>> x, y = (build.column(c, cost=Affine.of(1, f"profit[{c}]"), upper=1) for c in "xy")
    >>> build.row("capacity", {x: 1, y: 1}, "<=", Affine.of(1, "capacity"))
    >>> groups_of(build.build())
    {'profit': ('profit[x]', 'profit[y]'), 'capacity': ('capacity',)}
    """
    groups: dict[str, list[str]] = {}
    for name in q.names:
        groups.setdefault(name.split("[")[0], []).append(name)
    return {group: tuple(names) for group, names in groups.items()}


def in_turn(items: Sequence[T], first: int) -> Sequence[T]:
    """The same items, from another one on for each example: if time is short, all are met.

    Examples
    --------
    >>> in_turn("abc", 4)
    ('b', 'c', 'a')
    """
    k = first % max(1, len(items))
    return (*items[k:], *items[:k])


def groups_at_zero(q: ParametricProgram) -> tuple[str, ...]:
    """The groups of parameters all of whose data are 0 at the instance.

    A datum may be 0; if all of a kind are, the parameter may have been taken for the datum.
    """
    exact = q.program.exact
    entries = [dict(row) for row in exact.A.rows]
    moved = [
        (slope, values[i])
        for matrix, values in (
            (q.rhs, exact.rhs),
            (q.c, exact.c),
            (q.lower, exact.lower),
            (q.upper, exact.upper),
        )
        for i, slope in enumerate(matrix.rows)
    ]
    moved += [(entry.slope, entries[entry.row].get(entry.col, Fraction(0))) for entry in q.A]
    stands = {q.names[k] for slope, value in moved if value for k, _ in slope}
    return tuple(g for g, names in groups_of(q).items() if not stands.intersection(names))


def restricted(q: ParametricProgram, names: Sequence[str]) -> ParametricProgram:
    """The same program with some of its parameters; the others stay 0."""
    kept = frozenset(names)

    def slopes(matrix: ExactMatrix) -> dict[Index, dict[str, Fraction]]:
        named = ({q.names[k]: v for k, v in row if q.names[k] in kept} for row in matrix.rows)
        return {i: row for i, row in enumerate(named) if row}

    entries: dict[tuple[Index, Index], dict[str, Fraction]] = {}
    for entry in q.A:
        slope = {q.names[k]: v for k, v in entry.slope if q.names[k] in kept}
        if slope:
            entries[entry.row, entry.col] = slope
    return ParametricProgram(
        q.program,
        rhs=slopes(q.rhs),
        c=slopes(q.c),
        lower=slopes(q.lower),
        upper=slopes(q.upper),
        A=entries,
        names=tuple(names),
    )


@final
@dataclass(frozen=True, eq=False)
class ProvedValues:
    """The optimal value as a function of the parameters, each value proved, each solved once."""

    q: ParametricProgram
    limits: Limits
    known: dict[Vector, Bound | None] = field(default_factory=dict)

    def at(self, theta: Vector) -> Bound | None:
        """The value; infinite without a feasible point, None if it is not proved in time."""
        if theta not in self.known:
            self.known[theta] = self._solved(theta)
        return self.known[theta]

    def along(self, direction: Vector, t: Fraction, *, start: Vector | None = None) -> Bound | None:
        """The value at ``start + t * direction``."""
        base = start or (Fraction(0),) * len(direction)
        return self.at(tuple(s + t * d for s, d in zip(base, direction, strict=True)))

    def _solved(self, theta: Vector) -> Bound | None:
        try:
            program = self.q.at(theta)
        except InvalidInputError:  # bounds cross
            return math.inf if self.q.program.sense == "min" else -math.inf
        found = optimal_parts(program, limits=self.limits, limit=1)
        return found.value if found.is_proved else None
