"""The few items of a knapsack with one capacity that bounds do not decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

from tamemip.plugins.knapsack._whole_items import Kind


@final
@dataclass(frozen=True, slots=True)
class Core:
    """What is left to decide, for one capacity.

    An optimal choice is `incumbent`, or it is more valuable than that, contains `fixed`, and
    fills up with copies of `kinds` in `last` cells.

    Attributes
    ----------
    incumbent, value
        A choice, as copies by item, and what it brings.
    fixed, fixed_value
        What every better choice has, and what it brings.
    kinds
        What a better choice may have more of.
    last
        The cells that are left for that; negative if there is no better choice.
    bound
        No choice brings more.
    rate
        The price of a cell that decided.
    """

    incumbent: Mapping[int, int]
    value: int
    fixed: Mapping[int, int]
    fixed_value: int
    kinds: tuple[Kind, ...]
    last: int
    bound: int
    rate: Fraction


def core_of(kinds: Sequence[Kind], last: int) -> Core:
    r"""Decide most items by a Lagrangian bound, in integers.

    With the critical kind `b`, in the order of value by size, and multiplied by its size:

    .. math:: s_b \sum_i v_i x_i \le v_b C + \sum_i (v_i s_b - v_b s_i) x_i.

    So each copy less of a kind with a positive `r_i = v_i s_b - v_b s_i`, and each copy more of
    one with a negative one, costs :math:`|r_i|`, and only so many can be afforded in a choice
    that is better than the incumbent [1]_, [2]_.

    References
    ----------
    .. [1] G. B. Dantzig, "Discrete-variable extremum problems", Operations Research 5
       (1957), 266-288.
    .. [2] G. P. Ingargiola, J. F. Korsh, "Reduction algorithm for zero-one single knapsack
       problems", Management Science 20 (1973), 460-463.
    """
    # Any order and any price are right; the better they are, the fewer items are left.
    ordered = sorted(kinds, key=lambda kind: -(kind.value << _BITS) // kind.sizes[0])
    incumbent, value, critical = _greedy(ordered, last)
    if critical is None:
        return Core(incumbent, value, {}, 0, (), -1, value, Fraction(0))
    size, price = critical.sizes[0], critical.value
    rates = [kind.value * size - price * kind.sizes[0] for kind in ordered]
    most = price * last + sum(
        r * kind.copies for r, kind in zip(rates, ordered, strict=True) if r > 0
    )
    spare = most - (value + 1) * size
    if spare < 0:
        return Core(incumbent, value, {}, 0, (), -1, value, Fraction(price, size))
    fixed: dict[int, int] = {}
    open_kinds = []
    for r, kind in zip(rates, ordered, strict=True):
        copies = kind.copies if r == 0 else min(kind.copies, spare // abs(r))
        if r > 0 and copies < kind.copies:
            fixed[kind.item] = kind.copies - copies
        if copies:
            open_kinds.append(replace(kind, copies=copies))
    by_item = {kind.item: kind for kind in ordered}
    left = last - sum(by_item[j].sizes[0] * copies for j, copies in fixed.items())
    worth = sum(by_item[j].value * copies for j, copies in fixed.items())
    rest = tuple(_within(kind, left) for kind in open_kinds if kind.sizes[0] <= left)
    return Core(incumbent, value, fixed, worth, rest, left, most // size, Fraction(price, size))


_BITS = 64


def _within(kind: Kind, last: int) -> Kind:
    room = last // kind.sizes[0]
    return replace(kind, copies=min(kind.copies, room), is_unlimited=kind.copies >= room)


def _greedy(ordered: Sequence[Kind], last: int) -> tuple[dict[int, int], int, Kind | None]:
    """As much as fits of each kind, by value by size; and the first that did not fit whole."""
    taken: dict[int, int] = {}
    value, critical = 0, None
    for kind in ordered:
        copies = min(kind.copies, last // kind.sizes[0])
        if copies < kind.copies and critical is None:
            critical = kind
        if copies:
            taken[kind.item] = copies
            value += copies * kind.value
            last -= copies * kind.sizes[0]
    return taken, value, critical
