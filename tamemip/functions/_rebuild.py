"""A node over other children."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from tamemip.functions._nodes import (
    Ceil,
    Combination,
    Guarded,
    Maximum,
    Minimum,
    MixedIntegerRounding,
    Node,
    Threshold,
    ceil,
    combination,
    generator,
    group_table,
    guarded,
    maximum,
    minimum,
    mixed_integer_rounding,
    threshold,
)
from tamemip.functions._tables import Generator, GroupTable


def with_children(node: Node, made: Mapping[Node, Node]) -> Node:
    """The same function of other parts: `made` has one for each child of the node."""
    match node:
        case Combination():
            parts = [(w, made[part]) for w, part in node.parts]
            return combination(node.linear, parts, constant=node.constant)
        case Ceil():
            return ceil(made[node.of])
        case MixedIntegerRounding():
            minus = None if node.minus is None else made[node.minus]
            return mixed_integer_rounding(made[node.of], node.fraction, minus=minus)
        case Maximum():
            return maximum(made[f] for f in node.of)
        case Minimum():
            return minimum(made[f] for f in node.of)
        case Guarded():
            of = None if node.of is None else made[node.of]
            return guarded(of, [made[guard] for guard in node.guards])
        case Threshold():
            return threshold(made[node.of], node.granularity, node.coordinate)
        case GroupTable():
            inputs = [made[f] for f in node.inputs]
            return group_table(inputs, node.weights, node.elements, node.moduli, node.generators)
        case Generator():
            inputs = [made[f] for f in node.inputs]
            return generator(inputs, node.weights, node.capacities, node.columns)
        case _:
            assert_never(node)
