"""What descent starts from: labels as signs by class, minibatches, and a first network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._descent_options import DescentOptions
from tamemip.plugins.bnn._inputs import made_numbers
from tamemip.plugins.bnn._regularized_network import RegularizedNetwork
from tamemip.plugins.bnn._regularized_sign import Staircase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.plugins.bnn._descent_options import Start

    Floats = NDArray[Any]

__all__ = ["DescentData", "first_latent"]


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
    measured
        At most a thousand samples, evenly taken from all: samples may be sorted by label. From
        these, means and units of steps are computed.
    """

    X: Floats
    signs: Floats
    measured: Floats

    @classmethod
    def read(cls, X: object, y: object) -> DescentData:
        """From arrays; labels are -1 and 1, or classes counted from 0."""
        data = _numbers(X, "X")
        if data.ndim != 2 or not data.size:
            raise InvalidInputError(f"X has shape {data.shape}; one sample a row is needed.")
        if not np.isfinite(data).all():
            raise InvalidInputError("X has an entry that is not finite; fill it in or drop it.")
        largest = float(np.abs(data).max())
        if largest * data.shape[1] > _LARGEST_SUM:
            raise InvalidInputError(
                f"X has an entry of size {largest:.3g}: sums of {data.shape[1]} of these do not "
                "fit in 64 bits; divide the features by their scale."
            )
        labels = _numbers(y, "y")
        if labels.shape != (len(data),):
            raise InvalidInputError(f"y has shape {labels.shape}; there are {len(data)} samples.")
        # Single precision has no inverses of such numbers, and a bias of 1 is beyond them all.
        kept = (data if largest > _LEAST_SIZE else np.zeros_like(data)).astype(np.float32)
        return cls(kept, _signs(labels), kept[:: -(-len(kept) // _MOST_MEASURED)].copy())

    @property
    def n_outputs(self) -> int:
        """Neurons of the last layer."""
        return int(self.signs.shape[1])

    def epoch(
        self, rng: np.random.Generator, options: DescentOptions
    ) -> Iterator[tuple[Floats, Floats]]:
        """All samples in random order, so many times, each copy augmented anew."""
        # So few at a time that the clock can be looked at in between.
        part = max(1, _MOST_AUGMENTED // options.batch) * options.batch
        for _ in range(options.copies):
            order = rng.permutation(len(self.X))
            for first in range(0, len(order), part):
                chosen = order[first : first + part]
                data, signs = self.X[chosen], self.signs[chosen]
                if options.augment is not None:
                    moved = made_numbers(options.augment(data, rng), data.shape, "augment")
                    data = moved.astype(np.float32, copy=False)
                for k in range(0, len(data), options.batch):
                    yield data[k : k + options.batch], signs[k : k + options.batch]

    def seen(self, rng: np.random.Generator, options: DescentOptions) -> Floats:
        """All samples as descent sees them: at least a thousand if they are augmented."""
        if options.augment is None:
            return self.X
        again = replace(options, copies=-(-_MOST_MEASURED // len(self.X)))
        return np.concatenate([X for X, _ in self.epoch(rng, again)])


def first_latent(
    data: DescentData,
    hidden: Sequence[int],
    staircases: Sequence[Staircase],
    start: Start,
    rng: np.random.Generator,
) -> RegularizedNetwork:
    """Latent weights to begin with; hidden neurons switch at the median of their sums.

    With ``"differences"`` a neuron of the first layer begins as the difference of two samples
    of different labels, with noise; with a function, as what that makes of the difference; all
    else is random.
    """
    sizes = (data.X.shape[1], *hidden, data.n_outputs)
    layer = data.measured
    latent, offsets, scales, centers = [], [], [], []
    for k, stairs in enumerate(staircases):
        is_last = k == len(staircases) - 1
        is_random = k > 0 or is_last or start == "random"
        shape = (sizes[k + 1], sizes[k])
        w = rng.uniform(-1, 1, shape) if is_random else _differences(data, shape, start, rng)
        w = (w * (_LAST_SPREAD if is_last else stairs.largest)).astype(np.float32)
        # In double precision, so that a constant feature is centered to 0.
        centers.append(layer.mean(axis=0, dtype=np.float64).astype(np.float32))
        sums = (layer - centers[-1]) @ stairs.values(w, 0.5).T
        scale = _last_scale(layer - centers[-1]) if is_last else 1 / _size(sums - sums.mean(axis=0))
        offset = np.zeros(sizes[k + 1]) if is_last else -scale * np.median(sums, axis=0)
        latent.append(w)
        scales.append(scale)
        offsets.append(offset.astype(np.float32))
        layer = np.clip(sums * np.float32(scale) + offsets[-1], -1, 1)
    return RegularizedNetwork(
        tuple(latent), tuple(offsets), tuple(scales), tuple(centers), tuple(staircases)
    )


_MOST_MEASURED = 1000
#: Samples that are augmented at a time.
_MOST_AUGMENTED = 512
_MOST_CLASSES = 10_000
#: What integer biases are kept below.
_LARGEST_SUM = 2.0**60
#: What is not larger than this counts as 0.
_LEAST_SIZE = 1e-30
_LAST_SPREAD = 0.5
_DIFFERENCE_SPREAD = 1.4
_NOISE = 0.3


def _size(sums: Floats) -> float:
    """The root of the mean square; 1 if all are 0."""
    found = float(np.sqrt(np.mean(np.square(sums, dtype=np.float64))))
    return found if found > _LEAST_SIZE else 1.0


def _last_scale(layer: Floats) -> float:
    """So that sums of random signs are of the order of 1."""
    return 1 / (_size(layer) * float(np.sqrt(layer.shape[1])))


def _differences(
    data: DescentData, shape: tuple[int, int], start: Start, rng: np.random.Generator
) -> NDArray[np.float64]:
    first = rng.integers(len(data.X), size=shape[0])
    others = _others(data, first)
    second = np.array([rng.choice(others[data.signs[i].tobytes()]) for i in first.tolist()])
    away = data.X[first].astype(np.float64) - data.X[second]
    if callable(start):
        away = made_numbers(start(away, rng), shape, "start")
    most = np.abs(away).max(axis=1, keepdims=True)
    noise = rng.uniform(-_NOISE, _NOISE, shape)
    return np.asarray(_DIFFERENCE_SPREAD * away / np.where(most > 0, most, 1) + noise)


def _others(data: DescentData, samples: NDArray[Any]) -> dict[bytes, NDArray[Any]]:
    """By label, as bytes of its signs: all samples of other labels, or all if there are none."""
    found: dict[bytes, NDArray[Any]] = {}
    for sample in samples.tolist():
        label = data.signs[sample].tobytes()
        if label not in found:
            different = np.flatnonzero((data.signs != data.signs[sample]).any(axis=1))
            found[label] = different if len(different) else np.arange(len(data.X))
    return found


def _numbers(values: object, what: str) -> NDArray[np.float64]:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"{what} is no array of numbers: {error}.") from error


def _signs(labels: NDArray[np.float64]) -> Floats:
    found = set(np.unique(labels).tolist())
    if found <= {-1, 1}:
        return labels.astype(np.float32)[:, None]
    bad = [v for v in found if not v.is_integer() or v < 0]
    if bad:
        raise InvalidInputError(
            f"y has the entry {bad[0]}; labels are -1 and 1, or classes counted from 0."
        )
    if found == {0}:
        raise InvalidInputError(
            "y has the class 0 only; give at least two classes, or the labels -1 and 1."
        )
    if max(found) >= _MOST_CLASSES:
        raise InvalidInputError(
            f"y has the class {max(found):.0f}; number the {len(found)} classes from 0 on."
        )
    classes = labels.astype(np.int64)
    signs = np.full((len(classes), int(classes.max()) + 1), -1, dtype=np.float32)
    signs[np.arange(len(classes)), classes] = 1
    return signs
