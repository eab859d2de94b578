"""Boxes: a closed interval for each of some names."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias, final

from tamemip.arithmetic import Number, rationalize_bound
from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError
from tamemip.programs import _display

if TYPE_CHECKING:
    from tamemip.programs._program import MixedIntegerProgram, Vector

Interval: TypeAlias = tuple[Bound, Bound]
Intervals: TypeAlias = "Mapping[Any, Sequence[Number]] | Box"
"""What a box is made from: a name, and the two ends of its interval."""

_SHOWN = 8


@final
@dataclass(frozen=True, init=False, repr=False)
class Box:
    """A product of closed intervals, ``lo <= value <= hi`` for every name.

    Where a box is a set of right-hand sides its names are rows, by name or by
    index; elsewhere they are columns, parameters or symbols. It reads like a mapping
    from a name to the pair ``(lo, hi)``.

    Parameters
    ----------
    intervals
        From a name to its two ends: numbers as everywhere, ``"7/3"`` included; an end
        may be infinite. A box is taken as it is.

    Raises
    ------
    InvalidInputError
        If an interval is no pair of numbers, or its ends cross.

    Examples
    --------
    >>> box = Box({"DEMAND": (0, "7/2"), 1: (-1, 4)})
    >>> box
    Box({'DEMAND': (0, 7/2), 1: (-1, 4)})
    >>> box["DEMAND"], len(box), box.is_bounded
    ((Fraction(0, 1), Fraction(7, 2)), 2, True)
    """

    _of_name: Mapping[Hashable, Interval]

    def __init__(self, intervals: Intervals) -> None:
        if not isinstance(intervals, Mapping | Box):
            raise InvalidInputError(
                "a box is made from a mapping, name or index to (lo, hi), "
                f"not from {type(intervals).__name__}."
            )
        pairs = {name: _interval(name, pair) for name, pair in intervals.items()}
        object.__setattr__(self, "_of_name", pairs)

    # -- reading it like a mapping ---------------------------------------------------

    def __getitem__(self, name: Hashable) -> Interval:
        """The ends of one interval."""
        return self._of_name[name]

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._of_name)

    def __len__(self) -> int:
        return len(self._of_name)

    def items(self) -> Iterator[tuple[Hashable, Interval]]:
        """Names with their intervals, in the order given."""
        return iter(self._of_name.items())

    @property
    def is_bounded(self) -> bool:
        """Whether every end is finite."""
        return all(isinstance(end, Fraction) for _, pair in self.items() for end in pair)

    # -- boxes of right-hand sides ---------------------------------------------------

    def of_rows(self, program: MixedIntegerProgram) -> tuple[Interval, ...]:
        """One interval a row; a row that is not named keeps its right-hand side.

        Raises
        ------
        InvalidInputError
            If a row is unknown, or named twice.

        Examples
        --------
        >>> from tamemip.programs import MixedIntegerProgram
        >>> p = MixedIntegerProgram.from_arrays([1], [[1], [2]], ">=", [3, 5])
        >>> Box({"R1": (0, 9)}).of_rows(p)[1]
        (Fraction(0, 1), Fraction(9, 1))
        """
        found: dict[int, Interval] = {}
        for name, interval in self.items():
            i = program.row_index(name)  # type: ignore[arg-type]  # it refuses what is no row
            if i in found:
                raise InvalidInputError(f"row {program.row_names[i]!r} is named twice in the box.")
            found[i] = interval
        return tuple(found.get(i, (v, v)) for i, v in enumerate(program.exact.rhs))

    def holds(self, program: MixedIntegerProgram, b: Vector) -> bool:
        """Whether a right-hand side of the program lies in the box."""
        pairs = zip(self.of_rows(program), program.exact_rhs(b), strict=True)
        return all(lo <= value <= hi for (lo, hi), value in pairs)

    # -- keeping and showing ---------------------------------------------------------

    def __hash__(self) -> int:
        return hash(frozenset(self._of_name.items()))

    def __repr__(self) -> str:
        return f"Box({{{', '.join(f'{n!r}: ({lo}, {hi})' for n, (lo, hi) in self.items())}}})"

    def __str__(self) -> str:
        lines = [f"  {lo} <= {name} <= {hi}" for name, (lo, hi) in self.items()]
        hidden = len(lines) - _SHOWN
        if hidden > 0:
            lines[_SHOWN:] = [f"  ... {hidden} more"]
        return "\n".join((f"box of {len(self)} interval{'s' * (len(self) != 1)}", *lines))

    def _repr_html_(self) -> str:
        return _display.html(str(self))


def _interval(name: object, ends: object) -> Interval:
    if isinstance(ends, str) or not isinstance(ends, Sequence) or len(ends) != 2:
        raise InvalidInputError(f"the interval of {name!r} is {ends!r}; a pair (lo, hi) is needed.")
    lo, hi = (rationalize_bound(end, what=f"an end of the interval of {name!r}") for end in ends)
    if lo > hi:
        raise InvalidInputError(f"the interval of {name!r} is empty: {lo} is above {hi}.")
    return lo, hi
