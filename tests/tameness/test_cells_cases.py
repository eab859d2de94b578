"""Cells that are known, how they print and are drawn, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.tameness import (
    absolute,
    ceiling,
    certify,
    certify_expressions,
    constant,
    domain_of,
    equal,
    exp,
    floor,
    heaviside,
    maximum,
    modulo,
    named,
    piecewise,
    power,
    root,
    sign,
    square_root,
    variable,
)

x, y, z = variable("x"), variable("y"), variable("z")


def lines(expression, domain=None):
    return str(certify(expression, domain).cells()).split("\n")


@pytest.mark.parametrize(
    ("expression", "domain", "expected"),
    [
        (absolute(x), None, ["x in (-inf, 0]: -x", "x in (0, inf): x"]),
        (sign(x), None, ["x in (-inf, 0): -1", "x in [0, 0]: 0", "x in (0, inf): 1"]),
        (floor(x) - floor(x), "x in [0, inf)", ["x in [0, inf): 0"]),
        (floor(x) + ceiling(-x), "x in [0, 9]", ["x in [0, 9]: 0"]),
        (
            ceiling(1 / x),
            "x in [1/4, 2]",
            ["x in [1/4, 1/3): 4", "x in [1/3, 1/2): 3", "x in [1/2, 1): 2", "x in [1, 2]: 1"],
        ),
        (floor(x * x), "x in [0, 1]", ["x in [0, 1): 0", "x in [1, 1]: 1"]),
        (sign(x * x - x), "x in (0, 3]", ["x in (0, 1): -1", "x in [1, 1]: 0", "x in (1, 3]: 1"]),
        (x / x, "x in [-1, 1]", ["x in [-1, 0): 1", "x in [0, 0]: undefined", "x in (0, 1]: 1"]),
        (
            floor(square_root(x)),
            "x in [0, 9]",
            ["x in [0, 1): 0", "x in [1, 4): 1", "x in [4, 9): 2", "x in [9, 9]: 3"],
        ),
        (
            floor(1 - 2 * square_root(x)),
            "x in [0, 1]",
            ["x in [0, 0]: 1", "x in (0, 1/4]: 0", "x in (1/4, 1]: -1"],
        ),
        (
            floor(root(x, 3)),
            "x in (-8, 1]",
            ["x in (-8, -1): -2", "x in [-1, 0): -1", "x in [0, 1): 0", "x in [1, 1]: 1"],
        ),
        (
            sign(power(x, Fraction(-3, 2)) - 8),
            "x in (0, 1]",
            ["x in (0, 1/4): 1", "x in [1/4, 1/4]: 0", "x in (1/4, 1]: -1"],
        ),
        (
            modulo(x, 2),
            "x in [-1, 3)",
            ["x in [-1, 0): x + 2", "x in [0, 2): x", "x in [2, 3): x - 2"],
        ),
        (
            modulo(x, -1),
            "x in [0, 1]",
            ["x in [0, 0]: 0", "x in (0, 1]: x - 1"],
        ),
        (
            heaviside(x),
            "x in [-1, 1]",
            ["x in [-1, 0): 0", "x in [0, 0]: 1/2", "x in (0, 1]: 1"],
        ),
        (sign(exp(x)) * x, None, ["x in (-inf, inf): x"]),
        (maximum(x, -exp(x)), "x in [0, 1]", ["x in [0, 1]: x"]),
        (
            piecewise([(x < 1, x / 2), (equal(x, 1), 5)]),
            "x in [0, 2]",
            ["x in [0, 1): (1/2) x", "x in [1, 1]: 5", "x in (1, 2]: undefined"],
        ),
        (piecewise([(x < 0, exp(x) - exp(x))], default=x), "x in [0, 1]", ["x in [0, 1]: x"]),
        (
            maximum(x, y),
            None,
            ["-x + y > 0: y", "x - y >= 0: x"],
        ),
    ],
    ids=str,
)
def test_known_cells(expression, domain, expected):
    assert lines(expression, domain) == expected


def test_the_function_of_the_specification_has_its_pieces():
    verdict = certify(ceiling(1 / x), "x in [1/8, 1]")
    found = verdict.cells()
    assert len(found) == verdict.pieces == 8
    assert found.value({"x": Fraction(1, 8)}) == 8
    assert found.value([Fraction(3, 10)]) == 4


def test_a_polygon_knows_its_sides_and_corners():
    found = certify(maximum(x, y), "x in [0, 1], y in [0, 1)").cells()
    cell = found.at((Fraction(1, 2), Fraction(1, 4)))
    assert sorted(cell.vertices) == [(0, 0), (1, 0), (1, 1)]
    assert cell.dimension == 2
    assert cell.is_bounded
    assert cell.contains((0, 0))
    assert not cell.contains((1, 1))
    assert cell.contains(cell.inner_point)
    assert (cell.value.constant, cell.value.coefficients) == (0, (1, 0))


def test_an_unbounded_polygon_knows_its_rays():
    (cell,) = certify(x + 2 * y, "x in [1, inf), y in (0, inf)").cells()
    assert cell.vertices == ((1, 0),)
    assert set(cell.rays) >= {(1, 0), (0, 1)}
    assert not cell.contains((1, 0))


def test_the_whole_plane_is_a_cell():
    (cell,) = certify(x - y).cells()
    assert cell.sides == ()
    assert cell.vertices == ()
    assert len(cell.rays) == 4
    assert cell.contains((-(10**9), 10**9))


def test_points_and_segments_are_cells():
    found = certify(piecewise([(equal(x, y), 1)], default=sign(x)), "x in [0, 1], y in [0, 1]")
    dimensions = sorted(cell.dimension for cell in found.cells())
    assert dimensions[0] == 1
    assert dimensions[-1] == 2


@pytest.mark.parametrize(
    ("expression", "domain"),
    [
        (floor(2 * x * x), "x in [0, 1]"),
        (sign(x * x - 2), "x in [0, 2]"),
        (maximum(named("pi") * x, 0), "x in [-1, 1]"),
        (sign(exp(x) - 2), "x in [0, 1]"),
        (floor(10000 * x), "x in [0, 1]"),
    ],
    ids=str,
)
def test_what_is_not_rational_or_too_much_is_unsupported(expression, domain):
    with pytest.raises(UnsupportedError):
        certify(expression, domain).cells()


@pytest.mark.parametrize(
    ("expression", "domain"),
    [
        (power(x, 2), "x in [0, 1]"),
        (floor(x), None),
        (maximum(x, y, z), None),
        (constant(3), None),
    ],
    ids=str,
)
def test_what_has_no_cells_is_refused(expression, domain):
    with pytest.raises(NotAllowedError):
        certify(expression, domain).cells()


def test_a_map_has_no_cells():
    with pytest.raises(NotAllowedError):
        certify_expressions([x, absolute(x)], domain_of(None, ["x"])).cells()


def test_points_are_checked():
    found = certify(absolute(x), "x in [0, 1]").cells()
    for point in ([2], [0, 0], {"y": 0}):
        with pytest.raises(InvalidInputError):
            found.at(point)
    with pytest.raises(NotAllowedError):
        _ = certify(x + y).cells().cells[0].interval


def test_deep_expressions_are_no_recursion():
    e = x
    for _ in range(3000):
        e = absolute(e) + 1
    (cell, other) = certify(e).cells()
    assert (cell.value.constant, other.value.constant) == (3000, 3000)


def test_pictures_show_jumps_and_cells():
    pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    axes = certify(ceiling(x), "x in [0, 3]").plot()
    filled, hollow = axes.lines[-2:]
    assert sorted(zip(filled.get_xdata(), filled.get_ydata(), strict=True)) == [
        (0, 0), (1, 1), (2, 2), (3, 3)
    ]  # fmt: skip
    assert sorted(zip(hollow.get_xdata(), hollow.get_ydata(), strict=True)) == [
        (0, 1), (1, 2), (2, 3)
    ]  # fmt: skip
    plane = certify(maximum(x, y, 0)).plot()
    assert (plane.get_xlabel(), plane.get_ylabel()) == ("x", "y")
    certify(piecewise([(x < y, floor(x))]), "x in [0, 2], y in [0, 2]").cells().plot()
    plt.close("all")
