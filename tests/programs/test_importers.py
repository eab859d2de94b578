"""Importers against the packages themselves."""

from __future__ import annotations

import importlib.util
import math
import sys
from fractions import Fraction

import pytest

from tamemip import programs
from tamemip.errors import InvalidInputError, MissingDependencyError, UnsupportedError


def needs(package):
    missing = importlib.util.find_spec(package) is None
    return pytest.mark.skipif(missing, reason=f"{package} is not installed")


@pytest.mark.parametrize(
    ("door", "package"),
    [
        (programs.from_pyomo, "pyomo"),
        (programs.from_pulp, "pulp"),
        (programs.from_linopy, "linopy"),
        (programs.from_cvxpy, "cvxpy"),
    ],
)
def test_a_missing_package_names_its_extra(door, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, f"{package}.environ", None)
    with pytest.raises(MissingDependencyError, match=r"tamemip\[interop\]"):
        door(object())


# -- MathOpt -----------------------------------------------------------------------------


def mathopt_model():
    from ortools.math_opt.python import mathopt

    model = mathopt.Model(name="m")
    x = model.add_variable(lb=-math.inf, ub=2.5, name="x")
    y = model.add_integer_variable(lb=0, ub=9)
    model.add_linear_constraint(lb=0.1, expr=x + 2 * y, ub=7, name="both")
    model.add_linear_constraint(x - y == 0.3)
    model.maximize(x + 0.1 * y + 5)
    return model, x, y


def test_mathopt_enters_as_the_decimals_that_print():
    p = programs.from_mathopt(mathopt_model()[0])
    assert p.row_names == ("both", "both::range", "R1")
    assert p.row_sense == (">=", "<=", "=")
    assert p.col_names == ("x", "x1")
    assert p.exact.rhs == (Fraction(1, 10), 7, Fraction(3, 10))
    assert p.exact.lower == (-math.inf, 0)
    assert (p.sense, p.offset, p.exact.c) == ("max", 5, (1, Fraction(1, 10)))
    assert p.exact.integer == (False, True)


@pytest.mark.parametrize("part", ["objective", "indicator", "quadratic"])
def test_mathopt_parts_that_are_not_linear_are_refused(part):
    model, x, _ = mathopt_model()
    if part == "objective":
        model.minimize(x * x)
    elif part == "quadratic":
        model.add_quadratic_constraint(x * x <= 4)
    else:
        model.add_indicator_constraint(
            indicator=model.add_binary_variable(), implied_constraint=x <= 1
        )
    with pytest.raises(UnsupportedError):
        programs.from_mathopt(model)


def test_mathopt_needs_a_model():
    with pytest.raises(InvalidInputError):
        programs.from_mathopt("a file?")


# -- Pyomo -------------------------------------------------------------------------------


def pyomo_model():
    import pyomo.environ as pyo

    model = pyo.ConcreteModel(name="plan")
    model.I = pyo.Set(initialize=["a", "b"])
    model.price = pyo.Param(model.I, initialize={"a": 0.1, "b": 0.2}, mutable=True)
    model.x = pyo.Var(model.I, domain=pyo.NonNegativeIntegers, bounds=(None, 10))
    model.y = pyo.Var(bounds=(-1.5, None))
    model.fixed = pyo.Var(initialize=0.3)
    model.fixed.fix()
    model.total = pyo.Expression(expr=sum(model.x[i] for i in model.I))
    model.block = pyo.Block()
    model.block.z = pyo.Var(domain=pyo.Binary)
    model.block.link = pyo.Constraint(expr=model.block.z + model.y / 4 <= 1)
    model.both = pyo.Constraint(expr=pyo.inequality(1, model.total + 3 * model.fixed, 7))
    model.equal = pyo.Constraint(expr=model.y == 2 * (model.x["a"] - 1) * model.fixed)
    model.off = pyo.Constraint(expr=model.y >= 100)
    model.off.deactivate()
    model.profit = pyo.Objective(
        expr=sum(model.price[i] * model.x[i] for i in model.I) - model.y + 2**0.5 * 0 + 4,
        sense=pyo.maximize,
    )
    return model


