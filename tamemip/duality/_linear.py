"""Dual vectors of the relaxation as linear terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._coefficients import coefficients
from tamemip.duality._dual_function import DualFunction, tight_points
from tamemip.duality._target import Target
from tamemip.functions import Node, ceil, combination
from tamemip.programs import CanonicalForm, MixedIntegerProgram

if TYPE_CHECKING:
    from tamemip.duality._multipliers import Multipliers
    from tamemip.duality._reports import Watch
    from tamemip.solvers import Limits

_ZERO = Fraction(0)


def build_linear(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    *,
    limits: Limits,
    watch: Watch | None,
) -> DualFunction:
    """The dual of the linear relaxation: one linear function of the canonical rhs.

    Where all costs sit on integer columns it is rounded up to their multiples. Where the
    relaxation is empty at ``rhs`` its ray is a guard; where it is unbounded the bound is
    minus infinity.
    """
    grown = BranchAndBound(program).root(rhs)
    form = program.canonical()
    evidence = grown.tree.nodes[0].evidence
    duals = [] if evidence is None else [linear_node(form, m) for m in evidence.duals]
    rays = [] if evidence is None else [linear_node(form, m) for m in evidence.rays]
    granularity = Target.of(program.exact).granularity
    functions = [rounded_up(node, granularity) for node in duals if node is not None]
    guards = [node for node in rays if node is not None]
    stopped = grown.report.stopped if grown.report.stopped == "interrupted" else None
    report = replace(grown.report, stopped=stopped)  # one node is all there is to it
    if not functions and not guards:
        return DualFunction.of_grown(program, replace(grown, report=report), method="linear")
    points = tight_points(program, grown)
    return DualFunction.of_nodes(program, "linear", functions, guards, points, report)


def rounded_up(node: Node, granularity: Fraction | None) -> Node:
    """``g ceil(node / g)``: still a dual function, since the costs are multiples of g."""
    if granularity is None:
        return node
    scaled = ceil(combination((), [(1 / granularity, node)]))
    return combination((), [(granularity, scaled)])


def linear_node(form: CanonicalForm, multipliers: Multipliers) -> Node | None:
    """Row multipliers as a linear term; None if they want a bound that is infinite.

    What the multipliers exceed the cost of a column by goes to its upper bound, which
    is a row of the canonical form.
    """
    weights = {i: form.row_sign[i] * v for i, v in multipliers.exact_y().items()}
    cost = (_ZERO,) * form.n_cols if multipliers.is_ray else form.c
    return completed(form, weights, cost)


def completed(
    form: CanonicalForm, weights: Mapping[int, Fraction], cost: tuple[Fraction, ...]
) -> Node | None:
    """Weights of canonical rows, with those of bound rows raised until no cost is exceeded."""
    total = dict(weights)
    rows = bound_rows(form)
    found = coefficients(form, [combination(weights)])[combination(weights)]
    for k, a in found.items():
        if a > cost[k]:
            if k not in rows:
                return None
            total[rows[k]] = total.get(rows[k], _ZERO) + a - cost[k]
    for k, c in enumerate(cost):
        if c < 0 and k not in found:
            if k not in rows:
                return None
            total[rows[k]] = total.get(rows[k], _ZERO) - c
    return combination(total)


def bound_rows(form: CanonicalForm) -> dict[int, int]:
    """The row of the upper bound of a canonical column, where there is one."""
    first = form.n_rows - len(form.bound_columns)
    return {form.A.rows[i][0][0]: i for i in range(first, form.n_rows)}
