"""All optimal integer parts: against brute force, and cases with a known answer."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as Q

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.differentiation import _optimal_parts
from tamemip.differentiation._optimal_parts import optimal_parts
from tamemip.differentiation._optimal_parts_listing import PartListing
from tamemip.differentiation._optimal_parts_rows import IntegerRows
from tamemip.differentiation._optimal_parts_search import PartSearch
from tamemip.duality import optimum
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tests.brute_force import ValueOracle
from tests.duality.laws import calm
from tests.programs_at_random import SENSES, any_programs, programs

from_arrays = MixedIntegerProgram.from_arrays
oo = math.inf


def brute_force(p):
    """The value, and every optimal integer part: each fixed in turn."""
    oracle = ValueOracle(p)
    b = p.exact.rhs
    best, parts = oracle(b), set()
    if isinstance(best, Q):
        for x in itertools.product(*oracle._ranges):
            fixed = p.fix(dict(zip(oracle.integers, x, strict=True)))
            if ValueOracle(fixed)(b) == best:
                parts.add(x)
    return best, parts


@st.composite
def programs_with_ties(draw):
    """Costs from a small set, equal coefficients: many optimal parts."""
    n, m = draw(st.integers(2, 5)), draw(st.integers(1, 3))
    kinds = [True, True, *draw(st.lists(st.booleans(), min_size=n - 2, max_size=n - 2))]
    small = st.integers(-1, 2)
    return from_arrays(
        [draw(small) for _ in range(n)],
        [[draw(small) for _ in range(n)] for _ in range(m)],
        [draw(st.sampled_from(SENSES)) for _ in range(m)],
        [draw(st.builds(Q, st.integers(-2, 5), st.sampled_from([1, 1, 2]))) for _ in range(m)],
        lower=[draw(st.integers(-1, 0)) for _ in range(n)],
        upper=[draw(st.integers(1, 2)) for _ in range(n)],
        integrality=kinds,
        sense=draw(st.sampled_from(["min", "max"])),
    )


def assert_all_parts(p):
    value, parts = brute_force(p)
    found = optimal_parts(p)
    assert found.value == value
    assert found.is_proved
    assert found.is_complete
    assert set(found.parts) == parts
    assert list(found.parts) == sorted(parts)


@calm(50)
@given(any_programs)
def test_every_optimal_part_is_found_and_no_other(p):
    assert_all_parts(p)


@calm(80)
@given(programs_with_ties())
def test_every_tie_is_found(p):
    assert_all_parts(p)


@pytest.fixture
def by_branching_alone(monkeypatch):
    """No box is counted out, no row propagated: the tree has to do all of the work."""
    monkeypatch.setattr(PartListing, "parts", lambda self, lower, upper: None)
    monkeypatch.setattr(IntegerRows, "tighten", lambda self, lower, upper: True)


@pytest.fixture
def without_a_solver(monkeypatch):
    monkeypatch.setattr(_optimal_parts, "optimum", lambda program, rhs, limits: None)


@calm(30)
@given(st.one_of(any_programs, programs_with_ties()))
def test_the_tree_alone_finds_every_part(by_branching_alone, p):
    assert_all_parts(p)


@calm(25)
@given(st.one_of(any_programs, programs_with_ties()))
def test_no_first_point_is_needed(without_a_solver, by_branching_alone, p):
    assert_all_parts(p)


@calm(20)
@given(st.one_of(any_programs, programs_with_ties()))
def test_a_bad_first_point_does_no_harm(p):
    """The costs turned round propose the worst point there is."""
    worst = optimal_parts(p.with_cost([-c for c in p.exact.c]))
    for part in worst.parts[:1]:
        search = PartSearch(p, limit=1000)
        fixed = p.fix(dict(zip(worst.columns, part, strict=True)))
        found = optimum(fixed, fixed.exact.rhs, Limits())
        if found is None:
            continue
        search.offer(found)
        search.run()
        if isinstance(brute_force(p)[0], Q):
            assert search.is_complete
            assert search.parts == brute_force(p)[1]


@calm(20)
@given(programs(bounded=False))
def test_unbounded_columns_are_right_within_a_window(p):
    oracle = ValueOracle(p)
    found = optimal_parts(p, limits=Limits(nodes=60))
    sign = 1 if p.sense == "min" else -1
    b = p.exact.rhs
    if not found.is_proved:
        assert found.parts == ()
        assert sign * found.bound <= sign * oracle(b)
        return
    assert sign * found.value <= sign * oracle(b)
    for part in found.parts[:3]:
        assert ValueOracle(p.fix(dict(zip(found.columns, part, strict=True))))(b) == found.value
    if found.is_complete and isinstance(found.value, Q):
        window = set(itertools.product(*oracle._ranges))
        inside = {
            x
            for x in window
            if ValueOracle(p.fix(dict(zip(oracle.integers, x, strict=True))))(b) == found.value
        }
        assert inside == window & set(found.parts)


@calm(25)
@given(programs_with_ties(), st.integers(1, 3))
def test_beyond_the_limit_some_parts_are_listed(p, limit):
    value, parts = brute_force(p)
    found = optimal_parts(p, limit=limit)
    assert found.value == value
    assert found.is_complete == (len(parts) <= limit)
    assert set(found.parts) <= parts
    assert len(found.parts) == min(limit, len(parts))


# -- cases -----------------------------------------------------------------------------------

knapsack = ([10, 7, 25, 24], [[2, 1, 6, 5]])


def kink(b):
    """A value with slopes 2 and -1 (Guzelsoy and Ralphs 2007)."""
    return from_arrays(
        ["1/2", 0, 2, 1],
        [[1, "-3/2", 1, -1]],
        "=",
        [b],
        integrality=[True, True, False, False],
    )


def machines(times):
    """Two machines, the last one to finish: the continuous column comes first."""
    n, total = len(times), sum(times)
    rows = [[1, *(-t for t in times)], [1, *times]]
    return from_arrays(
        [1, *[0] * n],
        rows,
        ">=",
        [0, total],
        upper=[oo, *[1] * n],
        integrality=[False, *[True] * n],
    )


def one_machine(times, weights):
    """Weighted completion times by linear orders: column (i, j) says that i precedes j."""
    n = len(times)
    pairs = list(itertools.permutations(range(n), 2))
    place = {pair: k for k, pair in enumerate(pairs)}

    def row(*chosen):
        return [int(pair in chosen) for pair in pairs]

    either = [row((i, j), (j, i)) for i, j in itertools.combinations(range(n), 2)]
    cycles = [row((i, j), (j, k), (k, i)) for i, j, k in itertools.permutations(range(n), 3)]
    return from_arrays(
        [weights[j] * times[i] for i, j in place],
        [*either, *cycles],
        ["="] * len(either) + ["<="] * len(cycles),
        [1] * len(either) + [2] * len(cycles),
        upper=1,
        offset=sum(w * t for w, t in zip(weights, times, strict=True)),
    )


def lines_of_the_affine_space(dimension):
    """Points of the affine space over three elements, and its lines as a covering problem."""
    points = list(itertools.product(range(3), repeat=dimension))
    lines = {
        frozenset({a, b, tuple(-(x + y) % 3 for x, y in zip(a, b, strict=True))})
        for a, b in itertools.combinations(points, 2)
    }
    rows = [[int(point in line) for point in points] for line in sorted(map(sorted, lines))]
    return from_arrays([1] * len(points), rows, ">=", [1] * len(rows), upper=1)


@pytest.mark.parametrize(
    ("p", "value", "parts"),
    [
        pytest.param(kink("7/2"), Q(5, 2), [(3, 0), (4, 0), (5, 1)], id="three-parts-at-7/2"),
        pytest.param(
            from_arrays([7, 9, 2, 15], [[3, 4, 1, 7]], "<=", [10], sense="max"),
            23,
            [(2, 1, 0, 0), (3, 0, 1, 0)],
            id="knapsack-with-a-tie",
        ),
        pytest.param(
            from_arrays(*knapsack, "<=", [7], upper=1, sense="max"),
            34,
            [(1, 0, 0, 1)],
            id="binary-knapsack",
        ),
        pytest.param(
            from_arrays([10, 7, 27, 24], knapsack[1], "<=", [7], upper=1, sense="max"),
            34,
            [(0, 1, 1, 0), (1, 0, 0, 1)],
            id="tie-in-the-costs",
        ),
        pytest.param(
            from_arrays([11, 7, 5, 1], [[6, 4, 3, 1]], "<=", [25], upper=1, sense="max"),
            24,
            [(1, 1, 1, 1)],
            id="everything-fits",
        ),
        pytest.param(
            machines([3, 3, 2, 2, 2]), 6, [(0, 0, 1, 1, 1), (1, 1, 0, 0, 0)], id="two-machines"
        ),
        pytest.param(one_machine([3, 1, 2], [1, 2, 1]), 11, [(0, 0, 1, 1, 1, 0)], id="one-machine"),
        pytest.param(
            from_arrays([3, 3, 1], [[1, 1, -1]], "=", [1], integrality=[True, False, False]),
            3,
            [(0,), (1,)],
            id="conservative-is-not-Clarke",
        ),
        pytest.param(
            from_arrays([1, 1], [[1, 1]], ">=", [0], integrality=False), 0, [()], id="no-integers"
        ),
        pytest.param(from_arrays([], [], [], []), 0, [()], id="no-columns"),
    ],
)
def test_parts_of_the_literature(p, value, parts):
    found = optimal_parts(p)
    assert (found.value, list(found.parts), found.is_complete) == (value, parts, True)


def test_one_machine_has_the_order_two_three_one():
    """Columns are (1,2), (1,3), (2,1), (2,3), (3,1), (3,2)."""
    (part,) = optimal_parts(one_machine([3, 1, 2], [1, 2, 1])).parts
    before = [pair for pair, x in zip(itertools.permutations((1, 2, 3), 2), part, strict=True) if x]
    assert before == [(2, 1), (2, 3), (3, 1)]


@pytest.mark.parametrize(("dimension", "value", "count"), [(2, 5, 54), (3, 18, 2106)])
def test_complements_of_the_largest_caps_are_counted(dimension, value, count):
    """Least sets that meet every line: complements of the largest sets without a line."""
    found = optimal_parts(lines_of_the_affine_space(dimension), limit=5000)
    assert (found.value, len(found.parts), found.is_complete) == (value, count, True)


def test_exchanges_of_identical_columns_are_counted_once():
    p = from_arrays([1, 1, 1, 1], [[1, 1, 1, 2]], ">=", [2], upper=[1, 1, 1, 2])
    found = optimal_parts(p)
    assert found.parts == ((0, 0, 0, 1),)
    tied = optimal_parts(p.with_cost([1, 1, 1, 2]))
    assert len(tied.parts) == 4
    assert tied.symmetric_classes == 2


@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize(
    "p",
    [
        from_arrays([1], [[2]], "=", [1]),
        from_arrays([1, 1], [[3, -3]], "=", [1], lower=-oo),
        from_arrays([0, -1], [[2, 0]], "=", [1], integrality=[True, False]),
        from_arrays([1], [[1]], "=", [0], lower="1/3", upper="2/3"),
        from_arrays([1, 1], [[1, 1], [1, 1]], ["<=", ">="], [1, 2], integrality=[True, False]),
    ],
    ids=["parity", "no-end-of-columns", "relaxation-unbounded", "between-integers", "rows"],
)
def test_an_infeasible_program_has_an_infinite_value_and_no_part(p, sense):
    p = from_arrays(
        p.exact.c,
        p.exact.A.to_dense(),
        p.row_sense,
        p.exact.rhs,
        lower=p.exact.lower,
        upper=p.exact.upper,
        integrality=p.exact.integer,
        sense=sense,
    )
    found = optimal_parts(p)
    assert (found.value, found.parts) == (oo if sense == "min" else -oo, ())
    assert found.is_complete


@pytest.mark.parametrize(
    ("p", "value"),
    [
        (from_arrays([-1], [[-1]], "<=", [0]), -oo),
        (from_arrays([1], [[-1]], "<=", [0], sense="max"), oo),
        (from_arrays([1, -1], [[2, 0]], "=", [4], integrality=[True, False]), -oo),
    ],
)
def test_an_unbounded_program_has_no_optimal_part(p, value):
    found = optimal_parts(p)
    assert (found.value, found.parts, found.is_complete) == (value, (), True)


@pytest.mark.parametrize(
    ("p", "ray"),
    [
        (from_arrays([0, 0], [[1, -1]], "=", [0]), (1, 1)),
        (from_arrays([0, 0], [[1, -1]], "=", [0], upper=0, lower=-oo), (-1, -1)),
        (
            from_arrays(
                [1, "-2/3", 0], [[1, "-2/3", 0]], ">=", [1], sense="min", upper=[oo, oo, 3]
            ),
            (2, 3, 0),
        ),
        (
            from_arrays([1, -1, 0], [[1, -1, 0]], "<=", [1], sense="max", upper=[oo, oo, 0]),
            (1, 1, 0),
        ),
    ],
)
def test_no_end_of_ties_is_said_with_its_ray(p, ray):
    found = optimal_parts(p)
    assert found.ray == ray
    assert not found.is_complete
    assert found.is_proved
    assert found.parts
    part = found.parts[0]
    further = [x + 5 * r for x, r in zip(part, found.ray, strict=True)]
    assert p.violations(further) == ()
    assert p.objective(further) == found.value


def test_a_free_continuous_ray_does_not_make_parts_infinite():
    p = from_arrays([1, 0], [[1, 0]], ">=", ["1/2"], integrality=[True, False])
    found = optimal_parts(p)
    assert (found.parts, found.is_complete, found.ray) == (((1,),), True, None)


def test_a_tie_that_floats_see_is_none():
    tiny = Q(1, 10**15)
    p = from_arrays([1, 1 + tiny, 1 - tiny], [[1, 1, 1]], ">=", [1], upper=1)
    found = optimal_parts(p)
    assert (found.value, found.parts) == (1 - tiny, ((0, 0, 1),))


def test_parts_that_are_infeasible_by_less_than_floats_can_tell_are_none():
    """``y`` must lie between ``x1/3`` and ``1/3 - 10^-14``: not for ``x1 = 1``."""
    short = Q(1, 3) - Q(1, 10**14)
    p = from_arrays(
        [-1, 0],
        [["1/3", -1], [0, 1]],
        "<=",
        [0, short],
        upper=[2, 5],
        integrality=[True, False],
    )
    found = optimal_parts(p)
    assert (found.value, found.parts) == (0, ((0,),))


def test_a_limit_of_nodes_leaves_a_bound():
    p = lines_of_the_affine_space(3)
    found = optimal_parts(p, limits=Limits(nodes=0))
    assert not found.is_complete
    assert not found.is_proved
    assert found.parts == ()
    assert found.bound == -oo


@pytest.mark.parametrize("when", [1, 2, 5, 20])
def test_ctrl_c_keeps_what_is_proved(monkeypatch, when):
    p = lines_of_the_affine_space(2)
    everything = set(optimal_parts(p).parts)
    monkeypatch.setattr(PartListing, "parts", lambda self, lower, upper: None)
    work, calls = PartSearch._work, itertools.count(1)

    def interrupted(self, box):
        if next(calls) == when:
            raise KeyboardInterrupt
        work(self, box)

    monkeypatch.setattr(PartSearch, "_work", interrupted)
    found = optimal_parts(p)
    assert not found.is_complete
    assert "interrupted" in found.why
    assert set(found.parts) < everything
    assert bool(found.parts) == found.is_proved


def test_a_limit_below_one_is_refused():
    with pytest.raises(InvalidInputError):
        optimal_parts(kink(0), limit=0)


def test_found_parts_print_well():
    found = optimal_parts(kink("7/2"))
    assert repr(found) == "OptimalParts(3 parts, value=5/2)"
    assert "(5, 1)" in str(found)
