"""The rules of inference: from premises to a conclusion, one pure function each.

A rule reads its step and earlier conclusions; it concludes or raises `RejectedError`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, final

from tamemip.certificates._conclusions import (
    Affine,
    Best,
    DualFunction,
    Evaluation,
    Expression,
    Greatest,
    Leaf,
    LeafBound,
    LeafMinimum,
    Least,
    Multipliers,
    Root,
    RoundedUp,
    Total,
)
from tamemip.certificates._cut_rows import CutRow, CutValues
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._problem import Bound, SparseVector
from tamemip.certificates._statement import Conclusions, ProvedValue
from tamemip.certificates._step import Side, Step
from tamemip.certificates._terms import BoundMap, ClosedForm, Valid, steps_below

Inference: TypeAlias = Callable[[Step, Conclusions, Root], object]


@final
@dataclass(frozen=True, slots=True)
class Rule:
    """An inference, the keys that its steps have, and those that they may have."""

    fields: tuple[str, ...]
    optional: tuple[str, ...]
    infer: Inference


RULES: dict[str, Rule] = {}


def rule(
    name: str, *fields: str, optional: tuple[str, ...] = ()
) -> Callable[[Inference], Inference]:
    """Register a rule under the name that steps call it by."""

    def register(infer: Inference) -> Inference:
        RULES[name] = Rule(fields, optional, infer)
        return infer

    return register


@rule("dual", "y", optional=("cost",))
def _dual(step: Step, conclusions: Conclusions, root: Root) -> Multipliers:
    """``cost x >= y A x + r x`` with ``r = cost - A^T y``; rows with signed y bound ``y A x``.

    The cost is any vector; without one, that of the problem. Behind the rows of the
    problem stand the valid inequalities of earlier steps, as `Valid` has them.
    """
    y, cuts = _signed(step, conclusions, root)
    if "cost" not in step.fields:
        return Multipliers("dual", y, root.cost_vector, cuts)
    return Multipliers("dual", y, step.vector("cost", size=root.n_cols).to_fractions(), cuts)


@rule("ray", "y")
def _ray(step: Step, conclusions: Conclusions, root: Root) -> Multipliers:
    """``0 = y A x + r x`` with ``r = -A^T y``."""
    y, cuts = _signed(step, conclusions, root)
    return Multipliers("ray", y, (), cuts)


@rule("leaf", "bounds", "duals", "rays")
def _leaf(step: Step, conclusions: Conclusions, root: Root) -> LeafBound:
    """In a box, ``r x`` is at least ``sum_j (r_j^+ l_j + r_j^- u_j)``.

    Hence every dual bounds its cost from below by an affine function of d, and a
    ray whose affine function is positive at d leaves no feasible point there. A
    leaf without duals says +inf or -inf, which is true of any cost.
    """
    bounds = _normal_bounds(step, root)
    lower = {j: max(root.lower[j], Fraction(v)) for (j, side), v in bounds.items() if side == ">="}
    upper = {j: min(root.upper[j], Fraction(v)) for (j, side), v in bounds.items() if side == "<="}
    is_empty = root.is_empty or any(
        lower.get(j, root.lower[j]) > upper.get(j, root.upper[j]) for j, _ in bounds
    )

    def affine(cited: int, kind: Literal["dual", "ray"]) -> Affine:
        multipliers = conclusions.get(cited, Multipliers, f"a {kind}")
        if multipliers.kind != kind:
            raise RejectedError(f"step {cited} is not a {kind}")
        constant = Fraction(0)
        for j, r in root.reduced_costs(multipliers).items():
            bound = lower.get(j, root.lower[j]) if r > 0 else upper.get(j, root.upper[j])
            if not isinstance(bound, Fraction):
                raise RejectedError(
                    f"step {cited} has the reduced cost {show(r)} on column {j}, "
                    f"which has no {'lower' if r > 0 else 'upper'} bound here"
                )
            constant += r * bound
        for _, cut in multipliers.cuts:
            for (j, side), v in cut.bounds.items():
                reach = lower.get(j, root.lower[j]) if side == ">=" else upper.get(j, root.upper[j])
                if (reach < v) if side == ">=" else (reach > v):
                    raise RejectedError(
                        f"the cut of step {cut.step} supposes x[{j}] {side} {show(v)}, "
                        "which does not hold in this leaf"
                    )
        return Affine(constant, multipliers.y)

    cited = step.citations("duals")
    duals = tuple(affine(k, "dual") for k in cited)
    guards = tuple(affine(k, "ray") for k in step.citations("rays"))
    cost: SparseVector | None = None
    for k in cited:
        cost = _common(cost, conclusions.get(k, Multipliers, "a dual").cost, f"dual {k}")
    return LeafBound(bounds, cost, Leaf(is_empty, duals, guards))


@rule("branch", "below", "above", "column", "at")
def _branch(step: Step, conclusions: Conclusions, root: Root) -> LeafBound:
    """An integer is at most v or at least v + 1: two boxes cover their common hull."""
    first, second = step.citation("below"), step.citation("above")
    j, v = step.index("column", size=root.n_cols), step.integer("at")
    if not root.problem.integer[j]:
        raise RejectedError(f"column {j} is continuous")
    below, above = _leaf_bound(first, conclusions), _leaf_bound(second, conclusions)
    if below.bounds.get((j, "<="), v) < v:
        raise RejectedError(f"step {first} does not reach up to x[{j}] <= {show(v)}")
    if above.bounds.get((j, ">="), v + 1) > v + 1:
        raise RejectedError(f"step {second} does not reach down to x[{j}] >= {show(v + 1)}")
    joint = {key: w for key, w in below.bounds.items() if key != (j, "<=")}
    for key, w in above.bounds.items():
        if key != (j, ">="):
            joint[key] = _tighter(key[1], w, joint.get(key, w))
    cost = _common(below.cost, above.cost, f"step {second}")
    return LeafBound(joint, cost, Least((first, second)))


@rule("sum", "of")
def _sum(step: Step, conclusions: Conclusions, _: Root) -> LeafBound:
    """In the intersection of their boxes, bounds on several costs bound their sum."""
    cited = step.citations("of")
    if not cited:
        raise RejectedError("the sum of no bound is no bound")
    bounds: dict[tuple[int, Side], int] = {}
    total: dict[int, Fraction] = {}
    for k in cited:
        summand = _leaf_bound(k, conclusions)
        if summand.cost is None:
            raise RejectedError(f"step {k} has no cost of its own: no dual takes part in it")
        for j, w in summand.cost:
            total[j] = total.get(j, Fraction(0)) + w
        for (j, side), v in summand.bounds.items():
            bounds[j, side] = _tighter(side, v, bounds.get((j, side), v))
    cost = tuple((j, w) for j, w in sorted(total.items()) if w)
    return LeafBound(bounds, cost, Total(cited))


@rule("greatest", "of")
def _greatest(step: Step, conclusions: Conclusions, _: Root) -> LeafBound:
    """In the intersection of their boxes, several bounds on one cost hold at once."""
    cited = step.citations("of")
    if not cited:
        raise RejectedError("the greatest of no bound is no bound")
    bounds: dict[tuple[int, Side], int] = {}
    cost: SparseVector | None = None
    for k in cited:
        bound = _leaf_bound(k, conclusions)
        cost = _common(cost, bound.cost, f"step {k}")
        for (j, side), v in bound.bounds.items():
            bounds[j, side] = _tighter(side, v, bounds.get((j, side), v))
    return LeafBound(bounds, cost, Greatest(cited))


@rule("close", "of")
def _close(step: Step, conclusions: Conclusions, root: Root) -> LeafMinimum:
    """A bound on the problem's cost in the box of no added bounds bounds the value function."""
    top = step.citation("of")
    bounds = _leaf_bound(top, conclusions).bounds
    for j, side in bounds:
        raise RejectedError(
            f"step {top} still supposes x[{j}] {side} {show(bounds[j, side])}: "
            f"{len(bounds)} bounds are left"
        )
    cost = _leaf_bound(top, conclusions).cost
    if cost is not None and cost != root.cost_vector:
        raise RejectedError(f"step {top} bounds another cost than that of the problem")
    found: dict[int, Expression] = {}
    pending = [top]
    while pending:
        k = pending.pop()
        if k not in found:
            found[k] = expression = _leaf_bound(k, conclusions).expression
            pending.extend(() if isinstance(expression, Leaf) else expression.of)
    cuts = _cut_values(found.values(), conclusions, root)
    return LeafMinimum({k: found[k] for k in sorted(found)}, root.offset, cuts)


