"""Upper functions: values of restrictions, exactly, and lines of feasible points."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamemip.duality import Restriction, upper_function
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tests.brute_force import ValueOracle
from tests.programs_at_random import programs, right_hand_sides

FEW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@pytest.fixture
def running_example() -> MixedIntegerProgram:
    """T1 of the theory: the example of Güzelsoy and Ralphs."""
    return MixedIntegerProgram.from_arrays(
        ["1/2", 0, 2, 1], [[1, "-3/2", 1, -1]], "=", ["7/2"], integrality=[1, 1, 0, 0]
    )


@st.composite
def parts(draw, program):
    """An integer part within the bounds, or None where there is none."""
    part = []
    for j, flag in enumerate(program.exact.integer):
        if flag:
            low, up = math.ceil(program.exact.lower[j]), math.floor(program.exact.upper[j])
            if low > up:
                return None
            part.append(draw(st.integers(low, up)))
    return part


@FEW
@given(st.data())
def test_it_is_the_value_of_the_program_with_its_integers_fixed(data):
    program = data.draw(programs())
    chosen = [p for p in (data.draw(parts(program)) for _ in range(2)) if p is not None]
    U = upper_function(program, chosen)
    columns = [j for j, flag in enumerate(program.exact.integer) if flag]
    rhs = data.draw(right_hand_sides(program))
    fixed = [ValueOracle(program.fix(dict(zip(columns, p, strict=True))))(rhs) for p in chosen]
    if program.sense == "min":
        assert U.exact(rhs) == min(fixed, default=math.inf)
    else:
        assert U.exact(rhs) == max(fixed, default=-math.inf)


@FEW
@given(st.data())
def test_a_piece_is_a_line_of_feasible_points(data):
    program = data.draw(programs())
    part = data.draw(parts(program))
    if part is None or not program.n_rows:
        return
    rhs = data.draw(right_hand_sides(program))
    row = data.draw(st.integers(0, program.n_rows - 1))
    direction = ((row, Fraction(data.draw(st.sampled_from([-1, 1])))),)
    part = tuple(Fraction(v) for v in part)
    piece = Restriction(program).piece(part, rhs, direction, step=Fraction(1, 100))
    if piece is None:
        return
    sign = 1 if program.sense == "min" else -1
    for share in (Fraction(0), Fraction(1, 3), Fraction(1)):
        t = share * (piece.reach if isinstance(piece.reach, Fraction) else 1000)
        b = list(rhs)
        b[row] += t * direction[0][1]
        point = [x + t * dx for x, dx in zip(piece.point, piece.step, strict=True)]
        moved = program.with_rhs(b)
        assert not moved.violations(point)
        assert sign * (moved.objective(point) - moved.offset) == piece.cost + piece.slope * t


def test_the_running_example_has_its_pieces(running_example):
    U = upper_function(running_example, [(3, 0), {"x0": 4}, (5, 1, 0, 0)])
    assert [U.exact([b]) for b in ("7/2", 3, 4)] == [Fraction(5, 2), Fraction(3, 2), Fraction(2)]
    assert U([["7/2"], [3]]).tolist() == [2.5, 1.5]
    restriction = Restriction(running_example)
    slopes = {
        sign: sorted(
            restriction.piece(
                part, running_example.exact.rhs, ((0, Fraction(sign)),), step=Fraction(1, 9)
            ).slope
            for part in U.parts
        )
        for sign in (-1, 1)
    }
    assert slopes == {-1: [-2, 1, 1], 1: [-1, 2, 2]}


def test_it_is_infinite_where_no_part_is_feasible_and_says_so_on_the_boundary():
    program = MixedIntegerProgram.from_arrays(
        [1, 1], [[1, 1]], "<=", [1], lower=[0, "1/3"], upper=[3, 5], integrality=[True, False]
    )
    U = upper_function(program, [[1]])
    assert U.exact(["4/3"]) == Fraction(4, 3)
    assert U.exact([Fraction(4, 3) - Fraction(1, 10**12)]) == math.inf


def test_it_is_minus_infinite_where_the_continuous_part_improves_forever():
    program = MixedIntegerProgram.from_arrays([1, -1], [[1, 0]], "<=", [1], integrality=[1, 0])
    U = upper_function(program, [[0], [1]])
    assert U.exact([0]) == -math.inf
    assert U.exact([-1]) == math.inf


@pytest.mark.parametrize("part", [[1], [1, 2, 3, 4, 5], ["1/2", 0], {"x0": -1}])
def test_a_part_that_does_not_fit_is_refused(running_example, part):
    with pytest.raises(InvalidInputError):
        upper_function(running_example, [part])


def test_it_pickles_and_prints(running_example):
    U = upper_function(running_example, [(3, 0)])
    again = pickle.loads(pickle.dumps(U))
    assert again.exact(["7/2"]) == U.exact(["7/2"])
    assert repr(U) == "UpperFunction(min, 1 integer part)"
    assert "v(b) <= U(b)" in str(U)
    assert "x0 = 3" in str(U)
