"""What a value is differentiated in: slots of a program, or the parameters of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, final

from tamemip.arithmetic import Number
from tamemip.differentiation._cones import Vector, dot
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram, ParametricProgram

if TYPE_CHECKING:
    from tamemip.programs import Vector as AnyVector

__all__ = ["At", "Direction", "Moving", "Slot", "Wrt", "read_moving"]

Slot: TypeAlias = Literal["rhs", "c", "A", "lower", "upper", "theta"]
Wrt: TypeAlias = "str | Sequence[str] | None"
At: TypeAlias = "AnyVector | Sequence[AnyVector] | Mapping[str, object] | None"

_SLOTS: tuple[Slot, ...] = ("rhs", "c", "A", "lower", "upper")
_ZERO = Fraction(0)
#: Other names that people give to the slots.
_ALSO = {"b": "rhs", "cost": "c", "costs": "c", "matrix": "A"}


@final
@dataclass(frozen=True, slots=True)
class Direction:
    """The derivatives by every single number of the data, of one optimal point and duals.

    Of ``L = c x + y (b - A x)`` plus the bounds: `cost` by the costs (the point `x`; 0 for a
    ray of duals), `y` by the right-hand sides, ``-y_i x_j`` by the matrix, `lower` and `upper`
    by the bounds.
    """

    cost: Vector
    x: Vector
    y: Vector
    lower: Vector
    upper: Vector


@final
@dataclass(frozen=True)
class Moving:
    """The program at the point of differentiation, and which of its data move.

    Attributes
    ----------
    program
        The program at the point.
    slots
        What moves: slots, or ``("theta",)``.
    parametric
        For ``("theta",)``: the parametric program.
    """

    program: MixedIntegerProgram
    slots: tuple[Slot, ...]
    parametric: ParametricProgram | None

    @property
    def moved(self) -> frozenset[str]:
        """The slots of the program that move, also those behind parameters."""
        if self.parametric is not None:
            return frozenset(self.parametric.slots)
        return frozenset(self.slots)

    def moving_rows(self, point: Vector) -> tuple[int, ...]:
        """The rows that move once the integer columns are fixed to their values in a point.

        That is where the right-hand side moves, or an entry of a continuous column, or of an
        integer column that is not 0 there: a column at 0 takes its entries out of the rows.
        """
        q, m, integer = self.parametric, self.program.n_rows, self.program.exact.integer
        shown = {j for j, value in enumerate(point) if value or not integer[j]}
        if q is None:
            return tuple(range(m)) if "rhs" in self.slots or ("A" in self.slots and shown) else ()
        entries = {entry.row for entry in q.A if entry.col in shown}
        return tuple(i for i in range(m) if q.rhs.rows[i] or i in entries)

    def moving_bounds(self, slot: Literal["lower", "upper"]) -> tuple[int, ...]:
        """The columns whose lower, or upper, bounds move."""
        q, n = self.parametric, self.program.n_cols
        if q is None:
            return tuple(range(n)) if slot in self.slots else ()
        rows = q.lower.rows if slot == "lower" else q.upper.rows
        return tuple(j for j in range(n) if rows[j])

    @property
    def only_rhs(self) -> Moving:
        """The same point, with the right-hand sides moving and nothing else."""
        return Moving(self.program, ("rhs",), None)

    def shape(self, slot: Slot) -> tuple[int, ...]:
        """The shape of the derivative by a slot."""
        m, n = self.program.n_rows, self.program.n_cols
        match slot:
            case "rhs":
                return (m,)
            case "A":
                return (m, n)
            case "theta":
                assert self.parametric is not None
                return (self.parametric.n_parameters,)
            case "c" | "lower" | "upper":
                return (n,)

    @property
    def size(self) -> int:
        """The number of moving numbers."""
        return sum(_product(self.shape(slot)) for slot in self.slots)

    def derivatives(self, x: Vector, y: Vector, *, is_ray: bool = False) -> Vector:
        """The image of an optimal point with optimal duals, or of a ray of duals."""
        if self.moved & {"lower", "upper"}:
            return self.image(direction_of(self.program, x, y, is_ray=is_ray))
        still = (_ZERO,) * len(x)
        return self.image(Direction(still if is_ray else x, x, y, still, still))

    def image(self, direction: Direction) -> Vector:
        """The derivatives by what moves, flat, in the order of `slots`."""
        if self.parametric is not None:
            return _chained(self.parametric, direction)
        return tuple(v for slot in self.slots for v in _entries(direction, slot))

    def split(self, flat: Sequence[Fraction]) -> dict[Slot, tuple[Fraction, ...]]:
        """A flat vector by slots."""
        parts, start = {}, 0
        for slot in self.slots:
            end = start + _product(self.shape(slot))
            parts[slot] = tuple(flat[start:end])
            start = end
        return parts


def read_moving(program: MixedIntegerProgram | ParametricProgram, wrt: Wrt, at: At) -> Moving:
    """Read what a user asks for.

    Raises
    ------
    InvalidInputError
        If a slot is unknown or doubled, or ``at`` does not fit.
    """
    if isinstance(program, ParametricProgram):
        return _of_parameters(program, wrt, at)
    slots = _read_slots("rhs" if wrt is None else wrt)
    if "theta" in slots:
        raise InvalidInputError(
            "wrt='theta' asks for derivatives by parameters, but the program has none: "
            "wrap it in a ParametricProgram, or name slots such as 'rhs' or 'c'."
        )
    return Moving(_moved_to(program, slots, at), slots, None)


def _of_parameters(q: ParametricProgram, wrt: Wrt, at: At) -> Moving:
    if at is None:
        at = [0] * q.n_parameters
    here = q.at(cast("Mapping[str, Number] | AnyVector", at))
    slots = ("theta",) if wrt is None else _read_slots(wrt)
    if "theta" not in slots:
        return Moving(here, slots, None)
    if len(slots) > 1:
        raise InvalidInputError(
            f"wrt is {wrt!r}: parameters already move all slots; ask for 'theta' alone."
        )
    return Moving(here, ("theta",), q)


def _read_slots(wrt: str | Sequence[str]) -> tuple[Slot, ...]:
    if not isinstance(wrt, Iterable):
        raise InvalidInputError(f"wrt is {wrt!r}; name a slot such as 'rhs', or a tuple of slots.")
    given = wrt.replace(",", " ").split() if isinstance(wrt, str) else list(wrt)
    names = [_ALSO.get(name, name) for name in given]
    for name in names:
        if name not in (*_SLOTS, "theta"):
            raise InvalidInputError(
                f"wrt names {name!r}; the slots are 'rhs', 'c', 'A', 'lower', 'upper', and "
                "'theta' for a ParametricProgram."
            )
    if not names or len(set(names)) < len(names):
        raise InvalidInputError(f"wrt is {wrt!r}; name one slot or several different ones.")
    return tuple(cast("Slot", name) for name in names)


def _moved_to(program: MixedIntegerProgram, slots: Sequence[Slot], at: At) -> MixedIntegerProgram:
    if at is None:
        return program
    if isinstance(at, Mapping):
        values = {_ALSO.get(str(key), str(key)): value for key, value in at.items()}
    elif len(slots) == 1:
        values = {slots[0]: at}
    elif len(at) == len(slots):
        values = dict(zip(slots, at, strict=True))
    else:
        raise InvalidInputError(
            f"`at` has {len(at)} entries for the slots {', '.join(slots)}; "
            "give a mapping from slots to their values."
        )
    unknown = set(values) - set(_SLOTS)
    if unknown:
        raise InvalidInputError(f"`at` names {sorted(unknown)}; the slots are {list(_SLOTS)}.")
    return _with_values(program, values)


def _with_values(program: MixedIntegerProgram, values: Mapping[str, object]) -> MixedIntegerProgram:
    exact = program.exact
    return MixedIntegerProgram.from_arrays(
        cast("AnyVector", values.get("c", exact.c)),
        values.get("A", exact.A),
        exact.row_sense,
        cast("AnyVector", values.get("rhs", exact.rhs)),
        lower=cast("AnyVector", values.get("lower", exact.lower)),
        upper=cast("AnyVector", values.get("upper", exact.upper)),
        integrality=exact.integer,
        sense=exact.sense,
        row_names=program.row_names,
        col_names=program.col_names,
        offset=exact.offset,
        name=program.name,
    )


def _entries(direction: Direction, slot: Slot) -> Vector:
    match slot:
        case "rhs":
            return direction.y
        case "c":
            return direction.cost
        case "lower":
            return direction.lower
        case "upper":
            return direction.upper
        case "A":
            x = direction.x
            zeros = (_ZERO,) * len(x)
            return tuple(v for y in direction.y for v in ((-y * xj for xj in x) if y else zeros))
        case "theta":
            raise AssertionError("parameters are chained, not read off")


def _chained(q: ParametricProgram, direction: Direction) -> Vector:
    """Derivatives by the parameters: the slots are affine in them."""
    total = [_ZERO] * q.n_parameters
    matrices = (
        (q.rhs, direction.y),
        (q.c, direction.cost),
        (q.lower, direction.lower),
        (q.upper, direction.upper),
    )
    for matrix, derivative in matrices:
        for row, v in zip(matrix.rows, derivative, strict=True):
            if v:
                for k, slope in row:
                    total[k] += v * slope
    for entry in q.A:
        v = -direction.y[entry.row] * direction.x[entry.col]
        if v:
            for k, slope in entry.slope:
                total[k] += v * slope
    return tuple(total)


def _product(shape: tuple[int, ...]) -> int:
    size = 1
    for k in shape:
        size *= k
    return size


def reduced(program: MixedIntegerProgram, y: Vector, *, with_cost: bool) -> Vector:
    """``c - A^T y``, or ``-A^T y`` for the ray of a dual face."""
    exact = program.exact
    place = dict(enumerate(y))
    return tuple(
        (exact.c[j] if with_cost else _ZERO)
        - dot([a for _, a in column], [place[i] for i, _ in column])
        for j, column in enumerate(exact.A.columns)
    )


def direction_of(
    program: MixedIntegerProgram, x: Vector, y: Vector, *, is_ray: bool = False
) -> Direction:
    """All derivatives that an optimal point and optimal duals stand for.

    A reduced cost that would improve the objective, if the column fell, is a derivative by the
    lower bound; the others are by the upper bound. Integer columns have none: their value does
    not change while their bounds move a little.
    """
    exact = program.exact
    z = reduced(program, y, with_cost=not is_ray)
    toward = 1 if exact.sense == "min" else -1
    continuous = [not flag for flag in exact.integer]
    lower = tuple(
        v if keep and toward * v > 0 else _ZERO for v, keep in zip(z, continuous, strict=True)
    )
    upper = tuple(
        v if keep and toward * v < 0 else _ZERO for v, keep in zip(z, continuous, strict=True)
    )
    cost = (_ZERO,) * len(x) if is_ray else x
    return Direction(cost, x, y, lower, upper)


def direction_of_costs(program: MixedIntegerProgram, x: Vector) -> Direction:
    """The derivatives by the costs alone."""
    still, nothing = (_ZERO,) * len(x), (_ZERO,) * program.n_rows
    return Direction(x, still, nothing, still, still)
