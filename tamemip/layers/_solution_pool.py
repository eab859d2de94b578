"""The solutions that a solver has shown so far: candidates for all costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.layers._data import read_layer
from tamemip.layers._oracle import Oracle, Plan
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Solver

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.layers._answer import Floats

#: Optimal solutions for costs, one a row.
Minimizer: TypeAlias = "Callable[[Floats], Floats]"


@final
class SolutionPool:
    """Distinct solutions of one program, in the order in which a solver showed them.

    The feasible set is one for all costs, so a solution that was found for some costs is a
    candidate for all others, and what it costs is known without another solve [1]_. Nothing is
    forgotten.

    Parameters
    ----------
    program
        A program, whose costs are not fixed.
    oracle
        What solves instead of a solver: it gets costs of shape ``(k, n)``, and returns optimal
        solutions of the same shape. They are taken as they are.
    solver, limits
        See `tamemip.solve`.
    executor
        Any `concurrent.futures.Executor`, for the rows of costs.

    Attributes
    ----------
    n_solves
        Solver calls so far; every row that an `oracle` gets is one.

    References
    ----------
    .. [1] M. Mulamba, J. Mandi, M. Diligenti, M. Lombardi, V. Bucarey, T. Guns, "Contrastive
       losses and solution caching for predict-and-optimize", IJCAI 2021, 2833-2840.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([1, 1], [[1, 1]], "=", [1], upper=1)
    >>> pool = SolutionPool(p)
    >>> pool.grow(np.array([[2.0, 1.0], [3.0, 1.0], [1.0, 3.0]])).tolist()
    [[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]
    >>> pool.points.tolist(), pool.n_solves
    ([[0.0, 1.0], [1.0, 0.0]], 3)
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        *,
        oracle: Minimizer | None = None,
        solver: str | Solver = "auto",
        limits: Limits | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.program = program
        data = read_layer(program, "c", None)
        plan = Plan(data, solver, limits, "raise", with_cells=False)
        self._solver = Oracle(plan, executor=executor, cache=0, warm_start=False)
        self._oracle, self._asked = oracle, 0
        self._points: dict[bytes, Floats] = {}
        self._known: set[bytes] = set()
        self._matrix: Floats = np.zeros((0, program.n_cols))

    @property
    def n_solves(self) -> int:
        """Solver calls so far."""
        return self._asked + self._solver.n_solves

    @property
    def points(self) -> Floats:
        """The solutions: an array of shape ``(k, n)``, one a row."""
        if len(self._matrix) < len(self._points):
            self._matrix = np.array(list(self._points.values()))
            self._matrix.flags.writeable = False
        return self._matrix

    def __len__(self) -> int:
        """Number of solutions."""
        return len(self._points)

    def __repr__(self) -> str:
        return f"<SolutionPool: {len(self)} solutions from {self.n_solves} solves>"

    def knows(self, costs: Floats) -> list[bool]:
        """Whether costs, one a row, were solved for.

        Costs that are float32 numbers count as known too if they are known costs, rounded to such.
        """
        wide = np.asarray(costs, dtype=np.float64)
        narrow = _rounded(wide)
        is_narrow = (narrow == wide).all(axis=1).tolist()
        return [
            exact in self._known or (is_own and rounded in self._known)
            for exact, rounded, is_own in zip(_keys(wide), _keys(narrow), is_narrow, strict=True)
        ]

    def grow(self, costs: Floats, *, labels: Sequence[int | None] | None = None) -> Floats:
        """Solve for costs, one a row, and keep the solutions, which are returned.

        Parameters
        ----------
        costs
            Costs of shape ``(k, n)``.
        labels
            What an error calls each row. None: its number.

        Raises
        ------
        InvalidInputError
            If a shape does not fit, or something is not finite.
        TameMIPError
            If a row has no optimal solution; the message names it.
        """
        costs = np.asarray(costs, dtype=np.float64)
        self._check(costs, "costs")
        if self._oracle is None:
            called = list(range(len(costs))) if labels is None else labels
            answers = self._solver.answers([(row,) for row in costs], called)
            found = np.array([a.point for a in answers]).reshape(costs.shape)
        else:
            self._asked += len(costs)
            found = np.asarray(self._oracle(costs), dtype=np.float64)
            if found.shape != costs.shape:
                raise InvalidInputError(
                    f"the oracle got costs of shape {costs.shape} and returned {found.shape}; one "
                    "solution a row is needed."
                )
        self.add(found, costs)
        return found

    def add(self, points: Floats, costs: Floats) -> None:
        """Keep points that are known to be optimal for costs, one a row; nothing is solved."""
        points = np.asarray(points, dtype=np.float64) + 0.0  # no negative zeros
        costs = np.asarray(costs, dtype=np.float64)
        self._check(points, "points")
        self._check(costs, "costs")
        for key, x in zip(_keys(points), points, strict=True):
            self._points.setdefault(key, x)
        self._known.update(_keys(costs), _keys(_rounded(costs)))

    def _check(self, rows: Floats, name: str) -> None:
        if rows.ndim != 2 or rows.shape[1] != self.program.n_cols:
            raise InvalidInputError(
                f"{name} have the shape {rows.shape}; (k, {self.program.n_cols}) is needed."
            )
        wrong = np.flatnonzero(~np.isfinite(rows).all(axis=1))
        if len(wrong):
            raise InvalidInputError(
                f"batch item {wrong[0]}: {name} are not finite: {rows[wrong[0]].tolist()}."
            )


def _rounded(rows: Floats) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # infinite numbers are never asked for
        return rows.astype(np.float32)


def _keys(rows: NDArray[np.float64] | NDArray[np.float32]) -> list[bytes]:
    together = rows.tobytes()
    width = len(together) // max(len(rows), 1)
    return [together[k * width : (k + 1) * width] for k in range(len(rows))]