@pytest.mark.extras
@needs("pyomo")
def test_pyomo_is_read_number_by_number():
    p = programs.from_pyomo(pyomo_model())
    assert p.col_names == ("x[a]", "x[b]", "y", "fixed", "block.z")
    assert p.exact.integer == (True, True, False, False, True)
    assert p.exact.lower == (0, 0, Fraction(-3, 2), Fraction(3, 10), 0)
    assert p.exact.upper == (10, 10, math.inf, Fraction(3, 10), 1)
    assert p.exact.c == (Fraction(1, 10), Fraction(1, 5), -1, 0, 0)
    assert (p.sense, p.offset) == ("max", 4)
    assert set(p.row_names) == {"both", "both::range", "equal", "block.link"}
    i = p.row_index("both")
    assert p.exact.A.rows[i] == ((0, 1), (1, 1), (3, 3))
    assert p.exact.rhs[i : i + 2] == (1, 7)
    equal = p.row_index("equal")
    slope = abs(p.exact.A[equal, 0]) / abs(p.exact.A[equal, 2])
    assert slope == Fraction(3, 5)  # 2 * 0.3, exactly


@pytest.mark.extras
@needs("pyomo")
def test_pyomo_expressions_have_the_same_values():
    import pyomo.environ as pyo

    model = pyomo_model()
    p = programs.from_pyomo(model)
    point = dict(zip(p.col_names, [3, 1, 0.25, 0.3, 1], strict=True))
    for name, number in point.items():
        model.find_component(name).set_value(number)
    assert float(p.objective(list(point.values()))) == pytest.approx(pyo.value(model.profit))
    rows = dict(zip(p.row_names, p.exact.A.times(_fractions(point)), strict=True))
    link = float(rows["block.link"])
    assert link == pytest.approx(pyo.value(model.block.link.body))


def _fractions(point):
    return [Fraction(str(number)) for number in point.values()]


@pytest.mark.extras
@needs("pyomo")
@pytest.mark.parametrize("part", ["product", "sine", "sos", "objectives", "gaps", "logic"])
def test_pyomo_parts_that_are_not_linear_are_refused(part):
    import pyomo.environ as pyo

    model = pyomo_model()
    if part == "product":
        model.bad = pyo.Constraint(expr=model.y * model.x["a"] <= 1)
    elif part == "sine":
        model.bad = pyo.Constraint(expr=pyo.sin(model.y) <= 1)
    elif part == "sos":
        model.bad = pyo.SOSConstraint(var=model.x, sos=1)
    elif part == "objectives":
        model.bad = pyo.Objective(expr=model.y)
    elif part == "gaps":
        model.bad = pyo.Var(domain=pyo.Set(initialize=[1, 3, 7]))
    else:
        model.flag = pyo.BooleanVar()
        model.bad = pyo.LogicalConstraint(expr=model.flag)
    with pytest.raises(UnsupportedError):
        programs.from_pyomo(model)


@pytest.mark.extras
@needs("pyomo")
def test_pyomo_needs_an_instance():
    import pyomo.environ as pyo

    with pytest.raises(InvalidInputError, match="create_instance"):
        programs.from_pyomo(pyo.AbstractModel())
    with pytest.raises(InvalidInputError, match="objective"):
        programs.from_pyomo(pyo.ConcreteModel())
    with pytest.raises(InvalidInputError):
        programs.from_pyomo(3)


@pytest.mark.extras
@needs("pyomo")
def test_pyomo_agrees_with_its_own_writer(tmp_path):
    model = pyomo_model()
    path = tmp_path / "model.lp"
    model.write(str(path), io_options={"symbolic_solver_labels": True})
    written, imported = programs.read(path), programs.from_pyomo(model)
    assert _optimum(written) == pytest.approx(_optimum(imported))


# -- PuLP --------------------------------------------------------------------------------


