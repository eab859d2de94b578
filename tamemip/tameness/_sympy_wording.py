"""How the user says the parts of an expression: messages speak in those words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

from tamemip.tameness._expression import Expression
from tamemip.tameness._text import LONGEST


@final
class Wording:
    """For every node of an expression the least part of what the user wrote that holds it.

    Parameters
    ----------
    tell
        Makes words of a part; it is asked for the few parts that a message names.
    """

    def __init__(self, tell: Callable[[Any, Expression], str]) -> None:
        self._tell = tell
        self._parts: dict[Expression, Any] = {}

    def note(self, expression: Expression, part: Any) -> None:
        """Remember `part` for an expression and for all below it that are not known yet.

        Whoever reads arguments before functions pays for every node once.
        """
        stack = [expression]
        while stack:
            e = stack.pop()
            if e not in self._parts:
                self._parts[e] = part
                stack.extend(e.of)

    def __call__(self, expression: Expression) -> str:
        """The words for a node."""
        if expression not in self._parts:
            return str(expression)
        return shortened(self._tell(self._parts[expression], expression))


def shortened(text: str) -> str:
    """A text that fits into a message."""
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
