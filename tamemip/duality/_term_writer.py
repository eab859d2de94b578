"""Terms as steps of a certificate: a term is its own derivation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from tamemip.certificates import CertificateBuilder
from tamemip.errors import UnsupportedError
from tamemip.functions import (
    Ceil,
    Combination,
    Generator,
    GroupTable,
    Guarded,
    Maximum,
    Minimum,
    MixedIntegerRounding,
    Node,
    Threshold,
    topological,
)


def write_nodes(builder: CertificateBuilder, nodes: Iterable[Node]) -> dict[Node, int]:
    """Write some nodes with all below them; each is a valid inequality of its own.

    Raises
    ------
    UnsupportedError
        For kinds of nodes that are no inequality: minima, guarded functions, constants.
    """
    steps: dict[Node, int] = {}
    for node in topological(*nodes):
        steps[node] = _write(builder, node, steps)
    return steps


def write_closed_form(
    builder: CertificateBuilder, functions: Iterable[Node], guards: Iterable[Node]
) -> int:
    """The dual function that some nodes are, infinite where a guard is positive."""
    functions, guards = tuple(functions), tuple(guards)
    steps = write_nodes(builder, (*functions, *guards))
    return builder.term([steps[f] for f in functions], [steps[g] for g in guards])


def _write(builder: CertificateBuilder, node: Node, steps: Mapping[Node, int]) -> int:
    match node:
        case Combination() if not node.constant:
            parts = [(w, steps[part]) for w, part in node.parts]
            return builder.combine(dict(node.linear), parts)
        case Ceil():
            return builder.ceil(steps[node.of])
        case MixedIntegerRounding():
            minus = None if node.minus is None else steps[node.minus]
            return builder.mixed_integer_rounding(steps[node.of], node.fraction, minus=minus)
        case Maximum():
            return builder.maximum(steps[f] for f in node.of)
        case Threshold():
            return builder.threshold(steps[node.of], node.granularity)
        case GroupTable():
            inputs = [steps[f] for f in node.inputs]
            return builder.group_table(
                inputs, node.weights, node.elements, node.moduli, node.generators
            )
        case Generator():
            inputs = [steps[f] for f in node.inputs]
            return builder.generator(inputs, node.weights, node.capacities, node.columns)
        case Combination() | Minimum() | Guarded():
            raise UnsupportedError(
                f"a {type(node).__name__.lower()} of this form is no valid inequality; "
                "only combinations without a constant, roundings, maxima and thresholds are."
            )
        case _:
            assert_never(node)
