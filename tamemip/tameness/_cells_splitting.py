"""Parts of a region on which a value has one sign, or one rounded value."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, TypeVar, final

from tamemip.certificates import Bound, Enclosure
from tamemip.errors import UnsupportedError
from tamemip.tameness._cells_geometry import (
    Region,
    bound_of,
    constant_form,
    coordinate,
    minus,
    plus,
)
from tamemip.tameness._cells_radicals import Radical
from tamemip.tameness._cells_ratios import Polynomial, Ratio, rational_zeros
from tamemip.value_functions import AffineForm

MOST_CELLS = 5000
"""So many cells are made at most."""


@final
@dataclass(frozen=True, slots=True)
class Opaque:
    """A number of which an interval is known only."""

    node: int
    enclosure: Enclosure


Number: TypeAlias = "AffineForm | Ratio | Radical | Opaque"
T = TypeVar("T")


@final
class CannotSplitError(Exception):
    """What asks for more than rational numbers; the reason is the message."""


def by_sign(value: Number, region: Region, *, zero_with: int = 0) -> list[tuple[Region, int]]:
    """The parts where a value is negative, 0 and positive.

    Parameters
    ----------
    value, region
        A value on a region.
    zero_with
        -1 or 1 to join the zeros with the negative or the positive part.
    """
    if isinstance(value, Opaque):
        return [(region, _sign_of(value.enclosure, zero_with))]
    if isinstance(value, Radical):
        radical, zero = value, Fraction(0)
        crossing = [radical.crossing(zero)]
        return _strips(
            radical.base, crossing, region, lambda t: radical.compare(t, zero) or zero_with
        )
    if isinstance(value, Ratio):
        ratio = value

        def sign(t: Fraction) -> int:
            v = ratio.at(t)
            return (v > 0) - (v < 0) or zero_with

        return _strips(ratio, [ratio.numerator], region, sign)
    down = minus(value)
    parts = [
        (region.cut(down, is_strict=zero_with != -1), -1),
        (region.face(value) if zero_with == 0 else None, 0),
        (region.cut(value, is_strict=zero_with != 1), 1),
    ]
    return _nonempty(parts)


def rounded(
    value: Number, region: Region, bounds: Enclosure, *, is_floor: bool
) -> list[tuple[Region, Fraction]]:
    """The steps of the floor, or of the ceiling.

    Parameters
    ----------
    value, region
        A value on a region.
    bounds
        An interval of its values.
    is_floor
        Whether to round down.
    """
    if isinstance(value, AffineForm):
        low, high = (bound_of(v) for v in region.span(value))
        return _nonempty(
            [(_step(value, region, k, is_floor=is_floor), k) for k in _integers(low, high)]
        )
    steps = bounds.floor() if is_floor else bounds.ceiling()
    if isinstance(value, Opaque):
        if steps.value is None:
            raise CannotSplitError(f"its values are known to lie in {bounds} only")
        return [(region, steps.value)]
    if isinstance(value, Radical):
        return _rounded_radical(value, region, bounds, is_floor=is_floor)
    ratio = value

    def step(t: Fraction) -> Fraction:
        return Fraction(math.floor(ratio.at(t)) if is_floor else math.ceil(ratio.at(t)))

    levels = [ratio.less(k) for k in _integers(bounds.low, bounds.high)]
    return _strips(ratio, levels, region, step)


def _rounded_radical(
    value: Radical, region: Region, bounds: Enclosure, *, is_floor: bool
) -> list[tuple[Region, Fraction]]:
    """The ceiling is the floor of the negative, negated."""
    if not is_floor:
        steps = _rounded_radical(value.times(Fraction(-1)), region, bounds.negated(), is_floor=True)
        return [(part, -k) for part, k in steps]
    levels = [value.crossing(k) for k in _integers(bounds.low, bounds.high)]
    return _strips(value.base, levels, region, lambda t: value.floor(t, bounds))


def value_on(value: Number, region: Region) -> Number:
    """The value as a constant, if it is one on this region."""
    k = region.dimension
    if isinstance(value, Ratio | Radical):
        axis = value.axis if isinstance(value, Ratio) else value.base.axis
        low, high = region.span(coordinate(axis, k))
        at = value.at(low[1]) if low == high and not low[0] else None
        return value if at is None else constant_form(at, k)
    if isinstance(value, AffineForm) and any(value.coefficients):
        low, high = region.span(value)
        if low == high and not low[0]:
            return constant_form(low[1], k)
    return value


def _sign_of(enclosure: Enclosure, zero_with: int) -> int:
    if enclosure.is_positive or (zero_with == 1 and enclosure.low >= 0):
        return 1
    if enclosure.is_negative or (zero_with == -1 and enclosure.high <= 0):
        return -1
    raise CannotSplitError(f"its values are known to lie in {enclosure} only")


def _integers(low: Bound, high: Bound) -> list[Fraction]:
    if isinstance(low, float) or isinstance(high, float):
        raise CannotSplitError("its values are unbounded, so that it has infinitely many steps")
    first, last = math.floor(low), math.ceil(high)
    if last - first > MOST_CELLS:
        raise too_many()
    return [Fraction(k) for k in range(first, last + 1)]


def too_many() -> UnsupportedError:
    """What to raise beyond `MOST_CELLS`."""
    return UnsupportedError(
        f"the function has more than {MOST_CELLS} cells on this domain; certify it on a smaller "
        "one, or scale the arguments of roundings."
    )


def _step(value: AffineForm, region: Region, k: Fraction, *, is_floor: bool) -> Region | None:
    """Where a form is in ``[k, k + 1)``, or in ``(k - 1, k]``."""
    one = constant_form(Fraction(1), region.dimension)
    at = plus(value, one, -k)
    if is_floor:
        part = region.cut(at)
        return None if part is None else part.cut(plus(minus(at), one), is_strict=True)
    part = region.cut(minus(at))
    return None if part is None else part.cut(plus(at, one), is_strict=True)


def _strips(
    ratio: Ratio, levels: Sequence[Polynomial], region: Region, label: Callable[[Fraction], T]
) -> list[tuple[Region, T]]:
    """Strips between the zeros of some polynomials; those with one label are joined."""
    low, high = (bound_of(v) for v in region.span(coordinate(ratio.axis, region.dimension)))
    breaks: set[Fraction] = set()
    for level in levels:
        if not level:
            continue
        zeros = rational_zeros(level, low, high)
        if zeros is None:
            raise CannotSplitError("it changes at an irrational point")
        breaks.update(zeros)
        if len(breaks) > MOST_CELLS:
            raise too_many()
    runs: list[list[Fraction | None]] = []
    labels: list[T] = []
    for left, right, at in _line_parts(sorted(breaks), low, high):
        # An end of the interval need not be in the region: the ratio may have a pole there.
        is_end = left == right and left in (low, high)
        if is_end and not _has(region, ratio.axis, at):
            continue
        found = label(at)
        if labels and labels[-1] == found:
            runs[-1][1], runs[-1][3] = right, None if left == right else Fraction(1)
        else:
            is_point = None if left == right else Fraction(1)
            runs.append([left, right, is_point, is_point])
            labels.append(found)
    parts = [(_strip(region, ratio.axis, run), lab) for run, lab in zip(runs, labels, strict=True)]
    return _nonempty(parts)


def _line_parts(
    breaks: Sequence[Fraction], low: Bound, high: Bound
) -> list[tuple[Fraction | None, Fraction | None, Fraction]]:
    """Points and open intervals in order, with a point of each; None is the end of the region."""
    if low == high and isinstance(low, Fraction):
        return [(low, low, low)]
    inside = [b for b in breaks if low < b < high]
    parts: list[tuple[Fraction | None, Fraction | None, Fraction]] = []
    ends: list[Bound] = [low, *inside, high]
    if low in breaks and isinstance(low, Fraction):
        parts.append((low, low, low))
    for i, (a, b) in enumerate(itertools.pairwise(ends)):
        left = a if isinstance(a, Fraction) and (i or a in breaks) else None
        right = b if isinstance(b, Fraction) and (i < len(inside) or b in breaks) else None
        parts.append((left, right, _between(a, b)))
        if isinstance(b, Fraction) and right is not None:
            parts.append((b, b, b))
    return parts


def _between(a: Bound, b: Bound) -> Fraction:
    if isinstance(a, Fraction):
        return (a + b) / 2 if isinstance(b, Fraction) else a + 1
    return b - 1 if isinstance(b, Fraction) else Fraction(0)


def _has(region: Region, axis: int, t: Fraction) -> bool:
    return region.face(coordinate(axis, region.dimension, less=t)) is not None


def _strip(region: Region, axis: int, run: Sequence[Fraction | None]) -> Region | None:
    """The part between two ends; each is None, or open (1), or closed (None)."""
    left, right, left_open, right_open = run
    part: Region | None = region
    if left is not None:
        form = coordinate(axis, region.dimension, less=left)
        part = region.cut(form, is_strict=left_open is not None)
    if right is not None and part is not None:
        form = minus(coordinate(axis, region.dimension, less=right))
        part = part.cut(form, is_strict=right_open is not None)
    return part


def _nonempty(parts: Sequence[tuple[Region | None, T]]) -> list[tuple[Region, T]]:
    return [(part, label) for part, label in parts if part is not None]
