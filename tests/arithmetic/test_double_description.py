"""Generators of polyhedra, against the enumeration of all bases and an exact membership test."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import flint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.arithmetic import Generators, generators
from tamemip.duality._exact_simplex import solve_exactly
from tamemip.errors import InvalidInputError, NotAllowedError
from tests.duality.laws import calm

_ZERO, _ONE = Fraction(0), Fraction(1)
entries = st.one_of(
    st.integers(-3, 3).map(Fraction),
    st.integers(-1, 1).map(Fraction),
    st.builds(Fraction, st.integers(-4, 4), st.sampled_from([2, 3])),
)


@st.composite
def polyhedra(draw):
    """Empty, bounded, with rays, with lines, flat, with rows said twice; any dimension to 3."""
    n = draw(st.integers(1, 3))
    rows = st.lists(entries, min_size=n, max_size=n)
    G = draw(st.lists(rows, max_size=6))
    E = draw(st.lists(rows, max_size=1))
    if draw(st.booleans()):  # around a point, so that it is not empty
        x = draw(rows)
        gaps = st.sampled_from([_ZERO, _ZERO, _ONE, Fraction(1, 2)])
        g = [_dot(row, x) + draw(gaps) for row in G]
        e = [_dot(row, x) for row in E]
    else:
        g, e = [draw(entries) for _ in G], [draw(entries) for _ in E]
    if draw(st.booleans()):
        for j in range(n):
            G.append([_ONE if k == j else _ZERO for k in range(n)])
            g.append(Fraction(draw(st.integers(1, 4))))
            G.append([-_ONE if k == j else _ZERO for k in range(n)])
            g.append(Fraction(draw(st.integers(0, 4))))
    if G and draw(st.booleans()):
        G.append([2 * v for v in G[0]])
        g.append(2 * g[0])
    return n, G, g, E, e


def _dot(first, second):
    return sum((a * b for a, b in zip(first, second, strict=True)), _ZERO)


def _of(polyhedron, **options) -> Generators:
    n, G, g, E, e = polyhedron
    return generators(G, g, equations=E, equation_rhs=e, dimension=n, **options)


def _satisfies(polyhedron, x) -> bool:
    _, G, g, E, e = polyhedron
    return all(_dot(row, x) <= b for row, b in zip(G, g, strict=True)) and all(
        _dot(row, x) == b for row, b in zip(E, e, strict=True)
    )


def _rank(rows, n) -> int:
    entries = [flint.fmpq(v.numerator, v.denominator) for row in rows for v in row]
    return flint.fmpq_mat(len(rows), n, entries).rank()


def _solution(rows, right, n):
    """The one solution of a square system, or None."""
    entries = [flint.fmpq(v.numerator, v.denominator) for row in rows for v in row]
    matrix = flint.fmpq_mat(n, n, entries)
    if matrix.det() == 0:
        return None
    b = flint.fmpq_mat(n, 1, [flint.fmpq(v.numerator, v.denominator) for v in right])
    x = matrix.solve(b)
    return tuple(Fraction(int(x[i, 0].p), int(x[i, 0].q)) for i in range(n))


def _vertices_by_bases(polyhedron):
    n, G, g, E, e = polyhedron
    pairs = [*zip(G, g, strict=True), *zip(E, e, strict=True)]
    found = set()
    for chosen in itertools.combinations(pairs, n):
        x = _solution([row for row, _ in chosen], [b for _, b in chosen], n)
        if x is not None and _satisfies(polyhedron, x):
            found.add(x)
    return found


def _rays_by_bases(polyhedron):
    """Extreme directions of the recession cone: vertices of its slices with |r|_1 = 1."""
    n, G, _, E, _ = polyhedron
    cone = (n, G, [_ZERO] * len(G), E, [_ZERO] * len(E))
    found = set()
    for chosen in itertools.combinations([*G, *E], n - 1):
        for signs in itertools.product((_ONE, -_ONE), repeat=n):
            r = _solution([*chosen, signs], [_ZERO] * (n - 1) + [_ONE], n)
            if r is not None and _satisfies(cone, r) and any(r):
                found.add(_primitive(r))
    return found


def _primitive(r):
    scale = math.lcm(*(v.denominator for v in r))
    whole = [int(v * scale) for v in r]
    return tuple(Fraction(v, math.gcd(*whole)) for v in whole)


def _is_generated(x, vertices, rays, lines) -> bool:
    """Whether ``x`` is a convex combination plus a conical one plus a linear one."""
    columns = [*((v, _ONE) for v in vertices), *((r, _ZERO) for r in (*rays, *lines))]
    rows = [{k: c[i] for k, (c, _) in enumerate(columns) if c[i]} for i in range(len(x))]
    rows.append({k: h for k, (_, h) in enumerate(columns) if h})
    verdict = solve_exactly(
        rows,
        ["="] * len(rows),
        [*x, _ONE],
        costs=[_ZERO] * len(columns),
        lower=[_ZERO] * (len(vertices) + len(rays)) + [-math.inf] * len(lines),
        upper=[math.inf] * len(columns),
    )
    return verdict is not None and verdict.point is not None


@calm(100)
@given(polyhedra())
def test_generators_satisfy_the_system_and_lines_span_the_lineality_space(polyhedron):
    n, G, _, E, _ = polyhedron
    found = _of(polyhedron)
    assert all(_satisfies(polyhedron, x) for x in found.vertices)
    for r in found.rays:
        assert all(_dot(row, r) <= 0 for row in G)
        assert all(_dot(row, r) == 0 for row in E)
    for line in found.lines:
        assert not any(_dot(row, line) for row in (*G, *E))
    if not found.is_empty:
        assert len(found.lines) == _rank(found.lines, n) == n - _rank([*G, *E], n)


@calm(100)
@given(polyhedra())
def test_vertices_and_rays_are_those_of_all_bases(polyhedron):
    found = _of(polyhedron)
    n, G, _, E, _ = polyhedron
    if _rank([*G, *E], n) < n:  # no vertex in the strict sense
        assert not _vertices_by_bases(polyhedron)
        return
    assert set(found.vertices) == _vertices_by_bases(polyhedron)
    assert len(set(found.vertices)) == len(found.vertices)
    if not found.is_empty:
        assert set(found.rays) == _rays_by_bases(polyhedron)
        assert len(set(found.rays)) == len(found.rays)


@calm(100)
@given(polyhedra(), st.data())
def test_the_points_of_the_polyhedron_are_the_combinations(polyhedron, data):
    n = polyhedron[0]
    found = _of(polyhedron)
    x = data.draw(st.lists(entries, min_size=n, max_size=n))
    inside = _is_generated(x, found.vertices, found.rays, found.lines)
    assert inside == _satisfies(polyhedron, x)


@calm(100)
@given(polyhedra())
def test_no_generator_can_be_left_out(polyhedron):
    found = _of(polyhedron)
    origin = (_ZERO,) * polyhedron[0]
    for k, x in enumerate(found.vertices):
        rest = found.vertices[:k] + found.vertices[k + 1 :]
        assert not _is_generated(x, rest, found.rays, found.lines)
    for k, r in enumerate(found.rays):
        rest = found.rays[:k] + found.rays[k + 1 :]
        assert not _is_generated(r, (origin,), rest, found.lines)


@calm(100)
@given(polyhedra(), st.data())
def test_the_order_of_the_rows_does_not_matter_without_lines(polyhedron, data):
    n, G, g, E, e = polyhedron
    order = data.draw(st.permutations(range(len(G))))
    found = _of(polyhedron)
    again = _of((n, [G[k] for k in order], [g[k] for k in order], E, e))
    assert len(again.lines) == len(found.lines)
    if not found.lines:
        assert again == found


@calm(100)
@given(polyhedra(), st.data())
def test_the_support_is_the_least_upper_bound(polyhedron, data):
    n, G, g, E, e = polyhedron
    found = _of(polyhedron)
    direction = data.draw(st.lists(entries, min_size=n, max_size=n))
    support = found.support(direction)
    verdict = solve_exactly(
        [dict(enumerate(row)) for row in (*G, *E)],
        ["<="] * len(G) + ["="] * len(E),
        [*g, *e],
        costs=[-v for v in direction],
        lower=[-math.inf] * n,
        upper=[math.inf] * n,
    )
    if verdict is None:
        assert support == math.inf
    elif verdict.point is None:
        assert support == -math.inf
    else:
        assert support == _dot(direction, verdict.point)


def _cube(n):
    rows = [[s * (i == j) for j in range(n)] for i in range(n) for s in (1, -1)]
    return rows, [1] * (2 * n)


def _cross_polytope(n):
    return [list(signs) for signs in itertools.product((1, -1), repeat=n)], [1] * 2**n


@pytest.mark.parametrize(
    ("system", "count"),
    [(_cube(9), 512), (_cross_polytope(7), 14), (_cross_polytope(4), 8)],
    ids=["cube 9", "cross-polytope 7", "cross-polytope 4"],
)
def test_counts_of_known_polytopes(system, count):
    found = generators(*system)
    assert len(found.vertices) == count
    assert found.is_bounded


def test_entries_beyond_64_bits_are_exact():
    big = 10**30 + 57
    found = generators([[big, 1], [-1, big], [-big, -1], [1, -big]], [big**2, 1, 0, big])
    assert len(found.vertices) == 4
    assert all(
        _satisfies((2, [[big, 1], [-1, big]], [big**2, 1], [], []), x) for x in found.vertices
    )
    assert (Fraction(-1, big**2 + 1), Fraction(big, big**2 + 1)) in found.vertices


def test_dimension_zero_and_no_rows():
    assert generators([], [], dimension=0).vertices == ((),)
    assert generators([[]], [-1]).is_empty
    plane = generators([], [], dimension=2)
    assert plane.vertices == ((0, 0),)
    assert len(plane.lines) == 2
    assert not plane.is_bounded


def test_contradicting_equations_leave_nothing():
    found = generators([], [], equations=[[1, 1], [2, 2]], equation_rhs=[1, 3])
    assert found == Generators((), (), ())


def test_more_generators_than_the_limit_are_refused():
    with pytest.raises(NotAllowedError):
        generators(*_cube(6), limit=40)
    assert len(generators(*_cube(5), limit=40).vertices) == 32
    quadrant = [[-1, 0], [0, -1]], [0, 0]
    with pytest.raises(NotAllowedError):
        generators(*quadrant, limit=2)
    assert len(generators(*quadrant, limit=3).rays) == 2


@pytest.mark.parametrize(
    ("rows", "rhs", "options"),
    [
        ([], [], {}),
        ([[1], [1, 2]], [1, 1], {}),
        ([[1]], [1, 2], {}),
        ([[1]], [1], {"dimension": 2}),
    ],
)
def test_shapes_that_do_not_fit_are_refused(rows, rhs, options):
    with pytest.raises(InvalidInputError):
        generators(rows, rhs, **options)
