"""CVXPY problems: the certified definition has the value that a solver finds."""

from fractions import Fraction

import mpmath
import pytest

from tamemip.certificates import Structure, check, check_fast
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.tameness import CERTIFIED, UNKNOWN, certify, nodes_of
from tests.tameness.evaluation import values

cp = pytest.importorskip("cvxpy")
pytestmark = pytest.mark.extras

LINEAR, ALGEBRAIC, EXPONENTIAL = Structure.SEMILINEAR, Structure.SEMIALGEBRAIC, Structure.R_EXP
#: What a solver may be wrong by, here and nowhere else.
TOLERANCE = Fraction(1, 10**6)


def parameters():
    return cp.Parameter(name="p"), cp.Parameter(name="q")


def distance(p, q):
    x = cp.Variable(2)
    return cp.Problem(cp.Minimize(cp.norm(x - cp.hstack([p, q])) + x[0]), [x[0] + 2 * x[1] >= 3])


def squares(p, q):
    x = cp.Variable()
    return cp.Problem(cp.Maximize(p * x - cp.square(x) + q), [x <= 2])


def correlation(p, q):
    X = cp.Variable((2, 2), symmetric=True)
    return cp.Problem(cp.Minimize(X[0, 1] + p), [X >> 0, cp.diag(X) <= 1 + q, X[0, 0] <= 4])


def mean(p, q):
    x = cp.Variable(2)
    return cp.Problem(cp.Maximize(cp.geo_mean(x) - q * x[1]), [x[0] + x[1] <= p])


def cone_of_powers(p, q):
    x = cp.Variable(2)
    return cp.Problem(cp.Minimize(x[0] + 2 * x[1]), [cp.PowCone3D(x[0], x[1], p, 0.25), x >= q])


CASES = {
    "distance": (distance, [(0, 0), (3, 1), ("-1/2", 2)], ALGEBRAIC),
    "squares": (squares, [(0, 0), (3, 1), (7, "1/2")], ALGEBRAIC),
    "correlation": (correlation, [(0, 0), (1, 3), (2, "1/2")], ALGEBRAIC),
    "mean": (mean, [(1, 0), (4, "1/4")], ALGEBRAIC),
    "powers": (cone_of_powers, [(1, 0), (-2, "1/4")], ALGEBRAIC),
}


@pytest.mark.parametrize("name", CASES)
def test_the_definition_has_the_value_that_a_solver_finds(name):
    """Some point reaches each level just above it, and none does just below: z3 proves it."""
    z3 = pytest.importorskip("z3")
    build, points, structure = CASES[name]
    p, q = parameters()
    problem = build(p, q)
    verdict = certify(problem)
    assert verdict.structures == (structure,)
    assert set(verdict.domain.parameters) == {"p", "q"}
    solver = z3.Solver()
    terms = z3_terms(z3, verdict, solver)
    sign = -1 if isinstance(problem.objective, cp.Maximize) else 1
    for at in points:
        p.value, q.value = map(float, map(Fraction, at))
        level = sign * Fraction(problem.solve(solver="CLARABEL")).limit_denominator(10**9)
        solver.push()
        solver.add(terms["p"] == z3.Q(*ratio(at[0])), terms["q"] == z3.Q(*ratio(at[1])))
        solver.add(terms["reached"])
        for shift, found in ((TOLERANCE, z3.sat), (-TOLERANCE, z3.unsat)):
            solver.push()
            solver.add(terms["t"] <= z3.Q(*ratio(level + shift)))
            assert solver.check() == found
            solver.pop()
        solver.pop()


