"""Intervals on the line, joined to as few as there can be."""

from __future__ import annotations

from collections.abc import Sequence

from tamemip.certificates import Enclosure
from tamemip.tameness._cells_geometry import ZERO, Far, Region, bound_of, minus, plus, value_at
from tamemip.value_functions import AffineForm

Leaf = tuple[Region, AffineForm | None]


def line_regions(leaves: Sequence[Leaf]) -> list[Leaf]:
    """The least number of intervals with one form each, from the left to the right.

    The longest interval from the left is a good first one: a part of an interval on which
    the function is affine is one, too.
    """
    joined: list[tuple[Far, bool, Far, bool, AffineForm | None]] = []
    for low, low_open, high, high_open, form in _atoms(leaves):
        if joined:
            first, first_open, last, _, before = joined[-1]
            both = _common(before, first == last, form, low == high, low)
            if both is not None:
                joined[-1] = (first, first_open, high, high_open, both[0])
                continue
        joined.append((low, low_open, high, high_open, form))
    return [
        (_region(low, low_open, high, high_open), form)
        for low, low_open, high, high_open, form in joined
    ]


def _atoms(leaves: Sequence[Leaf]) -> list[tuple[Far, bool, Far, bool, AffineForm | None]]:
    """Points and open intervals, ascending: closed ends are points of their own."""
    found = []
    for region, form in leaves:
        ends = sorted((v[0], region.is_open_at(i)) for i, v in enumerate(region.vertices))
        (low, low_open), (high, high_open) = ends[0], ends[-1]
        if low == high:
            found.append((low, False, low, False, form))
            continue
        if not low_open:
            found.append((low, False, low, False, form))
        found.append((low, True, high, True, form))
        if not high_open:
            found.append((high, False, high, False, form))
    return sorted(found, key=lambda atom: (atom[0], atom[2]))


def _common(
    f: AffineForm | None, f_is_point: bool, g: AffineForm | None, g_is_point: bool, at: Far
) -> tuple[AffineForm | None] | None:
    """The form of both, in a tuple; None if they have none. The point in question is `at`."""
    if f is None or g is None:
        return (None,) if f is g else None
    difference = plus(f, minus(g))
    if not difference.constant and not any(difference.coefficients):
        return (f,)
    agree = value_at(difference, (at,)) == ZERO
    if g_is_point and agree:
        return (f,)
    return (g,) if f_is_point and agree else None


def _region(low: Far, low_open: bool, high: Far, high_open: bool) -> Region:
    return Region.of_box(
        [Enclosure.between(bound_of(low), bound_of(high), low_open=low_open, high_open=high_open)]
    )
