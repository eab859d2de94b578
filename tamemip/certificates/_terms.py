"""Valid inequalities whose right-hand sides are functions of the data, and their values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeAlias, final, runtime_checkable

from tamemip.certificates._canonical import CanonicalProblem
from tamemip.certificates._problem import Bound, SparseVector
from tamemip.certificates._step import Side

BoundMap: TypeAlias = Mapping[tuple[int, Side], int]
"""The bounds that a branch has added: (column, side) to the integer."""


@runtime_checkable
class Term(Protocol):
    """A function of the canonical right-hand side; what it needs of earlier steps it names."""

    @property
    def of(self) -> Sequence[int]:
        """The steps whose values it needs."""
        ...

    def at(self, e: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """Its value."""
        ...


@final
@dataclass(frozen=True, eq=False, slots=True)
class Valid:
    """``sum(coefficients x') >= term(e)`` for every feasible ``x'`` at ``e``, in a box.

    Coefficients are indexed by canonical columns; `bounds` is the box, empty if the
    inequality holds everywhere. `reads_objective` tells whether the objective row,
    ``-c x' >= -t``, takes part: then it holds for every t with ``c x' <= t``. Terms
    that are not finite everywhere are no rows of a tree. With every rounding erased the
    term may be linear; its weights are sums of products of positive numbers then, so that
    the weight of the objective row is positive if and only if that row takes part.
    """

    coefficients: Mapping[int, Fraction]
    term: Term
    bounds: BoundMap
    is_linear_below: bool
    reads_objective: bool
    is_homogeneous: bool
    is_finite: bool = True


@final
@dataclass(frozen=True, eq=False, slots=True)
class Combination:
    """A linear function plus earlier terms with nonnegative weights."""

    linear: SparseVector
    weights: tuple[Fraction, ...]
    of: tuple[int, ...]

    def at(self, e: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """Its value: an infinite part makes it infinite."""
        total = sum((w * e[i] for i, w in self.linear), Fraction(0))
        values = [earlier[k] for k in self.of]
        for infinity in (math.inf, -math.inf):
            if infinity in values:
                return infinity
        for w, value in zip(self.weights, values, strict=True):
            total += w * value  # type: ignore[assignment]  # no value is infinite
        return total


@final
@dataclass(frozen=True, eq=False, slots=True)
class Literal:
    """The constant of a branch: the row of a bound that one box adds."""

    value: Fraction
    of: tuple[int, ...] = ()

    def at(self, e: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """Its value."""
        return self.value


@final
@dataclass(frozen=True, eq=False, slots=True)
class Ceiling:
    """An earlier term rounded up."""

    of: tuple[int]

    def at(self, e: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """Its value."""
        value = earlier[self.of[0]]
        return Fraction(math.ceil(value)) if isinstance(value, Fraction) else value


@final
@dataclass(frozen=True, eq=False, slots=True)
class Rounding:
    """``G(f - g) + g / r``, ``G(t) = floor(t) + min(frac(t) / r, 1)``; g is 0 if absent."""

    fraction: Fraction
    of: tuple[int, ...]

    def at(self, e: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """Its value."""
        values = [earlier[k] for k in self.of]
        for value in values:
            if not isinstance(value, Fraction):
                return value
        f, g = values[0], values[1] if len(values) == 2 else Fraction(0)
        assert isinstance(f, Fraction)
        assert isinstance(g, Fraction)
        return rounded(f - g, self.fraction) + g / self.fraction


@final
@dataclass(frozen=True, eq=False, slots=True)
class Highest:
    """The greatest of earlier terms."""

    of: tuple[int, ...]

    def at(self, e: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """Its value."""
        return max(earlier[k] for k in self.of)


@final
@dataclass(frozen=True, eq=False, slots=True)
class Threshold:
    """``min {t in g Z : G(e, -t) <= 0}`` for an earlier term G that reads the objective.

    G does not rise with t. It lies between a linear function that falls with t and that
    function plus a constant, so that both searches for an end stop. `order` holds the
    terms that G is made of, in rising order.
    """

    granularity: Fraction
    inner: int
    order: Sequence[tuple[int, Term]]
    of: tuple[int, ...] = ()

    def at(self, e: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """Its value."""

        def is_refuted(k: int) -> bool:
            return values_of(self.order, [*e, -k * self.granularity])[self.inner] > 0

        return least_spared(is_refuted) * self.granularity


def least_spared(is_refuted: Callable[[int], bool]) -> int:
    """The least integer that is not refuted, where a number refutes all below it."""
    low = high = 0
    step = 1
    if is_refuted(0):
        while is_refuted(low + step):
            low, step = low + step, 2 * step
        high = low + step
    else:
        while not is_refuted(high - step):
            high, step = high - step, 2 * step
        low = high - step
    # Invariant: refuted at `low`, not at `high`.
    while high - low > 1:
        middle = (low + high) // 2
        if is_refuted(middle):
            low = middle
        else:
            high = middle
    return high


def rounded(t: Fraction, r: Fraction) -> Fraction:
    """``floor(t) + min(frac(t) / r, 1)``."""
    whole = math.floor(t)
    return whole + min((t - whole) / r, Fraction(1))


def values_of(order: Sequence[tuple[int, Term]], e: Sequence[Fraction]) -> dict[int, Bound]:
    """The values of terms in rising order of their steps, all that they need among them."""
    values: dict[int, Bound] = {}
    for step, term in order:
        values[step] = term.at(e, values)
    return values


def steps_below(tops: Sequence[int], term: Callable[[int], Term]) -> list[tuple[int, Term]]:
    """The terms of some steps with all that they need, in rising order."""
    found: dict[int, Term] = {}
    pending = list(tops)
    while pending:
        k = pending.pop()
        if k not in found:
            found[k] = term(k)
            pending.extend(found[k].of)
    return sorted(found.items())


def count_terms(order: Iterable[tuple[int, Term]]) -> int:
    """How many terms there are, those inside thresholds included."""
    found = {k for k, _ in order}
    for _, term in order:
        if isinstance(term, Threshold):
            found.update(k for k, _ in term.order)
    return len(found)


@final
@dataclass(frozen=True, eq=False)
class ClosedForm:
    """A dual function: the greatest of some terms, +inf where some guard is positive.

    `order` holds the terms of both with all that they need, in rising order.
    """

    functions: tuple[int, ...]
    guards: tuple[int, ...]
    order: Sequence[tuple[int, Term]]
    canonical: CanonicalProblem
    is_subadditive: bool
    of: tuple[int, ...] = ()

    @property
    def n_terms(self) -> int:
        """How many terms it is made of."""
        return count_terms(self.order)

    def value(self, d: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """Its value in min orientation."""
        values = values_of(self.order, self.canonical.rhs(d))
        if any(values[k] > 0 for k in self.guards):
            return math.inf
        best = max((values[k] for k in self.functions), default=-math.inf)
        return best + self.canonical.constant if isinstance(best, Fraction) else best
