"""What the steps of a proof conclude, in Fractions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Literal, Protocol, TypeAlias, final

from tamemip.certificates._canonical import CanonicalProblem
from tamemip.certificates._cut_rows import CutRow, CutValues, Indexed
from tamemip.certificates._problem import Bound, Problem, SparseVector
from tamemip.certificates._terms import BoundMap, ClosedForm

_REDUCED_COSTS_KEPT = 256


@final
@dataclass(frozen=True, eq=False, slots=True)
class Multipliers:
    """Row multipliers with the right signs, and the cost that they bound; a ray's is zero.

    `cuts` are the rows behind those of the problem that y reads.
    """

    kind: Literal["dual", "ray"]
    y: SparseVector
    cost: SparseVector
    cuts: tuple[tuple[Fraction, CutRow], ...] = ()


@final
@dataclass(frozen=True, eq=False, slots=True)
class Affine:
    """The function ``constant + slope d`` of the right-hand side."""

    constant: Fraction
    slope: SparseVector

    def at(self, d: Indexed) -> Fraction:
        """Its value."""
        return sum((v * d[i] for i, v in self.slope), self.constant)


@final
@dataclass(frozen=True, eq=False, slots=True)
class Leaf:
    """A bound on the costs in one box: +inf if some guard is positive, else the best dual."""

    is_empty: bool
    duals: tuple[Affine, ...]
    guards: tuple[Affine, ...]

    def at(self, d: Indexed) -> Bound:
        """Its value."""
        if self.is_empty or any(guard.at(d) > 0 for guard in self.guards):
            return math.inf
        return max((dual.at(d) for dual in self.duals), default=-math.inf)


@final
@dataclass(frozen=True, eq=False, slots=True)
class Least:
    """The lower one of two earlier values."""

    of: tuple[int, int]

    def among(self, earlier: Mapping[int, Bound]) -> Bound:
        """Its value, from those of the earlier steps."""
        return min(earlier[k] for k in self.of)


@final
@dataclass(frozen=True, eq=False, slots=True)
class Total:
    """The sum of earlier values: +inf if one of them is, else -inf if one of them is."""

    of: tuple[int, ...]

    def among(self, earlier: Mapping[int, Bound]) -> Bound:
        """Its value, from those of the earlier steps."""
        values = [earlier[k] for k in self.of]
        for infinity in (math.inf, -math.inf):
            if infinity in values:
                return infinity
        return sum((v for v in values if isinstance(v, Fraction)), Fraction(0))


@final
@dataclass(frozen=True, eq=False, slots=True)
class Greatest:
    """The greatest of earlier values."""

    of: tuple[int, ...]

    def among(self, earlier: Mapping[int, Bound]) -> Bound:
        """Its value, from those of the earlier steps."""
        return max(earlier[k] for k in self.of)


Expression: TypeAlias = Leaf | Least | Total | Greatest
"""A function of d; what it needs of earlier steps it names and does not copy."""


@final
@dataclass(frozen=True, eq=False, slots=True)
class LeafBound:
    """In the box of `bounds`, for every feasible x at d, ``cost x`` is at least the value at d.

    Without a cost, the value is +inf or -inf at every d, and serves every cost.
    """

    bounds: BoundMap
    cost: SparseVector | None
    expression: Expression


@final
@dataclass(frozen=True, eq=False)
class LeafMinimum:
    """The value of the last one of some expressions, plus a constant.

    Like every dual function it lies below the value function, in min orientation,
    and names in `of` the steps of the dual functions that its value needs. The
    expressions are in the order of their steps, with all that they refer to.
    """

    expressions: Mapping[int, Expression]
    offset: Fraction
    cuts: CutValues
    of: tuple[int, ...] = ()

    @property
    def n_leaves(self) -> int:
        """How many leaves it is made of."""
        return sum(isinstance(e, Leaf) for e in self.expressions.values())

    def value(self, d: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """The value of the tree."""
        values: dict[int, Bound] = {}
        value: Bound = math.inf
        extended = self.cuts.extended(d)
        for step, expression in self.expressions.items():
            value = (
                expression.at(extended)
                if isinstance(expression, Leaf)
                else expression.among(values)
            )
            values[step] = value
        return value + self.offset if isinstance(value, Fraction) else value


@final
@dataclass(frozen=True, eq=False)
class RoundedUp:
    """A function rounded up to the values ``offset + granularity * Z``."""

    of: tuple[int, ...]
    granularity: Fraction
    offset: Fraction

    def value(self, d: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """The rounded value; infinities stay."""
        value = earlier[self.of[0]]
        if not isinstance(value, Fraction):
            return value
        return self.offset + self.granularity * math.ceil((value - self.offset) / self.granularity)


@final
@dataclass(frozen=True, eq=False)
class Best:
    """The pointwise maximum of some functions."""

    of: tuple[int, ...]

    def value(self, d: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """The greatest value."""
        return max(earlier[k] for k in self.of)


DualFunction: TypeAlias = LeafMinimum | RoundedUp | Best | ClosedForm


@final
@dataclass(frozen=True, eq=False)
class Evaluation:
    """A dual function with all that it refers to, ready to be evaluated."""

    functions: Mapping[int, DualFunction]
    of: int

    @property
    def n_leaves(self) -> int:
        """How many leaves it is made of."""
        return sum(f.n_leaves for f in self.functions.values() if isinstance(f, LeafMinimum))

    @property
    def n_terms(self) -> int:
        """How many terms in closed form it is made of, those of cuts included."""
        forms = (f.n_terms for f in self.functions.values() if isinstance(f, ClosedForm))
        trees = (f.cuts.n_terms for f in self.functions.values() if isinstance(f, LeafMinimum))
        return sum(forms) + sum(trees)

    @property
    def is_subadditive(self) -> bool:
        """Whether it is, as a function of the canonical right-hand side, and 0 at 0."""
        return all(
            f.is_subadditive if isinstance(f, ClosedForm) else isinstance(f, Best)
            for f in self.functions.values()
        )

    def at(self, d: Sequence[Fraction]) -> Bound:
        """Its value; citations point backwards, so rising order is enough."""
        values: dict[int, Bound] = {}
        for step in sorted(self.functions):
            values[step] = self.functions[step].value(d, values)
        return values[self.of]


@final
@dataclass(frozen=True, eq=False)
class Root:
    """The problem in min orientation, with the bounds of integer columns rounded inwards."""

    problem: Problem

    @cached_property
    def sign(self) -> int:
        """1 for min, -1 for max."""
        return -1 if self.problem.sense == "max" else 1

    @cached_property
    def cost(self) -> tuple[Fraction, ...]:
        """The costs to be minimised."""
        return tuple(self.sign * v for v in self.problem.c)

    @cached_property
    def cost_vector(self) -> SparseVector:
        """The same costs, sparse."""
        return tuple((j, v) for j, v in enumerate(self.cost) if v)

    @cached_property
    def canonical(self) -> CanonicalProblem:
        """The canonical form, of which functions in closed form are functions."""
        return CanonicalProblem(self.problem)

    @cached_property
    def offset(self) -> Fraction:
        """The constant of the costs to be minimised."""
        return self.sign * self.problem.offset

    @cached_property
    def lower(self) -> tuple[Bound, ...]:
        """Lower bounds; `ceil` of them on integer columns."""
        columns = zip(self.problem.lower, self.problem.integer, strict=True)
        return tuple(
            Fraction(math.ceil(v)) if flag and isinstance(v, Fraction) else v for v, flag in columns
        )

    @cached_property
    def upper(self) -> tuple[Bound, ...]:
        """Upper bounds; `floor` of them on integer columns."""
        columns = zip(self.problem.upper, self.problem.integer, strict=True)
        return tuple(
            Fraction(math.floor(v)) if flag and isinstance(v, Fraction) else v
            for v, flag in columns
        )

    @cached_property
    def is_empty(self) -> bool:
        """Whether some bounds cross."""
        return any(low > up for low, up in zip(self.lower, self.upper, strict=True))

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.problem.row_sense)

    @property
    def n_cols(self) -> int:
        """Number of columns."""
        return len(self.problem.c)

    def reduced_costs(self, multipliers: Multipliers) -> Mapping[int, Fraction]:
        """``cost - A^T y``, or ``-A^T y`` for a ray; the last few are remembered."""
        return self._remembered(multipliers)

    @cached_property
    def _remembered(self) -> _ReducedCosts:
        return lru_cache(maxsize=_REDUCED_COSTS_KEPT)(self._reduced_costs)

    def _reduced_costs(self, multipliers: Multipliers) -> Mapping[int, Fraction]:
        r = dict(multipliers.cost)
        rows = [(y, self.problem.A.rows[i]) for i, y in multipliers.y if i < self.n_rows]
        for y, row in (*rows, *((y, cut.row) for y, cut in multipliers.cuts)):
            for j, a in row:
                r[j] = r.get(j, Fraction(0)) - y * a
        return {j: v for j, v in r.items() if v}


class _ReducedCosts(Protocol):
    def __call__(self, multipliers: Multipliers, /) -> Mapping[int, Fraction]: ...
