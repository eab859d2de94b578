"""What one object proves about the value at one scenario: low, high."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, Protocol, TypeAlias, final

from tamemip.certificates import Bound, Sense
from tamemip.duality import (
    DualFunction,
    GomoryDualFunction,
    Restriction,
    Sandwich,
    TightPoint,
    UpperFunction,
)
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram

Bounds: TypeAlias = tuple[Bound, Bound]
"""The proved interval that holds a value."""

IntegerPart: TypeAlias = tuple[Fraction, ...]

#: How many of the integer parts that are known are tried at a scenario.
_PARTS_TRIED = 20


class HasExact(Protocol):
    """A value function, or a bound on one."""

    @property
    def program(self) -> MixedIntegerProgram:
        """The program whose value it is."""
        ...

    def exact(self, b: Any, /) -> Bound:
        """The value at a right-hand side, or at a step."""
        ...


def reader_of(V: HasExact) -> Callable[[Any], Bounds]:
    """A function from scenarios to proved bounds in the user's sense.

    Raises
    ------
    InvalidInputError
        If the object has no exact reading.
    """
    if isinstance(V, DualFunction):
        return DualBounds(V).at
    if isinstance(V, UpperFunction):
        return lambda b: _one_sided(V, b)
    if isinstance(V, Sandwich):
        return V.bounds
    if isinstance(V, GomoryDualFunction):
        outside = DualBounds(V.dual).at
        return lambda b: _same(V.exact(b)) if V.box.holds(V.program, b) else outside(b)
    bounds = getattr(V, "bounds", None)
    if callable(bounds):
        return bounds  # type: ignore[no-any-return]  # those of value functions: low, high
    if callable(getattr(V, "exact", None)) and hasattr(V, "program"):
        return lambda b: _same(V.exact(b))
    raise InvalidInputError(
        "expected_value needs a program, a value function, a dual or upper function, or a "
        f"sandwich; {type(V).__name__} has no exact reading of one program."
    )


def _same(value: Bound) -> Bounds:
    return value, value


def _one_sided(U: UpperFunction, b: Any) -> Bounds:
    value = U.exact(b)
    return (-math.inf, value) if U.program.sense == "min" else (value, math.inf)


@final
class DualBounds:
    """Bounds from a dual function, and from the integer parts of points that are known.

    Parameters
    ----------
    F
        The dual function; it can be replaced by a better one.
    tries
        The integer parts that served last are tried first, this many of them.
    """

    def __init__(self, F: DualFunction, *, tries: int = _PARTS_TRIED) -> None:
        self.F, self._tries = F, tries
        self._values = Restriction(F.program)
        self._tight: dict[tuple[Fraction, ...], Bound] = {}
        self._parts: list[IntegerPart] = []
        self.learn(F.tight_points)

    def learn(self, points: Iterable[TightPoint]) -> None:
        """Take in right-hand sides at which the value is proved."""
        for known in points:
            if known.rhs in self._tight:
                continue
            self._tight[known.rhs] = value_of(known, self.F.program.sense)
            if known.point is not None:
                part = tuple(known.point[j] for j in self._values.integers)
                if part not in self._parts:
                    self._parts.insert(0, part)

    def at(self, b: Any) -> Bounds:
        """The proved interval that holds the value at a right-hand side."""
        program = self.F.program
        rhs = program.exact_rhs(b)
        if rhs in self._tight:
            return _same(self._tight[rhs])
        proved = self.F.exact(rhs)
        sign = 1 if program.sense == "min" else -1
        found = self._least(rhs, (sign * proved, sign * program.offset))
        met = sign * found + program.offset if isinstance(found, Fraction) else sign * found
        return (proved, met) if sign == 1 else (met, proved)

    def _least(self, rhs: Sequence[Fraction], target: tuple[Bound, Fraction]) -> Bound:
        """The least cost of a known part, or the first that meets the bound: min orientation."""
        bound, offset = target
        best: Bound = math.inf
        if bound == math.inf:
            return best
        for k, part in enumerate(self._parts[: self._tries]):
            best = min(best, self._values.value(part, rhs))
            if isinstance(best, Fraction) and best + offset == bound:
                self._parts.insert(0, self._parts.pop(k))
                return best
        return best


def value_of(point: TightPoint, sense: Sense) -> Bound:
    """The proved value at a tight point, in the user's sense."""
    if point.value is not None:
        return point.value
    worst = math.inf if sense == "min" else -math.inf
    return worst if point.point is None else -worst
