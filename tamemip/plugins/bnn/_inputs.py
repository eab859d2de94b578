"""What stands before a trained network: features of all kinds become integers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, assert_never, cast, final

import numpy as np

from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

Move: TypeAlias = "Callable[[NDArray[Any], np.random.Generator], NDArray[Any]]"
Kind: TypeAlias = Literal["integer", "real", "binarized"]
Inputs: TypeAlias = Literal["auto", "integer", "real", "binarized"]
INPUTS: tuple[Inputs, ...] = ("auto", "integer", "real", "binarized")


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InputMap:
    r"""A fixed map of features to integers, in front of a network.

    ``"integer"``: the features as they are. ``"real"``: feature :math:`x_i` becomes
    :math:`\mathrm{round}((x_i - m_i) / u_i)`, cut off at :math:`\pm 12`, where :math:`m_i` is its
    mean and :math:`u_i` a quarter of its standard deviation on the training samples (1 if it
    is constant); three constant inputs 2, 4 and 8 follow, so that small weights reach biases of
    many sizes. ``"binarized"``: one input a threshold :math:`t`, which is 1 if
    :math:`x_i \ge t` and else -1.

    Attributes
    ----------
    kind
        Which of the three.
    n_features
        Number of features.
    shift, unit
        :math:`m` and :math:`u`; empty unless the kind is ``"real"``.
    features, thresholds
        The feature and the threshold of each input; empty unless the kind is ``"binarized"``.

    Examples
    --------
    >>> ages = fitted_inputs([[20.0], [30.0], [50.0]], "binarized", thresholds=2)
    >>> ages
    InputMap(binarized, 1 feature to 2 inputs)
    >>> ages.names(["age"])
    ('age >= 25', 'age >= 40')
    >>> ages([[26.0]]).tolist()
    [[1, -1]]
    """

    kind: Kind
    n_features: int
    shift: Floats
    unit: Floats
    features: Integers
    thresholds: Floats

    def __call__(self, X: Any) -> NDArray[Any]:
        """The inputs of the network, one sample a row."""
        data = np.asarray(X, dtype=np.float64)
        match self.kind:
            case "integer":
                return data.astype(np.int64) if _is_integral(data) else data
            case "real":
                steps = np.rint((data - self.shift) / self.unit)
                inputs = np.clip(steps, -_MOST_STEPS, _MOST_STEPS).astype(np.int64)
                constants = np.tile(np.array(_CONSTANTS, dtype=np.int64), (len(data), 1))
                return np.hstack([inputs, constants])
            case "binarized":
                return np.where(data[:, self.features] >= self.thresholds, 1, -1)
            case _:
                assert_never(self.kind)

    @property
    def n_inputs(self) -> int:
        """Number of inputs of the network."""
        match self.kind:
            case "integer":
                return self.n_features
            case "real":
                return self.n_features + len(_CONSTANTS)
            case "binarized":
                return len(self.features)
            case _:
                assert_never(self.kind)

    def names(self, features: Iterable[str] | None = None) -> tuple[str, ...]:
        """What each input says, in terms of the features' names (``x0``, ``x1``, ...)."""
        known = [f"x{i}" for i in range(self.n_features)] if features is None else list(features)
        if len(known) != self.n_features:
            raise InvalidInputError(
                f"there are {len(known)} names, but {self.n_features} features."
            )
        match self.kind:
            case "integer":
                return tuple(known)
            case "real":
                steps = zip(known, self.shift, self.unit, strict=True)
                said = [f"round(({name} - {m:.6g}) / {u:.6g})" for name, m, u in steps]
                return (*said, *map(str, _CONSTANTS))
            case "binarized":
                pairs = zip(self.features, self.thresholds, strict=True)
                return tuple(f"{known[i]} >= {t:.6g}" for i, t in pairs)
            case _:
                assert_never(self.kind)

    def __repr__(self) -> str:
        features = f"{self.n_features} feature{'s' * (self.n_features != 1)}"
        inputs = f"{self.n_inputs} input{'s' * (self.n_inputs != 1)}"
        return f"InputMap({self.kind}, {features} to {inputs})"


