"""How well scores stand: samples that are right, then how much is short of a margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.plugins.bnn._network import BinarizedNetwork

    Numbers = NDArray[Any]

__all__ = ["Judge", "Standing"]


@final
@dataclass(frozen=True, slots=True, order=True)
class Standing:
    """A greater one is better: more samples are right, or as many with less shortfall.

    Attributes
    ----------
    right
        Samples whose lead is at least 1 (more than 0 for scores that are no integers).
    spare
        Minus the sum of ``max(0, margin - lead)`` over samples.
    """

    right: int
    spare: float


@final
@dataclass(frozen=True, slots=True)
class Judge:
    """The leads of samples: of the own class before the best other one, or `y` times the score.

    Attributes
    ----------
    labels
        -1 and 1 for one output, else classes.
    margin
        A lead of this much is enough.
    n_outputs
        Neurons of the last layer.
    """

    labels: Numbers
    margin: float
    n_outputs: int

    @classmethod
    def of(cls, network: BinarizedNetwork, X: object, y: object, margin: float | None) -> Judge:
        """With the margin that three of four right samples do not reach yet, unless it is given."""
        labels = np.asarray(y).astype(np.int64)
        judge = cls(labels, 1.0, network.n_outputs)
        _require_labels(judge, len(np.asarray(X)))
        if margin is None:
            leads = judge.leads(network.preactivations(X)[-1])
            won = leads[leads > 0]
            margin = max(1.0, float(np.ceil(np.quantile(won, 0.75)))) if len(won) else 1.0
        return cls(labels, float(margin), network.n_outputs)

    def leads(self, scores: Numbers) -> Numbers:
        """One a sample; `scores` may have further axes in front."""
        if self.n_outputs == 1:
            found: Numbers = scores[..., 0] * self.labels
            return found
        own = np.take_along_axis(
            scores, np.broadcast_to(self.labels[:, None], (*scores.shape[:-1], 1)), axis=-1
        )[..., 0]
        others = scores.copy()
        np.put_along_axis(
            others,
            np.broadcast_to(self.labels[:, None], (*scores.shape[:-1], 1)),
            _lowest(scores.dtype),
            axis=-1,
        )
        return np.asarray(own - others.max(axis=-1))

    def rewards(self, leads: Numbers) -> Numbers:
        """By sample: one number whose sum over samples orders networks as `Standing` does.

        A sample that is right counts more than all shortfalls together can, as far as leads
        stay above minus `_DEEPEST` margins; deeper ones count as that deep.
        """
        short = np.clip(self.margin - leads, 0, (1 + _DEEPEST) * self.margin)
        return (leads > 0) * self.price - short

    @property
    def price(self) -> float:
        """What one right sample counts, in units of shortfall."""
        return 1 + (1 + _DEEPEST) * self.margin * len(self.labels)

    def standing(self, scores: Numbers) -> Standing:
        """Of all samples."""
        leads = self.leads(scores)
        short = np.clip(self.margin - leads, 0, (1 + _DEEPEST) * self.margin)
        return Standing(int(np.count_nonzero(leads > 0)), -float(short.sum()))


#: Leads below minus so many margins count no worse.
_DEEPEST = 4


def _lowest(dtype: np.dtype[Any]) -> Any:
    return np.iinfo(dtype).min // 4 if dtype.kind == "i" else -np.inf


def _require_labels(judge: Judge, samples: int) -> None:
    if judge.labels.shape != (samples,):
        raise InvalidInputError(f"y has shape {judge.labels.shape}; there are {samples} samples.")
    found = set(np.unique(judge.labels).tolist())
    allowed = {-1, 1} if judge.n_outputs == 1 else set(range(judge.n_outputs))
    if not found <= allowed:
        raise InvalidInputError(
            f"y has the label {min(found - allowed)}; the network's outputs need "
            f"{'-1 and 1' if judge.n_outputs == 1 else f'classes below {judge.n_outputs}'}."
        )
