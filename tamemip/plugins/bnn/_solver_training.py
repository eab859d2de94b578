"""Training by a solver in floats, one objective after another.

The sum of several objectives has factors that go up to the product of all denominators: exact
for proofs, and beyond the digits of a float. So here each objective is a program of its own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never, final

from tamemip.arithmetic import rationalize
from tamemip.certificates import ExactMatrix
from tamemip.plugins.bnn._assessment import is_better_greater, value_unit
from tamemip.plugins.bnn._encoding import encode
from tamemip.plugins.bnn._fitted import decode
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._objective_stages import StagedAnswer, StageRun, in_stages, share_of
from tamemip.plugins.bnn._training import NetworkTraining, Objective
from tamemip.plugins.bnn._training_layers import weight_names
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Status, solve


@final
@dataclass(frozen=True, slots=True)
class FloatSearch:
    """How to search.

    Attributes
    ----------
    program
        The training program, with all objectives in one sum.
    solver
        A solver that `tamemip.solve` knows.
    limits
        Limits of all searches together.
    threads
        Threads of the solver.
    """

    program: MixedIntegerProgram
    solver: str
    limits: Limits
    threads: int


def train_by_solver(
    instance: NetworkTraining, search: FloatSearch, *, start: BinarizedNetwork | None = None
) -> StagedAnswer:
    """Look for the best network by the first objective, then the next among these, and so on.

    Raises
    ------
    SolverError
        If the solver fails. Whether its network is allowed, exactly, is not looked at.
    UnsupportedError
        If it does not take the program.
    """
    began = time.perf_counter()
    columns = search.program.col_names

    def run(rank: int, best: BinarizedNetwork | None, fixed: Sequence[Fraction]) -> StageRun:
        left = search.limits.after(time.perf_counter() - began)
        claim = solve(
            stage_program(instance, search.program, fixed),
            solver=search.solver,
            limits=share_of(left, instance, rank),
            hint=None if best is None else encode(instance, best, columns),
            threads=search.threads,
        )
        unit = value_unit(instance, instance.objectives[rank])
        is_greater = is_better_greater(instance.objectives[rank])
        bound = bound_of_claim(claim.bound, unit, is_greater=is_greater)
        is_final = claim.status in (Status.OPTIMAL, Status.INFEASIBLE)
        if is_final and is_beyond_floats(instance):
            network = (
                None if claim.point is None else decode(instance, claim.point.tolist()).network
            )
            return StageRun(Status.LIMIT, network, None, BEYOND_FLOATS, claim.solver)
        if claim.point is None:
            return StageRun(claim.status, None, bound, claim.reason, claim.solver)
        found = decode(instance, claim.point.tolist())
        is_off = not agrees(claim.value, found.values[rank])
        if is_off or list(found.values[:rank]) != list(fixed):
            return StageRun(Status.LIMIT, found.network, bound, _TOO_NEAR, claim.solver)
        if claim.status is Status.OPTIMAL and not left.gap:
            bound = found.values[rank]
        return StageRun(claim.status, found.network, bound, claim.reason, claim.solver)

    return in_stages(instance, run, start=start)


BEYOND_FLOATS = "sums and gaps differ in size by more than a solver in floats can tell"


def is_beyond_floats(instance: NetworkTraining) -> bool:
    """Whether half a gap is within the tolerance of a solver beside the largest possible sum.

    Rows that are switched off are as long as that sum. Then networks may be overlooked, and what
    such a solver says about all networks is not passed on.

    Examples
    --------
    >>> [is_beyond_floats(NetworkTraining([[size]], [1])) for size in (1000, 1000000)]
    [False, True]
    """
    most = max(sum(map(abs, sample)) for sample in instance.X) + 1
    return rationalize(_TOLERANCE) * most * instance.largest >= instance.gap / 2


_TOO_NEAR = "values are nearer to each other than a solver in floats can tell"


def agrees(claimed: float, exact: Fraction) -> bool:
    """Whether a value that a solver claims is that of its network, as far as floats can tell."""
    return abs(claimed - float(exact)) <= _TOLERANCE * max(1.0, abs(float(exact)))


_TOLERANCE = 1e-6


def bound_of_claim(claimed: float, unit: int, *, is_greater: bool) -> Fraction | None:
    """A bound in floats, as a multiple of ``1 / unit`` like all values; None if there is none.

    The claim is loosened by the tolerance first: it is not to cut off a value that is no float.

    Examples
    --------
    >>> bound_of_claim(3.6666666666666665, 3, is_greater=True)
    Fraction(11, 3)
    """
    if not math.isfinite(claimed):
        return None
    room = rationalize(_TOLERANCE * max(1.0, abs(claimed)))
    if is_greater:
        return Fraction(math.floor((rationalize(claimed) + room) * unit), unit)
    return Fraction(math.ceil((rationalize(claimed) - room) * unit), unit)


def stage_program(
    instance: NetworkTraining, program: MixedIntegerProgram, fixed: Sequence[Fraction]
) -> MixedIntegerProgram:
    """The program with the objective after the fixed ones, and a row for each of these.

    Examples
    --------
    >>> from tamemip.plugins.bnn._training_program import training_program
    >>> instance = NetworkTraining([[1]], [1], objective=("max-correct", "min-weight"))
    >>> program = training_program(instance, moves=("label",), room=0).program
    >>> stage = stage_program(instance, program, [Fraction(1)])
    >>> stage.sense, stage.row_names[-1], [str(c) for c in stage.exact.c]
    ('min', 'keep[0]', ['1', '1', '1', '1', '0'])
    """
    exact = program.exact
    names = instance.objectives
    rank = len(fixed)
    costs = [0] * program.n_cols
    for j in _columns(instance, program, names[rank]):
        costs[j] = 1
    rows = list(exact.A.rows)
    for name in names[:rank]:
        rows.append(tuple((j, Fraction(1)) for j in _columns(instance, program, name)))
    senses = [">=" if is_better_greater(name) else "<=" for name in names[:rank]]
    return MixedIntegerProgram.from_arrays(
        costs,
        ExactMatrix(tuple(rows), program.n_cols),
        [*program.row_sense, *senses],
        [*exact.rhs, *fixed],
        lower=exact.lower,
        upper=exact.upper,
        integrality=exact.integer,
        sense="max" if is_better_greater(names[rank]) else "min",
        row_names=[*program.row_names, *(f"keep[{k}]" for k in range(rank))],
        col_names=program.col_names,
        name=program.name,
    )


def _columns(instance: NetworkTraining, program: MixedIntegerProgram, name: Objective) -> list[int]:
    """The columns whose sum is an objective, in rising order."""
    match name:
        case "min-weight":
            return list(range(2 * len(weight_names(instance))))
        case "max-correct":
            prefix = "counted["
        case "hinge":
            prefix = "slack["
        case "max-margin":
            prefix = "margin["
        case _:
            assert_never(name)
    return [j for j, column in enumerate(program.col_names) if column.startswith(prefix)]
