"""Straight-line programs: what a graph of nodes becomes before it is evaluated often.

A register holds an integer that stands for a rational over a fixed denominator.
Inputs are ``scale * d`` for a scale that makes them integers; registers that depend
on them other than through a ceiling count in units of ``1 / scale`` as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias, final

Pairs: TypeAlias = tuple[tuple[int, int], ...]


@final
@dataclass(frozen=True, slots=True)
class Row:
    """A combination of inputs and registers, with integer weights over one denominator.

    The value is ``numerator / denominator``, or ``numerator / (denominator * scale)``
    if it is scaled; then the numerator is ``scale * (constant + plain) + inputs + scaled``.
    """

    inputs: Pairs
    plain: Pairs
    scaled: Pairs
    constant: int
    denominator: int
    is_scaled: bool

    def at(self, scale: int) -> IntegerRow:
        """The row for one scale."""
        if not self.is_scaled:
            return IntegerRow((), self.plain, self.constant, self.denominator)
        plain = tuple((k, w * scale) for k, w in self.plain)
        return IntegerRow(
            self.inputs, (*plain, *self.scaled), self.constant * scale, self.denominator * scale
        )

    def over(self, denominator: int, *, is_scaled: bool) -> Row:
        """The same value over a multiple of the denominator."""
        factor = denominator // self.denominator

        def times(pairs: Pairs) -> Pairs:
            return tuple((k, w * factor) for k, w in pairs)

        return Row(
            times(self.inputs),
            times(self.plain),
            times(self.scaled),
            self.constant * factor,
            denominator,
            self.is_scaled or is_scaled,
        )

    @property
    def registers(self) -> tuple[int, ...]:
        """Registers that it reads."""
        return tuple(k for k, _ in (*self.plain, *self.scaled))


@final
@dataclass(frozen=True, slots=True)
class IntegerRow:
    """``(constant + inputs + parts) / divisor`` with integers throughout."""

    inputs: Pairs
    parts: Pairs
    constant: int
    divisor: int


@final
@dataclass(frozen=True, slots=True)
class Take:
    """The value of a row."""

    row: Row

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that it reads."""
        return (self.row,)


@final
@dataclass(frozen=True, slots=True)
class RoundUp:
    """The ceiling of a row, times an integer."""

    row: Row
    factor: int = 1

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that it reads."""
        return (self.row,)


@final
@dataclass(frozen=True, slots=True)
class Rounding:
    """``G(f - g) + g/r`` from the rows ``f - g`` and ``g``, over one denominator."""

    row: Row
    minus: Row | None
    fraction: Fraction

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that it reads."""
        return (self.row,) if self.minus is None else (self.row, self.minus)


@final
@dataclass(frozen=True, slots=True)
class Extreme:
    """The greatest or the least of some rows, over one denominator."""

    rows: tuple[Row, ...]
    greatest: bool


@final
@dataclass(frozen=True, slots=True)
class Guard:
    """``inf`` where a guard is positive, else a register, or ``-inf`` without one."""

    of: int | None
    guards: tuple[int, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """It reads registers as they are."""
        return ()


@final
@dataclass(frozen=True, slots=True)
class Search:
    """The least integer ``k`` at which a row is not positive, times an integer.

    The register `moving` holds ``-k``; the instructions of the `body` and the `sign` row
    read it, directly or not, and none falls where it grows.
    """

    moving: int
    body: tuple[tuple[int, Instruction], ...]
    sign: Row
    bracket: Bracket
    factor: int

    @property
    def rows(self) -> tuple[Row, ...]:
        """The body reads for itself."""
        return ()

    @property
    def inside(self) -> tuple[Row, ...]:
        """All rows of the body, the sign last."""
        return (*(row for _, step in self.body for row in step.rows), self.sign)


Instruction: TypeAlias = Take | RoundUp | Rounding | Extreme | Guard | Search


@final
@dataclass(frozen=True, slots=True)
class Bracket:
    """Floats between which the answer of a search lies, for any input.

    ``constant + weights d`` is the carrier in units of the granularity, up to the
    relative error `error` of each of its terms, and `gap` lies above the rounding gap.
    """

    weights: tuple[tuple[int, float], ...]
    sizes: tuple[tuple[int, float], ...]
    constant: float
    constant_size: float
    gap: float
    error: float

    def width(self, size: float) -> float:
        """Half the width of doubt, where the terms add up to a size; with room to spare."""
        return self.error * size + 1.0


@final
@dataclass(frozen=True, slots=True)
class Program:
    """Instructions in the order in which they are obeyed, with the registers they fill."""

    n_inputs: int
    steps: tuple[tuple[int, Instruction], ...]
    denominators: tuple[int, ...]
    scaled: tuple[bool, ...]
    may_be_infinite: tuple[bool, ...]
    roots: tuple[int, ...]

    def denominator(self, register: int, scale: int) -> int:
        """What the integer in a register is to be divided by."""
        return self.denominators[register] * (scale if self.scaled[register] else 1)


def shared_denominator(rows: Sequence[Row], denominator: int) -> tuple[Row, ...]:
    """Rows over a common multiple of their denominators, all scaled if one is."""
    is_scaled = any(row.is_scaled for row in rows)
    return tuple(row.over(denominator, is_scaled=is_scaled) for row in rows)


def split(row: Row, first: int) -> tuple[Row, Row]:
    """The part of a row that reads inputs and early registers; and the rest, from `first` on."""

    def kept(pairs: Pairs, *, early: bool) -> Pairs:
        return tuple((k, w) for k, w in pairs if (k < first) == early)

    base = replace(row, plain=kept(row.plain, early=True), scaled=kept(row.scaled, early=True))
    rest = Row(
        (),
        kept(row.plain, early=False),
        kept(row.scaled, early=False),
        0,
        row.denominator,
        row.is_scaled,
    )
    return base, rest