@rule("round", "of", "granularity")
def _round(step: Step, conclusions: Conclusions, root: Root) -> RoundedUp:
    """If the costs lie in ``offset + g Z``, so does the optimal value."""
    cited, g = step.citation("of"), step.rational("granularity")
    _function(cited, conclusions)
    if g <= 0:
        raise RejectedError(f"the granularity {show(g)} is not positive")
    for j, c in enumerate(root.cost):
        if c and not root.problem.integer[j]:
            raise RejectedError(f"column {j} is continuous and has a cost")
        if (c / g).denominator != 1:
            raise RejectedError(f"the cost {show(c)} of column {j} is no multiple of {show(g)}")
    return RoundedUp((cited,), g, root.offset)


@rule("best", "of")
def _best(step: Step, conclusions: Conclusions, _: Root) -> Best:
    """The greatest of several lower bounds is a lower bound."""
    cited = step.citations("of")
    if not cited:
        raise RejectedError("the best of no function is no function")
    for k in cited:
        _function(k, conclusions)
    return Best(cited)


@rule("tight", "of", "rhs", "point", "value")
def _tight(step: Step, conclusions: Conclusions, root: Root) -> ProvedValue:
    """A feasible point that costs no more than its lower bound is optimal."""
    cited, rhs, value = step.citation("of"), _rhs(step, root), step.rational("value")
    function = evaluation(cited, conclusions)
    point = feasible_point(step, "point", root, rhs)
    cost = sum((root.problem.c[j] * x for j, x in point.items()), root.problem.offset)
    if cost != value:
        raise RejectedError(f"the point has the value {show(cost)}, not {show(value)}")
    bound = function.at(rhs)
    if bound != root.sign * value:
        raise RejectedError(f"the bound is {show(root.sign * bound)}, not {show(value)}")
    return ProvedValue("tight", cited, rhs, value)


