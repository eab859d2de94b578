"""Training to optimality, or as far as a limit allows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from tamemip.arithmetic import rationalize
from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError, SolverError, UnsupportedError
from tamemip.plugins.bnn._assessment import best_total, is_better_greater
from tamemip.plugins.bnn._cp_training import CpAnswer, Report, Search, train_by_cp
from tamemip.plugins.bnn._encoding import encode
from tamemip.plugins.bnn._first_network import first_networks, passed_on, single_neuron
from tamemip.plugins.bnn._fitted import FittedNetwork, decode, evaluate, fit_of
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._trained import TrainedNetwork, TrainingProgress
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_program import (
    Move,
    movable,
    refuse_mixed_regularization,
    training_program,
)
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Status, solve


def train(
    instance: NetworkTraining,
    *,
    limits: Limits | None = None,
    solver: str = "auto",
    start: BinarizedNetwork | None = None,
    progress: Callable[[TrainingProgress], None] | None = None,
    workers: int = 1,
    seed: int = 0,
) -> TrainedNetwork:
    """Look for the best network of an instance, and bound how good one can be.

    The network is checked against the instance, and its value is exact. The bound, and with it
    optimality or infeasibility, is what the solver claims: `prove_training` proves it.

    CP-SAT gets a model of its own: sums that are enforced by Boolean neurons in place of
    big-M rows, samples with the same features merged, features that are always 0 left
    out, one objective after another. It needs data that become moderate integers with a
    common denominator. Otherwise a solver in floats gets the training program.

    Parameters
    ----------
    instance
        What is trained.
    limits
        When to stop. At a limit, or after Ctrl-C, the best network so far is the answer.
    solver
        ``"cp-sat"``, another one that `tamemip.solve` knows, or ``"auto"``: CP-SAT where the
        data allow it, else SCIP.
    start
        A network to begin with. If the instance allows it, the answer is no worse. Otherwise
        a neuron that coordinate descent finds is passed on through the layers.
    progress
        Is called with each new value or bound (by CP-SAT only).
    workers
        Threads.
    seed
        Seed of CP-SAT's random choices. With one worker and no limit of time, the answer is
        the same each time.

    Raises
    ------
    InvalidInputError
        If ``start`` has other sizes, or a list of objectives comes with a regularization.
    UnsupportedError
        If CP-SAT is asked for, and the data are too large for it; or no solver takes the program.

    References
    ----------
    .. [1] R. Toro Icarte, L. Illanes, M. P. Castro, A. A. Cire, S. A. McIlraith and
       J. C. Beck, "Training binarized neural networks using MIP and CP", CP 2019, 401-417.

    Examples
    --------
    >>> corners = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
    >>> found = train(NetworkTraining(corners, [1, -1, -1, -1]))
    >>> found
    TrainedNetwork(optimal, value 3, bound 3, claimed)
    >>> print(found.fitted)
    4 of 4 labels right, min-weight 3
      layer 0, neuron 0: x0 + x1 - 1
    >>> train(NetworkTraining(corners, [-1, 1, 1, -1]))  # one neuron cannot do this
    TrainedNetwork(infeasible, value inf, bound inf, claimed)
    """
    began = time.perf_counter()
    limits = limits or Limits()
    refuse_mixed_regularization(instance)
    if workers < 1:
        raise InvalidInputError(f"workers is {workers!r}; a whole number from 1 on is needed.")
    first = _first(instance, start, limits)
    history: list[TrainingProgress] = []
    if first is not None and first.value == best_total(instance):
        return _at_once(instance, first, Status.OPTIMAL, began)
    if limits.seconds is not None and time.perf_counter() - began >= limits.seconds:
        return _at_once(instance, first, Status.LIMIT, began)
    if solver in ("auto", "cp-sat"):
        report = _listener(history, progress, began)
        left = limits.after(time.perf_counter() - began)
        search = Search(left, workers, seed, report)
        try:
            return _answered(
                instance,
                train_by_cp(instance, search, start=None if first is None else first.network),
                first,
                history,
                began,
            )
        except UnsupportedError:
            if solver == "cp-sat":
                raise
    return _claimed(instance, solver, first, limits, workers, began)


def _first(
    instance: NetworkTraining, start: BinarizedNetwork | None, limits: Limits
) -> FittedNetwork | None:
    """The user's network if it is allowed, or the best that is known without a long search."""
    own = None if start is None else allowed(instance, start)
    if own is not None:
        return own
    best = None
    for network in first_networks(instance):
        best = _better(instance, best, allowed(instance, network))
    if not instance.hidden or "min-weight" not in instance.objectives:
        return best
    # Few weights are found sooner for one neuron; then the layers pass it on.
    seconds = None if limits.seconds is None else _SHARE * limits.seconds
    few = Limits(seconds, _CONFLICTS, memory_mb=limits.memory_mb)
    neuron = train(single_neuron(instance), limits=few).network
    if neuron is None:
        return best
    row = np.concatenate([neuron.weights[0][0], neuron.biases[0]])
    return _better(instance, best, allowed(instance, passed_on(instance, row)))


