"""Conic programs: their line of the table, cones as conditions, what is refused."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import Certificate, Domain, Node, Structure, check, check_fast
from tamemip.errors import CertificateError, InvalidInputError
from tamemip.programs import ParametricProgram
from tamemip.tameness import (
    CERTIFIED,
    UNKNOWN,
    AffineMap,
    ConicProgram,
    ExponentialCone,
    PowerCone,
    RotatedSecondOrderCone,
    SecondOrderCone,
    SemidefiniteCone,
    always,
    certify,
    certify_expressions,
    indicator,
    less_equal,
    nodes_of,
    variable,
)
from tamemip.tameness._conic_membership import _has_factor, membership
from tamemip.tameness._conic_reader import _least
from tests.tameness.evaluation import mp, values

make = tm.MixedIntegerProgram.from_arrays
LINEAR, ALGEBRAIC, EXPONENTIAL = Structure.SEMILINEAR, Structure.SEMIALGEBRAIC, Structure.R_EXP
UNIT = AffineMap([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0, 0, 0])
CONES = {
    "ball": SecondOrderCone(UNIT),
    "rotated": RotatedSecondOrderCone(UNIT),
    "semidefinite": SemidefiniteCone(UNIT),
    "power": PowerCone(UNIT, ["1/3", "2/3"]),
    "exponential": ExponentialCone(UNIT),
}


def conic(cone, *, integer=(), upper="inf", sense="min"):
    """``x0 + x1 >= b, x2 - x0 <= d`` and a cone; columns are free without an upper bound."""
    lower = [0 if j in integer else "-inf" for j in range(3)]
    rows = make(
        [1, 2, 3], [[1, 1, 0], [-1, 0, 1]], [">=", "<="], [1, 4], lower=lower,
        upper=[upper if j in integer else "inf" for j in range(3)], sense=sense,
        integrality=[j in integer for j in range(3)], row_names=["b", "d"],
    )  # fmt: skip
    return ConicProgram(rows, [] if cone is None else [CONES[cone]])


@pytest.mark.parametrize(
    ("varying", "integer"),
    [("rhs", ()), ("c", (0, 1, 2)), ("A", (1,)), ("rhs, c", ()), ("rhs, c, A", (0, 2))],
)
@pytest.mark.parametrize("cone", CONES)
def test_the_table(cone, varying, integer):
    verdict = certify(conic(cone, integer=integer, upper=5), varying=varying)
    assert verdict.status is CERTIFIED
    assert verdict.structure is (EXPONENTIAL if cone == "exponential" else ALGEBRAIC)
    for checker in (check, check_fast):
        proved = checker(verdict.certificate).definable
        assert proved.structures == verdict.structures
    moving = {name.partition("[")[0] for name in verdict.domain.parameters}
    wanted = {"b", "d"} if varying == "rhs" else {varying} if len(varying) == 1 else {"b", "d", "c"}
    assert moving == (wanted | {"A"} if varying == "rhs, c, A" else wanted)


@pytest.mark.parametrize("cone", CONES)
def test_without_bounds_of_integers_nothing_is_claimed(cone):
    verdict = certify(conic(cone, integer=(1, 2)), varying="c")
    assert verdict.status is UNKNOWN
    assert verdict.obligation.culprits == ("x1", "x2")
    assert "add bounds to x1, x2" in verdict.obligation.mend


def test_rows_bound_integers_only_where_their_data_are_bounded():
    rows = make([1, 1], [[2, 0], [1, 1]], ["<=", ">="], [7, 0], lower=[0, "-inf"],
                integrality=[True, False])  # fmt: skip
    problem = ConicProgram(rows, [SecondOrderCone(AffineMap([[0, 1], [1, 0]], [0, 0]))])
    verdict = certify(problem, {"R0": (0, 9)})
    assert verdict.structure is ALGEBRAIC
    assert verdict.domain.interval("x0").high == 4
    assert certify(problem).obligation.culprits == ("x0",)
    assert certify(problem, {"R1": (0, 9)}).structure is ALGEBRAIC


def test_without_cones_it_is_its_linear_part():
    verdict = certify(conic(None, integer=(0,), upper=5))
    assert verdict.structures == (LINEAR,)
    assert verdict.subject == certify(conic(None, integer=(0,), upper=5).program).subject
    assert certify(conic(None), varying="rhs, c").structure is ALGEBRAIC


def test_parameters_may_move_everything_but_the_cones():
    base = conic("ball", integer=(0,), upper=5).program
    moving = ParametricProgram(
        base, rhs=[[1, 0], [0, 1]], c=[[0, 1], [0, 0], [1, 0]], upper={0: [1, 0]},
        A={(0, 0): [0, 1]}, names=["s", "t"],
    )  # fmt: skip
    problem = ConicProgram(moving, [CONES["ball"]])
    verdict = certify(problem, "s in [0, 2]")
    assert verdict.structure is ALGEBRAIC
    assert verdict.domain.parameters == ("s", "t")
    assert verdict.domain.interval("x0").high == 7
    assert certify(problem).obligation.culprits == ("x0",)


def test_names_never_collide():
    rows = make([1, 1], [[1, 0]], [">="], [1], row_names=["x0"], col_names=["x0", "t"],
                integrality=False)  # fmt: skip
    cone = SecondOrderCone(AffineMap([[1, 0], [0, 1]], [0, 0]))
    verdict = certify(ConicProgram(rows, [cone]))
    assert verdict.domain.parameters == ("x0",)
    assert verdict.domain.eliminated == {"x0'", "t", "t'"}


def test_bounds_that_cross_leave_no_point():
    rows = make([1, 1], [[1, 0]], ["<="], [-1], integrality=[True, False], upper=[9, "inf"])
    cone = SecondOrderCone(AffineMap([[0, 1], [1, 0]], [0, 0]))
    verdict = certify(ConicProgram(rows, [cone]), {"R0": (-3, -2)})
    assert verdict.structure is not None


# -- cones as conditions -----------------------------------------------------------------

SMALL = st.fractions(-3, 3, max_denominator=4)


def holds(condition, u):
    nodes, (root,) = nodes_of([condition])
    return values(nodes, {f"u{k}": v for k, v in enumerate(u)})[root]


def inside(cone, u):
    letters = [variable(f"u{k}") for k in range(len(u))]
    return holds(membership(cone, letters, str), u)


@settings(max_examples=60)
@given(st.lists(SMALL, min_size=3, max_size=3))
def test_quadratic_cones_are_those_of_the_definition(u):
    is_short = u[0] >= 0 and u[0] ** 2 >= u[1] ** 2 + u[2] ** 2
    assert inside(CONES["ball"], u) is is_short
    is_rotated = u[0] >= 0 and u[1] >= 0 and 2 * u[0] * u[1] >= u[2] ** 2
    assert inside(CONES["rotated"], u) is is_rotated


@settings(max_examples=60)
@given(st.lists(SMALL, min_size=3, max_size=3))
def test_the_power_cone_is_that_of_the_definition(u):
    expected = u[1] >= 0 and u[2] >= 0 and u[1] * u[2] ** 2 >= abs(u[0]) ** 3
    is_border = u[1] * u[2] ** 2 == abs(u[0]) ** 3
    if not is_border or u[1] < 0 or u[2] < 0:  # roots are of 60 digits: no border
        assert inside(CONES["power"], u) is expected


@settings(max_examples=60)
@given(st.lists(SMALL, min_size=3, max_size=3))
def test_the_exponential_cone_is_that_of_the_definition(u):
    x, y, z = u
    if y > 0:
        expected = bool(mp(z) >= mp(y) * mpmath.exp(mp(x) / mp(y)))
    else:
        expected = y == 0 and x <= 0 and z >= 0
    if not (y > 0 and x == 0 and z == y):
        assert inside(CONES["exponential"], u) is expected


def test_faces_of_the_exponential_cone():
    assert inside(CONES["exponential"], [Fraction(-1), Fraction(0), Fraction(0)]) is True
    assert inside(CONES["exponential"], [Fraction(1), Fraction(0), Fraction(9)]) is False
    assert inside(CONES["exponential"], [Fraction(0), Fraction(2), Fraction(2)]) is True
    assert inside(CONES["exponential"], [Fraction(0), Fraction(-1), Fraction(5)]) is False


WHOLE = st.integers(-2, 2).map(Fraction)


@settings(max_examples=60)
@given(st.integers(1, 3), st.data())
def test_semidefinite_is_what_no_vector_refutes(order, data):
    size = order * (order + 1) // 2
    cone = SemidefiniteCone(AffineMap([[1] * size] * size, [0] * size))
    B = [data.draw(st.lists(WHOLE, min_size=order, max_size=order)) for _ in range(order)]
    shift = data.draw(st.integers(0, 2))
    U = [
        [sum(B[i][k] * B[j][k] for k in range(order)) - shift * (i == j == 0) for j in range(order)]
        for i in range(order)
    ]
    lower = [Fraction(U[i][j]) for i in range(order) for j in range(i + 1)]
    found = inside(cone, lower)
    if shift == 0:
        assert found is True
    v = data.draw(st.lists(WHOLE, min_size=order, max_size=order))
    if sum(v[i] * v[j] * U[i][j] for i in range(order) for j in range(order)) < 0:
        assert found is False
    if found is False:
        assert np.linalg.eigvalsh(np.array(U, dtype=float))[0] < 0.1


@settings(max_examples=30)
@given(st.data())
def test_a_factor_of_a_large_matrix_is_a_factor(data):
    """The equations hold at L exactly for U = L L'."""
    order = 3
    names = []
    letters = [[variable(f"u{max(i, j)}{min(i, j)}") for j in range(order)] for i in range(order)]
    condition = _has_factor(letters, lambda stem: names.append(stem) or stem)
    projected = condition.of[1]
    while projected.op == "supremum":
        projected = projected.of[0]
    L = {name: data.draw(WHOLE, label=name) for name in names}
    wrong = data.draw(st.sampled_from([0, 0, 1]))
    point = dict(L)
    for i in range(order):
        for j in range(i + 1):
            exact = sum(L[f"L{i}{k}"] * L[f"L{j}{k}"] for k in range(j + 1))
            point[f"u{i}{j}"] = exact + wrong * (i == j == 2)
    nodes, (root,) = nodes_of([projected])
    assert values(nodes, point)[root] == 1 - wrong


