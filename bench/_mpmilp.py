"""The multiparametric problems of `../shared/data/mpmilp`, read exactly."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import tamemip as tm

FILE = Path(__file__).resolve().parents[2] / "shared" / "data" / "mpmilp" / "mpmilp_problems.json"

#: Denominators that rows have after scaling; the file holds rows of norm 1 in floats.
_DENOMINATOR = 1000
_NEAR = 1e-12


@dataclass(frozen=True)
class MpMilp:
    """``min c x`` with ``A x <= b + F theta``, some columns binary, others free.

    Attributes
    ----------
    name
        As in the file.
    program
        The program at ``theta = 0``.
    F
        One row a row, one column a parameter.
    box
        The two ends of each parameter.
    table
        Pairs of a theta and the value there, None where there is no point.
    raw
        What the file says, as floats.
    """

    name: str
    program: tm.MixedIntegerProgram
    F: tuple[tuple[Fraction, ...], ...]
    box: tuple[tuple[Fraction, Fraction], ...]
    table: tuple[tuple[tuple[Fraction, ...], float | None], ...]
    raw: dict[str, Any]

    @property
    def along(self) -> dict[int, Fraction]:
        """The direction of the only parameter."""
        return {i: rates[0] for i, rates in enumerate(self.F) if rates[0]}

    def at(self, theta: Sequence[Fraction]) -> tm.MixedIntegerProgram:
        """The program of some parameters."""
        pairs = zip(self.program.exact.rhs, self.F, strict=True)
        moved = [b + sum(f * t for f, t in zip(row, theta, strict=True)) for b, row in pairs]
        return self.program.with_rhs(moved)

    def with_parameter_rows(self) -> tuple[tm.MixedIntegerProgram, tm.Box]:
        """An equal program in which the parameters are right-hand sides of their own, and a box.

        Free columns ``s`` with the rows ``s = theta`` come last; the others say
        ``A x - F s <= b``.
        """
        p, k = self.program.exact, len(self.box)
        matrix = [
            [*_dense(row, self.program.n_cols), *(-f for f in rates)]
            for row, rates in zip(p.A.rows, self.F, strict=True)
        ]
        n, m = self.program.n_cols, self.program.n_rows
        matrix += [[0] * n + [int(i == j) for j in range(k)] for i in range(k)]
        program = tm.MixedIntegerProgram.from_arrays(
            [*p.c, *[0] * k],
            matrix,
            [*p.row_sense, *["="] * k],
            [*p.rhs, *(lo for lo, _ in self.box)],
            lower=[*p.lower, *[-math.inf] * k],
            upper=[*p.upper, *[math.inf] * k],
            integrality=[*p.integer, *[False] * k],
            name=self.name,
        )
        return program, tm.Box({m + i: ends for i, ends in enumerate(self.box)})


def mpmilps() -> list[MpMilp]:
    """All problems of the file; none where it is absent."""
    if not FILE.is_file():
        return []
    return [_read(name, raw) for name, raw in json.loads(FILE.read_text()).items()]


def _read(name: str, raw: dict[str, Any]) -> MpMilp:
    rows = [_scaled([*a, b, *f]) for a, b, f in zip(raw["A"], raw["b"], raw["F"], strict=True)]
    n = len(raw["c"])
    binary = set(raw["binary"])
    program = tm.MixedIntegerProgram.from_arrays(
        [_simple(c) for c in raw["c"]],
        [row[:n] for row in rows],
        ["=" if i in raw["equality"] else "<=" for i in range(len(rows))],
        [row[n] for row in rows],
        lower=[0 if j in binary else -math.inf for j in range(n)],
        upper=[1 if j in binary else math.inf for j in range(n)],
        integrality=[j in binary for j in range(n)],
        name=name,
    )
    lows, highs = raw["theta_box"]
    table = tuple(
        (
            tuple(_simple(t) for t in line[:-1]),
            None if isinstance(line[-1], str) else float(line[-1]),
        )
        for line in raw["table"]
    )
    box = tuple((_simple(lo), _simple(hi)) for lo, hi in zip(lows, highs, strict=True))
    return MpMilp(name, program, tuple(tuple(row[n + 1 :]) for row in rows), box, table, raw)


def _scaled(row: Sequence[float]) -> list[Fraction]:
    """The row with small denominators of which a row of floats is a positive multiple."""
    for unit in sorted({abs(v) for v in row if v}):
        simple = [Fraction(v / unit).limit_denominator(_DENOMINATOR) for v in row]
        off = max(abs(float(s) * unit - v) for s, v in zip(simple, row, strict=True))
        if off <= _NEAR and max(s.denominator for s in simple) <= 100:
            return simple
    raise ValueError(f"{row} is no multiple of a row with small denominators.")


def _simple(value: float) -> Fraction:
    return Fraction(value).limit_denominator(10**6)


def _dense(row: Sequence[tuple[int, Fraction]], n: int) -> list[Fraction]:
    entries = dict(row)
    return [entries.get(j, Fraction(0)) for j in range(n)]
