"""Exact proofs at the leaves: float proposals are rationalised and judged."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, final

from tamemip.duality._exact_relaxation import exact_over_box
from tamemip.duality._leaf_constant import box_constant
from tamemip.duality._multipliers import Multipliers
from tamemip.duality._pool import MultiplierPool
from tamemip.duality._rational_duals import Rationalizer
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Literals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tamemip.duality._block_sum import BlockSum
    from tamemip.duality._relaxation import Relaxation
    from tamemip.duality._search import Box

#: Entries of the tableau of a leaf that is solved in rationals, at most: a tenth of a second.
_SMALL_TABLEAU = 5_000


@final
@dataclass(frozen=True, slots=True)
class Anchor:
    """A right-hand side at which the function has to reach a value."""

    rhs: tuple[Fraction, ...]
    value: Fraction | None
    """Value of a feasible point, without the constant; None if there is no point."""


@final
class LeafJudge:
    """Turns float evidence into exact multipliers and says whether it suffices.

    Parameters
    ----------
    relaxation
        Integer data of the problem, and exact answers of last resort.
    target, anchor
        What closes a leaf; the right-hand side of the search with the value to reach.
    """

    def __init__(self, relaxation: Relaxation, target: Target, anchor: Anchor) -> None:
        self._relaxation, self._data = relaxation, relaxation.data
        self._target, self._anchor = target, anchor
        self._rationalizer = Rationalizer()
        self._made: dict[tuple[object, ...], Multipliers] = {}
        size = (len(anchor.rhs), len(relaxation.lower), anchor.rhs)
        self._duals, self._rays = MultiplierPool(*size), MultiplierPool(*size)
        value = math.inf if anchor.value is None else float(anchor.value)
        self._threshold = target.threshold(value)

    def prove(self, evidence: Evidence, literals: Literals) -> bool:
        """Fill in exact multipliers; True if the leaf reaches the anchor's value."""
        closed = self.is_closed(evidence, literals)
        if not closed:
            box = self._relaxation.box(literals)
            closed = evidence.ray is not None and self._prove_empty(evidence, literals, box)
            closed = self._prove_bound(evidence, literals, box, needed=not closed) or closed
        if not closed and evidence.ray is None and not evidence.is_open:
            # Feasible within the engine's tolerance only?
            closed = self._prove_empty(evidence, literals, box)
        if not closed and not evidence.is_open:
            closed = self._prove_exactly(evidence, literals)
        evidence.dual = evidence.ray = evidence.basis = None
        return closed

    def prove_in_haste(
        self, evidence: Evidence, literals: Literals, *, pooled_only: bool = False
    ) -> bool:
        """Take the likely vertex of the leaf's own dual, or multipliers that are there already."""
        if evidence.ray is not None and not pooled_only:
            likely = islice(self._ray_candidates(evidence, literals), 2)  # a vertex, both ways
            evidence.rays += [m for m in likely if self._is_positive(m, literals)]
        if evidence.dual is not None and not pooled_only:
            m = self._make(self._rationalizer.vertex(evidence.dual), is_ray=False)
            if self._value(m, literals) is not None:
                evidence.duals.append(m)
                self._duals.add(m)
        if not evidence.duals:
            pooled = self._duals.best(self._relaxation.box(literals))
            if pooled is not None:
                evidence.duals.append(pooled[1])
        evidence.dual = evidence.ray = evidence.basis = None
        return self.is_closed(evidence, literals)

    def add_dual(
        self, evidence: Evidence, literals: Literals, dual: NDArray[np.float64], *, above: float
    ) -> None:
        """Add a float dual vector, made exact, if it bounds the leaf above a value."""
        m = self._make(self._rationalizer.vertex(dual), is_ray=False)
        value = self._value(m, literals)
        if value is not None and value > above:
            evidence.duals.append(m)

    def bound(self, evidence: Evidence, literals: Literals) -> float:
        """What the exact multipliers of a leaf give at the anchor, as a float."""
        if any(self._is_positive(m, literals) for m in evidence.rays):
            return math.inf
        values: list[Fraction | float] = [-math.inf]
        values += [v for m in evidence.duals if (v := self._value(m, literals)) is not None]
        values += [t.value(self._data, literals, self._anchor.rhs) for t in evidence.sums]
        return float(max(values))

    def is_closed(self, evidence: Evidence, literals: Literals) -> bool:
        """Whether the exact multipliers that a leaf has suffice at the anchor."""
        if self._data.is_empty:
            return True
        return (
            any(self._is_positive(m, literals) for m in evidence.rays)
            or any(self._is_reached(m, literals) for m in evidence.duals)
            or any(self._is_sum_reached(total, literals) for total in evidence.sums)
        )

    def _is_sum_reached(self, total: BlockSum, literals: Literals) -> bool:
        value = total.value(self._data, literals, self._anchor.rhs)
        return value == math.inf or (isinstance(value, Fraction) and self._reaches(value))

    def _value(self, m: Multipliers, literals: Literals) -> Fraction | None:
        constant = box_constant(self._data, m, literals)
        return None if constant is None else constant + self._at_anchor(m)

    def _at_anchor(self, m: Multipliers) -> Fraction:
        known = self._products.get(id(m))
        if known is None or known[0] is not m:
            known = self._products[id(m)] = (m, m.at(self._anchor.rhs))
        return known[1]

    @cached_property
    def _products(self) -> dict[int, tuple[Multipliers, Fraction]]:
        """Products ``y rhs``, with the multipliers so that their ids stay theirs."""
        return {}

    def _is_positive(self, m: Multipliers, literals: Literals) -> bool:
        value = self._value(m, literals)
        return value is not None and value > 0

    def _is_reached(self, m: Multipliers, literals: Literals) -> bool:
        value = self._value(m, literals)
        return value is not None and self._reaches(value)

    def _reaches(self, value: Fraction) -> bool:
        return self._anchor.value is not None and self._target.is_reached(value, self._anchor.value)

    def _prove_exactly(self, evidence: Evidence, literals: Literals) -> bool:
        """The simplex method in rationals, where floats have misjudged a small leaf."""
        at = self._anchor.rhs
        verdict = exact_over_box(self._data, literals, at, largest=_SMALL_TABLEAU)
        if verdict is None:
            return False
        if verdict.point is None:
            ray = self._make(verdict.multipliers, is_ray=True)
            evidence.rays += [ray] if self._is_positive(ray, literals) else []
            return bool(evidence.rays) and evidence.rays[-1] is ray
        dual = self._make(verdict.multipliers, is_ray=False)
        if not self._is_reached(dual, literals):
            return False
        evidence.duals.append(dual)
        return True

    # -- empty boxes -----------------------------------------------------------------

    def _prove_empty(self, evidence: Evidence, literals: Literals, box: Box) -> bool:
        pooled = self._rays.best(box)
        if pooled is not None and pooled[0] > 0 and self._is_positive(pooled[1], literals):
            evidence.rays.append(pooled[1])
            return True
        for m in self._ray_candidates(evidence, literals):
            if self._is_positive(m, literals):
                evidence.rays.append(m)
                self._rays.add(m)
                return True
        return False

    def _ray_candidates(self, evidence: Evidence, literals: Literals) -> Iterator[Multipliers]:
        if evidence.ray is not None:
            ray = evidence.ray / (float(abs(evidence.ray).max(initial=0.0)) or 1.0)
            for y in (self._rationalizer.vertex(ray), *self._rationalizer.roundings(ray)):
                yield self._make(y, is_ray=True)
                yield self._make({i: -v for i, v in y.items()}, is_ray=True)
        exact = self._relaxation.basis_ray(literals)
        if exact is not None:
            yield self._make(exact, is_ray=True)

    # -- bounds ------------------------------------------------------------------------

    def _prove_bound(
        self, evidence: Evidence, literals: Literals, box: Box, *, needed: bool
    ) -> bool:
        """Add a dual vector; the first candidate that reaches, else the best valid one."""
        pooled = self._duals.best(box)
        if (
            pooled is not None
            and pooled[0] >= self._threshold
            and self._is_reached(pooled[1], literals)
        ):
            evidence.duals.append(pooled[1])
            return True
        best: tuple[Fraction, Multipliers] | None = None
        for m in self._dual_candidates(evidence, literals, needed=needed):
            value = self._value(m, literals)
            if value is None:
                continue
            if best is None or value > best[0]:
                best = (value, m)
            if not needed or self._reaches(value):
                break
        if best is None:
            return False
        evidence.duals.append(best[1])
        self._duals.add(best[1])
        return self._reaches(best[0])

    def _dual_candidates(
        self, evidence: Evidence, literals: Literals, *, needed: bool
    ) -> Iterator[Multipliers]:
        """The likely vertex, roundings where bounds forgive them, and the basis solved exactly."""
        roundings = () if evidence.dual is None else self._rationalizer.roundings(evidence.dual)
        if evidence.dual is not None:
            yield self._make(self._rationalizer.vertex(evidence.dual), is_ray=False)
        if evidence.basis is None:  # every bound is finite
            yield from (self._make(y, is_ray=False) for y in roundings)
        if needed or evidence.basis is not None:
            exact = self._relaxation.basis_duals(literals, evidence.basis)
            if exact is not None:
                yield self._make(exact, is_ray=False)
        if evidence.basis is not None:
            yield from (self._make(y, is_ray=False) for y in roundings)

    def _make(self, y: dict[int, Fraction], *, is_ray: bool) -> Multipliers:
        key = (is_ray, *((i, v.numerator, v.denominator) for i, v in sorted(y.items())))
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._data.multipliers(y, is_ray=is_ray)
        return made