def test_large_matrices_are_certified():
    order = 6
    size = order * (order + 1) // 2
    rows = make([1] * size, [[1] * size], ">=", [1], lower="-inf", integrality=False)
    identity = [[int(i == j) for j in range(size)] for i in range(size)]
    cone = SemidefiniteCone(AffineMap(identity, [0] * size))
    assert certify(ConicProgram(rows, [cone])).structure is ALGEBRAIC


GRID = [Fraction(k, 4) for k in range(-40, 41)]


@pytest.mark.parametrize("least", [Fraction(-3), Fraction(0), Fraction(7, 2), None, "never"])
def test_the_least_level_is_the_least_level(least):
    """The infimum over a grid that holds the least level, put in the place of the infimum."""
    reached = {None: always(holds=True), "never": always(holds=False)}.get(
        least, less_equal(least, variable("t")) if isinstance(least, Fraction) else None
    )
    nodes, (root,) = nodes_of([_least("t", reached)])
    (at,) = [k for k, node in enumerate(nodes) if node.op == "infimum"]
    body = [values(nodes[:at], {"t": t})[nodes[at].of[0]] for t in GRID]
    assert all(-1 < value <= 1 for value in body)
    w = min(body) if least is not None else Fraction(-1)
    replaced = [*nodes]
    replaced[at] = Node("const", value=w)
    expected = least if isinstance(least, Fraction) else None
    assert values(replaced, {"t": Fraction(0)})[root] == expected


