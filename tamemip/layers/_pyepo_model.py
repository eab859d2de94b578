"""A program as a model of PyEPO."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyepo import EPO  # type: ignore[import-not-found]  # not needed for checks
from pyepo.model.opt import optModel  # type: ignore[import-not-found]  # not needed for checks
from pyepo.utils import costToNumpy  # type: ignore[import-not-found]  # not needed for checks

from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Solver, Status, solve


class ProgramModel(optModel):  # type: ignore[misc]  # PyEPO is untyped where it is absent
    """A program that PyEPO gives costs to."""

    def __init__(
        self,
        program: MixedIntegerProgram,
        solver: str | Solver = "auto",
        limits: Limits | None = None,
    ) -> None:
        self.program, self.solver, self.limits = program, solver, limits
        self.modelSense = EPO.MINIMIZE if program.sense == "min" else EPO.MAXIMIZE
        self.n_solves = 0
        self._costs: list[float] = [0.0] * program.n_cols
        super().__init__()

    def _getModel(self) -> tuple[Any, Any]:
        return self.program, list(self.program.col_names)

    @property
    def num_cost(self) -> int:
        """Number of costs: all columns have one."""
        return self.program.n_cols

    def setObj(self, c: Any) -> None:
        """Set the costs of all columns."""
        costs = np.asarray(costToNumpy(c)).ravel()
        if len(costs) != self.num_cost:
            raise InvalidInputError(f"{len(costs)} costs were given, {self.num_cost} are needed.")
        self._costs = list(costs)

    def solve(self) -> tuple[Any, float]:
        """An optimal point and its cost, without the program's offset."""
        program = self.program.with_cost(self._costs)
        self.n_solves += 1
        claim = solve(program, solver=self.solver, limits=self.limits)
        if claim.status is not Status.OPTIMAL or claim.point is None:
            raise NotAllowedError(f"{program!r} has no optimal point to give to PyEPO: {claim}.")
        return np.array(claim.point), claim.value - float(program.offset)

    def addConstr(self, coefs: Any, rhs: float) -> ProgramModel:
        """The model with one more row, ``coefs x <= rhs``."""
        exact = self.program.exact
        rows = [dict(row) for row in exact.A.rows]
        dense = [[row.get(j, 0) for j in range(self.num_cost)] for row in rows]
        name = f"added{len(rows)}"
        program = MixedIntegerProgram.from_arrays(
            exact.c,
            [*dense, np.asarray(costToNumpy(coefs)).ravel().tolist()],
            [*exact.row_sense, "<="],
            [*exact.rhs, rhs],
            lower=exact.lower,
            upper=exact.upper,
            integrality=exact.integer,
            sense=exact.sense,
            row_names=[*self.program.row_names, name],
            col_names=self.program.col_names,
            offset=exact.offset,
            name=self.program.name,
        )
        return ProgramModel(program, self.solver, self.limits)

    def relax(self) -> ProgramModel:
        """The model without integrality."""
        return ProgramModel(self.program.relax(), self.solver, self.limits)

    def __repr__(self) -> str:
        return f"ProgramModel({self.program!r})"
