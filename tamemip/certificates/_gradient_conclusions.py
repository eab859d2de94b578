"""What is proved about the Lipschitz constants and derivatives of an optimal value."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

__all__ = ["GradientElement", "LipschitzConstants"]


@final
@dataclass(frozen=True, slots=True)
class LipschitzConstants:
    """``|v(b) - v(b')| <= sum constants[i] |b_i - b'_i|`` for all b and b' with finite values."""

    constants: tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True)
class GradientElement:
    """One element of a conservative gradient of the optimal value.

    In the user's orientation: derivatives of the value as the program states it.

    Attributes
    ----------
    rhs
        The right-hand side at which it holds.
    value
        The value there.
    by_cost
        An optimal point: the derivative by the costs. The value is concave in them (``max``:
        convex), and this is a supergradient (subgradient) at all costs.
    by_rhs
        Optimal duals of the linear program in which the integer columns are fixed there: an
        element of a conservative gradient by the right-hand side, if `constants` is not None.
    constants
        Lipschitz constants of the value, if they are proved.
    """

    rhs: tuple[Fraction, ...]
    value: Fraction
    by_cost: tuple[Fraction, ...]
    by_rhs: tuple[Fraction, ...]
    constants: tuple[Fraction, ...] | None