# -- certificates and wrong input --------------------------------------------------------


@pytest.mark.parametrize("cone", ["ball", "exponential"])
def test_tampered_certificates_are_rejected(cone):
    verdict = certify(conic(cone, integer=(0,), upper=5))
    lines = list(verdict.certificate.lines)
    claimed = f'"{verdict.structure.value}"'
    changes = [
        (claimed, '"semilinear"'),  # a smaller structure
        ('"floor"', '"ceiling"'),  # another function
        ('"supremum"', '"infimum"'),
        ('"x1"', '"x9"'),  # a variable that the domain does not have
    ]
    for old, new in changes:
        (place, *_) = [k for k, line in enumerate(lines) if old in line]
        changed = [*lines]
        changed[place] = lines[place].replace(old, new, 1)
        for checker in (check, check_fast):
            with pytest.raises(CertificateError):
                checker(Certificate(tuple(changed)))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: AffineMap([[1, 0], [0]], [0, 0]), "rows of 1, 2 entries"),
        (lambda: AffineMap([], []), "rows of no entries"),
        (lambda: AffineMap([[1, 0]], [0, 0]), "b has 2 entries, but A has 1 rows"),
        (lambda: AffineMap([[float("nan")]], [0]), "A\\[0, 0\\]"),
        (lambda: AffineMap([[1]], [float("inf")]), "b\\[0\\]"),
        (lambda: SecondOrderCone([[1]]), "takes an AffineMap"),
        (lambda: RotatedSecondOrderCone(AffineMap([[1]], [0])), "2 or more"),
        (lambda: SemidefiniteCone(AffineMap([[1], [1]], [0, 0])), "1, 3, 6, 10"),
        (lambda: ExponentialCone(AffineMap([[1]] * 4, [0] * 4)), "three entries"),
        (lambda: PowerCone(UNIT, ["1/3"]), "1 exponents"),
        (lambda: PowerCone(UNIT, ["1/3", "1/3"]), "with the sum 2/3"),
        (lambda: PowerCone(UNIT, [2, -1]), "positive with the sum 1"),
        (lambda: ConicProgram(UNIT), "not AffineMap"),
        (lambda: ConicProgram(conic(None).program, [UNIT]), "cone 0 has the type AffineMap"),
        (
            lambda: ConicProgram(conic(None).program, [SecondOrderCone(AffineMap([[1, 0]], [0]))]),
            "over 2 columns, and the program has 3",
        ),
        (lambda: certify(CONES["ball"]), "cannot certify a SecondOrderCone"),
        (lambda: certify(conic("ball"), {"x9": (0, 1)}), "no row"),
        (lambda: certify(conic("ball"), varying="b, q"), "varying"),
    ],
)
def test_wrong_input_is_told_what_is_wrong(build, message):
    with pytest.raises(InvalidInputError, match=message):
        build()


def test_indicators_of_cones_are_total():
    letters = [variable(f"u{k}") for k in range(3)]
    for cone in CONES.values():
        inner = indicator(membership(cone, letters, str))
        verdict = certify_expressions([inner], Domain.real(["u0", "u1", "u2"]))
        assert verdict.is_total