def fitted_inputs(X: Any, inputs: Inputs, *, thresholds: int | Sequence[float] = 4) -> InputMap:
    """The map that suits some training samples.

    Parameters
    ----------
    X
        One sample a row, finite.
    inputs
        A kind; ``"auto"`` is ``"integer"`` for integers from -255 to 255, else ``"real"``.
    thresholds
        For ``"binarized"``: the same thresholds for all features, or how many there are at most
        for each. They lie midway between neighboring values, at even quantiles.

    Raises
    ------
    InvalidInputError
        If the kind is ``"integer"`` and there is another number; the message names it.
    """
    data = np.asarray(X, dtype=np.float64)
    if inputs not in INPUTS:
        raise InvalidInputError(f"inputs is {inputs!r}; there are {', '.join(map(repr, INPUTS))}.")
    if inputs == "auto":
        is_small = _is_integral(data) and np.abs(data).max(initial=0) <= _MOST_LEVEL
        inputs = "integer" if is_small else "real"
    nothing = np.zeros(0)
    nowhere = np.zeros(0, dtype=np.int64)
    width = data.shape[1]
    match inputs:
        case "integer":
            _refuse_fractions(data)
            return InputMap(inputs, width, nothing, nothing, nowhere, nothing)
        case "real":
            shift, unit = _standard(data)
            return InputMap(inputs, width, shift, unit, nowhere, nothing)
        case "binarized":
            features, cuts = _cuts(data, thresholds)
            return InputMap(inputs, width, nothing, nothing, features, cuts)
        case _:
            assert_never(inputs)


