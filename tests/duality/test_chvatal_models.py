"""Strong Chvátal dual functions of public models, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

import tamemip as tm
from tamemip.certificates import check_fast
from tamemip.functions import Ceil, topological

DATA = Path(__file__).parents[3] / "shared" / "data" / "miplib2_classic"
#: The optimum, and a number of cuts that is not to be passed: twice what it took.
MODELS = {
    "stein09": (5, 14),
    "stein15": (9, 74),
    "bm23": (34, 190),
    "p0033": (3089, 30),
    "p0040": (62027, 8),
    "lp4l": (2967, 16),
    "air01": (6796, 4),
    "pipex": (788.263, 70),
}


@pytest.mark.parametrize("name", MODELS)
def test_strong_functions_of_public_models_are_small_and_proved(name):
    path = DATA / f"{name}.mps"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in ../shared/data")
    program = tm.read(path)
    value, most_cuts = MODELS[name]
    F = tm.dual_function(program, method="chvatal")
    assert F.is_tight
    assert float(F.value) == value
    assert F.is_subadditive
    assert sum(isinstance(node, Ceil) for node in topological(*F.closed_forms)) <= most_cuts
    statement = check_fast(F.certificate, program=program)
    assert statement.tight_at == ((program.exact.rhs, F.value),)
