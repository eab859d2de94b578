"""`certify` of programs: the table through the door, domains, bounds that must be found."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import Structure, check, check_fast
from tamemip.errors import InvalidInputError
from tamemip.tameness import CERTIFIED, REFUTED, UNKNOWN, certify
from tamemip.tameness._program_bounds import bound_integers
from tamemip.tameness._program_data import varying_of
from tamemip.tameness._program_relaxation import below_of
from tests.programs_at_random import programs

LINEAR, ALGEBRAIC = Structure.SEMILINEAR, Structure.SEMIALGEBRAIC
make = tm.MixedIntegerProgram.from_arrays


def covering():
    """Min 2x + 3y over 3x + 5y >= b, integers without upper bounds."""
    return make([2, 3], [[3, 5]], ">=", [7])


def packing():
    """The rows bound the integers."""
    return make([7, 9], [[3, 4]], "<=", [10], sense="max")


def mixed():
    """Bounded integers and a continuous column."""
    return make(
        [2, 3, 1], [[3, 5, 1], [1, 1, -1]], [">=", "<="], [7, 4], upper=[9, 9, "inf"],
        integrality=[True, True, False],
    )  # fmt: skip


#: Program, domain, varying; status, structure, whether it is definable in (R, <, +, Z).
TABLE = {
    "b, bounded": (mixed, None, "rhs", CERTIFIED, LINEAR, True),
    "b, by its other name": (mixed, None, "b", CERTIFIED, LINEAR, True),
    "b, no integers": (lambda: mixed().relax(), None, "rhs", CERTIFIED, LINEAR, True),
    "b in a box": (covering, {"R0": (0, 9)}, "rhs", CERTIFIED, LINEAR, True),
    "b bounds the integers": (packing, {"R0": ("-inf", 9)}, "rhs", CERTIFIED, LINEAR, True),
    "b, unbounded": (covering, None, "rhs", REFUTED, None, True),
    "b on a ray": (covering, {"R0": (0, "inf")}, "rhs", REFUTED, None, True),
    "c, any integers": (covering, None, "c", CERTIFIED, LINEAR, True),
    "c in a box": (covering, "x0 in [0, 1]", "c", CERTIFIED, LINEAR, True),
    "b and c, bounded": (mixed, None, "b,c", CERTIFIED, ALGEBRAIC, False),
    "b and costs of integers": (
        mixed, {"c": {"x0": (0, 9)}}, "b,c", CERTIFIED, LINEAR, True,
    ),
    "b and c, level sets bounded": (
        covering, {"rhs": {0: (0, 9)}, "c": {0: (1, 2), 1: (1, 3)}}, ("rhs", "c"),
        CERTIFIED, LINEAR, True,
    ),
    "b and c, level sets unbounded at the border": (
        covering, {"rhs": {0: (0, 9)}, "c": {0: (0, 2), 1: (1, 3)}}, ("rhs", "c"),
        UNKNOWN, None, False,
    ),
    "A on integers": (mixed, None, "A_I", CERTIFIED, LINEAR, True),
    "A on integers, b": (mixed, None, "A_I, b", CERTIFIED, LINEAR, True),
    "A on continuous": (mixed, None, "A_C", CERTIFIED, ALGEBRAIC, False),
    "all": (mixed, None, ("rhs", "c", "A"), CERTIFIED, ALGEBRAIC, False),
    "A, unbounded": (covering, None, "A", UNKNOWN, None, False),
    "ceil(1/a) on (0, 1]": (
        lambda: make([1], [[1]], ">=", [1]), {("R0", "x0"): (0, 1)}, "A", REFUTED, None, False,
    ),
    "an entry bounds its column": (
        lambda: make([1], [[1]], "<=", [5]), {(0, 0): ("1/8", 1)}, "A", CERTIFIED, LINEAR, True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_the_table(name):
    program, domain, varying, status, structure, is_local = TABLE[name]
    verdict = certify(program(), domain, varying)
    assert (verdict.status, verdict.structure) == (status, structure)
    assert (verdict.local is not None) is is_local
    for proof in filter(None, (verdict.certificate, verdict.local)):
        for checker in (check, check_fast):
            checker(proof, program=program())


def test_an_obligation_names_the_columns_and_what_mends_it():
    obligation = certify(covering(), None, "A").obligation
    assert obligation.culprits == ("x0", "x1")
    assert "add bounds to x0, x1" in obligation.mend


def test_a_dual_infeasible_program_is_certified_by_a_ray():
    p = make([-1, 0], [[0, 1]], ">=", [1])
    verdict = certify(p, {0: (0, 3)})
    assert verdict.structure is LINEAR
    assert '"ray"' in "".join(verdict.certificate.lines)


def test_bounds_that_no_single_row_gives_are_found_by_duals():
    p = make([1, 1], [[1, 1], [1, -1]], ["<=", "<="], [4, 0], lower="-inf")
    q = make([1, 1], [[1, 1], [1, -1], [-1, 1], [-1, -1]], "<=", [4, 1, 1, 4], lower="-inf")
    data = dict.fromkeys(range(4), (0, 5))
    assert certify(q, data).status is CERTIFIED
    assert certify(q, {"rhs": data}, "b,c").structure is LINEAR
    assert bound_integers(p, varying_of(p, {0: (0, 5), 1: (0, 5)}, "rhs")).left == [0, 1]


@pytest.mark.parametrize(
    ("domain", "varying"),
    [
        (None, "d"),
        (None, ()),
        ({"R7": (0, 1)}, "rhs"),
        ({"x0": (0, 1)}, "rhs"),
        ({0: (0, 1)}, "b,c"),
        ({("R0", "x0"): (0, 1)}, "rhs"),
        ({"R0": (1, 0)}, "rhs"),
        ({"R0": (0, 1), 0: (0, 2)}, "rhs"),
        ({"x0": (5, 5)}, "c"),
        ({"c": {"x0": (0, 1)}}, "rhs"),
        (7, "rhs"),
    ],
)
def test_wrong_domains_are_refused(domain, varying):
    with pytest.raises(InvalidInputError):
        certify(covering(), domain, varying)


def test_rows_that_a_box_leaves_out_keep_their_value():
    p = make([2, 3], [[3, 5], [1, 1]], ">=", [7, 1])
    assert certify(p, tm.Box({"R0": (0, 9)})).where == "R0 in [0, 9]"


def test_parameters_that_move_bounds_costs_and_rows():
    p = make([2, 3], [[3, 5]], ">=", [7], upper=9)
    moving = tm.ParametricProgram(p, rhs=[[1]], upper=[[1], [0]], names=["t"])
    verdict = certify(moving, "t in [0, 4]")
    assert (verdict.structure, verdict.where) == (LINEAR, "t in [0, 4]")
    assert certify(moving).status is UNKNOWN  # the bound of x0 grows for ever
    costs = tm.ParametricProgram(covering(), c=[[1], [0]], names=["t"])
    assert certify(costs).structure is LINEAR


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(programs(bounded=False), st.data())
def test_what_moves_in_a_box_is_never_unknown_for_right_hand_sides(program, data):
    box = {i: (v - 2, v + data.draw(st.integers(0, 3))) for i, v in enumerate(program.exact.rhs)}
    verdict = certify(program, box or None)
    assert verdict.status is CERTIFIED
    check_fast(verdict.certificate, program=program)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(programs(bounded=False))
def test_every_relaxation_has_a_dual_point_or_a_ray(program):
    dual, ray = below_of(program)
    assert (dual is None) is not (ray is None)


def test_models_from_outside_are_certified(classic_models):
    for name, program in classic_models.items():
        verdict = certify(program)
        assert verdict.structure is LINEAR, name
        assert check_fast(verdict.certificate, program=program).definable.structure is LINEAR


@pytest.fixture
def classic_models():
    from pathlib import Path

    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "miplib2_classic"
    if not folder.is_dir():
        pytest.skip("the classic models are not beside the repository")
    names = ("bell5", "egout", "flugpl", "gen", "misc02", "noswot", "p0033", "stein27")
    files = [folder / f"{name}.mps" for name in names]
    found = {file.stem: tm.read(file) for file in files if file.is_file()}
    if not found:
        pytest.skip("no classic model is there")
    return found


def test_the_value_of_a_refuted_program_is_semilinear_on_each_box():
    verdict = certify(covering())
    assert verdict.witness.kind == "W1"
    assert check(verdict.local).definable.structure is Structure.LOCAL
    assert certify(covering(), {0: (Fraction(-5), Fraction(5))}).structure is LINEAR
