"""Valid inequalities as rows of a problem: row ``n_rows + k`` is that of step k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, final

from tamemip.certificates._canonical import CanonicalProblem
from tamemip.certificates._problem import SparseVector
from tamemip.certificates._terms import BoundMap, Term, count_terms, values_of


class Indexed(Protocol):
    """A right-hand side, maybe with values of cuts behind those of the rows."""

    def __getitem__(self, i: int, /) -> Fraction:
        """The entry of a row."""
        ...


@final
@dataclass(frozen=True, eq=False, slots=True)
class CutRow:
    """``row x >= term(e) + shift`` in the box of `bounds`, over the columns of the problem."""

    step: int
    row: SparseVector
    shift: Fraction
    bounds: BoundMap


@final
@dataclass(frozen=True, eq=False, slots=True)
class CutValues:
    """The right-hand sides of some cuts; `order` holds their terms and what those need."""

    n_rows: int
    canonical: CanonicalProblem
    shifts: Mapping[int, Fraction]
    order: Sequence[tuple[int, Term]]

    @property
    def n_terms(self) -> int:
        """How many terms they are made of."""
        return count_terms(self.order)

    def extended(self, d: Sequence[Fraction]) -> Indexed:
        """The right-hand side with the values of the cuts behind it."""
        if not self.shifts:
            return d
        values = values_of(self.order, self.canonical.rhs(d))
        found = dict(enumerate(d))
        for k, shift in self.shifts.items():
            value = values[k]
            assert isinstance(value, Fraction)  # other terms are no rows
            found[self.n_rows + k] = value + shift
        return found
