"""Facts of elementary functions and named constants."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._definable_enclosure import (
    EVERYTHING,
    POSITIVE,
    Enclosure,
    finite_end,
    rounded,
)
from tamemip.certificates._definable_facts import ALL, R_AN_AND_R_EXP, UPSETS, Facts, Structure
from tamemip.certificates._definable_premises import Draft, Premises, Rule, conclude
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
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._problem import Bound

Ends: TypeAlias = Callable[[Fraction], tuple[Bound, Bound]]

_R_AN = UPSETS[Structure.R_AN]
_R_EXP = UPSETS[Structure.R_EXP]
_PFAFFIAN = UPSETS[Structure.PFAFFIAN]
_FAR = 10**9
"""Beyond, the sine is just said to lie in [-1, 1]."""
_WIDE = 64
"""In an interval of this length the sine takes all its values, and turns less than once in 3."""

FUNCTIONS: dict[str, Rule] = {}


def _rule(name: str) -> Callable[[Rule], Rule]:
    def register(infer: Rule) -> Rule:
        FUNCTIONS[name] = infer
        return infer

    return register


@_rule("named")
def _named(p: Premises) -> Facts:
    pair = constant_between(p.node.name or "")
    if pair is None:
        raise RejectedError(f"there is no constant {show(p.node.name)}")
    if pair[0] == pair[1]:
        return conclude(p, Draft(Enclosure.point(pair[0]), ALL))
    enclosure = Enclosure.between(*pair, low_open=True, high_open=True)
    return conclude(p, Draft(enclosure, ALL, values=1, is_continuous=True))


@final
@dataclass(frozen=True, slots=True)
class _Monotone:
    """A continuous function that is strictly monotone on an interval.

    `between` bounds its value at a rational point, `limits` are those at the ends of the
    interval. `everywhere` and `on_compact` are the structures for any argument, and for one
    that lies in a compact part of the interval.
    """

    interval: Enclosure
    limits: tuple[Bound, Bound]
    between: Ends
    everywhere: int
    on_compact: int
    trend: int = 1
    needs: str = ""


def _through_exp(formula: Callable[[Fraction], Fraction], limit: Bound) -> Ends:
    """A rising function of exp(x)."""

    def between(x: Fraction) -> tuple[Bound, Bound]:
        low, high = exp_between(x)
        return formula(low), (limit if isinstance(high, float) else formula(high))

    return between


def _sinh(x: Fraction) -> tuple[Bound, Bound]:
    """``(exp(x) - exp(-x)) / 2``."""
    if x < 0:
        low, high = _sinh(-x)
        return -high, -low
    (a, b), (c, d) = exp_between(x), exp_between(-x)
    assert isinstance(d, Fraction)
    return (a - d) / 2, (b if isinstance(b, float) else (b - c) / 2)


def _softplus(x: Fraction) -> tuple[Bound, Bound]:
    low, high = exp_between(x)
    top: Bound = x + 1 if isinstance(high, float) and x > 0 else math.inf
    return log_between(1 + low)[0], (top if isinstance(high, float) else log_between(1 + high)[1])


def _asin(x: Fraction) -> tuple[Bound, Bound]:
    """``arctan(x / sqrt(1 - x**2))``."""
    if x < 0:
        low, high = _asin(-x)
        return -high, -low
    if x == 1:
        return pi_between()[0] / 2, pi_between()[1] / 2
    low, high = root_between(1 - x * x, 2)
    return atan_between(x / high)[0], atan_between(x / low)[1]


def _acos(x: Fraction) -> tuple[Bound, Bound]:
    low, high = _asin(x)
    pi = pi_between()
    assert isinstance(low, Fraction)
    assert isinstance(high, Fraction)
    return (Fraction(0) if x == 1 else pi[0] / 2 - high), pi[1] / 2 - low


def _gaussian(x: Fraction) -> tuple[Bound, Bound]:
    """``(1 + erf(x / sqrt(2))) / 2``."""
    root = root_between(Fraction(2), 2)
    far, near = root if x < 0 else (root[1], root[0])
    return (1 + erf_between(x / far)[0]) / 2, (1 + erf_between(x / near)[1]) / 2


_PI = (-pi_between()[1] / 2, pi_between()[1] / 2)
_ARCS = Enclosure.between(-1, 1)
_LEAST_OF_W = Enclosure.between(-1 / Fraction(3), math.inf)
_CLOSED_UNIT = Fraction(0), Fraction(1)

_MONOTONE: dict[str, _Monotone] = {
    "exp": _Monotone(EVERYTHING, (Fraction(0), math.inf), exp_between, _R_EXP, R_AN_AND_R_EXP),
    "log": _Monotone(
        POSITIVE, (-math.inf, math.inf), log_between, _R_EXP, R_AN_AND_R_EXP, needs="> 0"
    ),
    "atan": _Monotone(EVERYTHING, _PI, atan_between, _R_AN, _R_AN),
    "asin": _Monotone(_ARCS, _PI, _asin, _R_AN, _R_AN, needs="in [-1, 1]"),
    "acos": _Monotone(
        _ARCS, (Fraction(0), pi_between()[1]), _acos, _R_AN, _R_AN, trend=-1, needs="in [-1, 1]"
    ),
    "sinh": _Monotone(EVERYTHING, (-math.inf, math.inf), _sinh, _R_EXP, R_AN_AND_R_EXP),
    "tanh": _Monotone(
        EVERYTHING,
        (Fraction(-1), Fraction(1)),
        lambda x: _through_exp(lambda v: (v - 1) / (v + 1), Fraction(1))(2 * x),
        _R_EXP,
        R_AN_AND_R_EXP,
    ),
    "sigmoid": _Monotone(
        EVERYTHING,
        _CLOSED_UNIT,
        _through_exp(lambda v: v / (v + 1), Fraction(1)),
        _R_EXP,
        R_AN_AND_R_EXP,
    ),
    "softplus": _Monotone(EVERYTHING, (Fraction(0), math.inf), _softplus, _R_EXP, R_AN_AND_R_EXP),
    "erf": _Monotone(EVERYTHING, (Fraction(-1), Fraction(1)), erf_between, _PFAFFIAN, _R_AN),
    "gaussian-cdf": _Monotone(EVERYTHING, _CLOSED_UNIT, _gaussian, _PFAFFIAN, _R_AN),
    # -1/3 > -1/e: between them the function is defined, but not known to be.
    "lambertw": _Monotone(
        _LEAST_OF_W,
        (Fraction(-1), math.inf),
        lambertw_between,
        _R_EXP,
        R_AN_AND_R_EXP,
        needs=">= -1/3",
    ),
}


def _monotone(name: str) -> Rule:
    shape = _MONOTONE[name]

    def infer(p: Premises) -> Facts:
        (f,) = p.args
        e = f.enclosure
        is_total = e.is_within(shape.interval)
        inside = e.meet(shape.interval)
        if inside.is_empty:
            inside = shape.interval
        image = _image(inside, shape)
        if not is_total and name == "lambertw":
            image = Enclosure.between(-1, math.inf)
        is_compact = is_total and inside.is_bounded and _has_closed_ends(inside, shape.interval)
        return conclude(
            p,
            Draft(
                image,
                p.upset & (shape.on_compact if is_compact else shape.everywhere),
                is_total=is_total,
                is_continuous=f.is_continuous,
                laps=f.laps,
                trend=None if f.trend is None else shape.trend * f.trend,
                undefined=(
                    f"{name} needs an argument {shape.needs}, and this one is enclosed in {e}",
                    "restrict the domain, or bound the argument",
                ),
            ),
        )

    return infer


def _has_closed_ends(e: Enclosure, interval: Enclosure) -> bool:
    """Whether the closure of `e` lies in the interval."""
    return Enclosure.between(e.low, e.high).is_within(interval)


def _image(e: Enclosure, shape: _Monotone) -> Enclosure:
    """The values: bounds at the ends, or the limits where an end is none of the interval."""
    at_low = _at(e.low, shape, 0)
    at_high = _at(e.high, shape, 1)
    low, high = (at_low[0], at_high[1]) if shape.trend > 0 else (at_high[0], at_low[1])
    ends = (e.low_open, e.high_open) if shape.trend > 0 else (e.high_open, e.low_open)
    exact = (at_low[0] == at_low[1], at_high[0] == at_high[1])
    exact = exact if shape.trend > 0 else exact[::-1]
    least, most = shape.limits
    # An end that was rounded outward is no value, whether the argument takes its end or not.
    return rounded(
        max(low, least),
        min(high, most),
        low_open=ends[0] or (not exact[0] and low > least),
        high_open=ends[1] or (not exact[1] and high < most),
    )


def _at(end: Bound, shape: _Monotone, side: int) -> tuple[Bound, Bound]:
    if isinstance(end, Fraction) and shape.interval.contains(end):
        return shape.between(end)
    limit = shape.limits[side if shape.trend > 0 else 1 - side]
    return limit, limit


FUNCTIONS.update({name: _monotone(name) for name in _MONOTONE})


@_rule("cosh")
def _cosh(p: Premises) -> Facts:
    (f,) = p.args
    e = f.enclosure.absolute()
    low, high = _cosh_at(e.low)[0], _cosh_at(e.high)[1]
    crosses = f.enclosure.low < 0 < f.enclosure.high
    trend = f.trend if f.enclosure.low >= 0 else None if f.trend is None else -f.trend
    return conclude(
        p,
        Draft(
            rounded(low, high, low_open=e.low_open, high_open=e.high_open),
            p.upset & (R_AN_AND_R_EXP if e.is_bounded else _R_EXP),
            is_continuous=f.is_continuous,
            laps=None if f.laps is None else f.laps * (2 if crosses else 1),
            trend=None if crosses else trend,
        ),
    )


def _cosh_at(x: Bound) -> tuple[Bound, Bound]:
    if isinstance(x, float):
        return math.inf, math.inf
    (a, b), (c, d) = exp_between(x), exp_between(-x)
    assert isinstance(d, Fraction)
    return (a + c) / 2, (b if isinstance(b, float) else (b + d) / 2)


@_rule("sin")
def _sin(p: Premises) -> Facts:
    return _wave(p, 0)


@_rule("cos")
def _cos(p: Premises) -> Facts:
    return _wave(p, 1)


_UNBOUNDED = "{} needs a bounded argument, and this one is enclosed in {} only"


def _wave(p: Premises, quarter_turns: int) -> Facts:
    """The sine of ``f + quarter_turns pi/2``."""
    (f,) = p.args
    e = f.enclosure
    low, high, turns = wave_between(e, quarter_turns)
    return conclude(
        p,
        Draft(
            Enclosure.between(low, high),
            p.upset & _R_AN if e.is_bounded else 0,
            is_continuous=f.is_continuous,
            laps=None if f.laps is None or turns is None else f.laps * (turns + 1),
            guilty=(
                _UNBOUNDED.format(p.node.op, e),
                "bound the argument, for example by finite ends of the domain",
            ),
        ),
    )


def wave_between(e: Enclosure, quarter_turns: int) -> tuple[Fraction, Fraction, int | None]:
    """Bounds on the sine, and on the number of its turning points, over an interval."""
    if not e.is_bounded:
        return Fraction(-1), Fraction(1), None
    a, b = finite_end(e.low), finite_end(e.high)
    if max(-a, b) > _FAR:
        return Fraction(-1), Fraction(1), None
    if b - a >= _WIDE:
        return Fraction(-1), Fraction(1), 4 + math.ceil((b - a) / 3)
    pi = pi_between()
    offset = Fraction(1 - quarter_turns, 2)
    around = range(math.floor(a / pi[0] - offset) - 1, math.ceil(b / pi[0] - offset) + 2)
    turning = [k for k in around if _may_lie(k + offset, a, b)]
    ends = [*sin_between(a, quarter_turns=quarter_turns)]
    ends += sin_between(b, quarter_turns=quarter_turns)
    values = [*ends, *(Fraction((-1) ** k) for k in turning)]
    return min(values), max(values), len(turning)


def _may_lie(half_turns: Fraction, a: Fraction, b: Fraction) -> bool:
    low, high = sorted(half_turns * bound for bound in pi_between())
    return low <= b and high >= a


@_rule("tan")
def _tan(p: Premises) -> Facts:
    (f,) = p.args
    e = f.enclosure
    low, high, _ = wave_between(e, 1)
    is_total = low > 0 or high < 0
    enclosure = EVERYTHING
    if is_total:
        a, b = finite_end(e.low), finite_end(e.high)
        enclosure = rounded(_tan_at(a)[0], _tan_at(b)[1], low_open=False, high_open=False)
    return conclude(
        p,
        Draft(
            enclosure,
            p.upset & _R_AN if e.is_bounded else 0,
            is_total=is_total,
            is_continuous=f.is_continuous,
            laps=f.laps if is_total else None,
            trend=f.trend if is_total else None,
            support=p.upset if e.is_bounded else 0,
            guilty=(_UNBOUNDED.format("tan", e), "bound the argument between two poles"),
            undefined=(f"tan may have a pole in {e}", "keep the argument between two poles"),
        ),
    )


def _tan_at(x: Fraction) -> tuple[Fraction, Fraction]:
    s = Enclosure.between(*sin_between(x))
    c = Enclosure.between(*sin_between(x, quarter_turns=1))
    quotient = s.times(c.reciprocal())
    return finite_end(quotient.low), finite_end(quotient.high)


@_rule("real-power")
def _real_power(p: Premises) -> Facts:
    """``exp(g log(f))``, for f > 0."""
    f, g = p.args
    base = f.enclosure.meet(POSITIVE)
    is_total = f.enclosure.is_positive
    base = POSITIVE if base.is_empty else base
    exponent = g.enclosure.times(_image(base, _MONOTONE["log"]))
    is_compact = is_total and base.low > 0 and base.is_bounded and g.enclosure.is_bounded
    return conclude(
        p,
        Draft(
            _image(exponent, _MONOTONE["exp"]),
            p.upset & (R_AN_AND_R_EXP if is_compact else _R_EXP),
            is_total=is_total,
            is_continuous=p.are_continuous,
            laps=f.laps if g.values == 1 and g.enclosure.excludes_zero else None,
            undefined=(
                f"a real power needs a base > 0, and this one is enclosed in {f.enclosure}",
                "restrict the domain to where the base is positive",
            ),
        ),
    )
