"""Row operations that split equations: those that continuous columns span, and the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates import SparseVector
from tamemip.functions import Node, combination
from tamemip.programs import CanonicalForm, Vector

_ZERO = Fraction(0)


@final
@dataclass(frozen=True, eq=False)
class SpannedRows:
    """The canonical rows, some equations replaced by combinations without continuous columns.

    ``row_q - sum_p factor_p row_p`` is an equation in integer columns alone for every ``q``
    in `whole`; the other rows, with slacks, have full row rank in the continuous columns.

    Attributes
    ----------
    form
        The canonical form that was given.
    rows
        All rows after the operations, dense.
    whole
        The rows that have integer columns only, with their factors.
    """

    form: CanonicalForm
    rows: tuple[tuple[Fraction, ...], ...]
    whole: Mapping[int, Mapping[int, Fraction]]

    @property
    def spanned(self) -> tuple[int, ...]:
        """The rows that continuous columns and slacks span."""
        return tuple(i for i in range(self.form.n_rows) if i not in self.whole)

    def rhs_of(self, b: Vector) -> tuple[Fraction, ...]:
        """The right-hand side after the operations."""
        return self.moved(self.form.rhs_of(b))

    def moved(self, e: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """The operations on a canonical right-hand side."""
        result = list(e)
        for q, factors in self.whole.items():
            result[q] -= sum((w * e[p] for p, w in factors.items()), _ZERO)
        return tuple(result)

    def nodes(self) -> dict[int, Node]:
        """The operations as nodes over the canonical right-hand side."""
        return {
            q: combination({q: 1, **{p: -w for p, w in factors.items()}})
            for q, factors in self.whole.items()
        }

    def column(self, k: int) -> SparseVector:
        """A canonical column after the operations."""
        return tuple((i, row[k]) for i, row in enumerate(self.rows) if row[k])


def spanned_rows(form: CanonicalForm) -> SpannedRows:
    """Eliminate continuous columns from the equations that others span.

    A relation among the continuous parts of rows has no inequality in it: each of those
    has a slack of its own.
    """
    dense = [list(row) for row in form.A.to_dense()]
    continuous = [k for k, flag in enumerate(form.integer) if not flag]
    pivots: list[tuple[int, list[Fraction], dict[int, Fraction]]] = []
    whole: dict[int, dict[int, Fraction]] = {}
    for i, sense in enumerate(form.row_sense):
        if sense != "=":
            continue
        left, factors = [dense[i][k] for k in continuous], {i: Fraction(1)}
        for lead, vector, made in pivots:
            if left[lead]:
                ratio = left[lead] / vector[lead]
                left = [a - ratio * v for a, v in zip(left, vector, strict=True)]
                for p, w in made.items():
                    factors[p] = factors.get(p, _ZERO) - ratio * w
        lead_of = next((k for k, v in enumerate(left) if v), None)
        if lead_of is None:
            whole[i] = {p: -w for p, w in factors.items() if p != i and w}
        else:
            pivots.append((lead_of, left, factors))
    rows = tuple(
        tuple(
            a - sum((w * dense[p][k] for p, w in whole.get(i, {}).items()), _ZERO)
            for k, a in enumerate(row)
        )
        for i, row in enumerate(dense)
    )
    return SpannedRows(form, rows, whole)
