"""Knapsacks as programs, and points of these as packings."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import assert_never

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._affine import Affine
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._data_entry import exact_point
from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._multiple_choice import MultipleChoiceKnapsack
from tamemip.plugins.knapsack._solution import AnyKnapsack, KnapsackSolution, Label
from tamemip.programs import ParametricProgram


def program(instance: AnyKnapsack) -> ParametricProgram:
    """The integer program of a knapsack, with a parameter for each number of it.

    Columns are ``take[j]``, one an item; rows are ``capacity``, or ``capacity[i]`` if there
    are several. With classes, columns are ``take[k,j]`` and there is a row ``class[k]`` for
    each class. Parameters are ``profit[j]``, ``weight[j]`` (``weight[i,j]`` if there are
    several capacities) and ``capacity`` or ``capacity[i]``: what is added to the instance's
    number. The program is that of the moved knapsack for all values of them, also where
    weights or capacities become negative. How often an item may be taken is no parameter:
    values jump in it.

    Columns of items that may be taken any number of times have no upper bound, so that the
    program is right for all capacities. Layers want two bounds where weights move; that is
    the program of `Knapsack.with_finite_upper`.

    Examples
    --------
    >>> q = program(Knapsack([10, 7, 25, 24], [2, 1, 6, 5], 7))
    >>> q.n_parameters, q.names[:2], q.names[-1]
    (9, ('profit[0]', 'profit[1]'), 'capacity')
    >>> print(q.program)
    MixedIntegerProgram(max, 1 row, 4 columns, 4 integer)
      max 10 take[0] + 7 take[1] + 25 take[2] + 24 take[3]
      capacity: 2 take[0] + take[1] + 6 take[2] + 5 take[3] <= 7
      0 <= take[0] <= 1, integer
      0 <= take[1] <= 1, integer
      0 <= take[2] <= 1, integer
      0 <= take[3] <= 1, integer
    """
    _require(instance)
    match instance:
        case Knapsack():
            build = _with_capacities(instance, instance)
        case MultipleChoiceKnapsack():
            build = _with_capacities(instance, instance.without_classes())
            sense = "=" if instance.choose == "exactly one" else "<="
            for k, row in enumerate(instance.profits):
                members = {_named("take", (k, j)): 1 for j in range(len(row))}
                build.row(_named("class", k), members, sense, 1)
        case _:
            assert_never(instance)
    return build.build()


def decode(instance: AnyKnapsack, point: Sequence[Number]) -> KnapsackSolution:
    """The packing that a point of the program stands for.

    Parameters
    ----------
    instance
        The knapsack.
    point
        One number an item, as a solver gives it.

    Raises
    ------
    InvalidInputError
        If a number is not near an integer, or there is not one an item.

    Examples
    --------
    >>> decode(Knapsack([10, 7], [2, 1], 2), [0.9999999, 0.0])
    KnapsackSolution(value 10, items 0)
    """
    _require(instance)
    names = [_named("take", label) for label in instance.labels]
    return KnapsackSolution.of(instance, exact_point(point, [True] * len(names), names))


def evaluate(instance: AnyKnapsack, solution: KnapsackSolution) -> Fraction:
    """The profit of a packing, from its counts and the instance alone.

    Raises
    ------
    InvalidInputError
        If the instance does not allow it: an item is taken too often or less than never, a
        capacity is exceeded, or a class has too many items or none. The message names it.

    Examples
    --------
    >>> instance = Knapsack([10, 7, 25], [2, 1, 6], 7)
    >>> evaluate(instance, KnapsackSolution.of(instance, [0, 1, 1]))
    Fraction(32, 1)
    >>> evaluate(instance, KnapsackSolution.of(instance, [1, 0, 1]))
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: the items weigh 8, but capacity is 7.
    """
    _require(instance)
    if not isinstance(solution, KnapsackSolution):
        raise InvalidInputError(
            f"the solution is {solution!r}; a KnapsackSolution is needed, as decode gives it."
        )
    packed = KnapsackSolution.of(instance, solution.counts)
    match instance:
        case Knapsack():
            _check_counts(instance, packed.counts, packed.labels)
        case MultipleChoiceKnapsack():
            _check_counts(instance.without_classes(), packed.counts, packed.labels)
            _check_classes(instance, packed.counts)
        case _:
            assert_never(instance)
    loads = zip(packed.loads, instance.capacities, _capacity_names(instance), strict=True)
    for load, capacity, name in loads:
        if load > capacity:
            raise InvalidInputError(f"the items weigh {load}, but {name} is {capacity}.")
    return packed.value


def _require(instance: object) -> None:
    if not isinstance(instance, Knapsack | MultipleChoiceKnapsack):
        raise InvalidInputError(
            f"{instance!r} is no knapsack; a Knapsack or MultipleChoiceKnapsack is needed."
        )


def _with_capacities(instance: AnyKnapsack, flat: Knapsack) -> ProgramBuilder:
    build = ProgramBuilder("max", name=instance.name)
    labels: Sequence[Label] = instance.labels
    for label, profit, upper in zip(labels, flat.profits, flat.upper, strict=True):
        cost = Affine.of(profit, _named("profit", label))
        build.column(_named("take", label), cost=cost, upper=upper)
    single = len(flat.weights) == 1
    for i, (row, name) in enumerate(zip(flat.weights, _capacity_names(instance), strict=True)):
        entries = {
            _named("take", label): Affine.of(
                weight, _named("weight", label) if single else _named("weight", i, label)
            )
            for label, weight in zip(labels, row, strict=True)
        }
        build.row(name, entries, "<=", Affine.of(flat.capacities[i], name))
    return build


def _capacity_names(instance: AnyKnapsack) -> list[str]:
    if instance.n_capacities == 1:
        return ["capacity"]
    return [_named("capacity", i) for i in range(instance.n_capacities)]


def _named(what: str, *places: Label) -> str:
    """``what[3]``, ``what[0,3]``: the name of a column, row or parameter."""
    flat = [k for place in places for k in (place if isinstance(place, tuple) else (place,))]
    return f"{what}[{','.join(map(str, flat))}]"


def _check_counts(instance: Knapsack, counts: Sequence[int], labels: Sequence[Label]) -> None:
    for label, count, upper in zip(labels, counts, instance.upper, strict=True):
        if not 0 <= count <= upper:
            raise InvalidInputError(
                f"item {label} is taken {count} times; between 0 and {upper} are allowed."
            )


def _check_classes(instance: MultipleChoiceKnapsack, counts: Sequence[int]) -> None:
    chosen: list[list[int]] = [[] for _ in instance.profits]
    for (k, j), count in zip(instance.labels, counts, strict=True):
        chosen[k] += [j] * count
    for k, members in enumerate(chosen):
        if len(members) > 1 or (not members and instance.choose == "exactly one"):
            raise InvalidInputError(
                f"items {members} of class {k} are chosen; {instance.choose} is allowed."
            )
