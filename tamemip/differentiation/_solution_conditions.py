"""What keeps an optimal point optimal: functions of the step that have to stay nonnegative."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound
from tamemip.differentiation._solution_active import ActiveSet, regular_square
from tamemip.differentiation._solution_forms import Form, Reach, total
from tamemip.differentiation._solution_motion import Motion
from tamemip.differentiation._solution_tree import Box, Dearer, Multiplier, Node, boxes, root_box

__all__ = ["Condition", "Conditions", "Memory"]

_ZERO, _ONE = Fraction(0), Fraction(1)
_UNKNOWN = Form(_ZERO, {}, math.inf)


@final
@dataclass(frozen=True, slots=True)
class Condition:
    """A form that has to be nonnegative, or positive if strict."""

    form: Form
    is_strict: bool = False

    @property
    def holds_always(self) -> bool:
        """Whether it does not move, and holds."""
        form = self.form
        if form.slopes or form.error == math.inf:
            return False
        least = form.start - form.error
        return least > 0 if self.is_strict else least >= 0

    @property
    def has_room(self) -> bool:
        """Whether it holds around the step 0, and what is unknown takes at most half of it."""
        start, error = self.form.start, self.form.error
        return self.holds_always or (start > 0 and 2 * error <= start)


_NEVER = Condition(_UNKNOWN)


@final
@dataclass(frozen=True, slots=True)
class _Priced:
    """Multipliers on a reach, with the reduced costs and what keeps their signs right."""

    prices: Mapping[int, Form]
    reduced: list[Form]
    signs: tuple[Condition, ...]
    is_ray: bool


Memory: TypeAlias = dict[Multiplier, tuple[_Priced, ...]]
"""What conditions on several reaches share."""


@final
class Conditions:
    """The conditions on a reach, for an active set, its duals and a tree of boxes.

    The path ``x(t)`` keeps the active set tight, the prices ``y(t)`` keep reduced costs of zero
    inside. Where ``x(t)`` is feasible and the signs of ``y(t)`` and of the reduced costs are
    right, it is optimal in its integer part, and in every `OwnBox`. In a `Dearer` box a point
    costs, with its multipliers ``y`` and ``z = c - A^T y``, at least

        y (b - A x(t)) + sum_j min {z_j (x_j - x_j(t)) : x_j between its bounds}

    more than ``x(t)``; a Farkas vector, without the costs, is violated by as much.
    """

    def __init__(
        self,
        motion: Motion,
        active: ActiveSet,
        duals: Mapping[int, Fraction],
        reach: Reach,
        *,
        memory: Memory | None = None,
    ) -> None:
        self._motion, self._active, self._reach = motion, active, reach
        self._exact = motion.program.exact
        self.path = active.path(motion, reach)
        self.prices = active.basis.prices(motion, reach, duals)
        self._own_reduced = motion.reduced(reach, self.prices, with_cost=True)
        self._slack = self._slacks()
        # Prices are affine, whatever the reach, if the matrix does not move.
        self._priced: Memory = {} if memory is None or motion.entries else memory

    def _slacks(self) -> list[Form]:
        """``b - A x(t)``; zero where the row stays tight."""
        tight, motion, reach = set(self._active.tight), self._motion, self._reach
        return [
            Form(_ZERO) if i in tight else motion.rhs[i].minus(motion.activity(reach, i, self.path))
            for i in range(len(motion.rhs))
        ]

    # -- the integer part itself ---------------------------------------------------------------

    def own(self) -> Iterator[Condition]:
        """That the path is feasible and optimal in its integer part."""
        yield from self._integer_bounds()
        yield from self._column_bounds()
        for i, sense in enumerate(self._exact.row_sense):
            if sense != "=":
                slack = self._slack[i]
                yield Condition(slack if sense == "<=" else slack.scaled(-_ONE))
        for i, price in self.prices.items():
            if self._exact.row_sense[i] == "<=":
                yield Condition(price.scaled(-_ONE))
            elif self._exact.row_sense[i] == ">=":
                yield Condition(price)
        reduced = self._own_reduced
        for j in self._active.loose:
            yield Condition(reduced[j] if self._active.at_lower[j] else reduced[j].scaled(-_ONE))

    def _integer_bounds(self) -> Iterator[Condition]:
        """Moving bounds of integer columns stay on their side of the part, and of the root box."""
        low, up = root_box(self._exact)
        for j, flag in enumerate(self._exact.integer):
            lower, upper = self._motion.lower[j], self._motion.upper[j]
            here = Form(self._active.point[j])
            if flag and lower is not None and not lower.is_constant:
                yield Condition(here.minus(lower))
                yield Condition(lower.minus(Form(Fraction(low[j]) - 1)), is_strict=True)
            if flag and upper is not None and not upper.is_constant:
                yield Condition(upper.minus(here))
                yield Condition(Form(Fraction(up[j]) + 1).minus(upper), is_strict=True)

    def _column_bounds(self) -> Iterator[Condition]:
        for j, flag in enumerate(self._exact.integer):
            lower, upper = self._motion.lower[j], self._motion.upper[j]
            if flag:
                continue
            if lower is not None and not self._active.at_lower.get(j, False):
                yield Condition(self.path[j].minus(lower))
            if upper is not None and self._active.at_lower.get(j, True):
                yield Condition(upper.minus(self.path[j]))

    # -- boxes ---------------------------------------------------------------------------------

    def of_own_boxes(self, tree: Sequence[Node]) -> Iterator[Condition]:
        """That no other part of an own box is as cheap: reduced costs keep their sign."""
        reduced = self._own_reduced
        raised, lowered = set(), set()
        for leaf, (low, up) in boxes(tuple(tree), root_box(self._exact)):
            if isinstance(leaf, Dearer):
                continue
            for j, flag in enumerate(self._exact.integer):
                if flag and low[j] < self._active.point[j]:
                    lowered.add(j)
                if flag and up[j] > self._active.point[j]:
                    raised.add(j)
        for j in sorted(raised):
            yield Condition(reduced[j])
        for j in sorted(lowered):
            yield Condition(reduced[j].scaled(-_ONE))

    def of_box(self, leaf: Dearer, box: Box) -> list[Condition]:
        """That every point of a box is dearer; what never holds if nothing shows it."""
        low, up = box
        if any(a > b for a, b in zip(low, up, strict=True)):
            return []
        found = [self._by(priced, box) for m in leaf.multipliers for priced in self._all_priced(m)]
        return max(found, key=lambda each: min(map(_room, each)), default=[_NEVER])

    def _by(self, priced: _Priced, box: Box) -> list[Condition]:
        parts = [self._reach.times(self._slack[i], price) for i, price in priced.prices.items()]
        signs = list(priced.signs)
        for j, z in enumerate(priced.reduced):
            if not _is_zero(z):
                least, sign = self._least(j, z, box)
                parts.append(least)
                signs += [] if sign is None else [sign]
        gap = total(parts)
        return [Condition(gap, is_strict=priced.is_ray or not gap.slopes), *signs]

    def _all_priced(self, m: Multiplier) -> tuple[_Priced, ...]:
        if m not in self._priced:
            self._priced[m] = tuple(self._prices_of(m))
        return self._priced[m]

    def _prices_of(self, m: Multiplier) -> Iterator[_Priced]:
        """The multipliers as they are, and moved so that reduced costs of zero stay zero.

        They have to move where a column has no bound to lean on.
        """
        if not self._has_right_signs(m):
            return
        motion = self._motion
        constant = {i: Form(v) for i, v in m.y}
        reduced = motion.reduced(self._reach, constant, with_cost=not m.is_ray)
        moved = [j for j, z in enumerate(reduced) if not z.start and not z.is_constant]
        leaning = [j for j in moved if motion.lower[j] is None or motion.upper[j] is None]
        if not leaning:
            yield _Priced(constant, reduced, (), m.is_ray)
        for held in dict.fromkeys((tuple(moved), tuple(leaning))):
            priced = self._holding(m, held) if held else None
            if priced is not None:
                yield priced

    def _holding(self, m: Multiplier, held: Sequence[int]) -> _Priced | None:
        motion, reach, y = self._motion, self._reach, dict(m.y)
        senses = self._exact.row_sense
        usable = [i for i, sense in enumerate(senses) if sense == "=" or i in y]
        square = regular_square(motion.program, usable, held)
        if square is None:
            return None
        prices = square.prices(motion, reach, y, with_cost=not m.is_ray)
        reduced = motion.reduced(reach, prices, with_cost=not m.is_ray)
        for j in held:
            reduced[j] = Form(_ZERO)
        signs = tuple(
            Condition(price.scaled(-_ONE) if senses[i] == "<=" else price)
            for i, price in prices.items()
            if senses[i] != "="
        )
        return _Priced(prices, reduced, signs, m.is_ray)

    def _has_right_signs(self, m: Multiplier) -> bool:
        senses = self._exact.row_sense
        return all(senses[i] == "=" or (v > 0) == (senses[i] == ">=") for i, v in m.y)

    def _least(self, j: int, z: Form, box: Box) -> tuple[Form, Condition | None]:
        """The least ``z (x_j - x_j(t))``, or less; where a bound is missing, `z` keeps its sign."""
        low = self._side(j, box[0], self._motion.lower)
        up = self._side(j, box[1], self._motion.upper)
        swing = self._reach.swing(z)
        is_up, is_down = z.start - swing >= 0, z.start + swing <= 0
        if low is not None and (is_up or (up is None and z.start > 0)):
            return self._reach.times(z, low), None if is_up else Condition(z)
        if up is not None and (is_down or (low is None and z.start < 0)):
            return self._reach.times(z, up), None if is_down else Condition(z.scaled(-_ONE))
        if low is None or up is None or swing == math.inf:
            return _UNKNOWN, None
        corners: list[Bound] = []
        for w in (low, up):
            width = self._reach.swing(w)
            if width == math.inf:
                return _UNKNOWN, None
            ends = (w.start - width, w.start + width)
            corners += [v * end for v in (z.start - swing, z.start + swing) for end in ends]
        return Form(Fraction(min(corners))), None

    def _side(self, j: int, side: Sequence[Bound], moving: Sequence[Form | None]) -> Form | None:
        """How far a bound of the box is from the path."""
        if self._exact.integer[j]:
            bound = side[j]
            return Form(bound - self._active.point[j]) if isinstance(bound, Fraction) else None
        form = moving[j]
        return None if form is None else form.minus(self.path[j])


def _is_zero(form: Form) -> bool:
    return form.is_constant and not form.start


def _room(condition: Condition) -> float:
    """How far the boundary is, in the maximum norm; infinite where there is none."""
    form = condition.form
    if form.error == math.inf:
        return -math.inf
    least = float(form.start - form.error)
    if least < 0 or (condition.is_strict and not least):
        return -math.inf
    norm = float(sum((abs(v) for v in form.slopes.values()), _ZERO))
    return least / norm if norm else math.inf
