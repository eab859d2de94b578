"""A run of instructions as matrices, obeyed at many points at once.

Points are columns. Of every row, what does not change on the way is summed up in one
matrix product; the rest is one product with the matrix of the registers in use, which
is small, since a register is given up where it is read for the last time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never, final

import numpy as np

from tamemip.functions._compiled_rows import (
    Extreme,
    Guard,
    Instruction,
    IntegerRow,
    Rounding,
    RoundUp,
    Row,
    Search,
    Take,
)
from tamemip.functions._term_batch_kernel import Line, Lines
from tamemip.functions._term_batch_products import PIECE, Product, tiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[Any]

_OFFSET = 24


@final
@dataclass(frozen=True, slots=True)
class Layout:
    """The arithmetic and the scale of a run, and where registers are held.

    In float arithmetic the weights of a row under a ceiling are divided by its divisor,
    and the row lies half a unit of the numerator lower: it is no integer there, but has
    the same ceiling, by more than all rounding errors (see `Reach`). Other rows are
    integers. Registers without a slot may be infinite, and are held one by one.
    """

    dtype: type[Any]
    scale: int
    slots: Mapping[int, int]
    n_slots: int

    @property
    def is_float(self) -> bool:
        """Whether the numbers are floats."""
        return issubclass(self.dtype, np.floating)


@final
@dataclass(slots=True)
class State:
    """What a run works on: one column a point."""

    points: Matrix
    base: Matrix
    held: Matrix
    tiles: Matrix
    buffer: Matrix
    infinite: dict[int, Matrix] = field(default_factory=dict)

    @classmethod
    def of(cls, points: Matrix, base: Matrix, n_slots: int) -> State:
        """The state before the first instruction."""
        # Rows whose distance is a power of two would share the same few lines of a cache.
        width = base.shape[1]
        buffer = np.zeros((n_slots, width + _OFFSET), dtype=base.dtype)
        held = buffer[:, :width]
        return cls(points, base, held, tiles(held), buffer)


Obey: TypeAlias = Callable[[State], None]
_Total: TypeAlias = Callable[[State], Any]
#: Makes the search of a threshold obey.
SearchMaker: TypeAlias = Callable[[Search, int], Obey]


@final
class Stage:
    """Instructions in a row; with a last row whose value is wanted as it is."""

    def __init__(
        self,
        steps: Sequence[tuple[int, Instruction]],
        last: Row | None,
        layout: Layout,
        *,
        n_inputs: int,
        outer: Layout | None = None,
        search: SearchMaker | None = None,
    ) -> None:
        self._layout = layout
        self._has_outer = outer is not None
        self._rows: list[tuple[IntegerRow, bool]] = []
        self._search = search
        self._steps = steps
        self._obey = [self._prepared(register, step) for register, step in steps]
        self._last = None if last is None else self._total(self._added(last, False))
        self._inputs = Product(self._matrix([row.inputs for row, _ in self._rows], n_inputs))
        self._constants = np.array(
            [[_constant(row, self._divides(is_up))] for row, is_up in self._rows],
            dtype=layout.dtype,
        ).reshape(-1, 1)
        self._outer: Product | None = None
        if outer is not None:
            pairs = [
                [(outer.slots[k], w) for k, w in row.parts if k in outer.slots]
                for row, _ in self._rows
            ]
            if any(pairs):
                self._outer = Product(self._matrix(pairs, outer.n_slots))

    @property
    def n_rows(self) -> int:
        """Number of rows, of all instructions."""
        return len(self._rows)

    def base(
        self, points: Matrix, outer: Matrix | None = None, *, compiled: bool = False
    ) -> Matrix:
        """What does not change: one line a row, one column a point."""
        base = self._inputs.times(points, compiled=compiled)
        base += self._constants
        if self._outer is not None and outer is not None:
            base += self._outer.times(outer, compiled=compiled)
        return base

    def run(self, state: State, *, compiled: bool = False) -> Any:
        """Obey; the value of the last row."""
        if compiled and self.lines is not None:
            return self.lines.run(state.base, state.buffer)
        for obey in self._obey:
            obey(state)
        return None if self._last is None else self._last(state)

    @cached_property
    def lines(self) -> Lines | None:
        """The same for a compiled kernel; None with instructions that it does not know."""
        slots, steps = self._layout.slots, self._steps
        simple = all(
            isinstance(step, Take) or (isinstance(step, RoundUp) and step.factor == 1)
            for _, step in steps
        )
        if not simple or (not self._has_outer and any(k not in slots for k, _ in steps)):
            return None
        targets = [slots[k] for k, _ in steps]
        rows = zip(self._rows, [*targets, -1], strict=self._last is not None)
        lines = []
        for (row, is_up), target in rows:
            divide = self._divides(is_up)
            parts = [
                (slots[k], w / row.divisor if divide else w) for k, w in row.parts if k in slots
            ]
            lines.append(Line(parts, target, is_up, row.divisor))
        return Lines(lines, self._layout.dtype)

    # -- rows ------------------------------------------------------------------------

    def _divides(self, is_up: bool) -> bool:
        return is_up and self._layout.is_float

    def _added(self, row: Row, is_up: bool) -> int:
        self._rows.append((row.at(self._layout.scale), is_up))
        return len(self._rows) - 1

    def _matrix(self, pairs: Sequence[Sequence[tuple[int, int]]], width: int) -> Matrix:
        made = np.zeros((len(pairs), width), dtype=self._layout.dtype)
        for line, own, (row, is_up) in zip(made, pairs, self._rows, strict=True):
            for k, w in own:
                line[k] = w / row.divisor if self._divides(is_up) else w
        return made

    def _total(self, number: int) -> _Total:
        """The value of a row, in an array of its own."""
        row, is_up = self._rows[number]
        divide = self._divides(is_up)
        parts = [(k, w / row.divisor if divide else w) for k, w in row.parts]
        slots, dtype = self._layout.slots, self._layout.dtype
        finite = [(slots[k], w) for k, w in parts if k in slots]
        pieces = []
        for first in sorted({slot // PIECE * PIECE for slot, _ in finite}):
            stop = min(first + PIECE, self._layout.n_slots)
            weights = np.zeros(stop - first, dtype=dtype)
            for slot, w in finite:
                if first <= slot < stop:
                    weights[slot - first] = w
            pieces.append((slice(first, stop), weights))
        if len(pieces) == 1:
            ((chosen, only),) = pieces

            def total(state: State) -> Any:
                made = np.matmul(only, state.tiles[:, chosen]).reshape(-1)
                made += state.base[number]
                return made

            return total

        def totals(state: State) -> Any:
            made = state.base[number].copy()
            for chosen, weights in pieces:
                made += np.matmul(weights, state.tiles[:, chosen]).reshape(-1)
            return made

        return totals

    # -- instructions -----------------------------------------------------------------

    def _prepared(self, register: int, step: Instruction) -> Obey:
        match step:
            case Take():
                return self._stored(register, self._read(step.row, False))
            case RoundUp():
                return self._round_up(register, step)
            case Rounding():
                return self._rounding(register, step)
            case Extreme():
                return self._extreme(register, step)
            case Guard():
                return self._stored(register, self._guard(step))
            case Search():
                assert self._search is not None
                return self._search(step, self._layout.slots[register])
            case _:
                assert_never(step)

    def _stored(self, register: int, total: _Total) -> Obey:
        slot = self._layout.slots.get(register)
        if slot is None:

            def keep(state: State) -> None:
                state.infinite[register] = total(state)

            return keep

        def obey(state: State) -> None:
            state.held[slot] = total(state)

        return obey

    def _read(self, row: Row, is_up: bool) -> _Total:
        """A row, the infinite registers among its parts added."""
        number = self._added(row, is_up)
        total = self._total(number)
        at = self._rows[number][0]
        factor = at.divisor if self._divides(is_up) else 1
        infinite = [(k, w / factor) for k, w in at.parts if self._is_infinite(k)]
        if not infinite:
            return total

        def read(state: State) -> Any:
            made = total(state)
            for k, w in infinite:
                made += w * state.infinite[k]
            # An infinity of each sign: the positive one wins.
            made[np.isnan(made)] = np.inf
            return made

        return read

    def _is_infinite(self, register: int) -> bool:
        return not self._has_outer and register not in self._layout.slots

    def _round_up(self, register: int, step: RoundUp) -> Obey:
        total = self._read(step.row, True)
        divisor, factor = self._rows[-1][0].divisor, step.factor
        slot = self._layout.slots.get(register)
        if slot is None or factor != 1 or not self._layout.is_float:
            is_float = self._layout.is_float

            def rounded(state: State) -> Any:
                made = total(state)
                made = np.ceil(made) if is_float else -(-made // divisor)
                return made * factor

            return self._stored(register, rounded)

        def obey(state: State) -> None:
            np.ceil(total(state), out=state.held[slot])

        return obey

    def _rounding(self, register: int, step: Rounding) -> Obey:
        total = self._read(step.row, False)
        divisor = self._rows[-1][0].divisor
        minus = None if step.minus is None else self._read(step.minus, False)
        a, b = step.fraction.numerator, step.fraction.denominator

        def rounded(state: State) -> Any:
            numerator = total(state)
            # Correctly rounded, a quotient of such integers stays below the next integer.
            whole = numerator // divisor
            made = whole * (divisor * a)
            made += np.minimum((numerator - whole * divisor) * b, divisor * a)
            if minus is not None:
                made += minus(state) * b
            return made

        return self._stored(register, rounded)

    def _extreme(self, register: int, step: Extreme) -> Obey:
        first = self.n_rows
        totals = [self._read(row, False) for row in step.rows]
        stop = self.n_rows
        choose = np.maximum if step.greatest else np.minimum
        if not any(row.registers for row in step.rows):

            def among(state: State) -> Any:
                return choose.reduce(state.base[first:stop], axis=0)

            return self._stored(register, among)

        def extreme(state: State) -> Any:
            made = totals[0](state)
            for total in totals[1:]:
                choose(made, total(state), out=made)
            return made

        return self._stored(register, extreme)

    def _guard(self, step: Guard) -> _Total:
        def held(state: State, register: int) -> Any:
            slot = self._layout.slots.get(register)
            return state.infinite[register] if slot is None else state.held[slot]

        def guard(state: State) -> Any:
            width = state.held.shape[1]
            made = np.full(width, -np.inf) if step.of is None else held(state, step.of).copy()
            for register in step.guards:
                made[held(state, register) > 0] = np.inf
            return made

        return guard


def _constant(row: IntegerRow, divide: bool) -> float | int:
    if divide:
        return (2 * row.constant - 1) / (2 * row.divisor)
    return row.constant


def slots_of(
    steps: Sequence[tuple[int, Instruction]],
    pinned: Sequence[int],
    *,
    without: Callable[[int], bool],
) -> tuple[dict[int, int], int]:
    """Where registers are held: a place is free again behind the last instruction that reads it.

    Pinned registers keep their places; those that `without` names get none.
    """
    last: dict[int, int] = {}
    for number, (_, step) in enumerate(steps):
        for register in _read_by(step):
            last[register] = number
    kept = set(pinned)
    over: dict[int, list[int]] = {}
    for register, number in last.items():
        if register not in kept:
            over.setdefault(number, []).append(register)
    slots: dict[int, int] = {}
    free: list[int] = []
    n_slots = 0
    for register in (r for r in pinned if r not in {r for r, _ in steps} and not without(r)):
        slots[register] = n_slots
        n_slots += 1
    for number, (register, _) in enumerate(steps):
        if not without(register):
            if free:
                slots[register] = free.pop()
            else:
                slots[register] = n_slots
                n_slots += 1
        free += [slots[r] for r in over.get(number, ()) if r in slots]
    return slots, n_slots


def _read_by(step: Instruction) -> set[int]:
    registers = {k for row in step.rows for k in row.registers}
    if isinstance(step, Guard):
        registers.update(step.guards)
        if step.of is not None:
            registers.add(step.of)
    return registers
