"""The rules of inequalities whose right-hand sides are functions of the data.

Their conclusions are `Valid` inequalities over the canonical form: nonnegative
combinations of rows, rounded up, by mixed-integer rounding, or both at once. Each
rule carries the coefficients along, so that no step has to state them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from tamemip.certificates._canonical import CanonicalProblem
from tamemip.certificates._conclusions import Root
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._problem import SparseVector
from tamemip.certificates._rules import rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Side, Step
from tamemip.certificates._terms import (
    BoundMap,
    Ceiling,
    ClosedForm,
    Combination,
    Highest,
    Literal,
    Rounding,
    Term,
    Threshold,
    Valid,
    rounded,
    steps_below,
)

_ZERO = Fraction(0)
Coefficients = dict[int, Fraction]


@rule("combine", "linear", "weights", "of")
def _combine(step: Step, conclusions: Conclusions, root: Root) -> Valid:
    """Rows with signed weights and earlier inequalities with nonnegative ones add up."""
    form = root.canonical
    linear = step.vector("linear", size=form.n_rows + 1).to_fractions()
    cited = step.citations("of")
    weights = step.rationals("weights", size=len(cited))
    for i, w in linear:
        if w < 0 and (i == form.n_rows or not form.is_equation[i]):
            raise RejectedError(f"the weight {show(w)} of row {i} is negative")
    for k, w in zip(cited, weights, strict=True):
        if w <= 0:
            raise RejectedError(f"the weight {show(w)} of step {k} is not positive")
    parts = [_valid(k, conclusions) for k in cited]
    total = _row_total(linear, form)
    for w, part in zip(weights, parts, strict=True):
        for j, a in part.coefficients.items():
            total[j] = total.get(j, _ZERO) + w * a
    return Valid(
        coefficients={j: a for j, a in total.items() if a},
        term=Combination(linear, weights, cited),
        bounds=_joint(parts),
        is_linear_below=all(part.is_linear_below for part in parts),
        reads_objective=any(i == form.n_rows for i, _ in linear)
        or any(part.reads_objective for part in parts),
        is_homogeneous=all(part.is_homogeneous for part in parts),
        is_finite=all(part.is_finite for part in parts),
    )


@rule("literal", "column", "side", "at")
def _literal(step: Step, _: Conclusions, root: Root) -> Valid:
    """In the box of a bound on an integer column, the bound is a row with a constant."""
    j, at = step.index("column", size=root.n_cols), step.integer("at")
    if not root.problem.integer[j]:
        raise RejectedError(f"column {j} is continuous, a branch cannot bound it")
    side = _side(step.fields["side"])
    direction = 1 if side == ">=" else -1
    columns = root.canonical.of_source(j)
    base = sum((root.canonical.columns[k].base for k, _ in columns), _ZERO)
    coefficients = {k: Fraction(direction * sign) for k, sign in columns}
    value = direction * (at - base)
    return Valid(coefficients, Literal(value), {(j, side): at}, False, False, False)


@rule("ceil", "of")
def _ceil(step: Step, conclusions: Conclusions, root: Root) -> Valid:
    """Coefficients round up since x' >= 0; then the left side is an integer."""
    cited = step.citation("of")
    of = _valid(cited, conclusions)
    coefficients: Coefficients = {}
    for j, a in of.coefficients.items():
        if root.canonical.integer[j]:
            coefficients[j] = Fraction(math.ceil(a))
        elif a > 0:
            raise RejectedError(
                f"step {cited} has the coefficient {show(a)} on the continuous column {j}"
            )
    return _derived(coefficients, Ceiling((cited,)), [of])


@rule("mixed-integer-rounding", "of", "fraction", optional=("minus",))
def _rounding(step: Step, conclusions: Conclusions, root: Root) -> Valid:
    """``G(f - g) + g / r``, column by column: the slack of the row of g is continuous."""
    r = step.rational("fraction")
    if not 0 < r < 1:
        raise RejectedError(f"the fraction {show(r)} is not strictly between 0 and 1")
    cited = [step.citation(name) for name in ("of", "minus") if name in step.fields]
    parts = [_valid(k, conclusions) for k in cited]
    f = parts[0].coefficients
    g: Mapping[int, Fraction] = parts[1].coefficients if len(parts) == 2 else {}
    coefficients: Coefficients = {}
    for j in f.keys() | g.keys():
        a, b = f.get(j, _ZERO), g.get(j, _ZERO)
        if root.canonical.integer[j]:
            coefficients[j] = rounded(a - b, r) + b / r
        else:
            coefficients[j] = max(a, b) / r
    return _derived(coefficients, Rounding(r, tuple(cited)), parts)


