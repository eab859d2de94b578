"""Cuts as further entries of a right-hand side, for trees that branch over both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tamemip.certificates import Bound
from tamemip.functions._compiled import AffineInput
from tamemip.functions._nodes import Node
from tamemip.functions._term_batch import DIGITS, TermReading, decimal_scales

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Flags: TypeAlias = NDArray[np.bool_]


def cut_values(
    cuts: Sequence[Node], given: AffineInput, d: Floats
) -> tuple[NDArray[Any], tuple[int, ...]]:
    """The values of cuts as integers over one denominator a cut, for one batch.

    Returns
    -------
    array of shape ``(number of cuts, k)``
        Numerators: ``int64``, or Python integers where these do not fit.
    tuple of int
        Denominators.
    """
    reading = TermReading(cuts, given.n_coordinates, given=given)
    values, is_exact = reading.multiples(d)
    scales = decimal_scales(d)
    scale = int(scales.max(initial=1))
    if is_exact.all() and (scales > 0).all():
        numerators = np.rint(values * scale)
        if np.abs(numerators).max(initial=0.0) < DIGITS:
            return numerators.astype(np.int64), tuple(q * scale for q in reading.denominators)
    rows = [reading.exact(given.at([Fraction(str(v)) for v in row])) for row in d.tolist()]
    return _over_denominators(list(zip(*rows, strict=True)))


def _over_denominators(
    table: Sequence[Sequence[Bound]],
) -> tuple[NDArray[Any], tuple[int, ...]]:
    numerators = np.empty((len(table), len(table[0]) if table else 0), dtype=object)
    denominators = []
    for line, values in zip(numerators, table, strict=True):
        q = math.lcm(*(Fraction(v).denominator for v in values))
        line[:] = [int(v * q) for v in values]
        denominators.append(q)
    return numerators, tuple(denominators)


def extended_by_cuts(cuts: TermReading, d: Floats) -> tuple[Floats, Flags]:
    """Right-hand sides with the multiples of cuts as further entries, for trees over both.

    A tree that reads cut ``k`` with a weight ``w`` reads this entry with
    ``w / cuts.denominators[k]``. The flags say where the decimals of the entries are the
    exact numbers; elsewhere a tree has to be evaluated one point after the other.
    """
    multiples, is_exact = cuts.multiples(d)
    return np.hstack([d, multiples.T]), is_exact
