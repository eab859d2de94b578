"""The functions of SymPy, by their names there, as expressions.

Texts and SymPy objects share this table. A function is read as a partial one: it has a
value where all its parts have real ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.errors import InvalidInputError
from tamemip.tameness._conditions import conjunction, disjunction, equal, less, negation, piecewise
from tamemip.tameness._expression import (
    Expression,
    absolute,
    add,
    ceiling,
    constant,
    divide,
    exp,
    floor,
    heaviside,
    log,
    maximum,
    minimum,
    modulo,
    multiply,
    named,
    root,
    scale,
    sign,
    subtract,
    unary,
)
from tamemip.tameness._sympy_powers import quotient, raised

Maker: TypeAlias = Callable[..., Expression]

_HALF = Fraction(1, 2)
_PI = "pi"


@final
@dataclass(frozen=True, slots=True)
class Function:
    """How many arguments a function takes, and the expression that it makes of them."""

    least: int
    most: float
    make: Maker

    def __call__(self, name: str, arguments: Sequence[Expression]) -> Expression:
        """The value at some arguments, if these are as many as the function takes."""
        if not self.least <= len(arguments) <= self.most:
            wanted = str(self.least)
            if self.most != self.least:
                wanted += " or more" if math.isinf(self.most) else f" to {self.most:.0f}"
            raise InvalidInputError(f"{name} takes {wanted} arguments, not {len(arguments)}.")
        return self.make(*arguments)


def golden_ratio() -> Expression:
    """``(1 + sqrt(5)) / 2``."""
    return scale(add(named("sqrt:5"), 1), _HALF)


_REAL_FROM: Mapping[str, tuple[Fraction, float]] = {
    "asin": (Fraction(-1), 1),
    "acos": (Fraction(-1), 1),
    "lambertw": (Fraction(-2, 5), math.inf),
}
"""A number outside of these has no real value; -2/5 < -1/e."""


def _simple(op: str) -> Function:
    return Function(1, 1, lambda f: _real_of(op, f))


def _real_of(op: str, f: Expression) -> Expression:
    """A number where the function is not real is refused, an expression is a partial function."""
    low, high = _REAL_FROM.get(op, (-math.inf, math.inf))
    if f.op == "const" and f.value is not None and not low <= f.value <= high:
        raise InvalidInputError(f"{op}({f}) is no real number.")
    return unary(op, f)


def _real_logarithm(f: Expression) -> Expression:
    if f.op == "const" and f.value is not None and f.value <= 0:
        raise InvalidInputError(f"log({f}) is no real number: a logarithm is of positive numbers.")
    return log(f)


def _remainder(f: Expression, modulus: Expression) -> Expression:
    if modulus.op == "const" and modulus.value == 0:
        raise InvalidInputError("the modulus is 0 everywhere.")
    return modulo(f, modulus)


def _inverted(op: str) -> Function:
    """One over a function."""
    return Function(1, 1, lambda f: divide(1, unary(op, f)))


def _of_inverse(op: str) -> Function:
    """A function of ``1/f``."""
    return Function(1, 1, lambda f: unary(op, divide(1, f)))


def _logarithm(f: Expression, base: Expression | None = None) -> Expression:
    if base is None:
        return _real_logarithm(f)
    return quotient(_real_logarithm(f), constant(0) if base is constant(1) else log(base))


def _step(f: Expression, at_zero: Expression | None = None) -> Expression:
    if at_zero is None:
        return heaviside(f)
    if at_zero.op == "const" and at_zero.value is not None:
        return heaviside(f, at_zero=at_zero.value)
    return piecewise([(equal(f, 0), at_zero)], default=heaviside(f))


def _cotangent(f: Expression) -> Expression:
    return divide(unary("cos", f), unary("sin", f))


def _arc_cotangent(f: Expression) -> Expression:
    """SymPy's: ``atan(1/f)``, and pi/2 at 0."""
    return piecewise([(equal(f, 0), scale(named(_PI), _HALF))], default=unary("atan", divide(1, f)))


def _angle(y: Expression, x: Expression) -> Expression:
    """``atan2(y, x)``; undefined at the origin."""
    slope = unary("atan", divide(y, x))
    return piecewise(
        [
            (less(0, x), slope),
            (conjunction(less(x, 0), less(y, 0)), subtract(slope, named(_PI))),
            (less(x, 0), add(slope, named(_PI))),
            (less(0, y), scale(named(_PI), _HALF)),
            (less(y, 0), scale(named(_PI), -_HALF)),
        ]
    )


def _area_sine(f: Expression) -> Expression:
    """An odd function: ``log(|f| + sqrt(f**2 + 1))`` is seen to be defined everywhere."""
    magnitude = add(absolute(f), raised(add(multiply(f, f), 1), constant(_HALF)))
    return multiply(sign(f), log(magnitude))


def _area_cosine(f: Expression) -> Expression:
    """``log(f + sqrt(f - 1) * sqrt(f + 1))``, for f >= 1."""
    roots = [raised(add(f, k), constant(_HALF)) for k in (-1, 1)]
    return log(add(f, multiply(*roots)))


def _area_tangent(f: Expression) -> Expression:
    return scale(log(divide(add(f, 1), subtract(1, f))), _HALF)


