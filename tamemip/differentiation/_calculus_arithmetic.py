"""The rules of sums, products, quotients, powers and smooth functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from tamemip.differentiation._calculus_numbers import (
    Real,
    difference,
    function,
    is_negative,
    is_positive,
    is_zero,
    negated,
    product,
    quotient,
    rational_power,
    real_sum,
    whole_power,
)
from tamemip.differentiation._calculus_scene import Local, Scene, Visit, number, refused
from tamemip.differentiation._calculus_sets import GeneratorSet
from tamemip.errors import NotLipschitzError
from tamemip.tameness import Expression

__all__ = [
    "chained",
    "linear_form",
    "visit_linear",
    "visit_power",
    "visit_product",
    "visit_quotient",
    "visit_real_power",
    "visit_root",
    "visit_smooth",
]

_ZERO, _HALF, _ONE = Fraction(0), Fraction(1, 2), Fraction(1)


def chained(scene: Scene, value: Real, terms: Sequence[tuple[Real, Local]]) -> Local:
    """A function with the given value and one derivative by each of its arguments."""
    slopes = GeneratorSet.zero(scene.dimension)
    for factor, f in terms:
        slopes = slopes.plus(f.slopes.scaled(factor), scene.limit)
    return Local(value, slopes, is_constant=all(f.is_constant for _, f in terms))


# -- linear combinations -------------------------------------------------------------------


def visit_linear(scene: Scene, e: Expression) -> Visit:
    """A linear combination, collected first: what cancels does not count twice."""
    constant, weights = linear_form(e)
    value: Real = constant
    terms: list[tuple[Real, Local]] = []
    for bridge in scene.bridges.get(e, ()):
        value = real_sum(value, bridge.local.value)
        terms.append((_ONE, bridge.local))
        weights = {f: w for f, w in weights.items() if f not in bridge.terms}
    for f, weight in weights.items():
        state = yield from number(f)
        value = real_sum(value, product(weight, state.value))
        if weight:
            terms.append((weight, state))
    return chained(scene, value, terms)


def linear_form(e: Expression) -> tuple[Fraction, dict[Expression, Fraction]]:
    """A number, and multiples of expressions that are no linear combinations themselves.

    Each part is opened once, with all its multiples: latest first, as parts are older than what
    they are in.
    """
    total = {e: _ONE}
    for f in _latest_first(e):
        weight = total[f]
        if f.op in ("add", "scale"):
            del total[f]
            for g in f.of:
                own = f.value if f.op == "scale" else _ONE
                assert own is not None
                total[g] = total.get(g, _ZERO) + weight * own
    constant = sum((w * g.value for g, w in total.items() if g.value and g.op == "const"), _ZERO)
    # A part with the weight 0 is kept: it may be undefined.
    return constant, {g: w for g, w in total.items() if g.op != "const"}


def _latest_first(root: Expression) -> list[Expression]:
    """The sums and multiples below an expression, each before what it is made of."""
    seen: set[Expression] = set()
    order: list[Expression] = []
    stack: list[tuple[Expression, bool]] = [(root, False)]
    while stack:
        e, is_done = stack.pop()
        if is_done:
            order.append(e)
        elif e not in seen and e.op in ("add", "scale"):
            seen.add(e)
            stack.append((e, True))
            stack.extend((f, False) for f in e.of)
    return order[::-1]


# -- products and quotients ----------------------------------------------------------------


def visit_product(scene: Scene, e: Expression) -> Visit:
    """The product rule; equal factors make one power."""
    counts = list(Counter(e.of).items())
    states: list[Local] = []
    for f, _ in counts:
        states.append((yield from number(f)))
    powers = [whole_power(s.value, n) for s, (_, n) in zip(states, counts, strict=True)]
    before: list[Real] = [_ONE]
    for v in powers:
        before.append(product(before[-1], v))
    after: Real = _ONE
    terms: list[tuple[Real, Local]] = []
    for k in reversed(range(len(counts))):
        n = counts[k][1]
        own = product(Fraction(n), whole_power(states[k].value, n - 1))
        terms.append((product(product(before[k], after), own), states[k]))
        after = product(after, powers[k])
    return chained(scene, before[-1], terms[::-1])


def visit_quotient(scene: Scene, e: Expression) -> Visit:
    """The quotient rule, where the denominator is proved not to vanish."""
    f = yield from number(e.of[0])
    g = yield from number(e.of[1])
    _require_nonzero(e, g)
    value = quotient(f.value, g.value)
    return chained(
        scene, value, [(quotient(_ONE, g.value), f), (negated(quotient(value, g.value)), g)]
    )


def _require_nonzero(e: Expression, g: Local) -> None:
    if is_zero(g.value):
        raise refused(e, "has no value here: it divides by 0")
    if not (is_positive(g.value) or is_negative(g.value)):
        raise refused(e, "divides by a number that is not proved to differ from 0")


# -- powers --------------------------------------------------------------------------------


def visit_power(scene: Scene, e: Expression) -> Visit:
    """A rational power."""
    r, base = e.value or _ZERO, e.of[0]
    if not r:
        return scene.constant(_ONE)
    f = yield from number(base)
    if r.denominator == 1:
        if r < 0:
            _require_nonzero(e, f)
        n = r.numerator
        slope: Real = _ONE if n == 1 else product(r, whole_power(f.value, n - 1))
        return chained(scene, whole_power(f.value, n), [(slope, f)])
    if is_positive(f.value):
        slope = product(r, rational_power(f.value, r - 1))
        return chained(scene, rational_power(f.value, r), [(slope, f)])
    return (yield from _power_at_zero(scene, e, f, r))


def visit_root(scene: Scene, e: Expression) -> Visit:
    """The real root of a whole degree."""
    assert e.value is not None, "a root has a degree"
    degree = e.value.numerator
    f = yield from number(e.of[0])
    if is_positive(f.value) or (degree % 2 and is_negative(f.value)):
        size = rational_power(f.value if is_positive(f.value) else negated(f.value), 1 / e.value)
        value = size if is_positive(f.value) else negated(size)
        return chained(scene, value, [(quotient(value, product(e.value, f.value)), f)])
    if degree % 2 and is_zero(f.value) and not f.is_constant:
        direction = scene.rising_direction(f.slopes)
        if direction is not None:
            raise NotLipschitzError(
                f"the part {e} has an infinite slope here, along "
                f"({', '.join(map(str, direction))}): it is not locally Lipschitz.",
                normal=direction,
            )
        raise refused(e, "is a root at 0: it is not proved to be locally Lipschitz")
    return (yield from _power_at_zero(scene, e, f, 1 / e.value))


def _power_at_zero(scene: Scene, e: Expression, f: Local, r: Fraction) -> Visit:
    """A power that is no integer, of a number that is not positive."""
    if is_negative(f.value):
        raise refused(e, "has no value here: it is a root of a negative number")
    if not is_zero(f.value):
        raise refused(e, "is a root of a number that is not proved to be positive")
    if r < 0:
        raise refused(e, "has no value here: it divides by 0")
    if f.is_constant:
        return scene.constant(_ZERO)
    if scene.facts_near(e.of[0]).enclosure.low < 0:
        raise refused(e, "is a root of 0, and is not proved to have values on all sides")
    if r > 1:
        return Local(_ZERO, GeneratorSet.zero(scene.dimension))
    inside = e.of[0]
    exponent = inside.value if inside.op == "power" and inside.value is not None else _ZERO
    if exponent.denominator == 1 and exponent % 2 == 0 and exponent * r >= 1:
        g = yield from number(inside.of[0])
        if exponent * r > 1:
            return Local(_ZERO, GeneratorSet.zero(scene.dimension))
        both = g.slopes.union(g.slopes.scaled(-_ONE), scene.limit)
        return Local(_ZERO, both)
    raise refused(e, "is a root at 0: it is not proved to be locally Lipschitz")


def visit_real_power(scene: Scene, e: Expression) -> Visit:
    """``base**exponent = exp(exponent log(base))``."""
    base = yield from number(e.of[0])
    exponent = yield from number(e.of[1])
    if not is_positive(base.value):
        raise refused(e, "needs a base that is proved to be positive")
    log = function("log", base.value)
    value: Real = function("exp", product(exponent.value, log))
    if isinstance(exponent.value, Fraction):
        value = rational_power(base.value, exponent.value)
    by_base = quotient(product(exponent.value, value), base.value)
    return chained(scene, value, [(by_base, base), (product(value, log), exponent)])


# -- smooth functions ----------------------------------------------------------------------


def visit_smooth(scene: Scene, e: Expression) -> Visit:
    """A smooth function of one number."""
    f = yield from number(e.of[0])
    inside = _INSIDE.get(e.op)
    if inside is not None and not is_positive(inside(f.value)):
        raise refused(e, "is not proved to have values here and nearby: see its domain")
    value = function(e.op, f.value)
    return chained(scene, value, [(SLOPES[e.op](f.value, value), f)])


def _square(a: Real) -> Real:
    return whole_power(a, 2)


def _one_minus_square(a: Real) -> Real:
    return difference(_ONE, _square(a))


_INSIDE: Mapping[str, Callable[[Real], Real]] = {
    "log": lambda x: x,
    "asin": _one_minus_square,
    "acos": _one_minus_square,
    "tan": lambda x: _square(function("cos", x)),
    "lambertw": lambda x: real_sum(_ONE, product(function("exp", _ONE), x)),
}
"""What has to be positive for the function to be smooth."""

SLOPES: Mapping[str, Callable[[Real, Real], Real]] = {
    "exp": lambda _, y: y,
    "log": lambda x, _: quotient(_ONE, x),
    "sin": lambda x, _: function("cos", x),
    "cos": lambda x, _: negated(function("sin", x)),
    "tan": lambda _, y: real_sum(_ONE, _square(y)),
    "asin": lambda x, _: rational_power(_one_minus_square(x), -_HALF),
    "acos": lambda x, _: negated(rational_power(_one_minus_square(x), -_HALF)),
    "atan": lambda x, _: quotient(_ONE, real_sum(_ONE, _square(x))),
    "sinh": lambda x, _: function("cosh", x),
    "cosh": lambda x, _: function("sinh", x),
    "tanh": lambda _, y: _one_minus_square(y),
    "sigmoid": lambda _, y: product(y, difference(_ONE, y)),
    "softplus": lambda x, _: function("sigmoid", x),
    "erf": lambda x, _: function("error density", x),
    "gaussian-cdf": lambda x, _: function("normal density", x),
    "lambertw": lambda _, y: quotient(function("exp", negated(y)), real_sum(_ONE, y)),
}
"""The derivative from the argument and the value."""
