"""Certificates of value functions on a box, against brute force."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as Q

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamemip.arithmetic import solve_square
from tamemip.certificates import CertificateBuilder
from tamemip.certificates._box_rules import Cell
from tamemip.certificates._conclusions import Root
from tamemip.certificates._fast_boxes import BOX_RULES, Region
from tamemip.certificates._fast_integers import IntegerProblem
from tamemip.certificates._fast_lines import LineProof
from tamemip.certificates._rules import RULES
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import read_steps
from tests.certificates.tiny import (
    CHECKERS,
    fractions,
    integer_parts,
    optimum,
    program,
)

KIND = "value-function-on-a-box"


def finished(builder, box, pieces):
    return builder.finish({"kind": KIND, "of": box, "tight": pieces})


def states(values):
    """What both checkers conclude in the same words: the cells and the cover."""
    return values.on_box.cells, values.on_box.is_whole, values.text


# -- pure integer programs, cut by the rows of their points, the best one first --------------


class Enumeration:
    """The value function of a pure integer program: one leaf and one constant point a part."""

    def __init__(self, p, rhs, directions, lows, highs):
        self.p = p
        self.builder = b = CertificateBuilder(p)
        sign = -1 if p.sense == "max" else 1
        cost = {}
        for part in integer_parts(p):
            point = tuple(part[j] for j in range(len(p.c)))
            cost[point] = sign * sum((c * x for c, x in zip(p.c, point, strict=True)), Q(0))
        self.points = sorted(cost, key=cost.__getitem__)
        self.function = b.close(self.leaves(()))
        self.rhs, self.directions = rhs, directions
        self.box = b.box(rhs, directions, lows, highs)
        self.pieces = []
        self.cell(self.box, [(k, row) for k in range(len(self.points)) for row in self.rows(k)])

    def leaves(self, bounds):
        """A tree that fixes one column after the other."""
        b, p = self.builder, self.p
        j = len({k for k, _, _ in bounds})
        if j == len(p.c):
            signs = {"<=": [-1], ">=": [1], "=": [-1, 1]}
            rays = [{i: Q(s)} for i, sense in enumerate(p.row_sense) for s in signs[sense]]
            return b.leaf(bounds, [b.dual({})], [b.ray(y) for y in rays])
        low, up = int(p.lower[j]), int(p.upper[j])
        step = self.leaves((*bounds, (j, "<=", low)))
        for v in range(low + 1, up + 2):
            upper = ((j, "<=", v),) if v <= up else ()
            above = self.leaves((*bounds, (j, ">=", v), *upper))
            step = self.branch(step, above, j, v - 1)
        return step

    def branch(self, below, above, j, at):
        return self.builder.branch(below=below, above=above, column=j, at=at)

    def rows(self, k):
        """The planes at least 0 where point k is feasible; None closes the list."""
        x = dict(enumerate(self.points[k]))
        for i, (row, sense) in enumerate(zip(self.p.A.rows, self.p.row_sense, strict=True)):
            slack = [-sum(a * x[j] for j, a in row) + self.rhs[i]]
            slack += [Q(direction.get(i, 0)) for direction in self.directions]
            scale = math.lcm(*[v.denominator for v in slack])
            plane = tuple(int(v * scale) for v in slack)
            if sense != ">=":
                yield plane
            if sense != "<=":
                yield tuple(-v for v in plane)
        yield None

    def cell(self, step, todo):
        """Write what holds on a cell: the planes that are left decide."""
        if not todo:
            self.pieces.append(self.builder.piece(self.function, step))
            return
        (k, plane), *rest = todo
        if plane is None:
            parts = [{j: v for j, v in enumerate(self.points[k]) if v}]
            parts += [{}] * len(self.directions)
            point = self.builder.affine_point(self.box, parts)
            self.pieces.append(self.builder.piece(self.function, step, point=point))
            return
        self.cell(self.builder.half(step, plane, ">="), rest)
        below = self.builder.half(step, plane, "<")
        self.cell(below, [(n, other) for n, other in rest if n != k])

    def certificate(self):
        return finished(self.builder, self.box, self.pieces)


@st.composite
def boxes(draw):
    """A program with at most four points, and a box of one or two parameters."""
    n, m, k = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    lower = draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n))
    width = draw(st.sampled_from([[1, 1], [2, 0], [0, 1]]))[:n]
    p = program(
        draw(st.sampled_from(["min", "max"])),
        draw(st.lists(fractions, min_size=n, max_size=n)),
        draw(st.lists(st.lists(fractions, min_size=n, max_size=n), min_size=m, max_size=m)),
        draw(st.lists(st.sampled_from(["<=", "=", ">="]), min_size=m, max_size=m)),
        [0] * m,
        lower=lower,
        upper=[low + w for low, w in zip(lower, width, strict=True)],
        integer=[True] * n,
        offset=draw(fractions),
    )
    rhs = draw(st.lists(fractions, min_size=m, max_size=m))
    directions = [{i: v for i in range(m) if (v := draw(fractions))} for _ in range(k)]
    lows = draw(st.lists(fractions, min_size=k, max_size=k))
    return p, rhs, directions, lows, [low + draw(st.integers(1, 3)) for low in lows]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(boxes(), st.data())
def test_stated_values_are_those_of_brute_force(box, data):
    p, rhs, directions, lows, highs = box
    certificate = Enumeration(*box).certificate()
    first, second = (checker(certificate) for checker in CHECKERS)
    assert states(first) == states(second)
    values = first.on_box
    assert values.is_whole
    shares = st.sampled_from([Q(0), Q(1, 3), Q(1, 2), Q(1)])
    for _ in range(4):
        theta = [lo + data.draw(shares) * (hi - lo) for lo, hi in zip(lows, highs, strict=True)]
        d = list(rhs)
        for t, direction in zip(theta, directions, strict=True):
            for i, v in direction.items():
                d[i] += t * v
        assert values.at(theta) == optimum(p, d)[0]


# -- vertices --------------------------------------------------------------------------------

PLANES = st.lists(st.tuples(*[st.integers(-2, 2)] * 4), max_size=4)


def halved(planes):
    """The last cell of some cuts of the box [0, 1] x [0, 2] x [-1, 1], in both checkers."""
    p = program("min", [], [[], [], []], ["<="] * 3, [0] * 3, lower=[], upper=[], integer=[])
    b = CertificateBuilder(p)
    cell = b.box([0] * 3, [{i: Q(1)} for i in range(3)], [0, 0, -1], [1, 2, 1])
    for k, plane in enumerate(planes):
        cell = b.half(cell, plane, "<" if k % 2 else ">=")
    steps = list(read_steps(finished(b, 1, []).lines[2:]))
    root, conclusions = Root(p), Conclusions(p)
    proof = LineProof(Conclusions(p), IntegerProblem(p), lambda k: None)
    for step in steps:
        conclusions.add(step.number, RULES[step.rule].infer(step, conclusions, root))
        proof.conclusions.add(step.number, BOX_RULES[step.rule][2](step, proof))
    return conclusions.get(cell, Cell, "a cell"), proof.conclusions.get(cell, Region, "a cell")


def vertices_by_hand(rows):
    """All solutions of three equations that keep the other inequalities."""
    found = set()
    for three in itertools.combinations(rows, 3):
        sparse = [tuple((j, Q(v)) for j, v in enumerate(row[1:]) if v) for row in three]
        theta = solve_square(sparse, [-Q(row[0]) for row in three])
        if theta is not None and all(height(row, theta) >= 0 for row in rows):
            found.add(tuple(theta))
    return found


def height(row, theta):
    return row[0] + sum(a * t for a, t in zip(row[1:], theta, strict=True))


@settings(max_examples=60, deadline=None)
@given(PLANES)
def test_vertices_are_those_of_the_closed_cell(planes):
    slow, fast = halved(planes)
    assert vertices_by_hand(fast.rows) == {v.place[1:] for v in slow.vertices}
    assert {tuple(Q(p, w) for p in rest) for (w, *rest), _ in fast.vertices} == {
        v.place[1:] for v in slow.vertices
    }
    assert len(slow.vertices) == len({v.place for v in slow.vertices}) == len(fast.vertices)
    assert slow.is_empty == fast.is_empty
