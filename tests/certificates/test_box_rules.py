"""Certificates of value functions on a box: what they say, and what is refused."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction as Q

import pytest

from tamemip.certificates import CertificateBuilder, Statement
from tests.certificates.tiny import (
    CHECKERS,
    edited,
    numbers_in,
    optimum,
    program,
    verdict_of_lines,
)

KIND = "value-function-on-a-box"


def finished(builder, box, pieces):
    return builder.finish({"kind": KIND, "of": box, "tight": pieces})


def states(values):
    """What both checkers conclude in the same words: the cells and the cover."""
    return values.on_box.cells, values.on_box.is_whole, values.text


# -- what is refused -------------------------------------------------------------------------

#: min x + 2 y, x + y >= d1, y >= d2, x in 0..2 integer, 0 <= y <= 5.
MIXED = program(
    "min", [1, 2], [[1, 1], [0, 1]], [">=", ">="], [0, 0],
    lower=[0, 0], upper=[2, 5], integer=[True, False],
)  # fmt: skip

#: min x, 2 x >= d1, x in 0..1: the value is 0 up to d1 = 0, then 1 up to 2, then +inf.
STEPS = program("min", [1], [[2]], [">="], [0], lower=[0], upper=[1], integer=[True])

AT_LEAST_ZERO, Y_IS_D2, Y_IS_D1 = [{}, {}, {}], [{}, {}, {1: 1}], [{}, {1: 1}, {}]


def mixed(b, *, duals=((0, 2), (2, 0)), lows=(0, 0), highs=(1, 1)):
    """The function min(max(2 d2, 2 d1), 1 + 2 d2) and the box."""
    vectors = [b.dual({i: Q(v) for i, v in enumerate(y) if v}) for y in duals]
    below = b.leaf([(0, "<=", 0)], vectors, [])
    above = b.leaf([(0, ">=", 1)], [b.dual({1: Q(2)})], [])
    function = b.close(b.branch(below=below, above=above, column=0, at=0))
    return function, b.box([0, 0], [{0: Q(1)}, {1: Q(1)}], lows, highs)


def whole(b):
    """Three cells: y = d2 costs 2 d2, y = d1 costs 2 d1, and x = 1 costs 1 + 2 d2."""
    function, box = mixed(b)
    first, rest = b.half(box, (0, -1, 1), ">="), b.half(box, (0, -1, 1), "<")
    second, third = b.half(rest, (1, -2, 2), ">="), b.half(rest, (1, -2, 2), "<")
    points = [Y_IS_D2, Y_IS_D1, [{0: 1}, {}, {1: 1}]]
    return box, [
        b.piece(function, cell, point=b.affine_point(box, point))
        for cell, point in zip((first, second, third), points, strict=True)
    ]


def steps(b, *, first="<", second="<"):
    """The cells d1 <= 0, (0, 2] and (2, 3], by the sides given."""
    leaves = [
        b.leaf([(0, side, v)], [b.dual({})], [b.ray({0: Q(1)})])
        for side, v in (("<=", 0), (">=", 1))
    ]
    function = b.close(b.branch(below=leaves[0], above=leaves[1], column=0, at=0))
    box = b.box([0], [{0: Q(1)}], [-1], [3])
    low, rest = b.half(box, (0, -1), ">="), half_by(b, box, (0, -1), first)
    middle, top = b.half(rest, (2, -1), ">="), half_by(b, rest, (2, -1), second)
    return box, [
        b.piece(function, low, point=b.affine_point(box, [{}, {}])),
        b.piece(function, middle, point=b.affine_point(box, [{0: 1}, {}])),
        b.piece(function, top),
    ]


def half_by(b, cell, plane, side):
    """The side below a plane; closed if the side is ``"<="``."""
    return b.half(cell, [-v for v in plane], ">=") if side == "<=" else b.half(cell, plane, "<")


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_mixed_program_by_hand(checker):
    b = CertificateBuilder(MIXED)
    statement = checker(finished(b, *whole(b)))
    assert statement.kind == KIND
    assert statement.on_box.is_whole
    for i, k in itertools.product(range(9), repeat=2):
        d = Q(i, 8), Q(k, 8)
        assert statement.value_at(d) == optimum(MIXED, d)[0]
    assert statement.value_at((2, 0)) is None
    assert "3 cells, which cover the box: affine on each" in statement.text


@pytest.mark.parametrize("checker", CHECKERS)
def test_jumps_and_infeasible_cells(checker):
    b = CertificateBuilder(STEPS)
    statement = checker(finished(b, *steps(b)))
    for d in (-1, 0, Q(1, 1000), 2, Q(2001, 1000), 3):
        assert statement.value_at([d]) == optimum(STEPS, [Q(d)])[0]
    assert "infinite on 1 of them" in statement.text


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_cell_that_is_left_out_is_told(checker):
    b = CertificateBuilder(MIXED)
    box, pieces = whole(b)
    statement = checker(finished(b, box, pieces[:2]))
    assert not statement.on_box.is_whole
    assert "leave a part of the box open" in statement.text
    assert statement.value_at((1, 0)) is None
    assert statement.value_at((0, 1)) == 2


def with_point(point, *, side=">=", **kwargs):
    """One piece on the part where d2 >= d1, or the other one."""

    def make(b):
        function, box = mixed(b, **kwargs)
        cell = b.half(box, (0, -1, 1), side)
        return box, [b.piece(function, cell, point=b.affine_point(box, point))]

    return make


def without_point(b):
    function, box = mixed(b)
    return box, [b.piece(function, box)]


def closed_below(b):
    return steps(b, first="<=")


def closed_guard(b):
    return steps(b, second="<=")


def corners_in_the_wrong_order(b):
    return with_point(Y_IS_D2, lows=(0, 1), highs=(1, 0))(b)


def parameter_that_does_not_move(b):
    return with_point(Y_IS_D2, lows=(0, 1), highs=(1, 1))(b)


def too_many_parameters(b):
    box = b.box([0, 0], [{}] * 13, [0] * 13, [1] * 13)
    return box, [box]


def point_of_another_box(b):
    function, box = mixed(b)
    other = b.box([0, 0], [{0: Q(1)}, {1: Q(1)}], [0, 0], [2, 2])
    return box, [b.piece(function, box, point=b.affine_point(other, Y_IS_D2))]


def point_of_a_half(b):
    _, box = mixed(b)
    b.affine_point(b.half(box, (0, -1, 1), ">="), Y_IS_D2)
    return box, [box]


def plane_of_another_dimension(b):
    _, box = mixed(b)
    b.half(box, (0, -1), ">=")
    return box, [box]


def side_of_another_kind(b):
    _, box = mixed(b)
    b.half(box, (0, -1, 1), ">")
    return box, [box]


def half_of_a_function(b):
    function, box = mixed(b)
    b.half(function, (0, -1, 1), ">=")
    return box, [box]


FLAWS = {
    "value too high": (MIXED, with_point([{1: Q(1, 9)}, {}, {1: 1}]), "piece"),
    "slope too high": (MIXED, with_point([{}, {}, {1: Q(10, 9)}]), "piece"),
    "value too low": (MIXED, with_point([{1: Q(-1, 9)}, {}, {1: 1}]), "piece"),
    "wrong side": (MIXED, with_point(Y_IS_D2, side="<"), "piece"),
    "point infeasible": (MIXED, with_point(AT_LEAST_ZERO), "piece"),
    "beyond a bound": (MIXED, with_point(Y_IS_D2, highs=(6, 6)), "piece"),
    "integer moving": (MIXED, with_point([{}, {0: 1}, {1: 1}]), "affine-point"),
    "integer fractional": (MIXED, with_point([{0: Q(1, 2)}, {}, {1: 1}]), "affine-point"),
    "too few vectors": (MIXED, with_point([{}, {1: 1}]), "affine-point"),
    "leaf not covered": (MIXED, with_point(Y_IS_D2, duals=((2, 0),)), "piece"),
    "leaf without bounds": (MIXED, with_point(Y_IS_D2, duals=()), "piece"),
    "not infeasible": (MIXED, without_point, "piece"),
    "strictness dropped": (STEPS, closed_below, "piece"),
    "guard zero on a closed part": (STEPS, closed_guard, "piece"),
    "corners in the wrong order": (MIXED, corners_in_the_wrong_order, "box"),
    "parameter that does not move": (MIXED, parameter_that_does_not_move, "box"),
    "too many parameters": (MIXED, too_many_parameters, "box"),
    "point of another box": (MIXED, point_of_another_box, "piece"),
    "point of a half": (MIXED, point_of_a_half, "affine-point"),
    "plane of another dimension": (MIXED, plane_of_another_dimension, "half"),
    "side of another kind": (MIXED, side_of_another_kind, "half"),
    "half of a function": (MIXED, half_of_a_function, "half"),
}


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_is_refused_where_it_is(flaw, checker):
    p, make, rule = FLAWS[flaw]
    b = CertificateBuilder(p)
    found = verdict_of_lines(checker, finished(b, *make(b)).lines)
    assert not isinstance(found, Statement)
    assert found[1] == rule


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("flaw", ["none", "twice", "another box", "no box", "no piece", "function"])
def test_a_statement_names_pieces_of_one_box(flaw, checker):
    b = CertificateBuilder(MIXED)
    box, pieces = whole(b)
    other = b.box([0, 0], [{0: Q(1)}], [0], [1])
    again = b.piece(b.best([mixed(b)[0]]), box + 1, point=b.affine_point(box, Y_IS_D2))
    goals = {
        "none": (box, []),
        "twice": (box, [*pieces, pieces[0]]),
        "another box": (other, pieces),
        "no box": (1, pieces),
        "no piece": (box, [box]),
        "function": (box, [*pieces[1:], again]),
    }
    found = verdict_of_lines(checker, finished(b, *goals[flaw]).lines)
    assert found == (0, "statement")


@pytest.mark.parametrize(("p", "make"), [(MIXED, whole), (STEPS, steps)])
def test_a_changed_number_is_refused_or_harmless(p, make):
    b = CertificateBuilder(p)
    lines = finished(b, *make(b)).lines
    grid = [Q(i, 4) for i in range(-4, 13)]
    points = list(itertools.product(grid, repeat=len(p.rhs)))
    for n, line in enumerate(lines[2:], start=2):
        for path in numbers_in(json.loads(line)):
            value = json.loads(line)
            for key in path:
                value = value[key]
            for change in (-1, 1):
                changed = edited(line, path, value + change) if type(value) is int else line
                found = [
                    verdict_of_lines(c, [*lines[:n], changed, *lines[n + 1 :]]) for c in CHECKERS
                ]
                if not isinstance(found[0], Statement):
                    assert found[0] == found[1]
                    continue
                assert states(found[0]) == states(found[1])
                for d in points:
                    stated = found[0].value_at(d)
                    assert stated is None or stated == optimum(p, d)[0]
