"""Bounds of elementary functions, against mpmath with 160 digits."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tamemip.certificates import Enclosure
from tamemip.certificates._definable_functions import _MONOTONE, _tan_at, wave_between
from tamemip.certificates._enclosures import (
    atan_between,
    constant_between,
    erf_between,
    exp_between,
    lambertw_between,
    log_between,
    pi_between,
    root_between,
    sin_between,
)

DIGITS = 160


def rationals(low, high):
    return st.fractions(min_value=low, max_value=high, max_denominator=10**6)


def _mp(v):
    return mpmath.mpf(v.numerator) / v.denominator if isinstance(v, Fraction) else mpmath.mpf(v)


def _agrees(pair, value, *, bits=40):
    low, high = pair
    assert _mp(low) <= value <= _mp(high)
    if not isinstance(high, float):
        assert high - low <= Fraction(1, 2**bits) * max(1, abs(low))


@given(rationals(-300, 300))
@example(Fraction(0))
@example(Fraction(-4000))
@example(Fraction(5000))
def test_exponentials_lie_between_their_bounds(x):
    with mpmath.workdps(DIGITS):
        _agrees(exp_between(x), mpmath.exp(_mp(x)))


@given(rationals(Fraction(1, 10**6), 10**9))
@example(Fraction(2))
@example(Fraction(1, 10**30))
@example(Fraction(2**200 + 1, 2**200))
def test_logarithms_lie_between_their_bounds(x):
    with mpmath.workdps(DIGITS):
        _agrees(log_between(x), mpmath.log(_mp(x)))


@given(rationals(-1000, 1000))
@example(Fraction(1, 2))
@example(Fraction(1))
def test_arc_tangents_and_sines_lie_between_their_bounds(x):
    with mpmath.workdps(DIGITS):
        _agrees(atan_between(x), mpmath.atan(_mp(x)))
        for turns, function in enumerate([mpmath.sin, mpmath.cos]):
            _agrees(sin_between(x, quarter_turns=turns), function(_mp(x)))


@given(rationals(-7, 7))
@example(Fraction(6))
@example(Fraction(599, 100))
def test_error_functions_lie_between_their_bounds(x):
    with mpmath.workdps(DIGITS):
        _agrees(erf_between(x), mpmath.erf(_mp(x)))


@given(rationals(Fraction(-1, 3), 10**6))
def test_lambert_lies_between_its_bounds(x):
    with mpmath.workdps(DIGITS):
        _agrees(lambertw_between(x), mpmath.lambertw(_mp(x)).real)


@given(rationals(0, 10**6), st.integers(2, 7))
def test_roots_lie_between_their_bounds(x, n):
    low, high = root_between(x, n)
    assert low**n <= x <= high**n
    assert root_between(x**n, n) == (x, x)


def test_named_constants():
    with mpmath.workdps(DIGITS):
        _agrees(pi_between(), mpmath.pi, bits=100)
        _agrees(constant_between("e"), mpmath.e, bits=100)
        _agrees(constant_between("sqrt:3"), mpmath.sqrt(3), bits=100)
        _agrees(constant_between("log:5"), mpmath.log(5), bits=100)
    assert constant_between("sqrt:-1") is None
    assert constant_between("tau") is None


_ORACLES = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "gaussian-cdf": mpmath.ncdf,
}


@pytest.mark.parametrize("name", sorted(_MONOTONE))
@settings(max_examples=60)
@given(data=st.data())
def test_monotone_functions_lie_between_their_bounds(name, data):
    shape = _MONOTONE[name]
    low = max(shape.interval.low, Fraction(-50))
    high = min(shape.interval.high, Fraction(50))
    x = data.draw(rationals(low, high).filter(shape.interval.contains))
    with mpmath.workdps(DIGITS):
        value = _ORACLES.get(name, getattr(mpmath, name, None))(_mp(x))
        low, high = shape.between(x)
        assert _mp(low) <= mpmath.re(value) <= _mp(high)


@given(rationals(-20, 20), rationals(0, 9), rationals(0, 1), st.integers(0, 1))
def test_waves_hold_every_value_of_an_interval(a, length, share, turns):
    e = Enclosure.between(a, a + length)
    low, high, turning = wave_between(e, turns)
    with mpmath.workdps(DIGITS):
        value = [mpmath.sin, mpmath.cos][turns](_mp(a + share * length))
        assert _mp(low) <= value <= _mp(high)
    assert turning >= math.floor(length / Fraction(16, 5))


@given(rationals(Fraction(-3, 2), Fraction(3, 2)))
def test_tangents_lie_between_their_bounds(x):
    with mpmath.workdps(DIGITS):
        low, high = _tan_at(x)
        assert _mp(low) <= mpmath.tan(_mp(x)) <= _mp(high)


intervals = st.tuples(rationals(-9, 9), rationals(0, 9), st.booleans(), st.booleans()).map(
    lambda t: Enclosure.between(
        t[0], t[0] + t[1], low_open=t[2] and t[1] > 0, high_open=t[3] and t[1] > 0
    )
)


@given(intervals, intervals, rationals(0, 1), rationals(0, 1), st.integers(1, 5))
def test_interval_arithmetic_holds_every_value(e, f, s, t, n):
    x, y = e.low + s * (e.high - e.low), f.low + t * (f.high - f.low)
    if not (e.contains(x) and f.contains(y)):
        return
    assert e.plus(f).contains(x + y)
    assert e.times(f).contains(x * y)
    assert e.scaled(y).contains(x * y)
    assert e.power(n).contains(x**n)
    assert e.absolute().contains(abs(x))
    assert e.floor().contains(math.floor(x))
    assert e.ceiling().contains(math.ceil(x))
    assert e.hull(f).contains(x)
    assert x == 0 or e.reciprocal().contains(1 / x)
    assert e.meet(f).contains(x) == f.contains(x)


def test_long_and_huge_ends_are_rounded_outward():
    e = Enclosure.point(Fraction(10**400 + 1, 3**700))
    product = e.times(e)
    assert product.low < (e.low * e.low) < product.high
    assert product.low.denominator.bit_length() < 2000
    huge = Enclosure.between(2, 3).power(10**6)
    assert huge.high == math.inf
    assert huge.high_open
    assert huge.low >= 2**1000
    small = Enclosure.point(Fraction(1, 3)).power(10**6)
    assert small.low == 0
    assert 0 < small.high < Fraction(1, 2**1000)
