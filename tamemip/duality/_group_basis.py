"""A dual feasible basis of the relaxation, in exact numbers over the canonical rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from tamemip.duality._group_rows import IntegerRows
from tamemip.duality._multipliers import root_box
from tamemip.errors import SolverError, UnsupportedError
from tamemip.solvers import Basis, LPEngine, LPStatus, basic_duals


@final
@dataclass(frozen=True, slots=True)
class DualBasis:
    """A basis with its dual solution, over the scaled canonical rows.

    Attributes
    ----------
    tight
        The user's rows whose slacks are nonbasic.
    basic
        Canonical columns that are basic with a basic bound row: as many as `tight`.
    at_upper
        Canonical columns that are basic because their bound row is tight.
    weights
        Dual solution by scaled row: nonnegative on ``>=`` rows.
    reduced
        Reduced costs of the canonical columns that are not in `at_upper`: nonnegative.
    """

    tight: tuple[int, ...]
    basic: tuple[int, ...]
    at_upper: tuple[int, ...]
    weights: dict[int, Fraction]
    reduced: dict[int, Fraction]


def dual_basis(rows: IntegerRows, right: Sequence[Fraction]) -> DualBasis:
    """The basis of the relaxation at some values of the inputs, proved dual feasible.

    Where the relaxation is infeasible, it is the basis at another right-hand side: a basis
    is dual feasible at all of them.

    Raises
    ------
    UnsupportedError
        If no dual solution exists.
    SolverError
        If the engine finds no basis that is dual feasible in exact numbers.
    """
    for basis in _bases(rows, right):
        found = _exact(rows, basis)
        if found is not None:
            return found
    raise SolverError(
        "no basis of the relaxation is dual feasible in exact arithmetic; the data are "
        "badly scaled. Take method 'branch-and-bound', which repairs its multipliers.",
        solver="highs",
    )


def _bases(rows: IntegerRows, right: Sequence[Fraction]) -> list[Basis]:
    program = rows.form.program
    engine = LPEngine(program)
    low, up = root_box(program.exact)
    lower = np.array([float(v) for v in low])
    engine.set_bounds(lower, np.maximum(lower, np.array([float(v) for v in up])))
    found = []
    for rhs in (rows.user_rhs(right), _reachable(rows)):
        engine.set_rhs(np.array([float(v) for v in rhs]))
        status = engine.solve()
        if status is LPStatus.UNBOUNDED:
            break
        if status is LPStatus.OPTIMAL:
            found.append(engine.basis())
    if not found:
        raise UnsupportedError(
            "the linear relaxation has no dual solution: it is unbounded wherever it is "
            "feasible, so that no function but minus infinity bounds the value at every "
            "right-hand side. Bound the columns with costs that pull outwards."
        )
    return found


def _reachable(rows: IntegerRows) -> tuple[Fraction, ...]:
    """A right-hand side that a point of the box attains."""
    exact = rows.form.program.exact
    low, up = root_box(exact)
    pairs = zip(low, up, strict=True)
    point = [
        lower
        if isinstance(lower, Fraction)
        else upper
        if isinstance(upper, Fraction)
        else Fraction(0)
        for lower, upper in pairs
    ]
    return tuple(exact.A.times(point))


def _exact(rows: IntegerRows, basis: Basis) -> DualBasis | None:
    form = rows.form
    exact = form.program.exact
    cost = [form.sign * c for c in exact.c]
    y = basic_duals(exact, basis, cost)
    if y is None:
        return None
    weights = {i: form.row_sign[i] * v / rows.scale[i] for i, v in y.items()}
    if any(v < 0 and not rows.is_equation(i) for i, v in weights.items()):
        return None
    reduced = {
        j: c - sum((weights[i] * v for i, v in column if i in weights), Fraction(0))
        for j, (c, column) in enumerate(zip(form.c, rows.columns, strict=True))
    }
    at_upper = tuple(j for j, r in reduced.items() if r < 0)
    if any(j not in rows.bound_row for j in at_upper):
        return None
    for j in at_upper:
        weights[rows.bound_row[j]] = -reduced.pop(j)
    first = {column.source: k for k, column in reversed(list(enumerate(form.columns)))}
    return DualBasis(
        tight=tuple(basis.nonbasic_rows().tolist()),
        basic=tuple(first[j] for j in basis.basic_columns().tolist()),
        at_upper=at_upper,
        weights={i: v for i, v in weights.items() if v},
        reduced=reduced,
    )
