"""The two-objective models on which HiGHS returned wrong optima, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

import tamemip as tm
from tamemip.errors import SolverError
from tamemip.solvers import Status, solve

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "rvf_bbrvf"
MODELS = sorted(FOLDER.glob("*.mps")) if FOLDER.is_dir() else []


@pytest.mark.skipif(not MODELS, reason="the public models are not next to the repository")
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_highs_is_confirmed_or_refused_on_two_objective_models(path):
    p = tm.read(path)
    claim = solve(p)
    assert claim.status is Status.OPTIMAL
    assert claim.solver == "scip"
    try:
        named = solve(p, solver="highs")
    except SolverError as error:
        named, refused = None, error.solver
    assert named.value == pytest.approx(claim.value, rel=1e-5) if named else refused == "highs"
