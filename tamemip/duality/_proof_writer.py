"""Writing the proof of a dual function down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.certificates import Certificate, CertificateBuilder
from tamemip.duality._block_sum import BlockProof, BlockSum, Cost, intersect
from tamemip.duality._leaf_constant import box_constant
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._target import Target
from tamemip.duality._term_writer import write_closed_form, write_nodes
from tamemip.duality._tree import Evidence, Literals, Side, Tree
from tamemip.programs import MixedIntegerProgram

if TYPE_CHECKING:
    from tamemip.duality._cut_tree import CutTree
    from tamemip.duality._dual_function import DualFunction


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


def write_certificate(F: DualFunction) -> Certificate:
    """The certificate of the pointwise best of the parts of a dual function."""
    builder = CertificateBuilder(F.program.exact)
    function = write_function(builder, F)
    tight = [_write_point(builder, function, point) for point in F.tight_points]
    return builder.finish({"kind": "dual-function", "of": function, "tight": tight})


def write_function(builder: CertificateBuilder, F: DualFunction) -> int:
    """The step that is a dual function."""
    return write_best(builder, write_parts(builder, F))


def write_best(builder: CertificateBuilder, parts: Sequence[int]) -> int:
    """The step that is the best of some dual functions."""
    return parts[0] if len(parts) == 1 else builder.best(parts)


def write_parts(builder: CertificateBuilder, F: DualFunction) -> list[int]:
    """The steps of all parts of a dual function: trees, trees over cuts, the closed form."""
    program = F.program
    writer = _Writer(builder, IntegerData(program.exact))
    functions = [_write_function(writer, tree) for tree in F.trees]
    functions += [_write_cut_tree(builder, tree, program) for tree in F.cut_trees]
    if F.closed_forms or F.guards:
        functions.append(write_closed_form(builder, F.closed_forms, F.guards))
    return functions


def _write_cut_tree(
    builder: CertificateBuilder, cut_tree: CutTree, program: MixedIntegerProgram
) -> int:
    """A tree over the rows and some cuts: its multipliers of row m + k are of cut k."""
    extended = cut_tree.extended(program)
    steps = write_nodes(builder, cut_tree.cuts)
    rows = {program.n_rows + k: builder.cut(steps[cut]) for k, cut in enumerate(cut_tree.cuts)}
    writer = _Writer(builder, IntegerData(extended.exact), rows=rows)
    return _write_function(writer, cut_tree.tree)


@final
@dataclass(frozen=True, slots=True)
class _Writer:
    """The builder, the data, the rows that cuts have, and the blocks that have been written."""

    builder: CertificateBuilder
    data: IntegerData
    rows: Mapping[int, int] = field(default_factory=dict)
    blocks: dict[tuple[int, frozenset[tuple[tuple[int, Side], int]]], int] = field(
        default_factory=dict
    )


def _write_function(writer: _Writer, tree: Tree) -> int:
    function = writer.builder.close(_write_tree(writer, tree, {}, None))
    granularity = Target.of(writer.data.problem).granularity
    return function if granularity is None else writer.builder.round(function, granularity)


def _write_tree(writer: _Writer, tree: Tree, outer: Literals, cost: Cost | None) -> int:
    """The step that joins a tree; its leaves lie in the box of the outer literals too."""
    steps: dict[int, int] = {}
    for k in _children_first(tree, outer):
        node = tree.nodes[k]
        children = tree.children_within(k, outer)
        if node.children is None:
            literals = intersect(outer, tree.literals(k))
            steps[k] = _write_leaf(writer, node.evidence or Evidence(), literals, cost)
        elif len(children) == 1:
            steps[k] = steps.pop(children[0])
        else:
            below, above = children
            first = tree.nodes[below]
            steps[k] = writer.builder.branch(
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


def _write_leaf(writer: _Writer, evidence: Evidence, literals: Literals, cost: Cost | None) -> int:
    builder, data = writer.builder, writer.data
    parts = [_write_sum(writer, total, literals) for total in evidence.sums]
    duals = [m for m in evidence.duals if box_constant(data, m, literals) is not None]
    rays = [m for m in evidence.rays if box_constant(data, m, literals) is not None]
    if duals or rays or not parts:
        shown = None if cost is None else _sparse(cost)
        part = builder.leaf(
            _triples(literals),
            duals=[builder.dual(_named(writer, m), shown) for m in duals],
            rays=[builder.ray(_named(writer, m)) for m in rays],
        )
        parts.insert(0, part)
    return parts[0] if len(parts) == 1 else builder.greatest(parts)


def _named(writer: _Writer, m: Multipliers) -> dict[int, Fraction]:
    """Multipliers by the rows that the certificate knows."""
    return {writer.rows.get(i, i): v for i, v in m.exact_y().items()}


def _write_sum(writer: _Writer, total: BlockSum, literals: Literals) -> int:
    builder = writer.builder
    linear = builder.leaf(
        _triples(literals),
        duals=[builder.dual(_named(writer, total.linear), _sparse(total.linear_cost))],
        rays=[],
    )
    return builder.sum([linear, *(_write_block(writer, b, literals) for b in total.blocks)])


def _write_block(writer: _Writer, block: BlockProof, literals: Literals) -> int:
    """A block under the literals on its columns, written once for all sums that use it."""
    own = block.own(literals)
    key = (id(block.tree), frozenset(own.items()))
    if key not in writer.blocks:
        writer.blocks[key] = _write_tree(writer, block.tree, own, block.cost)
    return writer.blocks[key]


def _triples(literals: Literals) -> list[tuple[int, Side, int]]:
    return [(column, side, at) for (column, side), at in literals.items()]


def _sparse(cost: Cost) -> dict[int, Fraction]:
    return {j: v for j, v in enumerate(cost) if v}


def _write_point(builder: CertificateBuilder, function: int, tight: TightPoint) -> int:
    if tight.point is None:
        return builder.infeasible(function, tight.rhs)
    point = {j: v for j, v in enumerate(tight.point) if v}
    if tight.ray is not None:
        return builder.unbounded(tight.rhs, point, {j: v for j, v in enumerate(tight.ray) if v})
    assert tight.value is not None
    return builder.tight(function, tight.rhs, point, tight.value)
