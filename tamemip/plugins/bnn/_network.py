"""Networks of sign neurons with small integer weights."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast, final

import numpy as np

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_numbers, exact_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


@final
@dataclass(frozen=True, eq=False, repr=False)
class BinarizedNetwork:
    """Layers of neurons ``sign(w x + bias)``, with ``sign(0) = 1``; the last layer has no sign.

    Parameters
    ----------
    weights
        One integer matrix a layer, shape ``(neurons, inputs)``; the inputs of a layer are
        the neurons of the one before, whose values are -1 and 1.
    biases
        One integer vector a layer, one entry a neuron.

    Raises
    ------
    InvalidInputError
        If an entry is no integer, or shapes do not follow one another.

    Examples
    --------
    >>> xor = BinarizedNetwork([[[-1, 1], [1, -1]], [[-1, -1]]], [[0, 0], [0]])
    >>> xor.hidden, xor.norm
    ((2,), 6)
    >>> xor.scores([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    array([-2,  0,  0, -2])
    >>> xor.predict([[1, 1], [1, -1]])
    array([-1,  1])
    >>> print(xor)
    BinarizedNetwork(2-2-1, 6 of 9 weights and biases are not 0)
    """

    weights: tuple[Integers, ...]
    biases: tuple[Integers, ...]

    def __init__(self, weights: Iterable[object], biases: Iterable[object]) -> None:
        matrices = tuple(_integers(w, 2, f"weights[{k}]") for k, w in enumerate(weights))
        vectors = tuple(_integers(b, 1, f"biases[{k}]") for k, b in enumerate(biases))
        _refuse_misfits(matrices, vectors)
        object.__setattr__(self, "weights", matrices)
        object.__setattr__(self, "biases", vectors)

    @property
    def n_inputs(self) -> int:
        """Number of features."""
        return int(self.weights[0].shape[1])

    @property
    def n_outputs(self) -> int:
        """Number of neurons of the last layer."""
        return int(self.weights[-1].shape[0])

    @property
    def hidden(self) -> tuple[int, ...]:
        """Neurons of each hidden layer."""
        return tuple(int(w.shape[0]) for w in self.weights[:-1])

    @property
    def norm(self) -> int:
        """The sum of the absolute values of all weights and biases."""
        return int(sum(np.abs(part).sum() for part in (*self.weights, *self.biases)))

    @property
    def largest(self) -> int:
        """The largest absolute value of a weight or bias."""
        return int(max(np.abs(part).max(initial=0) for part in (*self.weights, *self.biases)))

    def preactivations(self, X: object) -> tuple[NDArray[Any], ...]:
        """What each layer adds up before the sign, shape ``(samples, neurons)`` each.

        ``X`` has one sample a row. Integer data are added up in integers; floats in double
        precision, so that a sum that is 0 exactly may have another sign there: see
        `exact_scores`.

        Raises
        ------
        InvalidInputError
            If ``X`` has another shape, an entry that is no finite number, or integers whose sums
            do not fit in 64 bits.
        """
        layer = samples_of(X, self.n_inputs)
        refuse_overflow(layer, self)
        found = []
        for w, bias in zip(self.weights, self.biases, strict=True):
            found.append(layer @ w.T + bias)
            layer = np.where(found[-1] >= 0, 1, -1)
        return tuple(found)

    def scores(self, X: object) -> NDArray[Any]:
        """What the last layer adds up: ``(samples,)`` for one output, else one column each."""
        last = self.preactivations(X)[-1]
        return last[:, 0] if self.n_outputs == 1 else last

    def predict(self, X: object) -> Integers:
        """The signs of the scores: 1 where they are at least 0, else -1."""
        return cast("Integers", np.where(self.scores(X) >= 0, 1, -1))

    def exact_preactivations(
        self, X: Iterable[Iterable[Number]]
    ) -> tuple[tuple[tuple[Fraction, ...], ...], ...]:
        """As `preactivations`, in rational arithmetic: for each sample, for each layer."""
        rows = exact_table(X, "X", width=self.n_inputs, per="features")
        return tuple(map(self._exactly, rows))

    def exact_scores(self, X: Iterable[Iterable[Number]]) -> tuple[Fraction, ...]:
        """The score of the first output for each sample, exactly."""
        return tuple(layers[-1][0] for layers in self.exact_preactivations(X))

    def _exactly(self, row: Sequence[Fraction]) -> tuple[tuple[Fraction, ...], ...]:
        found = []
        for w, bias in zip(self.weights, self.biases, strict=True):
            sums = tuple(
                sum((int(v) * row[i] for i, v in enumerate(line) if v), Fraction(int(b)))
                for line, b in zip(w, bias, strict=True)
            )
            found.append(sums)
            row = tuple(Fraction(1 if s >= 0 else -1) for s in sums)
        return tuple(found)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BinarizedNetwork):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        parts = (*self.weights, *self.biases)
        return tuple((part.shape, part.tobytes()) for part in parts)

    def __repr__(self) -> str:
        sizes = (self.n_inputs, *(w.shape[0] for w in self.weights))
        parts = (*self.weights, *self.biases)
        used = sum(int(np.count_nonzero(part)) for part in parts)
        of = sum(part.size for part in parts)
        shape = "-".join(map(str, sizes))
        return f"BinarizedNetwork({shape}, {used} of {of} weights and biases are not 0)"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>"


def _integers(values: object, dimensions: int, what: str) -> Integers:
    array = np.asarray(values)
    if array.ndim != dimensions:
        raise InvalidInputError(f"{what} has {array.ndim} dimensions; {dimensions} are needed.")
    if array.dtype.kind not in "ib":
        flat = exact_numbers(array.ravel().tolist(), what, is_integral=True)
        array = np.array([int(v) for v in flat], dtype=object).reshape(array.shape)
    if array.size and max(abs(int(array.max())), abs(int(array.min()))) >= _TOO_LARGE:
        raise InvalidInputError(
            f"{what} has an entry of 2**62 or more: sums do not fit in 64 bits."
        )
    found = array.astype(np.int64)
    if np.abs(found).sum(axis=-1, dtype=np.float64).max(initial=0) >= _TOO_LARGE:
        raise InvalidInputError(f"{what} adds up to 2**62 or more: sums do not fit in 64 bits.")
    found.setflags(write=False)
    return found


_TOO_LARGE = 2**62


def _refuse_misfits(weights: Sequence[Integers], biases: Sequence[Integers]) -> None:
    if not weights or len(weights) != len(biases):
        raise InvalidInputError(
            f"there are {len(weights)} weight matrices and {len(biases)} bias vectors; one of "
            "each a layer is needed, and at least one layer."
        )
    for k, (w, bias) in enumerate(zip(weights, biases, strict=True)):
        if bias.shape[0] != w.shape[0]:
            raise InvalidInputError(
                f"biases[{k}] has {bias.shape[0]} entries, but weights[{k}] has {w.shape[0]} rows."
            )
        if k and w.shape[1] != weights[k - 1].shape[0]:
            raise InvalidInputError(
                f"weights[{k}] has {w.shape[1]} columns, but the layer before has "
                f"{weights[k - 1].shape[0]} neurons."
            )


def samples_of(X: object, n_inputs: int) -> NDArray[Any]:
    """The data as 64-bit integers if they are whole, else as doubles.

    Raises
    ------
    InvalidInputError
        If they have another shape, or an entry is no finite number.
    """
    array = np.asarray(X)
    if array.ndim != 2 or array.shape[1] != n_inputs:
        raise InvalidInputError(
            f"X has shape {array.shape}; one sample a row and {n_inputs} features are needed."
        )
    if array.dtype.kind in "ib" or (array.dtype.kind == "u" and array.dtype.itemsize < _WIDE):
        return array.astype(np.int64)
    found = _doubles(array)
    if not np.isfinite(found).all():
        k, i = np.argwhere(~np.isfinite(found))[0]
        raise InvalidInputError(f"X[{k}, {i}] is {found[k, i]}; a finite number is needed.")
    return found


_WIDE = 8
"""Octets of unsigned integers that need not fit into signed ones: these become doubles."""


def _doubles(array: NDArray[Any]) -> NDArray[np.float64]:
    try:
        if array.dtype.kind != "c":
            return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"X has an entry that is no number: {error}.") from error
    raise InvalidInputError("X has complex entries; real numbers are needed.")


def refuse_overflow(array: NDArray[Any], network: BinarizedNetwork) -> None:
    """Refuse integer data whose sums in the first layer need more than 64 bits.

    Raises
    ------
    InvalidInputError
        If there are such data.
    """
    if array.dtype.kind != "i" or not array.size:
        return
    w, bias = network.weights[0], network.biases[0]
    largest = max(abs(int(array.max())), abs(int(array.min())))
    # In doubles: a relative error of the sum does not reach from half of the range to its end.
    most = float(np.abs(w).sum(axis=1, dtype=np.float64).max(initial=0)) * largest
    if most + float(np.abs(bias).max(initial=0)) >= _TOO_LARGE:
        raise InvalidInputError(
            f"X has an integer of size {largest:.3g}: sums of these do not fit in 64 bits. Give "
            "floats, or use exact_scores."
        )
