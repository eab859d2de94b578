"""Numbers that depend affinely on named parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.arithmetic import Number, rationalize
from tamemip.errors import InvalidInputError


@final
@dataclass(frozen=True, slots=True)
class Affine:
    """The number ``constant + sum(slopes[name] * parameter)``.

    Attributes
    ----------
    constant
        Its value where all parameters are zero.
    slopes
        Rates by name of parameter.

    Examples
    --------
    >>> duration = Affine.of(7, "processing[2]")
    >>> print(duration, "and", 2 * duration - 1)
    7 + processing[2] and 13 + 2 processing[2]
    """

    constant: Fraction
    slopes: Mapping[str, Fraction]

    @staticmethod
    def of(value: Entry, *parameters: str, what: str = "a number") -> Affine:
        """A number, and the parameters that move it one for one.

        Parameters
        ----------
        value
            The number where all parameters are zero.
        *parameters
            Their names.
        what
            What an error calls the number if it has no parameter.

        Raises
        ------
        InvalidInputError
            If it is no finite number.
        """
        if isinstance(value, Affine):
            return value + Affine.of(0, *parameters) if parameters else value
        name = parameters[0] if parameters else what
        return Affine(rationalize(value, what=name), dict.fromkeys(parameters, Fraction(1)))

    def __add__(self, other: Entry) -> Affine:
        more = Affine.of(other)
        slopes = dict(self.slopes)
        for name, slope in more.slopes.items():
            slopes[name] = slopes.get(name, Fraction(0)) + slope
        return Affine(self.constant + more.constant, slopes)

    __radd__ = __add__

    def __mul__(self, factor: Entry) -> Affine:
        if isinstance(factor, Affine):
            return self._times(factor)
        by = rationalize(factor, what="a factor")
        return Affine(by * self.constant, {name: by * v for name, v in self.slopes.items()})

    __rmul__ = __mul__

    def __truediv__(self, divisor: Number) -> Affine:
        if isinstance(divisor, Affine):
            raise InvalidInputError(
                f"({self}) / ({divisor}) is not affine: divide by a number, or let the quotient "
                "move as one datum, Affine.of(quotient, name)."
            )
        by = rationalize(divisor, what="a divisor")
        if not by:
            raise InvalidInputError(f"({self}) / 0 is no number.")
        return self * (1 / by)

    def __neg__(self) -> Affine:
        return -1 * self

    def __sub__(self, other: Entry) -> Affine:
        return self + -Affine.of(other)

    def __rsub__(self, other: Entry) -> Affine:
        return Affine.of(other) - self

    def _times(self, other: Affine) -> Affine:
        if not any(other.slopes.values()):
            return self * other.constant
        if not any(self.slopes.values()):
            return other * self.constant
        raise InvalidInputError(
            f"({self}) * ({other}) is not affine: both factors move. Let one of them be a number, "
            "let the product move as one datum, or put them into places of their own."
        )

    def __str__(self) -> str:
        terms = [
            f" {'-' if v < 0 else '+'} {'' if abs(v) == 1 else f'{abs(v)} '}{name}"
            for name, v in self.slopes.items()
            if v
        ]
        return f"{self.constant}{''.join(terms)}"


Entry: TypeAlias = "Number | Affine"
"""An entry of a program: a number, or one that moves."""