def pulp_model():
    import pulp

    problem = pulp.LpProblem("diet", pulp.LpMaximize)
    x = pulp.LpVariable("x", 0, 4)
    y = pulp.LpVariable("y", cat="Integer")
    b = pulp.LpVariable("b", cat="Binary")
    problem += 3 * x + 0.1 * y + 7
    problem += x + 2 * y <= 4.1, "cap"
    problem += x - y >= -3
    problem += x + b == 1, "pick"
    return problem, x


@pytest.mark.extras
@needs("pulp")
def test_pulp_enters_as_the_decimals_that_print():
    p = programs.from_pulp(pulp_model()[0])
    assert (p.name, p.sense, p.offset) == ("diet", "max", 7)
    assert sorted(p.col_names) == ["b", "x", "y"]
    x, y, b = map(p.col_index, "xyb")
    assert [p.exact.integer[j] for j in (x, y, b)] == [False, True, True]
    assert p.exact.lower[y] == -math.inf
    assert p.exact.upper[b] == 1
    assert p.exact.c[y] == Fraction(1, 10)
    assert p.row_sense == ("<=", ">=", "=")
    assert p.exact.rhs == (Fraction(41, 10), -3, 1)


@pytest.mark.extras
@needs("pulp")
def test_pulp_agrees_with_its_own_writer(tmp_path):
    problem, _ = pulp_model()
    path = tmp_path / "model.lp"
    problem.writeLP(str(path))
    written, imported = programs.read(path), programs.from_pulp(problem)
    constant = imported.offset - written.offset  # PuLP's writer drops the constant
    assert _optimum(written) + float(constant) == pytest.approx(_optimum(imported))


@pytest.mark.extras
@needs("pulp")
def test_pulp_sets_are_refused():
    problem, x = pulp_model()
    problem.sos1["s"] = {x: 1}
    with pytest.raises(UnsupportedError):
        programs.from_pulp(problem)
    with pytest.raises(InvalidInputError):
        programs.from_pulp(object())


# -- linopy ------------------------------------------------------------------------------


def linopy_model():
    import linopy
    import pandas as pd

    model = linopy.Model()
    upper = pd.Series([1, 2, 3.5], index=pd.Index(list("abc"), name="k"))
    x = model.add_variables(lower=0, upper=upper, name="x")
    y = model.add_variables(integer=True, lower=-1, upper=5, name="y")
    b = model.add_variables(binary=True, name="b")
    model.add_constraints(x.sum() + y + b <= 4.1, name="cap")
    model.add_constraints(x - 0.1 * y >= -0.2, name="link")
    model.add_objective(x.sum() + 2 * y + b, sense="max")
    return model, x, y


@pytest.mark.extras
@needs("linopy")
def test_linopy_enters_as_the_decimals_that_print():
    p = programs.from_linopy(linopy_model()[0])
    assert p.col_names == ("x[a]", "x[b]", "x[c]", "y", "b")
    assert p.row_names == ("cap", "link[a]", "link[b]", "link[c]")
    assert p.row_sense == ("<=", ">=", ">=", ">=")
    assert p.exact.rhs[:2] == (Fraction(41, 10), Fraction(-1, 5))
    assert p.exact.A[1, 3] == Fraction(-1, 10)
    assert p.exact.upper == (1, 2, Fraction(7, 2), 5, 1)
    assert p.exact.integer == (False, False, False, True, True)
    assert (p.sense, p.exact.c) == ("max", (1, 1, 1, 2, 1))


@pytest.mark.extras
@needs("linopy")
def test_linopy_agrees_with_its_own_solve():
    model, _, _ = linopy_model()
    p = programs.from_linopy(model)
    model.solve(solver_name="highs", output_flag=False)
    assert _optimum(p) == pytest.approx(model.objective.value)


@pytest.mark.extras
@needs("linopy")
@pytest.mark.parametrize("part", ["quadratic", "sos"])
def test_linopy_parts_that_are_not_linear_are_refused(part):
    model, x, y = linopy_model()
    if part == "quadratic":
        model.add_objective(y * y, overwrite=True)
    else:
        model.add_sos_constraints(x, sos_type=1, sos_dim="k")
    with pytest.raises(UnsupportedError):
        programs.from_linopy(model)
    with pytest.raises(InvalidInputError):
        programs.from_linopy(1)


