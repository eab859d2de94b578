"""Value functions on a box: remembered cases."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import replace
from fractions import Fraction as Q
from pathlib import Path

import numpy as np
import pytest

import tamemip as tm
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.value_functions import BoxSplit, Plane
from tests.brute_force import ValueOracle

DATA = Path(__file__).parents[3] / "shared" / "data" / "mpmilp" / "mpmilp_problems.json"
from_arrays = tm.MixedIntegerProgram.from_arrays


def on_box(p, box, **options):
    return tm.value_function(p, domain=tm.Box(box), **options)


def values(text):
    return [Q(v) for v in text.split(",")]


# -- the literature ----------------------------------------------------------------------


def test_guzelsoy_and_ralphs():
    p = from_arrays(
        ["1/2", 0, 2, 1], [[1, "-3/2", 1, -1]], "=", [0], integrality=[True, True, False, False]
    )
    v = on_box(p, {0: (-3, 4)})
    at = values("-3,-5/2,-2,-3/2,-1,-1/2,0,1/2,1,3/2,2,5/2,3,7/2,4")
    known = values("0,1,1/2,0,1,1/2,0,1,1/2,3/2,1,2,3/2,5/2,2")
    assert [v.exact([b]) for b in at] == known
    assert v.is_certified
    assert {cell.value.coefficients[0] for cell in v.cells} <= {2, -1}
    line = tm.value_function(p, along={0: 1}, interval=(-3, 4))
    ends = {theta[0] for cell in v.cells for theta in cell.vertices}
    assert set(line.breakpoints) <= ends


def test_hassanzadeh_and_ralphs():
    p = from_arrays(
        [3, "7/2", 3, 6, 7, 5],
        [[6, 5, -4, 2, -7, 1]],
        "=",
        [0],
        integrality=[True] * 3 + [False] * 3,
    )
    v = on_box(p, {0: (-9, 9)}, minimal=True)
    known = values("7,6,6,5,4,3,3,2,1,0,3,6,11/2,9/2,7/2,3,6,9,8")
    assert [v.exact([b]) for b in range(-9, 10)] == known
    # The minimal right-hand sides are -8, -4, 0, 5, 6, and one more beyond 8.
    sides = {6 * a + 5 * b - 4 * c for a, b, c in v.parts}
    assert {-8, -4, 0, 5, 6} <= sides
    assert len(v.parts) == len(sides)


def test_the_triangle_on_real_right_hand_sides():
    p = from_arrays([1, 1, 1], [[1, 1, 0], [1, 0, 1], [0, 1, 1]], "<=", [0, 0, 0], sense="max")
    v = on_box(p, {0: (0, 2), 1: (0, 2), 2: (0, 2)})
    assert v.is_certified
    assert v.exact([0, "1/2", "3/2"]) == 0
    grid = [Q(k, 2) for k in range(5)]
    for d in [(a, b, c) for a in grid for b in grid for c in grid]:
        e = [math.floor(x) for x in d]
        floors = (sum(e) // 2, e[0] + e[1], e[0] + e[2], e[1] + e[2])
        assert v.exact(d) == min(floors)


def test_nested_ceilings():
    v = on_box(from_arrays([2, 3], [[3, 5]], ">=", [0]), {0: (0, 30)})
    for b in [*range(30), *(Q(k, 7) for k in range(210)), *(k + Q(1, 10**9) for k in range(30))]:
        formula = max(math.ceil(Q(3, 5) * math.ceil(b)), 2 * math.ceil(Q(b) / 5))
        assert v.exact([b]) == formula


def test_knapsacks():
    p = from_arrays([7, 9, 2, 15], [[3, 4, 1, 7]], "<=", [0], sense="max")
    v = on_box(p, {0: (0, 14)})
    known = [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 23, 25, 28, 30, 32]
    assert [v.exact([w]) for w in range(15)] == known
    assert [v.exact([w + Q(99, 100)]) for w in range(14)] == known[:14]
    table = on_box(p, {0: (0, 14)}, method="lattice")
    assert all(v.exact([w]) == table.exact([w]) for w in range(15))


def test_a_simple_integer_recourse():
    v = on_box(from_arrays([2, 1], [[1, 0], [0, 1]], ">=", [0, 0]), {0: (-3, 2), 1: (-2, 3)})

    def expected(x):
        return sum(v.exact([x - xi, xi - x]) for xi in (1, 2)) / 2

    at = values("0,1/2,1,3/2,2,5/2,3")
    assert [expected(x) for x in at] == values("3/2,3/2,1/2,3/2,1,3,3")


def test_a_jump():
    p = from_arrays([-1], [[1]], "<=", [0], upper=1)
    v = on_box(p, {0: (-1, 2)})
    assert [v.exact([b]) for b in (-1, "-1/1000000000000", 0, "999999999/1000000000", 1, 2)] == [
        math.inf, math.inf, 0, 0, -1, -1,
    ]  # fmt: skip
    assert len(v.cells) == 3
    assert v([[-0.5], [0], [0.75], [1]]).tolist() == [math.inf, 0, 0, -1]


def test_isolated_points_of_an_equality():
    p = from_arrays([1, 3], [[2, 3]], "=", [0])
    v = on_box(p, {0: (0, 12)})
    oracle = ValueOracle(from_arrays([1, 3], [[2, 3]], "=", [0], upper=[6, 4]))
    for b in range(13):
        assert v.exact([b]) == oracle([b])
    assert v.exact(["1/2"]) == math.inf
    assert v.exact([3 + Q(1, 10**12)]) == math.inf
    assert v.is_certified


def test_two_equalities_leave_a_lattice_of_points():
    p = from_arrays([1, 2, 4], [[1, 1, 0], [0, 1, 2]], "=", [0, 0], upper=2)
    v = on_box(p, {0: (0, 4), 1: (0, 4)})
    oracle = ValueOracle(p)
    for b in [(a, c) for a in range(5) for c in range(5)]:
        assert v.exact(b) == oracle(b)
    assert v.exact([1, "1/2"]) == math.inf
    assert v.is_certified


# -- mixed, maximised, with an offset ------------------------------------------------------


def test_facility_location_with_two_demands():
    fixed, cost, capacity = [20, 31, 17], [[4, 7, 3], [2, 8, 5], [6, 3, 4]], [11, 14, 9]
    rows = [[0] * 3 + [int(j == k) for _ in range(3) for j in range(3)] for k in range(3)]
    rows += [
        [-capacity[i] * int(i == f) for f in range(3)]
        + [int(i == f) for f in range(3) for _ in range(3)]
        for i in range(3)
    ]
    p = from_arrays(
        [*fixed, *(c for row in cost for c in row)],
        rows,
        [">="] * 3 + ["<="] * 3,
        [0, 0, 6, 0, 0, 0],
        upper=[1] * 3 + [math.inf] * 9,
        integrality=[True] * 3 + [False] * 9,
        row_names=["D1", "D2", "D3", "C1", "C2", "C3"],
    )
    v = on_box(p, {"D1": (0, 15), "D2": (0, 15)})
    assert v.is_certified
    assert 1 < len(v.parts) <= 8
    F = tm.dual_function(p)
    for d in [(0, 0), (15, 15), (3, "7/2"), (14, 14), (15, 13), (5, 5), (8, "19/2")]:
        rhs = [*d, 6, 0, 0, 0]
        assert v.exact(rhs) == F.refine(at=rhs).exact(rhs)


def test_a_maximum_with_an_offset_and_a_row_that_stays():
    p = from_arrays(
        [5, 4, 1], [[2, 3, 1], [1, 1, 0]], "<=", [7, 2], sense="max", offset="1/2",
        integrality=[True, True, False], upper=[3, 3, 2],
    )  # fmt: skip
    v = on_box(p, {0: (-1, 9)})
    oracle = ValueOracle(p)
    for k in range(-4, 37):
        assert v.exact([Q(k, 4), 2]) == oracle([Q(k, 4), 2])
    assert v.exact([-1, 2]) == -math.inf
    with pytest.raises(InvalidInputError):
        v.exact([1, 3])
    with pytest.raises(InvalidInputError):
        v.exact([10, 2])
    with pytest.raises(InvalidInputError):
        v(np.array([[1.0, 2.0], [9.5, 2.0]]))


# -- parameters as rows: the tables of mpMILP ----------------------------------------------


def unscaled(row):
    """A row that was divided by its norm, as it was before up to a factor.

    Rounded norms make programs infeasible that are only just feasible.
    """
    largest = max(row, key=abs)
    short = [Q(v / largest).limit_denominator(1000) for v in row]
    is_it = all(abs(float(s) - v / largest) < 1e-14 for s, v in zip(short, row, strict=True))
    sign = 1 if largest > 0 else -1
    return [sign * v for v in short] if is_it else row


def with_parameter_rows(problem):
    """``A x <= b + F theta`` with the parameters as columns that rows fix."""
    b, c = ([v[0] if isinstance(v, list) else v for v in problem[key]] for key in "bc")
    A, F = problem["A"], problem["F"]
    n, m, k = len(A[0]), len(A), len(F[0])
    scaled = [unscaled([*A[i], *(-f for f in F[i]), b[i]]) for i in range(m)]
    rows, b = [row[:-1] for row in scaled], [row[-1] for row in scaled]
    rows += [[0] * n + [int(i == j) for j in range(k)] for i in range(k)]
    is_binary = [j in problem["binary"] for j in range(n)] + [False] * k
    p = from_arrays(
        [*c, *[0] * k],
        rows,
        ["=" if i in problem["equality"] else "<=" for i in range(m)] + ["="] * k,
        [*b, *[0] * k],
        lower=[0 if flag else -math.inf for flag in is_binary],
        upper=[1 if flag else math.inf for flag in is_binary],
        integrality=is_binary,
    )
    lows, highs = problem["theta_box"]
    return p, {m + i: (lows[i], highs[i]) for i in range(k)}, k


@pytest.mark.parametrize(
    "name", ["simple_mpMILP", "mpMILP_1d", "acevedo_mpmilp", "pappas_multi_objective"]
)
def test_the_tables_of_multiparametric_programs(name):
    if not DATA.exists():
        pytest.skip("needs the tables of shared/data/mpmilp, which are not here")
    problem = json.loads(DATA.read_text())[name]
    p, box, k = with_parameter_rows(problem)
    v = on_box(p, box)
    assert v.is_certified
    for *theta, value in problem["table"]:
        rhs = [*p.exact.rhs[:-k], *(str(t) for t in theta)]
        found = v(rhs)
        if value == "Infeasible":
            assert found == math.inf
        else:
            # The table is in floats.
            assert math.isclose(found, value, rel_tol=1e-7, abs_tol=1e-7)


# -- parts ---------------------------------------------------------------------------------


def test_parts_that_the_others_make_superfluous_are_dropped():
    # The second column is the first one at the same cost: (1, 0) or (0, 1), not both.
    p = from_arrays(
        [2, 2, 9], [[1, 1, 1]], ">=", [0], integrality=[True, True, False], upper=[1, 1, math.inf]
    )
    v = on_box(p, {0: (0, 3)}, minimal=True)
    assert v.minimal
    assert len(v.parts) == 3
    assert sorted(map(sum, v.parts)) == [0, 1, 2]
    assert [v.exact([b]) for b in values("0,1/9,1,3/2,2,3")] == [0, 1, 2, 4, 4, 13]


def test_optimal_points_of_a_tie():
    p = from_arrays([7, 9, 2, 15], [[3, 4, 1, 7]], "<=", [0], sense="max")
    points = on_box(p, {0: (0, 14)}).argmin([10])
    assert points
    assert set(points) <= {(2, 1, 0, 0), (3, 0, 1, 0)}


# -- what is asked wrongly, limits, pictures -----------------------------------------------

TWO = from_arrays([7, 9, 2], [[3, 4, 1], [2, 1, 2]], "<=", [9, 5], sense="max")


def test_what_is_asked_wrongly_is_said():
    with pytest.raises(InvalidInputError):
        on_box(TWO, {"no row": (0, 1)})
    with pytest.raises(InvalidInputError):
        on_box(TWO, {0: (0, math.inf)})
    with pytest.raises(InvalidInputError):
        on_box(TWO, {0: (2, 1)})
    with pytest.raises(InvalidInputError):
        tm.value_function(TWO, domain={0: (0, 1)})
    with pytest.raises(UnsupportedError):
        on_box(from_arrays([-1, 0], [[1, -1]], "<=", [0]), {0: (0, 1)})


def test_a_box_of_one_point():
    v = on_box(TWO, {0: (9, 9), 1: (5, 5)})
    assert v.exact([9, 5]) == ValueOracle(
        from_arrays([7, 9, 2], [[3, 4, 1], [2, 1, 2]], "<=", [9, 5], sense="max", upper=5)
    )([9, 5])
    assert len(v.cells) == 1
    assert v.is_certified
    assert v([9, 5]) == v([[9, 5]])[0]


def test_a_stop_leaves_gaps():
    v = on_box(TWO, {0: (0, 12), 1: (0, 8)}, limits=tm.Limits(seconds=0))
    assert v.stopped == "seconds"
    assert not v.is_certified
    assert len(v.gaps) == 1
    with pytest.raises(NotAllowedError):
        v.exact([9, 5])
    assert math.isnan(v([9, 5]))
    low, high = v.bounds([9, 5])
    assert low <= on_box(TWO, {0: (0, 12), 1: (0, 8)}).exact([9, 5]) <= high


def test_an_interrupt_leaves_gaps(monkeypatch):
    from tamemip.value_functions import _box_search

    calls = iter(range(1000))
    settle = _box_search.BoxTree.settle

    def interrupted(*arguments, **options):
        if next(calls) == 6:
            raise KeyboardInterrupt
        return settle(*arguments, **options)

    monkeypatch.setattr(_box_search.BoxTree, "settle", interrupted)
    v = on_box(TWO, {0: (0, 12), 1: (0, 8)})
    assert v.stopped == "interrupted"
    assert v.gaps


def test_planes_may_nest_deeply():
    v = on_box(from_arrays([1], [[1]], ">=", [0]), {0: (0, 1)})
    root, cell = v.root, v.cells[0]
    for k in range(3000):
        root = BoxSplit(Plane(-k, (1,)), cell, root)
    w = pickle.loads(pickle.dumps(replace(v, root=root)))
    assert len(w.cells) == 3000 + len(v.cells)
    assert w.exact(["-0"]) == 0
    assert w.is_certified


def test_it_prints():
    v = on_box(from_arrays([2, 3], [[3, 5]], ">=", [0], row_names=["B"]), {"B": (0, 6)})
    assert repr(v) == "BoxValueFunction(1 row, 4 cells, 4 integer parts, certified)"
    assert "  4: B > 5" in str(v).splitlines()
    assert "<table>" in v._repr_html_()


def test_pictures_of_one_and_two_rows():
    pytest.importorskip("matplotlib").use("Agg")
    for box in ({0: (0, 12)}, {0: (0, 12), 1: (-1, 8)}):
        axes = on_box(TWO, box).plot()
        assert axes.get_xlabel() == "R0"
        axes.figure.clear()
    three = from_arrays([1], [[1], [1], [1]], "<=", [1, 1, 1], sense="max")
    with pytest.raises(NotAllowedError):
        on_box(three, {0: (0, 1), 1: (0, 1), 2: (0, 1)}).plot()
