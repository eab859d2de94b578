"""Multipliers that are remembered: they may be longer than any float."""

import math
from fractions import Fraction

import numpy as np
import pytest

from tamemip.duality._multipliers import IntegerData
from tamemip.duality._pool import MultiplierPool
from tamemip.programs import MixedIntegerProgram


@pytest.mark.parametrize("digits", [1, 400])
def test_multipliers_are_compared_however_long_their_denominators_are(digits):
    p = MixedIntegerProgram.from_arrays([1, 1], [[1, 0], [0, 1]], ">=", [2, 3], upper=9)
    data = IntegerData(p.exact)
    near = 1 - Fraction(1, 10**digits + 1)
    better = data.multipliers({0: near, 1: 1 - Fraction(1, 10**digits)}, is_ray=False)
    pool = MultiplierPool(p.n_rows, p.n_cols, p.exact.rhs)
    assert pool.best((np.zeros(2), np.full(2, 9.0))) is None
    pool.add(data.multipliers({0: near / 2}, is_ray=False))
    pool.add(better)
    value, found = pool.best((np.zeros(2), np.full(2, 9.0)))
    assert found is better
    assert math.isclose(value, float(better.at(p.exact.rhs)))
