"""Laws of the regularized solution maps, against enumeration."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.differentiation import moreau_envelope, perturbed_argmin, quadratic_argmin
from tamemip.differentiation._cones import dot, in_hull
from tamemip.errors import InvalidInputError, UnsupportedError

F = Fraction
TINY = F(1, 10**9)
QUIET = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
small = st.integers(-3, 3)


@st.composite
def boxed_programs(draw):
    """A small program with a nonempty bounded set of integer points, and the points."""
    n = draw(st.integers(1, 3))
    A = [[draw(small) for _ in range(n)] for _ in range(draw(st.integers(1, 2)))]
    rhs = [draw(st.integers(0, 4)) for _ in A]  # 0 is feasible
    p = tm.MixedIntegerProgram.from_arrays(
        [draw(small) for _ in range(n)],
        A,
        "<=",
        rhs,
        upper=2,
        sense=draw(st.sampled_from(["min", "max"])),
    )
    points = [
        tuple(map(F, x))
        for x in product(range(3), repeat=n)
        if all(
            sum(a * v for a, v in zip(row, x, strict=True)) <= b
            for row, b in zip(A, rhs, strict=True)
        )
    ]
    return p, points


def toward(p):
    return 1 if p.sense == "min" else -1


@QUIET
@given(boxed_programs(), st.sampled_from([F(1, 3), F(1), F(5, 2)]))
def test_the_quadratic_argmin_is_the_projection_on_the_hull(problem, tau):
    p, points = problem
    x = quadratic_argmin(p, tau).exact_point
    g = tuple(v + toward(p) * c / tau for v, c in zip(x, p.exact.c, strict=True))
    assert in_hull(x, points)
    assert all(dot(g, a) >= dot(g, x) for a in points)


@QUIET
@given(boxed_programs(), st.lists(small, min_size=3, max_size=3))
def test_its_jacobian_is_the_rate_of_change(problem, way):
    p, _ = problem
    d = tuple(map(F, way[: p.n_cols]))
    here = quadratic_argmin(p, 1)
    there = quadratic_argmin(p, 1, c=[c + TINY * v for c, v in zip(p.exact.c, d, strict=True)])
    pairs = zip(there.exact_point, here.exact_point, strict=True)
    rate = tuple((a - b) / TINY for a, b in pairs)
    images = [tuple(dot(row, d) for row in matrix) for matrix in here.exact_generators]
    assert in_hull(rate, images)
    if here.is_differentiable:
        assert rate == images[0]


@QUIET
@given(boxed_programs(), st.lists(small, min_size=3, max_size=3))
def test_it_is_lipschitz_and_monotone_in_the_costs(problem, costs):
    p, _ = problem
    tau = F(1, 2)
    other = tuple(map(F, costs[: p.n_cols]))
    x, y = quadratic_argmin(p, tau).exact_point, quadratic_argmin(p, tau, c=other).exact_point
    dx = tuple(a - b for a, b in zip(x, y, strict=True))
    dc = tuple(a - b for a, b in zip(p.exact.c, other, strict=True))
    assert dot(dx, dx) * tau**2 <= dot(dc, dc)
    assert toward(p) * dot(dx, dc) <= 0


@pytest.mark.parametrize("c", ["-2", "-1", "-1/4", "0", "1/2"])
def test_one_binary_column(c):
    """The three regularizations of ``min {c x : x in {0, 1}}`` in closed form."""
    p = tm.MixedIntegerProgram.from_arrays([c], [[1]], "<=", [1], upper=1)
    cost = F(c)
    assert quadratic_argmin(p, 1).exact_point == (min(max(-cost, F(0)), F(1)),)
    uniform = perturbed_argmin(p, 1, noise="uniform")
    assert uniform.exact_point == (min(max((1 - cost) / 2, F(0)), F(1)),)
    gauss = perturbed_argmin(p, 1, noise="gaussian")
    assert gauss.point[0] == pytest.approx(0.5 * math.erfc(float(cost) / math.sqrt(2)), abs=1e-14)
    density = -math.exp(-(float(cost) ** 2) / 2) / math.sqrt(2 * math.pi)
    assert gauss.jacobian[0, 0] == pytest.approx(density, abs=1e-14)
    assert uniform.structure is tm.Structure.SEMIALGEBRAIC
    assert gauss.structure is tm.Structure.PFAFFIAN
    assert uniform.is_exact
    assert gauss.is_exact


def test_at_the_kink_both_derivatives_are_generators():
    p = tm.MixedIntegerProgram.from_arrays([0], [[1]], "<=", [1], upper=1)
    x = quadratic_argmin(p, 1)
    assert not x.is_differentiable
    assert set(x.exact_generators) == {((F(-1),),), ((F(0),),)}


def test_samples_agree_with_an_integral():
    """With uniform noise on two columns the mean is an area: of ``z1 - z2 > 1``, halved by 4."""
    p = tm.MixedIntegerProgram.from_arrays([1, 2], [[1, 1]], ">=", [1], upper=1)
    x = perturbed_argmin(p, 1, noise="uniform", samples=300, seed=3)
    assert not x.is_exact
    assert abs(x.point[1] - 1 / 8) <= 5 * x.point_error[1]
    # P(z2 - z1 > 1 - t) = (1 + t)^2 / 8: its derivative by the first cost is 1/4 at t = 0.
    assert abs(x.jacobian[1, 0] - 1 / 4) <= 5 * x.jacobian_error[1, 0]
    again = perturbed_argmin(p, 1, noise="uniform", samples=300, seed=3)
    assert np.array_equal(x.jacobian, again.jacobian)


def test_gaussian_samples_agree_with_the_normal_law():
    p = tm.MixedIntegerProgram.from_arrays([1, 2], [[1, 1]], ">=", [1], upper=1)
    x = perturbed_argmin(p, 1, samples=300, seed=5)
    assert abs(x.point[1] - 0.5 * math.erfc(0.5)) <= 5 * x.point_error[1]
    slope = math.exp(-1 / 4) / (2 * math.sqrt(math.pi))  # the density of N(0, 2) at 1
    assert abs(x.jacobian[1, 0] - slope) <= 5 * x.jacobian_error[1, 0]


@pytest.mark.parametrize(
    ("b", "value", "slopes"),
    [
        ("-1", "1/2", [-1]),
        ("-1/2", "1/8", ["-1/2", "-3/2"]),
        ("0", "-1/2", [-1]),
        ("1/2", "-7/8", ["-1/2"]),
        ("1", -1, [0]),
        ("2", -1, [0]),
    ],
)
def test_the_moreau_envelope_of_a_step(b, value, slopes):
    p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [1], upper=1)
    e = moreau_envelope(p, 1, at=[b])
    assert e.value == F(value)
    assert set(e.generators) == {F(s) for s in slopes}
    assert e.is_differentiable == (len(slopes) == 1)


@QUIET
@given(boxed_programs(), st.fractions(-2, 4, max_denominator=4))
def test_the_moreau_envelope_is_the_least_of_all_moves(problem, b):
    p, _ = problem
    rhs = [b, *p.exact.rhs[1:]]
    e = moreau_envelope(p, F(2, 3), at=rhs)
    sign = toward(p)

    def cost(to):
        v = tm.dual_function(p.with_rhs([to, *rhs[1:]])).value
        return math.inf if math.isinf(v) else sign * v + (b - to) ** 2 / (2 * F(2, 3))

    assert all(cost(to) == sign * e.value for to in e.proximal_points)
    assert all(cost(b + F(k, 2)) >= sign * e.value for k in (-5, -2, 1, 4))


def test_wrong_input_is_refused():
    p = tm.MixedIntegerProgram.from_arrays([1], [[1]], ">=", [1], upper=1)
    for call in (quadratic_argmin, perturbed_argmin, moreau_envelope):
        with pytest.raises(InvalidInputError, match="positive"):
            call(p, 0)
    with pytest.raises(UnsupportedError, match="no optimal point"):
        quadratic_argmin(p.with_rhs([2]), 1)
    with pytest.raises(InvalidInputError, match="noise"):
        perturbed_argmin(p, 1, noise="gumbel")
