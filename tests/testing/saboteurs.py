"""Families that are wrong in one way each.

Each is a mistake of an author of a plugin; the check in ``caught_by`` fails, and no other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction

from tamemip.errors import InvalidInputError
from tamemip.plugins import Affine, ProgramBuilder
from tests.testing.saboteurs_of_use import SABOTEURS_OF_USE
from tests.testing.shopping import Packs, Purchase, Saboteur


class IdleSlot(Saboteur):
    """Declares a discount, and forgets to put it anywhere."""

    caught_by = "protocol"

    def parameters(self, instance):
        return [*super().parameters(instance), "discount"]


class PlainProgram(Saboteur):
    """Gives a program without parameters."""

    caught_by = "protocol"

    def program(self, instance):
        return super().program(instance).program


class NoExamples(Saboteur):
    """Has nothing to show."""

    caught_by = "protocol"

    def examples(self):
        return iter(())


class RaisingExample(Saboteur):
    """Has an example that its own program cannot read."""

    caught_by = "protocol"

    def examples(self):
        return [*super().examples(), None]


class Truncates(Saboteur):
    """Cuts 0.9999999 down to 0."""

    caught_by = "decode"

    def whole(self, number):
        return int(number)


class WrongSense(Saboteur):
    """Reports costs as profits."""

    caught_by = "decode"

    def decode(self, instance, point):
        right = super().decode(instance, point)
        return Purchase(right.counts, -right.value)


class NoValue(Saboteur):
    """Decodes to a plain tuple."""

    caught_by = "decode"

    def decode(self, instance, point):
        return super().decode(instance, point).counts


class NeedsLists(Saboteur):
    """Asks whether a number is there by truth, as lists allow and arrays do not."""

    caught_by = "decode"

    def decode(self, instance, point):
        return super().decode(instance, point or [])


class Infeasible(Saboteur):
    """Has an example without a solution."""

    caught_by = "decode"

    def examples(self):
        return [*super().examples(), Packs.of([1], [[1]], [9])]


class Unbounded(Saboteur):
    """Maximizes the costs of packs without end in one example."""

    caught_by = "decode"

    def price(self, instance, j):
        return super().price(instance, j) * (-1 if instance.stock > 100 else 1)

    def stock(self, instance):
        return instance.stock if instance.stock < 100 else float("inf")

    def examples(self):
        return [*super().examples(), Packs.of([1], [[1]], [9], stock=101)]


class ForgetsCosts(Saboteur):
    """Evaluates a purchase without its last pack."""

    caught_by = "evaluate"

    def evaluate(self, instance, solution):
        super().evaluate(instance, solution)
        return self.cost(instance, (*solution.counts[:-1], 0))

    def examples(self):
        return [Packs.of([5, 2], [[1, 1]], ["5/2"])]


class WrongPacks(Saboteur):
    """Decodes the counts in the wrong order, with the right value."""

    caught_by = "evaluate"

    def decode(self, instance, point):
        right = super().decode(instance, point)
        return Purchase(right.counts[::-1], right.value)

    def examples(self):
        return [Packs.of([5, 2], [[1, 1]], ["5/2"])]


class MissingRow(Saboteur):
    """Forgets the last good in the program."""

    caught_by = "evaluate"

    def builder(self, instance):
        short = instance.demands[: max(1, len(instance.demands) - 1)]
        return super().builder(Packs(instance.prices, instance.contents, short, instance.stock))

    def examples(self):
        return [Packs.of([3, 5, 4], [[1, 2, 1], [1, 0, 2]], ["7/2", "5/2"])]


class TooTight(Saboteur):
    """Orders one unit too much of everything."""

    caught_by = "no-better-solution"

    def demand(self, demand, i):
        return super().demand(demand, i) + 1


class ShortStock(Saboteur):
    """Allows two packs of a kind where there are four."""

    caught_by = "no-better-solution"

    def stock(self, instance):
        return 2

    def examples(self):
        return [Packs.of([1, 5], [[1, 1]], ["7/2"])]


class OverStock(Saboteur):
    """Allows more packs than there are; nobody would buy them."""

    caught_by = "no-better-solution"

    def stock(self, instance):
        return instance.stock + 5


class DropsAPack(Saboteur):
    """Decodes one pack at most of the last kind: right at the optimum, and nowhere else."""

    caught_by = "no-better-solution"

    def decode(self, instance, point):
        right = super().decode(instance, point)
        counts = (*right.counts[:-1], min(1, right.counts[-1]))
        return Purchase(counts, self.cost(instance, counts))

    def examples(self):
        return [Packs.of([2, 3], [[1, 1]], [4])]


class TooHard(Saboteur):
    """Shows an example of R. G. Jeroslow (1974): bisection needs exponentially many nodes."""

    caught_by = "dual-function"

    def builder(self, instance):
        build = ProgramBuilder("min")
        n = int(instance.demands[0])
        twos = [build.column(f"pack {j}", upper=1) for j in range(n)]
        rest = build.column("rest", cost=Affine.of(1, "price"), upper=1, integer=False)
        build.row("demand", {**dict.fromkeys(twos, 2), rest: 1}, "=", Affine.of(n, "demand"))
        return build

    def decode(self, instance, point):
        n = int(instance.demands[0])
        counts = tuple(round(v) for v in point[:n])
        return Purchase(counts, Fraction(n - 2 * sum(counts)))

    def evaluate(self, instance, solution):
        rest = instance.demands[0] - 2 * sum(solution.counts)
        if not 0 <= rest <= 1:
            raise InvalidInputError("demands[0] is not met.")
        return rest

    def examples(self):
        return [Packs.of([], [], [41])]


class Accumulating(Saboteur):
    """Walks to a target in steps of a width that may be 0: the value oscillates near there."""

    caught_by = "definable"

    def builder(self, instance):
        (target,), width = instance.demands, Affine.of(instance.prices[0], "width")
        build = ProgramBuilder("min")
        steps, left = build.column("steps"), build.column("left", cost=1, integer=False)
        build.row("short", {left: 1, steps: width}, ">=", target)
        build.row("beyond", {left: 1, steps: -width}, ">=", -target)
        return build

    def decode(self, instance, point):
        counts = (round(point[0]),)
        return Purchase(counts, self._left(instance, counts))

    def evaluate(self, instance, solution):
        return self._left(instance, solution.counts)

    def _left(self, instance, counts):
        return abs(instance.demands[0] - instance.prices[0] * counts[0])

    def examples(self):
        return [Packs.of([0], [[1]], [1])]


class CrossingBounds(Saboteur):
    """Fixes what is on hand by equal bounds, only one of which moves."""

    caught_by = "path-law"

    def builder(self, instance):
        build = super().builder(instance)
        build.column("on hand", lower=0, upper=Affine.of(0, "on hand"), integer=False, cost=0)
        return build


class AcceptsNonsense(Saboteur):
    """Takes negative prices for granted."""

    caught_by = "bad-examples"

    def refuse(self, instance):
        pass


class RaisesKeyErrors(Saboteur):
    """Refuses with whatever error comes along."""

    caught_by = "bad-examples"

    def refuse(self, instance):
        {price: None for price in instance.prices if price >= 0}[instance.prices[0]]


class Wordless(Saboteur):
    """Refuses without a word."""

    caught_by = "bad-examples"

    def refuse(self, instance):
        if min(instance.prices) < 0:
            raise InvalidInputError("")


class Numbered(Saboteur):
    """Gives every program new names."""

    caught_by = "deterministic"
    count: Iterator[int] = itertools.count()

    def column(self, j):
        return f"pack {j}, number {next(self.count)}"

    def __reduce__(self):
        return (Numbered, ())


class LocalSolution(Saboteur):
    """Decodes to a class that no other process can find."""

    caught_by = "pickle"

    def decode(self, instance, point):
        class Local:
            counts = tuple(round(v) for v in point)
            value = self.cost(instance, counts)

        return Local()


class KeepsFunctions(Saboteur):
    """Keeps a function of its own."""

    caught_by = "pickle"

    def __init__(self) -> None:
        self.scale: Callable[[float], float] = lambda number: 2 * number


SABOTEURS = (
    IdleSlot,
    PlainProgram,
    NoExamples,
    RaisingExample,
    Truncates,
    WrongSense,
    NoValue,
    NeedsLists,
    Infeasible,
    Unbounded,
    ForgetsCosts,
    WrongPacks,
    MissingRow,
    TooTight,
    ShortStock,
    OverStock,
    DropsAPack,
    TooHard,
    Accumulating,
    CrossingBounds,
    AcceptsNonsense,
    RaisesKeyErrors,
    Wordless,
    Numbered,
    LocalSolution,
    KeepsFunctions,
    *SABOTEURS_OF_USE,
)
