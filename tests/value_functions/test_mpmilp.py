"""Published multiparametric problems: tables of their values, by line and by box.

The problems are those of ../shared/data/mpmilp (fixtures of PPOPT; Acevedo and
Pistikopoulos 1997; Pappas et al. 2021), in exact numbers. Their tables are floats of
short fractions.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from fractions import Fraction as Q
from pathlib import Path

import pytest

import tamemip as tm
from tamemip.certificates import check_fast

BENCH = Path(__file__).resolve().parents[2] / "bench"

#: Values of the tables are fractions with denominators up to this one.
DENOMINATOR = 10**4


def problems():
    spec = importlib.util.spec_from_file_location("bench_mpmilp", BENCH / "_mpmilp.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up
    spec.loader.exec_module(module)
    return {problem.name: problem for problem in module.mpmilps()}


PROBLEMS = problems()
needs_data = pytest.mark.skipif(not PROBLEMS, reason="../shared/data/mpmilp is not there")
one_parameter = [name for name, problem in PROBLEMS.items() if len(problem.box) == 1]


def told(problem):
    return [
        (theta, math.inf if value is None else Q(value).limit_denominator(DENOMINATOR))
        for theta, value in problem.table
    ]


@needs_data
@pytest.mark.parametrize("name", one_parameter)
def test_tables_of_one_parameter_by_line(name):
    problem = PROBLEMS[name]
    v = tm.value_function(problem.program, along=problem.along, interval=problem.box[0])
    assert v.is_certified
    assert [v.exact(theta[0]) for theta, _ in told(problem)] == [z for _, z in told(problem)]
    assert check_fast(v.certificate, program=problem.program)
    assert tm.check(v.certificate, program=problem.program)


@needs_data
@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_tables_by_box(name):
    problem = PROBLEMS[name]
    program, box = problem.with_parameter_rows()
    V = tm.value_function(program, domain=box)
    fixed = problem.program.exact.rhs
    assert V.is_certified
    assert [V.exact([*fixed, *t]) for t, _ in told(problem)] == [z for _, z in told(problem)]
    assert check_fast(V.certificate, program=program)
    assert tm.check(V.certificate, program=program)


@needs_data
def test_breakpoints_of_one_parameter_are_exact():
    def line(name):
        problem = PROBLEMS[name]
        return tm.value_function(problem.program, along=problem.along, interval=problem.box[0])

    toy, charge, two = map(line, ("simple_mpMILP", "mpMILP_1d", "pappas_multi_objective"))
    assert toy.breakpoints == (0,)
    assert toy.jumps[0].left == math.inf
    assert charge.breakpoints == (40, 50)
    assert charge.slopes == (0, 1)
    assert two.breakpoints == (49, Q(262, 5))
    assert two.slopes == (Q(-48, 49), 0)
    assert [(jump.t, jump.left, jump.at) for jump in two.jumps] == [(Q(262, 5), -48, -55)]


@needs_data
def test_the_example_of_acevedo_and_pistikopoulos():
    program, box = PROBLEMS["acevedo_mpmilp"].with_parameter_rows()
    V = tm.value_function(program, domain=box, minimal=True)
    # Both charges are paid, or only the second one where x0 is forced to 0.
    assert sorted(V.parts) == [(0, 1), (1, 1)]
    fixed = program.exact.rhs[:-3]
    on_the_edge = [*fixed, 0, 0, 2]  # 3 theta0 + 2 theta1 - 2 theta2 = -4
    assert V.exact(on_the_edge) == -29
    assert V.exact([*fixed, 0, 0, Q(5, 2)]) == -28
    assert V.exact([*fixed, 5, 1, 0]) == -15 + 12
    assert V.exact([*fixed, 5, Q(101, 100), 0]) == math.inf
