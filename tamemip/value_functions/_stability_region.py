"""The right-hand sides at which an optimal integer part stays optimal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, final

from tamemip.arithmetic import Number
from tamemip.certificates import Bound, SparseVector
from tamemip.duality import DualFunction, Restriction, dual_function
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.programs import Index, MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._line_function import read_direction
from tamemip.value_functions._stability_line import (
    ConvexBound,
    StabilityInterval,
    interval_around,
    sure_step,
)
from tamemip.value_functions._stability_local import LocalStabilitySet, proved_value
from tamemip.value_functions._stability_polyhedron import (
    IntegerPart,
    PricedPolyhedron,
    priced_polyhedron,
)

if TYPE_CHECKING:
    from tamemip.programs import Vector


@final
@dataclass(frozen=True, eq=False, repr=False)
class StabilityRegion:
    """The right-hand sides around one at which its optimal integer part stays optimal.

    With ``f_S(d)`` the least cost of the integer part ``S`` at ``d``, this is
    ``{d : v(d) = f_S(d), finite}``. What is proved of it at once is ``{d : F(d) = f_S(d)}``
    with a dual function ``F`` that is tight at the right-hand side: see `contains`. The
    rest is decided where it is asked for: see `is_optimal` and `along`.

    Obtain one from `tamemip.stability_region`.

    Attributes
    ----------
    program
        The program.
    at
        The right-hand side.
    point, value
        An optimal point there, and the value.
    dual_function
        The bound that proves it.

    References
    ----------
    .. [1] A. Hassanzadeh and T. K. Ralphs, "On the value function of a mixed integer
       linear optimization problem and an algorithm for its construction", COR@L
       Technical Report 14T-004, Lehigh University (2014).
    """

    program: MixedIntegerProgram
    at: tuple[Fraction, ...]
    point: tuple[Fraction, ...]
    value: Fraction
    dual_function: DualFunction

    @property
    def integer_part(self) -> IntegerPart:
        """The values of the integer columns, in column order."""
        return tuple(self.point[j] for j in self._values.integers)

    def cost(self, d: Vector) -> Bound:
        """``f_S(d)``: the best objective with this integer part; infinite if it does not fit."""
        value = self._values.value(self.integer_part, self.program.exact_rhs(d))
        sign = 1 if self.program.sense == "min" else -1
        return sign * value + self.program.offset if isinstance(value, Fraction) else sign * value

    def contains(self, d: Vector) -> bool:
        """Whether the integer part is proved to be optimal at a right-hand side.

        The proof is the dual function as it is: False means "not proved". `is_optimal`
        decides.
        """
        cost = self.cost(d)
        return isinstance(cost, Fraction) and self.dual_function.exact(d) == cost

    def is_optimal(self, d: Vector, *, limits: Limits | None = None) -> bool:
        """Whether the integer part is optimal at a right-hand side: refined until it is decided.

        Raises
        ------
        NotAllowedError
            If a limit came first.
        """
        cost = self.cost(d)
        if not isinstance(cost, Fraction):
            return False
        return cost == proved_value(self.dual_function, self.program.exact_rhs(d), limits)

    @cached_property
    def polyhedron(self) -> PricedPolyhedron:
        """A polyhedron around the right-hand side on which one price holds, proved.

        One basis of ``f_S`` is feasible on it, and one line of every leaf of the dual
        function stays at its cost. It need not be the largest such polyhedron.

        Raises
        ------
        NotAllowedError
            If exact arithmetic confirms no basis.
        """
        found = priced_polyhedron(self.dual_function, self._values, self.integer_part, self.at)
        if found is None:
            raise NotAllowedError(
                "no basis of the optimal integer part was confirmed in rational arithmetic. "
                "Coefficients 1e9 apart are the usual reason."
            )
        return found

    @property
    def price(self) -> tuple[Fraction, ...]:
        """One number a row: ``v(d) = value + price . (d - at)`` on `polyhedron`."""
        return self.polyhedron.price

    def along(
        self,
        direction: Mapping[Index, Number],
        *,
        reach: Number | None = None,
        limits: Limits | None = None,
    ) -> StabilityInterval:
        """The largest interval of steps around 0 in which the integer part stays optimal.

        Exact, by the value function on the line: it does not depend on the dual function.

        Parameters
        ----------
        direction
            From a row, by name or by index, to the rate of its right-hand side.
        reach
            How far to look in both directions; as far as it goes if None.
        limits
            Limits of all the work.

        Examples
        --------
        >>> import tamemip as tm
        >>> p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [7], upper=10)
        >>> region = tm.stability_region(p, at=[7])
        >>> lo, hi, lo_closed, hi_closed, _ = region.along({0: 1})
        >>> print(lo, hi, lo_closed, hi_closed)
        -1 1 False True
        """
        here = self.program.with_rhs(self.at)
        bound = ConvexBound(here, self.integer_part, Fraction(0))
        way = read_direction(self.program, direction)
        F = self.dual_function
        sure = (sure_step(F, bound, _times(way, -1)), sure_step(F, bound, way))
        return interval_around(here, bound, way, sure=sure, reach=reach, limits=limits)

    @cached_property
    def local_set(self) -> LocalStabilitySet:
        """The local stability set of Hassanzadeh and Ralphs at the same right-hand side."""
        return LocalStabilitySet(self.program, self.at, self.value, self.dual_function)

    @cached_property
    def _values(self) -> Restriction:
        return Restriction(self.program)

    def __getstate__(self) -> dict[str, object]:
        """Pickle the fields, not what is cached."""
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return f"StabilityRegion({self.program.sense}, value {self.value}, {self._part_text()})"

    def __str__(self) -> str:
        lines = [
            f"stability region of {self.program!r}",
            f"  value {self.value}, integer part {self._part_text()}",
            f"  around the right-hand side: {self.polyhedron!r}",
        ]
        return "\n".join((*lines, *(f"    {half}" for half in self.polyhedron.half_spaces[:10])))

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def _part_text(self) -> str:
        names = (self.program.col_names[j] for j in self._values.integers)
        kept = [f"{n} = {v}" for n, v in zip(names, self.integer_part, strict=True) if v]
        more = f", ... {len(kept) - 8} more" if len(kept) > 8 else ""
        return (", ".join(kept[:8]) + more) or "0"


def stability_region(
    program: MixedIntegerProgram,
    *,
    at: Vector | None = None,
    limits: Limits | None = None,
    progress: bool = False,
) -> StabilityRegion:
    """The right-hand sides around one at which an optimal integer part stays optimal.

    Parameters
    ----------
    program
        The program.
    at
        The right-hand side; the program's own if None.
    limits
        Limits of the search for an optimal point and its proof.
    progress
        Show a progress line on a terminal.

    Raises
    ------
    UnsupportedError
        If the program is infeasible or unbounded there: no integer part is optimal.
    NotAllowedError
        If no point was proved optimal within the limits.

    Examples
    --------
    A program of Hassanzadeh and Ralphs (2014), at the right-hand side 3:

    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     [3, "7/2", 3, 6, 7, 5],
    ...     [[6, 5, -4, 2, -7, 1]],
    ...     "=",
    ...     [3],
    ...     integrality=[True, True, True, False, False, False],
    ... )
    >>> region = tm.stability_region(p)
    >>> region.value, [str(x) for x in region.integer_part], [str(y) for y in region.price]
    (Fraction(11, 2), ['0', '1', '0'], ['-1'])
    >>> region.contains([4]), region.is_optimal([6])
    (True, False)
    >>> lo, hi, *_ = region.along({0: 1})
    >>> print(3 + lo, 3 + hi)
    17/8 41/8
    >>> lo, hi, *_ = region.local_set.along({0: 1})
    >>> print(3 + lo, 3 + hi)
    17/8 3
    """
    if not isinstance(program, MixedIntegerProgram):
        raise InvalidInputError(
            f"stability_region needs a MixedIntegerProgram, not {type(program).__name__}."
        )
    rhs = program.exact.rhs if at is None else program.exact_rhs(at)
    F = dual_function(program, method="branch-and-bound", at=rhs, limits=limits, progress=progress)
    if rhs not in F.tight_at:
        raise NotAllowedError(
            "no point was proved optimal at this right-hand side within the limits "
            f"({F.report.stopped}), and a stability region belongs to one. Allow more."
        )
    proved = F.tight_point(rhs)
    if proved.point is None or proved.value is None:
        state = "infeasible" if proved.point is None else "unbounded"
        raise UnsupportedError(
            f"a stability region was asked for at a right-hand side where the program is {state} "
            "(proved): no integer part is optimal there. Choose another `at`."
        )
    return StabilityRegion(program, rhs, proved.point, proved.value, F)


def _times(direction: SparseVector, sign: int) -> SparseVector:
    return tuple((i, sign * rate) for i, rate in direction)
