"""What users hand in, turned into exact data or refused by name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, cast

import numpy as np
from scipy import sparse

from tamemip.arithmetic import Exactness, rationalize, rationalize_bound
from tamemip.certificates import Bound, ExactMatrix, Problem, RowSense, Sense, SparseVector
from tamemip.errors import InvalidInputError

_ROW_SENSES: Mapping[str, RowSense] = {
    "<=": "<=",
    "=": "=",
    ">=": ">=",
    "==": "=",
    "<": "<=",
    ">": ">=",
}


def vector(values: Any, length: int | None, what: str, exact: Exactness) -> tuple[Fraction, ...]:
    """A tuple of rationals of the given length."""
    entries = _entries(values, length, what)
    return tuple(rationalize(v, exact=exact, what=f"{what}[{k}]") for k, v in enumerate(entries))


def bounds(values: Any, length: int, what: str, exact: Exactness) -> tuple[Bound, ...]:
    """A tuple of rationals or infinities; a scalar stands for all columns."""
    entries = _broadcast(values, length, what)
    return tuple(
        rationalize_bound(v, exact=exact, what=f"{what}[{k}]") for k, v in enumerate(entries)
    )


def flags(values: Any, length: int) -> tuple[bool, ...]:
    """Integrality flags; a scalar stands for all columns."""
    entries = _broadcast(values, length, "integrality")
    for k, value in enumerate(entries):
        if not isinstance(value, (bool, np.bool_)) and value not in (0, 1):
            raise InvalidInputError(
                f"integrality[{k}] is {value!r}; it has to be True (integer) or False (continuous)."
            )
    return tuple(bool(v) for v in entries)


def matrix(A: Any, n: int, exact: Exactness) -> ExactMatrix:
    """An exact sparse matrix with ``n`` columns."""
    if sparse.issparse(A):
        return _sparse_matrix(A, n, exact)
    if isinstance(A, ExactMatrix):
        if A.n_cols != n:
            raise InvalidInputError(f"A has {A.n_cols} columns but c has {n} entries.")
        return A
    rows = A.tolist() if isinstance(A, np.ndarray) and A.dtype != object else list(A)
    result = []
    for i, row in enumerate(rows):
        entries = vector(row, n, f"row {i} of A", exact)
        result.append(tuple((j, v) for j, v in enumerate(entries) if v))
    return ExactMatrix(tuple(result), n)


def _sparse_matrix(A: Any, n: int, exact: Exactness) -> ExactMatrix:
    if A.shape[1] != n:
        raise InvalidInputError(f"A has {A.shape[1]} columns but c has {n} entries.")
    triples = A.tocoo()
    rows: list[dict[int, Fraction]] = [{} for _ in range(A.shape[0])]
    # Entries given twice are summed here: SciPy would sum them as floats.
    for i, j, number in zip(*triples.coords, triples.data, strict=True):
        value = rationalize(number, exact=exact, what=f"A[{i}, {j}]")
        rows[i][int(j)] = rows[i].get(int(j), Fraction(0)) + value
    return ExactMatrix(tuple(sparse_vector(row) for row in rows), n)


def sparse_vector(entries: Mapping[int, Fraction]) -> SparseVector:
    """Entries by rising index, zeros left out."""
    return tuple((j, v) for j, v in sorted(entries.items()) if v)


def sense(text: str) -> Sense:
    """``"min"`` or ``"max"``."""
    if text not in ("min", "max"):
        raise InvalidInputError(f'sense is {text!r}; it has to be "min" or "max".')
    return cast("Sense", text)


def row_senses(values: Sequence[str] | str, m: int) -> tuple[RowSense, ...]:
    """One sense a row; a single text stands for all rows."""
    entries = [values] * m if isinstance(values, str) else list(values)
    if len(entries) != m:
        raise InvalidInputError(f"row_sense has {len(entries)} entries but A has {m} rows.")
    result = []
    for i, text in enumerate(entries):
        if text not in _ROW_SENSES:
            raise InvalidInputError(f'row_sense[{i}] is {text!r}; use "<=", "=" or ">=".')
        result.append(_ROW_SENSES[text])
    return tuple(result)


def names(given: Sequence[str] | None, count: int, what: str, prefix: str) -> tuple[str, ...]:
    """Distinct names, made up where none are given."""
    if given is None:
        return tuple(f"{prefix}{k}" for k in range(count))
    result = tuple(str(name) for name in given)
    if len(result) != count:
        raise InvalidInputError(f"{what} has {len(result)} names, {count} are needed.")
    if len(set(result)) != count:
        seen: set[str] = set()
        double = next(name for name in result if name in seen or seen.add(name))  # type: ignore[func-returns-value]  # set.add returns None on purpose
        raise InvalidInputError(f"{what} has {double!r} twice; names have to be distinct.")
    return result


def index(key: int | str, table: Mapping[str, int], count: int, what: str) -> int:
    """Position of a row or column given by name or index."""
    if isinstance(key, str):
        if key not in table:
            raise InvalidInputError(f"there is no {what} called {key!r}{_nearest(key, table)}.")
        return table[key]
    if not isinstance(key, (int, np.integer)) or isinstance(key, bool):
        raise InvalidInputError(f"a {what} is named by a text or an index, not by {key!r}.")
    if not -count <= key < count:
        raise InvalidInputError(f"{what} {key} does not exist: there are {count}, from 0 on.")
    return int(key) % count


def _nearest(key: str, table: Mapping[str, int]) -> str:
    import difflib

    close = difflib.get_close_matches(key, table, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def check_bounds(problem: Problem, col_names: Sequence[str]) -> None:
    """Refuse ``lower > upper`` and bounds that are infinite the wrong way."""
    for j, (low, up) in enumerate(zip(problem.lower, problem.upper, strict=True)):
        if low > up:
            raise InvalidInputError(
                f"column {col_names[j]!r} has lower bound {low} above its upper bound {up}."
            )
        if low == math.inf or up == -math.inf:
            raise InvalidInputError(f"column {col_names[j]!r} has bounds [{low}, {up}].")


def check_fixing(problem: Problem, j: int, value: Fraction, name: str) -> None:
    """Refuse a value that a column cannot take."""
    low, up = problem.lower[j], problem.upper[j]
    if not low <= value <= up:
        raise InvalidInputError(f"column {name!r} cannot be {value}: its bounds are [{low}, {up}].")
    if problem.integer[j] and value.denominator != 1:
        raise InvalidInputError(f"column {name!r} is integer and cannot be {value}.")


def violations(
    problem: Problem, x: Sequence[Fraction], row_names: Sequence[str], col_names: Sequence[str]
) -> tuple[str, ...]:
    """What a point breaks, one line a violation."""
    found = []
    for j, value in enumerate(x):
        if not problem.lower[j] <= value <= problem.upper[j]:
            found.append(
                f"column {col_names[j]!r} = {value} "
                f"outside [{problem.lower[j]}, {problem.upper[j]}]"
            )
        if problem.integer[j] and value.denominator != 1:
            found.append(f"column {col_names[j]!r} = {value} is not an integer")
    for i, activity in enumerate(problem.A.times(x)):
        rhs = problem.rhs[i]
        held = {"<=": activity <= rhs, "=": activity == rhs, ">=": activity >= rhs}
        if not held[problem.row_sense[i]]:
            found.append(f"row {row_names[i]!r}: {activity} {problem.row_sense[i]} {rhs} fails")
    return tuple(found)


def _entries(values: Any, length: int | None, what: str) -> list[Any]:
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        raise InvalidInputError(f"{what} has to be a sequence of numbers, not {values!r}.")
    array = cast("Any", values).toarray().ravel() if sparse.issparse(values) else values
    if getattr(array, "ndim", 1) != 1:
        raise InvalidInputError(f"{what} has shape {array.shape}; one dimension is needed.")
    entries = list(array)
    if length is not None and len(entries) != length:
        raise InvalidInputError(f"{what} has {len(entries)} entries, {length} are needed.")
    return entries


def _broadcast(values: Any, length: int, what: str) -> list[Any]:
    scalar = isinstance(values, (str, bool)) or not hasattr(values, "__len__")
    return [values] * length if scalar else _entries(values, length, what)
