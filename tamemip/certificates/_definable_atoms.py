"""The operations that expressions are made of: one table, each with its rule's source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

Kind: TypeAlias = Literal["number", "condition"]


@final
@dataclass(frozen=True, slots=True)
class Atom:
    """An operation, how it is written, and why it is definable.

    Attributes
    ----------
    name
        The name in certificates and of the constructor (``-`` for ``_``).
    least, most
        How many arguments it takes.
    takes
        Of which kind the arguments are; None for `piecewise`, which takes conditions and
        numbers in turn.
    gives
        Of which kind the node is.
    fields
        What it takes beside arguments: ``"value"`` (a rational), ``"name"``,
        ``"declared"``.
    meaning
        The operation in words.
    rule
        In which structure the node is, given those of its arguments.
    source
        Where the rule is proved.
    """

    name: str
    least: int
    most: float
    takes: Kind | None
    gives: Kind
    fields: tuple[str, ...]
    meaning: str
    rule: str
    source: str


_VDD = "van den Dries, Tame Topology and O-minimal Structures (1998), chapter 1"
_MILLER = "van den Dries and Miller, Geometric categories and o-minimal structures (1996)"
_WILKIE = "Wilkie, Model completeness results (1996)"
_SPEISSEGGER = "Speissegger, The Pfaffian closure of an o-minimal structure (1999)"
_LOCAL = "Toffalori and Vozoris, Notes on local o-minimality (2009)"

_SAME = "that of the arguments"
_ALGEBRAIC = "semialgebraic; semilinear if all arguments but one have finitely many values"
_EXPONENTIAL = "R_exp; also R_an where the argument is bounded"
_STEPS = "that of the argument if it is bounded: finitely many steps"


def _table(*atoms: Atom) -> Mapping[str, Atom]:
    return {atom.name: atom for atom in atoms}


def _unary(name: str, meaning: str, rule: str, source: str, *fields: str) -> Atom:
    return Atom(name, 1, 1, "number", "number", fields, meaning, rule, source)


def _many(name: str, meaning: str, rule: str, source: str, *, kind: Kind = "number") -> Atom:
    return Atom(name, 1, math.inf, kind, kind, (), meaning, rule, source)


def _leaf(name: str, meaning: str, rule: str, field: str) -> Atom:
    return Atom(name, 0, 0, "number", "number", (field,), meaning, rule, _VDD)


def _compare(name: str, meaning: str) -> Atom:
    return Atom(name, 2, 2, "number", "condition", (), meaning, _SAME, _VDD)


ATOMS: Mapping[str, Atom] = _table(
    _leaf("const", "a rational number", "semilinear", "value"),
    _leaf("named", "a real number with a name, such as pi", "semilinear", "name"),
    _leaf("variable", "a variable of the domain", "semilinear", "name"),
    _many("add", "the sum", _SAME, _VDD),
    _unary("scale", "a rational multiple", _SAME, _VDD, "value"),
    _many("multiply", "the product", _ALGEBRAIC, _VDD),
    Atom("divide", 2, 2, "number", "number", (), "the quotient, off the zeros of the denominator",
         _ALGEBRAIC, _VDD),
    _unary("power", "a rational power; one that is no integer is taken of numbers >= 0 only",
           "semialgebraic", _VDD, "value"),
    _unary("root", "the n-th root, for odd n of every number", "semialgebraic", _VDD, "value"),
    Atom("real-power", 2, 2, "number", "number", (), "base**exponent for a positive base",
         _EXPONENTIAL, _WILKIE),
    _unary("abs", "the absolute value", _SAME, _VDD),
    _many("maximum", "the greatest", _SAME, _VDD),
    _many("minimum", "the least", _SAME, _VDD),
    _unary("sign", "-1, 0 or 1", _SAME, _VDD),
    _unary("heaviside", "0 below 0, 1 above, `value` at 0", _SAME, _VDD, "value"),
    _unary("floor", "rounding down", _STEPS, _LOCAL),
    _unary("ceiling", "rounding up", _STEPS, _LOCAL),
    Atom("modulo", 2, 2, "number", "number", (), "f - g floor(f/g), off the zeros of g",
         "that of the arguments if the quotient is bounded", _LOCAL),
    _unary("exp", "the exponential", _EXPONENTIAL, _WILKIE),
    _unary("log", "the logarithm of positive numbers", "R_exp; also R_an on compact positive sets",
           _WILKIE),
    _unary("sin", "the sine", "R_an if the argument is bounded", _MILLER),
    _unary("cos", "the cosine", "R_an if the argument is bounded", _MILLER),
    _unary("tan", "the tangent, off its poles", "R_an if the argument is bounded", _MILLER),
    _unary("asin", "the arc sine on [-1, 1]", "R_an", _MILLER),
    _unary("acos", "the arc cosine on [-1, 1]", "R_an", _MILLER),
    _unary("atan", "the arc tangent: the inverse of tan on (-pi/2, pi/2)", "R_an", _MILLER),
    _unary("sinh", "the hyperbolic sine", _EXPONENTIAL, _WILKIE),
    _unary("cosh", "the hyperbolic cosine", _EXPONENTIAL, _WILKIE),
    _unary("tanh", "the hyperbolic tangent", _EXPONENTIAL, _WILKIE),
    _unary("sigmoid", "1/(1 + exp(-f))", _EXPONENTIAL, _WILKIE),
    _unary("softplus", "log(1 + exp(f))", _EXPONENTIAL, _WILKIE),
    _unary("erf", "the error function", "Pfaffian; R_an where the argument is bounded",
           _SPEISSEGGER),
    _unary("gaussian-cdf", "the distribution function of the standard normal law",
           "Pfaffian; R_an where the argument is bounded", _SPEISSEGGER),
    _unary("lambertw", "the principal branch of w exp(w) = f, for f >= -1/e",
           _EXPONENTIAL, _WILKIE),
    Atom("piecewise", 2, math.inf, None, "number", (),
         "the number behind the first condition that holds; a last number is the default", _SAME,
         _VDD),
    _compare("less", "f < g"),
    _compare("less-equal", "f <= g"),
    _compare("equal", "f = g"),
    _many("and", "all conditions", _SAME, _VDD, kind="condition"),
    _many("or", "some condition", _SAME, _VDD, kind="condition"),
    Atom("not", 1, 1, "condition", "condition", (), "the contrary", _SAME, _VDD),
    Atom("indicator", 1, 1, "condition", "number", (), "1 where a condition holds, else 0", _SAME,
         _VDD),
    _unary("infimum", "the infimum over a variable, where it is finite", _SAME, _VDD, "name"),
    _unary("supremum", "the supremum over a variable, where it is finite", _SAME, _VDD, "name"),
    _unary("argmin", "the least minimiser over a variable, where there is one", _SAME, _VDD,
           "name"),
    _unary("argmax", "the least maximiser over a variable, where there is one", _SAME, _VDD,
           "name"),
    Atom("primitive", 1, math.inf, "number", "number", ("name", "declared"),
         "a function that a plugin declares; what it declares is an assumption",
         "as declared, with that of the arguments", "the declaration"),
)  # fmt: skip
"""Every operation, by its name."""
