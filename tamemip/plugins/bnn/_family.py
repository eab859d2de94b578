"""The family of training programs of binarized networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn import _examples, _fitted
from tamemip.plugins.bnn._fitted import FittedNetwork
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_program import training_program
from tamemip.programs import ParametricProgram


@final
class BinarizedNetworkFamily:
    """Training of binarized neural networks, with data, margins, labels that move.

    The members of `tamemip.plugins.Family`; instances are `NetworkTraining`.

    Examples
    --------
    >>> from tamemip import family, solve
    >>> instance = NetworkTraining([[1, 1], [1, -1], [-1, 1], [-1, -1]], [1, 1, 1, -1])
    >>> bnn = family("bnn")
    >>> claim = solve(bnn.program(instance).program)
    >>> print(bnn.decode(instance, claim.point))
    4 of 4 labels right, min-weight 3
      layer 0, neuron 0: x0 + x1 + 1
    """

    name = "bnn"
    kind = "training of binarized neural networks: few weights, margins, right labels, hinge loss"

    def program(self, instance: NetworkTraining) -> ParametricProgram:
        """The training program, with all its parameters; see `training_program`."""
        return training_program(_checked(instance))

    def decode(self, instance: NetworkTraining, point: Sequence[Number]) -> FittedNetwork:
        """The network of a point; see `tamemip.plugins.bnn.decode`."""
        return _fitted.decode(_checked(instance), point)

    def evaluate(
        self, instance: NetworkTraining, solution: FittedNetwork | BinarizedNetwork
    ) -> Fraction:
        """The value of a network; see `tamemip.plugins.bnn.evaluate`."""
        return _fitted.evaluate(_checked(instance), solution)

    def examples(self) -> Iterable[NetworkTraining]:
        """Small instances of each objective."""
        return tuple(_examples.examples())

    def bad_examples(self) -> Iterable[Callable[[], object]]:
        """Functions of no argument, each of which makes an instance that is refused."""
        return tuple(_examples.bad_examples())

    def __repr__(self) -> str:
        return "BinarizedNetworkFamily()"


FAMILY = BinarizedNetworkFamily()


def _checked(instance: NetworkTraining) -> NetworkTraining:
    if not isinstance(instance, NetworkTraining):
        raise InvalidInputError(
            f"{instance!r} is nothing to train; make it with NetworkTraining(X, y) of "
            "tamemip.plugins.bnn."
        )
    return instance
