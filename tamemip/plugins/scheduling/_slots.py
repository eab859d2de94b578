"""Which data of an instance move as parameters of its program."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import final

from tamemip.errors import InvalidInputError
from tamemip.plugins._affine import Affine


@final
class Slots:
    """A choice of parameters, by the name of the data that they move.

    Parameters
    ----------
    chosen
        Names of data, such as ``"demand"``.
    known
        The names there are.

    Raises
    ------
    InvalidInputError
        If nothing is chosen, or something unknown.

    Examples
    --------
    >>> slots = Slots(["demand"], known=("demand", "setup"))
    >>> print(*slots.entries("demand", [Fraction(3)]), *slots.entries("setup", [Fraction(5)]))
    3 + demand[0] 5
    >>> slots.names
    ('demand[0]',)
    """

    def __init__(self, chosen: Collection[str], *, known: Sequence[str]) -> None:
        if isinstance(chosen, str) or not chosen or not set(chosen) <= set(known):
            raise InvalidInputError(
                f"slots is {chosen!r}; give a list of some of {', '.join(map(repr, known))}."
            )
        self._chosen = frozenset(chosen)
        self._names: list[str] = []

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters, in the order in which entries were asked for.

        Raises
        ------
        InvalidInputError
            If there is none.
        """
        if not self._names:
            raise InvalidInputError(
                f"nothing moves: the instance has no {' and no '.join(sorted(self._chosen))}."
            )
        return tuple(self._names)

    def entries(self, data: str, values: Sequence[Fraction]) -> tuple[Affine, ...]:
        """The numbers, each with a parameter of its own if they are to move."""
        if data not in self._chosen:
            return tuple(Affine.of(v) for v in values)
        names = [f"{data}[{k}]" for k in range(len(values))]
        self._names += names
        return tuple(Affine.of(v, name) for v, name in zip(values, names, strict=True))