def test_integers_are_the_least_over_their_values():
    z3 = pytest.importorskip("z3")
    k, x = cp.Variable(integer=True), cp.Variable(2)
    p = cp.Parameter(name="p")
    limits = [k >= -1, k <= 2, x[0] - 2 * k >= p]
    problem = cp.Problem(cp.Minimize(cp.norm(x - 1) + cp.abs(k - 0.4)), limits)
    verdict = certify(problem)
    assert verdict.structures == (ALGEBRAIC,)
    solver = z3.Solver()
    terms = z3_terms(z3, verdict, solver)
    for value in (-3, 0, 2):
        p.value = value
        solves = []
        for whole in (-1, 0, 1, 2):
            fixed = [x[0] - 2 * whole >= p]
            cost = cp.norm(x - 1) + abs(whole - 0.4)
            solves.append(cp.Problem(cp.Minimize(cost), fixed).solve(solver="CLARABEL"))
        level = Fraction(min(solves)).limit_denominator(10**9)
        for shift, found in ((TOLERANCE, z3.sat), (-TOLERANCE, z3.unsat)):
            solver.push()
            solver.add(terms["p"] == value, terms["reached"])
            solver.add(terms["t"] <= z3.Q(*ratio(level + shift)))
            assert solver.check() == found
            solver.pop()


def test_the_exponential_at_points_where_its_value_is_known():
    p, x = cp.Parameter(name="p"), cp.Variable()
    verdict = certify(cp.Problem(cp.Minimize(cp.exp(x)), [x >= p]))
    assert verdict.structures == (EXPONENTIAL,)
    nodes, _ = nodes_of(verdict.expressions)
    inner = next(k for k, node in enumerate(nodes) if node.op == "indicator")
    columns = sorted(verdict.domain.eliminated - {"t"})
    assert len(columns) == 2
    for at in (Fraction(-1), Fraction(0), Fraction(3, 2)):
        p.value = float(at)
        value = Fraction(cp.Problem(cp.Minimize(cp.exp(x)), [x >= p]).solve(solver="CLARABEL"))
        exact = Fraction(
            str(mpmath.nstr(mpmath.exp(mpmath.mpf(at.numerator) / at.denominator), 30))
        )
        assert abs(value - exact) < TOLERANCE
        for shift, found in ((TOLERANCE, 1), (-TOLERANCE, 0)):
            level = exact + shift
            hits = [
                values(nodes[: inner + 1], {"p": at, "t": level, columns[0]: a, columns[1]: b})[-1]
                for a, b in ((at, level), (level, at), (at + 1, level), (level, at + 1))
            ]
            assert max(hits) == found


PROBLEMS = {
    "no cones": (lambda x, k, p: (cp.sum(x) + p * x[0], [x >= p]), ALGEBRAIC),
    "costs alone": (lambda x, k, p: (cp.sum(x) + p * x[0], [x >= 1]), LINEAR),
    "right-hand sides alone": (lambda x, k, p: (cp.max(x), [x >= p]), LINEAR),
    "log-sum-exp": (lambda x, k, p: (cp.log_sum_exp(x - p), [x >= 0]), EXPONENTIAL),
    "entropy": (lambda x, k, p: (-cp.sum(cp.entr(x)), [cp.sum(x) == p]), EXPONENTIAL),
    "integers": (lambda x, k, p: (cp.norm(x - k[0]), [k >= 0, k <= 9, x[0] >= p]), ALGEBRAIC),
    "integers in rows": (
        lambda x, k, p: (cp.norm(x - k[0]), [k >= 0, k[0] + k[1] <= 9, x[0] >= p]), ALGEBRAIC,
    ),
    "unbounded integers": (lambda x, k, p: (cp.norm(x - k[0]), [k >= 0, x[0] >= p]), None),
    "integers bounded by p": (lambda x, k, p: (cp.norm(x - k[0]), [k >= 0, k <= p]), None),
}  # fmt: skip


@pytest.mark.parametrize("name", PROBLEMS)
def test_verdicts(name):
    build, structure = PROBLEMS[name]
    x, k, p = cp.Variable(2), cp.Variable(2, integer=True), cp.Parameter(name="p")
    cost, limits = build(x, k, p)
    verdict = certify(cp.Problem(cp.Minimize(cost), limits))
    if structure is None:
        assert verdict.status is UNKNOWN
        assert "integer column" in verdict.obligation.text
        return
    assert verdict.status is CERTIFIED
    assert verdict.structures == (structure,)
    for checker in (check, check_fast):
        assert checker(verdict.certificate).definable.structures == verdict.structures


