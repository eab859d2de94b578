"""What the relaxation proves: where a Lipschitz dual function starts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._linear import bound_rows, linear_node
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.errors import UnsupportedError
from tamemip.functions import Node, combination, exact_value, mixed_integer_rounding

if TYPE_CHECKING:
    from tamemip.programs import MixedIntegerProgram

_ONE = Fraction(1)
#: Roundings to multiples of the granularity are not steeper than its inverse.
_LEAST_FRACTION = Fraction(1, 4)


@final
@dataclass(frozen=True, slots=True)
class RootProof:
    """Dual vectors and rays of the relaxation.

    Attributes
    ----------
    duals
        Dual vectors, which hold in every box.
    functions, guards
        They and the rays as terms of the canonical right-hand side.
    """

    duals: tuple[Multipliers, ...]
    functions: tuple[Node, ...]
    guards: tuple[Node, ...]

    @classmethod
    def of(cls, program: MixedIntegerProgram, rhs: tuple[Fraction, ...]) -> RootProof:
        """The proof at a right-hand side.

        Raises
        ------
        UnsupportedError
            If the relaxation has neither a dual feasible point nor a ray.
        """
        form = program.canonical()
        if IntegerData(program.exact).is_empty:
            rows = [i for i in bound_rows(form).values() if form.rhs[i] > 0]
            return cls((), (), tuple(combination({i: _ONE}) for i in rows))
        evidence = BranchAndBound(program).root(rhs).tree.nodes[0].evidence
        duals = () if evidence is None else tuple(evidence.duals)
        rays = () if evidence is None else tuple(evidence.rays)
        functions = [linear_node(form, m) for m in duals]
        guards = [linear_node(form, m) for m in rays]
        found = cls(
            duals,
            tuple(f for f in functions if f is not None),
            tuple(f for f in guards if f is not None),
        )
        if not found.functions and not found.guards:
            raise UnsupportedError(
                "method='mir' needs a dual feasible point of the linear relaxation, and this "
                "relaxation has none: it is unbounded wherever it is feasible, so that no "
                "finite function bounds the value everywhere. Bound some column, or use "
                "method='branch-and-bound', which says where the value is infinite."
            )
        return found


def rounded_up(node: Node, e: Sequence[Fraction], granularity: Fraction | None) -> Node:
    """A dual function rounded up to multiples of the granularity of the costs, at ``e``.

    ``g G(f/g)`` is one as well: ``G`` maps coefficients below a multiple of g below it,
    and keeps those of continuous columns at 0.
    """
    if granularity is None:
        return node
    value = exact_value(node, e)
    assert isinstance(value, Fraction)  # rounded functions are finite
    value /= granularity
    fraction = value - math.floor(value)
    if not fraction:
        return node
    scaled = combination((), [(1 / granularity, node)])
    rounded = mixed_integer_rounding(scaled, max(fraction, _LEAST_FRACTION))
    return combination((), [(granularity, rounded)])