def _area_cotangent(f: Expression) -> Expression:
    return scale(log(divide(add(f, 1), subtract(f, 1))), _HALF)


def _cardinal_sine(f: Expression) -> Expression:
    return piecewise([(equal(f, 0), 1)], default=divide(unary("sin", f), f))


def _principal_root(f: Expression, degree: Expression) -> Expression:
    """SymPy's ``root``: the power with exponent ``1/degree``."""
    return raised(f, quotient(1, degree))


def _real_root(f: Expression, degree: Expression | None = None) -> Expression:
    """The real root, for odd degrees of every number."""
    n = degree.value if degree is not None and degree.op == "const" else None
    if n is None or n.denominator != 1 or n < 1:
        raise InvalidInputError(
            "real_root takes a degree: a positive integer, as in real_root(x, 3)."
        )
    return root(f, int(n)) if n % 2 else raised(f, constant(1 / n))


def _branch_of_lambert(f: Expression, branch: Expression | None = None) -> Expression:
    if branch is not None and branch.value != 0:
        raise InvalidInputError(
            "LambertW is read on its principal branch only; write LambertW(x) for that one."
        )
    return _real_of("lambertw", f)


FUNCTIONS: Mapping[str, Function] = {
    "Abs": Function(1, 1, absolute),
    "Max": Function(1, math.inf, maximum),
    "Min": Function(1, math.inf, minimum),
    "sign": Function(1, 1, sign),
    "Heaviside": Function(1, 2, _step),
    "floor": Function(1, 1, floor),
    "ceiling": Function(1, 1, ceiling),
    "frac": Function(1, 1, lambda f: subtract(f, floor(f))),
    "Mod": Function(2, 2, _remainder),
    "exp": Function(1, 1, exp),
    "log": Function(1, 2, _logarithm),
    "sin": _simple("sin"),
    "cos": _simple("cos"),
    "tan": _simple("tan"),
    "cot": Function(1, 1, _cotangent),
    "sec": _inverted("cos"),
    "csc": _inverted("sin"),
    "sinc": Function(1, 1, _cardinal_sine),
    "asin": _simple("asin"),
    "acos": _simple("acos"),
    "atan": _simple("atan"),
    "acot": Function(1, 1, _arc_cotangent),
    "asec": _of_inverse("acos"),
    "acsc": _of_inverse("asin"),
    "atan2": Function(2, 2, _angle),
    "sinh": _simple("sinh"),
    "cosh": _simple("cosh"),
    "tanh": _simple("tanh"),
    "coth": _inverted("tanh"),
    "sech": _inverted("cosh"),
    "csch": _inverted("sinh"),
    "asinh": Function(1, 1, _area_sine),
    "acosh": Function(1, 1, _area_cosine),
    "atanh": Function(1, 1, _area_tangent),
    "acoth": Function(1, 1, _area_cotangent),
    "erf": _simple("erf"),
    "erfc": Function(1, 1, lambda f: subtract(1, unary("erf", f))),
    "erf2": Function(2, 2, lambda f, g: subtract(unary("erf", g), unary("erf", f))),
    "LambertW": Function(1, 2, _branch_of_lambert),
}
"""The names of SymPy's classes."""

TEXT_FUNCTIONS: Mapping[str, Function] = {
    **FUNCTIONS,
    "abs": FUNCTIONS["Abs"],
    "max": FUNCTIONS["Max"],
    "min": FUNCTIONS["Min"],
    "ceil": FUNCTIONS["ceiling"],
    "ln": FUNCTIONS["log"],
    "sqrt": Function(1, 1, lambda f: raised(f, constant(_HALF))),
    "cbrt": Function(1, 1, lambda f: raised(f, constant(Fraction(1, 3)))),
    "root": Function(2, 2, _principal_root),
    "real_root": Function(2, 2, _real_root),
    "relu": Function(1, 1, lambda f: maximum(f, 0)),
    "sigmoid": _simple("sigmoid"),
    "softplus": _simple("softplus"),
    "Phi": _simple("gaussian-cdf"),
}
"""The same, with what one types beside: roots, and what machine learning calls its functions."""


def _exactly_one(*conditions: Expression) -> Expression:
    """SymPy's ``Xor``: an odd number of them."""
    odd = conditions[0]
    for c in conditions[1:]:
        odd = disjunction(conjunction(odd, negation(c)), conjunction(negation(odd), c))
    return odd


def _all_alike(*conditions: Expression) -> Expression:
    return disjunction(conjunction(*conditions), conjunction(*map(negation, conditions)))


def _if_then_else(test: Expression, then: Expression, other: Expression) -> Expression:
    return disjunction(conjunction(test, then), conjunction(negation(test), other))


JUNCTIONS: Mapping[str, Function] = {
    "And": Function(0, math.inf, conjunction),
    "Or": Function(0, math.inf, disjunction),
    "Not": Function(1, 1, negation),
    "Xor": Function(1, math.inf, _exactly_one),
    "Nand": Function(1, math.inf, lambda *c: negation(conjunction(*c))),
    "Nor": Function(1, math.inf, lambda *c: negation(disjunction(*c))),
    "Implies": Function(2, 2, lambda c, d: disjunction(negation(c), d)),
    "Equivalent": Function(1, math.inf, _all_alike),
    "ITE": Function(3, 3, _if_then_else),
}
"""What joins conditions."""
