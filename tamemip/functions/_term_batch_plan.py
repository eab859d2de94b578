"""A program made ready for one scale and one arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tamemip.functions._compiled_rows import Program, Search
from tamemip.functions._term_batch_kernel import is_installed
from tamemip.functions._term_batch_products import padded
from tamemip.functions._term_batch_reach import Reach
from tamemip.functions._term_batch_search import PILOT, Searching
from tamemip.functions._term_batch_stage import Layout, Obey, Stage, State, slots_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[Any]

#: For each float type: what bounds `Reach.rounded`, so that errors stay below half a unit of
#: the numerator (3 % are left for products of errors); the integers that it holds; and
#: weights and divisors, whose quotients must not underflow.
_FLOATS: tuple[tuple[type[Any], int, int, int], ...] = (
    (np.float32, 2**23 - 2**18, 2**24, 2**100),
    (np.float64, 2**52 - 2**47, 2**52, 2**900),
)
_LONG = 2**61
#: Numbers held for a block of points: about what the caches take.
_CELLS = 1 << 22
_MOST_POINTS = 4096
#: A kernel has no cost a row that many points would have to share.
_MOST_COMPILED = 1024
#: Numbers to compute from which on a kernel is compiled (once) for the searches.
COMPILED = 10_000_000


def arithmetic(program: Program, reach: Reach) -> type[Any] | None:
    """The fastest number type that is exact for a program; None if none is."""
    is_finite = not any(program.may_be_infinite)
    for dtype, rounded, plain, weights in _FLOATS:
        if reach.rounded < rounded and reach.plain < plain and reach.weights < weights:
            return dtype
    if is_finite and max(reach.rounded, reach.plain, reach.weights) < _LONG:
        return np.int64
    return None


@final
class Plan:
    """The matrices of a program for one scale and one number type."""

    def __init__(self, program: Program, scale: int, dtype: type[Any]) -> None:
        self._program = program
        self._scale = scale
        self.dtype = dtype
        infinite = program.may_be_infinite
        read_inside = {
            k
            for _, step in program.steps
            if isinstance(step, Search)
            for row in step.inside
            for k in row.registers
        }
        own = {register for register, _ in program.steps}
        pinned = sorted((read_inside & own) | set(program.roots))
        slots, n_slots = slots_of(program.steps, pinned, without=lambda k: infinite[k])
        self._layout = Layout(dtype, scale, slots, n_slots)
        self._searches: list[Searching] = []
        self._stage = Stage(
            program.steps, None, self._layout, n_inputs=program.n_inputs, search=self._searching
        )

    def _searching(self, step: Search, slot: int) -> Obey:
        searching = Searching(step, self._layout, self._program.n_inputs)
        self._searches.append(searching)

        def obey(state: State) -> None:
            state.held[slot] = searching.find(state.points, state.held)

        return obey

    def numerators(self, points: Matrix) -> list[Matrix]:
        """What the registers of the roots hold: points are columns of integers."""
        compiled = self._is_worth_compiling(points.shape[1])
        for searching in self._searches:
            searching.begin(compiled=compiled)
        most = _MOST_COMPILED if compiled else _MOST_POINTS
        blocks = self._blocks(points.shape[1], most)
        parts = [self._block(points[:, k:stop]) for k, stop in blocks]
        return [np.concatenate(column) for column in zip(*parts, strict=True)]

    def _is_worth_compiling(self, n_points: int) -> bool:
        rows = max((searching.n_cells for searching in self._searches), default=0)
        return rows * n_points >= COMPILED and is_installed()

    def _blocks(self, n_points: int, most: int) -> list[tuple[int, int]]:
        cells = self._stage.n_rows + self._layout.n_slots
        cells += max((searching.n_cells for searching in self._searches), default=0)
        size = min(most, max(128, _CELLS // max(1, cells)))
        starts = list(range(0, n_points, size))
        if self._searches and n_points > 2 * PILOT:
            starts = [0, *range(PILOT, n_points, size)]
        return list(zip(starts, [*starts[1:], n_points], strict=True))

    def _block(self, points: Matrix) -> list[Matrix]:
        n_points = points.shape[1]
        own = np.empty((points.shape[0], padded(n_points)), dtype=self.dtype)
        own[:, :n_points] = points
        own[:, n_points:] = points[:, -1:]
        state = State.of(own, self._stage.base(own), self._layout.n_slots)
        self._stage.run(state)
        slots = self._layout.slots
        return [
            (state.held[slots[k]] if k in slots else state.infinite[k])[:n_points].copy()
            for k in self._program.roots
        ]

    def denominators(self) -> Sequence[int]:
        """What the numerators are to be divided by, exactly."""
        return [self._program.denominator(k, self._scale) for k in self._program.roots]
