"""Files of samples: NumPy archives and tables with commas."""

from __future__ import annotations

import csv
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@final
@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Samples and their labels.

    Attributes
    ----------
    X
        One sample a row.
    y
        The labels; None if the file has none.
    X_test, y_test
        Samples that are no part of the training; None if there are none.
    features
        Names of the features, if the file has some.
    """

    X: NDArray[np.float64]
    y: NDArray[Any] | None
    X_test: NDArray[np.float64] | None = None
    y_test: NDArray[Any] | None = None
    features: tuple[str, ...] = ()


def read_samples(
    path: str | os.PathLike[str], *, labels: str | None = None, has_labels: bool = True
) -> Samples:
    r"""Read samples from ``.npz`` or ``.csv``.

    Parameters
    ----------
    path
        A NumPy archive with ``X`` and ``y``, or ``X_train`` and ``y_train`` and perhaps
        ``X_test`` and ``y_test``; images are laid out as rows. Or a table with commas,
        whose first line is one of names if some entry of it but the last is no number.
    labels
        The array or column of the labels. By default ``y``, or the last column.
    has_labels
        Whether labels are needed. If not, a table's columns are all features, unless
        `labels` names one.

    Raises
    ------
    InvalidInputError
        If something is missing, no number, or of another length; the message names file and line.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "small.csv")
    >>> _ = path.write_text("age,fits\n30,yes\n40,no\n")
    >>> found = read_samples(path)
    >>> found.X.tolist(), found.y.tolist(), found.features
    ([[30.0], [40.0]], ['yes', 'no'], ('age',))
    """
    place = Path(path)
    if not place.is_file():
        raise InvalidInputError(f"there is no file {place}.")
    if place.suffix.lower() == ".npz":
        return _from_archive(place, labels, has_labels=has_labels)
    if place.suffix.lower() == ".csv":
        return _from_table(place, labels, has_labels=has_labels)
    raise InvalidInputError(f"{place} is neither .npz nor .csv.")


# -- archives ------------------------------------------------------------------------------


def _from_archive(place: Path, labels: str | None, *, has_labels: bool) -> Samples:
    arrays = _arrays(place)
    names = ("X_train", "y_train") if "X_train" in arrays else ("X", "y")
    wanted = labels or names[1]
    X = _rows(place, arrays, names[0])
    y = _labels(place, arrays, wanted, X) if has_labels or wanted in arrays else None
    if "X_test" not in arrays:
        return Samples(X, y)
    X_test = _rows(place, arrays, "X_test")
    name = wanted.replace("train", "test")
    has_test_labels = name != wanted and name in arrays
    return Samples(X, y, X_test, _labels(place, arrays, name, X_test) if has_test_labels else None)


def _arrays(place: Path) -> Mapping[str, NDArray[Any]]:
    try:
        with np.load(place, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise InvalidInputError(f"{place} is no NumPy archive of plain arrays: {error}.") from error


def _array(place: Path, arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    if name not in arrays:
        raise InvalidInputError(f"{place} has no array {name!r}; it has {', '.join(arrays)}.")
    return arrays[name]


def _rows(place: Path, arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float64]:
    found = _array(place, arrays, name)
    if found.ndim < 2 or found.dtype.kind not in "biuf":
        raise InvalidInputError(
            f"{place}: {name} has the shape {found.shape} and the type {found.dtype}; numbers with "
            "one sample a row are needed."
        )
    return found.reshape(len(found), -1).astype(np.float64)


def _labels(
    place: Path, arrays: Mapping[str, NDArray[Any]], name: str, X: NDArray[np.float64]
) -> NDArray[Any]:
    found = _array(place, arrays, name)
    if found.shape != (len(X),):
        raise InvalidInputError(
            f"{place}: {name} has the shape {found.shape}, but there are {len(X)} samples."
        )
    return found


# -- tables --------------------------------------------------------------------------------


def _from_table(place: Path, labels: str | None, *, has_labels: bool) -> Samples:
    try:
        text = place.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{place} is no text: {error}.") from error
    rows = [(k, row) for k, row in enumerate(csv.reader(text.splitlines()), start=1) if row]
    names = tuple(word.strip() for word in rows[0][1]) if rows else ()
    # A label may be a word, so that the last entry alone does not make a line of names.
    if rows and any(_number(word) is None for word in (names[:-1] or names)):
        rows = rows[1:]
    else:
        names = tuple(f"x{i}" for i in range(len(names)))
    if not rows:
        raise InvalidInputError(f"{place} has no samples.")
    column = _column(place, names, labels, has_labels=has_labels)
    table = [_entries(place, line, row, names, column) for line, row in rows]
    features = tuple(name for i, name in enumerate(names) if i != column)
    X = np.array([entries for entries, _ in table], dtype=np.float64)
    y = None if column is None else _as_labels([label for _, label in table])
    return Samples(X, y, features=features)


def _column(
    place: Path, names: Sequence[str], labels: str | None, *, has_labels: bool
) -> int | None:
    if labels is None:
        return len(names) - 1 if has_labels else None
    if labels not in names:
        raise InvalidInputError(f"{place} has no column {labels!r}; it has {', '.join(names)}.")
    return names.index(labels)


def _entries(
    place: Path, line: int, row: Sequence[str], names: Sequence[str], column: int | None
) -> tuple[list[float], str]:
    if len(row) != len(names):
        raise InvalidInputError(
            f"{place}, line {line}: {len(row)} entries, but there are {len(names)} columns."
        )
    found = []
    for i, (word, name) in enumerate(zip(row, names, strict=True)):
        if i == column:
            continue
        value = _number(word)
        if value is None:
            raise InvalidInputError(
                f"{place}, line {line}: {word.strip()[:40]!r} in column {name!r} is no number. "
                "Only the column of the labels may have words; say which one it is."
            )
        found.append(value)
    return found, "" if column is None else row[column].strip()


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _as_labels(words: Sequence[str]) -> NDArray[Any]:
    """Integers if all are integers, else words."""
    try:
        return np.array([int(word) for word in words])
    except ValueError:
        return np.array(words)
