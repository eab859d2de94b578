"""Values of expressions at rational points: Fractions, or mpmath numbers of 60 digits."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath

from tamemip.certificates import Node

mpmath.mp.dps = 60


class UndefinedError(Exception):
    """The expression has no value there."""


def values(nodes: list[Node] | tuple[Node, ...], point: dict[str, Fraction]):
    """The value of each node; None where it is undefined."""
    found = []
    for node in nodes:
        args = [found[k] for k in node.of]
        if any(a is None for a in args) and node.op != "piecewise":
            found.append(None)
            continue
        try:
            found.append(_value(node, args, point))
        except (UndefinedError, ZeroDivisionError):
            found.append(None)
    return found


def mp(v):
    return mpmath.mpf(v.numerator) / v.denominator if isinstance(v, Fraction) else mpmath.mpf(v)


def _require(condition) -> None:
    if not condition:
        raise UndefinedError


def _value(node: Node, a, point):  # noqa: PLR0912  # one case an operation
    if any(_is_mp(v) for v in a):
        a = [mp(v) if isinstance(v, Fraction) else v for v in a]
    match node.op:
        case "const":
            return node.value
        case "named":
            return {"pi": mpmath.pi(), "e": mpmath.e(), "sqrt:2": mpmath.sqrt(2)}[node.name]
        case "variable":
            return point[node.name]
        case "add":
            return _same(a, sum)
        case "scale":
            return _same(a, lambda v: v[0] * _like(node.value, v[0]))
        case "multiply":
            return _same(a, math.prod)
        case "divide":
            _require(a[1] != 0)
            return _same(a, lambda v: v[0] / v[1])
        case "power":
            r = node.value
            if r.denominator == 1:
                _require(r >= 0 or a[0] != 0)
                return a[0] ** int(r)
            _require(a[0] > 0 or (a[0] == 0 and r > 0))
            return mp(a[0]) ** mp(r)
        case "abs":
            return abs(a[0])
        case "maximum":
            return max(a)
        case "minimum":
            return min(a)
        case "sign":
            return Fraction((a[0] > 0) - (a[0] < 0))
        case "heaviside":
            return node.value if a[0] == 0 else Fraction(int(a[0] > 0))
        case "floor":
            return Fraction(int(mpmath.floor(a[0]))) if _is_mp(a[0]) else Fraction(math.floor(a[0]))
        case "ceiling":
            return Fraction(int(mpmath.ceil(a[0]))) if _is_mp(a[0]) else Fraction(math.ceil(a[0]))
        case "modulo":
            _require(a[1] != 0)
            return _same(a, lambda v: v[0] - v[1] * _like(_floor(v[0] / v[1]), v[0]))
        case "less":
            return a[0] < a[1]
        case "less-equal":
            return a[0] <= a[1]
        case "equal":
            return a[0] == a[1]
        case "and":
            return all(a)
        case "or":
            return any(a)
        case "not":
            return not a[0]
        case "indicator":
            return Fraction(int(a[0]))
        case "piecewise":
            return _first(a)
        case "root":
            _require(a[0] >= 0 or node.value % 2 == 1)
            size = mpmath.root(abs(mp(a[0])), int(node.value))
            return -size if a[0] < 0 else size
        case "real-power":
            _require(a[0] > 0)
            return mp(a[0]) ** mp(a[1])
        case op:
            return _elementary(op, mp(a[0]))


def _first(a):
    for condition, value in zip(a[:-1:2], a[1::2], strict=True):
        _require(condition is not None)
        if condition:
            _require(value is not None)
            return value
    _require(len(a) % 2 and a[-1] is not None)
    return a[-1]


def _elementary(op, x):
    if op in ("log",):
        _require(x > 0)
    if op in ("asin", "acos"):
        _require(-1 <= x <= 1)
    functions = {
        "sigmoid": lambda t: 1 / (1 + mpmath.exp(-t)),
        "softplus": lambda t: mpmath.log1p(mpmath.exp(t)) if t < 200 else t,
        "gaussian-cdf": mpmath.ncdf,
    }
    return functions.get(op, getattr(mpmath, op, None))(x)


def _is_mp(v) -> bool:
    return isinstance(v, mpmath.mpf)


def _floor(v):
    return Fraction(int(mpmath.floor(v))) if _is_mp(v) else Fraction(math.floor(v))


def _like(q, v):
    return mp(q) if _is_mp(v) else q


def _same(a, apply):
    return apply([mp(v) for v in a] if any(_is_mp(v) for v in a) else a)
