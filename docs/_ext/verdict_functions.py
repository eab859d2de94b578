"""The functions of the page `table-of-verdicts`: how they are built, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

from tamemip.tameness import (
    Expression,
    absolute,
    argmin,
    ceiling,
    conjunction,
    exp,
    floor,
    indicator,
    infimum,
    less,
    less_equal,
    log,
    maximum,
    minimum,
    modulo,
    multiply,
    named,
    piecewise,
    power,
    root,
    sign,
    square_root,
    supremum,
    unary,
    variable,
)

Truth: TypeAlias = Literal["tame", "wild"]


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table.

    Parameters
    ----------
    name, formula
        For the reader.
    expression
        For the certifier.
    domain
        A text that `domain_of` reads; empty for all reals.
    truth
        What mathematics says: a wrong verdict is an error of the certifier.
    """

    name: str
    formula: str
    expression: Expression
    domain: str = ""
    truth: Truth = "tame"


x, y, z, s, t, a, b, c, p = map(variable, ("x", "y", "z", "s", "t", "a", "b", "c", "p"))
pi = named("pi")


def _sin(f: Expression) -> Expression:
    return unary("sin", f)


def _cdf(f: Expression) -> Expression:
    return unary("gaussian-cdf", f)


def _tanh(f: Expression) -> Expression:
    return unary("tanh", f)


_CUBE = 0.044715
_softmax_sum = exp(x) + exp(y) + exp(z)
_norm = square_root(x**2 + y**2)

LOSSES: Sequence[Entry] = (
    Entry("squared loss", "(x - y)²", (x - y) ** 2),
    Entry("absolute loss", "\\|x - y\\|", absolute(x - y)),
    Entry("hinge", "max(0, 1 - x)", maximum(0, 1 - x)),
    Entry("squared hinge", "max(0, 1 - x)²", maximum(0, 1 - x) ** 2),
    Entry("ramp loss", "min(1, max(0, 1 - x))", minimum(1, maximum(0, 1 - x))),
    Entry("quantile (pinball), 9/10", "max(9x/10, -x/10)", maximum(0.9 * x, -0.1 * x)),
    Entry("ε-insensitive, 1/10", "max(0, \\|x\\| - 1/10)", maximum(0, absolute(x) - 0.1)),
    Entry(
        "Huber",
        "x²/2 if \\|x\\| ≤ 1, else \\|x\\| - 1/2",
        piecewise([(absolute(x) <= 1, x**2 / 2)], default=absolute(x) - 0.5),
    ),
    Entry(
        "Tukey biweight",
        "1 - (1 - x²)³ if \\|x\\| ≤ 1, else 1",
        piecewise([(absolute(x) <= 1, 1 - (1 - x**2) ** 3)], default=1),
    ),
    Entry("Cauchy", "log(1 + x²)", log(1 + x**2)),
    Entry("logistic", "log(1 + exp(-x))", unary("softplus", -x)),
    Entry("exponential (boosting)", "exp(-x)", exp(-x)),
    Entry(
        "binary cross-entropy",
        "-y log p - (1 - y) log(1 - p)",
        -y * log(p) - (1 - y) * log(1 - p),
        "p in (0, 1), y in [0, 1]",
    ),
    Entry(
        "cross-entropy of logits",
        "log(eˣ + eʸ + eᶻ) - x",
        log(_softmax_sum) - x,
    ),
    Entry("zero-one loss", "1 if x ≤ 0, else 0", indicator(x <= 0)),
)

