"""The options that all kinds of descent share, and their validation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_number
from tamemip.plugins.bnn._descent_result import DescentRecord
from tamemip.plugins.bnn._regularized_sign import Staircase
from tamemip.plugins.bnn._stage_loss import Loss, require_loss
from tamemip.plugins.bnn._training import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[Any]
    Augmentation = Callable[[Floats, np.random.Generator], Floats]
    #: From differences of samples and a generator to first weights of that shape.
    Start: TypeAlias = (
        Literal["differences", "random"] | Callable[[Floats, np.random.Generator], Floats]
    )

__all__ = ["DescentOptions", "require_start", "staircases_of"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DescentOptions:
    """The keywords that `tame_descent` and `straight_through` share; `tame_descent` explains them.

    Raises
    ------
    InvalidInputError
        If one of them is no choice, or too small.
    """

    hidden: Sequence[int]
    weights: Weights | Sequence[Weights]
    loss: Loss
    epochs: int
    copies: int
    batch: int
    step: float
    start: Start
    augment: Augmentation | None
    seconds: float
    random_state: int
    progress: Callable[[DescentRecord], object] | None

    def __post_init__(self) -> None:
        if not isinstance(self.hidden, Iterable):
            raise InvalidInputError(f"hidden is {self.hidden!r}; for one layer use (16,).")
        sizes = (_count(size, f"hidden[{k}]", least=1) for k, size in enumerate(self.hidden))
        object.__setattr__(self, "hidden", tuple(sizes))
        for name, least in (("epochs", 1), ("copies", 1), ("batch", 1), ("random_state", 0)):
            object.__setattr__(self, name, _count(getattr(self, name), name, least=least))
        require_loss(self.loss)
        require_start(self.start)
        if not (self.step > 0 and math.isfinite(self.step)):
            raise InvalidInputError(f"step is {self.step}; it has to be positive and finite.")
        if not self.seconds >= 0:
            raise InvalidInputError(f"seconds is {self.seconds}; it has to be at least 0.")
        _ = self.staircases

    @property
    def staircases(self) -> tuple[Staircase, ...]:
        """One a layer."""
        return staircases_of(self.weights, len(self.hidden) + 1)

    def batches(self, samples: int) -> int:
        """Minibatches of an epoch."""
        return self.copies * -(-samples // self.batch)


def require_start(start: object) -> None:
    """Refuse what no first network can be made from."""
    if not callable(start) and not (isinstance(start, str) and start in ("differences", "random")):
        raise InvalidInputError(
            f'start is {start!r}; there are "differences", "random" and functions such as '
            "`image_patches`."
        )


def _count(given: int, name: str, *, least: int) -> int:
    return int(exact_number(given, name, least=least, is_integral=True))


def staircases_of(weights: Weights | Sequence[Weights], layers: int) -> tuple[Staircase, ...]:
    """One staircase a layer, from one word or number for all or one for each."""
    if isinstance(weights, Iterable) and not isinstance(weights, str):
        given = tuple(weights)
    else:
        given = (weights,) * layers
    if len(given) != layers:
        raise InvalidInputError(f"weights has {len(given)} entries, but there are {layers} layers.")
    return tuple(map(_staircase, given))


def _staircase(weights: Weights) -> Staircase:
    if weights == "ternary":
        return Staircase.up_to(1)
    if weights == "binary":
        return Staircase.of_signs()
    if isinstance(weights, str | bool):
        raise InvalidInputError(
            f'weights is {weights!r}; use "ternary", "binary" or the largest absolute value.'
        )
    return Staircase.up_to(int(exact_number(weights, "weights", least=1, is_integral=True)))
