"""Programs whose data are affine in parameters, as programs over a box of data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from tamemip.certificates import (
    Bound,
    Domain,
    ExactMatrix,
    Range,
    RowSense,
    SparseVector,
    Varying,
)
from tamemip.programs import MixedIntegerProgram, ParametricProgram


def box_of_data(
    parametric: ParametricProgram, domain: Domain
) -> tuple[MixedIntegerProgram, Varying]:
    """A program, and a box of its data that holds those of every parameter of the domain.

    Bounds that move become rows. What is definable as a function of the data is so as a
    function of the parameters, because the data are affine in them, with rational slopes.

    Examples
    --------
    >>> from tamemip.tameness._domain import domain_of
    >>> p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [7], upper=9)
    >>> q = ParametricProgram(p, upper=[[1], [0]], names=["t"])
    >>> program, box = box_of_data(q, domain_of("t in [0, 2]", ["t"]))
    >>> program.n_rows, box.rhs[1] == (9, 11)
    (2, True)
    """
    ends: list[Range] = [(e.low, e.high) for e in domain.intervals]
    exact = parametric.program.exact
    rows = list(exact.A.rows)
    senses: list[RowSense] = list(exact.row_sense)
    rhs = list(exact.rhs)
    slopes = list(parametric.rhs.rows)
    lower, upper = list(exact.lower), list(exact.upper)
    for bounds, moving, sense, none in (
        (lower, parametric.lower.rows, ">=", -math.inf),
        (upper, parametric.upper.rows, "<=", math.inf),
    ):
        for j, slope in enumerate(moving):
            value = bounds[j]
            if slope and isinstance(value, Fraction):
                rows.append(((j, Fraction(1)),))
                senses.append("<=" if sense == "<=" else ">=")
                rhs.append(value)
                slopes.append(slope)
                bounds[j] = none
    changed = replace(
        exact,
        A=ExactMatrix(tuple(rows), exact.A.n_cols),
        row_sense=tuple(senses),
        rhs=tuple(rhs),
        lower=tuple(lower),
        upper=tuple(upper),
    )
    base = parametric.program
    names = (*base.row_names, *_new_names(len(rhs) - len(exact.rhs), base.row_names))
    entries = {(e.row, e.col): _moved(exact.A[e.row, e.col], e.slope, ends) for e in parametric.A}
    return MixedIntegerProgram(changed, names, base.col_names, base.name), Varying(
        rhs=_ranges(rhs, slopes, ends),
        c=_ranges(exact.c, parametric.c.rows, ends, moving_only=True),
        A={key: r for key, r in entries.items() if r[0] < r[1]},
    )


def _ranges(
    values: Sequence[Fraction],
    slopes: Iterable[SparseVector],
    ends: Sequence[Range],
    *,
    moving_only: bool = False,
) -> dict[int, Range]:
    found = {
        k: _moved(value, slope, ends)
        for k, (value, slope) in enumerate(zip(values, slopes, strict=True))
        if slope
    }
    return {k: r for k, r in found.items() if r[0] < r[1]} if moving_only else found


def _moved(value: Fraction, slope: SparseVector, ends: Sequence[Range]) -> Range:
    low: Bound = value
    high: Bound = value
    for k, rate in slope:
        a, b = ends[k] if rate > 0 else ends[k][::-1]
        low += rate * a
        high += rate * b
    return low, high


def _new_names(count: int, taken: Iterable[str]) -> list[str]:
    used = set(taken)
    found: list[str] = []
    k = 0
    while len(found) < count:
        name = f"bound{k}"
        if name not in used:
            found.append(name)
        k += 1
    return found
