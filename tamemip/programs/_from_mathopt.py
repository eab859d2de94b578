"""Programs from OR-Tools MathOpt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamemip.arithmetic import rationalize, rationalize_bound
from tamemip.programs import _importers
from tamemip.programs._draft import Draft, distinct_names
from tamemip.programs._program import MixedIntegerProgram

if TYPE_CHECKING:
    from fractions import Fraction

_NOT_LINEAR = (
    "quadratic_constraints",
    "second_order_cone_constraints",
    "sos1_constraints",
    "sos2_constraints",
    "indicator_constraints",
    "auxiliary_objectives",
)


def from_mathopt(model: object) -> MixedIntegerProgram:
    """Read a model of ``ortools.math_opt.python.mathopt``.

    Floats enter as the decimals they print. Rows and columns without a name are called
    ``R0, R1, ...`` and ``x0, x1, ...``; a repeated name gets ``#`` and its position.
    A row with two sides becomes ``R`` (``>=``) and ``R::range`` (``<=``), one
    without any side is dropped.

    Parameters
    ----------
    model
        A ``mathopt.Model``.

    Raises
    ------
    InvalidInputError
        If it is no such model, or has a number that is not finite.
    UnsupportedError
        If it has quadratic terms, cones, special ordered sets, indicators or
        several objectives.

    Examples
    --------
    >>> from ortools.math_opt.python import mathopt
    >>> model = mathopt.Model(name="small")
    >>> x = model.add_integer_variable(lb=0, ub=4, name="x")
    >>> _ = model.add_linear_constraint(0.1 * x >= 0.25, name="low")
    >>> model.minimize(3 * x + 1)
    >>> print(from_mathopt(model))
    MixedIntegerProgram('small', min, 1 row, 1 column, 1 integer)
      min 3 x + 1
      low: 1/10 x >= 1/4
      0 <= x <= 4, integer
    """
    mathopt = _importers.require("ortools.math_opt.python.mathopt", "interop")
    _importers.require_type(model, mathopt.Model, "from_mathopt")
    proto: Any = model.export_model()  # type: ignore[attr-defined]  # checked just above
    _refuse(proto)
    draft = Draft(name=proto.name)
    columns = _columns(draft, proto)
    objective = proto.objective
    draft.sense = _importers.sense_of(maximize=objective.maximize)
    draft.offset = rationalize(objective.offset, what="the objective constant")
    costs = objective.linear_coefficients
    for key, value in zip(costs.ids, costs.values, strict=True):
        _importers.add_cost(draft, columns[key], value)
    _rows(draft, proto, columns)
    return draft.program()


def _refuse(proto: Any) -> None:
    if len(proto.objective.quadratic_coefficients.row_ids):
        raise _importers.not_linear("MathOpt", "a quadratic objective")
    for part in _NOT_LINEAR:
        if len(getattr(proto, part, ())):
            raise _importers.not_linear("MathOpt", part.replace("_", " "))


def _columns(draft: Draft, proto: Any) -> dict[int, int]:
    given = proto.variables
    names = distinct_names(given.names or [""] * len(given.ids), "x")
    rows = zip(names, given.lower_bounds, given.upper_bounds, given.integers, strict=True)
    for name, lower, upper, is_integer in rows:
        _importers.add_column(draft, name, lower, upper, is_integer=is_integer)
    return {key: j for j, key in enumerate(given.ids)}


def _rows(draft: Draft, proto: Any, columns: dict[int, int]) -> None:
    given, matrix = proto.linear_constraints, proto.linear_constraint_matrix
    names = distinct_names(given.names or [""] * len(given.ids), "R")
    entries: dict[int, dict[int, Fraction]] = {key: {} for key in given.ids}
    for row, col, value in zip(matrix.row_ids, matrix.column_ids, matrix.coefficients, strict=True):
        entries[row][columns[col]] = rationalize(value, what="a coefficient")
    rows = zip(given.ids, names, given.lower_bounds, given.upper_bounds, strict=True)
    for key, name, lower, upper in rows:
        low, up = rationalize_bound(lower, what=name), rationalize_bound(upper, what=name)
        draft.add_between(name, entries[key], low, up)