@rule("maximum", "of")
def _maximum(step: Step, conclusions: Conclusions, _: Root) -> Valid:
    """The greatest coefficients serve every inequality, since x' >= 0."""
    cited = step.citations("of")
    if not cited:
        raise RejectedError("the maximum of no inequality is no inequality")
    parts = [_valid(k, conclusions) for k in cited]
    columns = {j for part in parts for j in part.coefficients}
    coefficients = {j: max(part.coefficients.get(j, _ZERO) for part in parts) for j in columns}
    return replace(_derived(coefficients, Highest(cited), parts), is_linear_below=False)


@rule("threshold", "of", "granularity")
def _threshold(step: Step, conclusions: Conclusions, root: Root) -> Valid:
    """If ``G(e, -t) > 0`` refutes ``c x' <= t``, then c x' is at least the least t it spares.

    Costs are multiples of the granularity on integer columns, so that ``c x'`` is one
    of the t that the minimum runs over.
    """
    form = root.canonical
    cited, g = step.citation("of"), step.rational("granularity")
    of = _valid(cited, conclusions)
    if g <= 0:
        raise RejectedError(f"the granularity {show(g)} is not positive")
    if not all(form.integer):
        raise RejectedError("a column is continuous: its cost is no multiple of a granularity")
    for j, c in enumerate(form.cost):
        if (c / g).denominator != 1:
            raise RejectedError(f"the cost {show(c)} of column {j} is no multiple of {show(g)}")
    for j, a in of.coefficients.items():
        if a > 0:
            raise RejectedError(f"step {cited} has the coefficient {show(a)} on column {j}")
    if not of.is_linear_below:
        raise RejectedError(f"step {cited} has no linear carrier")
    if not of.reads_objective:
        raise RejectedError(f"step {cited} does not fall with the objective")
    term = Threshold(g, cited, _order_below((cited,), conclusions))
    coefficients = {j: c for j, c in enumerate(form.cost) if c}
    return Valid(coefficients, term, of.bounds, True, False, of.is_homogeneous, of.is_finite)


@rule("term", "functions", "guards")
def _term(step: Step, conclusions: Conclusions, root: Root) -> ClosedForm:
    """``c x' >= F(e)`` where no coefficient exceeds c; ``0 >= H(e)`` where none exceeds 0."""
    form = root.canonical
    functions, guards = step.citations("functions"), step.citations("guards")
    if not functions and not guards:
        raise RejectedError("a dual function is made of some function or guard")
    for k in (*functions, *guards):
        of = _valid(k, conclusions)
        for j, side in of.bounds:
            raise RejectedError(f"step {k} still supposes x[{j}] {side} {of.bounds[j, side]}")
        if of.reads_objective:
            raise RejectedError(f"step {k} reads the objective outside a threshold")
    for k in functions:
        _require_below(_valid(k, conclusions).coefficients, form.cost, k)
    for k in guards:
        _require_below(_valid(k, conclusions).coefficients, [_ZERO] * form.n_cols, k)
    order = _order_below((*functions, *guards), conclusions)
    cited = [_valid(k, conclusions) for k in (*functions, *guards)]
    is_subadditive = bool(functions) and all(of.is_homogeneous for of in cited)
    return ClosedForm(functions, guards, order, form, is_subadditive)


def _require_below(
    coefficients: Mapping[int, Fraction], limits: Sequence[Fraction], k: int
) -> None:
    for j, limit in enumerate(limits):
        a = coefficients.get(j, _ZERO)
        if a > limit:
            raise RejectedError(
                f"step {k} has the coefficient {show(a)} on canonical column {j}, "
                f"above {show(limit)}"
            )


def _order_below(tops: Sequence[int], conclusions: Conclusions) -> Sequence[tuple[int, Term]]:
    return steps_below(tops, lambda k: _valid(k, conclusions).term)


def _valid(k: int, conclusions: Conclusions) -> Valid:
    return conclusions.get(k, Valid, "a valid inequality")


def _derived(coefficients: Coefficients, term: Term, parts: Sequence[Valid]) -> Valid:
    return Valid(
        {j: a for j, a in coefficients.items() if a},
        term,
        _joint(parts),
        all(part.is_linear_below for part in parts),
        any(part.reads_objective for part in parts),
        all(part.is_homogeneous for part in parts),
        all(part.is_finite for part in parts),
    )


def _row_total(linear: SparseVector, form: CanonicalProblem) -> Coefficients:
    total: Coefficients = {}
    for i, w in linear:
        for j, a in form.row(i):
            total[j] = total.get(j, _ZERO) + w * a
    return total


def _joint(parts: Sequence[Valid]) -> BoundMap:
    bounds: dict[tuple[int, Side], int] = {}
    for part in parts:
        for (j, side), v in part.bounds.items():
            known = bounds.get((j, side), v)
            bounds[j, side] = min(v, known) if side == "<=" else max(v, known)
    return bounds


def _side(value: object) -> Side:
    match value:
        case "<=":
            return "<="
        case ">=":
            return ">="
        case other:
            raise RejectedError(f'side: "<=" or ">=" is expected, not {show(other)}')
