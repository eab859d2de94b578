"""Read the solver model inside of a model of PyEPO.

Which column a predicted cost belongs to is found by probing: the costs 1, 2, 3, ... are set, and
the objective is read; then zeros, and it is read again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from tamemip.certificates import ExactMatrix
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.programs import MixedIntegerProgram, ParametricProgram, from_pyomo

_GUROBI_SENSE = {"<": "<=", ">": ">=", "=": "="}


def read_model(model: Any) -> MixedIntegerProgram | ParametricProgram:
    """The program of an ``optModel``: see `tamemip.layers.pyepo.from_pyepo`."""
    own = getattr(model, "program", None)
    if isinstance(own, MixedIntegerProgram):
        return own
    if not hasattr(model, "setObj") or not hasattr(model, "_model"):
        raise InvalidInputError(f"{model!r} is no optModel of PyEPO: it has no setObj and _model.")
    count = int(model.num_cost)
    model.setObj([float(k + 1) for k in range(count)])
    probed = _read(model)
    model.setObj([0.0] * count)
    plain = _read(model)
    owner = [
        _owner(high - low, count, name)
        for high, low, name in zip(probed.exact.c, plain.exact.c, plain.col_names, strict=True)
    ]
    if sorted(k for k in owner if k is not None) == list(range(count)):
        return _reordered(plain, owner, count)
    slopes = [[1 if owner[j] == k else 0 for k in range(count)] for j in range(plain.n_cols)]
    return ParametricProgram(plain, c=slopes, names=[f"cost{k}" for k in range(count)])


def _owner(difference: Fraction, count: int, column: str) -> int | None:
    """Which predicted cost a column has; None if it has none."""
    if difference == 0:
        return None
    if difference.denominator == 1 and 1 <= difference <= count:
        return int(difference) - 1
    raise UnsupportedError(
        f"column {column!r} has the cost {difference} where the predicted costs are 1, 2, 3, ...: "
        "it mixes several of them. Build a ParametricProgram for it."
    )


def _reordered(
    program: MixedIntegerProgram, owner: Sequence[int | None], count: int
) -> MixedIntegerProgram:
    """The program with the columns of the predicted costs in front."""
    place = {k: j for j, k in enumerate(owner) if k is not None}
    order = [place[k] for k in range(count)] + [j for j, k in enumerate(owner) if k is None]
    new = {j: k for k, j in enumerate(order)}
    exact = program.exact
    rows = tuple(tuple(sorted((new[j], v) for j, v in row)) for row in exact.A.rows)
    moved = replace(
        exact,
        c=tuple(exact.c[j] for j in order),
        A=ExactMatrix(rows, exact.A.n_cols),
        lower=tuple(exact.lower[j] for j in order),
        upper=tuple(exact.upper[j] for j in order),
        integer=tuple(exact.integer[j] for j in order),
    )
    names = tuple(program.col_names[j] for j in order)
    return MixedIntegerProgram(moved, program.row_names, names, program.name)


def _read(model: Any) -> MixedIntegerProgram:
    inner = model._model
    module = type(inner).__module__
    if module.startswith("gurobipy"):
        return _from_gurobi(inner)
    if "linear_solver" in module or "pywraplp" in module:
        return _from_ortools(inner, is_maximum=int(model.modelSense) == -1)
    if module.startswith("pyomo"):
        return from_pyomo(inner)
    raise UnsupportedError(
        f"the model holds a {module}.{type(inner).__name__}; Gurobi, OR-Tools (pywraplp) and Pyomo "
        "models can be read. Write it to an .mps file and use tm.read."
    )


def _from_gurobi(model: Any) -> MixedIntegerProgram:
    model.update()
    odd = model.NumQConstrs + model.NumSOS + model.NumGenConstrs + model.IsQP
    if odd or model.Params.LazyConstraints:
        raise UnsupportedError(
            "the Gurobi model has quadratic, SOS, general or lazy constraints: it is no "
            "mixed-integer linear program that can be read."
        )
    columns, rows = model.getVars(), model.getConstrs()
    kinds = model.getAttr("VType", columns)
    if not set(kinds) <= {"B", "I", "C"}:
        raise UnsupportedError("the Gurobi model has semicontinuous columns.")
    return MixedIntegerProgram.from_arrays(
        model.getAttr("Obj", columns),
        model.getA(),
        [_GUROBI_SENSE[s] for s in model.getAttr("Sense", rows)],
        model.getAttr("RHS", rows),
        lower=[_bound(v) for v in model.getAttr("LB", columns)],
        upper=[_bound(v) for v in model.getAttr("UB", columns)],
        integrality=[kind != "C" for kind in kinds],
        sense="max" if model.ModelSense == -1 else "min",
        row_names=_distinct(model.getAttr("ConstrName", rows)),
        col_names=_distinct(model.getAttr("VarName", columns)),
        offset=model.ObjCon,
    )


def _from_ortools(solver: Any, *, is_maximum: bool) -> MixedIntegerProgram:
    columns, objective = solver.variables(), solver.Objective()
    matrix, senses, rhs = [], [], []
    for row in solver.constraints():
        entries = [row.GetCoefficient(v) for v in columns]
        low, high = _bound(row.lb()), _bound(row.ub())
        sides = [("=", low)] if low == high else [(">=", low), ("<=", high)]
        for sense, side in sides:
            if math.isfinite(side):
                matrix.append(entries)
                senses.append(sense)
                rhs.append(side)
    return MixedIntegerProgram.from_arrays(
        [objective.GetCoefficient(v) for v in columns],
        matrix,
        senses,
        rhs,
        lower=[_bound(v.lb()) for v in columns],
        upper=[_bound(v.ub()) for v in columns],
        integrality=[bool(v.integer()) for v in columns],
        sense="max" if is_maximum else "min",
        col_names=_distinct([v.name() for v in columns]),
        offset=objective.offset(),
    )


def _bound(value: float) -> float:
    """Solvers write infinity as 1e20 or more."""
    return math.copysign(math.inf, value) if abs(value) >= 1e20 else float(value)


def _distinct(names: Sequence[str]) -> list[str] | None:
    return list(names) if len(set(names)) == len(names) and all(names) else None
