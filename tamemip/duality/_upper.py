"""Upper functions: the value of a program whose integer columns are kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Bound
from tamemip.duality._restriction import IntegerPart, Restriction
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.programs import Vector

Part: TypeAlias = "Vector | Mapping[int | str, Number]"

_PARTS_SHOWN = 3


@final
@dataclass(frozen=True, eq=False, repr=False)
class UpperFunction:
    """The value of the program restricted to some integer parts, for every rhs.

    ``U(b) = min over S of c_I S + phi(b - A_I S)``, hence ``v(b) <= U(b)`` for
    every ``b`` and ``U = v`` wherever one of the parts is optimal (``max``
    programs: ``v >= U``). With all columns integer each part is one point and
    ``U`` tests whether it is feasible.

    Obtain one from `tamemip.upper_function`.

    Attributes
    ----------
    program
        The program that it bounds.
    parts
        The integer parts: values of the integer columns, in column order.

    References
    ----------
    .. [1] M. Güzelsoy and T. K. Ralphs, "Duality for mixed-integer linear
       programs", International Journal of Operations Research 4 (2007), 118-137.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [7], upper=10)
    >>> U = upper_function(p, [[1, 1], {"x0": 0, "x1": 2}])
    >>> U([8]), U.exact(["17/2"]), U.exact([11])
    (5.0, Fraction(6, 1), inf)
    """

    program: MixedIntegerProgram
    parts: tuple[IntegerPart, ...]

    def __call__(self, b: Vector | Sequence[Vector]) -> float | NDArray[np.float64]:
        """Bound at a right-hand side, or at each row of an array of them.

        Parameters
        ----------
        b
            Array of shape ``(m,)``, one right-hand side in row order, or of
            shape ``(k, m)``, one a row. Floats count as the decimals they print.

        Returns
        -------
        float or array of shape ``(k,)``
            The exact bound as a float; infinite where no part is feasible.
        """
        rows = list(b)
        if all(np.ndim(v) == 0 for v in rows):
            return float(self.exact(rows))
        return np.array([float(self.exact(row)) for row in rows], dtype=np.float64)

    def exact(self, b: Vector) -> Bound:
        """Bound at a right-hand side: a Fraction, or an infinity with proof.

        Each part's linear program is settled by an exact primal-dual pair, an
        exact Farkas vector or an exact ray.

        Raises
        ------
        SolverError
            If what the engine proposes cannot be confirmed.
        """
        rhs = self.program.exact_rhs(b)
        best = min((self._restriction.value(part, rhs) for part in self.parts), default=math.inf)
        sign = 1 if self.program.sense == "min" else -1
        return best * sign + self.program.offset if isinstance(best, Fraction) else best * sign

    @cached_property
    def _restriction(self) -> Restriction:
        return Restriction(self.program)

    def __getstate__(self) -> dict[str, object]:
        """Pickle the program and the parts, not the warm engine."""
        return {"program": self.program, "parts": self.parts}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        n = len(self.parts)
        return f"UpperFunction({self.program.sense}, {n} integer part{'s' * (n != 1)})"

    def __str__(self) -> str:
        side = "v(b) <= U(b)" if self.program.sense == "min" else "v(b) >= U(b)"
        lines = [f"upper function of {self.program!r}", f"  {side} for every right-hand side b"]
        if self.program.sense == "max":
            lines[0] = lines[0].replace("upper", "restricted (lower)")
        shown = [f"  part {self._nonzeros(part)}" for part in self.parts[:_PARTS_SHOWN]]
        hidden = len(self.parts) - len(shown)
        return "\n".join([*lines, *shown, *([f"  ... {hidden} more parts"] if hidden else [])])

    def _nonzeros(self, part: IntegerPart) -> str:
        names = [self.program.col_names[j] for j in self._restriction.integers]
        kept = [f"{name} = {v}" for name, v in zip(names, part, strict=True) if v]
        more = f", ... {len(kept) - 8} more" if len(kept) > 8 else ""
        return (", ".join(kept[:8]) + more) or "0"


def upper_function(program: MixedIntegerProgram, integer_parts: Sequence[Part]) -> UpperFunction:
    """The value function of a restriction: every integer column keeps one of some values.

    Parameters
    ----------
    program
        Any mixed-integer linear program.
    integer_parts
        Each a full point (``n`` entries), the integer columns alone (in column
        order), or a mapping from columns (name or index) to values, in which
        integer columns that are left out are 0.

    Returns
    -------
    UpperFunction
        An upper bound on the value for every right-hand side (a lower bound for
        ``max``), with its exact reading.

    Raises
    ------
    InvalidInputError
        If a part has the wrong length, or a value that is fractional or outside
        the bounds of its column.

    References
    ----------
    .. [1] M. Güzelsoy and T. K. Ralphs, "Duality for mixed-integer linear
       programs", International Journal of Operations Research 4 (2007), 118-137.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     [1, 5], [[2, 1]], [">="], [3], upper=[4, 9], integrality=[True, False]
    ... )
    >>> U = upper_function(p, [[1]])
    >>> U.exact([3]), U.exact([2]), U.exact([12])
    (Fraction(6, 1), Fraction(1, 1), inf)
    """
    if not isinstance(program, MixedIntegerProgram):
        raise InvalidInputError(
            f"upper_function needs a MixedIntegerProgram, not {type(program).__name__}."
        )
    read = (_read_part(program, part, k) for k, part in enumerate(integer_parts))
    return UpperFunction(program, tuple(dict.fromkeys(read)))


def _read_part(program: MixedIntegerProgram, part: Part, k: int) -> IntegerPart:
    integers = [j for j, flag in enumerate(program.exact.integer) if flag]
    if isinstance(part, Mapping):
        given = {program.col_index(key): value for key, value in part.items()}
        raw: list[Any] = [given.get(j, 0) for j in integers]
    else:
        raw = list(part)
        if len(raw) == program.n_cols:
            raw = [raw[j] for j in integers]
    if len(raw) != len(integers):
        raise InvalidInputError(
            f"integer part {k} has {len(raw)} entries; {len(integers)} (one an integer column) "
            f"or {program.n_cols} (a full point) are needed."
        )
    values = {
        j: rationalize(v, what=f"{program.col_names[j]} of integer part {k}")
        for j, v in zip(integers, raw, strict=True)
    }
    named: dict[int | str, Number] = dict(values.items())
    program.fix(named)  # refuses fractions and values outside the bounds, with the name
    return tuple(values.values())
