"""What is trained: samples, labels, the shape of the network, and what makes one better."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, final

import numpy as np

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import entries_of, exact_number, exact_numbers, exact_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

Objective: TypeAlias = Literal["min-weight", "max-margin", "max-correct", "hinge"]
OBJECTIVES: tuple[Objective, ...] = ("min-weight", "max-margin", "max-correct", "hinge")
Weights: TypeAlias = "Literal['ternary', 'binary'] | int"


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class NetworkTraining:
    r"""Training of a binarized network with one output as a mixed-integer program.

    Neuron `j` of a hidden layer has the value 1 if its sum is at least 0, and -1 if it is at
    most ``-gap``. Sample `k` with label :math:`y_k` is *right* at the margin :math:`\tau` if
    the output's sum, times :math:`y_k`, is at least :math:`\tau`.

    Parameters
    ----------
    X
        One sample a row.
    y
        Labels, -1 and 1.
    hidden
        Neurons of each hidden layer; ``()`` is a single neuron.
    weights
        ``"ternary"``: weights and biases are -1, 0 or 1. ``"binary"``: -1 or 1 (biases are
        ternary). An integer `P`: from -P to P.
    objective
        ``"min-weight"``: all samples are right; the least sum of absolute weights and biases.
        ``"max-margin"``: all labels are right; the greatest sum over neurons of the least
        absolute sum over samples, of the output's with its sign.
        ``"max-correct"``: the most samples that are right.
        ``"hinge"``: the least :math:`\sum_k \max(0, \tau - y_k s_k)` of the output's sums
        :math:`s_k`. To the last three, `regularization` times the sum of absolute weights and
        biases is a cost. Several, ``("max-correct", "min-weight")``: the first counts, and
        among the best by it the next.
    margin
        :math:`\tau`; or a pair, for samples of label 1 and of label -1.
    gap
        How far below 0 a hidden sum is to mean -1; 1 is right for integral data.
    regularization
        Cost of one unit of a weight or bias.
    name
        Name of the model.

    Attributes
    ----------
    scale
        The least common denominator of the data.
    integer_data
        The data times `scale`, shape ``(samples, features)``; None if that or `scale` is too
        large.

    Raises
    ------
    InvalidInputError
        If there is no sample, shapes do not fit, a label is neither -1 nor 1, or a number
        is not finite; the message names it.

    Examples
    --------
    >>> NetworkTraining([[1, 1], [1, -1], [-1, 1], [-1, -1]], [-1, 1, 1, -1], hidden=(2,))
    NetworkTraining(4 samples, 2-2-1 ternary, min-weight at margin 1)
    """

    X: tuple[tuple[Fraction, ...], ...]
    y: tuple[int, ...]
    hidden: tuple[int, ...]
    weights: Weights
    objectives: tuple[Objective, ...]
    margins: tuple[Fraction, Fraction]
    gap: Fraction
    regularization: Fraction
    name: str
    scale: int = field(compare=False)
    integer_data: NDArray[np.int64] | None = field(compare=False)

    def __init__(
        self,
        X: Iterable[Iterable[Number]],
        y: Iterable[Number],
        *,
        hidden: Iterable[int] = (),
        weights: Weights = "ternary",
        objective: Objective | Sequence[Objective] = "min-weight",
        margin: Number | tuple[Number, Number] = 1,
        gap: Number = 1,
        regularization: Number = 0,
        name: str = "",
    ) -> None:
        samples, scale, integers = _scaled(X)
        fields = {
            "X": samples,
            "y": _labels(y, len(samples)),
            "hidden": tuple(_size(h, f"hidden[{k}]") for k, h in enumerate(hidden)),
            "weights": _weights(weights),
            "objectives": _objectives(objective),
            "margins": _margins(margin),
            "gap": exact_number(gap, "gap"),
            "regularization": exact_number(regularization, "regularization", least=0),
            "name": name,
            "scale": scale,
            "integer_data": integers,
        }
        if fields["gap"] <= 0:  # type: ignore[operator]  # a Fraction
            raise InvalidInputError(f"gap is {gap}; it has to be positive.")
        for key, value in fields.items():
            object.__setattr__(self, key, value)

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.X)

    @property
    def n_inputs(self) -> int:
        """Number of features."""
        return len(self.X[0])

    @property
    def largest(self) -> int:
        """The largest absolute weight, `P`."""
        return self.weights if isinstance(self.weights, int) else 1

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons of each layer, the output included."""
        return (*self.hidden, 1)

    @property
    def is_minimized(self) -> bool:
        """Whether less is better, by the first objective."""
        return self.objectives[0] in ("min-weight", "hinge")

    def __repr__(self) -> str:
        shape = "-".join(map(str, (self.n_inputs, *self.sizes)))
        kind = self.weights if isinstance(self.weights, str) else f"weights up to {self.weights}"
        above, below = self.margins
        margin = f"margin {above}" if above == below else f"margins {above} and {below}"
        samples = f"{self.n_samples} sample{'s' * (self.n_samples != 1)}"
        wanted = ", then ".join(self.objectives)
        at = "" if self.objectives == ("max-margin",) else f" at {margin}"
        return f"NetworkTraining({samples}, {shape} {kind}, {wanted}{at})"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>"


