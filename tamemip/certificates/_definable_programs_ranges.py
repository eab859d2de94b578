"""Which data of a program vary, and over which box of rationals."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, final

from tamemip.certificates._json import (
    RejectedError,
    as_integer,
    as_list,
    as_rational,
    show,
)
from tamemip.certificates._problem import Bound, Problem, bound_to_json

Range: TypeAlias = tuple[Bound, Bound]
"""The closed interval between two ends; an infinite end is no value."""
Columns: TypeAlias = Literal["all", "integer", "continuous"]
"""Which columns of the matrix vary as a whole."""

EVERYTHING: Range = (-math.inf, math.inf)


@final
@dataclass(frozen=True)
class Varying:
    """A box of data of one program; what is not listed keeps its value.

    Attributes
    ----------
    rhs, c
        Ranges by row and by column; None if every entry ranges over all reals.
    A
        Ranges by row and column.
    columns
        The columns all entries of which range over all reals, if any do.
    """

    rhs: Mapping[int, Range] | None
    c: Mapping[int, Range] | None
    A: Mapping[tuple[int, int], Range]
    columns: Columns | None = None

    def rhs_range(self, problem: Problem, i: int) -> Range:
        """Where one right-hand side lies."""
        if self.rhs is None:
            return EVERYTHING
        return self.rhs.get(i, (problem.rhs[i], problem.rhs[i]))

    def cost_range(self, problem: Problem, j: int) -> Range:
        """Where one cost lies."""
        if self.c is None:
            return EVERYTHING
        return self.c.get(j, (problem.c[j], problem.c[j]))

    def is_free(self, problem: Problem, j: int) -> bool:
        """Whether the whole column `j` of the matrix is free."""
        match self.columns:
            case None:
                return False
            case "all":
                return True
            case "integer":
                return problem.integer[j]
            case "continuous":
                return not problem.integer[j]

    def moves_rhs(self, problem: Problem) -> bool:
        """Whether some right-hand side has more than one value."""
        return bool(problem.rhs) if self.rhs is None else any(map(_moves, self.rhs.values()))

    def has_compact_rhs(self) -> bool:
        """Whether the right-hand sides range over a compact box."""
        return _is_compact(self.rhs)

    def has_compact_cost(self) -> bool:
        """Whether the costs range over a compact box."""
        return _is_compact(self.c)

    def moves_cost(self, problem: Problem, *, integer: bool) -> bool:
        """Whether the cost of some integer, or some continuous, column moves."""
        if self.c is None:
            return integer in problem.integer
        return any(_moves(r) and problem.integer[j] is integer for j, r in self.c.items())

    def moves_matrix(self, problem: Problem, *, integer: bool) -> bool:
        """Whether an entry of some integer, or some continuous, column moves."""
        if problem.rhs and any(
            self.is_free(problem, j) for j, flag in enumerate(problem.integer) if flag is integer
        ):
            return True
        return any(_moves(r) and problem.integer[j] is integer for (_, j), r in self.A.items())

    def to_json(self) -> dict[str, object]:
        """The fields of a step `varying`."""
        return {
            "rhs": _ranges_to_json(self.rhs),
            "c": _ranges_to_json(self.c),
            "A": self.columns
            or [[i, j, *map(bound_to_json, r)] for (i, j), r in sorted(self.A.items())],
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the box."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def in_words(self, problem: Problem) -> str:
        """The box, in a few words."""
        parts = []
        if self.rhs is None or self.rhs:
            parts.append(_in_words("rhs", self.rhs, len(problem.rhs)))
        if self.c is None or self.c:
            parts.append(_in_words("c", self.c, len(problem.c)))
        if self.columns is not None:
            which = "" if self.columns == "all" else f" of the {self.columns} columns"
            parts.append(f"all entries{which} of A in R")
        elif self.A:
            entries = {f"{i},{j}": r for (i, j), r in self.A.items()}
            parts.append(_listed("A", entries))
        return "; ".join(parts) or "one point"


def varying_of(fields: Mapping[str, object], problem: Problem) -> Varying:
    """Read the fields of a step `varying`."""
    m, n = len(problem.rhs), len(problem.c)
    entries: dict[tuple[int, int], Range] = {}
    columns: Columns | None = None
    match fields["A"]:
        case "all" | "integer" | "continuous" as columns:
            pass
        case given:
            for item in as_list(given, "A"):
                i, j, low, high = _parts(item, "A", 4)
                key = (_index(i, "A", m), _index(j, "A", n))
                if key in entries:
                    raise RejectedError(f"A: the entry {show(key[0])}, {show(key[1])} occurs twice")
                entries[key] = _range(low, high, "A")
    costs = _ranges(fields["c"], "c", n)
    for j, ends in (costs or {}).items():
        _require_own(ends, problem.c[j], "c")
    for (i, j), ends in entries.items():
        _require_own(ends, problem.A[i, j], "A")
    return Varying(_ranges(fields["rhs"], "rhs", m), costs, entries, columns)


def _require_own(ends: Range, value: Fraction, what: str) -> None:
    """A range of one point is the value of the problem: other steps read that one."""
    if ends[0] == ends[1] != value:
        raise RejectedError(f"{what}: a range of one point is not the value of the problem")


def _ranges(value: object, what: str, size: int) -> dict[int, Range] | None:
    if value == "all":
        return None
    found: dict[int, Range] = {}
    for item in as_list(value, what):
        k, low, high = _parts(item, what, 3)
        index = _index(k, what, size)
        if index in found:
            raise RejectedError(f"{what}: the entry {show(index)} occurs twice")
        found[index] = _range(low, high, what)
    return found


def _parts(item: object, what: str, size: int) -> list[object]:
    parts = as_list(item, what)
    if len(parts) != size:
        raise RejectedError(f"{what}: a range has {size} parts, not {len(parts)}")
    return parts


def _index(value: object, what: str, size: int) -> int:
    index = as_integer(value, what)
    if not 0 <= index < size:
        raise RejectedError(f"{what}: {show(index)} is not in range({size})")
    return index


def _range(low: object, high: object, what: str) -> Range:
    ends = (
        -math.inf if low is None else as_rational(low, what),
        math.inf if high is None else as_rational(high, what),
    )
    if ends[0] > ends[1]:
        raise RejectedError(f"{what}: a range is empty")
    return ends


def _moves(ends: Range) -> bool:
    return ends[0] < ends[1]


def _is_compact(ranges: Mapping[int, Range] | None) -> bool:
    return ranges is not None and all(
        isinstance(end, Fraction) for ends in ranges.values() for end in ends
    )


def _ranges_to_json(ranges: Mapping[int, Range] | None) -> object:
    if ranges is None:
        return "all"
    return [[k, *map(bound_to_json, ends)] for k, ends in sorted(ranges.items())]


def _in_words(what: str, ranges: Mapping[int, Range] | None, size: int) -> str:
    if ranges is None:
        return f"{what} in R^{size}" if size != 1 else f"{what} in R"
    return _listed(what, {str(k): ends for k, ends in ranges.items()})


def _listed(what: str, ranges: Mapping[str, Range]) -> str:
    names = list(ranges) if len(ranges) < 5 else list(ranges)[:3]
    shown = [f"{what}[{k}] in {_interval(ranges[k])}" for k in names]
    if len(shown) < len(ranges):
        shown.append(f"... {len(ranges)} entries")
    return ", ".join(shown)


def _interval(ends: Sequence[Bound]) -> str:
    left = "[" if isinstance(ends[0], Fraction) else "("
    right = "]" if isinstance(ends[1], Fraction) else ")"
    return f"{left}{show(ends[0])}, {show(ends[1])}{right}"
