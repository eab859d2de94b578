"""What a backward pass does with what was noticed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Literal, TypeAlias

from tamemip.errors import InvalidInputError, NotAllowedError, NotLipschitzError
from tamemip.layers._answer import Answer
from tamemip.layers._data import LayerData
from tamemip.solvers import Status

OnJump: TypeAlias = Literal["raise", "warn", "element"]

NO_SECOND = (
    "the derivative of a layer was differentiated again: the value of a program is piecewise "
    "affine or concave in its data, and its gradient is piecewise constant. There is no second "
    "derivative to trust; use create_graph=False."
)


def read_on_jump(on_jump: str) -> OnJump:
    """``"raise"``, ``"warn"`` or ``"element"``."""
    match on_jump:
        case "raise" | "warn" | "element":
            return on_jump
    raise InvalidInputError(
        f"on_jump is {on_jump!r}; 'raise' refuses where the value may jump, 'warn' warns, and "
        "'element' hands out the derivative of the optimal integer part."
    )


def refuse(
    answers: Sequence[Answer], used: Sequence[bool], *, is_batch: bool, on_jump: OnJump
) -> None:
    """Refuse to differentiate items without a finite value, and those that may jump.

    Parameters
    ----------
    answers
        One an item.
    used
        Whether the derivative of the item is asked for.

    Raises
    ------
    NotAllowedError
        If an item has no finite value.
    NotLipschitzError
        If the value of an item may jump, and ``on_jump`` is ``"raise"``.
    """
    for k, (answer, is_used) in enumerate(zip(answers, used, strict=True)):
        if not is_used:
            continue
        where = f"batch item {k}: " if is_batch else ""
        if answer.flags.status is not Status.OPTIMAL:
            raise NotAllowedError(
                f"{where}the program is {answer.flags.status.value}, and its infinite value has no "
                "derivative. Mask such items before the loss is summed."
            )
        if answer.flags.jump and on_jump != "element":
            message = (
                f"{where}the value may jump here, and then has no conservative gradient: "
                f"{answer.flags.jump}. Differentiate the elastic envelope (penalty=...), or pass "
                "on_jump='element' for the derivative with the integers held. "
                "tm.conservative_gradient decides it exactly."
            )
            if on_jump == "raise":
                raise NotLipschitzError(message)
            warnings.warn(message, stacklevel=2)


def refuse_switch(
    data: LayerData,
    answers: Sequence[Answer],
    used: Sequence[bool],
    *,
    is_batch: bool,
    on_jump: OnJump,
) -> None:
    """Refuse to differentiate a solution that may not be the only one, or not have one basis.

    Raises
    ------
    NotAllowedError
        If another optimal point or basis is suspected, and ``on_jump`` is ``"raise"``.
    """
    if on_jump == "element":
        return
    for k, (answer, is_used) in enumerate(zip(answers, used, strict=True)):
        flags = answer.flags
        why = flags.tie
        if not why and flags.degenerate and data.moved != {"c"}:
            why = "more rows are tight than columns can adapt to, so that the basis is not unique"
        if is_used and why:
            message = (
                f"{f'batch item {k}: ' if is_batch else ''}the solution may switch here: {why}. It "
                "then has no derivative; use method='quadratic' or 'perturbed', or "
                "on_jump='element' for that of the solution that was found."
            )
            if on_jump == "raise":
                raise NotAllowedError(message)
            warnings.warn(message, stacklevel=2)
