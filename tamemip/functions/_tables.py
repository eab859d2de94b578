"""Nodes whose values come from an integer program: over a finite group, or a packing.

They read integers: their inputs are ceilings, or linear functions that are integers
wherever a program is feasible. Elsewhere they are infinite.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias, final

if TYPE_CHECKING:
    from tamemip.functions._nodes import Node

Element: TypeAlias = tuple[int, ...]
"""An element of a product of cyclic groups: one residue a factor."""


@final
@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class GroupTable:
    """``w f(d) + min {sum(cost_j x_j) : sum(g_j x_j) = sum(f_k(d) h_k), x in Z_+}``.

    The sums of the condition are taken in the finite abelian group ``Z/m_1 x Z/m_2 x ...``;
    costs are nonnegative, so that the minimum is the length of a shortest path from 0
    (Gomory 1969). The node is ``inf`` where an input is no integer, or where the generators
    do not reach its element. It is subadditive on integer inputs, because solutions of two
    right-hand sides add up.

    Attributes
    ----------
    inputs
        The functions ``f_k``.
    weights
        Their weights ``w_k``.
    elements
        The elements ``h_k``.
    moduli
        Orders of the cyclic factors.
    generators
        Pairs ``(g_j, cost_j)``.
    """

    inputs: tuple[Node, ...]
    weights: tuple[Fraction, ...]
    elements: tuple[Element, ...]
    moduli: tuple[int, ...]
    generators: tuple[tuple[Element, Fraction], ...]

    def __reduce__(self) -> Any:
        """Pickle as a flat list."""
        from tamemip.functions._nodes import flattened

        return flattened(self)


@final
@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class Generator:
    """``w f(d) - max {sum(profit_j x_j) : sum(size_j x_j) <= -R f(d), x in Z_+}``.

    Sizes are nonnegative integers, profits positive: a packing problem (Klabjan 2007). The
    node is ``inf`` where an input is no integer, or where ``-R f(d)`` has a negative entry.
    It is subadditive on integer inputs, because packings of two capacities fit together
    into their sum.

    Attributes
    ----------
    inputs
        The functions ``f_k``.
    weights
        Their weights ``w_k``.
    capacities
        The integer matrix ``R``, row by row, over the inputs.
    columns
        Pairs ``(size_j, profit_j)``; a size has one entry a capacity.
    """

    inputs: tuple[Node, ...]
    weights: tuple[Fraction, ...]
    capacities: tuple[tuple[int, ...], ...]
    columns: tuple[tuple[tuple[int, ...], Fraction], ...]

    def __reduce__(self) -> Any:
        """Pickle as a flat list."""
        from tamemip.functions._nodes import flattened

        return flattened(self)


Tables: TypeAlias = GroupTable | Generator
