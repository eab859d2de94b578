"""Small knapsacks, and what is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._multiple_choice import MultipleChoiceKnapsack
from tamemip.plugins.knapsack._solution import AnyKnapsack


def examples() -> Iterator[AnyKnapsack]:
    """Small knapsacks of each kind, with ties, jumps and degenerate ones among them."""
    yield Knapsack([10, 7, 25, 24], [2, 1, 6, 5], 7, name="0-1", optimum=34)
    # Both {0, 3} and {1, 2} are optimal: the value has a kink in the profits.
    yield Knapsack([10, 7, 27, 24], [2, 1, 6, 5], 7, name="tie", optimum=34)
    # With half a unit to spare, weights and capacity can move a little: no jump nearby.
    yield Knapsack([10, 7, 27, 24], [2, 1, 6, 5], "15/2", name="tie with slack", optimum=34)
    yield Knapsack([7, 9, 2, 15], [3, 4, 1, 7], 10, upper=None, name="unbounded", optimum=23)
    yield Knapsack([11, 7, 5, 1], [6, 4, 3, 1], 25, name="everything fits", optimum=24)
    yield Knapsack([4, 2.5, 3], [3, 2, 2.5], "19/2", upper=[2, 3, None], name="bounded")
    yield Knapsack([5, 8, 3, 6], [[2, 3, 1, 4], [4, 1, 2, 2]], [6, "11/2"], name="two capacities")
    yield MultipleChoiceKnapsack(
        [[6, 9], [4, 5, 7]], [[2, 4], [1, 2, 4]], "13/2", name="one of each class"
    )
    yield MultipleChoiceKnapsack(
        [[6, 9], [5, 8]], [[4, 6], [3, 5]], 5, choose="at most one", name="at most one"
    )


def bad_examples() -> Iterator[Callable[[], object]]:
    """Functions of no argument, each of which makes a knapsack that is refused."""
    yield lambda: Knapsack([1, 2], [3, -1], 4)
    yield lambda: Knapsack([1, float("nan")], [3, 1], 4)
    yield lambda: Knapsack([1, 2], [3, float("inf")], 4)
    yield lambda: Knapsack([], [], 4)
    yield lambda: Knapsack([1, 2], [], [])
    yield lambda: Knapsack([1, 2], [3, 1], -4)
    yield lambda: Knapsack([1, 2], [3, 1], [4, 5])
    yield lambda: Knapsack([1, 2], [3, 1, 2], 4)
    yield lambda: Knapsack([1, 2], [3, 1], 4, upper=Fraction(1, 2))
    yield lambda: Knapsack([1, 2], [3, 1], 4, upper=[1, -1])
    yield lambda: Knapsack([1, 2], [3, 1], 4, upper=[1])
    yield lambda: Knapsack([1, 2, 3], [[1, 2], [3, 4], [5, 6]], [4, 5])
    yield lambda: MultipleChoiceKnapsack([[1, 2], []], [[1, 2], []], 3)
    yield lambda: MultipleChoiceKnapsack([[1, 2], [3]], [[1], [2]], 3)
