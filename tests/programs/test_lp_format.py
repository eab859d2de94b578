"""CPLEX-LP files: the conventions of the format, and what is refused."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.programs import read

SMALL = """\
\\ Problem name: small
Maximize
 profit: 0.1 x + 2 y - z + 5
   - + 3 w
Subject To
 c1: x + y <= 4   \\ a comment
 -3 <= x - 2 z <= 7
 up: 9 >= y + w >= 1
 x + x + y => 1e-1
Bounds
 -inf <= x <= 8
 z free
 0.5 <= w
General
 y
Binary
 w
End
text behind the end
"""


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "model.lp"
        path.write_text(text, encoding="utf-8")
        return read(path)

    return load


def test_a_small_model(load):
    p = load(SMALL)
    assert (p.name, p.sense, p.offset) == ("small", "max", 5)
    assert p.col_names == ("x", "y", "z", "w")
    assert p.exact.c == (Fraction(1, 10), 2, -1, -3)
    assert p.row_names == ("c1", "c2", "c2::range", "up", "up::range", "c4")
    assert p.row_sense == ("<=", ">=", "<=", "<=", ">=", ">=")
    assert p.exact.rhs == (4, -3, 7, 9, 1, Fraction(1, 10))
    assert p.exact.A.rows[-1] == ((0, 2), (1, 1))
    assert p.exact.lower == (-math.inf, 0, -math.inf, Fraction(1, 2))
    assert p.exact.upper == (8, math.inf, math.inf, 1)
    assert p.exact.integer == (False, True, False, True)


def one_row(row, bounds=""):
    return f"min\n obj: x + y\nst\n {row}\nbounds\n {bounds}\nend\n"


@pytest.mark.parametrize(
    ("row", "sense", "rhs"),
    [
        ("r: x + y <= 3", "<=", 3),
        ("r: x + y < 3", "<=", 3),
        ("r: x + y =< 3", "<=", 3),
        ("r: x + y >= -3", ">=", -3),
        ("r: x + y => - 3", ">=", -3),
        ("r: x + y > +3", ">=", 3),
        ("r: x + y = 3.5e-1", "=", Fraction(7, 20)),
        ("r : x + y\n =\n 3", "=", 3),
        ("r: 3 >= x + y", "<=", 3),
        ("r: 3 = x + y", "=", 3),
        ("r: x + y + 1 <= 4", "<=", 3),
        ("r: 1x+1y<=3", "<=", 3),
        ("r: - -x + 2 y - y <= .3e1", "<=", 3),
        ("r: -inf <= x + y <= 3", "<=", 3),
        ("r: 3 <= x + y <= +infinity", ">=", 3),
        ("end: x + y <= 3", "<=", 3),
    ],
)
def test_rows(load, row, sense, rhs):
    p = load(one_row(row))
    assert p.row_sense == (sense,)
    assert p.exact.rhs == (rhs,)
    assert p.exact.A.rows == (((0, 1), (1, 1)),)
    assert p.row_names == (row.partition(":")[0].strip(),)


@pytest.mark.parametrize(
    ("lines", "low", "up"),
    [
        ("", 0, math.inf),
        ("x <= 4", 0, 4),
        ("x >= -4", -4, math.inf),
        ("-4 <= x", -4, math.inf),
        ("-4 <= x <= -1", -4, -1),
        ("7 >= x >= 1", 1, 7),
        ("x = 2.5", Fraction(5, 2), Fraction(5, 2)),
        ("x free", -math.inf, math.inf),
        ("x FREE", -math.inf, math.inf),
        ("-Inf <= x <= +INFINITY", -math.inf, math.inf),
        ("-1e30 <= x <= 1e30", -math.inf, math.inf),
        ("x >= -4 x <= 4 y <= 2", -4, 4),
    ],
)
def test_bounds(load, lines, low, up):
    p = load(one_row("r: x + y <= 3", lines))
    assert (p.exact.lower[0], p.exact.upper[0]) == (low, up)


@pytest.mark.parametrize(
    ("opening", "sense"),
    [("MIN", "min"), ("minimise", "min"), ("Maximum", "max"), ("maximize obj:", "max")],
)
@pytest.mark.parametrize("rows", ["st", "S.T.", "Subject  To", "such that", "ST x <= 3 \n"])
def test_openings_of_sections(load, opening, sense, rows):
    p = load(f"{opening} x + y\n{rows} r: x + y <= 3\nEND")
    assert p.sense == sense
    assert "r" in p.row_names


def test_an_empty_objective(load):
    p = load("min\n obj:\nst\n r: x >= 1\nend\n")
    assert (p.exact.c, p.offset) == ((0,), 0)


def test_names_may_hold_the_odd_characters_of_the_format(load):
    odd = "a!\"#$%&(),.;?@_'`{}|~1"
    assert load(one_row(f"r: x + {odd} <= 3")).col_names == ("x", "y", odd)


def test_a_binary_column_keeps_the_tighter_bounds(load):
    text = one_row("r: x + y <= 3", "x = 1\n y >= -5\nbinary\n x y")
    p = load(text)
    assert (p.exact.lower, p.exact.upper) == ((1, 0), (1, 1))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (one_row("r: x + [ x ^ 2 ] <= 3"), "line 4"),
        (one_row("r: x * y <= 3"), "line 4"),
        (one_row("r: x = 1 -> y <= 3"), "line 4"),
        ("min\n obj: [ x ^ 2 ] / 2\nst\n r: x >= 1\nend", "line 2"),
        (one_row("r: x <= 3", "x <= 5\nsos\n s1: S1:: x:1"), "line 7.*sos"),
        (one_row("r: x <= 3", "x <= 5\nSemi-Continuous\n x"), "line 7.*semi"),
        (one_row("r: x <= 3\nlazy constraints\n l: x <= 2"), "line 5.*lazy"),
        (one_row("r: x <= 3\nuser cuts\n l: x <= 2"), "line 5.*user"),
        (one_row("r: x <= 3", "x <= 5\ngeneral constraints\n m: y = max(x)"), "line 7.*general"),
        (one_row("r: x <= 3", "x <= 5\nPWLObj\n x: 1"), "line 7.*piecewise"),
    ],
)
def test_parts_that_are_not_linear_are_refused(load, text, hint):
    with pytest.raises(UnsupportedError, match=rf"model\.lp.*{hint}"):
        load(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "empty"),
        ("x + y", "line 1.*Minimize"),
        (SMALL.partition("End")[0], "without End"),
        (SMALL[:60], r"without End|line \d+"),
        (one_row("r: x + nan y <= 3"), "line 4"),
        (one_row("r: x + inf y <= 3"), "line 4"),
        (one_row("r: x + y <= nan"), "line 4"),
        (one_row("r: x y <= 3"), "line 4"),
        (one_row("r: 2 3 x <= 3"), "line 4"),
        (one_row("r: x + <= 3"), "line 4"),
        (one_row("r: x + y 3"), "line 4"),
        (one_row("r: x <= inf <= 3"), "line 4"),
        (one_row("r: x >= inf"), "line 4.*'r'"),
        (one_row("r: 1 <= x >= 3"), "line 4.*'r'"),
        (one_row("r: 1 = x <= 3"), "line 4.*'r'"),
        (one_row("r: 1 <= 3"), "'r'"),
        (one_row("r: x <= 3\n r: y <= 3"), "'r'"),
        (one_row("r: x + 1e9999999 y <= 3"), "line 4"),
        (one_row("r: x <= 3", "q <= 4"), "line 6.*'q'"),
        (one_row("r: x <= 3", "x <= -4"), "line 6.*'x'"),
        (one_row("r: x <= 3", "5 <= x <= 4"), "line 6.*'x'"),
        (one_row("r: x <= 3", "x 4"), "line 6"),
        (one_row("r: x <= 3", "x <= y"), "line 6"),
        (one_row("r: x <= 3\nmin\n x"), "line 5"),
        ("min\n x\nmax\n y\nst\n x <= 1\nend", "line 3"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(load, text, hint):
    with pytest.raises(InvalidInputError, match=rf"model\.lp.*({hint})"):
        load(text)
