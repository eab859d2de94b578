"""Optimal networks with room at all their limits: near these data the value is constant."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from tamemip.plugins.bnn._assessment import (
    common_denominator,
    exact_sums,
    has_integer_values,
    needed_gains,
    taus,
)
from tamemip.plugins.bnn._fitted import decode, evaluate
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_program import movable, training_program
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, solve


def roomy_network(
    instance: NetworkTraining, best: BinarizedNetwork, *, limits: Limits | None = None
) -> BinarizedNetwork | None:
    r"""A network as good as the best one that is allowed, with its value, for all data nearby.

    It is the given one or another. No sum of its first layer is 0 or ``-gap``, and no gain is just
    what it has to be; a neuron without weights does not see the data. Let all objectives be
    numbers of weights or of right samples, without a regularization. What a network needs to be
    allowed, and a sample to be right, are inequalities that are not strict. So near the data no
    network is allowed, and no sample right, that is not so at the data: none is better there,
    and the training value is constant in a neighborhood.

    None if none is found, or there is another kind of objective.

    Examples
    --------
    >>> instance = NetworkTraining([[2], [-2]], [1, -1], hidden=(1,), margin="1/2")
    >>> best = BinarizedNetwork([[[1]], [[1]]], [[0], [0]])
    >>> roomy_network(instance, best) == best
    True
    """
    if instance.regularization or not all(map(has_integer_values, instance.objectives)):
        return None
    if not any(ties(instance, best)):
        return best
    claim = solve(_with_room(instance), solver="scip", limits=limits)
    if claim.point is None:
        return None
    network = decode(instance, claim.point.tolist()).network
    is_best = evaluate(instance, network) == evaluate(instance, best)
    return network if is_best and not any(ties(instance, network)) else None


def ties(instance: NetworkTraining, network: BinarizedNetwork) -> Iterator[str]:
    """What of a network is just at a limit, so that data or margins decide about it, in words."""
    sums = exact_sums(instance, network)
    moving = np.any(network.weights[0] != 0, axis=1)
    for k, sample in enumerate(sums):
        for j, total in enumerate(sample[0] if instance.hidden else ()):
            if moving[j] and total in (0, -instance.gap):
                yield f"neuron {j} of layer 0 adds up to {total} for sample {k}"
    needs = needed_gains(instance) or ()
    if "max-correct" in instance.objectives:
        needs = (*needs, *taus(instance))
    for place, need in enumerate(needs):
        k = place % instance.n_samples
        if instance.y[k] * sums[k][-1][0] == need:
            yield f"the gain of sample {k} is {need}, just what it has to be"


def _with_room(instance: NetworkTraining) -> MixedIntegerProgram:
    """The training program that asks for one unit more at each limit that data or margins move.

    Sums are multiples of the unit. Bounds are those for data that move by 1, so that
    rows which are switched off stay so.
    """
    unit = Fraction(1, common_denominator(instance))
    moves = [move for move in movable(instance) if move in ("data", "margin")]
    program = training_program(instance, moves=moves, room=1).program
    more = {"if_on[0,": unit, "if_off[0,": -unit, "right[": unit, "counted[": unit}
    rhs = [
        b + next((v for start, v in more.items() if name.startswith(start)), Fraction(0))
        for name, b in zip(program.row_names, program.exact.rhs, strict=True)
    ]
    return program.with_rhs(rhs)
