"""The second checker's rules of paths in a group and of packings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates._fast_term_rules import TERM_RULES, Terms, derived, term_rule
from tamemip.certificates._fast_terms import Inequality, lowest
from tamemip.certificates._json import RejectedError, as_integers, as_list
from tamemip.certificates._problem import Bound
from tamemip.certificates._step import Step
from tamemip.certificates._table_rules import MAX_ORDER, MAX_STATES, MAX_WORK, TooLargeError

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
    """Column by column over the rooms that are left, without those that cannot win."""
    common = math.lcm(*(d + 1 for d in room)) if len(room) < 40 else 1
    prices = [common // (d + 1) for d in room] if common > 1 else [1] * len(room)
    fitting = [
        (p, sum(w * s for w, s in zip(prices, size, strict=True)), size)
        for size, p in columns
        if all(s <= d for s, d in zip(size, room, strict=True))
    ]
    fitting.sort(key=lambda item: Fraction(item[0], item[1]), reverse=True)
    often = [min(d // s for s, d in zip(z, room, strict=True) if s) for _, _, z in fitting]
    # What the columns from place k on can use of each row: more room makes no difference.
    uses: list[list[int]] = [[0] * len(room)]
    for (_, _, size), n in zip(reversed(fitting), reversed(often), strict=True):
        uses.append([u + s * n for u, s in zip(uses[-1], size, strict=True)])
    uses.reverse()

    def hope(k: int, left: Sequence[int]) -> int:
        volume, total = sum(w * d for w, d in zip(prices, left, strict=True)), 0
        for (p, v, _), n in zip(fitting[k:], often[k:], strict=True):
            if v * n >= volume:
                return total + volume * p // v
            total, volume = total + n * p, volume - n * v
        return total

    def greedy(k: int, left: Sequence[int]) -> int:
        total = 0
        for p, _, size in fitting[k:]:
            n = min(d // s for s, d in zip(size, left, strict=True) if s)
            total, left = total + n * p, [d - n * s for s, d in zip(size, left, strict=True)]
        return total

    layer = {tuple(min(d, u) for d, u in zip(room, uses[0], strict=True)): 0}
    best, count = greedy(0, room), 0
    for k, (p, _, size) in enumerate(fitting):
        following: dict[tuple[int, ...], int] = {}
        for left, total in layer.items():
            n = min(often[k], min(d // s for s, d in zip(size, left, strict=True) if s))
            while n >= 0:
                rest = [d - n * s for s, d in zip(size, left, strict=True)]
                if total + n * p + hope(k + 1, rest) <= best:
                    break
                key = tuple(min(d, u) for d, u in zip(rest, uses[k + 1], strict=True))
                following[key] = max(following.get(key, 0), total + n * p)
                n, count = n - 1, count + 1
                if count > MAX_STATES:
                    raise TooLargeError("a packing goes through too many states")
        layer = following
        if not layer:
            break
        left, total = max(layer.items(), key=lambda item: item[1] + hope(k + 1, item[0]))
        best = max(best, total + greedy(k + 1, left))
    return best
