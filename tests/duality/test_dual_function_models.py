"""Public models, end to end, where they are at hand."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import tamemip as tm
from tamemip.certificates import check, check_fast

DATA = Path(__file__).parents[3] / "shared" / "data"
NAMES = ("p0033", "stein15", "bm23", "flugpl", "misc02", "sample2", "air01")


def optimum_of(name: str) -> float:
    with (DATA / "optimum.csv").open() as file:
        rows = {Path(row["file"]).stem: row for row in csv.DictReader(file)}
    return float(rows[name]["optimum"])


@pytest.mark.skipif(not (DATA / "optimum.csv").is_file(), reason="../shared/data is not there")
@pytest.mark.parametrize("name", NAMES)
def test_public_models_are_solved_with_a_checked_proof(name):
    path = DATA / "miplib2_classic" / f"{name}.mps"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in ../shared/data")
    p = tm.read(path)
    F = tm.dual_function(p)
    assert F.is_tight
    assert float(F.value) == pytest.approx(optimum_of(name), rel=1e-9)
    statement = check_fast(F.certificate, program=p)
    assert statement.tight_at == ((p.exact.rhs, F.value),)
    if F.n_leaves < 50:
        assert check(F.certificate, program=p) == statement
    grid = p.rhs + np.outer(np.arange(-3, 4), np.ones(p.n_rows))
    assert F(grid).tolist() == [float(F.exact(b)) for b in grid]
