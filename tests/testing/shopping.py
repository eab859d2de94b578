"""A small family that is right; saboteurs spoil it in one way each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tamemip.errors import InvalidInputError
from tamemip.plugins import Affine, ProgramBuilder
from tamemip.programs import ParametricProgram


@dataclass(frozen=True)
class Packs:
    """Packs with prices, of which there are only so many, and what they hold of each good."""

    prices: tuple[Fraction, ...]
    contents: tuple[tuple[Fraction, ...], ...]
    demands: tuple[Fraction, ...]
    stock: int = 4

    @staticmethod
    def of(prices, contents, demands, *, stock=4):
        """Read numbers and texts."""
        return Packs(
            tuple(map(Fraction, prices)),
            tuple(tuple(map(Fraction, row)) for row in contents),
            tuple(map(Fraction, demands)),
            stock,
        )


@dataclass(frozen=True)
class Purchase:
    """How many packs of each kind are bought, and what they cost."""

    counts: tuple[int, ...]
    value: Fraction


class Shopping:
    """Buy packs that hold what is demanded, as cheaply as possible."""

    name = "shopping"
    caught_by: str | None = None

    def program(self, instance: Packs) -> ParametricProgram:
        self.refuse(instance)
        return self.builder(instance).build()

    def builder(self, instance: Packs) -> ProgramBuilder:
        build = ProgramBuilder("min", parameters=self.parameters(instance))
        packs = [
            build.column(self.column(j), cost=self.price(instance, j), upper=self.stock(instance))
            for j in range(len(instance.prices))
        ]
        for i, demand in enumerate(instance.demands):
            entries = {
                pack: Affine.of(amount, f"content[{i},{j}]")
                for j, (pack, amount) in enumerate(zip(packs, instance.contents[i], strict=True))
            }
            build.row(f"demand {i}", entries, ">=", self.demand(demand, i))
        return build

    # What saboteurs change.

    def parameters(self, instance: Packs) -> Iterable[str]:
        return [f"price[{j}]" for j in range(len(instance.prices))]

    def column(self, j: int) -> str:
        return f"pack {j}"

    def price(self, instance: Packs, j: int) -> Affine:
        return Affine.of(instance.prices[j], f"price[{j}]")

    def demand(self, demand: Fraction, i: int) -> Affine:
        return Affine.of(demand, f"demand[{i}]")

    def stock(self, instance: Packs) -> int:
        return instance.stock

    def refuse(self, instance: Packs) -> None:
        for j, price in enumerate(instance.prices):
            if price < 0:
                raise InvalidInputError(f"prices[{j}] is {price}; it has to be at least 0.")

    def decode(self, instance: Packs, point: Sequence[float]) -> Purchase:
        counts = tuple(self.whole(point[j]) for j in range(len(instance.prices)))
        return Purchase(counts, self.cost(instance, counts))

    def whole(self, number: float) -> int:
        return round(number)

    def cost(self, instance: Packs, counts: Sequence[int]) -> Fraction:
        return sum((p * n for p, n in zip(instance.prices, counts, strict=True)), Fraction(0))

    def evaluate(self, instance: Packs, solution: Purchase) -> Fraction:
        for j, count in enumerate(solution.counts):
            if not 0 <= count <= instance.stock:
                raise InvalidInputError(f"counts[{j}] is {count}; there are {instance.stock}.")
        for i, (row, demand) in enumerate(zip(instance.contents, instance.demands, strict=True)):
            if sum(a * n for a, n in zip(row, solution.counts, strict=True)) < demand:
                raise InvalidInputError(f"demands[{i}] is not met.")
        return self.cost(instance, solution.counts)

    def examples(self) -> Iterable[Packs]:
        return [
            Packs.of([3, 5, 4], [[1, 2, 1], [1, 0, 2]], ["7/2", "5/2"]),
            Packs.of([2, 3], [[1, 2]], [4]),  # sits on a jump
            Packs.of(["5/3", "1/2"], [["1/3", "1/7"]], ["1/2"]),
        ]

    def bad_examples(self) -> Iterable[object]:
        def worded() -> object:
            raise InvalidInputError("prices[0] is 'x', no number.")

        return {"negative": Packs.of([-1], [[1]], [1]), "text": worded}


class Saboteur(Shopping):
    """Right so far, and quick."""

    def examples(self) -> Iterable[Packs]:
        return [Packs.of([3, 5], [[1, 2]], ["7/2"])]
