"""What holds an optimal point in its place, and where it goes when the data move."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.arithmetic import solve_square
from tamemip.certificates import RowSense
from tamemip.differentiation._fibres import Fibres
from tamemip.differentiation._fibres_types import OptimalPair, Vector
from tamemip.differentiation._solution_forms import Form, Reach, Slopes, total
from tamemip.differentiation._solution_motion import Motion
from tamemip.programs import MixedIntegerProgram

__all__ = ["ActiveSet", "Square", "active_set", "regular_square", "strict_duals"]

_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True)
class Square:
    """Rows and columns of the matrix that make a regular one.

    Attributes
    ----------
    columns, rows
        As many of each.
    inverse
        The inverse, dense, by the order of `columns` and `rows`.
    """

    columns: tuple[int, ...]
    rows: tuple[int, ...]
    inverse: tuple[Vector, ...]

    def prices(
        self, motion: Motion, reach: Reach, y: Mapping[int, Fraction], *, with_cost: bool = True
    ) -> dict[int, Form]:
        """Duals, `y` at the point, that keep reduced costs of zero in the columns.

        Without the costs: Farkas vectors that do.
        """
        prices = {i: Form(v) for i, v in y.items() if v}
        if not self.columns:
            return prices
        reduced = motion.reduced(reach, prices, with_cost=with_cost)
        transposed = tuple(zip(*self.inverse, strict=True))
        moves = {(k, i): slopes for (i, k), slopes in self.moves(motion).items()}
        steps = reach.solved(transposed, moves, [reduced[j] for j in self.columns])
        for i, step in zip(self.rows, steps, strict=True):
            if not step.is_constant or i in prices:
                prices[i] = prices.get(i, Form(_ZERO)).plus(step)
        return prices

    def moves(self, motion: Motion) -> dict[tuple[int, int], Slopes]:
        """How the entries move, by the places of row and column."""
        rows = {i: k for k, i in enumerate(self.rows)}
        columns = {j: k for k, j in enumerate(self.columns)}
        return {
            (rows[i], columns[j]): slopes
            for (i, j), slopes in motion.entries.items()
            if i in rows and j in columns and slopes
        }


@final
@dataclass(frozen=True)
class ActiveSet:
    """The tight constraints of a vertex.

    Attributes
    ----------
    point
        The vertex.
    at_lower
        By the continuous columns at a bound: whether it is the lower one.
    fixed
        The columns of `at_lower` whose bounds are equal.
    tight
        The rows that hold as equations.
    basis
        The continuous columns strictly between their bounds, with as many of the tight rows.
    """

    point: Vector
    at_lower: Mapping[int, bool]
    fixed: frozenset[int]
    tight: tuple[int, ...]
    basis: Square

    @property
    def inside(self) -> tuple[int, ...]:
        """The continuous columns strictly between their bounds."""
        return self.basis.columns

    @property
    def chosen(self) -> tuple[int, ...]:
        """The tight rows of the basis."""
        return self.basis.rows

    @property
    def following(self) -> tuple[int, ...]:
        """The tight rows that are not chosen."""
        return tuple(i for i in self.tight if i not in set(self.chosen))

    def path(self, motion: Motion, reach: Reach) -> list[Form]:
        """The point at which the chosen rows stay tight and all other columns keep their bound."""
        x = [Form(v) for v in self.point]
        for j, is_lower in self.at_lower.items():
            bound = motion.lower[j] if is_lower else motion.upper[j]
            assert bound is not None
            x[j] = bound
        if not self.inside:
            return x
        right = [motion.rhs[i].minus(motion.activity(reach, i, x)) for i in self.chosen]
        steps = reach.solved(self.basis.inverse, self.basis.moves(motion), right)
        for j, step in zip(self.inside, steps, strict=True):
            x[j] = x[j].plus(step)
        return x

    def moved(self, motion: Motion, steps: Sequence[Fraction]) -> Vector:
        """The point of `path` at one step, exactly, also where the matrix moves."""

        def at(form: Form) -> Fraction:
            return form.start + sum((v * steps[k] for k, v in form.slopes.items()), _ZERO)

        x = list(self.point)
        for j, is_lower in self.at_lower.items():
            bound = motion.lower[j] if is_lower else motion.upper[j]
            assert bound is not None
            x[j] = at(bound)
        place = {j: k for k, j in enumerate(self.inside)}
        matrix, right = [], []
        for i in self.chosen:
            row = {j: at(entry) for j, entry in motion.rows[i].items()}
            matrix.append(tuple((place[j], v) for j, v in row.items() if v and j in place))
            rest = sum((v * x[j] for j, v in row.items() if j not in place), _ZERO)
            right.append(at(motion.rhs[i]) - rest)
        found = solve_square(matrix, right)
        assert found is not None, "the basis stays regular on the reach"
        for j, k in place.items():
            x[j] = found[k]
        return tuple(x)

    @property
    def loose(self) -> tuple[int, ...]:
        """The columns at one of two different bounds."""
        return tuple(j for j in self.at_lower if j not in self.fixed)

    def binding(self, program: MixedIntegerProgram) -> tuple[int, ...]:
        """The tight rows over columns that can move."""
        movable = {*self.inside, *self.loose}
        rows = program.exact.A.rows
        return tuple(i for i in self.tight if any(j in movable for j, _ in rows[i]))

    # -- rows that are tight though they need not be -------------------------------------

    def leaving(self, motion: Motion) -> int | None:
        """A tight row that does not stay tight along `path`; None if all do, proved.

        For the others the row is a combination of the chosen ones over the columns inside, and
        what is left of it is zero as a polynomial of degree 2 in the step.
        """
        for i in self.following:
            weights = self._weights(motion, i)
            if weights is None or not self._vanishes(motion, {i: _ONE, **weights}):
                return i
        return None

    def _weights(self, motion: Motion, i: int) -> dict[int, Fraction] | None:
        """The row minus what of the chosen ones is zero over the columns inside, if it stays so."""
        row = dict(motion.program.exact.A.rows[i])
        over = [row.get(j, _ZERO) for j in self.inside]
        weights: dict[int, Fraction] = {}
        for k, chosen in enumerate(self.chosen):
            v = sum(
                (a * line[k] for a, line in zip(over, self.basis.inverse, strict=True) if a), _ZERO
            )
            if v:
                weights[chosen] = -v
        used = {i, *weights}
        inside = set(self.inside)
        if any(r in used and j in inside and s for (r, j), s in motion.entries.items()):
            return None
        return weights

    def _vanishes(self, motion: Motion, weights: Mapping[int, Fraction]) -> bool:
        """Whether a combination of rows without the columns inside is zero at every step."""
        inside, everywhere = set(self.inside), Reach(None)
        x = self.path(motion, everywhere)
        linear: list[Form] = []
        squares: dict[tuple[int, int], Fraction] = {}
        for i, weight in weights.items():
            linear.append(motion.rhs[i].scaled(weight))
            for j, entry in motion.rows[i].items():
                if j in inside:
                    continue
                product = everywhere.times(entry, x[j])
                linear.append(Form(product.start, product.slopes).scaled(-weight))
                for k, v in entry.slopes.items():
                    for other, w in x[j].slopes.items():
                        key = (min(k, other), max(k, other))
                        squares[key] = squares.get(key, _ZERO) - weight * v * w
        rest = total(linear)
        return not rest.start and not rest.slopes and not any(squares.values())


def active_set(program: MixedIntegerProgram, point: Vector) -> ActiveSet | None:
    """The active set of a feasible point; None if the point is no vertex of its fibre."""
    exact = program.exact
    inside, at_lower, fixed = [], {}, set()
    for j, value in enumerate(point):
        low, up = exact.lower[j], exact.upper[j]
        if exact.integer[j]:
            continue
        if low < value < up:
            inside.append(j)
            continue
        at_lower[j] = value == low
        if low == up:
            fixed.add(j)
    activity = exact.A.times(point)
    tight = tuple(i for i, b in enumerate(exact.rhs) if activity[i] == b)
    basis = regular_square(program, tight, inside)
    return None if basis is None else ActiveSet(point, at_lower, frozenset(fixed), tight, basis)


def regular_square(
    program: MixedIntegerProgram, rows: Sequence[int], columns: Sequence[int]
) -> Square | None:
    """All of the columns with as many of the rows; None if they are not independent there."""
    chosen = _independent(program, rows, columns)
    if len(chosen) < len(columns):
        return None
    lines = [dict(program.exact.A.rows[i]) for i in chosen]
    inverse = _inverse([[line.get(j, _ZERO) for j in columns] for line in lines])
    return Square(tuple(columns), tuple(chosen), inverse)


def _independent(
    program: MixedIntegerProgram, tight: Sequence[int], inside: Sequence[int]
) -> list[int]:
    """Rows of full rank over some columns: the pivots of the transposed matrix."""
    import flint

    if not inside or not tight:
        return []
    rows = [dict(program.exact.A.rows[i]) for i in tight]
    transposed = []
    for j in inside:
        line = [row.get(j, _ZERO) for row in rows]
        scale = math.lcm(*(v.denominator for v in line))
        transposed.append([int(v * scale) for v in line])
    reduced, _, rank = flint.fmpz_mat(transposed).rref()
    found, column = [], 0
    for k in range(rank):
        while not reduced[k, column]:
            column += 1
        found.append(tight[column])
        column += 1
    return found


def _inverse(matrix: Sequence[Sequence[Fraction]]) -> tuple[Vector, ...]:
    import flint

    if not matrix:
        return ()
    flat = [[flint.fmpq(v.numerator, v.denominator) for v in row] for row in matrix]
    n = len(flat)
    found = flint.fmpq_mat(n, n, [v for row in flat for v in row]).inv()
    return tuple(
        tuple(Fraction(int(found[i, j].p), int(found[i, j].q)) for j in range(n)) for i in range(n)
    )


# -- duals ---------------------------------------------------------------------------------


def strict_duals(pair: OptimalPair, active: ActiveSet) -> dict[int, Fraction]:
    """Optimal duals of the fibre, minimizing; strictly complementary if there are such ones.

    An optimal point that is the only one has duals that are nonzero in every tight inequality
    on columns that can move, and reduced costs that are nonzero at every bound (Goldman and
    Tucker 1956). Duals that are unique are these.
    """
    exact = pair.program.exact
    sign = 1 if exact.sense == "min" else -1
    if not pair.is_primal_degenerate or not (active.inside or active.loose):
        return {i: sign * y for i, y in enumerate(pair.duals) if y}
    binding = active.binding(pair.program)
    place = {i: k for k, i in enumerate(binding)}
    made = list(_margin_rows(pair, active, place, sign))
    width = len(binding) + 1
    margin = MixedIntegerProgram.from_arrays(
        [0] * len(binding) + [1],
        [[row.get(k, _ZERO) for k in range(width)] for row, _, _ in made],
        [sense for _, sense, _ in made],
        [side for _, _, side in made],
        lower=[_ZERO if exact.row_sense[i] == ">=" else -math.inf for i in binding] + [_ZERO],
        upper=[_ZERO if exact.row_sense[i] == "<=" else math.inf for i in binding] + [_ONE],
        integrality=False,
        sense="max",
    )
    found = Fibres(margin).optimal_pair([])
    assert found is not None, "the duals of the pair are feasible with margin 0"
    return {i: found.point[k] for i, k in place.items() if found.point[k]}


def _margin_rows(
    pair: OptimalPair, active: ActiveSet, place: Mapping[int, int], sign: int
) -> Iterator[tuple[dict[int, Fraction], RowSense, Fraction]]:
    """Complementarity with a margin, over the duals of binding rows and the margin, the last."""
    exact, last = pair.program.exact, len(place)
    for j in (*active.inside, *active.loose):
        prices = {place[i]: a for i, a in exact.A.columns[j] if i in place}
        cost = sign * exact.c[j]
        if j not in active.at_lower:
            yield prices, "=", cost
        elif active.at_lower[j]:
            yield {**prices, last: _ONE}, "<=", cost
        else:
            yield {**prices, last: -_ONE}, ">=", cost
    for i, k in place.items():
        if exact.row_sense[i] != "=":
            toward = _ONE if exact.row_sense[i] == ">=" else -_ONE
            yield {k: toward, last: -_ONE}, ">=", _ZERO
