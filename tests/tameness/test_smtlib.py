"""The script that is exported, and z3 (extra ``z3``) on it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tamemip.errors import NotAllowedError, UnsupportedError
from tamemip.tameness import (
    CERTIFIED,
    Verdict,
    absolute,
    argmax,
    argmin,
    certify,
    certify_expressions,
    domain_of,
    equal,
    exp,
    floor,
    infimum,
    log,
    maximum,
    minimum,
    modulo,
    multiply,
    named,
    nodes_of,
    piecewise,
    power,
    root,
    square_root,
    supremum,
    variable,
)
from tamemip.tameness._smtlib_export import to_smtlib
from tests.tameness.evaluation import values
from tests.tameness.expressions_at_random import (
    all_steps,
    domains,
    expressions,
    linear_steps,
    points,
)

x, y = variable("x"), variable("y")


@pytest.fixture(scope="module")
def z3():
    return pytest.importorskip("z3", reason="the extra `z3` is not installed")


def answer(z3, script, *facts):
    """``sat``, ``unsat`` or ``unknown``, when these facts are appended."""
    solver = z3.Solver()
    solver.set("timeout", 4000)
    solver.from_string(script + "".join(f"(assert {fact})\n" for fact in facts))
    return str(solver.check())


def rational(value):
    size = f"(/ {abs(value.numerator)}.0 {value.denominator}.0)"
    return f"(- {size})" if value < 0 else size


def at(point):
    return [f"(= {name} {rational(value)})" for name, value in point.items()]


def exact_value(expression, point):
    """The value; a case only if the oracle has rounded nothing."""
    nodes, (root_node,) = nodes_of([expression])
    found = values(nodes, point)
    assume(all(v is None or isinstance(v, bool | Fraction) for v in found))
    return found[root_node]


def agrees(z3, expression, domain, point):
    """The graph has the value there and no other; it has none where there is none."""
    script = to_smtlib(certify(expression, domain))
    value = exact_value(expression, point)
    here = at(point)
    if value is None:
        assert answer(z3, script, *here) in {"unsat", "unknown"}
        return
    # Nonlinear integers are undecidable: z3 may give up, but may not contradict.
    assert answer(z3, script, *here, f"(= value {rational(value)})") in {"sat", "unknown"}
    other = answer(z3, script, *here, f"(distinct value {rational(value)})")
    assert other in {"unsat", "unknown"}


relaxed = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.extras
@relaxed
@given(st.data())
def test_z3_agrees_on_semilinear_functions(z3, data):
    expression = data.draw(expressions(["x", "y"], linear_steps))
    domain = data.draw(domains(["x", "y"]))
    agrees(z3, expression, domain, data.draw(points(domain)))


@pytest.mark.extras
@relaxed
@given(st.data())
def test_z3_agrees_on_semialgebraic_functions(z3, data):
    expression = data.draw(expressions(["x", "y"], all_steps))
    domain = data.draw(domains(["x", "y"]))
    try:
        agrees(z3, expression, domain, data.draw(points(domain)))
    except UnsupportedError:
        assume(False)


@pytest.mark.extras
@pytest.mark.parametrize(
    ("expression", "point", "value"),
    [
        (square_root(x), {"x": Fraction(4)}, Fraction(2)),
        (square_root(x), {"x": Fraction(-4)}, None),
        (root(x, 3), {"x": Fraction(-8)}, Fraction(-2)),
        (power(x, Fraction(-3, 2)), {"x": Fraction(4)}, Fraction(1, 8)),
        (power(x, -3), {"x": Fraction(2)}, Fraction(1, 8)),
        (power(x, -1), {"x": Fraction(0)}, None),
        (power(named("sqrt:2"), 2) + x, {"x": Fraction(1)}, Fraction(3)),
        (modulo(x, y), {"x": Fraction(7), "y": Fraction(-2)}, Fraction(-1)),
        (modulo(x, y), {"x": Fraction(7), "y": Fraction(0)}, None),
        (floor(x) - x, {"x": Fraction(-5, 2)}, Fraction(-1, 2)),
        (piecewise([(equal(x, 0), 1)]), {"x": Fraction(1)}, None),
        (piecewise([(1 / x < 1, 2)], default=3), {"x": Fraction(0)}, None),
        (multiply(x, y) / x, {"x": Fraction(2), "y": Fraction(5)}, Fraction(5)),
    ],
    ids=str,
)
def test_z3_agrees_on_remembered_cases(z3, expression, point, value):
    script = to_smtlib(certify(expression))
    if value is None:
        assert answer(z3, script, *at(point)) == "unsat"
        return
    assert answer(z3, script, *at(point), f"(= value {rational(value)})") == "sat"
    assert answer(z3, script, *at(point), f"(distinct value {rational(value)})") == "unsat"


@pytest.mark.extras
def test_z3_proves_what_holds_on_the_whole_domain(z3):
    script = to_smtlib(certify(maximum(x, y) - absolute(x - y), "x in [0, 1], y in [0, 1]"))
    assert answer(z3, script, "(> value 1.0)") == "unsat"
    assert answer(z3, script, "(= value 1.0)") == "sat"


@pytest.mark.extras
def test_uninterpreted_functions_keep_their_intervals(z3):
    verdict = certify(exp(x) + named("pi"))
    script = to_smtlib(verdict, uninterpreted=True)
    assert answer(z3, script, "(<= value 3.0)") == "unsat"
    assert answer(z3, script, "(= value 4.0)") == "sat"


@pytest.mark.extras
def test_uninterpreted_functions_are_functions(z3):
    script = to_smtlib(certify(exp(x) - exp(y)), uninterpreted=True)
    assert answer(z3, script, "(= x y)", "(distinct value 0.0)") == "unsat"


@pytest.mark.extras
def test_partial_functions_are_defined_where_they_are(z3):
    script = to_smtlib(certify(log(x)), uninterpreted=True)
    assert answer(z3, script, "(= x 0.0)") == "unsat"
    assert answer(z3, script, "(= x 1.0)") == "sat"


@pytest.mark.extras
@pytest.mark.parametrize("name", ["abs", "value", "t1", "a b", "exp", "x'", "naïve", "true", "é|"])
def test_any_name_of_a_variable_will_do(z3, name):
    e = absolute(variable(name)) + exp(0 * variable(name) - 1)
    script = to_smtlib(certify(e, {name: (-1, 1)}), uninterpreted=True)
    assert answer(z3, script) == "sat"


@pytest.mark.extras
def test_a_map_has_a_value_an_entry(z3):
    verdict = certify_expressions([x + y, floor(x)], domain_of("x in [0, 2]", ["x", "y"]))
    script = to_smtlib(verdict)
    here = at({"x": Fraction(3, 2), "y": Fraction(1)})
    assert answer(z3, script, *here, "(= value_1 2.5)", "(= value_2 1.0)") == "sat"
    assert answer(z3, script, *here, "(= value_2 2.0)") == "unsat"


@pytest.mark.extras
@pytest.mark.parametrize(
    ("expression", "domain", "at_x", "value"),
    [
        (infimum(absolute(x - y), "y"), "y in [0, 1]", 3, 2),
        (infimum(absolute(x - y), "y"), "y in (0, 1)", 3, 2),
        (supremum(minimum(x + y, 1 - y), "y"), "y in [0, inf)", -3, -1),
        (infimum(y, "y") + x, None, 0, None),
        (argmin(absolute(x - y), "y"), "y in [0, 1]", 3, 1),
        (argmin(maximum(x - y, 0), "y"), "y in [0, 4]", 3, 3),
        (argmax(0 * x + y, "y"), "y in [0, 1)", 3, None),
    ],
    ids=str,
)
def test_z3_agrees_on_infima(z3, expression, domain, at_x, value):
    script = to_smtlib(certify(expression, domain))
    here = at({"x": Fraction(at_x)})
    if value is None:
        assert answer(z3, script, *here) == "unsat"
        return
    assert answer(z3, script, *here, f"(= value {rational(Fraction(value))})") == "sat"
    assert answer(z3, script, *here, f"(distinct value {rational(Fraction(value))})") == "unsat"


@pytest.mark.parametrize(
    ("expression", "domain", "logic"),
    [
        (absolute(x), None, "QF_LRA"),
        (x * y, None, "QF_NRA"),
        (floor(x), "x in [0, 9]", "QF_LRA"),
        (floor(x), None, "QF_LIRA"),
    ],
)
def test_the_logic_is_the_least(expression, domain, logic):
    assert f"(set-logic {logic})" in to_smtlib(certify(expression, domain))


def test_the_script_is_linear_in_the_graph():
    e = x
    for _ in range(800):
        e = absolute(e + e) - 1
    script = to_smtlib(certify(e))
    assert len(script) < 800 * 400


def test_what_has_no_formula_is_refused():
    with pytest.raises(UnsupportedError):
        to_smtlib(certify(exp(x)))
    with pytest.raises(UnsupportedError):
        to_smtlib(certify(infimum(square_root(x - y), "y"), "x in [1, 2], y in [0, 1]"))
    with pytest.raises(NotAllowedError):
        to_smtlib(Verdict(status=CERTIFIED, subject="a program", where="everywhere"))