@rule("infeasible", "of", "rhs")
def _infeasible(step: Step, conclusions: Conclusions, root: Root) -> ProvedValue:
    """Where the lower bound is +inf no point is feasible."""
    cited, rhs = step.citation("of"), _rhs(step, root)
    bound = evaluation(cited, conclusions).at(rhs)
    if bound != math.inf:
        raise RejectedError(f"the bound is {show(root.sign * bound)}, not infinite")
    return ProvedValue("infeasible", cited, rhs, root.sign * math.inf)


@rule("unbounded", "rhs", "point", "ray")
def _unbounded(step: Step, _: Conclusions, root: Root) -> ProvedValue:
    """A rational ray, scaled to integers, leads from a feasible point to ever better ones."""
    rhs = _rhs(step, root)
    feasible_point(step, "point", root, rhs)
    ray = dict(step.vector("ray", size=root.n_cols).to_fractions())
    for j, r in ray.items():
        if isinstance(root.lower[j], Fraction) and r < 0:
            raise RejectedError(f"the ray crosses the lower bound of column {j}")
        if isinstance(root.upper[j], Fraction) and r > 0:
            raise RejectedError(f"the ray crosses the upper bound of column {j}")
    _require_rows(ray, (Fraction(0),) * root.n_rows, root, "the ray")
    if sum((root.cost[j] * r for j, r in ray.items()), Fraction(0)) >= 0:
        raise RejectedError("the ray does not improve the objective")
    return ProvedValue("unbounded", None, rhs, -root.sign * math.inf)


def evaluation(step: int, conclusions: Conclusions) -> Evaluation:
    """The dual function of a step, with all the functions that it refers to."""
    functions: dict[int, DualFunction] = {}
    pending = [step]
    while pending:
        k = pending.pop()
        if k not in functions:
            functions[k] = _function(k, conclusions)
            pending.extend(functions[k].of)
    return Evaluation(functions, step)


def _function(step: int, conclusions: Conclusions) -> DualFunction:
    function = conclusions.get(step, object, "a dual function")
    if not isinstance(function, LeafMinimum | RoundedUp | Best | ClosedForm):
        raise RejectedError(f"step {show(step)} is not a dual function")
    return function


def _leaf_bound(step: int, conclusions: Conclusions) -> LeafBound:
    return conclusions.get(step, LeafBound, "a leaf, a branch, a sum or a greatest")


def _common(
    cost: SparseVector | None, other: SparseVector | None, noun: str
) -> SparseVector | None:
    """The cost of both; None goes with every cost."""
    if cost is None or other is None:
        return other if cost is None else cost
    # Most costs are one object: comparing it with itself would read all of it.
    if cost is not other and cost != other:
        raise RejectedError(f"{noun} bounds another cost than what it is joined with")
    return cost


