"""Two-stage stochastic programs whose right-hand side is random."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, final

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import ExactMatrix, SparseVector
from tamemip.errors import InvalidInputError
from tamemip.programs import _entry
from tamemip.programs._program import MixedIntegerProgram, Vector

if TYPE_CHECKING:
    from collections.abc import Iterable


@final
@dataclass(frozen=True, slots=True)
class Scenario:
    """One outcome: its name, its probability and the right-hand side of the recourse rows."""

    name: str
    probability: Fraction
    rhs: tuple[Fraction, ...]


@final
@dataclass(frozen=True, eq=False, repr=False)
class TwoStageProgram:
    """``min c x + sum_s p_s v(h_s - T x)`` over the points ``x`` of a first stage.

    ``v`` is the value function of the recourse program, whose right-hand side is random.
    ``max`` programs are written alike.

    Obtain one from `tamemip.read_smps`, or from `from_arrays`.

    Attributes
    ----------
    first
        The first stage: costs, rows, bounds and integrality of the decision ``x``.
    recourse
        The second stage; its own right-hand side is that of the core file.
    technology
        The matrix ``T``: a row for each row of the recourse program, a column for each
        column of the first stage.
    scenarios
        The outcomes; their probabilities sum to 1.

    References
    ----------
    .. [1] J. R. Birge and F. Louveaux, "Introduction to Stochastic Programming", 2nd
       edition, Springer (2011).

    Examples
    --------
    Integer recourse of Birge and Louveaux: ``y1 >= x - xi``, ``y2 >= xi - x``, where
    ``xi`` is 1 or 2:

    >>> import tamemip as tm
    >>> first = tm.MixedIntegerProgram.from_arrays([0], [[1]], "<=", [3], integrality=False)
    >>> recourse = tm.MixedIntegerProgram.from_arrays([2, 1], [[1, 0], [0, 1]], ">=", [0, 0])
    >>> P = tm.TwoStageProgram.from_arrays(first, recourse, [[-1], [1]], [[-1, 1], [-2, 2]])
    >>> print(*P.rhs(["1/2"], 0), P.weights)
    -1/2 1/2 (Fraction(1, 2), Fraction(1, 2))
    >>> tm.expected_value(P.recourse, P.rhs_of_all(["1/2"]), P.weights).value
    Fraction(3, 2)
    """

    first: MixedIntegerProgram
    recourse: MixedIntegerProgram
    technology: ExactMatrix
    scenarios: tuple[Scenario, ...]
    name: str = ""

    @classmethod
    def from_arrays(
        cls,
        first: MixedIntegerProgram,
        recourse: MixedIntegerProgram,
        technology: object,
        rhs: Sequence[Vector],
        *,
        weights: Sequence[Number] | None = None,
        name: str = "",
    ) -> TwoStageProgram:
        """Build one from its two programs and the matrix between them.

        Parameters
        ----------
        first, recourse
            The two stages, both ``min`` or both ``max``.
        technology
            The matrix ``T``, dense or sparse, of shape (rows of recourse, columns of first).
        rhs
            One right-hand side ``h_s`` of the recourse rows for each scenario.
        weights
            Probabilities, not negative, with the sum 1; equal ones if None.
        name
            Name of the model.

        Raises
        ------
        InvalidInputError
            If a shape or a sense does not fit, or the weights are no probabilities.
        """
        matrix = _entry.matrix(technology, first.n_cols, "decimal")
        n = len(rhs)
        if not n:
            raise InvalidInputError("a two-stage program needs at least one scenario.")
        given = [Fraction(1, n)] * n if weights is None else list(weights)
        if len(given) != n:
            raise InvalidInputError(f"there are {len(given)} weights for {n} scenarios.")
        outcomes = tuple(
            Scenario(f"S{s}", rationalize(w, what=f"weights[{s}]"), recourse.exact_rhs(h))
            for s, (h, w) in enumerate(zip(rhs, given, strict=True))
        )
        return cls(first, recourse, matrix, outcomes, name)

    def __post_init__(self) -> None:
        """Refuse parts that do not fit together."""
        if self.first.sense != self.recourse.sense:
            raise InvalidInputError(
                f"the first stage is a {self.first.sense} program and the recourse a "
                f"{self.recourse.sense} program; both have to be the same."
            )
        wanted = (self.recourse.n_rows, self.first.n_cols)
        if self.technology.shape != wanted:
            raise InvalidInputError(
                f"the technology matrix has the shape {self.technology.shape}; {wanted} is "
                "needed: rows of the recourse program, columns of the first stage."
            )
        total = sum((s.probability for s in self.scenarios), Fraction(0))
        if total != 1 or any(s.probability < 0 for s in self.scenarios):
            raise InvalidInputError(
                f"the probabilities of the {len(self.scenarios)} scenarios sum to {total}, or one "
                "is negative; they have to be probabilities with the sum 1 exactly."
            )

    @property
    def weights(self) -> tuple[Fraction, ...]:
        """The probabilities of the scenarios."""
        return tuple(s.probability for s in self.scenarios)

    def rhs(self, x: Vector, scenario: int) -> tuple[Fraction, ...]:
        """``h_s - T x``: the right-hand side of the recourse in a scenario, after ``x``."""
        return self._after(self._moved(x), scenario)

    def rhs_of_all(self, x: Vector) -> tuple[tuple[Fraction, ...], ...]:
        """``h_s - T x`` for every scenario: what `tamemip.expected_value` takes."""
        moved = self._moved(x)
        return tuple(self._after(moved, s) for s in range(len(self.scenarios)))

    def deterministic_equivalent(self) -> MixedIntegerProgram:
        """The one large program: a copy of the recourse for every scenario."""
        outcomes = self.scenarios
        first, second = self.first.exact, self.recourse.exact
        copies = range(len(outcomes))
        weighted = [s.probability * c for s in outcomes for c in second.c]
        return MixedIntegerProgram.from_arrays(
            [*first.c, *weighted],
            ExactMatrix(tuple(self._rows()), first.A.n_cols + len(weighted)),
            [*first.row_sense, *(sense for _ in copies for sense in second.row_sense)],
            [*first.rhs, *(h for s in outcomes for h in s.rhs)],
            lower=[*first.lower, *(v for _ in copies for v in second.lower)],
            upper=[*first.upper, *(v for _ in copies for v in second.upper)],
            integrality=[*first.integer, *(flag for _ in copies for flag in second.integer)],
            sense=first.sense,
            offset=first.offset + second.offset,
            name=self.name,
        )

    def _rows(self) -> Iterator[SparseVector]:
        yield from self.first.exact.A.rows
        n = self.first.n_cols
        for s in range(len(self.scenarios)):
            start = n + s * self.recourse.n_cols
            for row, entries in zip(self.technology, self.recourse.exact.A, strict=True):
                yield (*row, *((start + j, v) for j, v in entries))

    def _moved(self, x: Vector) -> tuple[Fraction, ...]:
        values = list(x)
        if len(values) != self.first.n_cols:
            raise InvalidInputError(
                f"a decision of the first stage has {self.first.n_cols} entries, not {len(values)}."
            )
        return self.technology.times([rationalize(v, what="x") for v in values])

    def _after(self, moved: Iterable[Fraction], scenario: int) -> tuple[Fraction, ...]:
        h = self.scenarios[scenario].rhs
        return tuple(a - b for a, b in zip(h, moved, strict=True))

    def __repr__(self) -> str:
        return (
            f"TwoStageProgram({self.first.sense}, first stage {self.first.n_rows} x "
            f"{self.first.n_cols}, recourse {self.recourse.n_rows} x {self.recourse.n_cols}, "
            f"{len(self.scenarios)} scenarios)"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{escape(repr(self))}</pre>"
