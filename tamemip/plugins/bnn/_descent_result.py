"""What a descent leaves: the network, its real weights, the losses and the stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._regularized_network import Regularization, RegularizedNetwork
from tamemip.tameness import Verdict

__all__ = ["INTERRUPTED", "TIME_OVER", "DescentRecord", "DescentResult", "DescentStage"]

INTERRUPTED = "interrupted"
"""The reason of what somebody has stopped by Ctrl-C."""
TIME_OVER = "the time was over"


@final
@dataclass(frozen=True, slots=True)
class DescentStage:
    """One step of the homotopy, with the proof that its loss is definable.

    Attributes
    ----------
    soft
        The regularizations.
    verdict
        On the loss of one sample, as a function of latent weights, offsets, inputs and the
        constants of the stage.
    written
        Sizes of the network that the verdict writes out; see `certify_stage`.
    epochs
        Passes over the samples, as planned.
    first_step
        The first step length of `step_length`.
    """

    soft: Regularization
    verdict: Verdict
    written: tuple[int, ...]
    epochs: int
    first_step: float


@final
@dataclass(frozen=True, slots=True)
class DescentRecord:
    """After an epoch: the stage, its mean loss over the epoch, and the seconds so far.

    An epoch that the clock ends has the mean of the minibatches that were done.
    """

    stage: int
    loss: float
    seconds: float


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DescentResult:
    """What descent found. Nothing is proved of the network's quality.

    Attributes
    ----------
    network
        The binarized network.
    latent
        The real weights that it was rounded from.
    history
        One record an epoch.
    stages
        The stages of the homotopy that were begun; empty for straight-through training.
    seconds
        Time taken.
    reason
        Why it ended: all epochs were done, the time was over, or ``"interrupted"``.
    """

    network: BinarizedNetwork
    latent: RegularizedNetwork
    history: tuple[DescentRecord, ...]
    stages: tuple[DescentStage, ...]
    seconds: float
    reason: str

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C ended it; the network is that of the last step before."""
        return self.reason == INTERRUPTED

    def __repr__(self) -> str:
        loss = f", last loss {self.history[-1].loss:.4g}" if self.history else ""
        stages = f"{len(self.stages)} certified stages, " if self.stages else ""
        return f"DescentResult({self.network!r}, {stages}{self.seconds:.1f} s{loss})"