ACTIVATIONS: Sequence[Entry] = (
    Entry("ReLU", "max(0, x)", maximum(0, x)),
    Entry("leaky ReLU", "max(x, x/100)", maximum(x, 0.01 * x)),
    Entry("ReLU6", "min(6, max(0, x))", minimum(6, maximum(0, x))),
    Entry("hard tanh", "max(-1, min(1, x))", maximum(-1, minimum(1, x))),
    Entry("hard sigmoid", "max(0, min(1, x/6 + 1/2))", maximum(0, minimum(1, x / 6 + 0.5))),
    Entry("hard swish", "x max(0, min(1, x/6 + 1/2))", x * maximum(0, minimum(1, x / 6 + 0.5))),
    Entry("ELU", "x if x > 0, else eˣ - 1", piecewise([(x > 0, x)], default=exp(x) - 1)),
    Entry("sigmoid", "1/(1 + exp(-x))", unary("sigmoid", x)),
    Entry("tanh", "tanh x", _tanh(x)),
    Entry("softplus", "log(1 + eˣ)", unary("softplus", x)),
    Entry("SiLU (swish)", "x sigmoid(x)", x * unary("sigmoid", x)),
    Entry("mish", "x tanh(softplus(x))", x * _tanh(unary("softplus", x))),
    Entry("GELU", "x Φ(x)", x * _cdf(x)),
    Entry(
        "GELU by tanh",
        "x (1 + tanh(4(x + 0.044715 x³)/5))/2",
        x * (1 + _tanh(0.8 * (x + _CUBE * x**3))) / 2,
    ),
    Entry("softsign", "x/(1 + \\|x\\|)", x / (1 + absolute(x))),
    Entry("arc tangent", "atan x", unary("atan", x)),
    Entry("sign (binary network)", "sign x", sign(x)),
    Entry("snake", "x + sin²x", x + _sin(x) ** 2, "", "wild"),
    Entry("snake on a box", "x + sin²x", x + _sin(x) ** 2, "x in [-10, 10]"),
    Entry("sine (implicit networks)", "sin(30 x)", _sin(30 * x), "", "wild"),
    Entry("sine on [-1, 1]", "sin(30 x)", _sin(30 * x), "x in [-1, 1]"),
)

NORMS: Sequence[Entry] = (
    Entry("1-norm", "\\|x\\| + \\|y\\|", absolute(x) + absolute(y)),
    Entry("max-norm", "max(\\|x\\|, \\|y\\|)", maximum(absolute(x), absolute(y))),
    Entry("2-norm", "√(x² + y²)", _norm),
    Entry(
        "3/2-norm",
        "(\\|x\\|^(3/2) + \\|y\\|^(3/2))^(2/3)",
        power(power(absolute(x), "3/2") + power(absolute(y), "3/2"), "2/3"),
    ),
    Entry("cube root", "∛x", root(x, 3)),
    Entry("0-norm (cardinality)", "1 if x ≠ 0, else 0", absolute(sign(x))),
    Entry("elastic net", "\\|x\\| + x²/2", absolute(x) + x**2 / 2),
    Entry("capped ℓ1", "min(\\|x\\|, 1)", minimum(absolute(x), 1)),
    Entry(
        "minimax concave penalty",
        "\\|x\\| - x²/4 if \\|x\\| ≤ 2, else 1",
        piecewise([(absolute(x) <= 2, absolute(x) - x**2 / 4)], default=1),
    ),
    Entry("log penalty", "log(1 + \\|x\\|)", log(1 + absolute(x))),
    Entry("logarithmic barrier", "-log x - log(1 - x)", -log(x) - log(1 - x), "x in (0, 1)"),
    Entry(
        "soft threshold (prox of ℓ1)",
        "sign(x) max(\\|x\\| - 1, 0)",
        sign(x) * maximum(absolute(x) - 1, 0),
    ),
    Entry(
        "hard threshold (prox of ℓ0)",
        "x if \\|x\\| > 1, else 0",
        piecewise([(absolute(x) > 1, x)], default=0),
    ),
    Entry("projection on [0, 1]", "min(1, max(0, x))", minimum(1, maximum(0, x))),
    Entry("projection on the disk, first entry", "x/max(1, √(x² + y²))", x / maximum(1, _norm)),
    Entry(
        "distance to [0, 1]²",
        "√(max(0, -x, x-1)² + max(0, -y, y-1)²)",
        square_root(maximum(0, -x, x - 1) ** 2 + maximum(0, -y, y - 1) ** 2),
    ),
    Entry("distance to ℤ", "\\|x - floor(x + 1/2)\\|", absolute(x - floor(x + 0.5)), "", "wild"),
    Entry(
        "distance to ℤ on a box",
        "\\|x - floor(x + 1/2)\\|",
        absolute(x - floor(x + 0.5)),
        "x in [0, 8]",
    ),
    Entry(
        "Moreau envelope of ℓ1",
        "inf over t of \\|t\\| + (x - t)²/2",
        infimum(absolute(t) + (x - t) ** 2 / 2, "t"),
    ),
    Entry(
        "conjugate of a quadratic",
        "sup over t in [-1, 1] of x t - t²",
        supremum(x * t - t**2, "t"),
        "t in [-1, 1]",
    ),
    Entry(
        "argmin of a quadratic",
        "argmin over t in [0, 1] of (t - x)²",
        argmin((t - x) ** 2, "t"),
        "t in [0, 1]",
    ),
)

