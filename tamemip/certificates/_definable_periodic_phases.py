"""Operations on functions that repeat, one phase at a time.

On a phase all comparisons are decided and all roundings are affine: `cuts` says where it must be
cut for that, and `delay` from which k on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._definable_periodic import (
    STILL,
    Missing,
    Motion,
    PeriodTooShortError,
    Value,
    fixed,
)
from tamemip.certificates._json import RejectedError

MOST_CUTS = 4_000
"""So many steps of a rounding on one phase are too many."""

_MOST_POWER = 64
_ZERO, _ONE = Fraction(0), Fraction(1)

Motions: TypeAlias = Sequence[Motion]
Operation: TypeAlias = Callable[[Node, Motions, Fraction], Value]
"""From the arguments on a phase, and a point inside, to the value."""


def cuts(node: Node, values: Sequence[Value], low: Fraction, high: Fraction) -> list[Fraction]:
    """Points inside of an interval at which an operation changes.

    Raises
    ------
    PeriodTooShortError
        If a rounded function does not grow by a multiple of its unit in a period.
    RejectedError
        If there are too many.
    """
    motions = [v for v in values if isinstance(v, Motion)]
    if node.op not in _DECIDING | _ROUNDING or len(motions) < len(values):
        return []
    if node.op in _ROUNDING:
        return _steps(node, motions, low, high)
    zeros = {-m.constant / m.slope for m in _compared(motions) if m.slope and not m.rate}
    return sorted(t for t in zeros if low < t < high)


def delay(node: Node, values: Sequence[Value], low: Fraction, high: Fraction) -> int:
    """The first k from which on all signs that an operation asks for stay the same."""
    motions = [v for v in values if isinstance(v, Motion)]
    if node.op not in _DECIDING or len(motions) < len(values):
        return 0
    found = 0
    for m in _compared(motions):
        if m.rate:
            turn = 1 if m.rate > 0 else -1
            least = min(turn * m.at(low), turn * m.at(high))
            if least <= 0:
                found = max(found, math.floor(-least / abs(m.rate)) + 1)
    return found


def _compared(motions: Motions) -> list[Motion]:
    """The functions whose signs are asked for."""
    if len(motions) == 1:
        return list(motions)
    return [f.plus(g, -_ONE) for f, g in combinations(motions, 2)]


def _steps(node: Node, motions: Motions, low: Fraction, high: Fraction) -> list[Fraction]:
    """Where the argument is a multiple of the unit."""
    f = motions[0]
    unit = _ONE
    if node.op == "modulo":
        if not motions[1].is_fixed or not motions[1].constant:
            return []
        unit = motions[1].constant
    factor = (f.rate / unit).denominator
    if factor > 1:
        raise PeriodTooShortError(factor)
    if not f.slope or low == high:
        return []
    first, last = sorted(f.at(t) / unit for t in (low, high))
    if last - first > MOST_CUTS:
        raise RejectedError("period: there are too many steps in one")
    levels = range(math.floor(first) + 1, math.ceil(last))
    return sorted((n * unit - f.constant) / f.slope for n in levels)


def value_of(node: Node, values: Sequence[Value], inside: Fraction) -> Value:
    """The value of a node on a phase, for k large enough; all but `piecewise` ask for all."""
    if node.op == "piecewise":
        return _piecewise(values)
    if Missing.UNDEFINED in values:
        return Missing.UNDEFINED
    operation = _OPERATIONS.get(node.op)
    motions = [v for v in values if isinstance(v, Motion)]
    if operation is None or len(motions) < len(values):
        return Missing.UNKNOWN
    return operation(node, motions, inside)


def _piecewise(values: Sequence[Value]) -> Value:
    for condition, branch in zip(values[:-1:2], values[1::2], strict=True):
        if isinstance(condition, Missing):
            return condition
        if condition.constant:
            return branch
    return values[-1] if len(values) % 2 else Missing.UNDEFINED


def _sign_of(f: Motion, inside: Fraction) -> int:
    value = f.rate or f.at(inside)
    return (value > 0) - (value < 0)


# -- operations on motions, which are all defined -------------------------------------------


def _const(node: Node, _: Motions, __: Fraction) -> Value:
    return fixed(node.value or _ZERO)


def _sum(_: Node, args: Motions, __: Fraction) -> Value:
    total = STILL
    for f in args:
        total = total.plus(f, _ONE)
    return total


def _scaled(node: Node, args: Motions, _: Fraction) -> Value:
    return STILL.plus(args[0], node.value or _ZERO)


def _product(_: Node, args: Motions, __: Fraction) -> Value:
    factor, rest = _ONE, []
    for f in args:
        if f.is_fixed:
            factor *= f.constant
        else:
            rest.append(f)
    if factor == 0 or not rest:
        return fixed(factor)
    return STILL.plus(rest[0], factor) if len(rest) == 1 else Missing.UNKNOWN


def _quotient(_: Node, args: Motions, __: Fraction) -> Value:
    f, g = args
    if not g.is_fixed:
        return Missing.UNKNOWN
    return STILL.plus(f, 1 / g.constant) if g.constant else Missing.UNDEFINED


def _power(node: Node, args: Motions, _: Fraction) -> Value:
    (f,) = args
    r = node.value or _ZERO
    if r.denominator > 1 or abs(r) > _MOST_POWER or not f.is_fixed:
        return Missing.UNKNOWN
    if r < 0 and f.constant == 0:
        return Missing.UNDEFINED
    return fixed(f.constant ** int(r))


def _chosen(node: Node, args: Motions, inside: Fraction) -> Value:
    side = 1 if node.op == "maximum" else -1
    best = args[0]
    for f in args[1:]:
        if side * _sign_of(f.plus(best, -_ONE), inside) > 0:
            best = f
    return best


def _absolute(_: Node, args: Motions, inside: Fraction) -> Value:
    return STILL.plus(args[0], Fraction(-1 if _sign_of(args[0], inside) < 0 else 1))


def _signed(node: Node, args: Motions, inside: Fraction) -> Value:
    sign = _sign_of(args[0], inside)
    if node.op == "sign":
        return fixed(Fraction(sign))
    return fixed((node.value or _ZERO) if sign == 0 else Fraction(int(sign > 0)))


def _rounded(node: Node, args: Motions, inside: Fraction) -> Value:
    (f,) = args
    level = math.floor(f.at(inside)) if node.op == "floor" else math.ceil(f.at(inside))
    return Motion(_ZERO, Fraction(level), f.rate)


def _remainder(_: Node, args: Motions, inside: Fraction) -> Value:
    f, g = args
    if not g.is_fixed:
        return Missing.UNKNOWN
    if g.constant == 0:
        return Missing.UNDEFINED
    turns = math.floor(f.at(inside) / g.constant)
    return Motion(f.slope, f.constant - turns * g.constant, _ZERO)


def _flag(*, holds: bool) -> Motion:
    return fixed(Fraction(int(holds)))


def _comparison(node: Node, args: Motions, inside: Fraction) -> Value:
    sign = _sign_of(args[0].plus(args[1], -_ONE), inside)
    if node.op == "equal":
        return _flag(holds=sign == 0)
    return _flag(holds=sign < 0 or (sign == 0 and node.op == "less-equal"))


def _junction(node: Node, args: Motions, _: Fraction) -> Value:
    flags = [bool(f.constant) for f in args]
    return _flag(holds=all(flags) if node.op == "and" else any(flags))


def _not(_: Node, args: Motions, __: Fraction) -> Value:
    return _flag(holds=not args[0].constant)


def _indicator(_: Node, args: Motions, __: Fraction) -> Value:
    return args[0]


_DECIDING = frozenset(
    ("maximum", "minimum", "abs", "sign", "heaviside", "less", "less-equal", "equal")
)
_ROUNDING = frozenset(("floor", "ceiling", "modulo"))
_OPERATIONS: Mapping[str, Operation] = {
    "const": _const,
    "add": _sum,
    "scale": _scaled,
    "multiply": _product,
    "divide": _quotient,
    "power": _power,
    "maximum": _chosen,
    "minimum": _chosen,
    "abs": _absolute,
    "sign": _signed,
    "heaviside": _signed,
    "floor": _rounded,
    "ceiling": _rounded,
    "modulo": _remainder,
    "less": _comparison,
    "less-equal": _comparison,
    "equal": _comparison,
    "and": _junction,
    "or": _junction,
    "not": _not,
    "indicator": _indicator,
}
