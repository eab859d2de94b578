"""The statement about the value function on a lattice; both checkers conclude it."""

from __future__ import annotations

import math

from tamemip.certificates._certificate import Goal
from tamemip.certificates._json import RejectedError, show_vector
from tamemip.certificates._lattice_values import ValueOnLattice
from tamemip.certificates._statement import Conclusions, FunctionOf, Statement, statement_kind


@statement_kind("value-function-on-a-lattice")
def _on_a_lattice(goal: Goal, conclusions: Conclusions, _: FunctionOf) -> Statement:
    """Step `of` is a lattice with its values."""
    values = conclusions.get(goal.of, ValueOnLattice, "a lattice")
    if goal.tight:
        raise RejectedError("a lattice names no other steps")
    rounded = "down" if values.is_packing else "up"
    text = (
        f"for every right-hand side d <= {show_vector(values.caps)}, the optimal value is known: "
        f"that of d rounded {rounded} to integers. Of those from 0 on there are "
        f"{math.prod(cap + 1 for cap in values.caps)}, each with its value in a table."
    )
    return Statement(goal.kind, conclusions.problem, text, (), 0, False, values, on_lattice=values)
