"""Obeying a straight-line program in Python integers: one point, any size of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from operator import itemgetter, mul
from typing import Any, TypeAlias, assert_never, final
from weakref import WeakKeyDictionary

from tamemip.certificates import Bound
from tamemip.functions._compiled import AffineInput, compiled
from tamemip.functions._compiled_bracket import Unsupported
from tamemip.functions._compiled_rows import (
    Bracket,
    Extreme,
    Guard,
    Instruction,
    Pairs,
    Program,
    Rounding,
    RoundUp,
    Row,
    Search,
    Take,
    split,
)
from tamemip.functions._nodes import Threshold

# A register holds an integer, or an infinite float; hence Any.
Registers: TypeAlias = list[Any]
_Dot: TypeAlias = Callable[[Sequence[Any]], Any]
_Reader: TypeAlias = Callable[[Registers, Sequence[int], int], Any]
#: Half the width of the bracket of a search that is not worth an interpolation.
_NARROW = 4


_PROGRAMS: WeakKeyDictionary[Threshold, ExactProgram | None] = WeakKeyDictionary()


def threshold_program(node: Threshold) -> ExactProgram | None:
    """The program of a threshold, made once; None where the definition must do."""
    if node not in _PROGRAMS:
        try:
            program = compiled((node,), AffineInput.identity(node.coordinate))
        except Unsupported:
            _PROGRAMS[node] = None
        else:
            _PROGRAMS[node] = ExactProgram(program)
    return _PROGRAMS[node]


@final
class ExactProgram:
    """A program whose sums are prepared for Python integers."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._steps = [
            (register, _reader(step, program.may_be_infinite)) for register, step in program.steps
        ]

    def values(self, d: Sequence[Fraction]) -> tuple[Bound, ...]:
        """The values of the roots."""
        scale = math.lcm(*(v.denominator for v in d))
        return self.scaled_values([v.numerator * (scale // v.denominator) for v in d], scale)

    def scaled_values(self, x: Sequence[int], scale: int) -> tuple[Bound, ...]:
        """The values of the roots at ``x / scale``."""
        registers: Registers = [0] * len(self._program.denominators)
        for register, read in self._steps:
            registers[register] = read(registers, x, scale)
        return tuple(self._bound(registers[k], k, scale) for k in self._program.roots)

    def _bound(self, held: int | float, register: int, scale: int) -> Bound:
        if isinstance(held, float):
            return held
        return Fraction(held, self._program.denominator(register, scale))


def _reader(step: Instruction, may_be_infinite: Sequence[bool]) -> _Reader:
    match step:
        case Take():
            return _sum(step.row, may_be_infinite)
        case RoundUp():
            return _round_up(step, _sum(step.row, may_be_infinite))
        case Rounding():
            return _rounding(step, may_be_infinite)
        case Extreme():
            sums = [_sum(row, may_be_infinite) for row in step.rows]
            best: Callable[..., Any] = max if step.greatest else min
            return lambda r, x, scale: best(read(r, x, scale) for read in sums)
        case Guard():
            return _guard(step)
        case Search():
            return _Searching(step).find
        case _:
            assert_never(step)


def _sum(row: Row, may_be_infinite: Sequence[bool]) -> _Reader:
    infinite = [(k, w) for k, w in (*row.plain, *row.scaled) if may_be_infinite[k]]
    finite = _finite_sum(row)
    if not infinite:
        return finite

    def read(registers: Registers, x: Sequence[int], scale: int) -> Any:
        ends = {
            registers[k] if w > 0 else -registers[k]
            for k, w in infinite
            if isinstance(registers[k], float)
        }
        if ends:
            return max(ends)
        return finite(registers, x, scale)

    return read


def _finite_sum(row: Row) -> _Reader:
    plain, scaled, inputs = _dot(row.plain), _dot(row.scaled), _dot(row.inputs)
    constant = row.constant
    if not row.is_scaled:
        return lambda r, x, scale: constant + plain(r)
    return lambda r, x, scale: (constant + plain(r)) * scale + inputs(x) + scaled(r)


def _dot(pairs: Pairs) -> _Dot:
    if not pairs:
        return lambda values: 0
    weights = [w for _, w in pairs]
    if len(pairs) == 1:
        ((k, weight),) = pairs
        return lambda values: weight * values[k]
    chosen = itemgetter(*(k for k, _ in pairs))
    return lambda values: sum(map(mul, weights, chosen(values)))


def _round_up(step: RoundUp, total: _Reader) -> _Reader:
    q, is_scaled, factor = step.row.denominator, step.row.is_scaled, step.factor

    def read(registers: Registers, x: Sequence[int], scale: int) -> Any:
        numerator = total(registers, x, scale)
        if isinstance(numerator, float):
            return numerator
        return -(-numerator // (q * scale if is_scaled else q)) * factor

    return read


def _rounding(step: Rounding, may_be_infinite: Sequence[bool]) -> _Reader:
    total = _sum(step.row, may_be_infinite)
    minus = None if step.minus is None else _sum(step.minus, may_be_infinite)
    q, is_scaled = step.row.denominator, step.row.is_scaled

    def read(registers: Registers, x: Sequence[int], scale: int) -> int:
        divisor = q * scale if is_scaled else q
        own = 0 if minus is None else minus(registers, x, scale)
        return rounded(total(registers, x, scale), own, divisor, step.fraction)

    return read


def rounded(numerator: int, minus: int, divisor: int, fraction: Fraction) -> int:
    """``G(t) + g/r`` over ``divisor * a``, with ``t`` and ``g`` over the divisor, ``r = a/b``."""
    a, b = fraction.numerator, fraction.denominator
    whole, rest = divmod(numerator, divisor)
    return whole * divisor * a + min(rest * b, divisor * a) + minus * b


def _guard(step: Guard) -> _Reader:
    def read(registers: Registers, x: Sequence[int], scale: int) -> Any:
        if any(registers[guard] > 0 for guard in step.guards):
            return math.inf
        return -math.inf if step.of is None else registers[step.of]

    return read


class _Searching:
    """A search, with what does not move in it summed up once a point."""

    def __init__(self, step: Search) -> None:
        self._step = step
        pairs = [split(row, step.moving) for row in step.inside]
        self._bases = [_finite_sum(base) for base, _ in pairs]
        self._rests = [_moving_sum(rest) for _, rest in pairs]
        self._slope = dict(step.sign.plain).get(step.moving, 0)

    def find(self, registers: Registers, x: Sequence[int], scale: int) -> int:
        sign_at = self._prepared(registers, x, scale)
        slope = self._slope * (scale if self._step.sign.is_scaled else 1)
        low, high = ends(self._step.bracket, x, scale)
        # The sign at low - 1, which is positive, and at high, which is not; None if not known.
        below: int | None = None
        above: int | None = None
        is_secant = False
        while low < high:
            k = (low + high) // 2
            is_secant = not is_secant
            if is_secant and below is not None and above is not None and high - low > _NARROW:
                k = low - 1 + (high - low + 1) * below // (below - above)
                k = min(max(k, low), high - 1)
            sign = sign_at(k)
            if sign > 0:
                low, below = k + 1, sign
                if slope and (top := k - (-sign // slope)) < high:
                    high, above = top, None
            else:
                high, above = k, sign
                if slope and (bottom := k - (-sign // slope)) > low:
                    low, below = bottom, None
        return high * self._step.factor

    def _prepared(self, registers: Registers, x: Sequence[int], scale: int) -> Callable[[int], int]:
        """The sign as a function of what is searched."""
        bases = [base(registers, x, scale) for base in self._bases]
        sums = iter(zip(self._rests, bases, strict=True))
        steps = [(k, _mover(step, sums, scale)) for k, step in self._step.body]
        last = _mover(Take(self._step.sign), sums, scale)
        moving = self._step.moving

        def sign_at(k: int) -> int:
            registers[moving] = -k
            for register, move in steps:
                registers[register] = move(registers)
            return last(registers)

        return sign_at


def _moving_sum(rest: Row) -> Callable[[Registers, int], int]:
    plain = _dot(rest.plain)
    if not rest.scaled:
        return lambda r, unit: plain(r) * unit
    scaled = _dot(rest.scaled)
    return lambda r, unit: plain(r) * unit + scaled(r)


def _mover(
    step: Instruction,
    sums: Iterator[tuple[Callable[[Registers, int], int], int]],
    scale: int,
) -> Callable[[Registers], int]:
    """One instruction of a search, at one point: only registers of the search still change."""
    total, base = next(sums)
    row = step.rows[0]
    unit = scale if row.is_scaled else 1
    q = row.denominator * unit
    match step:
        case RoundUp():
            return lambda r: -((-base - total(r, unit)) // q)
        case Rounding() if step.minus is not None:
            other, start = next(sums)
            fraction = step.fraction
            return lambda r: rounded(total(r, unit) + base, other(r, unit) + start, q, fraction)
        case Rounding():
            fraction = step.fraction
            return lambda r: rounded(total(r, unit) + base, 0, q, fraction)
        case _:
            return lambda r: total(r, unit) + base


def ends(bracket: Bracket, x: Sequence[int], scale: int) -> tuple[int, int]:
    """Integers between which the answer of a search lies.

    Raises
    ------
    OverflowError
        Beyond the range of floats.
    """
    at = size = 0.0
    for (i, w), (_, s) in zip(bracket.weights, bracket.sizes, strict=True):
        value = x[i] / scale
        at += w * value
        size += s * abs(value)
    doubt = bracket.width(size + bracket.constant_size)
    low = at + bracket.constant
    if not math.isfinite(low + doubt):
        raise OverflowError
    return math.floor(low - doubt), math.ceil(low + bracket.gap + doubt)
