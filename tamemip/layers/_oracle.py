"""Solve the items of a batch: once each, with one linear program for the duals."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias, final

import numpy as np

from tamemip.errors import NotAllowedError, SolverError, TameMIPError
from tamemip.layers._answer import Answer, ItemFlags
from tamemip.layers._data import Arrays, LayerData
from tamemip.layers._suspicions import jump_reason, tie_reason
from tamemip.layers._vertex import Vertex
from tamemip.solvers import Limits, LPEngine, LPStatus, Solver, Status, run_all, solve, split_evenly

if TYPE_CHECKING:
    from tamemip.layers._answer import Floats
    from tamemip.programs import MixedIntegerProgram
    from tamemip.solvers import Basis, Claim

#: What becomes of an item without a finite value.
IfInfeasible: TypeAlias = Literal["raise", "inf"]
Key: TypeAlias = "tuple[bytes, ...]"

_LP_STATUS = {
    LPStatus.OPTIMAL: Status.OPTIMAL,
    LPStatus.INFEASIBLE: Status.INFEASIBLE,
    LPStatus.UNBOUNDED: Status.UNBOUNDED,
    LPStatus.ITERATION_LIMIT: Status.LIMIT,
}


@final
@dataclass(frozen=True)
class Plan:
    """How every item is solved."""

    data: LayerData
    solver: str | Solver
    limits: Limits | None
    infeasible: IfInfeasible
    with_cells: bool


@final
@dataclass(frozen=True, eq=False)
class Item:
    """One item: where it stands in the batch (None: there is no batch), and its data."""

    index: int | None
    arrays: Arrays
    hint: Floats | None


@final
class Oracle:
    """Answers for batches, with a memory of those that were given.

    Attributes
    ----------
    n_solves
        Solver calls so far; the linear programs for the duals are not counted, but linear
        programs without integers are.
    """

    def __init__(
        self, plan: Plan, *, executor: Executor | None, cache: int, warm_start: bool
    ) -> None:
        self.plan, self.executor = plan, executor
        self.n_solves = 0
        self._capacity, self._warm_start = cache, warm_start
        self._memory: OrderedDict[Key, Answer] = OrderedDict()
        self._last: dict[int, Floats] = {}
        self._engines = threading.local()

    def __getstate__(self) -> dict[str, object]:
        """Pickle the plan; executor, memory and warm starts stay behind."""
        return {"plan": self.plan, "cache": self._capacity, "warm_start": self._warm_start}

    def __setstate__(self, state: dict[str, object]) -> None:
        plan, cache, warm = state["plan"], state["cache"], state["warm_start"]
        assert isinstance(plan, Plan)
        assert isinstance(cache, int)
        assert isinstance(warm, bool)
        Oracle.__init__(self, plan, executor=None, cache=cache, warm_start=warm)

    def answers(self, batch: Sequence[Arrays], labels: Sequence[int | None]) -> list[Answer]:
        """One answer an item; equal items are solved once.

        Parameters
        ----------
        batch
            The data of the items.
        labels
            What an error calls each item: its index in the user's batch, None for no batch.

        Raises
        ------
        TameMIPError
            Of the first item that fails; the message begins with its index.
        """
        keys = [_key(arrays) for arrays in batch]
        known = {key: self._memory[key] for key in keys if key in self._memory}
        wanted = [k for k, key in enumerate(keys) if key not in known and keys.index(key) == k]
        items = [
            Item(labels[k], batch[k], self._last.get(k) if self._warm_start else None)
            for k in wanted
        ]
        for k, answer in zip(wanted, self._solved(items), strict=True):
            known[keys[k]] = answer
        for k, key in enumerate(keys):
            self._remember(k, key, known[key])
        return [known[key] for key in keys]

    def points_so_far(self) -> Floats | None:
        """Solutions in memory, without slacks, one a row; None if there are none."""
        points = {
            a.point.tobytes(): a.point for a in self._memory.values() if math.isfinite(a.value)
        }
        return np.array(list(points.values())) if points else None

    def _solved(self, items: Sequence[Item]) -> list[Answer]:
        self.n_solves += len(items)
        if self.executor is None:
            if not hasattr(self._engines, "own"):
                self._engines.own = FibreEngine(self.plan)
            return [self._engines.own.answer(item) for item in items]
        shares = split_evenly(items)
        return [
            a
            for share in run_all(partial(_answer_share, self.plan), shares, self.executor)
            for a in share
        ]

    def _remember(self, k: int, key: Key, answer: Answer) -> None:
        if answer.flags.status is Status.OPTIMAL:
            self._last[k] = answer.full_point
        if self._capacity:
            self._memory[key] = answer
            self._memory.move_to_end(key)
            if len(self._memory) > self._capacity:
                self._memory.popitem(last=False)


def _answer_share(plan: Plan, share: Sequence[Item]) -> list[Answer]:
    engine = FibreEngine(plan)
    return [engine.answer(item) for item in share]


def _key(arrays: Arrays) -> Key:
    return tuple(
        b"%s:%s" % (a.dtype.str.encode(), np.ascontiguousarray(a).tobytes()) for a in arrays
    )


@final
class FibreEngine:
    """Solves one item after the other, with one linear-programming engine for all duals."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._engine: LPEngine | None = None
        self._start: Basis | None = None

    def answer(self, item: Item) -> Answer:
        """The answer for one item; an error names it."""
        try:
            return self._answer(self.plan.data.at(item.arrays), item.hint)
        except TameMIPError as error:
            if item.index is not None and error.args:
                error.args = (f"batch item {item.index}: {error.args[0]}", *error.args[1:])
            raise

    def _answer(self, program: MixedIntegerProgram, hint: Floats | None) -> Answer:
        if not program.integrality.any() and self.plan.solver in ("auto", "highs"):
            if self.plan.limits is None:
                return self._linear(program)
        claim = solve(program, solver=self.plan.solver, limits=self.plan.limits, hint=hint)
        if claim.status is not Status.OPTIMAL or claim.point is None:
            return self._without_point(program, claim.status, claim)
        if program.integrality.all():
            x = np.rint(claim.point)
            return self._finished(program, x, np.zeros(program.n_rows), claim.value)
        lower = np.where(program.integrality, np.rint(claim.point), program.lower)
        upper = np.where(program.integrality, lower, program.upper)
        status, engine = self._run(program, lower, upper)
        if status is not LPStatus.OPTIMAL:
            return self._on_the_border(program, claim)
        return self._finished(program, *_pair(program, engine))

    def _linear(self, program: MixedIntegerProgram) -> Answer:
        status, engine = self._run(program, program.lower, program.upper)
        if status is not LPStatus.OPTIMAL:
            return self._without_point(program, _LP_STATUS[status], None)
        return self._finished(program, *_pair(program, engine))

    def _run(
        self, program: MixedIntegerProgram, lower: Floats, upper: Floats
    ) -> tuple[LPStatus, LPEngine]:
        """Solve the linear program, from one and the same basis for every item."""
        engine = self._engine
        if engine is None or "A" in self.plan.data.moved:
            engine = self._engine = LPEngine(program)
            self._start = None
        engine.set_cost(program.c if program.sense == "min" else -program.c)
        engine.set_rhs(program.rhs)
        engine.set_bounds(lower, upper)
        if self._start is not None:
            engine.set_basis(self._start)
        status = engine.solve()
        if self._start is None:
            self._start = engine.basis()
        return status, engine

    # -- endings ---------------------------------------------------------------------------

    def _finished(self, program: MixedIntegerProgram, x: Floats, y: Floats, value: float) -> Answer:
        vertex = Vertex(program, x + 0.0, y)
        n = self.plan.data.n
        flags = ItemFlags(
            Status.OPTIMAL,
            tie_reason(vertex),
            jump_reason(vertex, self.plan.data),
            vertex.is_degenerate,
        )
        return Answer(
            value,
            vertex.x[:n],
            vertex.duals(),
            vertex.by_lower()[:n],
            vertex.by_upper()[:n],
            flags,
            vertex.cell() if self.plan.with_cells else None,
            vertex.x,
        )

    def _on_the_border(self, program: MixedIntegerProgram, claim: Claim) -> Answer:
        """The integers of a claim are feasible by a tolerance only: there are no duals."""
        assert claim.point is not None
        n, m = self.plan.data.n, program.n_rows
        reason = "its integer part is feasible within a tolerance only"
        flags = ItemFlags(Status.OPTIMAL, "", reason, True)
        zeros = np.zeros(n)
        return Answer(
            claim.value, claim.point[:n], np.zeros(m), zeros, zeros, flags, None, claim.point
        )

    def _without_point(
        self, program: MixedIntegerProgram, status: Status, claim: Claim | None
    ) -> Answer:
        is_infinite = status in (Status.INFEASIBLE, Status.UNBOUNDED)
        if not is_infinite:
            if claim is None:
                raise SolverError(
                    "the linear program was not solved within the iteration limit.", solver="highs"
                )
            raise NotAllowedError(
                f"the solver stopped before the optimum was known ({claim}): there is no value to "
                "differentiate. Allow more, with limits=tm.Limits(seconds=...)."
            )
        worst = math.inf if program.sense == "min" else -math.inf
        value = worst if status is Status.INFEASIBLE else -worst
        if self.plan.infeasible == "raise":
            raise NotAllowedError(
                f"the program is {status.value}: its value is {value}, which has no derivative. "
                "Pass infeasible='inf' to get infinite values, or penalty=... for the elastic "
                "envelope, which is finite."
            )
        n = self.plan.data.n
        zeros, flags = np.zeros(n), ItemFlags(status, "", "", False)
        return Answer(value, zeros, np.zeros(program.n_rows), zeros, zeros, flags, None, zeros)


def _pair(program: MixedIntegerProgram, engine: LPEngine) -> tuple[Floats, Floats, float]:
    """Point, duals and value of a linear program that was solved."""
    sign = 1.0 if program.sense == "min" else -1.0
    x = engine.point()
    x = np.where(program.integrality, np.rint(x), np.clip(x, program.lower, program.upper))
    return x, engine.row_duals(), sign * engine.objective + float(program.offset)
