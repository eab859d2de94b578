"""The family of knapsacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins.knapsack import _examples, _program
from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._multiple_choice import MultipleChoiceKnapsack
from tamemip.plugins.knapsack._solution import AnyKnapsack, KnapsackSolution
from tamemip.programs import ParametricProgram


@final
class KnapsackFamily:
    """0-1, bounded and unbounded knapsacks, with one capacity or several, and with classes.

    The members of `tamemip.plugins.Family`; instances are `Knapsack` and
    `MultipleChoiceKnapsack`.

    Examples
    --------
    >>> from tamemip import family, solve
    >>> instance = Knapsack([10, 7, 25, 24], [2, 1, 6, 5], 7)
    >>> knapsack = family("knapsack")
    >>> claim = solve(knapsack.program(instance).program)
    >>> knapsack.decode(instance, claim.point)
    KnapsackSolution(value 34, items 0, 3)
    """

    name = "knapsack"
    kind = "0-1, bounded, unbounded, multidimensional and multiple-choice knapsacks"

    def program(self, instance: AnyKnapsack) -> ParametricProgram:
        """The program of a knapsack; see `tamemip.plugins.knapsack.program`."""
        return _program.program(_checked(instance))

    def decode(self, instance: AnyKnapsack, point: Sequence[Number]) -> KnapsackSolution:
        """The packing of a point; see `tamemip.plugins.knapsack.decode`."""
        return _program.decode(_checked(instance), point)

    def evaluate(self, instance: AnyKnapsack, solution: KnapsackSolution) -> Fraction:
        """The profit of a packing; see `tamemip.plugins.knapsack.evaluate`."""
        return _program.evaluate(_checked(instance), solution)

    def examples(self) -> Iterable[AnyKnapsack]:
        """Small knapsacks of each kind."""
        return tuple(_examples.examples())

    def bad_examples(self) -> Iterable[Callable[[], object]]:
        """Functions of no argument, each of which makes a knapsack that is refused."""
        return tuple(_examples.bad_examples())

    def __repr__(self) -> str:
        return "KnapsackFamily()"


FAMILY = KnapsackFamily()


def _checked(instance: AnyKnapsack) -> AnyKnapsack:
    if not isinstance(instance, Knapsack | MultipleChoiceKnapsack):
        raise InvalidInputError(
            f"{instance!r} is no knapsack; make one with Knapsack(profits, weights, capacities) "
            "or MultipleChoiceKnapsack of tamemip.plugins.knapsack."
        )
    return instance
