"""Laws of writing and reading."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram, read, write
from tamemip.programs._decimals import finite_decimal, read_decimal
from tests.programs.strategies import programs

SUFFIXES = (".mps", ".lp", ".mps.gz", ".lp.gz")


def there_and_back(p, suffix, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model" + suffix)
        write(p, path, **options)
        return read(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(programs())
def test_reading_undoes_writing(suffix, p):
    q = there_and_back(p, suffix)
    assert q == p
    assert q.name == p.name


@pytest.mark.parametrize("suffix", [".mps", ".lp"])
@given(programs(), st.integers(-9, 9))
def test_ranged_pairs_survive(suffix, p, width):
    """Also where the pair is crossed, so that no format can hold it as one row."""
    if p.n_rows < 1 or p.row_sense[0] == "=":
        return
    exact = p.exact
    other = ">=" if p.row_sense[0] == "<=" else "<="
    arrays = [exact.A.rows[0], exact.A.rows[0], *exact.A.rows[1:]]
    pair = replace(
        exact,
        A=replace(exact.A, rows=tuple(arrays)),
        row_sense=(p.row_sense[0], other, *p.row_sense[1:]),
        rhs=(exact.rhs[0], exact.rhs[0] + width, *exact.rhs[1:]),
    )
    names = (p.row_names[0], p.row_names[0] + "::range", *p.row_names[1:])
    q = replace(p, exact=pair, row_names=names)
    assert there_and_back(q, suffix) == q


@given(st.fractions(max_denominator=10**9), st.integers(-40, 40))
def test_a_decimal_is_written_exactly_or_not_at_all(value, power):
    number = value * Fraction(10) ** power
    text = finite_decimal(number)
    if text is None:
        assert any(number.denominator % prime == 0 for prime in _odd_primes(number.denominator))
    else:
        assert read_decimal(text) == number


def _odd_primes(denominator):
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return [denominator] if denominator > 1 else []


@pytest.mark.parametrize("suffix", [".mps", ".lp"])
def test_a_third_is_refused_by_name_or_rounded_on_demand(suffix, tmp_path):
    p = MixedIntegerProgram.from_arrays([1], [["1/3"]], ">=", [1])
    with pytest.raises(InvalidInputError, match=r"'R0'.*'x0'.*1/3"):
        write(p, tmp_path / f"p{suffix}")
    assert not (tmp_path / f"p{suffix}").exists()
    q = there_and_back(p, suffix, rounding="nearest")
    assert q.exact.A[0, 0] == Fraction("0.3333333333333333")


@pytest.mark.parametrize(
    ("suffix", "name"),
    [
        (".mps", "two words"),
        (".mps", ""),
        (".mps", "'MARKER'"),
        (".lp", "a+b"),
        (".lp", "free"),
        (".lp", "e9"),
        (".lp", "2x"),
        (".lp", "st"),
        (".lp", "x^2"),
    ],
)
def test_names_that_a_format_cannot_hold_are_refused(suffix, name, tmp_path):
    p = MixedIntegerProgram.from_arrays([1], [[1]], ">=", [1], col_names=[name])
    with pytest.raises(InvalidInputError):
        write(p, tmp_path / f"p{suffix}")


@pytest.mark.parametrize("suffix", [".mps", ".lp"])
def test_a_number_that_readers_take_for_infinite_is_refused(suffix, tmp_path):
    p = MixedIntegerProgram.from_arrays([1], [[1]], ">=", [1], upper=10**20)
    with pytest.raises(InvalidInputError):
        write(p, tmp_path / f"p{suffix}")


def test_unknown_suffixes_and_rounding_are_refused(tmp_path):
    p = MixedIntegerProgram.from_arrays([1], [[1]], ">=", [1])
    with pytest.raises(InvalidInputError, match=r"\.mps\.gz"):
        write(p, tmp_path / "p.txt")
    with pytest.raises(InvalidInputError):
        write(p, tmp_path / "p.lp", rounding="up")
    with pytest.raises(InvalidInputError):
        write(p, tmp_path / "no" / "such" / "folder.lp")


def test_equal_programs_give_equal_compressed_files(tmp_path):
    p = MixedIntegerProgram.from_arrays([1], [[1]], ">=", [1])
    write(p, tmp_path / "a.mps.gz")
    write(p, tmp_path / "b.mps.gz")
    assert (tmp_path / "a.mps.gz").read_bytes() == (tmp_path / "b.mps.gz").read_bytes()
