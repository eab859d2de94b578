"""Good orders of the jobs of one machine: Smith's rule, and iterated local search."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._single_machine import SingleMachine
from tamemip.plugins.scheduling._single_machine_program import sequence

if TYPE_CHECKING:
    from numpy.typing import NDArray


def smith_order(instance: SingleMachine) -> tuple[int, ...]:
    """The jobs by processing time over weight, smallest first.

    This order has the least total weighted completion time [1]_; due dates are not looked at.

    References
    ----------
    .. [1] W. E. Smith, "Various optimizers for single-stage production", Naval Research
       Logistics Quarterly 3 (1956), 59-66.

    Examples
    --------
    >>> smith_order(SingleMachine([3, 1, 2], [1, 2, 1]))
    (1, 2, 0)
    """

    def ratio(j: int) -> tuple[bool, Fraction]:
        weight = instance.weights[j]
        return (not weight, instance.processing[j] / weight if weight else Fraction(0))

    return tuple(sorted(range(instance.n_jobs), key=ratio))


def find_single_machine(instance: SingleMachine, *, rounds: int = 200, seed: int = 0) -> Schedule:
    """A good schedule, found by local search; that it is optimal is not proved.

    Without due dates it is that of `smith_order`, which is optimal. With them, descents that
    move one job or exchange two, each time by the best of all such moves, alternate with a few
    random exchanges [1]_, from the order by apparent urgency [2]_ on, and after some rounds in
    vain from a random one; the best order is kept. Values are compared exactly, in integers.
    With more than some 60 jobs, moves go less far.

    Parameters
    ----------
    instance
        The jobs.
    rounds
        Descents. A descent of 40 jobs takes about a hundredth of a second.
    seed
        Of the random exchanges: the same seed gives the same schedule.

    Raises
    ------
    InvalidInputError
        If there are no rounds.
    UnsupportedError
        If the data have too many digits for integers of 64 bits.

    References
    ----------
    .. [1] H. R. Lourenço, O. C. Martin, T. Stützle, "Iterated local search", in: Handbook of
       Metaheuristics, Kluwer, 2003, 320-353.
    .. [2] A. P. J. Vepsalainen, T. E. Morton, "Priority rules for job shops with weighted
       tardiness costs", Management Science 33 (1987), 1035-1047.

    Examples
    --------
    >>> instance = SingleMachine([3, 1, 2, 4], [1, 2, 1, 2], due=[2, 3, 4, 6])
    >>> find_single_machine(instance).value
    Fraction(10, 1)
    """
    if rounds < 1:
        raise InvalidInputError(f"rounds is {rounds}; at least 1 is needed.")
    if instance.due is None:
        return sequence(instance, smith_order(instance))
    data, moves, rng = _integers(instance), _moves(instance.n_jobs), np.random.default_rng(seed)
    best = current = _descend(data, moves, _urgent_first(data))
    in_vain = 0
    for _ in range(rounds - 1):
        if best.cost == 0:
            break
        if in_vain < _MOST_IN_VAIN:
            found = _descend(data, moves, _shaken(current.order, rng))
        else:
            found = _descend(data, moves, rng.permutation(instance.n_jobs))
        if in_vain == _MOST_IN_VAIN or found.cost < current.cost:
            current, in_vain = found, 0
        else:
            current, in_vain = min(found, current, key=_cost), in_vain + 1
        best = min(best, found, key=_cost)
    return sequence(instance, best.order.tolist())


_MOST_IN_VAIN = 15
"""Rounds without a better order, after which the search begins anew from a random one."""

_PATIENCE = 2.0
"""Mean processing times of slack after which a job is e times less urgent."""

_EXCHANGES = 5
"""Random exchanges between two descents."""

_MOST_PLACES = 200_000
"""Entries of the table of moves, in its order: beyond some 60 jobs, moves go less far."""

if TYPE_CHECKING:
    Integers = NDArray[np.int64]


class _Data(NamedTuple):
    """Times and weights in integers, by common denominators."""

    processing: Integers
    weights: Integers
    due: Integers

    def costs(self, orders: Integers) -> Integers:
        """The cost of each row of an array of orders."""
        late = np.cumsum(self.processing[orders], axis=-1) - self.due[orders]
        result: Integers = (self.weights[orders] * np.maximum(late, 0)).sum(axis=-1)
        return result


class _Known(NamedTuple):
    order: Integers
    cost: int


def _cost(known: _Known) -> int:
    return known.cost


def _integers(instance: SingleMachine) -> _Data:
    assert instance.due is not None
    times = [*instance.processing, *instance.due]
    unit = math.lcm(*(v.denominator for v in times))
    price = math.lcm(*(v.denominator for v in instance.weights))
    n = instance.n_jobs
    whole = [int(v * unit) for v in times]
    weights = [int(v * price) for v in instance.weights]
    longest = sum(whole[:n]) + max(abs(v) for v in whole[n:])
    if longest * max(1, sum(weights)) >= 2**62:
        raise UnsupportedError(
            "processing, weights and due have too many digits for a search in 64-bit integers: "
            f"with common denominators costs reach {longest * sum(weights):.1e}. Round them."
        )
    return _Data(np.array(whole[:n]), np.array(weights), np.array(whole[n:]))


def _urgent_first(data: _Data) -> Integers:
    """The job next whose weight over time, less for the slack that is left, is the largest."""
    # Floats only choose where the search starts.
    times = np.maximum(data.processing, 1).astype(float)
    patience = _PATIENCE * times.mean()
    left, clock, order = list(range(len(times))), 0.0, []
    while left:
        slack = np.maximum(data.due[left] - times[left] - clock, 0.0)
        urgency = data.weights[left] / times[left] * np.exp(-slack / patience)
        order.append(left.pop(int(urgency.argmax())))
        clock += times[order[-1]]
    return np.array(order)


def _moves(n: int) -> Integers:
    """Permutations of places, one a row: staying, exchanging two, moving one elsewhere."""
    reach = max(1, _MOST_PLACES // (n * n))
    rows = [list(range(n))]
    for i, j in combinations(range(n), 2):
        if j - i > reach:
            continue
        exchanged = list(range(n))
        exchanged[i], exchanged[j] = j, i
        rows.append(exchanged)
        if j > i + 1:
            between = list(range(i + 1, j))
            rows.append([*range(i), *between, j, i, *range(j + 1, n)])
            rows.append([*range(i), j, i, *between, *range(j + 1, n)])
    return np.array(rows)


def _descend(data: _Data, moves: Integers, order: Integers) -> _Known:
    """The order where no move helps, by the best move each time."""
    while True:
        neighbors = order[moves]
        costs = data.costs(neighbors)
        # The first row stays: an order is left for a cheaper one only, so this ends.
        k = int(costs.argmin())
        if k == 0:
            return _Known(order, int(costs[0]))
        order = neighbors[k]


def _shaken(order: Integers, rng: np.random.Generator) -> Integers:
    shaken = order.copy()
    for _ in range(_EXCHANGES):
        pair: Any = rng.integers(len(order), size=2)
        shaken[pair] = shaken[pair[::-1]]
    return shaken
