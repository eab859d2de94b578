"""Losses of the scores of the last layer, one element of the gradient, and their expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.tameness import Expression, add, exp, log, maximum, power

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]

__all__ = ["LOSSES", "Loss", "loss_and_gradient", "loss_expression", "require_loss"]

Loss: TypeAlias = Literal["hinge", "squared-hinge", "logistic"]
LOSSES: tuple[Loss, ...] = ("hinge", "squared-hinge", "logistic")


def loss_and_gradient(scores: Floats, signs: Floats, loss: Loss) -> tuple[float, Floats]:
    r"""The mean loss over samples, and an element of its conservative gradient in the scores.

    With :math:`g = y s` for the score `s` of a class and the label `y` (1 for the sample's own
    class, else -1), summed over classes: ``"hinge"`` is :math:`\max(0, 1 - g)`,
    ``"squared-hinge"`` its square, ``"logistic"`` is :math:`\log(1 + e^{-g})`.

    Parameters
    ----------
    scores, signs
        One sample a row, one class a column.
    loss
        One of the three.

    Returns
    -------
    tuple of float and array
        The gradient has the shape of the scores; at the kink of the hinge it is 0.
    """
    gains = signs * scores
    count = scores.dtype.type(len(scores))
    short = np.maximum(0, 1 - gains)
    match loss:
        case "hinge":
            value, slope = short, -(short > 0).astype(scores.dtype)
        case "squared-hinge":
            value, slope = short * short, -2 * short
        case "logistic":
            value, slope = np.logaddexp(0, -gains), -1 / (1 + np.exp(np.clip(gains, -80, 80)))
    return float(value.sum() / count), signs * slope / count


def loss_expression(scores: Sequence[Expression], signs: Sequence[int], loss: Loss) -> Expression:
    """The loss of one sample, for `tamemip.tameness.certify`."""
    terms = []
    for score, sign in zip(scores, signs, strict=True):
        short = maximum(0, 1 - sign * score)
        match loss:
            case "hinge":
                terms.append(short)
            case "squared-hinge":
                terms.append(power(short, 2))
            case "logistic":
                terms.append(log(1 + exp(-sign * score)))
    return add(*terms)


def require_loss(loss: str) -> None:
    """Refuse what is no loss."""
    if loss not in LOSSES:
        raise InvalidInputError(f"loss is {loss!r}; there are {', '.join(map(repr, LOSSES))}.")