_SHARE = 0.3
_CONFLICTS = 5000
"""So much of the time, and so many conflicts, may go into a single neuron to begin with."""


def allowed(instance: NetworkTraining, network: BinarizedNetwork) -> FittedNetwork | None:
    """What a network is worth; None if the instance does not allow it.

    Raises
    ------
    InvalidInputError
        If it does not have the instance's inputs and layers.
    """
    fitted = fit_of(instance, network)
    try:
        evaluate(instance, fitted)
    except InvalidInputError:
        return None
    return fitted


def solver_program(instance: NetworkTraining) -> MixedIntegerProgram:
    """The training program with as little room for data as possible: for solvers and proofs."""
    move = next(name for name in _LIGHTEST if name in movable(instance))
    return training_program(instance, moves=(move,), room=0).program


_LIGHTEST: tuple[Move, ...] = ("regularization", "margin", "label")
"""What may move without more columns, larger bounds, more rows: as far as possible."""


def _at_once(
    instance: NetworkTraining, first: FittedNetwork | None, status: Status, began: float
) -> TrainedNetwork:
    """The network to begin with, and the bound that no network can pass by its definition."""
    bound = best_total(instance)
    reason = "optimal" if status is Status.OPTIMAL else "time limit"
    seconds = time.perf_counter() - began
    return TrainedNetwork(instance, first, bound, status, seconds, reason, "coordinate descent")


def _listener(
    history: list[TrainingProgress],
    progress: Callable[[TrainingProgress], None] | None,
    began: float,
) -> Report:
    def report(value: float, bound: float) -> None:
        history.append(TrainingProgress(time.perf_counter() - began, value, bound))
        if progress is not None:
            progress(history[-1])

    return report


def _answered(
    instance: NetworkTraining,
    answer: CpAnswer,
    first: FittedNetwork | None,
    history: list[TrainingProgress],
    began: float,
) -> TrainedNetwork:
    """What CP-SAT found, examined."""
    status = answer.status
    found = None
    if answer.network is not None:
        found = fit_of(instance, answer.network)
        _require_allowed(instance, found, "cp-sat")
    if status is Status.INFEASIBLE and first is not None:
        raise SolverError(
            "CP-SAT says that no network is allowed, but the start is.", solver="cp-sat"
        )
    best = _better(instance, found, first)
    worst = _infinity(instance, is_best=False)
    bound: Bound = worst if answer.bound is None else answer.bound
    if best is not None and best.value == bound:
        status = Status.OPTIMAL
    reason = "optimal" if status is Status.OPTIMAL else answer.reason
    seconds = time.perf_counter() - began
    return TrainedNetwork(instance, best, bound, status, seconds, reason, "cp-sat", tuple(history))


def _claimed(
    instance: NetworkTraining,
    solver: str,
    first: FittedNetwork | None,
    limits: Limits,
    workers: int,
    began: float,
) -> TrainedNetwork:
    """What a solver in floats claims about the training program."""
    program = solver_program(instance)
    hint = None if first is None else encode(instance, first.network, program.col_names)
    left = limits.after(time.perf_counter() - began)
    claim = solve(program, solver=solver, limits=left, hint=hint, threads=workers)
    found = None
    if claim.point is not None:
        found = decode(instance, claim.point.tolist())
        _require_allowed(instance, found, claim.solver)
    best = _better(instance, found, first)
    bound: Bound = rationalize(claim.bound) if math.isfinite(claim.bound) else claim.bound
    if claim.status is Status.OPTIMAL and best is not None and not limits.gap:
        bound = best.value
    seconds = time.perf_counter() - began
    return TrainedNetwork(instance, best, bound, claim.status, seconds, claim.reason, claim.solver)


def _require_allowed(instance: NetworkTraining, found: FittedNetwork, solver: str) -> None:
    try:
        evaluate(instance, found)
    except InvalidInputError as error:
        raise SolverError(
            f"the network that {solver} found is not allowed, exactly: {error} Data of very "
            "different sizes lead to this: scale or round them.",
            solver=solver,
        ) from error


def _better(
    instance: NetworkTraining, found: FittedNetwork | None, first: FittedNetwork | None
) -> FittedNetwork | None:
    if found is None or first is None:
        return found or first
    sign = 1 if is_better_greater(instance.objectives[0]) else -1
    return first if sign * first.value > sign * found.value else found


def _infinity(instance: NetworkTraining, *, is_best: bool) -> float:
    return math.inf if is_better_greater(instance.objectives[0]) == is_best else -math.inf
