"""Exact proofs at the leaves: float proposals are rationalised and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._rational_duals import Rationalizer
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Literals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def box_constant(data: IntegerData, m: Multipliers, literals: Literals) -> Fraction | None:
    """The constant of an affine bound over a box, or None if a bound is missing.

    ``sum(r_j^+ l_j + r_j^- u_j)``, from the root's constant and the literals.
    """
    total = m.base
    if m.needs and not all(need in literals for need in m.needs):
        return None
    for (column, side), at in literals.items():
        r = m.reduced.get(column)
        if r is not None and (r > 0) == (side == ">="):
            total += r * (at * data.bound_scale - (data.root_bound(column, side) or 0))
    return Fraction(total, m.base_denominator)


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
    data, target
        Integer data of the problem, and what closes a leaf.
    anchor
        The right-hand side of the search, with the value to reach.
    basis_duals
        Exact duals of a leaf's optimal basis, the last resort: a function of the literals.
    basis_ray
        Exact Farkas ray of a leaf's box, likewise.
    """

    def __init__(
        self,
        data: IntegerData,
        target: Target,
        anchor: Anchor,
        *,
        basis_duals: Callable[[Literals], dict[int, Fraction] | None],
        basis_ray: Callable[[Literals], dict[int, Fraction] | None],
    ) -> None:
        self._data, self._target, self._anchor = data, target, anchor
        self._basis_duals, self._basis_ray = basis_duals, basis_ray
        self._rationalizer = Rationalizer()
        self._made: dict[tuple[bool, tuple[tuple[int, Fraction], ...]], Multipliers] = {}

    def prove(self, evidence: Evidence, literals: Literals) -> bool:
        """Fill in exact multipliers; True if the leaf reaches the anchor's value."""
        if self.is_closed(evidence, literals):
            evidence.dual = evidence.ray = None
            return True
        closed = evidence.ray is not None and self._prove_empty(evidence, literals)
        closed = self._prove_bound(evidence, literals, needed=not closed) or closed
        evidence.dual = evidence.ray = None
        return closed

    def is_closed(self, evidence: Evidence, literals: Literals) -> bool:
        """Whether the exact multipliers that a leaf has suffice at the anchor."""
        return any(self._is_positive(m, literals) for m in evidence.rays) or any(
            self._is_reached(m, literals) for m in evidence.duals
        )

    def _value(self, m: Multipliers, literals: Literals) -> Fraction | None:
        constant = box_constant(self._data, m, literals)
        return None if constant is None else constant + m.at(self._anchor.rhs)

    def _is_positive(self, m: Multipliers, literals: Literals) -> bool:
        value = self._value(m, literals)
        return value is not None and value > 0

    def _is_reached(self, m: Multipliers, literals: Literals) -> bool:
        if self._anchor.value is None:
            return False
        value = self._value(m, literals)
        return value is not None and self._target.is_reached(value, self._anchor.value)

    def _prove_empty(self, evidence: Evidence, literals: Literals) -> bool:
        assert evidence.ray is not None
        for y in self._signed(evidence.ray):
            m = self._make(y, is_ray=True)
            if self._is_positive(m, literals):
                evidence.rays.append(m)
                return True
        exact = self._basis_ray(literals)
        if exact is not None:
            m = self._make(exact, is_ray=True)
            if self._is_positive(m, literals):
                evidence.rays.append(m)
                return True
        return False

    def _signed(self, ray: NDArray[np.float64]) -> Iterable[dict[int, Fraction]]:
        scale = float(abs(ray).max(initial=0.0)) or 1.0
        for y in self._rationalizer.candidates(ray / scale):
            yield y
            yield {i: -v for i, v in y.items()}

    def _prove_bound(self, evidence: Evidence, literals: Literals, *, needed: bool) -> bool:
        """Add a dual vector; the first candidate that reaches, else the best valid one."""
        best: tuple[Fraction, Multipliers] | None = None
        candidates = () if evidence.dual is None else self._rationalizer.candidates(evidence.dual)
        for y in candidates:
            m = self._make(y, is_ray=False)
            value = self._value(m, literals)
            if value is None:
                continue
            if best is None or value > best[0]:
                best = (value, m)
            if not needed or self._reaches(value):
                break
        if best is None or (needed and not self._reaches(best[0])):
            best = self._from_basis(literals, best)
        if best is not None:
            evidence.duals.append(best[1])
        return best is not None and self._reaches(best[0])

    def _reaches(self, value: Fraction) -> bool:
        return self._anchor.value is not None and self._target.is_reached(value, self._anchor.value)

    def _from_basis(
        self, literals: Literals, best: tuple[Fraction, Multipliers] | None
    ) -> tuple[Fraction, Multipliers] | None:
        exact = self._basis_duals(literals)
        if exact is None:
            return best
        m = self._make(exact, is_ray=False)
        value = self._value(m, literals)
        if value is None or (best is not None and best[0] >= value):
            return best
        return value, m

    def _make(self, y: dict[int, Fraction], *, is_ray: bool) -> Multipliers:
        key = (is_ray, tuple(sorted(y.items())))
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._data.multipliers(y, is_ray=is_ray)
        return made