def _signed(
    step: Step, conclusions: Conclusions, root: Root
) -> tuple[SparseVector, tuple[tuple[Fraction, CutRow], ...]]:
    """Multipliers of rows, and of the cuts behind them: row ``n_rows + k`` is that of step k."""
    y = step.vector("y", size=root.n_rows + step.number).to_fractions()
    cuts: list[tuple[Fraction, CutRow]] = []
    for i, v in y:
        sense = root.problem.row_sense[i] if i < root.n_rows else ">="
        if (sense == ">=" and v < 0) or (sense == "<=" and v > 0):
            raise RejectedError(f"the multiplier {show(v)} of row {i} has the wrong sign")
        if i >= root.n_rows:
            cuts.append((v, _cut_row(i - root.n_rows, conclusions, root)))
    return y, tuple(cuts)


def _cut_row(k: int, conclusions: Conclusions, root: Root) -> CutRow:
    valid = conclusions.get(k, Valid, "a valid inequality")
    if valid.reads_objective:
        raise RejectedError(f"step {k} reads the objective outside a threshold")
    if not valid.is_finite:
        raise RejectedError(f"step {k} may be infinite, and so it is no row of a tree")
    moved = root.canonical.to_problem(valid.coefficients)
    if moved is None:
        raise RejectedError(f"step {k} is not linear in a free column")
    row, shift = moved
    return CutRow(k, tuple(sorted(row.items())), shift, valid.bounds)


def _cut_values(
    expressions: Iterable[Expression], conclusions: Conclusions, root: Root
) -> CutValues:
    """What it takes to evaluate the cuts that some leaves read."""
    leaves = (e for e in expressions if isinstance(e, Leaf))
    lines = (line for leaf in leaves for line in (*leaf.duals, *leaf.guards))
    steps = sorted({i - root.n_rows for line in lines for i, _ in line.slope if i >= root.n_rows})
    shifts = {k: _cut_row(k, conclusions, root).shift for k in steps}
    order = steps_below(steps, lambda k: conclusions.get(k, Valid, "a valid inequality").term)
    return CutValues(root.n_rows, root.canonical, shifts, order)


def _normal_bounds(step: Step, root: Root) -> BoundMap:
    bounds: dict[tuple[int, Side], int] = {}
    for j, side, v in step.bounds("bounds", size=root.n_cols):
        if not root.problem.integer[j]:
            raise RejectedError(f"column {j} is continuous, a leaf cannot bound it")
        bounds[j, side] = _tighter(side, v, bounds.get((j, side), v))
    return bounds


def _tighter(side: Side, v: int, w: int) -> int:
    return min(v, w) if side == "<=" else max(v, w)


def _rhs(step: Step, root: Root) -> tuple[Fraction, ...]:
    return step.rationals("rhs", size=root.n_rows)


def feasible_point(
    step: Step, name: str, root: Root, rhs: tuple[Fraction, ...]
) -> Mapping[int, Fraction]:
    """The point that a step has under a name, if it is feasible at a right-hand side."""
    point = dict(step.vector(name, size=root.n_cols).to_fractions())
    for j in range(root.n_cols):
        x = point.get(j, Fraction(0))
        low: Bound = root.problem.lower[j]
        up: Bound = root.problem.upper[j]
        if not low <= x <= up:
            raise RejectedError(f"the point has x[{j}] = {show(x)} outside its bounds")
        if root.problem.integer[j] and x.denominator != 1:
            raise RejectedError(f"the point has x[{j}] = {show(x)}, which is no integer")
    _require_rows(point, rhs, root, "the point")
    return point


def _require_rows(
    x: Mapping[int, Fraction], rhs: tuple[Fraction, ...], root: Root, noun: str
) -> None:
    for i, (row, sense) in enumerate(zip(root.problem.A.rows, root.problem.row_sense, strict=True)):
        activity = sum((a * x[j] for j, a in row if j in x), Fraction(0))
        holds = {
            "<=": activity <= rhs[i],
            ">=": activity >= rhs[i],
            "=": activity == rhs[i],
        }[sense]
        if not holds:
            raise RejectedError(f"{noun} violates row {i}: {show(activity)} {sense} {show(rhs[i])}")
