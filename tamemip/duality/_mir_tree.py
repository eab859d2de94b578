"""Branching trees of mixed-integer programs, folded into one rounded function.

Every node of the tree holds a valid inequality ``f``, subadditive in the right-hand
side, that proves a bound at the node once the branching bounds above it are paid for.
At a branch the inequalities of the children are joined by one pair rounding, in which
what they pay for the branch itself cancels. See `docs/theory/mir-lifting.md`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, final

from tamemip.duality._linear import bound_rows
from tamemip.duality._tree import Side
from tamemip.functions import Node, combination, mixed_integer_rounding

if TYPE_CHECKING:
    from tamemip.duality._multipliers import Multipliers
    from tamemip.duality._tree import Literals
    from tamemip.programs import CanonicalForm

Key: TypeAlias = "tuple[int, Side, int]"
"""A branching bound: column of the user, side, integer."""

_ZERO, _ONE = Fraction(0), Fraction(1)
NO_PRICES: Mapping[Key, Fraction] = {}


@final
@dataclass(frozen=True, slots=True)
class BranchBound:
    """A branching bound ``q x'_k >= q at`` of a canonical column, ``q = sign``.

    Paying more for it than needed costs `near` a unit, the distance to the face of the
    box that it leaves; paying less costs `far`, the distance to the other face. None
    stands for an infinite distance. On a face of the box, ``near`` is 0.

    Attributes
    ----------
    row
        The canonical row of the upper bound of the column, if there is one.
    """

    sign: int
    at: Fraction
    near: Fraction | None
    far: Fraction | None
    row: int | None

    def payment(self, change: Fraction) -> tuple[Fraction, int | None] | None:
        """What a change of the price costs, and the row that has to pay; None if impossible."""
        distance = self.near if change > 0 else self.far
        if distance is None:
            return None
        needs_row = (self.sign > 0) == (change > 0)
        return abs(change) * distance, self.row if needs_row else None


@final
@dataclass(slots=True)
class Inequality:
    """``sum(f(a_k) x'_k) >= f(e)`` with prices of branching bounds.

    With the prices ``p`` of bounds ``q x' >= q0``: the coefficients of ``f`` are at most
    ``c - sum(p q)``, and ``f(e) >= value - sum(p q0)`` at the right-hand side of the search.
    Where the bounds hold, thus ``c x' >= value``.

    Attributes
    ----------
    linear, parts
        ``f`` is the sum of rows and of functions with these weights.
    prices
        What is paid for branching bounds; positive.
    """

    linear: dict[int, Fraction]
    parts: tuple[tuple[Fraction, Node], ...]
    prices: dict[Key, Fraction]
    value: Fraction

    def node(self, scale: Fraction = _ONE) -> Node:
        """A multiple of ``f`` as a term."""
        return combination(
            {i: scale * w for i, w in self.linear.items()},
            [(scale * w, part) for w, part in self.parts],
        )


@final
@dataclass(frozen=True, slots=True)
class Weights:
    """Row weights with the reduced costs that they leave: sums of multipliers.

    Row ``m + k`` is cut ``k``; columns are the user's, reduced costs are `reduced` over
    `denominator`.
    """

    rows: Mapping[int, Fraction]
    reduced: Mapping[int, int]
    denominator: int

    @classmethod
    def of(cls, multipliers: Multipliers) -> Weights:
        """The weights of some multipliers."""
        m = multipliers
        return cls(m.exact_y(), m.reduced, m.reduced_denominator)

    def times(self, scale: Fraction) -> Weights:
        """A positive multiple."""
        rows = {i: scale * w for i, w in self.rows.items()}
        reduced = {j: scale.numerator * r for j, r in self.reduced.items()}
        return Weights(rows, reduced, self.denominator * scale.denominator)

    def plus(self, other: Weights) -> Weights:
        """The sum."""
        rows = dict(self.rows)
        reduced: dict[int, int] = {}
        for i, w in other.rows.items():
            rows[i] = rows.get(i, _ZERO) + w
        d = math.lcm(self.denominator, other.denominator)
        for part in (self, other):
            for j, r in part.reduced.items():
                reduced[j] = reduced.get(j, 0) + d // part.denominator * r
        return Weights(rows, reduced, d)


@final
@dataclass(frozen=True, slots=True)
class Settled:
    """Weights whose negative reduced costs are paid by bounds of the box.

    Attributes
    ----------
    weights
        The weights.
    inequality
        What they prove in the whole box, but for the columns in `missing`.
    missing
        Columns that want an infinite bound: a branching bound has to stand in.
    """

    weights: Weights
    inequality: Inequality
    missing: frozenset[int]


@final
class Lifting:
    """Inequalities at the leaves of a tree, and their joints.

    Parameters
    ----------
    form
        The canonical form of the program.
    e
        The canonical right-hand side of the search.
    cuts
        Functions whose inequalities are rows of the tree behind the user's rows, with
        their values at ``e``.
    """

    def __init__(
        self,
        form: CanonicalForm,
        e: Sequence[Fraction],
        cuts: Sequence[tuple[Node, Fraction]] = (),
    ) -> None:
        self._form, self._e, self._cuts = form, e, cuts
        self._rows = bound_rows(form)
        self._bounds: dict[Key, BranchBound | None] = {}

    # -- leaves ----------------------------------------------------------------------

    def settled(self, weights: Weights) -> Settled:
        """Weights of rows and cuts as an inequality over the box."""
        form, m = self._form, len(self._form.row_sign)
        linear: dict[int, Fraction] = {}
        parts, total = [], _ZERO
        for i, w in weights.rows.items():
            if i < m:
                linear[i] = form.row_sign[i] * w
                total += linear[i] * self._e[i]
            else:
                node, value = self._cuts[i - m]
                parts.append((w, node))
                total += w * value
        made = Inequality(linear, tuple(parts), {}, total)
        missing = []
        for j, r in weights.reduced.items():
            if (r < 0 or self._wants_bound[j]) and not self._pay(
                made, j, Fraction(r, weights.denominator), {}
            ):
                missing.append(j)
        return Settled(weights, made, frozenset(missing))

    def leaf(
        self, settled: Settled, literals: Literals, fixed: Mapping[Key, Fraction] = NO_PRICES
    ) -> Inequality | None:
        """The inequality of weights in a smaller box; None if they want an infinite bound.

        Parameters
        ----------
        settled
            The weights.
        literals
            Branching bounds that may get the prices that the reduced costs want.
        fixed
            Prices of other branching bounds.
        """
        weights, known = settled.weights, settled.inequality
        made = Inequality(dict(known.linear), known.parts, {}, known.value)
        moved = {j: _ZERO for j, _ in literals} | {key[0]: _ZERO for key in fixed}
        if not settled.missing <= moved.keys():
            return None
        for key, price in fixed.items():
            moved[key[0]] += _direction(key) * price
            made.value += price * self.offset(key)
        for j, change in moved.items():
            r = Fraction(weights.reduced.get(j, 0), weights.denominator)
            if r and j not in settled.missing:
                self._pay_back(made, j, r)
            if r != change and not self._pay(made, j, r - change, literals):
                return None
        keys: list[Key] = [(j, side, at) for (j, side), at in literals.items()]
        paid = {key: made.prices[key] for key in keys if key in made.prices}
        made.prices = {**paid, **{key: price for key, price in fixed.items() if price}}
        return made

    def _pay(self, made: Inequality, j: int, r: Fraction, literals: Literals) -> bool:
        """Settle a reduced cost with a branching bound, a bound of the box, or not at all."""
        side: Side = ">=" if r > 0 else "<="
        at = literals.get((j, side))
        if at is not None:
            key: Key = (j, side, at)
            made.prices[key] = abs(r)
            made.value += abs(r) * self.offset(key)
            return True
        row, is_needed = self._bound_row(j, r)
        if row is not None:
            made.linear[row] = made.linear.get(row, _ZERO) + abs(r)
            made.value += abs(r) * self._e[row]
        return row is not None or not is_needed

    def _pay_back(self, made: Inequality, j: int, r: Fraction) -> None:
        """Undo what a bound of the box has paid for a reduced cost."""
        row, _ = self._bound_row(j, r)
        if row is not None:
            made.value -= abs(r) * self._e[row]
            made.linear[row] -= abs(r)
            if not made.linear[row]:
                del made.linear[row]

    def _bound_row(self, j: int, r: Fraction) -> tuple[int | None, bool]:
        """The row of the bound of a column that a reduced cost wants, and whether it wants one."""
        columns = self._columns[j]
        if len(columns) > 1:
            return None, True
        ((k, sign),) = columns
        return (self._rows.get(k), True) if sign * r < 0 else (None, False)

    @cached_property
    def _wants_bound(self) -> dict[int, bool]:
        """Columns for which a positive reduced cost may want a bound: flipped or free ones."""
        return {j: columns != [(columns[0][0], 1)] for j, columns in self._columns.items()}

    @cached_property
    def _columns(self) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = {}
        for k, column in enumerate(self._form.columns):
            found.setdefault(column.source, []).append((k, column.sign))
        return found

    def offset(self, key: Key) -> Fraction:
        """The right-hand side ``q0`` of a branching bound."""
        j, side, at = key
        base = self._form.columns[self._columns[j][0][0]].base
        return at - base if side == ">=" else base - at

    def is_face(self, key: Key) -> bool:
        """Whether a branching bound leaves a face of the box: its price can be raised freely."""
        bound = self.bound(key)
        return bound is not None and bound.near == 0

    def bound(self, key: Key) -> BranchBound | None:
        """A branching bound on a canonical column; None for a free column."""
        if key not in self._bounds:
            self._bounds[key] = self._bound(key)
        return self._bounds[key]

    def _bound(self, key: Key) -> BranchBound | None:
        columns = self._columns[key[0]]
        if len(columns) > 1:
            return None
        ((k, column_sign),) = columns
        sign = column_sign * _direction(key)
        at = sign * self.offset(key)
        row = self._rows.get(k)
        above = None if row is None else -self._form.rhs[row] - at
        near, far = (above, at) if sign > 0 else (at, above)
        return BranchBound(sign, at, near, far, row)

    # -- changes of prices -------------------------------------------------------------

    def relieved(self, of: Inequality, target: Fraction, kept: Collection[Key] = ()) -> Inequality:
        """The same with fewer prices, the deepest ones dropped first, still at `target`.

        Prices come in the order in which branching bounds were met; those of the bounds
        in `kept` stay.
        """
        for key in reversed(list(of.prices)):
            if key in kept:
                continue
            cost = self._cost(key, -of.prices[key])
            if cost is not None and of.value - cost >= target:
                self._move(of, key, _ZERO)
        return of

    def _cost(self, key: Key, change: Fraction) -> Fraction | None:
        bound = self.bound(key)
        found = None if bound is None else bound.payment(change)
        return None if found is None else found[0]

    def _move(self, of: Inequality, key: Key, price: Fraction) -> None:
        """Set a price that can be set."""
        change = price - of.prices.get(key, _ZERO)
        bound = self.bound(key)
        found = None if bound is None else bound.payment(change)
        if found is None:
            raise AssertionError(f"the price of {key} cannot be moved")
        cost, row = found
        of.value -= cost
        if row is not None:
            of.linear[row] = of.linear.get(row, _ZERO) + abs(change)
        if price:
            of.prices[key] = price
        else:
            of.prices.pop(key, None)

    # -- joints --------------------------------------------------------------------------

    def joined(
        self, left: Inequality, right: Inequality, below: Key, above: Key
    ) -> Inequality | None:
        """One inequality from those of the children ``x_j <= v`` and ``x_j >= v + 1``.

        A child that pays nothing for its branch serves the parent as it is. None if the
        prices of a bound above differ, and neither can be moved.
        """
        idle = [f for f, key in ((left, below), (right, above)) if key not in f.prices]
        if idle:
            return max(idle, key=lambda f: f.value)
        a, b = left.prices.pop(below), right.prices.pop(above)
        for key in dict.fromkeys((*left.prices, *right.prices)):
            if not self._agree(left, right, key):
                return None
        return self._rounded(left, right, a, b)

    def _agree(self, left: Inequality, right: Inequality, key: Key) -> bool:
        """Give a bound the same price in both, where that costs least."""
        p, q = left.prices.get(key, _ZERO), right.prices.get(key, _ZERO)
        if p == q:
            return True
        low, high = (left, right) if p < q else (right, left)
        p, q = min(p, q), max(p, q)
        raising, lowering = self._cost(key, q - p), self._cost(key, p - q)
        if raising is None and lowering is None:
            return False
        raised = None if raising is None else min(low.value - raising, high.value)
        lowered = None if lowering is None else min(low.value, high.value - lowering)
        if lowered is None or (raised is not None and raised >= lowered):
            self._move(low, key, q)
        else:
            self._move(high, key, p)
        return True

    @staticmethod
    def _rounded(left: Inequality, right: Inequality, a: Fraction, b: Fraction) -> Inequality:
        """``b G((f - g)/(a + b)) + g`` with the fraction ``b/(a + b)``: at least both values."""
        scale = 1 / (a + b)
        node = mixed_integer_rounding(left.node(scale), b * scale, minus=right.node(scale))
        return Inequality({}, ((b, node),), left.prices, min(left.value, right.value))


def _direction(key: Key) -> int:
    """The coefficient of the user's column in a branching bound ``q x >= q0``."""
    return 1 if key[1] == ">=" else -1
