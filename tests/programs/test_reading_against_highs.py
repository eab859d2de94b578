"""An independent reader as referee: what HiGHS reads is what we read, as floats."""

from __future__ import annotations

import gzip
import math
import tempfile
from pathlib import Path

import highspy
import numpy as np
import pytest
from scipy import sparse

from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.programs import MixedIntegerProgram, read, write

DATA = Path(__file__).parents[2].parent / "shared" / "data"
SUFFIXES = ("*.mps", "*.lp", "*.mps.gz", "*.lp.gz")
MODELS = sorted(path for suffix in SUFFIXES for path in DATA.rglob(suffix))
NOT_LINEAR = {"semicon1.mps"}


def highs_reads(path: Path) -> highspy.HighsLp:
    if path.suffix == ".gz":  # HiGHS is built without zlib in places
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder, path.stem)
            plain.write_bytes(gzip.decompress(path.read_bytes()))
            return highs_reads(plain)
    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    status = engine.readModel(str(path))
    assert status != highspy.HighsStatus.kError
    return engine.getLp()


def highs_matrix(lp: highspy.HighsLp) -> sparse.csr_array:
    a = lp.a_matrix_
    shape = (lp.num_row_, lp.num_col_)
    parts = (np.array(a.value_), np.array(a.index_), np.array(a.start_))
    kind = sparse.csc_array if a.format_ == highspy.MatrixFormat.kColwise else sparse.csr_array
    return sparse.csr_array(kind(parts, shape=shape))


def unsplit(p: MixedIntegerProgram) -> tuple[list[int], list[float], list[float]]:
    """Rows that are no second half of a ranged row, with both of their sides."""
    rows, lower, upper = [], [], []
    for i, (name, sense, rhs) in enumerate(zip(p.row_names, p.row_sense, p.rhs, strict=True)):
        second = i > 0 and name == p.row_names[i - 1] + "::range"
        if not second:
            rows.append(i)
            lower.append(-math.inf)
            upper.append(math.inf)
        if sense != "<=":
            lower[-1] = rhs
        if sense != ">=":
            upper[-1] = rhs
    return rows, lower, upper


def assert_same(p: MixedIntegerProgram, lp: highspy.HighsLp) -> None:
    rows, lower, upper = unsplit(p)
    named = lp.row_names_ != [f"con{i}" for i in range(lp.num_row_)]
    if named:
        assert [p.row_names[i] for i in rows] == list(lp.row_names_)
    assert list(p.col_names) == list(lp.col_names_)
    assert p.sense == ("max" if lp.sense_ == highspy.ObjSense.kMaximize else "min")
    assert float(p.offset) == lp.offset_
    np.testing.assert_array_equal(p.c, lp.col_cost_)
    np.testing.assert_array_equal(p.lower, lp.col_lower_)
    np.testing.assert_array_equal(p.upper, lp.col_upper_)
    np.testing.assert_array_equal(lower, lp.row_lower_)
    np.testing.assert_array_equal(upper, lp.row_upper_)
    integer = [kind == highspy.HighsVarType.kInteger for kind in lp.integrality_]
    np.testing.assert_array_equal(p.integrality, integer or np.zeros(p.n_cols, dtype=bool))
    difference = sparse.csr_array(p.A)[rows] - highs_matrix(lp)
    assert not difference.data.any()


@pytest.mark.skipif(not MODELS, reason="the shared data are not beside the repository")
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.name)
def test_a_model_is_read_as_highs_reads_it(path):
    if path.name in NOT_LINEAR:
        with pytest.raises(UnsupportedError):
            read(path)
        return
    assert_same(read(path), highs_reads(path))


@pytest.mark.skipif(not MODELS, reason="the shared data are not beside the repository")
@pytest.mark.parametrize("suffix", [".mps", ".lp"])
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.name)
def test_a_model_that_we_write_is_read_by_highs_and_by_ourselves(path, suffix, tmp_path):
    if path.name in NOT_LINEAR:
        pytest.skip("not linear")
    p = read(path)
    copy = tmp_path / f"copy{suffix}"
    try:
        write(p, copy)
    except InvalidInputError as error:
        pytest.skip(f"a name that the format cannot hold: {error}")
    assert read(copy) == p
    assert_same(p, highs_reads(copy))


@pytest.mark.skipif(not MODELS, reason="the shared data are not beside the repository")
def test_entry_digits_survive_exactly():
    p = read(DATA / "benders_scip" / "cap41.mps")
    assert all(100000 % value.denominator == 0 for value in p.exact.c)
