"""The rules of functions that are integer programs of their own: paths in a group, packings.

Both read integers: the right-hand sides of rounded inequalities, ``a x' >= f(e)`` with an
integer slack, and of equations, ``a x' = f(e)``. A function ``F`` of these integers that is
subadditive, and at most 0 at minus the unit of every slack, gives the valid inequality
``sum(F(a_j) x'_j) >= F(f(e))``: the argument is ``sum(a_j x'_j)`` less the slacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from tamemip.certificates._conclusions import Root
from tamemip.certificates._json import RejectedError, as_integers, as_list, show
from tamemip.certificates._problem import Bound
from tamemip.certificates._rules import rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Side, Step
from tamemip.certificates._table_values import (
    GroupPaths,
    Matrix,
    PackingDual,
    require_work,
    shortest_paths,
)
from tamemip.certificates._terms import Ceiling, Combination, Valid

Entries: TypeAlias = Mapping[int, int]


@rule("group-table", "of", "weights", "elements", "moduli", "generators", "costs")
def _group_table(step: Step, conclusions: Conclusions, root: Root) -> Valid:
    """``w f + (shortest path to the element of f)``: paths add up, so it is subadditive."""
    inputs, columns, equations = read_inputs(step, conclusions, root)
    weights = step.rationals("weights", size=len(inputs))
    moduli = as_integers(step.fields["moduli"], "moduli")
    if any(m < 2 for m in moduli):
        raise RejectedError("a modulus is less than 2")
    elements = read_matrix(step, "elements", (len(inputs), len(moduli)))
    generators = read_matrix(step, "generators", (None, len(moduli)))
    costs = step.rationals("costs", size=len(generators))
    if any(cost < 0 for cost in costs):
        raise RejectedError("a generator has a negative cost")
    require_work(moduli, len(generators))
    lengths = shortest_paths(moduli, generators, costs)
    term = GroupPaths(step.citations("of"), weights, elements, tuple(moduli), lengths)
    return _concluded(term, inputs, columns, equations, term.of_integers)


@rule("generator", "of", "weights", "capacities", "sizes", "profits")
def _generator(step: Step, conclusions: Conclusions, root: Root) -> Valid:
    """``w f - (best packing into -R f)``: packings fit together, so it is subadditive."""
    inputs, columns, equations = read_inputs(step, conclusions, root)
    weights = step.rationals("weights", size=len(inputs))
    capacities = read_matrix(step, "capacities", (None, len(inputs)))
    sizes = read_matrix(step, "sizes", (None, len(capacities)))
    profits = step.rationals("profits", size=len(sizes))
    if any(v < 0 for size in sizes for v in size) or not all(any(size) for size in sizes):
        raise RejectedError("a size is negative, or all of it is zero")
    if any(profit <= 0 for profit in profits):
        raise RejectedError("a profit is not positive")
    require_capacities(capacities, columns, equations)
    packing = tuple(zip(sizes, profits, strict=True))
    term = PackingDual(step.citations("of"), weights, capacities, packing)
    return _concluded(term, inputs, columns, equations, term.of_integers)


# -- what both rules ask of their inputs -----------------------------------------------


def read_inputs(
    step: Step, conclusions: Conclusions, root: Root
) -> tuple[list[Valid], dict[int, dict[int, int]], list[bool]]:
    """The cited inequalities, their coefficients by column, and which are equations."""
    form = root.canonical
    inputs = [conclusions.get(k, Valid, "a valid inequality") for k in step.citations("of")]
    columns: dict[int, dict[int, int]] = {}
    equations = []
    for k, valid in enumerate(inputs):
        term = valid.term
        is_equation = (
            isinstance(term, Combination)
            and not term.of
            and all(i < form.n_rows and form.is_equation[i] for i, _ in term.linear)
        )
        if not is_equation and not isinstance(term, Ceiling):
            raise RejectedError(f"input {k} is neither rounded up nor a combination of equations")
        equations.append(is_equation)
        for j, a in valid.coefficients.items():
            if not form.integer[j] or a.denominator != 1:
                raise RejectedError(f"input {k} has the coefficient {show(a)} on column {j}")
            columns.setdefault(j, {})[k] = a.numerator
    return inputs, columns, equations


def read_matrix(step: Step, name: str, shape: tuple[int | None, int]) -> Matrix:
    """A list of integer rows of one length."""
    rows = tuple(tuple(as_integers(row, name)) for row in as_list(step.fields[name], name))
    if shape[0] not in (None, len(rows)) or any(len(row) != shape[1] for row in rows):
        raise RejectedError(f"{name}: the shape is not that of the inputs")
    return rows


def require_capacities(
    capacities: Matrix, columns: Mapping[int, Entries], equations: Sequence[bool]
) -> None:
    """Columns and slacks must use nonnegative amounts: then every solution is a packing."""
    for row in capacities:
        if any(w < 0 and not flag for w, flag in zip(row, equations, strict=True)):
            raise RejectedError("a slack uses a negative amount of a capacity")
        for j, entries in columns.items():
            if sum(row[k] * v for k, v in entries.items()) > 0:
                raise RejectedError(f"column {j} uses a negative amount of a capacity")


def _concluded(
    term: GroupPaths | PackingDual,
    inputs: Sequence[Valid],
    columns: Mapping[int, Entries],
    equations: Sequence[bool],
    value: Callable[[Sequence[int]], Bound],
) -> Valid:
    """The inequality of a subadditive function of integers, once slacks are seen to be free."""
    size = len(inputs)
    for k, is_equation in enumerate(equations):
        if not is_equation and value([-int(i == k) for i in range(size)]) > 0:
            raise RejectedError(f"the function grows when input {k} falls")
    coefficients: dict[int, Fraction] = {}
    for j, entries in columns.items():
        a = value([entries.get(k, 0) for k in range(size)])
        if not isinstance(a, Fraction):
            raise RejectedError(f"the function is infinite at column {j}")
        if a:
            coefficients[j] = a
    return Valid(
        coefficients=coefficients,
        term=term,
        bounds=_joint(inputs),
        is_linear_below=False,
        reads_objective=any(valid.reads_objective for valid in inputs),
        is_homogeneous=all(valid.is_homogeneous for valid in inputs),
        is_finite=False,
    )


def _joint(inputs: Sequence[Valid]) -> dict[tuple[int, Side], int]:
    bounds: dict[tuple[int, Side], int] = {}
    for valid in inputs:
        for (j, side), v in valid.bounds.items():
            known = bounds.get((j, side), v)
            bounds[j, side] = min(v, known) if side == "<=" else max(v, known)
    return bounds
