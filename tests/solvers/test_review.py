"""Solvers that lie, fail or return nonsense are caught; plugins are found by name."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from tamemip.errors import PluginError, SolverError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Claim, Solver, Status, available_solvers, solve

PROGRAM = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [7], upper=5)  # optimum 5
MIRRORED = MixedIntegerProgram.from_arrays([-2, -3], [[3, 5]], [">="], [7], upper=5, sense="max")
MIXED = MixedIntegerProgram.from_arrays(
    [2, 3], [[3, 5]], [">="], [7], upper=5, integrality=[True, False]
)


class Stub:
    """A solver that answers what it was told to."""

    name = "stub"

    def __init__(self, answer):
        self.answer = answer

    def accepts(self, program):
        return None

    def solve(self, program, limits, hint=None, threads=1):
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def claim(status=Status.OPTIMAL, value=5.0, bound=5.0, point=(1, 1)):
    array = None if point is None else np.array(point, dtype=float)
    return Claim(status, value, bound, array, "stub", 0.0, "said so")


LIES = {
    "value": claim(value=4.0, bound=4.0),
    "row": claim(value=0.0, bound=0.0, point=(0, 0)),
    "bound-of-column": claim(value=12.0, bound=12.0, point=(6, 0)),
    "integrality": claim(value=14 / 3, bound=14 / 3, point=(7 / 3, 0)),
    "bound-beyond-value": claim(Status.LIMIT, value=5.0, bound=6.0),
    "gap": claim(bound=3.0),
    "no-point": claim(point=None),
    "shape": claim(point=(1, 1, 1)),
    "nan-point": claim(point=(math.nan, 1)),
    "nan-value": claim(value=math.nan),
    "nan-bound": claim(bound=math.nan),
    "infeasible-with-point": claim(Status.INFEASIBLE, math.inf, math.inf),
    "unbounded": claim(Status.UNBOUNDED, -math.inf, -math.inf),
    "no-claim": "optimal, trust me",
    "exception": RuntimeError("licence expired"),
    "exit": OSError("killed"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_refused(name):
    with pytest.raises(SolverError) as caught:
        solve(PROGRAM, solver=Stub(LIES[name]))
    assert caught.value.raw is not None
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_lie_about_a_maximum_is_refused():
    with pytest.raises(SolverError, match="beyond the value"):
        solve(MIRRORED, solver=Stub(claim(Status.LIMIT, -5.0, -6.0)))
    assert solve(MIRRORED, solver=Stub(claim(Status.LIMIT, -5.0, -4.0))).bound == -4.0


def test_a_hint_refutes_a_false_bound_and_a_false_infeasible():
    with pytest.raises(SolverError, match="hint"):
        solve(PROGRAM, solver=Stub(claim(value=6.0, bound=6.0, point=(0, 2))), hint=[1, 1])
    lie = claim(Status.INFEASIBLE, math.inf, math.inf, None)
    with pytest.raises(SolverError, match="hint"):
        solve(PROGRAM, solver=Stub(lie), hint=[1, 1])


def test_an_honest_claim_passes_and_is_cleaned():
    answer = solve(PROGRAM, solver=Stub(claim(point=(1 + 1e-9, 1 - 1e-9))))
    assert answer.point.tolist() == [1.0, 1.0]
    assert answer.value == 5.0


def test_licence_errors_name_the_solver_and_the_cause():
    with pytest.raises(SolverError, match="stub raised RuntimeError: licence expired") as caught:
        solve(PROGRAM, solver=Stub(LIES["exception"]))
    assert caught.value.solver == "stub"


def test_an_error_while_accepting_is_a_solver_error_too():
    class Fragile(Stub):
        def accepts(self, program):
            raise OSError("no licence server")

    with pytest.raises(SolverError, match="no licence server"):
        solve(PROGRAM, solver=Fragile(None))


def test_keyboard_interrupt_is_not_swallowed():
    with pytest.raises(KeyboardInterrupt):
        solve(PROGRAM, solver=Stub(KeyboardInterrupt()))


HONEST = """
import numpy as np
from tamemip.solvers import Claim, Status

class Honest:
    name = "honest"
    scope = "one program"
    licence = "MIT"
    def accepts(self, program):
        return None if program.n_cols == 2 else "only two columns"
    def solve(self, program, limits, hint=None, threads=1):
        return Claim(Status.OPTIMAL, 5.0, 5.0, np.array([1.0, 1.0]), self.name, 0.0, "knew it")

class Liar(Honest):
    name = "liar"
    def solve(self, program, limits, hint=None, threads=1):
        return Claim(Status.OPTIMAL, 1.0, 1.0, np.array([1.0, 1.0]), self.name, 0.0, "lies")

class Half:
    name = "half"

instance = Honest()

def broken():
    raise RuntimeError("no licence file")
"""


def test_a_plugin_is_found_by_name_as_class_instance_or_factory(install_plugin):
    install_plugin("honest", HONEST, honest="Honest", given="instance")
    assert solve(PROGRAM, solver="honest").solver == "honest"
    assert solve(PROGRAM, solver="given").reason == "knew it"
    info = {each.name: each for each in available_solvers()}
    assert info["honest"].is_installed
    assert info["honest"].scope == "one program"


def test_a_lying_plugin_is_caught(install_plugin):
    install_plugin("lying", HONEST, liar="Liar")
    with pytest.raises(SolverError, match="claims value 1, but its point has value 5") as caught:
        solve(PROGRAM, solver="liar")
    assert caught.value.solver == "liar"


@pytest.mark.parametrize(
    ("what", "text"),
    [("broken", "no licence file"), ("Half", "'accepts'"), ("absent", "AttributeError")],
)
def test_a_broken_plugin_is_a_plugin_error_and_hurts_no_one_else(install_plugin, what, text):
    install_plugin("faulty", HONEST, faulty=what)
    with pytest.raises(PluginError, match=text):
        solve(PROGRAM, solver="faulty")
    (info,) = (each for each in available_solvers() if each.name == "faulty")
    assert not info.is_installed
    assert text in info.missing
    assert solve(PROGRAM).value == 5.0


def test_name_clashes_are_reported(install_plugin):
    install_plugin("first", HONEST, honest="Honest", highs="Honest")
    install_plugin("second", HONEST, honest="Honest")
    with pytest.raises(PluginError, match=r"first and second|second and first"):
        solve(PROGRAM, solver="honest")
    with pytest.raises(PluginError, match="tamemip and first"):
        solve(MIXED, solver="highs")


def test_the_table_of_solvers_prints():
    table = available_solvers()
    assert [info.name for info in table][:3] == ["scip", "cp-sat", "highs"]
    lines = str(table).splitlines()
    assert lines[0].split() == ["solver", "installed", "accepts", "licence"]
    assert len(lines) == len(table) + 1
    assert "\n" not in repr(table)
    assert table._repr_html_().count("<tr>") == len(lines)


def test_built_in_solvers_meet_the_protocol():
    assert isinstance(Stub(None), Solver)
