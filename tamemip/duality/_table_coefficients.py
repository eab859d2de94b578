"""The valid inequalities of group tables and generators: values at the columns."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from tamemip.certificates import Bound
from tamemip.functions import (
    Ceil,
    Combination,
    Generator,
    GroupTable,
    Node,
    generator_value,
    group_value,
)
from tamemip.programs import CanonicalForm


def table_coefficients(
    node: GroupTable | Generator, made: Mapping[Node, Mapping[int, Fraction]], form: CanonicalForm
) -> dict[int, Fraction] | None:
    """The values of a function of integers at the columns; None if that is no inequality.

    The function is subadditive in its inputs. If it does not grow when a rounded input
    falls, then ``sum(F(a_j) x'_j) >= F(f(e))``: the inputs are ``sum(a_j x'_j)`` less slacks.
    """
    inputs = node.inputs
    if not all(_is_integral(f, form) for f in inputs):
        return None
    for k, f in enumerate(inputs):
        if isinstance(f, Ceil):
            unit = [Fraction(-int(i == k)) for i in range(len(inputs))]
            if _value(node, unit) > 0:
                return None
    found: dict[int, Fraction] = {}
    for j in sorted({j for f in inputs for j in made[f]}):
        entries = [made[f].get(j, Fraction(0)) for f in inputs]
        value = _value(node, entries)
        if not form.integer[j] or not isinstance(value, Fraction):
            return None
        found[j] = value
    return found


def _is_integral(f: Node, form: CanonicalForm) -> bool:
    """Whether an input is rounded up, or a linear function of equations alone."""
    if isinstance(f, Combination):
        rows = (i < form.n_rows and form.row_sense[i] == "=" for i, _ in f.linear)
        return not f.parts and not f.constant and all(rows)
    return isinstance(f, Ceil)


def _value(node: GroupTable | Generator, inputs: list[Fraction]) -> Bound:
    if isinstance(node, GroupTable):
        return group_value(node, inputs)
    return generator_value(node, inputs)
