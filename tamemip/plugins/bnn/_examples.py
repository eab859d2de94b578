"""Small training instances, and what is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from tamemip.arithmetic import Number
from tamemip.plugins.bnn._training import NetworkTraining

CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
"""The inputs of logical functions of two variables; 1 is true."""


def examples() -> Iterator[NetworkTraining]:
    """Small instances of each objective, with jumps, ties and fractional data among them."""
    yield NetworkTraining(CORNERS, [1, -1, -1, -1], name="and")
    # A margin of 1/2 leaves room: there is no jump near it.
    yield NetworkTraining(CORNERS, [1, -1, -1, -1], margin="1/2", name="and with room")
    yield majority(3)
    yield NetworkTraining(
        [[1], [-1]], [1, -1], hidden=(2,), margin=(0, 1), name="two hidden neurons"
    )
    yield NetworkTraining(
        [["1/2", "-3/4"], ["-1/3", 1], ["2/3", "1/4"]],
        [1, -1, 1],
        objective="hinge",
        regularization="1/8",
        name="real-valued data",
    )
    # Labels that contradict each other: one of the two samples is wrong in any case.
    yield NetworkTraining(
        [[1, -1], [1, -1], [-1, 1]],
        [1, -1, -1],
        objective=("max-correct", "min-weight"),
        margin="1/2",
        name="contradiction",
    )
    yield NetworkTraining(
        [["3/2", 1], [1, -1], [-1, "1/2"]],
        [1, 1, -1],
        weights=2,
        objective="max-margin",
        regularization="1/4",
        name="greatest margin",
    )
    yield NetworkTraining([[1], [-1]], [1, 1], hidden=(1,), weights="binary", name="one class")


def xor(*, margin: Number | tuple[Number, Number] = 1) -> NetworkTraining:
    """Exclusive or with two hidden neurons: of value 7 at margin 1, and 6 at margins 0 and 1.

    Examples
    --------
    >>> xor(margin=(0, 1))
    NetworkTraining(4 samples, 2-2-1 ternary, min-weight at margins 0 and 1)
    """
    return NetworkTraining(CORNERS, [-1, 1, 1, -1], hidden=(2,), margin=margin, name="xor")


def majority(n: int) -> NetworkTraining:
    """The majority of so many inputs -1 and 1, an odd number; at margin 1 the value is `n`.

    Examples
    --------
    >>> majority(3)
    NetworkTraining(8 samples, 3-1 ternary, min-weight at margin 1)
    """
    inputs = list(product((1, -1), repeat=n))
    return NetworkTraining(inputs, [1 if sum(x) > 0 else -1 for x in inputs], name=f"majority {n}")


def bad_examples() -> Iterator[Callable[[], object]]:
    """Functions of no argument, each of which makes an instance that is refused."""
    yield lambda: NetworkTraining([], [])
    yield lambda: NetworkTraining([[]], [1])
    yield lambda: NetworkTraining([[1, 2], [3]], [1, -1])
    yield lambda: NetworkTraining([[1, float("nan")]], [1])
    yield lambda: NetworkTraining([[1, float("inf")]], [1])
    yield lambda: NetworkTraining([[1, 2], [3, 4]], [1, 0])
    yield lambda: NetworkTraining([[1, 2], [3, 4]], [1])
    yield lambda: NetworkTraining([[1]], [1], hidden=(0,))
    yield lambda: NetworkTraining([[1]], [1], weights=0)
    yield lambda: NetworkTraining([[1]], [1], gap=0)
    yield lambda: NetworkTraining([[1]], [1], margin=float("nan"))
    yield lambda: NetworkTraining([[1]], [1], margin=(1, 2, 3))  # type: ignore[arg-type]  # it is bad
    yield lambda: NetworkTraining([[1]], [1], regularization=-1, objective="hinge")
    yield lambda: NetworkTraining([[1]], [1], objective=("hinge", "hinge"))
