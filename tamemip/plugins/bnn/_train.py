"""Training to optimality, or as far as a limit allows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.plugins.bnn._assessment import best_total
from tamemip.plugins.bnn._cp_training import INTERRUPTED
from tamemip.plugins.bnn._first_network import first_networks, passed_on, single_neuron
from tamemip.plugins.bnn._fitted import FittedNetwork
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._trained import TrainedNetwork, TrainingProgress
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_program import refuse_mixed_regularization
from tamemip.plugins.bnn._training_search import TrainingSearch, allowed, better
from tamemip.solvers import Limits, Status


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
        data allow it, else SCIP. For one neuron whose right samples are not counted, CP-SAT
        begins, and SCIP gets the rest of the time: its relaxations are strong there.
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
    refuse_mixed_regularization(instance)
    if workers < 1:
        raise InvalidInputError(f"workers is {workers!r}; a whole number from 1 on is needed.")
    search = TrainingSearch(instance, limits or Limits(), workers, seed, progress)
    first = _first(search, start)
    if first is not None and first.value == best_total(instance):
        return search.at_once(first, Status.OPTIMAL)
    if search.left.seconds == 0:
        return search.at_once(first, Status.LIMIT)
    match solver:
        case "auto":
            return _by_both(search, first)
        case "cp-sat":
            return search.by_cp(first, search.left)
        case _:
            return search.by_solver(first, solver)


def _by_both(search: TrainingSearch, first: FittedNetwork | None) -> TrainedNetwork:
    """CP-SAT; where relaxations are strong, SCIP takes over; where CP-SAT cannot, it is SCIP's."""
    instance = search.instance
    is_taken_over = not instance.hidden and "max-correct" not in instance.objectives
    left = search.left
    if is_taken_over:
        left = Limits(
            None if left.seconds is None else _FIRST_SHARE * left.seconds,
            _FIRST_CONFLICTS if left.nodes is None and left.seconds is None else left.nodes,
            left.gap,
            left.memory_mb,
        )
    try:
        found = search.by_cp(first, left)
    except UnsupportedError:
        return search.by_solver(first, "auto")
    is_over = found.status is not Status.LIMIT or found.reason.startswith(INTERRUPTED)
    if is_over or not is_taken_over or search.left.seconds == 0:
        return found
    return search.united(found, search.by_solver(found.fitted, "auto"))


_FIRST_SHARE = 0.3
_FIRST_CONFLICTS = 20_000
"""So much of the time, or so many conflicts, until SCIP takes over."""


def _first(search: TrainingSearch, start: BinarizedNetwork | None) -> FittedNetwork | None:
    """The user's network if it is allowed, or the best that is known without a long search."""
    instance, limits = search.instance, search.limits
    own = None if start is None else allowed(instance, start)
    if own is not None:
        return own
    best = None
    for network in first_networks(instance):
        best = better(instance, best, allowed(instance, network))
    if not instance.hidden or "min-weight" not in instance.objectives:
        return best
    # Few weights are found sooner for one neuron; then the layers pass it on.
    seconds = None if limits.seconds is None else _SHARE * limits.seconds
    few = Limits(seconds, _CONFLICTS, memory_mb=limits.memory_mb)
    neuron = train(single_neuron(instance), limits=few).network
    if neuron is None:
        return best
    row = np.concatenate([neuron.weights[0][0], neuron.biases[0]])
    return better(instance, best, allowed(instance, passed_on(instance, row)))


_SHARE = 0.3
_CONFLICTS = 5000
"""So much of the time, and so many conflicts, may go into a single neuron to begin with."""
