"""Proofs about training: how good a network can be, and how its value depends on the data."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from fractions import Fraction

from tamemip.arithmetic import Number
from tamemip.duality import dual_function
from tamemip.plugins.bnn._assessment import ROOM
from tamemip.plugins.bnn._fitted import FittedNetwork, decode, evaluate
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._trained import TrainedNetwork
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_program import MOVES, Move, training_program
from tamemip.plugins.bnn._training_search import allowed, solver_program
from tamemip.solvers import Limits, Status
from tamemip.tameness import Verdict, certify


def prove_training(
    instance: NetworkTraining,
    trained: TrainedNetwork | FittedNetwork | BinarizedNetwork | None = None,
    *,
    limits: Limits | None = None,
) -> TrainedNetwork:
    """Prove how good a network of an instance can be.

    A dual function of the training program bounds the value of every network, for the
    instance and for all other right-hand sides. Its certificate needs no solver to be
    checked. If the best network known reaches the bound, it is proved optimal;
    otherwise the gap that is left is proved.

    Parameters
    ----------
    instance
        What is trained.
    trained
        The network that is to be judged, if there is one. The better of it and what the proof
        finds on its way is the answer.
    limits
        When to stop; the bound then is what was proved until then.

    Returns
    -------
    TrainedNetwork
        With its `dual` and `certificate`; ``status`` is proved.

    Raises
    ------
    InvalidInputError
        If the instance does not allow the network; the message says why.
    SolverError
        If data are of such different sizes that no linear relaxation can be solved in floats.

    Examples
    --------
    >>> from tamemip import check
    >>> corners = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
    >>> proved = prove_training(NetworkTraining(corners, [1, -1, -1, -1]))
    >>> proved
    TrainedNetwork(optimal, value 3, bound 3, proved)
    >>> program = proved.dual.program
    >>> (program.exact.rhs, proved.value) in check(proved.certificate, program=program).tight_at
    True
    """
    began = time.perf_counter()
    best = _judged(instance, trained)
    F = dual_function(solver_program(instance), limits=limits)
    if F.is_tight and isinstance(F.value, Fraction):
        point = F.tight_point(F.program.exact.rhs).point
        if point is not None and (best is None or best.value != F.value):
            best = decode(instance, point)
    bound = F.value
    if best is not None and best.value == bound:
        status = Status.OPTIMAL
    else:
        status = Status.INFEASIBLE if F.is_tight else Status.LIMIT
    reason = "limit reached" if status is Status.LIMIT else status.value
    seconds = time.perf_counter() - began
    return TrainedNetwork(
        instance, best, bound, status, seconds, reason, f"dual function, {F.method}", dual=F
    )


def certify_training(
    instance: NetworkTraining,
    domain: Mapping[str, tuple[Number, Number]] | None = None,
    *,
    moves: Collection[Move] = MOVES,
) -> Verdict:
    """Certify that the training value is definable in data, margins, labels and regularization.

    The integers of the training program are bounded, and its continuous columns have constant
    entries. So its value is the best of finitely many functions, one for each choice of the
    integers, that are piecewise linear in the parameters where they are finite: semilinear. The
    verdict has a certificate of it.

    Parameters
    ----------
    instance
        What is trained.
    domain
        For each parameter of `training_program` the interval in which it moves; parameters left
        out take all values. By default labels between -2 and 2, and all others within a quarter.
    moves
        Which data have parameters.

    References
    ----------
    .. [1] J. Aspman, G. Korpas and J. Marecek, "Taming binarized neural networks and
       mixed-integer programs", AAAI 2024; arXiv:2310.04469.

    Examples
    --------
    >>> instance = NetworkTraining([[1, 1], [1, -1]], [1, -1])
    >>> certify_training(instance).status.value
    'certified'
    """
    q = training_program(instance, moves=moves)
    if domain is not None:
        return certify(q, dict(domain))
    reach = {name: 2 if name.startswith("label") else ROOM for name in q.names}
    return certify(q, {name: (-most, most) for name, most in reach.items()})


def _judged(
    instance: NetworkTraining, trained: TrainedNetwork | FittedNetwork | BinarizedNetwork | None
) -> FittedNetwork | None:
    network = (
        trained if isinstance(trained, BinarizedNetwork) or trained is None else trained.network
    )
    if network is None:
        return None
    evaluate(instance, network)
    return allowed(instance, network)