def test_a_range_of_the_parameter_bounds_integers():
    k, x, p = cp.Variable(integer=True), cp.Variable(), cp.Parameter(name="p")
    problem = cp.Problem(cp.Minimize(cp.square(x - k)), [k >= 0, k <= p])
    assert certify(problem, {p: (0, 5)}).structure is ALGEBRAIC
    assert certify(problem).status is UNKNOWN


def test_without_parameters_the_data_of_the_standard_form_vary():
    x = cp.Variable(2)
    problem = cp.Problem(cp.Minimize(cp.norm(x)), [x[0] + x[1] >= 1])
    assert certify(problem).domain.parameters == ("R0",)
    assert certify(problem, varying="rhs, c, A").structure is ALGEBRAIC


def test_signs_of_parameters_bound_the_domain():
    x, p = cp.Variable(2), cp.Parameter(name="p", nonneg=True)
    problem = cp.Problem(cp.Minimize(p * cp.norm(x) + cp.sum(x)), [x >= 1])
    assert certify(problem).domain.interval("p").low == 0
    with pytest.raises(InvalidInputError, match="declared to lie in"):
        certify(problem, {"p": (-2, -1)})


def test_what_is_not_read_is_refused():
    x, p = cp.Variable(2), cp.Parameter(name="p")
    with pytest.raises(UnsupportedError, match="DPP"):
        certify(cp.Problem(cp.Minimize(cp.norm(p * p * x))))
    P = cp.Parameter((2, 2), name="P", symmetric=True)
    with pytest.raises(UnsupportedError, match="with a shape"):
        certify(cp.Problem(cp.Minimize(cp.norm(P @ x))))
    with pytest.raises(InvalidInputError, match=r"hand in the cvxpy\.Problem"):
        certify(x)


# -- the definition for z3 ---------------------------------------------------------------


def ratio(value):
    value = Fraction(value)
    return value.numerator, value.denominator


def z3_terms(z3, verdict, solver):
    """Variables by name, and "reached": what is asked of the columns and the level ``t``."""
    nodes, _ = nodes_of(verdict.expressions)
    inner = next(k for k, node in enumerate(nodes) if node.op == "indicator")
    terms = {name: z3.Real(name) for name in verdict.domain.names}
    made = []
    for node in nodes[:inner]:
        made.append(_term(z3, node, [made[k] for k in node.of], terms, solver))
    for name in verdict.domain.eliminated:
        interval = verdict.domain.interval(name)
        for end, is_low in ((interval.low, True), (interval.high, False)):
            if isinstance(end, Fraction):
                bound = z3.Q(*ratio(end))
                solver.add(terms[name] >= bound if is_low else terms[name] <= bound)
    return {**terms, "reached": made[nodes[inner].of[0]]}


def _term(z3, node, a, terms, solver):
    match node.op:
        case "const":
            return z3.Q(*ratio(node.value))
        case "variable":
            return terms[node.name]
        case "add":
            return z3.Sum(a)
        case "scale":
            return z3.Q(*ratio(node.value)) * a[0]
        case "multiply":
            return z3.Product(a)
        case "power":
            if node.value.denominator == 1:
                return z3.Product([a[0]] * node.value.numerator)
            root = z3.FreshReal("root")
            over = z3.Product([a[0]] * node.value.numerator)
            solver.add(root >= 0, z3.Product([root] * node.value.denominator) == over)
            return root
        case "abs":
            return z3.If(a[0] < 0, -a[0], a[0])
        case "maximum":
            return z3.If(a[0] < a[1], a[1], a[0])
        case "floor":
            return z3.ToReal(z3.ToInt(a[0]))
        case "less-equal":
            return a[0] <= a[1]
        case "equal":
            return a[0] == a[1]
        case "and":
            return z3.And(a)
        case op:
            raise AssertionError(f"{op} is none of the operations here")
