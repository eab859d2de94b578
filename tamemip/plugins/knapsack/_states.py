"""Dynamic programming over lists of states, for a capacity of any size."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.errors import NotAllowedError
from tamemip.plugins.knapsack._stages import Option

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_STATES = 20_000_000
_FEW_STATES = 5_000
_LARGEST = 1 << 61
_ROUNDING = 2.0**-46
"""More than the relative error of a bound in floats."""


class TooManyStatesError(Exception):
    """The lists became too long, or their numbers too large."""


@final
@dataclass(frozen=True, slots=True)
class _States:
    """Choices among the first options: their sizes and values, both increasing.

    `parents` and `taken` say which state of the list before each one comes from.
    """

    sizes: NDArray[np.int64]
    values: NDArray[np.int64]
    parents: NDArray[np.int32]
    taken: NDArray[np.bool_]


def best_choice(
    options: Sequence[Option], last: int, value: int, rate: float, *, deadline: float | None = None
) -> list[Option] | None:
    """The most valuable options that fit together; None if nothing brings more than `value`.

    A state is dropped if another one is not larger and not worth less, or if it cannot become
    better than `value` [1]_, [2]_, neither with all that is to come nor by a Lagrangian bound:
    with the price `rate` of a cell, whatever it is. Those bounds are floats, with their error on
    the safe side; everything that is kept is exact.

    Parameters
    ----------
    options
        What there is, in one dimension; those come first whose wrong choice costs most.
    last
        The cells that there are.
    value
        What has to be surpassed.
    rate
        A price of one cell.
    deadline
        When to stop.

    Raises
    ------
    TooManyStatesError
        If there are more than 20 million states, or numbers beyond 61 bits.
    NotAllowedError
        If the deadline passes.

    References
    ----------
    .. [1] G. L. Nemhauser, Z. Ullmann, "Discrete dynamic programming and capital allocation",
       Management Science 15 (1969), 494-505.
    .. [2] D. Pisinger, "A minimal algorithm for the 0-1 knapsack problem", Operations Research
       45 (1997), 758-767.
    """
    return _choice(options, last, value, rate, deadline, _MOST_STATES)


def good_choice(
    options: Sequence[Option], last: int, value: int, rate: float, *, deadline: float | None = None
) -> list[Option] | None:
    """Options that fit together and bring more than `value`, though perhaps not most; or None.

    As `best_choice`, with lists that are thinned out: so it is fast, and proves nothing.
    """
    return _choice(options, last, value, rate, deadline, _FEW_STATES)


def _choice(
    options: Sequence[Option],
    last: int,
    value: int,
    rate: float,
    deadline: float | None,
    width: int,
) -> list[Option] | None:
    total = sum(option.value for option in options)
    if max(last, total) >= _LARGEST:
        raise TooManyStatesError
    gains = [max(0.0, o.value - rate * o.sizes[0]) for o in options]
    magnitude = total + rate * last + abs(value) + 1
    least = value + 1 - _ROUNDING * len(gains) * magnitude
    ahead = np.cumsum([0.0, *reversed(gains)])[::-1]
    rest = total
    zero = np.zeros(1, dtype=np.int64)
    lists = [_States(zero, zero, np.zeros(1, np.int32), np.zeros(1, np.bool_))]
    count = 0
    for option, gain in zip(options, ahead[1:], strict=True):
        states = _with_option(lists[-1], option, last)
        rest -= option.value
        room = rate * (last - states.sizes) + gain
        bounds = states.values + np.minimum(room, float(rest))
        chosen = np.flatnonzero(_is_undominated(states) & (bounds >= least))
        if len(chosen) > width:
            chosen = _thinned(chosen, bounds, width)
        lists.append(_those(states, chosen))
        count += len(chosen)
        if count > _MOST_STATES:
            raise TooManyStatesError
        if deadline is not None and time.monotonic() > deadline:
            raise NotAllowedError("the lists of states are not finished within the limits.")
    best = lists[-1]
    if not len(best.values) or best.values[-1] <= value:
        return None
    return _backwards(lists, options)


def _thinned(chosen: NDArray[np.intp], bounds: NDArray[np.float64], width: int) -> NDArray[np.intp]:
    """Half of the states by their bounds, and half evenly among all of them."""
    half = width // 2
    top = chosen[np.argpartition(-bounds[chosen], half)[:half]]
    even = chosen[np.linspace(0, len(chosen) - 1, half).astype(np.intp)]
    return np.union1d(top, even)


def _with_option(before: _States, option: Option, last: int) -> _States:
    """All states with and without the option, by size."""
    more = before.sizes + option.sizes[0]
    fits = np.flatnonzero(more <= last)
    sizes = np.concatenate((before.sizes, more[fits]))
    # Both halves are sorted, which a stable sort makes use of.
    order = np.argsort(sizes, kind="stable")
    every = np.arange(len(before.sizes), dtype=np.int32)
    values = np.concatenate((before.values, before.values[fits] + option.value))
    taken = np.zeros(len(sizes), dtype=np.bool_)
    taken[len(every) :] = True
    parents = np.concatenate((every, fits.astype(np.int32)))
    return _States(sizes[order], values[order], parents[order], taken[order])


def _is_undominated(states: _States) -> NDArray[np.bool_]:
    """Which states are worth more than all that are smaller, or as large and before them."""
    best = np.maximum.accumulate(states.values)
    is_record = np.ones(len(best), dtype=np.bool_)
    is_record[1:] = best[1:] > best[:-1]
    # Of records of one size the last one is the best.
    records = np.flatnonzero(is_record)
    is_beaten = states.sizes[records[:-1]] == states.sizes[records[1:]]
    is_record[records[:-1][is_beaten]] = False
    return is_record


def _those(states: _States, chosen: NDArray[np.intp]) -> _States:
    return _States(
        states.sizes[chosen], states.values[chosen], states.parents[chosen], states.taken[chosen]
    )


def _backwards(lists: Sequence[_States], options: Sequence[Option]) -> list[Option]:
    place = len(lists[-1].values) - 1
    found = []
    for states, option in zip(reversed(lists[1:]), reversed(options), strict=True):
        if states.taken[place]:
            found.append(option)
        place = int(states.parents[place])
    return found
