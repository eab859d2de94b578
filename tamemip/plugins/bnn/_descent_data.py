"""What descent starts from: labels as signs by class, minibatches, and a first network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._regularized_network import RegularizedNetwork
from tamemip.plugins.bnn._regularized_sign import Staircase
from tamemip.plugins.bnn._training import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]
    Augmentation = Callable[[Floats, np.random.Generator], Floats]

__all__ = ["DescentData", "Start", "first_latent", "require_counts", "staircases_of"]

Start: TypeAlias = Literal["differences", "random"]


@final
@dataclass(frozen=True, slots=True)
class DescentData:
    """Samples with the signs that the scores of each class are to have.

    Attributes
    ----------
    X
        One sample a row, in single precision.
    signs
        One column for labels -1 and 1; else one a class, 1 for the sample's own and else -1.
    """

    X: Floats
    signs: Floats

    @classmethod
    def read(cls, X: object, y: object) -> DescentData:
        """From arrays; labels are -1 and 1, or classes counted from 0."""
        data = np.asarray(X, dtype=np.float32)
        labels = np.asarray(y)
        if data.ndim != 2 or not data.size:
            raise InvalidInputError(f"X has shape {data.shape}; one sample a row is needed.")
        if not np.isfinite(data).all():
            raise InvalidInputError("X has an entry that is not finite; fill it in or drop it.")
        if labels.shape != (len(data),):
            raise InvalidInputError(f"y has shape {labels.shape}; there are {len(data)} samples.")
        return cls(data, _signs(labels))

    @property
    def n_outputs(self) -> int:
        """Neurons of the last layer."""
        return int(self.signs.shape[1])

    def epoch(
        self, rng: np.random.Generator, *, copies: int, batch: int, augment: Augmentation | None
    ) -> Iterator[tuple[Floats, Floats]]:
        """All samples in random order, `copies` times, each copy augmented anew."""
        for _ in range(copies):
            data = self.X if augment is None else augment(self.X, rng).astype(np.float32)
            order = rng.permutation(len(data))
            for first in range(0, len(order), batch):
                chosen = order[first : first + batch]
                yield data[chosen], self.signs[chosen]


def require_counts(hidden: Sequence[int], start: str, **counts: int) -> None:
    """Refuse layers, epochs or batches of less than one, and a start that is not known."""
    sizes = {f"hidden[{k}]": size for k, size in enumerate(hidden)}
    for name, size in (*sizes.items(), *counts.items()):
        if size < 1:
            raise InvalidInputError(f"{name} is {size}; it has to be at least 1.")
    if start not in ("differences", "random"):
        raise InvalidInputError(f'start is {start!r}; there are "differences" and "random".')


def staircases_of(weights: Weights | Sequence[Weights], layers: int) -> tuple[Staircase, ...]:
    """One staircase a layer, from one word or number for all or one for each."""
    given = (weights,) * layers if isinstance(weights, str | int) else tuple(weights)
    if len(given) != layers:
        raise InvalidInputError(f"weights has {len(given)} entries, but there are {layers} layers.")
    return tuple(map(_staircase, given))


def first_latent(
    data: DescentData,
    hidden: Sequence[int],
    staircases: Sequence[Staircase],
    start: Start,
    rng: np.random.Generator,
) -> RegularizedNetwork:
    """Latent weights to begin with; hidden neurons switch at the median of their sums.

    With ``"differences"`` a neuron of the first layer begins as the difference of two samples
    of different labels, with noise; all else is random.
    """
    sizes = (data.X.shape[1], *hidden, data.n_outputs)
    layer = data.X
    latent, offsets, scales, centers = [], [], [], []
    for k, stairs in enumerate(staircases):
        w = _first_weights(data, (sizes[k + 1], sizes[k]), k, start, rng)
        is_last = k == len(staircases) - 1
        w = (w * (_LAST_SPREAD if is_last else stairs.largest)).astype(np.float32)
        centers.append(layer.mean(axis=0))
        sums = (layer - centers[-1]) @ stairs.values(w, 0.5).T
        spread = float(np.sqrt(np.mean(np.square(sums - sums.mean(axis=0))))) or 1.0
        scale = _last_scale(layer - centers[-1]) if is_last else 1 / spread
        offset = np.zeros(sizes[k + 1]) if is_last else -scale * np.median(sums, axis=0)
        latent.append(w)
        scales.append(scale)
        offsets.append(offset.astype(np.float32))
        layer = np.clip(sums * np.float32(scale) + offsets[-1], -1, 1)
    return RegularizedNetwork(
        tuple(latent), tuple(offsets), tuple(scales), tuple(centers), tuple(staircases)
    )


_LAST_SPREAD = 0.5
_DIFFERENCE_SPREAD = 1.4
_NOISE = 0.3


def _last_scale(layer: Floats) -> float:
    """So that sums of random signs are of the order of 1."""
    return 1 / (float(np.sqrt(np.mean(np.square(layer)) * layer.shape[1])) or 1.0)


def _first_weights(
    data: DescentData, shape: tuple[int, int], layer: int, start: Start, rng: np.random.Generator
) -> Floats:
    if layer or start == "random" or shape[0] == data.n_outputs:
        return rng.uniform(-1, 1, shape)
    first = rng.integers(len(data.X), size=shape[0])
    second = np.array([_other(data, i, rng) for i in first.tolist()])
    away = data.X[first] - data.X[second]
    most = np.abs(away).max(axis=1, keepdims=True)
    shape_of = away / np.where(most > 0, most, 1)
    found: Floats = _DIFFERENCE_SPREAD * shape_of + rng.uniform(-_NOISE, _NOISE, shape)
    return found


def _other(data: DescentData, sample: int, rng: np.random.Generator) -> int:
    """A sample of another label, or any if there is none."""
    different = np.flatnonzero((data.signs != data.signs[sample]).any(axis=1))
    return int(rng.choice(different)) if len(different) else int(rng.integers(len(data.X)))


def _signs(labels: NDArray[Any]) -> Floats:
    found = set(np.unique(labels).tolist())
    if found <= {-1, 1}:
        return labels.astype(np.float32)[:, None]
    bad = [v for v in found if not float(v).is_integer() or v < 0]
    if bad:
        raise InvalidInputError(
            f"y has the entry {bad[0]}; labels are -1 and 1, or classes counted from 0."
        )
    classes = labels.astype(np.int64)
    signs = np.full((len(classes), int(classes.max()) + 1), -1, dtype=np.float32)
    signs[np.arange(len(classes)), classes] = 1
    return signs


def _staircase(weights: Weights) -> Staircase:
    if weights == "ternary":
        return Staircase.up_to(1)
    if weights == "binary":
        return Staircase.of_signs()
    if isinstance(weights, str | bool) or weights < 1:
        raise InvalidInputError(
            f'weights is {weights!r}; use "ternary", "binary" or the largest absolute value.'
        )
    return Staircase.up_to(weights)