ENTROPIES: Sequence[Entry] = (
    Entry("LogSumExp", "log(eˣ + eʸ + eᶻ)", log(_softmax_sum)),
    Entry("softmax, first entry", "eˣ/(eˣ + eʸ + eᶻ)", exp(x) / _softmax_sum),
    Entry(
        "softmax at temperature t",
        "exp(x/t)/(exp(x/t) + exp(y/t))",
        exp(x / t) / (exp(x / t) + exp(y / t)),
        "t in (0, 1]",
    ),
    Entry("negative entropy", "x log x", x * log(x), "x in (0, inf)"),
    Entry(
        "Kullback-Leibler",
        "x log(x/y) - x + y",
        x * log(x / y) - x + y,
        "x in (0, inf), y in (0, inf)",
    ),
    Entry("Gaussian density", "exp(-x²/2)/√(2π)", exp(-(x**2) / 2) / square_root(2 * pi)),
    Entry("normal distribution function", "Φ(x)", _cdf(x)),
    Entry(
        "expected improvement",
        "x Φ(x) + exp(-x²/2)/√(2π)",
        x * _cdf(x) + exp(-(x**2) / 2) / square_root(2 * pi),
    ),
    Entry("Gaussian kernel", "exp(-(x - y)²)", exp(-((x - y) ** 2))),
    Entry("periodic kernel", "exp(-2 sin²(πx))", exp(-2 * _sin(pi * x) ** 2), "", "wild"),
    Entry("positional code", "sin(x/10000)", _sin(x / 10000), "", "wild"),
    Entry("positional code up to length 512", "sin(x/10000)", _sin(x / 10000), "x in [0, 512]"),
    Entry(
        "layer normalisation of (x, y), first entry",
        "(x - m)/√(s² + 10⁻⁵)",
        (x - (x + y) / 2) / square_root((x - y) ** 2 / 4 + 0.00001),
    ),
    Entry("Lambert W", "w eʷ = x", unary("lambertw", x), "x in [0, inf)"),
)

STEPS: Sequence[Entry] = (
    Entry("floor", "floor(x)", floor(x), "", "wild"),
    Entry("floor on a box", "floor(x)", floor(x), "x in [0, 10]"),
    Entry("floors that cancel", "floor(x) - floor(x)", floor(x) - floor(x)),
    Entry("floor of a bounded argument", "floor(5 tanh x)", floor(5 * _tanh(x))),
    Entry(
        "quantiser to 1/8 on [-1, 1]", "floor(8x + 1/2)/8", floor(8 * x + 0.5) / 8, "x in [-1, 1]"
    ),
    Entry("fractional part", "x mod 1", modulo(x, 1), "", "wild"),
    Entry("sawtooth on a box", "x mod 1/4", modulo(x, "1/4"), "x in [0, 1]"),
    Entry("steps that accumulate", "ceil(1/a)", ceiling(1 / a), "a in (0, 1]", "wild"),
    Entry("the same, off 0", "ceil(1/a)", ceiling(1 / a), "a in [1/8, 1]"),
    Entry("oscillation at 0", "sin(1/x)", _sin(1 / x), "x in (0, 1]", "wild"),
    Entry("damped oscillation", "exp(-x) sin x", exp(-x) * _sin(x), "x in [0, inf)", "wild"),
    Entry("wave with a ramp", "min(1, x) sin x", minimum(1, x) * _sin(x), "x in [0, 100]"),
    Entry("0 times a floor", "0 floor(x)", multiply(0, floor(x))),
    Entry("digit", "floor(10 x) mod 10", modulo(floor(10 * x), 10), "x in [0, 100]"),
)

