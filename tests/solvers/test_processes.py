"""Import orders, lazy imports, silence and Ctrl-C, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

SOLVE_ALL = """
from tamemip.programs import MixedIntegerProgram as M
from tamemip.solvers import solve
p = M.from_arrays([2, 3], [[3, 5]], [">="], [7], upper=5)
assert [solve(p, solver=s).value for s in ("highs", "scip", "cp-sat", "auto")] == [5.0] * 4
assert abs(solve(p.relax()).value - 4.2) < 1e-9
"""
MATHOPT = "from ortools.math_opt.core.python import solver"

INTERRUPT = """
import os, signal, sys, threading, time
from tests.solvers.cases import hard_program
from tamemip.programs import MixedIntegerProgram as M
from tamemip.solvers import Limits, solve
p = hard_program()
if sys.argv[1] == "cp-sat":
    p = M.from_arrays(p.c, p.A, p.row_sense, p.rhs, upper=p.upper)
try:
    solve(p, solver=sys.argv[1], limits=Limits(nodes=1))  # imports are not what is timed
except Exception:
    pass
timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
timer.start()
start = time.perf_counter()
try:
    solve(p, solver=sys.argv[1], limits=Limits(seconds=30))
except KeyboardInterrupt:
    timer.join()
    assert time.perf_counter() - start < 5, "late"
    assert threading.active_count() == 1, threading.enumerate()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    print("interrupted")
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "imports",
    ["", f"import highspy\n{MATHOPT}", f"{MATHOPT}\nimport highspy"],
    ids=["ours", "highspy-first", "ortools-first"],
)
def test_every_import_order_works_in_silence(imports):
    result = run(imports + SOLVE_ALL)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert result.stderr == ""


@pytest.mark.extras
def test_solving_works_after_pulp_was_imported():
    pytest.importorskip("pulp", reason="PuLP is in the extra `interop`")
    result = run("import pulp" + SOLVE_ALL)
    assert result.returncode == 0, result.stderr


def test_the_room_loads_without_a_solver():
    result = run(
        "import sys, tamemip.solvers as s; s.available_solvers();"
        "assert not {'ortools', 'highspy'} & set(sys.modules)"
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send SIGINT to itself")
@pytest.mark.parametrize("solver", ["scip", "cp-sat", "highs"])
def test_ctrl_c_ends_a_solve_promptly(solver):
    result = run(INTERRUPT, solver)
    assert result.returncode == 0, result.stderr
    assert "interrupted" in result.stdout
