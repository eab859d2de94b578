"""Programs from Pyomo."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, final

from tamemip.arithmetic import rationalize
from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError
from tamemip.programs import _importers
from tamemip.programs._draft import Draft, distinct_names
from tamemip.programs._program import MixedIntegerProgram
from tamemip.programs._pyomo_affine import Affine, affine

# Components that say nothing about the feasible points, or that are read here.
_HARMLESS = frozenset(
    {"Block", "Var", "Constraint", "Objective", "Expression", "Param", "Set", "RangeSet", "SetOf"}
    | {"Suffix", "BuildAction", "BuildCheck", "Any", "Reals"}
)


def from_pyomo(model: object) -> MixedIntegerProgram:
    """Read a Pyomo ``ConcreteModel`` or an instance of an ``AbstractModel``.

    Expressions are read in exact arithmetic, number by number, each float as the
    decimal it prints. Deactivated blocks and constraints are left out; a fixed
    variable is a column with equal bounds. A constraint with two sides becomes
    ``R`` (``>=``) and ``R::range`` (``<=``).

    Raises
    ------
    InvalidInputError
        If it is no such model, has no active objective, or a number is not finite.
    UnsupportedError
        If an expression is not affine, a domain has gaps, there are several
        objectives, or components such as special ordered sets, disjunctions or
        logical constraints.
    """
    pyomo = _importers.require("pyomo.environ", "interop")
    _importers.require_type(model, pyomo.Block, "from_pyomo")
    source: Any = model
    if not source.is_constructed():
        raise InvalidInputError(
            "the Pyomo model is abstract; call its create_instance() and hand in the result."
        )
    _refuse(source)
    return _PyomoReader(pyomo, source).read()


def _refuse(model: Any) -> None:
    for component in model.component_objects(active=True, descend_into=True):
        kind = component.ctype.__name__
        if kind not in _HARMLESS:
            raise _importers.not_linear("Pyomo", f"the {kind} {component.name!r}")


@final
class _PyomoReader:
    def __init__(self, pyomo: Any, model: Any) -> None:
        self.pyomo = pyomo
        self.model = model
        self.draft = Draft(name=str(model.name))
        self.columns: dict[int, int] = {}

    def read(self) -> MixedIntegerProgram:
        for variable in self._active(self.pyomo.Var):
            self._column(variable)
        self._objective()
        for constraint in self._active(self.pyomo.Constraint):
            self._row(constraint)
        # Variables of foreign blocks may have the names of our own.
        names = distinct_names((column.name for column in self.draft.columns), "x")
        for column, name in zip(self.draft.columns, names, strict=True):
            column.name = name
        return self.draft.program()

    def _active(self, kind: Any) -> Iterator[Any]:
        yield from self.model.component_data_objects(kind, active=True, descend_into=True)

    def _column(self, variable: Any) -> int:
        """The column of a variable; variables of foreign blocks are met in expressions."""
        j = self.columns.get(id(variable))
        if j is not None:
            return j
        j = self.columns[id(variable)] = len(self.draft.columns)
        lower, upper, is_integer = variable.lb, variable.ub, _is_integer(variable)
        if variable.fixed:
            if variable.value is None:
                raise InvalidInputError(f"variable {variable.name!r} is fixed without a value.")
            lower = upper = variable.value
            # A fixed variable is a constant to Pyomo, whatever its domain.
            is_integer &= rationalize(variable.value).denominator == 1
        _importers.add_column(self.draft, variable.name, lower, upper, is_integer=is_integer)
        return j

    def _objective(self) -> None:
        objectives = list(self._active(self.pyomo.Objective))
        if len(objectives) > 1:
            names = ", ".join(objective.name for objective in objectives)
            raise _importers.not_linear("Pyomo", f"several active objectives ({names})")
        if not objectives:
            raise InvalidInputError("the Pyomo model has no active objective.")
        (objective,) = objectives
        maximize = objective.sense == self.pyomo.maximize
        self.draft.sense = _importers.sense_of(maximize=maximize)
        found = affine(objective.expr, f"the objective {objective.name!r}")
        self.draft.offset = found.constant
        for j, value in self._entries(found).items():
            self.draft.columns[j].cost = value

    def _row(self, constraint: Any) -> None:
        name = constraint.name
        found = affine(constraint.body, f"constraint {name!r}")
        lower = _side(constraint.lower, -math.inf, name)
        upper = _side(constraint.upper, math.inf, name)
        shifted = lower - found.constant, upper - found.constant
        self.draft.add_between(name, self._entries(found), *shifted)

    def _entries(self, found: Affine) -> dict[int, Fraction]:
        return {
            self._column(variable): value
            for variable, value in zip(found.variables, found.coefficients, strict=True)
        }


def _side(expression: Any, infinite: float, name: str) -> Bound:
    if expression is None:
        return infinite
    found = affine(expression, f"a side of constraint {name!r}")
    if found.variables:
        raise _importers.not_linear("Pyomo", f"a variable side in constraint {name!r}")
    return found.constant


def _is_integer(variable: Any) -> bool:
    """Whether the domain is all integers of an interval; refuse domains with other gaps."""
    _, _, step = variable.domain.get_interval()
    if step not in (0, 1):
        raise _importers.not_linear(
            "Pyomo", f"the domain {variable.domain} of variable {variable.name!r}"
        )
    return bool(step == 1)