VALUES: Sequence[Entry] = (
    Entry("pure integer row", "min{y : 2y ≥ b, y ∈ ℤ₊}", maximum(0, ceiling(b / 2)), "", "wild"),
    Entry(
        "the same for b in a box",
        "min{y : 2y ≥ b, y ∈ ℤ₊}",
        maximum(0, ceiling(b / 2)),
        "b in [-20, 20]",
    ),
    Entry(
        "mixed row",
        "min{3y + 2s : 2y + s ≥ b, y ∈ ℤ₊, s ≥ 0}",
        minimum(3 * ceiling(b / 2), 3 * floor(b / 2) + 2 * (b - 2 * floor(b / 2))),
        "b in [0, 10]",
    ),
    Entry(
        "covering with bounded integers",
        "min{3y : 2y ≥ b, y ∈ {0, 1, 2}}",
        piecewise([(less_equal(b, 0), 0), (less_equal(b, 2), 3), (less_equal(b, 4), 6)]),
    ),
    Entry("the cost moves", "min{c y : y ∈ {1, 2, 3}}", minimum(c, 2 * c, 3 * c)),
    Entry(
        "cost and right-hand side", "c ceil(b/2), b in a box", c * ceiling(b / 2), "b in [0, 10]"
    ),
    Entry(
        "one coefficient moves", "min{y : a y ≥ 1, y ∈ ℤ₊}", ceiling(1 / a), "a in (0, 1]", "wild"
    ),
    Entry(
        "linear program", "min{2s + 3t : s + t ≥ b, s ≤ 4, s, t ≥ 0}", maximum(0, 2 * b, 3 * b - 4)
    ),
    Entry("second-order cone", "min{√(1 + s²) : s ≥ b}", square_root(1 + maximum(0, b) ** 2)),
    Entry(
        "quadratic recourse",
        "inf over s ≥ 0 of s²/2 - b s + \\|b - s\\|",
        infimum(t**2 / 2 - b * t + absolute(b - t), "t"),
        "t in [0, inf)",
    ),
)

SMOOTHED: Sequence[Entry] = (
    Entry("step under Gaussian noise", "E 1[x + Z > 0] = Φ(x)", _cdf(x)),
    Entry(
        "step under uniform noise",
        "E 1[x + U > 0], U in [-1/2, 1/2]",
        maximum(0, minimum(1, x + 0.5)),
    ),
    Entry("step under logistic noise (Gumbel)", "sigmoid(x)", unary("sigmoid", x)),
    Entry(
        "ReLU under Gaussian noise",
        "x Φ(x) + exp(-x²/2)/√(2π)",
        x * _cdf(x) + exp(-(x**2) / 2) / square_root(2 * pi),
    ),
    Entry(
        "ReLU under uniform noise",
        "E max(0, x + U), U in [-1/2, 1/2]",
        piecewise([(x <= -0.5, 0), (x <= 0.5, (x + 0.5) ** 2 / 2)], default=x),
    ),
    Entry("integer value under uniform noise", "E ceil(b + U), U in [0, 1]", b + 1),
    Entry("best of two plans, entropy", "-log(exp(-x) + exp(-y))", -log(exp(-x) + exp(-y))),
    Entry("best of two plans, Gaussian", "x + (y - x) Φ(x - y)", x + (y - x) * _cdf(x - y)),
    Entry("straight-through sign", "max(-1, min(1, x))", maximum(-1, minimum(1, x))),
    Entry("choice min{c y : y ∈ {0, 1}}, plain", "1 if c < 0, else 0", indicator(c < 0)),
    Entry(
        "choice under uniform noise on [-1, 1]",
        "clip((1 - c)/2, 0, 1)",
        maximum(0, minimum(1, (1 - c) / 2)),
    ),
    Entry(
        "the same, the width s varies",
        "clip((s - c)/(2s), 0, 1)",
        maximum(0, minimum(1, (s - c) / (2 * s))),
        "s in (0, 1]",
    ),
    Entry(
        "choice with a quadratic term",
        "clip(-2c, 0, 1)",
        maximum(0, minimum(1, -2 * c)),
    ),
    Entry("choice under Gaussian noise", "Φ(-c)", _cdf(-c)),
    Entry("the same, the deviation s varies", "Φ(-c/s)", _cdf(-c / s), "s in (0, 1]"),
    Entry(
        "region of two comparisons",
        "1 if x < y and y < z, else 0",
        indicator(conjunction(less(x, y), less(y, z))),
    ),
)

SECTIONS: Sequence[tuple[str, Sequence[Entry]]] = (
    ("Losses", LOSSES),
    ("Activations", ACTIVATIONS),
    ("Norms, penalties, projections and proximal maps", NORMS),
    ("Entropies, densities, kernels", ENTROPIES),
    ("Steps, roundings and oscillations", STEPS),
    ("Value functions of programs", VALUES),
    ("Smoothed functions", SMOOTHED),
)
