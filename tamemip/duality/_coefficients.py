"""The valid inequalities that terms are: their coefficients on the canonical columns.

For a node ``f`` over the canonical right-hand side the coefficient of an integer
column is ``f(a_j)``, of a continuous one the slope of ``f`` at 0 along ``a_j``; then
``sum(f_j x'_j) >= f(e)`` holds for every feasible ``x'`` at every ``e``. This is what
the checker computes as well; builders use it to see what they may claim.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias, assert_never

from tamemip.duality._table_coefficients import table_coefficients
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
    rounding,
    topological,
)
from tamemip.programs import CanonicalForm

Coefficients: TypeAlias = dict[int, Fraction]

_ZERO = Fraction(0)


class NoInequalityError(UnsupportedError):
    """A node is no valid inequality: a ceiling over a continuous column, a minimum."""


def coefficients(form: CanonicalForm, nodes: Iterable[Node]) -> dict[Node, Coefficients]:
    """The coefficients of some nodes and of all below them, sparse.

    Row `form.n_rows` is the objective row, with the coefficients ``-c``.

    Raises
    ------
    NoInequalityError
        If a ceiling has a positive coefficient on a continuous column, a weight has
        the wrong sign, or a kind of node has no inequality.
    """
    made: dict[Node, Coefficients] = {}
    for node in topological(*nodes):
        made[node] = {j: a for j, a in _of(node, made, form).items() if a}
    return made


def is_function(form: CanonicalForm, found: Mapping[int, Fraction]) -> bool:
    """Whether coefficients are those of a dual function: at most the costs."""
    return all(found.get(j, _ZERO) <= c for j, c in enumerate(form.c))


def is_guard(found: Mapping[int, Fraction]) -> bool:
    """Whether coefficients are those of a guard: at most 0."""
    return all(a <= 0 for a in found.values())


def _of(node: Node, made: Mapping[Node, Coefficients], form: CanonicalForm) -> Coefficients:
    match node:
        case Combination():
            return _combination(node, made, form)
        case Ceil():
            return _ceil(made[node.of], form)
        case MixedIntegerRounding():
            minus = {} if node.minus is None else made[node.minus]
            return _rounding(made[node.of], minus, node.fraction, form.integer)
        case Maximum():
            columns = {j for f in node.of for j in made[f]}
            return {j: max(made[f].get(j, _ZERO) for f in node.of) for j in columns}
        case Threshold():
            return dict(enumerate(form.c))
        case GroupTable() | Generator():
            found = table_coefficients(node, made, form)
            if found is None:
                raise NoInequalityError(
                    f"this {type(node).__name__} reads continuous columns, or its inputs are "
                    "neither rounded up nor combinations of equations."
                )
            return found
        case Minimum() | Guarded():
            raise NoInequalityError(
                f"a {type(node).__name__.lower()} is no valid inequality of its own."
            )
        case _:
            assert_never(node)


def _combination(
    node: Combination, made: Mapping[Node, Coefficients], form: CanonicalForm
) -> Coefficients:
    if node.constant or any(w < 0 for w, _ in node.parts):
        raise NoInequalityError("a combination has a constant or a negative weight of a part.")
    total: Coefficients = {}
    for i, w in node.linear:
        if w < 0 and (i == form.n_rows or form.row_sense[i] != "="):
            raise NoInequalityError(f"the weight {w} of the canonical row {i} is negative.")
        row = objective_row(form) if i == form.n_rows else form.A.rows[i]
        for j, a in row:
            total[j] = total.get(j, _ZERO) + w * a
    for w, part in node.parts:
        for j, a in made[part].items():
            total[j] = total.get(j, _ZERO) + w * a
    return total


def objective_row(form: CanonicalForm) -> Sequence[tuple[int, Fraction]]:
    """The row ``-c`` of the objective."""
    return [(j, -c) for j, c in enumerate(form.c) if c]


def _ceil(of: Coefficients, form: CanonicalForm) -> Coefficients:
    found: Coefficients = {}
    for j, a in of.items():
        if form.integer[j]:
            found[j] = Fraction(math.ceil(a))
        elif a > 0:
            raise NoInequalityError(
                f"a ceiling has the coefficient {a} on the continuous column {j}."
            )
    return found


def _rounding(
    f: Coefficients, g: Coefficients, r: Fraction, integer: Sequence[bool]
) -> Coefficients:
    found: Coefficients = {}
    for j in f.keys() | g.keys():
        a, b = f.get(j, _ZERO), g.get(j, _ZERO)
        found[j] = rounding(a - b, r) + b / r if integer[j] else max(a, b) / r
    return found
