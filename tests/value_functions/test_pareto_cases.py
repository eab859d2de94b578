"""Remembered frontiers, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as Q
from pathlib import Path

import numpy as np
import pytest

import tamemip as tm
from tamemip.certificates import ExactMatrix
from tamemip.errors import InvalidInputError, UnsupportedError

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "rvf_bbrvf"


def mixed():
    """Two regions of a continuous column ``y``, one for each ``x``; two columns carry ``z``."""
    return tm.MixedIntegerProgram.from_arrays(
        [0, 0, 0],
        [[4, 1, 0], [2, 1, 1], [0, 1, 0]],
        [">=", ">=", "<="],
        [4, 4, 4],
        lower=[0, 0, 0],
        upper=[2, 6, 6],
        integrality=[True, False, False],
        col_names=["x", "y", "z"],
    )


def test_a_segment_is_open_where_a_jump_dominates_its_end():
    # x = 0 needs y = 4: outcome (4, 0 - ...); x = 1 pays 3 and frees y in [0, 4].
    p = tm.MixedIntegerProgram.from_arrays(
        [0, 0],
        [[2, 1], [0, 1]],
        [">=", "<="],
        [2, 2],
        upper=[1, 2],
        integrality=[True, False],
        col_names=["x", "y"],
    )
    frontier = tm.pareto_frontier(p, [{"x": 3, "y": 1}, {"x": 1, "y": -2}])
    # x = 0: only y = 2, outcome (2, -4), which dominates all of x = 1: (3 + y, 1 - 2 y).
    assert frontier.points == ((2, -4),)
    frontier = tm.pareto_frontier(p, [{"x": 1, "y": 1}, {"x": 2, "y": "-1/2"}])
    assert frontier.points == ((1, 2), (2, -1))
    (segment,) = frontier.segments
    assert segment == ((1, 2), (2, Q(3, 2)), True, False)
    assert frontier.isolated == ((2, -1),)
    assert (Q(3, 2), Q(7, 4)) in frontier
    assert (2, Q(3, 2)) not in frontier
    assert frontier.dominates((2, Q(3, 2)))
    assert frontier.supported == frontier.extreme == frontier.points
    # The part of the square [1, 3] x [-1, 3] above the frontier.
    assert frontier.hypervolume((3, 3)) == Q(5, 4) + 4


def test_a_kink_is_a_point_of_two_segments():
    p = tm.MixedIntegerProgram.from_arrays(
        [0, 0], [[1, 1], [1, 3]], ">=", [4, 6], integrality=False, col_names=["y", "z"]
    )
    frontier = tm.pareto_frontier(p, [{"y": 1}, {"z": 1}])
    assert frontier.segments == (
        ((0, 4), (3, 1), True, True),
        ((3, 1), (6, 0), True, True),
    )
    assert frontier.points == frontier.supported == frontier.extreme == ((0, 4), (3, 1), (6, 0))
    assert frontier.isolated == ()


def test_flat_pieces_and_jumps_between_integer_parts():
    frontier = tm.pareto_frontier(mixed(), [{"x": 9, "y": 1, "z": 3}, {"y": 2, "z": 1}])
    assert frontier.isolated == ((4, 8), (18, 0))
    assert frontier.segments == (((11, 4), (15, 2), True, True),)
    assert frontier.unsupported == ((15, 2),)
    # Three of them are on one line.
    assert frontier.supported == ((4, 8), (11, 4), (18, 0))
    assert frontier.extreme == ((4, 8), (18, 0))


def test_a_knapsack_of_two_objectives():
    values, weights = [7, 4, 9, 3], [5, 3, 8, 2]
    p = tm.MixedIntegerProgram.from_arrays([0] * 4, [weights], "<=", [10], upper=1, sense="max")
    frontier = tm.pareto_frontier(p, [values, [-w for w in weights]])
    best = {}
    for choice in np.ndindex(2, 2, 2, 2):
        weight = int(np.dot(choice, weights))
        if weight <= 10:
            best[weight] = max(best.get(weight, 0), int(np.dot(choice, values)))
    efficient = [
        (value, -weight)
        for weight, value in best.items()
        if all(v < value for w, v in best.items() if w < weight)
    ]
    assert frontier.points == tuple(sorted(efficient, reverse=True))
    assert set(frontier.supported) | set(frontier.unsupported) == set(frontier.points)
    assert frontier.segments == ()
    assert (frontier.ideal, frontier.nadir) == ((14, 0), (0, -10))


def test_one_objective_twice_has_one_outcome():
    p = mixed()
    costs = [1, 2, 3]
    frontier = tm.pareto_frontier(p, [costs, [2 * c for c in costs]])
    assert frontier.points == ((2, 4),)
    assert frontier.supported == frontier.extreme == frontier.points
    assert frontier.ideal == frontier.nadir == (2, 4)
    assert tm.pareto_frontier(p, [costs, [0, 0, 0]]).points == ((2, 0),)
    assert tm.pareto_frontier(p, [[0, 0, 0], costs]).points == ((0, 2),)
    assert tm.pareto_frontier(p, [costs] * 3).points == ((2, 2, 2),)
    assert tm.pareto_frontier(p, [[0] * 3] * 3).points == ((0, 0, 0),)


def test_opposite_objectives_leave_nothing_dominated():
    p = tm.MixedIntegerProgram.from_arrays(
        [0, 0], [], "<=", [], upper=[1, "1/2"], integrality=[True, False]
    )
    frontier = tm.pareto_frontier(p, [[1, 1], [-1, -1]])
    assert [s[:2] for s in frontier.segments] == [
        ((0, 0), (Q(1, 2), Q(-1, 2))),
        ((1, -1), (Q(3, 2), Q(-3, 2))),
    ]
    assert all(s.start_closed and s.end_closed for s in frontier.segments)
    assert frontier.supported == frontier.points
    assert frontier.extreme == ((0, 0), (Q(3, 2), Q(-3, 2)))


def test_the_proofs_are_checked():
    p = mixed()
    frontier = tm.pareto_frontier(p, [{"x": 9, "y": 1, "z": 3}, {"y": 2, "z": 1}])
    assert tm.check(frontier.certificate)
    for F in frontier.dual_functions:
        assert tm.check(F.certificate)
        assert F.is_tight


def test_three_objectives_are_proved_by_one_dual_function():
    rows = [[2, 3, 1, 4], [1, 1, 1, 1]]
    p = tm.MixedIntegerProgram.from_arrays([0] * 4, rows, [">=", "<="], [7, 5], upper=[2, 2, 3, 1])
    frontier = tm.pareto_frontier(p, [[1, 4, 5, 2], [3, 2, 1, 7], [2, 1, 3, 9]])
    assert frontier.is_certified
    (F,) = frontier.dual_functions
    assert tm.check(F.certificate)
    for u in frontier.zones:
        # No outcome is less than u everywhere: the objectives are integers.
        sides = [u_k - 1 if isinstance(u_k, Q) else 10**3 for u_k in u[1:]]
        assert (
            F.exact([*p.exact.rhs, *sides]) >= min(u[0], 10**3)
            or F.exact([*p.exact.rhs, *sides]) > u[0] - 1
        )
    assert frontier.solves[0] >= len(frontier)
    lo, hi = frontier.ideal, frontier.nadir
    box = np.prod([b + 1 - a for a, b in zip(lo, hi, strict=True)])
    assert 0 < frontier.hypervolume([z + 1 for z in hi]) <= box


def test_a_volume_counts_unit_cubes():
    p = tm.MixedIntegerProgram.from_arrays([0] * 3, [[1, 1, 1]], ">=", [2], upper=2)
    frontier = tm.pareto_frontier(p, np.eye(3, dtype=int))
    assert set(frontier.points) == {
        (2, 0, 0),
        (0, 2, 0),
        (0, 0, 2),
        (1, 1, 0),
        (1, 0, 1),
        (0, 1, 1),
    }
    assert frontier.supported
    cubes = sum(a + b + c >= 2 for a, b, c in np.ndindex(4, 4, 4))
    assert frontier.hypervolume((4, 4, 4)) == cubes
    assert set(frontier.extreme) == {(2, 0, 0), (0, 2, 0), (0, 0, 2)}
    assert set(frontier.supported) == set(frontier.points)


@pytest.mark.parametrize(
    ("objectives", "error"),
    [
        ([[1, 2, 3]], InvalidInputError),
        ([[1, 2, 3]] * 4, InvalidInputError),
        ([[1, 2, 3], [1, 2]], InvalidInputError),
        ([[1, 2, 3], {"w": 1}], InvalidInputError),
        ([{"x": 1, 0: 2}, [1, 2, 3]], InvalidInputError),
        ([[1, 2, 3], "abc"], InvalidInputError),
        ([[1, 2, 3], [1, 2, "nan"]], InvalidInputError),
        ("ab", InvalidInputError),
    ],
    ids=["one", "four", "short", "unknown", "twice", "text", "nan", "word"],
)
def test_objectives_that_do_not_fit_are_refused(objectives, error):
    with pytest.raises(error):
        tm.pareto_frontier(mixed(), objectives)


def test_unbounded_and_infeasible_programs_are_refused():
    free = tm.MixedIntegerProgram.from_arrays([0, 0], [[1, 1]], ">=", [1])
    for objectives in ([[1, 0], [0, -1]], [[-1, 0], [0, 1]], [[1, 1], [1, 2], [0, -1]]):
        with pytest.raises(UnsupportedError):
            tm.pareto_frontier(free, objectives)
    empty = tm.MixedIntegerProgram.from_arrays([0, 0], [[2, 2]], "=", [3], upper=5)
    for n in (2, 3):
        with pytest.raises(UnsupportedError):
            tm.pareto_frontier(empty, [[1, 0], [0, 1], [1, 1]][:n])
    with pytest.raises(InvalidInputError):
        tm.pareto_frontier("p", [[1], [1]])


def test_outcomes_that_are_not_on_the_frontier_are_refused():
    frontier = tm.pareto_frontier(mixed(), [[1, 1, 1], [0, 2, 1]])
    with pytest.raises(InvalidInputError):
        frontier.solution((10**6, 0))
    with pytest.raises(InvalidInputError):
        frontier.dominates((1, 2, 3))


def test_it_is_shown():
    frontier = tm.pareto_frontier(mixed(), [{"x": 9, "y": 1, "z": 3}, {"y": 2, "z": 1}])
    assert repr(frontier).startswith("ParetoFrontier(min, 2 objectives")
    assert str(frontier).count("\n") == len(frontier.isolated) + len(frontier.segments)
    assert "<table>" in frontier._repr_html_()


def test_the_table_has_a_row_for_every_part():
    pytest.importorskip("pandas", reason="to_frame() needs pandas")
    frontier = tm.pareto_frontier(mixed(), [{"x": 9, "y": 1, "z": 3}, {"y": 2, "z": 1}])
    assert len(frontier.to_frame()) == len(frontier.isolated) + len(frontier.segments)


def test_the_picture_has_hollow_open_ends():
    matplotlib = pytest.importorskip("matplotlib", reason="plot() needs Matplotlib")
    matplotlib.use("Agg")
    frontier = tm.pareto_frontier(mixed(), [{"x": 9, "y": 1, "z": 3}, {"y": 2, "z": 1}])
    axes = frontier.plot()
    assert len(axes.lines) >= len(frontier.segments)
    p = tm.MixedIntegerProgram.from_arrays([0] * 3, [[1, 1, 1]], ">=", [2], upper=2)
    assert tm.pareto_frontier(p, np.eye(3, dtype=int)).plot().name == "3d"


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the two-objective models are not here")
def test_a_two_objective_model_of_the_literature_has_the_frontier_of_its_value_function():
    p = tm.read(FOLDER / "MILP_obj_2_var_30_nzr_4_intR_95_u_1_ins_2.mps")
    exact = p.exact
    rest = replace(
        p,
        exact=replace(
            exact,
            A=ExactMatrix(exact.A.rows[1:], p.n_cols),
            row_sense=exact.row_sense[1:],
            rhs=exact.rhs[1:],
        ),
        row_names=p.row_names[1:],
    )
    frontier = tm.pareto_frontier(rest, [exact.c, dict(exact.A.rows[0])])
    assert frontier.is_certified
    steps = [z[1] for z in frontier.points]
    assert (min(steps), max(steps)) == (-1469, 145)
    for z in frontier.points[::8]:
        held = p.with_rhs([z[1], *exact.rhs[1:]])
        assert tm.solve(held, solver="scip").value == pytest.approx(float(z[0] + p.offset))
        just_better = p.with_rhs([z[1] - Q(1, 100), *exact.rhs[1:]])
        claim = tm.solve(just_better, solver="scip")
        assert claim.point is None or claim.value > float(z[0] + p.offset) + 1e-6
