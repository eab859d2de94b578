"""Texts: what they stand for, where they are wrong, and that nothing in them is executed."""

from __future__ import annotations

from fractions import Fraction

import pytest

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.tameness import nodes_of
from tamemip.tameness._sympy_text import parsed
from tests.tameness.evaluation import values

MEANING = [
    ("-x**2", -9),
    ("(-x)**2", 9),
    ("2**-x*8", 1),
    ("2**3**2", 512),
    ("2^3", 8),
    ("10 - 4 - 3", 3),
    ("24/4/2*x", 9),
    ("7 // 2 + 7 % 4", 6),
    ("-7 // 2", -4),
    ("0.1 + .2 + 1e-1", Fraction(2, 5)),
    ("--x + +x", 6),
    ("Piecewise((1, 0 <= x <= 2), (2, 2 < x < 4 and x != 3), (5, True))", 5),
    ("Piecewise((1, not x > 3), (2, True))", 1),
    ("Piecewise((1, ~(x <= 3) | (x == 3)), (2, True))", 1),
    ("Piecewise((1, (x > 3) | (x >= 3) & (x < 0)), (2, True))", 2),
    ("max(1, x, 2) - Min(1, x)", 2),
    ("sqrt(16) + cbrt(x**3/8)*2 - real_root(-8, 3)", 9),
    ("x*x*x/x/3", 3),
    ("floor(x/2) + ceiling(x/2) + frac(x/2)", Fraction(7, 2)),
    ("Heaviside(x - 3) + Heaviside(x - 3, 1) + sign(-x)", Fraction(1, 2)),
    ("relu(-x) + relu(x)", 3),
    ("exp(log(x))", 3),
    ("log(8, 2)", 3),
    ("sin(pi/6)", Fraction(1, 2)),
    ("log(E)", 1),
]


@pytest.mark.parametrize(("text", "value"), MEANING, ids=str)
def test_a_text_means_what_python_and_sympy_mean(text, value):
    expression, _ = parsed(text)
    nodes, (root,) = nodes_of([expression])
    found = values(nodes, {"x": Fraction(3)})[root]
    if isinstance(found, Fraction):
        assert found == value
    else:
        assert abs(found - Fraction(value).numerator / Fraction(value).denominator) < 1e-15


WRONG = [
    "", "  ", "x +", "* x", "x y", "2x", "2 (x)", "(x", "x)", "x = 3", "f(x)", "x.y", "x[0]",
    "floor(x, y)", "floor()", "Mod(x)", "(x, y)", "Piecewise(x)", "Piecewise((x, y))", "x > 0",
    "x > 0 & y > 0", "(x > 0) + 1", "floor(x > 0)", "x and y", "not x", "1/0", "0**-1",
    "sqrt(-2)", "(-1)**x", "10**10**10", "1e99999", "I*x", "oo", "x + nan", "1..2", "x ** ** 2",
    "real_root(x, y)", "LambertW(x, -1)", "infimum(x, 2)", "x,", ",", "Max(x,)", "x ? y", "'x'",
    "lambda: x", "__import__('os').system('false')", "exec(x)", "x; y", "\x00", "x == y",
]  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_a_text_that_is_no_function_gives_an_error_of_ours(text):
    with pytest.raises(InvalidInputError) as caught:
        tm.certify(text)
    assert type(caught.value) is InvalidInputError


def test_the_message_shows_the_place():
    with pytest.raises(InvalidInputError, match=r"'\* \) \+ 1' \(place 10\)"):
        tm.certify("floor(x * * ) + 1")


def test_names_of_constants_are_variables_where_the_domain_says_so():
    assert tm.certify("E + I", "E in [0, 1], I in [0, 1]").structure is tm.Structure.SEMILINEAR


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20_000 + "x" + ")" * 20_000,
        "abs(1 - " * 800 + "x" + ")" * 800,
        "-" * 20_000 + "x",
        "not " * 2_000 + "x > 0",
        " + ".join(f"floor(x/{k})" for k in range(1, 1_000)),
        "Piecewise((1, x < 1), (" * 300 + "x" + ", True))" * 300,
    ],
    ids=["brackets", "absolute values", "signs", "negations", "a wide sum", "branches"],
)
def test_long_and_deep_texts_are_read(text):
    if text.startswith("not"):
        text = f"Piecewise((1, {text}), (0, True))"
    verdict = tm.certify(text, "x in [0, 1]")
    assert verdict.structure is tm.Structure.SEMILINEAR
