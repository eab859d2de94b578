"""The constant of an affine bound over a box."""

from __future__ import annotations

from fractions import Fraction

from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._tree import Literals


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