_Table: TypeAlias = tuple[tuple[Fraction, ...], ...]


def _scaled(X: Iterable[Iterable[Number]]) -> tuple[_Table, int, NDArray[np.int64] | None]:
    """The data, their common denominator, and integers: see `NetworkTraining`."""
    array = X if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "iub" else None
    known: dict[int, Fraction] = {}
    if array is None:
        table = exact_table(X, "X")
    else:
        # Images have many entries and few values.
        known = {v: Fraction(int(v)) for v in np.unique(array).tolist()}
        table = tuple(tuple(known[v] for v in row) for row in array.tolist())
    if not table or not table[0]:
        raise InvalidInputError("X is empty; at least one sample with one feature is needed.")
    if array is not None and max(map(abs, known.values())) * len(table[0]) <= _LARGEST:
        data = array.astype(np.int64)
        data.setflags(write=False)
        return table, 1, data
    _refuse_widths(table)
    scale = math.lcm(*{x.denominator for row in table for x in row})
    return table, scale, _integers(table, scale)


def _refuse_widths(samples: Sequence[Sequence[Fraction]]) -> None:
    for k, row in enumerate(samples):
        if len(row) != len(samples[0]):
            raise InvalidInputError(
                f"X[{k}] has {len(row)} entries, but there are {len(samples[0])} features."
            )


_LARGEST = 2**40


def _integers(samples: Sequence[Sequence[Fraction]], scale: int) -> NDArray[np.int64] | None:
    """The data times the scale, if sums of them and of biases are exact in 64 bits."""
    if scale > _LARGEST:
        return None
    rows = [[x.numerator * (scale // x.denominator) for x in row] for row in samples]
    if max(sum(map(abs, row)) for row in rows) > _LARGEST:
        return None
    data = np.array(rows, dtype=np.int64)
    data.setflags(write=False)
    return data


def _labels(y: Iterable[Number], count: int) -> tuple[int, ...]:
    labels = exact_numbers(y, "y", length=count, per="samples")
    for k, label in enumerate(labels):
        if label not in (-1, 1):
            raise InvalidInputError(f"y[{k}] is {label}; labels are -1 and 1.")
    return tuple(int(label) for label in labels)


def _size(value: int, what: str) -> int:
    return int(exact_number(value, what, least=1, is_integral=True))


def _weights(given: Weights) -> Weights:
    if given in ("ternary", "binary"):
        return given
    if isinstance(given, str | bool):
        raise InvalidInputError(
            f'weights is {given!r}; use "ternary", "binary" or the largest absolute value.'
        )
    return int(exact_number(given, "weights", least=1, is_integral=True))


def _objectives(given: Objective | Sequence[Objective]) -> tuple[Objective, ...]:
    found = (given,) if isinstance(given, str) else tuple(entries_of(given, "objective"))
    for name in found:
        if name not in OBJECTIVES:
            raise InvalidInputError(
                f"objective is {name!r}; there are {', '.join(map(repr, OBJECTIVES))}."
            )
    if not found or len(set(found)) != len(found):
        raise InvalidInputError("objective is empty, or has one twice.")
    return cast("tuple[Objective, ...]", found)


def _margins(given: Number | tuple[Number, Number]) -> tuple[Fraction, Fraction]:
    if isinstance(given, tuple | list):
        pair = exact_numbers(given, "margin", length=2, per="labels")
        return pair[0], pair[1]
    value = exact_number(given, "margin")
    return value, value
