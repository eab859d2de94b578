"""Writing the proof of a dual function down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates import Certificate, CertificateBuilder
from tamemip.duality._block_sum import BlockSum, Cost, intersect
from tamemip.duality._leaf_constant import box_constant
from tamemip.duality._multipliers import IntegerData
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Literals, Tree
from tamemip.programs import MixedIntegerProgram


@final
@dataclass(frozen=True, slots=True)
class TightPoint:
    """A right-hand side at which a dual function is the value.

    Attributes
    ----------
    rhs
        The right-hand side.
    point
        A feasible point that attains the value; None if there is no feasible point.
    value
        The value there, in the user's sense; None if it is infinite.
    ray
        A direction along which the objective improves forever, if the program is
        unbounded there; else None.
    """

    rhs: tuple[Fraction, ...]
    point: tuple[Fraction, ...] | None
    value: Fraction | None
    ray: tuple[Fraction, ...] | None = None


def write_certificate(
    program: MixedIntegerProgram, trees: Sequence[Tree], points: Sequence[TightPoint]
) -> Certificate:
    """The certificate of the pointwise best of the trees' functions."""
    builder = CertificateBuilder(program.exact)
    data = IntegerData(program.exact)
    functions = [_write_function(builder, tree, data) for tree in trees]
    function = functions[0] if len(functions) == 1 else builder.best(functions)
    tight = [_write_point(builder, function, point) for point in points]
    return builder.finish({"kind": "dual-function", "of": function, "tight": tight})


def _write_function(builder: CertificateBuilder, tree: Tree, data: IntegerData) -> int:
    function = builder.close(_write_tree(builder, tree, data, {}, None))
    granularity = Target.of(data.problem).granularity
    return function if granularity is None else builder.round(function, granularity)


def _write_tree(
    builder: CertificateBuilder, tree: Tree, data: IntegerData, outer: Literals, cost: Cost | None
) -> int:
    """The step that joins a tree; its leaves lie in the box of the outer literals too."""
    steps: dict[int, int] = {}
    for k in _children_first(tree, outer):
        node = tree.nodes[k]
        children = tree.children_within(k, outer)
        if node.children is None:
            literals = intersect(outer, tree.literals(k))
            steps[k] = _write_leaf(builder, node.evidence or Evidence(), data, literals, cost)
        elif len(children) == 1:
            steps[k] = steps.pop(children[0])
        else:
            below, above = children
            first = tree.nodes[below]
            steps[k] = builder.branch(
                below=steps.pop(below), above=steps.pop(above), column=first.column, at=first.at
            )
    return steps[0]


def _children_first(tree: Tree, outer: Literals) -> list[int]:
    order, stack = [], [0]
    while stack:
        k = stack.pop()
        order.append(k)
        stack.extend(tree.children_within(k, outer))
    return order[::-1]


def _write_leaf(
    builder: CertificateBuilder,
    evidence: Evidence,
    data: IntegerData,
    literals: Literals,
    cost: Cost | None,
) -> int:
    parts = [_write_sum(builder, total, data, literals) for total in evidence.sums]
    duals = [m for m in evidence.duals if box_constant(data, m, literals) is not None]
    rays = [m for m in evidence.rays if box_constant(data, m, literals) is not None]
    if duals or rays or not parts:
        shown = None if cost is None else dict(enumerate(cost))
        part = builder.leaf(
            [(column, side, at) for (column, side), at in literals.items()],
            duals=[builder.dual(m.exact_y(), shown) for m in duals],
            rays=[builder.ray(m.exact_y()) for m in rays],
        )
        parts.insert(0, part)
    return parts[0] if len(parts) == 1 else builder.greatest(parts)


def _write_sum(
    builder: CertificateBuilder, total: BlockSum, data: IntegerData, literals: Literals
) -> int:
    linear = builder.leaf(
        [(column, side, at) for (column, side), at in literals.items()],
        duals=[builder.dual(total.linear.exact_y(), dict(enumerate(total.linear_cost)))],
        rays=[],
    )
    blocks = [
        _write_tree(builder, block.tree, data, literals, block.cost) for block in total.blocks
    ]
    return builder.sum([linear, *blocks])


def _write_point(builder: CertificateBuilder, function: int, tight: TightPoint) -> int:
    if tight.point is None:
        return builder.infeasible(function, tight.rhs)
    point = {j: v for j, v in enumerate(tight.point) if v}
    if tight.ray is not None:
        return builder.unbounded(tight.rhs, point, {j: v for j, v in enumerate(tight.ray) if v})
    assert tight.value is not None
    return builder.tight(function, tight.rhs, point, tight.value)
