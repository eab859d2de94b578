"""Affine functions of the parameters, with a bound for what is not affine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound

__all__ = ["Form", "Reach", "Slopes", "constant", "total"]

Slopes: TypeAlias = Mapping[int, Fraction]
"""By parameter; those left out are zero."""

_ZERO = Fraction(0)


@final
@dataclass(frozen=True, slots=True)
class Form:
    """The functions ``start + slopes . t + r(t)`` with ``|r(t)| <= error``.

    The steps ``t`` are those of a `Reach`; the error is infinite where nothing is known.
    """

    start: Fraction
    slopes: Slopes = field(default_factory=dict)
    error: Bound = _ZERO

    @property
    def is_constant(self) -> bool:
        """Whether it does not move at all."""
        return not self.slopes and not self.error

    def plus(self, other: Form) -> Form:
        """The sum."""
        return total((self, other))

    def minus(self, other: Form) -> Form:
        """The difference."""
        return total((self, other.scaled(Fraction(-1))))

    def scaled(self, factor: Fraction) -> Form:
        """A multiple."""
        if factor == 1:
            return self
        if not factor:
            return Form(_ZERO)
        if not self.slopes and not self.error:
            return Form(factor * self.start)
        slopes = {k: factor * v for k, v in self.slopes.items()}
        return Form(factor * self.start, slopes, abs(factor) * self.error)


def constant(value: Fraction) -> Form:
    """A number that does not move."""
    return Form(value)


def total(forms: Iterable[Form]) -> Form:
    """The sum of forms."""
    known = list(forms)
    if len(known) == 1:
        return known[0]
    slopes: dict[int, Fraction] = {}
    for form in known:
        for k, v in form.slopes.items():
            slopes[k] = slopes[k] + v if k in slopes else v
    errors = [form.error for form in known if form.error]
    is_known = all(isinstance(error, Fraction) for error in errors)
    return Form(
        sum((form.start for form in known if form.start), _ZERO),
        {k: v for k, v in slopes.items() if v},
        sum(errors, _ZERO) if is_known else math.inf,
    )


@final
@dataclass(frozen=True, slots=True)
class Reach:
    """The steps ``t`` with ``|t[k]| <= radii[k]``; all steps if there are no radii."""

    radii: tuple[Fraction, ...] | None

    def swing(self, form: Form) -> Bound:
        """How far a form may be from its start."""
        if self.radii is None:
            return math.inf if form.slopes else form.error
        moved = sum((abs(v) * self.radii[k] for k, v in form.slopes.items()), _ZERO)
        return moved + form.error

    def times(self, a: Form, b: Form) -> Form:
        """The product: what is not affine in it goes to the error."""
        if a.is_constant:
            return b.scaled(a.start)
        if b.is_constant:
            return a.scaled(b.start)
        slopes = {k: b.start * v for k, v in a.slopes.items()} if b.start else {}
        if a.start:
            for k, v in b.slopes.items():
                slopes[k] = slopes.get(k, _ZERO) + a.start * v
        error: Bound = self.swing(a) * self.swing(b)
        error += abs(a.start) * b.error if a.start else _ZERO
        error += abs(b.start) * a.error if b.start else _ZERO
        return Form(a.start * b.start, {k: v for k, v in slopes.items() if v}, error)

    def dot(self, pairs: Iterable[tuple[Form, Form]]) -> Form:
        """The sum of products."""
        return total(self.times(a, b) for a, b in pairs)

    def solved(
        self,
        inverse: Sequence[Sequence[Fraction]],
        moves: Mapping[tuple[int, int], Slopes],
        right: Sequence[Form],
    ) -> list[Form]:
        r"""The solution of ``(B + D(t)) w(t) = right(t)`` where `right` starts at 0.

        With ``p = B^{-1} right`` and ``E = B^{-1} D``, ``w = p - E w``; if the row sums of
        ``|E|`` stay below some ``e < 1``, every ``|w_i|`` is at most ``|p| / (1 - e)`` in the
        maximum norm, so that ``w_i`` is ``p_i`` up to ``sum_j |E_ij| |p| / (1 - e)``.

        Parameters
        ----------
        inverse
            The inverse of ``B``.
        moves
            The entries of ``D``.
        right
            The right-hand side.
        """
        first = [
            total(form.scaled(v) for v, form in zip(row, right, strict=True) if v)
            for row in inverse
        ]
        if not moves:
            return first
        sizes = [sum(row, _ZERO) for row in self._products(inverse, moves)]
        largest = max(sizes)
        bounds = [self.swing(form) for form in first]
        if largest >= 1 or not all(isinstance(v, Fraction) for v in bounds):
            return [Form(form.start, form.slopes, math.inf) for form in first]
        most = max(bounds) / (1 - largest)
        return [
            Form(form.start, form.slopes, form.error + size * most)
            for form, size in zip(first, sizes, strict=True)
        ]

    def _products(
        self, inverse: Sequence[Sequence[Fraction]], moves: Mapping[tuple[int, int], Slopes]
    ) -> list[list[Bound]]:
        """Bounds of the entries of ``B^{-1} D(t)``."""
        by_column: dict[int, list[tuple[int, Slopes]]] = {}
        for (i, j), slopes in moves.items():
            by_column.setdefault(j, []).append((i, slopes))
        return [
            [
                self.swing(total(Form(_ZERO, slopes).scaled(row[i]) for i, slopes in column))
                for column in by_column.values()
            ]
            for row in inverse
        ]
