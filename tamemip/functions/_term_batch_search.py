"""The thresholds of many points at once: bisection, led by the answers already known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tamemip.functions._compiled_rows import Search
from tamemip.functions._term_batch_products import padded
from tamemip.functions._term_batch_stage import Layout, Stage, State, slots_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[Any]
    Floats: TypeAlias = NDArray[np.float64]

#: So many points are searched before a guess is fitted to their answers.
PILOT = 1024
#: Inputs from which on no plane is fitted.
_MANY = 400
#: Points are left out of a run once this share of them is settled.
_SETTLED = 0.25
#: Distances are counted in a table if it has no more entries.
_TABLE = 1 << 20
#: Steps of conjugate gradients, and how much smaller a square of the gradient is enough.
_GRADIENTS = 60
_ENOUGH = 1e-6


@final
class Searching:
    """One search, with its body as matrices, for the points of a batch."""

    def __init__(self, step: Search, layout: Layout, n_inputs: int) -> None:
        # The sign is read last.
        inside = {register for register, _ in step.body}
        read_last = sorted(inside.intersection(step.sign.registers))
        pinned = (step.moving, *read_last)
        slots, n_slots = slots_of(step.body, pinned, without=lambda _: False)
        own = Layout(layout.dtype, layout.scale, slots, n_slots)
        self._step = step
        self._stage = Stage(step.body, step.sign, own, n_inputs=n_inputs, outer=layout)
        self._moving = slots[step.moving]
        self._n_slots = n_slots
        self._scale = layout.scale
        # How far the sign falls a step, at least; long integers may not be floats.
        slope = dict(step.sign.at(layout.scale).parts).get(step.moving, 0)
        self._slope = float(slope) if layout.is_float else 0.0
        self._guess = Guess()
        self._is_compiled = False

    @property
    def n_cells(self) -> int:
        """Numbers that are held for each point."""
        return self._stage.n_rows + self._n_slots

    def begin(self, *, compiled: bool) -> None:
        """Another batch follows."""
        self._guess = Guess()
        self._is_compiled = compiled

    def find(self, points: Matrix, outer: Matrix) -> Floats:
        """The answers, times the factor: one a column."""
        low, high = self._ends(points)
        guess = self._guess.at(points, low)
        answers = np.empty(points.shape[1])
        columns = np.arange(points.shape[1])
        start = low
        base = self._stage.base(points, outer, compiled=self._is_compiled)
        state = State.of(points, base, self._n_slots)
        while len(columns):
            k = self._guess.middle(guess, low, high)
            low, high = self._asked(state, k, low, high)
            is_open = low < high
            n_open = int(np.count_nonzero(is_open))
            if n_open == 0:
                answers[columns] = high
                break
            if padded(n_open) <= (1 - _SETTLED) * len(columns):
                answers[columns] = high
                kept = np.flatnonzero(is_open)
                kept = np.append(kept, np.full(padded(n_open) - n_open, kept[-1]))
                columns, low, high, guess = columns[kept], low[kept], high[kept], guess[kept]
                state = State.of(points, state.base[:, kept], self._n_slots)
        self._guess.learn(points, start, answers)
        return answers * self._step.factor

    def _asked(self, state: State, k: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Ends after the question whether the answers are larger than ``k``."""
        state.held[self._moving] = -k
        sign = self._stage.run(state, compiled=self._is_compiled).astype(np.float64)
        is_low = sign > 0
        low = np.where(is_low, k + 1, low)
        high = np.where(is_low, high, k)
        if self._slope:
            step = k + np.ceil(sign / self._slope)
            low = np.maximum(low, np.where(is_low, low, step))
            high = np.minimum(high, np.where(is_low, step, high))
        return low, high

    def _ends(self, points: Matrix) -> tuple[Floats, Floats]:
        bracket = self._step.bracket
        places = [i for i, _ in bracket.weights]
        given = points[places]
        farthest = np.maximum(given.max(axis=1, initial=0), -given.min(axis=1, initial=0))
        size = sum(
            s * float(v) / self._scale
            for (_, s), v in zip(bracket.sizes, farthest.tolist(), strict=True)
        )
        doubt = bracket.width(size + bracket.constant_size)
        weights = np.array([w / self._scale for _, w in bracket.weights])
        at = weighted(weights, given) + bracket.constant
        return np.floor(at - doubt), np.ceil(at + bracket.gap + doubt)


