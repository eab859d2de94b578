"""The program of a layer: which of its data are tensors, and the program of one item."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, cast, final

import numpy as np

from tamemip.differentiation import elastic, penalties_of
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.programs import MixedIntegerProgram, ParametricProgram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.layers._answer import Answer, Floats

#: One number for all rows, one a row, a mapping of rows, or None for a rigid program.
Penalty: TypeAlias = Any
Program: TypeAlias = MixedIntegerProgram | ParametricProgram
#: The data of one item, in the order of `wrt`.
Arrays: TypeAlias = "tuple[NDArray[Any], ...]"

_SLOTS = ("rhs", "c", "A", "lower", "upper")
_ALSO = {"b": "rhs", "cost": "c", "costs": "c", "matrix": "A"}
_BOUNDED = frozenset({"rhs", "lower", "upper"})


@final
@dataclass(frozen=True)
class LayerData:
    """A program, and which of its data are given anew for every item.

    Attributes
    ----------
    program
        The program as the user gave it.
    wrt
        Slots, or ``("theta",)``.
    penalty
        The penalty of the elastic envelope, or None.
    """

    program: MixedIntegerProgram | ParametricProgram
    wrt: tuple[str, ...]
    penalty: Penalty

    # -- shapes ----------------------------------------------------------------------------

    @cached_property
    def base(self) -> MixedIntegerProgram:
        """The program whose data stand where no tensor is given, without slacks."""
        if isinstance(self.program, ParametricProgram):
            return self.program.program
        return self.program

    @cached_property
    def solved(self) -> MixedIntegerProgram:
        """What is solved at the base data: the elastic envelope, if there is a penalty."""
        return self._elastic(self.base)

    @property
    def n(self) -> int:
        """Columns that the user knows of."""
        return self.base.n_cols

    @property
    def moved(self) -> frozenset[str]:
        """Slots that move, also those behind parameters."""
        if isinstance(self.program, ParametricProgram) and self.wrt == ("theta",):
            return frozenset(self.program.slots)
        return frozenset(self.wrt)

    def shape(self, slot: str) -> tuple[int, ...]:
        """The shape of one item of a slot."""
        match slot:
            case "rhs":
                return (self.base.n_rows,)
            case "A":
                return (self.base.n_rows, self.n)
            case "theta":
                return (cast("ParametricProgram", self.program).n_parameters,)
            case _:
                return (self.n,)

    # -- items -----------------------------------------------------------------------------

    def at(self, arrays: Arrays) -> MixedIntegerProgram:
        """The program of one item, exactly; floats are read as the decimals that they print."""
        values = dict(zip(self.wrt, arrays, strict=True))
        if "theta" in values:
            q = cast("ParametricProgram", self.program)
            return self._elastic(q.at(list(values["theta"])))
        return self._elastic(_with(self.base, values))

    def _elastic(self, program: MixedIntegerProgram) -> MixedIntegerProgram:
        return program if self.penalty is None else elastic(program, penalty=self.penalty)

    # -- what moves ------------------------------------------------------------------------

    @cached_property
    def moving_rows(self) -> NDArray[np.bool_]:
        """Rows whose right-hand side or coefficients move."""
        rows = np.zeros(self.base.n_rows, dtype=np.bool_)
        if self.wrt != ("theta",):
            return rows | bool(self.moved & {"rhs", "A"})
        q = cast("ParametricProgram", self.program)
        rows[[i for i, slope in enumerate(q.rhs.rows) if slope]] = True
        rows[[entry.row for entry in q.A]] = True
        return rows

    def moving_bounds(self, slot: str) -> NDArray[np.bool_]:
        """Columns, slacks included, whose lower or upper bound moves."""
        columns = np.zeros(self.solved.n_cols, dtype=np.bool_)
        if slot in self.wrt:
            columns[: self.n] = True
        elif self.wrt == ("theta",):
            q = cast("ParametricProgram", self.program)
            slopes = q.lower if slot == "lower" else q.upper
            columns[[j for j, slope in enumerate(slopes.rows) if slope]] = True
        return columns

    @property
    def needs_compactness(self) -> bool:
        """Whether points of bounded cost have to stay in one compact set."""
        return "c" in self.moved or "A" in self.moved

    # -- derivatives -----------------------------------------------------------------------

    def derivative(self, slot: str, answer: Answer) -> Floats:
        """The derivative of the value by a slot."""
        return self.chain(
            slot, answer.point, answer.point, answer.duals, answer.lower, answer.upper
        )

    def chain(
        self, slot: str, x: Floats, by_c: Floats, by_rhs: Floats, by_lower: Floats, by_upper: Floats
    ) -> Floats:
        """The derivative by a slot, from those by costs, right-hand sides and bounds at `x`.

        By the matrix it is ``-by_rhs x^T``: a row ``a x <= b`` only knows ``b - a x``.
        """
        match slot:
            case "rhs":
                return by_rhs
            case "c":
                return by_c
            case "lower":
                return by_lower
            case "upper":
                return by_upper
            case "A":
                return -np.outer(by_rhs, x)
        rhs, c, low, high, entries = self._slopes
        total = by_rhs @ rhs + by_c @ c + by_lower @ low + by_upper @ high
        for i, j, slope in entries:
            total = total - by_rhs[i] * x[j] * slope
        return np.asarray(total, dtype=np.float64)

    @cached_property
    def _slopes(
        self,
    ) -> tuple[Floats, Floats, Floats, Floats, list[tuple[int, int, Floats]]]:
        q = cast("ParametricProgram", self.program)
        k = q.n_parameters
        rhs, c, lower, upper = (_dense(M.rows, k) for M in (q.rhs, q.c, q.lower, q.upper))
        return rhs, c, lower, upper, [(e.row, e.col, _dense([e.slope], k)[0]) for e in q.A]


def read_layer(
    program: MixedIntegerProgram | ParametricProgram,
    wrt: str | Sequence[str] | None,
    penalty: Penalty,
) -> LayerData:
    """Read what a layer is of.

    Raises
    ------
    InvalidInputError
        If a slot is unknown or doubled, or ``"theta"`` is asked of a program without parameters.
    NotAllowedError
        If the matrix moves and an integer column has no two finite bounds.
    """
    if not isinstance(program, (MixedIntegerProgram, ParametricProgram)):
        raise InvalidInputError(
            f"a layer needs a MixedIntegerProgram or a ParametricProgram, not {program!r}."
        )
    is_parametric = isinstance(program, ParametricProgram)
    given = ("theta" if is_parametric else "c") if wrt is None else wrt
    names = given.replace(",", " ").split() if isinstance(given, str) else list(given)
    slots = tuple(_ALSO.get(name, name) for name in names)
    for name in slots:
        if name not in (*_SLOTS, "theta"):
            raise InvalidInputError(
                f"wrt names {name!r}; the slots are 'c', 'rhs', 'A', 'lower', 'upper', and "
                "'theta' for a ParametricProgram."
            )
    if not slots or len(set(slots)) < len(slots) or ("theta" in slots and len(slots) > 1):
        raise InvalidInputError(
            f"wrt is {wrt!r}; name one slot or several different ones, and 'theta' alone."
        )
    if ("theta" in slots) != is_parametric:
        raise InvalidInputError(
            f"wrt is {wrt!r} and the program is a {type(program).__name__}: 'theta' goes with a "
            "ParametricProgram, and the other slots go with a MixedIntegerProgram."
        )
    if isinstance(penalty, str) and penalty == "exact":
        base = program.program if isinstance(program, ParametricProgram) else program
        penalty = penalties_of(elastic(base, penalty="exact"))
    data = LayerData(program, slots, penalty)
    _refuse_unbounded_integers(data)
    assert data.solved is not None
    return data


def _refuse_unbounded_integers(data: LayerData) -> None:
    exact = data.base.exact
    if "A" not in data.moved:
        return
    for name, flag, low, up in zip(
        data.base.col_names, exact.integer, exact.lower, exact.upper, strict=True
    ):
        if flag and (math.isinf(low) or math.isinf(up)):
            raise NotAllowedError(
                f"the matrix moves and the integer column {name!r} has no two finite bounds: "
                "the value may jump for no visible reason. Give it bounds."
            )


def _with(program: MixedIntegerProgram, values: dict[str, NDArray[Any]]) -> MixedIntegerProgram:
    """The program with other data."""
    exact = program.exact
    if set(values) == {"c"}:
        return program.with_cost(list(values["c"]))
    if set(values) == {"rhs"}:
        return program.with_rhs(list(values["rhs"]))
    return MixedIntegerProgram.from_arrays(
        list(values.get("c", exact.c)),
        [list(row) for row in values["A"]] if "A" in values else exact.A,
        exact.row_sense,
        list(values.get("rhs", exact.rhs)),
        lower=list(values.get("lower", exact.lower)),
        upper=list(values.get("upper", exact.upper)),
        integrality=exact.integer,
        sense=exact.sense,
        row_names=program.row_names,
        col_names=program.col_names,
        offset=exact.offset,
        name=program.name,
    )


def _dense(rows: Sequence[Sequence[tuple[int, Any]]], width: int) -> Floats:
    matrix = np.zeros((len(rows), width))
    for i, row in enumerate(rows):
        for k, v in row:
            matrix[i, k] = float(v)
    return matrix
