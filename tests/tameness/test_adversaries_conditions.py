"""Adversaries: conditions that are never met, always met, or undefined, and projections."""

from __future__ import annotations

import pytest
import sympy as sp

from tests.tameness.adversaries import ALG, AN, EXP, LIN, Tame, Wild, require_truth

x, y = sp.symbols("x y")


def pw(*branches: str) -> str:
    return "Piecewise(" + ", ".join(f"({branch})" for branch in branches) + ")"


CASES = [
    # Never met.
    Tame(pw("floor(x), x < x - 1", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), x**2 < 0", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), abs(x) < 0", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), exp(x) <= 0", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), (x > 1) & (x < 0)", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), (x > 1) & (x < 1)", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), False", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), x != x", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), x > x", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), not (x <= x)", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), sin(x) > 2", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), frac(x) >= 1", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), max(x, 1) < 1", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(x), x + 1 == x", "x, True"), None, [LIN], pieces=1),
    Tame(pw("floor(1/x), x < 0", "x, True"), "x in [0, 1]", [LIN], pieces=1),
    Tame(pw("floor(x), x**2 + y**2 < 0", "x, True"), None, [LIN]),
    Tame(pw("floor(x), (x < y) & (y < x)", "x, True"), None, [LIN], open=True),
    Tame(pw("floor(x), x**2 - 2*x + 1 < 0", "x, True"), None, [LIN], pieces=1, open=True),
    Tame(pw("floor(x), cos(x)**2 + sin(x)**2 > 1", "x, True"), None, [LIN], open=True),
    Tame(pw("x, x > 0", "-x, x <= 0", "floor(x), True"), None, [LIN], pieces=2),
    Tame(pw("x, x >= 0", "floor(x), x >= 1", "0, True"), None, [LIN], pieces=2),
    # Always met.
    Tame(pw("x, True", "floor(x), True"), None, [LIN], pieces=1),
    Tame(pw("x, x**2 >= 0", "floor(x), True"), None, [LIN], pieces=1),
    Tame(pw("x, x == x", "floor(x), True"), None, [LIN], pieces=1),
    Tame(pw("x, (x > 0) | (x <= 0)", "floor(x), True"), None, [LIN], pieces=1, open=True),
    Tame(pw("x, exp(x) > 0", "sin(x), True"), None, [LIN], pieces=1),
    Tame(pw("x, ~(x < x - 1)", "sin(x), True"), None, [LIN], pieces=1),
    Tame(pw("x, floor(x) <= x", "floor(x), True"), None, [LIN], pieces=1, open=True),
    Tame(sp.Piecewise((x, x**2 >= 0), (sp.floor(x), True)), None, [LIN], pieces=1),
    # Undefined somewhere: no branch, or a condition without a value.
    Tame(pw("x, x > 0"), None, [LIN], total=False),
    Tame(pw("x, x > 0", "1, x < 0"), None, [LIN], total=False),
    Tame(pw("x, x > 0", "1, x <= 0"), None, [LIN], continuous=False, pieces=2),
    Tame(pw("x, x > 0"), "x in (0, 1]", [LIN], pieces=1),
    Tame(pw("1, 1/x > 0", "2, True"), None, [LIN], total=False),
    Tame(pw("1, log(x) > 0", "2, True"), None, [LIN], total=False, continuous=False),
    Tame(pw("1, sqrt(x) >= 0", "2, True"), None, [LIN], total=False),
    Tame(pw("1, x > 0", "2, sqrt(x) >= 0", "3, True"), None, [LIN], total=False, continuous=False),
    Tame(pw("sqrt(x), x >= 0", "sqrt(-x), True"), None, [ALG]),
    Tame(pw("sqrt(x), x >= -1", "sqrt(-x), True"), None, [ALG], total=False, continuous=False),
    Tame(pw("log(x), x > 0", "0, True"), None, [EXP], continuous=False),
    Tame(pw("log(x), x >= 0", "0, True"), None, [EXP], total=False, continuous=False),
    Tame(pw("x*log(x), x > 0", "0, x == 0"), "x in [0, 1]", [EXP]),
    # Rounding on a part that a condition bounds, and jumps between branches.
    Tame(pw("floor(x), (x >= 0) & (x <= 3)", "0, True"), None, [LIN], continuous=False, pieces=5),
    Tame(pw("floor(x), abs(x) < 2", "0, True"), None, [LIN], continuous=False, pieces=5),
    Tame(pw("floor(x), x**2 < 4", "0, True"), None, [LIN], continuous=False, pieces=5),
    Tame(pw("floor(1/x), x > 1/4", "0, True"), "x in (0, 1]", [LIN], continuous=False, pieces=4),
    Tame(pw("sin(1/x), x > 1/4", "0, True"), "x in (0, 1]", [AN], continuous=False),
    Tame(pw("x, x < 1", "x, True"), None, [LIN], pieces=1),
    Tame(pw("x, x < 1", "x + 1, True"), None, [LIN], continuous=False, pieces=2),
    Tame(pw("1, x == 0", "0, True"), None, [LIN], continuous=False, pieces=3),
    Tame(pw("1, Mod(x, 1) < 1/2", "0, True"), "x in [0, 2]", [LIN], continuous=False, pieces=5),
    Tame(pw("1, sin(x) > 0", "0, True"), "x in [0, 10]", [LIN], continuous=False, pieces=5),
    Tame(pw("1, x**2 + y**2 <= 1", "0, True"), None, [ALG], continuous=False),
    Tame(pw("1, exp(x) < y", "0, True"), None, [EXP], continuous=False),
    Tame(pw("1, x**3 - x > 0", "0, True"), None, [LIN], continuous=False, pieces=4),
    Wild(pw("floor(x), x > 0", "0, True"), None, local=True),
    Wild(pw("floor(x), x > 10**6", "0, True"), None, local=True, open=True),
    Wild(pw("1, floor(x) == x", "0, True"), None, local=True),
    Wild(pw("1, Mod(x, 1) < 1/2", "0, True"), None, local=True),
    Wild(pw("1, sin(x) > 0", "0, True"), None),
    Wild(pw("1, sin(1/x) > 0", "0, True"), "x in (0, 1]"),
    Wild(pw("floor(1/x), x < 1/4", "0, True"), "x in (0, 1]", open=True),
    Wild(pw("x, floor(x) == x"), None, local=True, open=True),
    Wild(pw("0, floor(x) == x"), None, local=True, open=True),
    Wild(pw("0, sin(x) == 0"), None, open=True),
    Wild(pw("floor(x), x > 0"), None, local=True, open=True),
    # Junctions.
    Tame(pw("1, (x > 0) & ~(x > 1)", "0, True"), None, [LIN], continuous=False, pieces=3),
    Tame(
        sp.Piecewise((1, sp.Xor(x > 0, x > 1)), (0, True)), None, [LIN], continuous=False, pieces=3
    ),
    Tame(sp.Piecewise((1, sp.Or(x > 0, y > 0)), (0, True)), None, [LIN], continuous=False),
    Tame(sp.Piecewise((1, sp.Ne(x, 0)), (0, True)), None, [LIN], continuous=False, pieces=3),
    Tame(pw("1, 0 <= x <= 1 < 2", "0, True"), None, [LIN], continuous=False, pieces=3),
    # Projections: attained or not, finite or not, over nothing.
    Tame("infimum(x*y, y)", "x in [0, 1], y in [0, 2]", [LIN]),
    Tame("infimum(x*y, y)", "x in [-1, 1], y in [0, 2]", [LIN]),
    Tame("infimum(x*y, y)", "x in [0, 1], y in [0, inf)", [LIN]),
    Tame("infimum(x*y, y)", "x in [-1, 1], y in [0, inf)", [LIN], total=False),
    Tame("infimum(exp(-y) + x, y)", "x in [0, 1], y in R", [LIN]),
    Tame("argmin(exp(-y) + x, y)", "x in [0, 1], y in R", [LIN], total=False),
    Tame("argmin(y, y)", "y in (0, 1]", [LIN], total=False),
    Tame("infimum(y, y)", "y in (0, 1]", [LIN]),
    Tame("infimum(1/y, y)", "y in [0, 1]", [LIN], open=True),
    Tame("infimum(Piecewise((y, y > 1)), y)", "y in [0, 1]", [LIN], total=False),
    Tame("argmin(Piecewise((y, y > 1)), y)", "y in [0, 1]", [LIN], total=False),
    Tame("argmin(0*y, y)", "y in [0, 1]", [LIN]),
    Tame("argmax(0*y, y)", "y in R", [LIN], total=False),
    Tame("argmin(Piecewise((y, y >= x)), y)", "x in [0, 2], y in [0, 1]", [LIN], total=False),
    Tame("argmin((x - y)**2, y)", "x in [0, 1], y in [0, 2]", [LIN]),
    Tame("argmin(floor(y), y)", "y in [0, 2]", [LIN]),
    Tame("argmax(floor(y), y)", "y in [0, 2)", [LIN]),
    Tame("supremum(-floor(y), y)", "y in R", [LIN], total=False, open=True),
    Tame("supremum(sin(y), y)", "y in [0, 10]", [LIN]),
    Tame("supremum(sin(y), y)", "y in R", [LIN], open=True),
    Tame("infimum(abs(x - floor(y)), y)", "x in [0, 5], y in [0, 5]", [LIN]),
    Wild("infimum(abs(x - floor(y)), y)", "x in R, y in R", local=True, open=True),
    Tame("supremum(x**2 - y**2, y)", "x in R, y in [0, 1]", [ALG]),
    Tame("infimum(infimum(x*y*z, y), z)", "x in R, y in [0, 1], z in [0, 1]", [LIN]),
    Tame("floor(infimum(x*y, y))", "x in [0, 1], y in [0, 2]", [LIN]),
    Tame("exp(supremum(x*y, y))", "x in [0, 1], y in [0, 2]", [AN, EXP]),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_answer_is_true(case):
    require_truth(case)
