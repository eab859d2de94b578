"""The second checker's rules of paths in a group and of packings."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._fast_term_rules import TERM_RULES, Terms, derived, term_rule
from tamemip.certificates._fast_terms import Inequality, lowest
from tamemip.certificates._json import RejectedError, as_integers, as_list
from tamemip.certificates._problem import Bound
from tamemip.certificates._step import Step
from tamemip.certificates._table_values import MAX_ORDER, MAX_STATES, MAX_WORK, TooLargeError

__all__ = ["TERM_RULES"]


@term_rule("group-table", "of", "weights", "elements", "moduli", "generators", "costs")
def _group_table(step: Step, terms: Terms) -> Inequality:
    cited = step.citations("of")
    moduli = as_integers(step.fields["moduli"], "moduli")
    if not all(m > 1 for m in moduli):
        raise RejectedError("a modulus is less than 2")
    elements = _rows(step, "elements", len(moduli))
    generators = _rows(step, "generators", len(moduli))
    weights = step.rationals("weights", size=len(cited))
    costs = step.rationals("costs", size=len(generators))
    if len(elements) != len(cited) or any(cost < 0 for cost in costs):
        raise RejectedError("an input lacks its element, or a cost is negative")
    order = math.prod(moduli)
    if order > MAX_ORDER or order * max(len(costs), 1) > MAX_WORK:
        raise TooLargeError("the group is too large for this checker")
    unit = math.lcm(*(v.denominator for v in (*weights, *costs)))
    lengths, beyond = _sweep(moduli, generators, [int(cost * unit) for cost in costs])
    strides = [math.prod(moduli[c + 1 :]) for c in range(len(moduli))]
    table = _Paths(
        unit, [int(w * unit) for w in weights], elements, moduli, strides, lengths, beyond
    )
    return _inequality(cited, terms, table)


@term_rule("generator", "of", "weights", "capacities", "sizes", "profits")
def _generator(step: Step, terms: Terms) -> Inequality:
    cited = step.citations("of")
    weights = step.rationals("weights", size=len(cited))
    capacities = _rows(step, "capacities", len(cited))
    sizes = _rows(step, "sizes", len(capacities))
    profits = step.rationals("profits", size=len(sizes))
    if any(min(size, default=0) < 0 or not any(size) for size in sizes):
        raise RejectedError("a size is negative or zero")
    if any(profit <= 0 for profit in profits):
        raise RejectedError("a profit is not positive")
    unit = math.lcm(*(v.denominator for v in (*weights, *profits)))
    table = _Packings(
        unit,
        [int(w * unit) for w in weights],
        capacities,
        [(size, int(p * unit)) for size, p in zip(sizes, profits, strict=True)],
    )
    return _inequality(cited, terms, table)


def _rows(step: Step, name: str, width: int) -> list[list[int]]:
    rows = [as_integers(row, name) for row in as_list(step.fields[name], name)]
    if any(len(row) != width for row in rows):
        raise RejectedError(f"{name}: a row has another length than {width}")
    return rows


def _inequality(cited: tuple[int, ...], terms: Terms, table: _Paths | _Packings) -> Inequality:
    form = terms.form
    parts = [terms.lookup(k) for k in cited]
    columns: set[int] = set()
    for k, part in enumerate(parts):
        if part.denominator != 1 or not all(form.integer[j] for j in part.a):
            raise RejectedError(f"input {k} is not integral on integer columns")
        columns.update(part.a)
        if part.kind == "ceil":
            if _finite(table, [0] * k + [-1] + [0] * (len(parts) - k - 1)) > 0:
                raise RejectedError(f"the function grows when input {k} falls")
        elif (
            part.kind != "combine"
            or part.of
            or not all(i < form.n_rows and form.is_equation[i] for i in part.linear.indices)
        ):
            raise RejectedError(f"input {k} is neither rounded up nor made of equations")
    values = {j: _finite(table, [part.a.get(j, 0) for part in parts]) for j in sorted(columns)}
    common = math.lcm(*(v.denominator for v in values.values()))
    a = {j: int(v * common) for j, v in values.items()}
    return derived("table", cited, parts, *lowest(common, a), table=table)


def _finite(table: _Paths | _Packings, integers: Sequence[int]) -> Fraction:
    """The value at a column or a slack, which has to be finite."""
    value = table.value(integers)
    if not isinstance(value, Fraction):
        raise RejectedError("the function is infinite at a column or at a slack")
    return value


# -- paths in a group ------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False, slots=True)
class _Paths:
    unit: int
    weights: Sequence[int]
    elements: Sequence[Sequence[int]]
    moduli: Sequence[int]
    strides: Sequence[int]
    lengths: Sequence[int]
    beyond: int

    def value(self, integers: Sequence[int]) -> Bound:
        """Its value at integers."""
        place = total = 0
        for c, (modulus, stride) in enumerate(zip(self.moduli, self.strides, strict=True)):
            residue = sum(v * self.elements[k][c] for k, v in enumerate(integers))
            place += residue % modulus * stride
        if self.lengths[place] >= self.beyond:
            return math.inf
        total = sum(w * v for w, v in zip(self.weights, integers, strict=True))
        return Fraction(total + self.lengths[place], self.unit)


def _sweep(
    moduli: Sequence[int], generators: Sequence[Sequence[int]], costs: Sequence[int]
) -> tuple[list[int], int]:
    """Lengths of shortest paths, generator by generator, around the cosets of each.

    The order of steps does not matter in an abelian group. Around a coset the walk starts
    at a least length, which no step improves.
    """
    order = math.prod(moduli)
    beyond = 1 + order * max(costs, default=0)
    lengths = [0, *[beyond] * (order - 1)]
    for element, cost in zip(generators, costs, strict=True):
        targets = [0]
        for modulus, residue in zip(moduli, element, strict=True):
            turned = [(v + residue) % modulus for v in range(modulus)]
            targets = [place * modulus + v for place in targets for v in turned]
        is_done = bytearray(order)
        for start in range(order):
            if is_done[start]:
                continue
            walk = [start]
            place = targets[start]
            while place != start:
                walk.append(place)
                place = targets[place]
            for place in walk:
                is_done[place] = 1
            found = [lengths[place] for place in walk]
            first = found.index(min(found))
            run = found[first]
            for place in walk[first:] + walk[:first]:
                run = min(run, lengths[place])
                lengths[place] = run
                run += cost
    return lengths, beyond


# -- packings --------------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False, slots=True)
class _Packings:
    unit: int
    weights: Sequence[int]
    capacities: Sequence[Sequence[int]]
    columns: Sequence[tuple[Sequence[int], int]]

    def value(self, integers: Sequence[int]) -> Bound:
        """Its value at integers."""
        room = [-sum(w * v for w, v in zip(row, integers, strict=True)) for row in self.capacities]
        if min(room, default=0) < 0:
            return math.inf
        total = sum(w * v for w, v in zip(self.weights, integers, strict=True))
        return Fraction(total - _best(self.columns, room), self.unit)


def _best(columns: Sequence[tuple[Sequence[int], int]], room: Sequence[int]) -> int:
    """The best packing, once rows that cannot run full are left out."""
    often = [min(d // s for s, d in zip(size, room, strict=True) if s) for size, _ in columns]
    tight = [
        i
        for i, d in enumerate(room)
        if sum(n * size[i] for n, (size, _) in zip(often, columns, strict=True)) > d
    ]
    start = tuple(room[i] for i in tight)
    top = max(start, default=0) + 1
    prices = [top // (d + 1) + 1 for d in start]
    sure = 0
    wares: list[_Ware] = []
    for n, (size, profit) in zip(often, columns, strict=True):
        inside = [size[i] for i in tight]
        if any(inside) and n:
            volume = sum(w * s for w, s in zip(prices, inside, strict=True))
            wares.append((profit, volume, inside, n))
        else:
            sure += n * profit
    wares.sort(key=lambda ware: Fraction(ware[0], ware[1]), reverse=True)
    return sure + _fill(wares, prices, start)


def _fill(wares: Sequence[_Ware], prices: Sequence[int], start: tuple[int, ...]) -> int:
    """Column by column over the rooms that are left, without those that cannot win."""
    layer, best, count = {start: 0}, _greedy(wares, start), 0
    uses = [sum(n * z[i] for _, _, z, n in wares) for i in range(len(start))]
    for k, (profit, _, size, most) in enumerate(wares):
        rest = wares[k + 1 :]
        uses = [use - most * s for use, s in zip(uses, size, strict=True)]
        following: dict[tuple[int, ...], int] = {}
        for left, total in layer.items():
            n = min([most, *(d // s for s, d in zip(size, left, strict=True) if s)])
            while n >= 0:
                after = [d - n * s for s, d in zip(size, left, strict=True)]
                volume = sum(w * d for w, d in zip(prices, after, strict=True))
                if total + n * profit + _hope(rest, volume) <= best:
                    break
                # More room than the rest can use makes no difference.
                key = tuple(map(min, after, uses))
                following[key] = max(following.get(key, 0), total + n * profit)
                n, count = n - 1, count + 1
                if count > MAX_STATES:
                    raise TooLargeError("a packing goes through too many states")
        layer = following
        for left, total in heapq.nlargest(8, layer.items(), key=lambda way: way[1]):
            best = max(best, total + _greedy(rest, left))
    return best


_Ware: TypeAlias = tuple[int, int, list[int], int]
"""Profit, volume, size, and how often it fits."""


def _hope(wares: Sequence[_Ware], volume: int) -> int:
    total = 0
    for profit, own, _, n in wares:
        if own * n >= volume:
            return total + volume * profit // own
        total, volume = total + n * profit, volume - n * own
    return total


def _greedy(wares: Sequence[_Ware], left: Sequence[int]) -> int:
    total = 0
    for profit, _, size, most in wares:
        n = min([most, *(d // s for s, d in zip(size, left, strict=True) if s)])
        total, left = total + n * profit, [d - n * s for s, d in zip(size, left, strict=True)]
    return total
