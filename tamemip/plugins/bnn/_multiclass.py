"""Several classes by networks for two: all pairs, or each class against the rest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import numpy as np

from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

Multiclass: TypeAlias = Literal["auto", "joint", "one-vs-one", "one-vs-rest"]
MULTICLASS: tuple[Multiclass, ...] = ("auto", "joint", "one-vs-one", "one-vs-rest")


@final
@dataclass(frozen=True, slots=True)
class Duel:
    """Which classes one network is to tell apart.

    Attributes
    ----------
    positive
        Index of the class that is 1.
    negative
        Index of the class that is -1; None if all others are.

    Examples
    --------
    >>> Duel(2, 0).labels(np.array([0, 1, 2, 2]))
    (array([0, 2, 3]), array([-1,  1,  1]))
    """

    positive: int
    negative: int | None

    def labels(self, classes: Integers) -> tuple[Integers, Integers]:
        """The samples that take part, and their labels, for the class index of each sample."""
        if self.negative is None:
            taking = np.arange(len(classes))
        else:
            taking = np.flatnonzero((classes == self.positive) | (classes == self.negative))
        return taking, np.where(classes[taking] == self.positive, 1, -1)


def duels(n_classes: int, multiclass: Multiclass) -> tuple[Duel, ...]:
    """One for each network that is to be trained; ``"auto"`` is one-vs-one up to 20 classes.

    Two classes need a single network, whatever the choice. ``"joint"`` has no duels: one network
    with an output for each class.

    Examples
    --------
    >>> [(duel.positive, duel.negative) for duel in duels(3, "one-vs-one")]
    [(1, 0), (2, 0), (2, 1)]
    """
    if multiclass not in MULTICLASS:
        raise InvalidInputError(
            f"multiclass is {multiclass!r}; there are {', '.join(map(repr, MULTICLASS))}."
        )
    if n_classes == 2:
        return (Duel(1, 0),)
    if multiclass == "joint":
        return ()
    if multiclass == "one-vs-rest" or (multiclass == "auto" and n_classes > _MOST_CLASSES):
        return tuple(Duel(k, None) for k in range(n_classes))
    return tuple(Duel(b, a) for a, b in combinations(range(n_classes), 2))


_MOST_CLASSES = 20
"""Beyond it there are more pairs than one wants to train."""


def votes(fought: Sequence[Duel], scores: Sequence[NDArray[Any]], n_classes: int) -> Floats:
    r"""One column a class; the greatest entry of a row is the decision.

    A joint network and one-vs-rest give the scores themselves. One-vs-one counts the pairs that
    a class wins (a score of 0 is won by the class that is 1); ties go by the sum :math:`c` of
    :math:`s / (1 + |s|)` over its pairs, of which :math:`c / (3 (|c| + 1))`, less than a
    third, is added.

    Examples
    --------
    >>> pairs = duels(3, "one-vs-one")
    >>> votes(pairs, [np.array([3]), np.array([-1]), np.array([-1])], 3).argmax(axis=1)
    array([1])
    """
    if not fought:
        return scores[0].astype(np.float64)
    if fought[0].negative is None:
        return np.column_stack(scores).astype(np.float64)
    won = np.zeros((len(scores[0]), n_classes))
    sums = np.zeros_like(won)
    for duel, score in zip(fought, scores, strict=True):
        is_positive = score >= 0
        squashed = score / (1.0 + np.abs(score))
        won[:, duel.positive] += is_positive
        won[:, duel.negative] += ~is_positive
        sums[:, duel.positive] += squashed
        sums[:, duel.negative] -= squashed
    decided: Floats = won + sums / (3 * (np.abs(sums) + 1))
    return decided