# -- CVXPY -------------------------------------------------------------------------------


def cvxpy_problem():
    import cvxpy as cp

    x = cp.Variable(2, name="x", boolean=True)
    y = cp.Variable((2, 2), name="y", nonneg=True)
    z = cp.Variable(integer=True, name="z")
    constraints = [
        cp.sum(x) + cp.sum(y) <= 4.1,
        y[0, 1] == z,
        z >= 1,
        z <= 5,
        x >= 0.1 * z,
    ]
    return cp.Problem(cp.Maximize(x[0] + 2 * cp.sum(y) + z + 7), constraints), z


@pytest.mark.extras
@needs("cvxpy")
def test_cvxpy_keeps_names_and_order():
    p = programs.from_cvxpy(cvxpy_problem()[0])
    assert p.col_names == ("x[0]", "x[1]", "y[0,0]", "y[1,0]", "y[0,1]", "y[1,1]", "z")
    assert p.row_names == ("c0", "c1", "c2", "c3", "c4[0]", "c4[1]")
    assert p.row_sense == ("<=", "=", "<=", "<=", "<=", "<=")
    assert p.exact.rhs == (Fraction(41, 10), 0, -1, 5, 0, 0)
    assert (p.sense, p.offset) == ("max", 7)
    assert p.exact.c == (1, 0, 2, 2, 2, 2, 1)
    assert p.exact.integer == (True, True, False, False, False, False, True)
    assert p.exact.upper[:2] == (1, 1)
    assert p.exact.lower == (0, 0, 0, 0, 0, 0, -math.inf)
    assert dict(p.exact.A.rows[1]).keys() == {4, 6}


@pytest.mark.extras
@needs("cvxpy")
@pytest.mark.parametrize("atom", ["none", "abs", "max"])
def test_cvxpy_agrees_with_its_own_solve(atom):
    import cvxpy as cp

    problem, z = cvxpy_problem()
    if atom == "abs":
        problem = cp.Problem(cp.Minimize(cp.abs(z - 2.5)), problem.constraints)
    elif atom == "max":
        problem = cp.Problem(cp.Minimize(cp.maximum(z, 2.5) - 1), problem.constraints)
    p = programs.from_cvxpy(problem)
    problem.solve(solver="SCIPY")
    assert _optimum(p) == pytest.approx(problem.value)


@pytest.mark.extras
@needs("cvxpy")
@pytest.mark.parametrize("part", ["square", "norm", "concave"])
def test_cvxpy_parts_that_are_not_linear_are_refused(part):
    import cvxpy as cp

    x = cp.Variable(2)
    objective = {
        "square": cp.Minimize(cp.sum_squares(x)),
        "norm": cp.Minimize(cp.norm(x, 2)),
        "concave": cp.Maximize(cp.norm(x, 1)),
    }[part]
    with pytest.raises(UnsupportedError):
        programs.from_cvxpy(cp.Problem(objective, [x >= 1]))


@pytest.mark.extras
@needs("cvxpy")
def test_cvxpy_needs_a_problem_with_all_its_numbers():
    import cvxpy as cp

    x = cp.Variable()
    with pytest.raises(InvalidInputError):
        programs.from_cvxpy(cp.Problem(cp.Minimize(cp.Parameter() * x), [x >= 1]))
    with pytest.raises(InvalidInputError):
        programs.from_cvxpy(x)


def _optimum(p):
    """The optimum, by SciPy: these programs are tiny."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    low = [b if s != "<=" else -math.inf for s, b in zip(p.row_sense, p.rhs, strict=True)]
    up = [b if s != ">=" else math.inf for s, b in zip(p.row_sense, p.rhs, strict=True)]
    sign = -1 if p.sense == "max" else 1
    found = milp(
        sign * p.c,
        integrality=p.integrality.astype(int),
        bounds=Bounds(p.lower, p.upper),
        constraints=LinearConstraint(p.A, low, up),
    )
    assert found.success
    return sign * found.fun + float(p.offset)