def weighted(weights: Floats, rows: Matrix) -> Floats:
    """The sum of weighted rows, in float64."""
    made: Floats = np.einsum("i,ij->j", weights, rows, dtype=np.float64, casting="unsafe")
    return made


@final
class Guess:
    """Where answers lie: about a plane that is fitted to the first ones.

    The distances of answers from it are kept; a search then asks at the median of those
    that are still possible, which halves the *likely* answers and not the interval.
    """

    def __init__(self) -> None:
        self._plane: Floats | None = None
        self._distances: Floats | None = None
        self._counts: NDArray[np.intp] | None = None

    def at(self, points: Matrix, low: Floats) -> Floats:
        """The middle of the answers that are to be expected."""
        if self._plane is None:
            return low
        plane: Floats = np.rint(weighted(self._plane[:-1], points) + self._plane[-1])
        return plane

    def middle(self, guess: Floats, low: Floats, high: Floats) -> Floats:
        """Where to ask next: at least ``low``, and below ``high`` where that is larger."""
        if self._distances is None:
            middle: Floats = np.floor((low + high) / 2)
            return middle
        known = self._distances
        first, stop = self._below(low - guess), self._below(high - guess + 1)
        likely = guess + known[np.minimum((first + stop) // 2, len(known) - 1)]
        asked = np.where(stop > first, likely, np.floor((low + high) / 2))
        return np.maximum(np.minimum(asked, high - 1), np.minimum(low, high - 1))

    def _below(self, distances: Floats) -> NDArray[np.intp]:
        """How many of the known distances are smaller."""
        known, counts = self._distances, self._counts
        assert known is not None
        if counts is None:
            return np.asarray(np.searchsorted(known, distances, side="left"))
        places = distances - known[0]
        np.minimum(np.maximum(places, 0, out=places), len(counts) - 1, out=places)
        return np.asarray(counts[places.astype(np.intp)])

    def learn(self, points: Matrix, low: Floats, answers: Floats) -> None:
        """Fit to the first answers, unless this is done."""
        if self._distances is not None or len(answers) < PILOT // 2:
            return
        half = len(answers) // 2
        if points.shape[0] < min(_MANY, half // 2):
            self._plane = _plane(points[:, :half].astype(np.float64), answers[:half])
        known = np.sort(answers[half:] - self.at(points, low)[half:])
        self._distances = known
        if known[-1] - known[0] < _TABLE:
            steps = known[0] + np.arange(known[-1] - known[0] + 2)
            self._counts = np.searchsorted(known, steps, side="left")


def _plane(points: Floats, answers: Floats) -> Floats:
    """About the plane of least squares: some steps of conjugate gradients.

    It decides where a search begins, and nothing else; a factorisation would be more
    exact, and wake the threads of the matrix library.
    """
    means = points.mean(axis=1, keepdims=True)
    widths = points.std(axis=1, keepdims=True)
    table = np.divide(points - means, widths, out=np.zeros_like(points), where=widths > 0)
    rest = np.einsum("ij,j->i", table, answers - answers.mean())
    weights = np.zeros(len(rest))
    direction, square = rest.copy(), float((rest * rest).sum())
    first = square
    for _ in range(_GRADIENTS):
        if square <= _ENOUGH * first:
            break
        moved = np.einsum("i,ij->j", direction, table)
        length = square / float((moved * moved).sum())
        weights += length * direction
        rest -= length * np.einsum("ij,j->i", table, moved)
        before, square = square, float((rest * rest).sum())
        direction = rest + square / before * direction
    slopes = np.divide(weights, widths[:, 0], out=np.zeros_like(weights), where=widths[:, 0] > 0)
    return np.append(slopes, answers.mean() - float((slopes * means[:, 0]).sum()))
