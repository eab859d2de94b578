"""Families that are wrong in how they deal with what they are given, or with what is asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from tamemip.errors import InvalidInputError
from tamemip.plugins import Affine, ProgramBuilder
from tamemip.programs import ParametricProgram
from tests.testing.shopping import Packs, Purchase, Saboteur


class NoParameters(Saboteur):
    """Lets nothing move."""

    caught_by = "protocol"

    def program(self, instance):
        return ParametricProgram(super().program(instance).program, names=())


class ExamplesOnce(Saboteur):
    """Keeps its examples in a generator, which gives them once."""

    caught_by = "protocol"

    def __init__(self) -> None:
        self.kept = list(super().examples())

    def examples(self):
        kept, self.kept = self.kept, []
        return kept


class OtherExamples(Saboteur):
    """Has other examples each time."""

    caught_by = "protocol"
    count: Iterator[int] = itertools.count(1)

    def examples(self):
        return [Packs.of([3, 5], [[1, 2]], [next(self.count)])]


class RoundsValue(Saboteur):
    """Rounds to cents."""

    caught_by = "decode"

    def decode(self, instance, point):
        right = super().decode(instance, point)
        return Purchase(right.counts, round(float(right.value), 2))

    def examples(self):
        return [Packs.of(["1/3", "1/7"], [[1, 0], [0, 1]], ["1/2", "1/2"])]


class TrustsValue(Saboteur):
    """Looks at the rows, and believes the value."""

    caught_by = "evaluate"

    def evaluate(self, instance, solution):
        super().evaluate(instance, solution)
        return solution.value


class RefusesWithValueErrors(Saboteur):
    """Refuses with an error that could as well be a mistake."""

    caught_by = "no-better-solution"

    def evaluate(self, instance, solution):
        try:
            return super().evaluate(instance, solution)
        except InvalidInputError as error:
            raise ValueError(str(error)) from error


class Asserts(Saboteur):
    """Refuses by an assertion, which vanishes under ``python -O``."""

    caught_by = "no-better-solution"

    def evaluate(self, instance, solution):
        assert self._is_allowed(instance, solution), "not allowed"
        return super().evaluate(instance, solution)

    def _is_allowed(self, instance, solution):
        try:
            super().evaluate(instance, solution)
        except InvalidInputError:
            return False
        return True


class GivesNone(RefusesWithValueErrors):
    """Gives None for what is not allowed."""

    def evaluate(self, instance, solution):
        try:
            return super().evaluate(instance, solution)
        except ValueError:
            return None


class GivesInfinity(RefusesWithValueErrors):
    """Gives an infinite price to what is not allowed."""

    def evaluate(self, instance, solution):
        try:
            return super().evaluate(instance, solution)
        except ValueError:
            return float("inf")


class ForgetsBudget(Saboteur):
    """Assigns two jobs within a budget, and evaluates without it; no loosening by a unit shows."""

    caught_by = "no-better-solution"
    profits = ((5, 3), (4, 6))
    costs = ((2, 1), (1, 3))

    def program(self, instance):
        build = ProgramBuilder("max")
        x = {
            (j, w): build.column(f"job {j} to {w}", cost=self.profits[j][w], upper=1)
            for j in (0, 1)
            for w in (0, 1)
        }
        for k in (0, 1):
            build.row(f"job {k}", {x[k, w]: 1 for w in (0, 1)}, "=", 1)
            build.row(f"person {k}", {x[j, k]: 1 for j in (0, 1)}, "<=", 1)
        entries = {column: self.costs[j][w] for (j, w), column in x.items()}
        build.row("budget", entries, "<=", Affine.of(instance, "budget"))
        return build.build()

    def decode(self, instance, point):
        counts = tuple(round(v) for v in point)
        return Purchase(counts, self._profit(counts))

    def evaluate(self, instance, solution):
        a, b, c, d = solution.counts
        if a + b != 1 or c + d != 1 or a + c > 1 or b + d > 1:
            raise InvalidInputError("this is no assignment.")
        return self._profit(solution.counts)

    def _profit(self, counts):
        return sum(p * n for p, n in zip(itertools.chain(*self.profits), counts, strict=True))

    def examples(self):
        return [2]

    def bad_examples(self):
        return ["a text"]


@dataclass(frozen=True)
class Made:
    """What is made, and what is bought."""

    is_on: bool
    amount: Fraction
    bought: Fraction
    value: Fraction


class SmallBound(Saboteur):
    """Makes a product after a set-up, or buys it; bounds what can be made, which nothing does."""

    caught_by = "no-better-solution"

    def program(self, instance):
        build = ProgramBuilder("min")
        on = build.column("on", cost=Affine.of(5, "set-up"), upper=1)
        make = build.column("make", cost=1, upper=3, integer=False)
        buy = build.column("buy", cost=4, upper=50, integer=False)
        build.row("demand", {make: 1, buy: 1}, ">=", Affine.of(instance, "demand"))
        build.row("link", {make: 1, on: -100}, "<=", 0)
        return build.build()

    def decode(self, instance, point):
        on, make, buy = (Fraction(v).limit_denominator(1000) for v in point)
        return Made(round(on) == 1, make, buy, 5 * round(on) + make + 4 * buy)

    def evaluate(self, instance, solution):
        if solution.amount + solution.bought < instance:
            raise InvalidInputError("the demand is not met.")
        if min(solution.amount, solution.bought) < 0 or (solution.amount and not solution.is_on):
            raise InvalidInputError("this cannot be made.")
        return 5 * solution.is_on + solution.amount + 4 * solution.bought

    def examples(self):
        return [6]

    def bad_examples(self):
        return ["a text"]


class ChangesInstance(Saboteur):
    """Sorts the prices that it was given."""

    caught_by = "deterministic"

    def decode(self, instance, point):
        right = super().decode(instance, point)
        object.__setattr__(instance, "prices", tuple(sorted(instance.prices)[::-1]))
        return right


class EvaluationChangesInstance(Saboteur):
    """Ticks off what it has seen."""

    caught_by = "deterministic"

    def evaluate(self, instance, solution):
        value = super().evaluate(instance, solution)
        object.__setattr__(instance, "demands", ())
        return value


class ProgramChangesInstance(Saboteur):
    """Makes a float of the stock."""

    caught_by = "deterministic"

    def program(self, instance):
        object.__setattr__(instance, "stock", float(instance.stock))
        return super().program(instance)


class ChangesPoint(Saboteur):
    """Rounds in place."""

    caught_by = "deterministic"

    def decode(self, instance, point):
        if not isinstance(point, tuple):
            for j, count in enumerate(point):
                point[j] = round(count)
        return super().decode(instance, point)


class KeepsState(Saboteur):
    """Remembers the columns of the last program."""

    caught_by = "deterministic"

    def program(self, instance):
        built = super().program(instance)
        self.columns = built.program.col_names
        return built

    def decode(self, instance, point):
        named = dict(zip(self.columns, point, strict=True))
        return super().decode(instance, [named[f"pack {j}"] for j in range(len(named))])


SABOTEURS_OF_USE = (
    NoParameters,
    ExamplesOnce,
    OtherExamples,
    RoundsValue,
    TrustsValue,
    RefusesWithValueErrors,
    Asserts,
    GivesNone,
    GivesInfinity,
    ForgetsBudget,
    SmallBound,
    ChangesInstance,
    EvaluationChangesInstance,
    ProgramChangesInstance,
    ChangesPoint,
    KeepsState,
)
