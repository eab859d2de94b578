"""Where a dual function and an upper function meet: there both are the value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Bound
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._gomory_function import GomoryDualFunction
from tamemip.duality._sandwich_line import LineFunction
from tamemip.duality._sandwich_term import along
from tamemip.duality._sandwich_upper import PartsOnLine
from tamemip.duality._upper import UpperFunction
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.programs import CanonicalForm, Index, MixedIntegerProgram

if TYPE_CHECKING:
    from tamemip.programs import Vector


@final
@dataclass(frozen=True, slots=True)
class Stretch:
    """An interval on which the value is proved, and affine.

    Attributes
    ----------
    lo, hi, lo_closed, hi_closed
        The interval; a single point has ``lo == hi``.
    slope
        Rate of change of the value; None where it is infinite, and at a single point.
    value_at_lo
        The value at ``lo``, as a limit if the interval is open there.
    """

    lo: Fraction
    hi: Fraction
    lo_closed: bool
    hi_closed: bool
    slope: Fraction | None
    value_at_lo: Bound

    def __str__(self) -> str:
        left, right = "[" if self.lo_closed else "(", "]" if self.hi_closed else ")"
        where = f"{left}{self.lo}, {self.hi}{right}"
        if not self.slope:
            return f"{where}: {self.value_at_lo}"
        sign = "-" if self.slope < 0 else "+"
        return f"{where}: {self.value_at_lo} {sign} {abs(self.slope)} (b - {self.lo})"


@final
@dataclass(frozen=True, eq=False, repr=False)
class ProvedLine:
    """The right-hand sides of one row, the others fixed, at which the value is proved.

    Attributes
    ----------
    row
        Name of the row.
    lo, hi
        The interval that was looked at.
    stretches
        Where the value is proved, from left to right: exact ends, affine pieces.
    """

    row: str
    lo: Fraction
    hi: Fraction
    stretches: tuple[Stretch, ...]

    def contains(self, b: Number) -> bool:
        """Whether the value is proved at a right-hand side of the row."""
        return any(True for _ in self._at(rationalize(b)))

    def value(self, b: Number) -> Bound:
        """The proved value at a right-hand side of the row."""
        s = rationalize(b)
        for stretch in self._at(s):
            if stretch.slope is None or not isinstance(stretch.value_at_lo, Fraction):
                return stretch.value_at_lo
            return stretch.value_at_lo + stretch.slope * (s - stretch.lo)
        raise NotAllowedError(f"the value is not proved at {self.row} = {s}.")

    def _at(self, s: Fraction) -> Iterator[Stretch]:
        for piece in self.stretches:
            inside = piece.lo < s < piece.hi
            if inside or (s == piece.lo and piece.lo_closed) or (s == piece.hi and piece.hi_closed):
                yield piece

    @property
    def intervals(self) -> tuple[tuple[Fraction, Fraction, bool, bool], ...]:
        """The same set as maximal intervals ``(lo, hi, lo_closed, hi_closed)``."""
        joined: list[tuple[Fraction, Fraction, bool, bool]] = []
        for piece in self.stretches:
            if joined and joined[-1][1] == piece.lo and (joined[-1][3] or piece.lo_closed):
                lo, _, lo_closed, _ = joined[-1]
                joined[-1] = (lo, piece.hi, lo_closed, piece.hi_closed)
            else:
                joined.append((piece.lo, piece.hi, piece.lo_closed, piece.hi_closed))
        return tuple(joined)

    @property
    def share(self) -> Fraction:
        """The part of the interval that is proved, by length."""
        if self.lo == self.hi:
            return Fraction(len(self.stretches) > 0)
        proved = sum((piece.hi - piece.lo for piece in self.stretches), Fraction(0))
        return proved / (self.hi - self.lo)

    def __repr__(self) -> str:
        return (
            f"ProvedLine({self.row} in [{self.lo}, {self.hi}], {len(self.stretches)} stretches, "
            f"{float(self.share):.0%} proved)"
        )

    def __str__(self) -> str:
        return "\n".join((repr(self), *(f"  {piece}" for piece in self.stretches)))


@final
@dataclass(frozen=True, eq=False, repr=False)
class Sandwich:
    """The set of right-hand sides at which ``F = v = U`` is proved.

    ``F <= v <= U`` holds everywhere (mirrored for ``max``). So wherever the two bounds
    agree they are the value, and what holds for both in a neighborhood holds for it.

    Obtain one from `tamemip.sandwich`.

    Attributes
    ----------
    dual, upper
        The two bounds.
    """

    dual: DualFunction
    upper: UpperFunction

    @property
    def program(self) -> MixedIntegerProgram:
        """The program."""
        return self.dual.program

    # -- single right-hand sides ---------------------------------------------------------

    def bounds(self, b: Vector) -> tuple[Bound, Bound]:
        """The interval that holds the value at a right-hand side: low, high."""
        low, high = self.dual.exact(b), self.upper.exact(b)
        return (low, high) if self.program.sense == "min" else (high, low)

    def contains(self, b: Vector) -> bool:
        """Whether the value is proved at a right-hand side: the bounds agree there."""
        low, high = self.bounds(b)
        return low == high

    def gap(self, b: Vector) -> Bound:
        """Width of the interval that holds the value; 0 where it is proved."""
        low, high = self.bounds(b)
        if low == high:
            return Fraction(0)
        if isinstance(low, Fraction) and isinstance(high, Fraction):
            return high - low
        return math.inf

    def value(self, b: Vector) -> Bound:
        """The value at a right-hand side, if it is proved there.

        Raises
        ------
        NotAllowedError
            If the bounds differ.
        """
        low, high = self.bounds(b)
        if low != high:
            raise NotAllowedError(
                f"the value is not proved at this right-hand side: it lies in [{low}, {high}]. "
                "Refine the dual function there, or add an integer part to the upper one."
            )
        return low

    # -- lines ---------------------------------------------------------------------------

    def along(self, row: Index, lo: Number, hi: Number, *, at: Vector | None = None) -> ProvedLine:
        """Where the value is proved while the right-hand side of one row moves.

        Both bounds are piecewise affine on the line; their pieces are computed and
        compared exactly, jumps included.

        Parameters
        ----------
        row
            The row, by name or by index.
        lo, hi
            The interval of its right-hand sides.
        at
            The right-hand side that gives the other rows theirs; the program's if None.
        """
        program = self.program
        i = program.row_index(row)
        first, last = rationalize(lo, what="lo"), rationalize(hi, what="hi")
        if first > last:
            raise InvalidInputError(f"the interval is empty: {first} is above {last}.")
        base = program.exact.rhs if at is None else program.exact_rhs(at)
        start, end = ([*base[:i], s, *base[i + 1 :]] for s in (first, last))
        length = last - first
        ends = (self._form.rhs_of(start), self._form.rhs_of(end))
        below = along(self.dual.term.node, Fraction(0), length, ends)
        line = PartsOnLine(program.with_rhs(start), ((i, Fraction(1)),), length)
        above = line.least(self.upper.parts)
        # The lower one counts from the canonical zero, the upper one from the user's.
        shift = self._form.sign * (self._form.offset - program.offset)
        pieces = _agreement(below, above, shift)
        shown = tuple(_in_users_terms(piece, program, first) for piece in pieces)
        return ProvedLine(program.row_names[i], first, last, shown)

    @cached_property
    def _form(self) -> CanonicalForm:
        return self.program.canonical()

    # -- showing -------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, object]:
        """Pickle the bounds, not what is cached."""
        return {"dual": self.dual, "upper": self.upper}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return f"Sandwich({self.dual!r}, {self.upper!r})"

    def __str__(self) -> str:
        lower, upper = ("F", "U") if self.program.sense == "min" else ("U", "F")
        return "\n".join(
            (
                f"sandwich of {self.program!r}",
                f"  {lower} <= v <= {upper} everywhere, and v is proved where they agree",
                f"  F: {self.dual!r}",
                f"  U: {self.upper!r}",
            )
        )


def sandwich(F: DualFunction | GomoryDualFunction, U: UpperFunction) -> Sandwich:
    """The right-hand sides at which a dual and an upper function prove the value together.

    Parameters
    ----------
    F
        A dual function: ``F <= v`` (``>=`` for ``max``).
    U
        An upper function of the same program: ``v <= U`` (``>=`` for ``max``).

    Raises
    ------
    InvalidInputError
        If the two belong to different programs.

    References
    ----------
    .. [1] M. Güzelsoy and T. K. Ralphs, "Duality for mixed-integer linear
       programs", International Journal of Operations Research 4 (2007), 118-137.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     ["1/2", 0, 2, 1],
    ...     [[1, "-3/2", 1, -1]],
    ...     "=",
    ...     ["7/2"],
    ...     integrality=[True, True, False, False],
    ... )
    >>> S = tm.sandwich(tm.dual_function(p), tm.upper_function(p, [[3, 0], [4, 0], [5, 1]]))
    >>> S.value(["13/4"]), S.contains([0]), S.gap([0])
    (Fraction(2, 1), False, Fraction(9, 1))
    >>> print(S.along(0, 3, 4))
    ProvedLine(R0 in [3, 4], 2 stretches, 100% proved)
      [3, 7/2]: 3/2 + 2 (b - 3)
      [7/2, 4]: 5/2 - 1 (b - 7/2)
    """
    dual = F.dual if isinstance(F, GomoryDualFunction) else F
    if not isinstance(dual, DualFunction) or not isinstance(U, UpperFunction):
        raise InvalidInputError(
            "sandwich(F, U) needs a dual function (tamemip.dual_function, gomory_function) and "
            f"an upper function (tamemip.upper_function), not {type(F).__name__} and "
            f"{type(U).__name__}."
        )
    if dual.program.digest != U.program.digest:
        raise InvalidInputError(
            "sandwich(F, U) needs two bounds of the same program; these belong to "
            f"{dual.program!r} and {U.program!r}."
        )
    return Sandwich(dual, U)


def _agreement(below: LineFunction, above: LineFunction, shift: Fraction) -> list[Stretch]:
    """Where two functions are equal, the lower one shifted; in the units of the upper one.

    Below never lies above: affine functions that touch inside of an interval are equal.
    """
    every = {*below.breaks, *above.breaks}
    f, g = below.refined(every), above.refined(every)
    agrees = [_meets(v, w, shift) for v, w in zip(f.at, g.at, strict=True)]
    found: list[Stretch] = []
    for k, s in enumerate(g.breaks):
        is_taken = bool(found) and found[-1].hi == s and found[-1].hi_closed
        inside = _inside(f, g, k, shift, agrees) if k < len(g.between) else None
        if agrees[k] and not is_taken and not (inside is not None and inside.lo_closed):
            found.append(Stretch(s, s, True, True, None, g.at[k]))
        if inside is not None:
            found.append(inside)
    return _joined(found)


def _inside(
    f: LineFunction, g: LineFunction, k: int, shift: Fraction, agrees: Sequence[bool]
) -> Stretch | None:
    """The stretch between two breaks, with those ends at which it goes on."""
    lo, hi = g.breaks[k], g.breaks[k + 1]
    low, high = f.between[k], g.between[k]
    if not all(_meets(v, w, shift) for v, w in zip(low, high, strict=True)):
        return None
    w, z = high
    finite = isinstance(w, Fraction) and isinstance(z, Fraction)
    slope = Fraction((z - w) / (hi - lo)) if finite else None
    lo_closed = agrees[k] and g.at[k] == w
    return Stretch(lo, hi, lo_closed, agrees[k + 1] and g.at[k + 1] == z, slope, w)


def _meets(low: Bound, high: Bound, shift: Fraction) -> bool:
    return (low + shift if isinstance(low, Fraction) else low) == high


def _joined(pieces: Sequence[Stretch]) -> list[Stretch]:
    """Neighbors that are one affine function, made one."""
    result: list[Stretch] = []
    for piece in pieces:
        if result and _goes_on(result[-1], piece):
            result[-1] = replace(result[-1], hi=piece.hi, hi_closed=piece.hi_closed)
        else:
            result.append(piece)
    return result


def _goes_on(first: Stretch, second: Stretch) -> bool:
    is_joint = first.hi == second.lo and first.hi_closed and second.lo_closed
    if not is_joint or first.lo == first.hi or second.lo == second.hi:
        return False
    return first.slope == second.slope


def _in_users_terms(piece: Stretch, program: MixedIntegerProgram, start: Fraction) -> Stretch:
    """The same stretch with the program's own sense and constant, by right-hand side."""
    sign = 1 if program.sense == "min" else -1
    value = sign * piece.value_at_lo
    return replace(
        piece,
        lo=start + piece.lo,
        hi=start + piece.hi,
        slope=None if piece.slope is None else sign * piece.slope,
        value_at_lo=value + program.offset if isinstance(value, Fraction) else value,
    )