def moved_inputs(inputs: InputMap, X: Floats, move: Move) -> Move:
    """What moves samples, as what moves their inputs.

    Parameters
    ----------
    inputs
        The map.
    X
        All samples that there are.
    move
        From some samples and a generator to as many others.

    Returns
    -------
    callable
        From inputs of some of the samples, in any order, to inputs of moved ones.

    Raises
    ------
    InvalidInputError
        When it is called and there come other than as many finite samples.

    Examples
    --------
    >>> ages = fitted_inputs([[20.0], [30.0], [50.0]], "binarized", thresholds=2)
    >>> older = moved_inputs(ages, np.array([[20.0], [30.0], [50.0]]), lambda X, rng: X + 15)
    >>> older(np.array([[1, -1]]), np.random.default_rng(0)).tolist()
    [[1, 1]]
    """
    # Samples with the same inputs are the same to the network: any of them can be moved.
    known: dict[bytes, int] = {}
    if inputs.kind != "integer":
        known = {row.tobytes(): k for k, row in enumerate(inputs(X).astype(np.int64))}

    def moved(rows: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
        given = rows.astype(np.float64)
        if known:
            given = X[[known[row.tobytes()] for row in rows.astype(np.int64)]]
        return inputs(made_numbers(move(given, rng), given.shape, "augment"))

    return moved


def started_inputs(inputs: InputMap, start: Move) -> Move:
    """What makes first weights of differences of samples, for differences of their inputs.

    Inputs that are no features start as the differences that they are.

    Raises
    ------
    InvalidInputError
        If inputs are binarized: an input is no feature then. And when it is called and there
        come other than finite numbers of the same shape.

    Examples
    --------
    >>> ages = fitted_inputs([[20], [30], [50]], "integer")
    >>> half = started_inputs(ages, lambda away, rng: away / 2)
    >>> half(np.array([[10.0]]), np.random.default_rng(0)).tolist()
    [[5.0]]
    """
    if inputs.kind == "binarized":
        raise InvalidInputError(
            'start is a function of features, but inputs are binarized; use inputs="integer" or '
            '"real", or start="differences".'
        )
    unit = inputs.unit if inputs.kind == "real" else np.ones(inputs.n_features)

    def started(away: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
        features = away[:, : inputs.n_features] * unit
        found = made_numbers(start(features, rng), features.shape, "start")
        return np.hstack([found / unit, away[:, inputs.n_features :]])

    return started


def made_numbers(made: object, shape: tuple[int, ...], what: str) -> Floats:
    """What a function of the user's made, if these are finite numbers of the wanted shape.

    Raises
    ------
    InvalidInputError
        If they are not.
    """
    try:
        found = np.asarray(made, dtype=np.float64)
    except (TypeError, ValueError):
        found = np.full((), np.nan)
    if found.shape != shape or not np.isfinite(found).all():
        raise InvalidInputError(
            f"{what} made an array of shape {found.shape}; finite numbers of shape {shape}, as "
            "it was given, are needed."
        )
    return found


_MOST_LEVEL = 255
"""Gray values and the like are used as they are."""
_STEPS_A_DEVIATION = 4
_MOST_STEPS = 12
_CONSTANTS = (2, 4, 8)
"""With a bias of at most 1 they reach every integer up to 15."""
_LARGEST = 2**31


def _is_integral(data: Floats) -> bool:
    return bool(np.all(np.abs(data) <= _LARGEST) and np.all(data == np.rint(data)))


def _refuse_fractions(data: Floats) -> None:
    bad = np.argwhere((np.abs(data) > _LARGEST) | (data != np.rint(data)))
    if len(bad):
        k, i = bad[0]
        raise InvalidInputError(
            f"X[{k}, {i}] is {data[k, i]:g}; inputs='integer' needs integers of at most 2**31. "
            "Use inputs='real' or inputs='binarized'."
        )


def _standard(data: Floats) -> tuple[Floats, Floats]:
    """Mean and step of each feature; scaled first, so that squares do not overflow."""
    size = np.abs(data).max(axis=0, initial=0.0)
    size = np.where(size > 0, size, 1.0)
    scaled = data / size
    spread = scaled.std(axis=0)
    is_constant = np.ptp(data, axis=0) == 0
    unit = np.where(is_constant, 1.0, spread * size / _STEPS_A_DEVIATION)
    return scaled.mean(axis=0) * size, np.where(unit > 0, unit, 1.0)


def _cuts(data: Floats, thresholds: int | Sequence[float]) -> tuple[Integers, Floats]:
    if isinstance(thresholds, int | np.integer) and not isinstance(thresholds, bool):
        if thresholds < 1:
            raise InvalidInputError(f"thresholds is {thresholds}; at least 1 is needed.")
        each = [_cuts_of(column, int(thresholds)) for column in data.T]
    else:
        each = [_given_cuts(thresholds)] * data.shape[1]
    if not any(map(len, each)):  # only constant features: a network needs some input
        each[0] = data[:1, 0]
    features = np.repeat(np.arange(data.shape[1]), [len(cuts) for cuts in each])
    return features, np.concatenate(each)


def _given_cuts(thresholds: object) -> Floats:
    try:
        given = np.unique(np.asarray(thresholds, dtype=np.float64))
    except (TypeError, ValueError):
        given = np.zeros(0)
    if np.ndim(cast("Any", thresholds)) != 1 or not given.size or not np.all(np.isfinite(given)):
        raise InvalidInputError(
            f"thresholds is {thresholds!r}; a whole number from 1 on is needed, or a list of some "
            "finite numbers, which is not empty."
        )
    return given


def _cuts_of(column: Floats, most: int) -> Floats:
    """Midway between neighboring values; if there are too many, at even quantiles."""
    values = np.unique(column)
    middles = (values[:-1] + values[1:]) / 2
    if len(middles) <= most:
        return middles
    wanted = np.quantile(column, np.arange(1, most + 1) / (most + 1))
    places = np.clip(np.searchsorted(values, wanted, side="right") - 1, 0, len(middles) - 1)
    return middles[np.unique(places)]
