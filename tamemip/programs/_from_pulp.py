"""Programs from PuLP."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from tamemip.arithmetic import rationalize
from tamemip.certificates import RowSense
from tamemip.errors import InvalidInputError
from tamemip.programs import _importers
from tamemip.programs._draft import Draft, DraftRow
from tamemip.programs._program import MixedIntegerProgram

_SENSES: dict[int, RowSense] = {-1: "<=", 0: "=", 1: ">="}


def from_pulp(model: object) -> MixedIntegerProgram:
    """Read a ``pulp.LpProblem``.

    Floats enter as the decimals they print; names are PuLP's.

    Raises
    ------
    InvalidInputError
        If it is no such problem, or has a number that is not finite.
    UnsupportedError
        If it has special ordered sets or fraction constraints.
    """
    pulp = _importers.require("pulp", "interop")
    _importers.require_type(model, pulp.LpProblem, "from_pulp")
    problem: Any = model
    if problem.sos1 or problem.sos2:
        raise _importers.not_linear("PuLP", "special ordered sets")
    draft = Draft(name=str(problem.name or ""))
    draft.sense = _importers.sense_of(maximize=problem.sense == pulp.LpMaximize)
    columns: dict[int, int] = {}
    for j, variable in enumerate(problem.variables()):
        columns[id(variable)] = j
        is_integer = variable.cat != pulp.LpContinuous
        bounds = variable.lowBound, variable.upBound
        _importers.add_column(draft, variable.name, *bounds, is_integer=is_integer)
    if problem.objective is not None:
        draft.offset = rationalize(problem.objective.constant, what="the objective constant")
        for variable, value in problem.objective.items():
            _importers.add_cost(draft, columns[id(variable)], value)
    for constraint in _constraints(problem):
        if not isinstance(constraint, pulp.LpConstraint):
            kind = type(constraint).__name__
            raise _importers.not_linear("PuLP", f"the {kind} {constraint.name!r}")
        draft.rows.append(_row(str(constraint.name), constraint, columns))
    return draft.program()


def _constraints(problem: Any) -> Iterable[Any]:
    """A mapping by name up to PuLP 3, and a method that returns a list from PuLP 4 on."""
    given = problem.constraints
    listed: Iterable[Any] = given() if callable(given) else given.values()
    return listed


def _row(name: str, constraint: Any, columns: dict[int, int]) -> DraftRow:
    entries: dict[int, Fraction] = {}
    for variable, value in constraint.items():
        what = f"row {name!r}, column {variable.name!r}"
        entries[columns[id(variable)]] = rationalize(value, what=what)
    if math.isinf(constraint.constant):
        raise InvalidInputError(f"row {name!r} has an infinite right-hand side; drop it.")
    rhs = -rationalize(constraint.constant, what=f"the right-hand side of row {name!r}")
    return DraftRow(name, _SENSES[constraint.sense], rhs, None, entries)
