"""Writing certificates."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Literal, final

from tamemip.certificates._certificate import VERSION, Certificate, Goal
from tamemip.certificates._lattice_values import digest_of_values, refuse_long_work
from tamemip.certificates._problem import Bound, Problem
from tamemip.certificates._step import Side
from tamemip.certificates._writing import (
    json_line,
    json_number,
    json_numbers,
    json_rows,
    json_steps,
    json_vector,
)


@final
class CertificateBuilder:
    """Writes a certificate step by step; it proves nothing, `check` does.

    Every method writes one step and returns its number. Vectors are sparse
    mappings from an index to a Fraction; multipliers belong to the min
    orientation, that is to the cost ``-c`` if the program is a ``max``.

    Parameters
    ----------
    problem
        The program that the certificate is about.

    Examples
    --------
    The program ``min x, 2x >= 1, x in {0, 1}``:

    >>> from tamemip.certificates import CertificateBuilder, ExactMatrix, Problem, check
    >>> zero, one = Fraction(0), Fraction(1)
    >>> row = ExactMatrix((((0, Fraction(2)),),), 1)
    >>> p = Problem("min", (one,), row, (">=",), (one,), (zero,), (one,), (True,), zero)
    >>> b = CertificateBuilder(p)
    >>> left = b.leaf([(0, "<=", 0)], duals=[], rays=[b.ray({0: one})])
    >>> right = b.leaf([(0, ">=", 1)], duals=[b.dual({})], rays=[])
    >>> F = b.close(b.branch(below=left, above=right, column=0, at=0))
    >>> tight = b.tight(F, [1], {0: 1}, 1)
    >>> check(b.finish({"kind": "dual-function", "of": F, "tight": [tight]})).bound([1])
    Fraction(1, 1)
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._lines: list[str] = []
        self._step_of: dict[str, int] = {}

    @property
    def n_steps(self) -> int:
        """How many steps have been written."""
        return len(self._lines)

    def dual(
        self, y: Mapping[int, Fraction | int], cost: Mapping[int, Fraction | int] | None = None
    ) -> int:
        """Row multipliers with reduced costs ``cost - A^T y``; equal pairs are written once.

        Parameters
        ----------
        y
            The multipliers, from a row to a Fraction.
        cost
            The cost that they bound, from a column to a Fraction: a share of the
            program's, for a later `sum`. None is the program's own, ``s c``.
        """
        shown = {} if cost is None else {"cost": json_vector(cost)}
        return self._once("dual", {"y": json_vector(y), **shown})

    def ray(self, y: Mapping[int, Fraction | int]) -> int:
        """Row multipliers with reduced costs ``-A^T y``; equal vectors are written once."""
        return self._once("ray", {"y": json_vector(y)})

    def leaf(
        self, bounds: Iterable[tuple[int, Side, int]], duals: Iterable[int], rays: Iterable[int]
    ) -> int:
        """A bound on the costs inside the root box intersected with `bounds`."""
        triples = [[operator.index(j), side, operator.index(v)] for j, side, v in bounds]
        return self._write(
            "leaf", {"bounds": triples, "duals": json_steps(duals), "rays": json_steps(rays)}
        )

    def branch(self, *, below: int, above: int, column: int, at: int) -> int:
        """Join ``x[column] <= at`` (step `below`) and ``x[column] >= at + 1`` (step `above`)."""
        return self._write(
            "branch",
            {
                "below": operator.index(below),
                "above": operator.index(above),
                "column": operator.index(column),
                "at": operator.index(at),
            },
        )

    def sum(self, steps: Iterable[int]) -> int:
        """Add the bounds of several steps, each on its own cost, where their boxes meet."""
        return self._write("sum", {"of": json_steps(steps)})

    def greatest(self, steps: Iterable[int]) -> int:
        """Keep the greatest of several bounds on one cost, where their boxes meet."""
        return self._write("greatest", {"of": json_steps(steps)})

    def close(self, k: int) -> int:
        """The dual function of a tree whose step `k` has no bounds left."""
        return self._write("close", {"of": operator.index(k)})

    def round(self, k: int, granularity: Fraction | int) -> int:
        """Round a dual function up to the values ``offset + granularity * Z``."""
        return self._write(
            "round", {"of": operator.index(k), "granularity": json_number(granularity)}
        )

    def best(self, steps: Iterable[int]) -> int:
        """The pointwise best of several dual functions."""
        return self._write("best", {"of": json_steps(steps)})

    # -- functions in closed form ------------------------------------------------------

    def combine(
        self,
        linear: Mapping[int, Fraction | int],
        parts: Iterable[tuple[Fraction | int, int]] = (),
    ) -> int:
        """A combination of canonical rows and earlier inequalities; equal ones are written once.

        Parameters
        ----------
        linear
            Weights of the canonical rows; the one behind the last is the objective row.
        parts
            Pairs of a positive weight and the step of a valid inequality.
        """
        pairs = list(parts)
        weights = json_numbers([w for w, _ in pairs])
        steps = json_steps(k for _, k in pairs)
        return self._once(
            "combine", {"linear": json_vector(linear), "weights": weights, "of": steps}
        )

    def literal(self, column: int, side: Side, at: int) -> int:
        """The row of a bound that a branch adds; what is made of it holds in its box."""
        fields = {"column": operator.index(column), "side": side, "at": operator.index(at)}
        return self._once("literal", fields)

    def ceil(self, k: int) -> int:
        """Round a valid inequality up (Chvátal 1973)."""
        return self._once("ceil", {"of": operator.index(k)})

    def mixed_integer_rounding(
        self, k: int, fraction: Fraction | int, *, minus: int | None = None
    ) -> int:
        """Round a valid inequality, or the difference of two (Nemhauser and Wolsey 1990)."""
        other = {} if minus is None else {"minus": operator.index(minus)}
        fields = {"of": operator.index(k), "fraction": json_number(fraction), **other}
        return self._once("mixed-integer-rounding", fields)

    def maximum(self, steps: Iterable[int]) -> int:
        """The greatest of valid inequalities."""
        return self._once("maximum", {"of": json_steps(steps)})

    def threshold(self, k: int, granularity: Fraction | int) -> int:
        """The least objective that a refutation spares."""
        fields = {"of": operator.index(k), "granularity": json_number(granularity)}
        return self._once("threshold", fields)

    def group_table(
        self,
        of: Iterable[int],
        weights: Sequence[Fraction | int],
        elements: Iterable[Sequence[int]],
        moduli: Iterable[int],
        generators: Iterable[tuple[Sequence[int], Fraction | int]],
    ) -> int:
        """A linear function of integer inputs plus the length of a shortest path in a group."""
        pairs = list(generators)
        fields = {
            "of": json_steps(of),
            "weights": json_numbers(weights),
            "elements": json_rows(elements),
            "moduli": json_steps(moduli),
            "generators": json_rows(element for element, _ in pairs),
            "costs": json_numbers([cost for _, cost in pairs]),
        }
        return self._once("group-table", fields)

    def generator(
        self,
        of: Iterable[int],
        weights: Sequence[Fraction | int],
        capacities: Iterable[Sequence[int]],
        columns: Iterable[tuple[Sequence[int], Fraction | int]],
    ) -> int:
        """A linear function of integer inputs less the profit of a best packing."""
        pairs = list(columns)
        fields = {
            "of": json_steps(of),
            "weights": json_numbers(weights),
            "capacities": json_rows(capacities),
            "sizes": json_rows(size for size, _ in pairs),
            "profits": json_numbers([profit for _, profit in pairs]),
        }
        return self._once("generator", fields)

    def term(self, functions: Iterable[int], guards: Iterable[int] = ()) -> int:
        """The dual function that valid inequalities below the costs are."""
        return self._write(
            "term", {"functions": json_steps(functions), "guards": json_steps(guards)}
        )

    def cut(self, k: int) -> int:
        """The row, for `dual` and `ray`, that the valid inequality of a step is."""
        return len(self.problem.row_sense) + operator.index(k)

    # -- values --------------------------------------------------------------------------

    def tight(
        self,
        k: int,
        rhs: Sequence[Fraction | int],
        point: Mapping[int, Fraction | int],
        value: Fraction | int,
    ) -> int:
        """The dual function `k` meets the feasible `point` at `rhs`; `value` is the user's."""
        return self._write(
            "tight",
            {
                "of": operator.index(k),
                "rhs": json_numbers(rhs),
                "point": json_vector(point),
                "value": json_number(value),
            },
        )

    def infeasible(self, k: int, rhs: Sequence[Fraction | int]) -> int:
        """The dual function `k` is infinite at `rhs`: no point is feasible there."""
        return self._write("infeasible", {"of": operator.index(k), "rhs": json_numbers(rhs)})

    def unbounded(
        self,
        rhs: Sequence[Fraction | int],
        point: Mapping[int, Fraction | int],
        ray: Mapping[int, Fraction | int],
    ) -> int:
        """From the feasible `point`, the cost improves forever along `ray`."""
        fields = {"rhs": json_numbers(rhs), "point": json_vector(point), "ray": json_vector(ray)}
        return self._write("unbounded", fields)

    # -- values on a line ----------------------------------------------------------------

    def line(self, rhs: Sequence[Fraction | int], direction: Mapping[int, Fraction | int]) -> int:
        """The right-hand sides ``rhs + t * direction``."""
        return self._once("line", {"rhs": json_numbers(rhs), "direction": json_vector(direction)})

    def segment(
        self,
        line: int,
        lo: Fraction | int,
        hi: Fraction | int,
        first: Mapping[int, Fraction | int],
        last: Mapping[int, Fraction | int],
    ) -> int:
        """Feasible points from `first`, at the step `lo` of a line, straight to `last`, at `hi`."""
        ends = {"lo": json_number(lo), "hi": json_number(hi)}
        points = {"first": json_vector(first), "last": json_vector(last)}
        return self._once("segment", {"line": operator.index(line), **ends, **points})

    def stretch(
        self,
        k: int,
        line: int,
        interval: tuple[Fraction | int, Fraction | int, str],
        *,
        segment: int | None = None,
        cuts: int | None = None,
    ) -> int:
        """The dual function `k` meets a segment on an interval, or is infinite there.

        Parameters
        ----------
        k, line
            The dual function and the line.
        interval
            First step, last step, and the brackets: ``"[]"``, ``"[)"``, ``"(]"`` or ``"()"``.
        segment
            The feasible points; None where there are none.
        cuts
            How the cuts of the tree that proves it are read; None for a plain tree.
        """
        lo, hi, ends = interval
        fields: dict[str, object] = {"of": operator.index(k), "line": operator.index(line)}
        fields |= {"lo": json_number(lo), "hi": json_number(hi), "ends": ends}
        if segment is not None:
            fields["segment"] = operator.index(segment)
        if cuts is not None:
            fields["cuts"] = operator.index(cuts)
        return self._write("stretch", fields)

    def cuts(self, k: int, line: int, interval: tuple[Fraction | int, Fraction | int, str]) -> int:
        """The cuts of the tree `k` on an interval of a line, by affine functions below them."""
        lo, hi, ends = interval
        fields: dict[str, object] = {"of": operator.index(k), "line": operator.index(line)}
        return self._once(
            "cuts", {**fields, "lo": json_number(lo), "hi": json_number(hi), "ends": ends}
        )

    # -- values on a box -----------------------------------------------------------------

    def box(
        self,
        rhs: Sequence[Fraction | int],
        directions: Sequence[Mapping[int, Fraction | int]],
        lows: Sequence[Fraction | int],
        highs: Sequence[Fraction | int],
    ) -> int:
        """The right-hand sides ``rhs + sum(theta[i] * directions[i])``, one interval each."""
        vectors = [json_vector(direction) for direction in directions]
        ends = {"lo": json_numbers(lows), "hi": json_numbers(highs)}
        return self._once("box", {"rhs": json_numbers(rhs), "directions": vectors, **ends})

    def half(self, cell: int, plane: Sequence[int], side: Literal[">=", "<"]) -> int:
        """The part of a box, or of a part of it, where a function is ``>= 0``, or ``< 0``.

        Parameters
        ----------
        cell
            A box, or a half.
        plane
            Integers: the constant of the function, then its coefficients.
        side
            Which of the two parts.
        """
        fields = {"of": operator.index(cell), "plane": json_steps(plane), "side": side}
        return self._once("half", fields)

    def affine_point(self, box: int, point: Sequence[Mapping[int, Fraction | int]]) -> int:
        """A point that moves: its constant part, then what each parameter adds."""
        vectors = [json_vector(part) for part in point]
        return self._once("affine-point", {"box": operator.index(box), "point": vectors})

    def piece(self, k: int, cell: int, *, point: int | None = None) -> int:
        """The dual function `k` meets an affine point on a cell, or is infinite there."""
        fields = {"of": operator.index(k), "cell": operator.index(cell)}
        if point is not None:
            fields["point"] = operator.index(point)
        return self._write("piece", fields)

    def lattice(self, caps: Sequence[int], values: Iterable[Bound]) -> int:
        """The values at all integer right-hand sides from 0 to `caps`, the last row fastest.

        Of the values, in the user's orientation, only a digest is written: `check` makes
        them again.

        Raises
        ------
        UnsupportedError
            If that would take it too long.
        """
        refuse_long_work(self.problem, caps)
        fields = {"caps": json_steps(caps), "values": digest_of_values(values)}
        return self._write("lattice", fields)

    def finish(self, statement: Goal | Mapping[str, object]) -> Certificate:
        """The certificate of all steps so far.

        Parameters
        ----------
        statement
            For example ``Goal("dual-function", of=9, tight=(10,))``, or the same as
            a mapping, ``{"kind": "dual-function", "of": 9, "tight": [10]}``.
        """
        goal = statement.to_json() if isinstance(statement, Goal) else dict(statement)
        header = {
            "tamemip": "certificate",
            "version": VERSION,
            "problem": self.problem.digest,
            "statement": goal,
        }
        problem = {"problem": self.problem.to_json()}
        return Certificate((json_line(header), json_line(problem), *self._lines))

    def _once(self, rule: str, fields: Mapping[str, object]) -> int:
        key = f"{rule} {json_line(fields)}"
        if key not in self._step_of:
            self._step_of[key] = self._write(rule, fields)
        return self._step_of[key]

    def _write(self, rule: str, fields: Mapping[str, object]) -> int:
        number = len(self._lines) + 1
        self._lines.append(json_line({"step": number, "rule": rule, **fields}))
        return number
