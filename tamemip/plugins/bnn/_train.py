"""Training to optimality, or as far as a limit allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.plugins.bnn._first_network import first_networks, passed_on, single_neuron
from tamemip.plugins.bnn._fitted import FittedNetwork, network_of
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._objective_stages import INTERRUPTED
from tamemip.plugins.bnn._relaxed_neuron import RelaxedNeuron, relaxed_bound, relaxed_neuron
from tamemip.plugins.bnn._rounded_neuron import descended_from, rounded_neurons
from tamemip.plugins.bnn._trained import TrainedNetwork, TrainingProgress
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_program import refuse_mixed_regularization
from tamemip.plugins.bnn._training_search import TrainingSearch, allowed, better
from tamemip.solvers import Limits, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


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

    One neuron begins with its linear relaxation: rounded, it often is nearly the best one, and its
    multipliers are an exact bound by weak duality (`relaxed_bound`), known before any search.

    CP-SAT gets a model of its own: sums that are enforced by Boolean neurons in place of
    big-M rows, samples with the same features merged, features that are always 0 left
    out. It needs data that become moderate integers with a common denominator. Otherwise a
    solver in floats gets the training program; it cannot tell sums apart that differ by less than
    about a millionth of the largest ones. Where half a `gap` is that little, its network counts,
    but what it says about all networks does not: the status is then a limit. Both take one
    objective after another.

    Parameters
    ----------
    instance
        What is trained.
    limits
        When to stop. At a limit, or after Ctrl-C, the best network so far is the answer.
    solver
        ``"cp-sat"``, another one that `tamemip.solve` knows, or ``"auto"``: CP-SAT where the
        data allow it, else SCIP. For one neuron whose right samples are not counted, CP-SAT
        begins, and SCIP gets the rest of the time if that is enough to write the program down:
        its relaxations are strong there.
    start
        A network to begin with. If the instance allows it, the answer is no worse. Otherwise
        a single neuron is rounded from its relaxation, and hidden layers pass on one that
        coordinate descent finds.
    progress
        Is called with the first network, and each new value or bound of CP-SAT.
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
    relaxed = _relaxed(search)
    if relaxed is not None:
        utmost = relaxed_bound(instance, relaxed.multipliers)
        search = replace(search, utmost=utmost)
    first = _first(search, start, relaxed)
    search.tell(first)
    if first is not None and first.value == search.first_bound:
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
    is_taken_over = _suits_scip(search)
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


def _suits_scip(search: TrainingSearch) -> bool:
    """Whether SCIP's relaxations are strong, and there is time to write the program down."""
    instance = search.instance
    if instance.hidden or "max-correct" in instance.objectives:
        return False
    entries = 2 * instance.n_samples * (instance.n_inputs + 1)
    seconds = search.left.seconds
    return seconds is None or entries <= _ENTRIES_A_SECOND * seconds


_ENTRIES_A_SECOND = 2_000
"""Writing takes 1 s for 25,000 entries of the matrix; it should be a small part of the time."""
_FIRST_SHARE = 0.3
_FIRST_CONFLICTS = 20_000
"""So much of the time, or so many conflicts, until SCIP takes over."""


def _relaxed(search: TrainingSearch) -> RelaxedNeuron | None:
    """The linear relaxation of one neuron."""
    if search.instance.hidden or search.left.seconds == 0:
        return None
    seconds = search.left.seconds
    return relaxed_neuron(search.instance, seconds=None if seconds is None else _SHARE * seconds)


def _first(
    search: TrainingSearch, start: BinarizedNetwork | None, relaxed: RelaxedNeuron | None
) -> FittedNetwork | None:
    """The user's network if it is allowed, or the best that is known without a long search."""
    instance, limits = search.instance, search.limits
    own = None if start is None else allowed(instance, start)
    if own is not None:
        return own
    if relaxed is not None:
        return _near(instance, relaxed)
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


def _near(instance: NetworkTraining, relaxed: RelaxedNeuron) -> FittedNetwork | None:
    """The best allowed neuron near the relaxed one."""
    best, last = None, None
    for last in rounded_neurons(instance, relaxed.weights):
        best = better(instance, best, _neuron(instance, last))
    if best is None and last is not None:
        best = _neuron(instance, descended_from(instance, last))
    return best


def _neuron(instance: NetworkTraining, weights: Integers) -> FittedNetwork | None:
    return allowed(instance, network_of(instance, weights.tolist()))


_SHARE = 0.3
_CONFLICTS = 5000
"""So much of the time, and so many conflicts, may go into a single neuron to begin with."""
