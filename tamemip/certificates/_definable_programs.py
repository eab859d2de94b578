"""The rules about the optimal value of a program as a function of its data.

The data of a problem are rational by construction. Everything else that a theorem asks for
is the conclusion of a step: the box of data, bounds of the integer columns that hold all over
it, a dual feasible point or an improving ray.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates._definable_conclusions import Definable
from tamemip.certificates._definable_facts import Structure
from tamemip.certificates._definable_nodes import as_flag
from tamemip.certificates._definable_programs_bounds import ColumnBounds, Side, cutoff_of
from tamemip.certificates._definable_programs_ranges import Varying, varying_of
from tamemip.certificates._json import RejectedError, as_list, as_mapping, require_keys, show
from tamemip.certificates._problem import Problem, SparseVector
from tamemip.certificates._shared_rules import shared_rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Step


@final
@dataclass(frozen=True, slots=True)
class BoundedIntegers:
    """The conclusion that all integer columns are bounded, for all data of a step `varying`.

    `by_levels`: some of them only where the objective is.
    """

    over: int
    by_levels: bool = False


@final
@dataclass(frozen=True, slots=True)
class RelaxationBelow:
    """What the relaxation does below, whatever its right-hand side.

    `is_bounded`: it has a dual feasible point; otherwise an improving ray.
    `is_everywhere`: with the ray, the program is feasible for every right-hand side.
    """

    is_bounded: bool
    is_everywhere: bool = False


@shared_rule("varying", "rhs", "c", "A")
def _varying(step: Step, _: Conclusions, problem: Problem) -> Varying:
    """A box of data."""
    return varying_of(step.fields, problem)


@shared_rule("bounded-integers", "over", "bounds", optional=("levels", "point", "cuts"))
def _bounded_integers(step: Step, conclusions: Conclusions, problem: Problem) -> BoundedIntegers:
    """Multipliers bound one column after the other, until every integer column is bounded."""
    over = step.citation("over")
    known = ColumnBounds.of(problem, conclusions.get(over, Varying, "a box of data"))
    for inner in _items(step, "bounds", ()):
        known.prove(*_proof_of(inner, problem))
    if "point" in step.fields:
        _cut_off(step, known)
    elif "cuts" in step.fields:
        raise RejectedError("cuts: a point that is feasible for all data is expected, too")
    proved: set[tuple[int, Side]] = set()
    for inner in _items(step, "levels", ("price",)):
        j, side, y = _proof_of(inner, problem)
        known.prove_level(j, side, y, inner.rational("price"))
        proved.add((j, side))
    for j in known.loose_integers():
        above = isinstance(known.upper[j], Fraction) or (j, "<=") in proved
        below = isinstance(known.lower[j], Fraction) or (j, ">=") in proved
        if not (above and below):
            raise RejectedError(f"the integer column {show(j)} is not bounded")
    return BoundedIntegers(over, by_levels=bool(known.loose_integers()))


def _cut_off(step: Step, known: ColumnBounds) -> None:
    """Bounds of the points that cost no more than one that is feasible for all data."""
    if "levels" in step.fields:
        raise RejectedError("levels: they are not combined with a point")
    problem = known.problem
    point = step.rationals("point", size=len(problem.c))
    cutoff = cutoff_of(problem, known.varying, point)
    for inner in _items(step, "cuts", ("price",)):
        j, side, y = _proof_of(inner, problem)
        known.prove_below(j, side, y, inner.rational("price"), cutoff)


@shared_rule("relaxation-below", optional=("dual", "ray", "point", "climb"))
def _relaxation_below(step: Step, _: Conclusions, problem: Problem) -> RelaxationBelow:
    """A dual feasible point bounds the relaxation below for every right-hand side; or a ray."""
    if ("dual" in step.fields) == ("ray" in step.fields):
        raise RejectedError("either a dual feasible point or a ray is expected")
    if "dual" in step.fields:
        require_keys(step.fields, ("dual",))
        require_dual_feasible(problem, step.vector("dual", size=len(problem.rhs)).to_fractions())
        return RelaxationBelow(True)
    n = len(problem.c)
    require_improving(problem, step.vector("ray", size=n).to_fractions())
    if "climb" not in step.fields:
        require_keys(step.fields, ("ray",))
        return RelaxationBelow(False)
    require_keys(step.fields, ("ray", "point", "climb"))
    climb = step.vector("climb", size=n).to_fractions()
    require_climbing(problem, step.rationals("point", size=n), climb)
    return RelaxationBelow(False, is_everywhere=True)


@shared_rule("definable-value", "over", "structures", "local", optional=("bounded", "below"))
def _definable_value(step: Step, conclusions: Conclusions, problem: Problem) -> Definable:
    """The class that the table of value functions gives is the claimed one."""
    over = step.citation("over")
    varying = conclusions.get(over, Varying, "a box of data")
    bounded = None
    if "bounded" in step.fields:
        bounded = conclusions.get(step.citation("bounded"), BoundedIntegers, "bounded integers")
        if bounded.over != over:
            raise RejectedError("bounded: the integers are bounded over another box of data")
    below = None
    if "below" in step.fields:
        below = conclusions.get(step.citation("below"), RelaxationBelow, "a bound from below")
    found = value_class(problem, varying, bounded=bounded, below=below)
    claimed = step.fields["structures"], as_flag(step.fields["local"], "local")
    if claimed != ([s.value for s in found.structures], found.is_local):
        raise RejectedError(
            f"{show(found.structure.value)} is derived, and something else is claimed"
        )
    return found


def value_class(
    problem: Problem,
    varying: Varying,
    *,
    bounded: BoundedIntegers | None,
    below: RelaxationBelow | None,
) -> Definable:
    """The class of the optimal value as a function of some data, from proved hypotheses.

    Let S be the integer part of a point.

    * Only costs move: a minimum over the vertices and rays of the convex hull, which is a
      rational polyhedron (Meyer 1974): semilinear and concave.
    * Bounded integers: a finite minimum over S of linear programs. With fixed costs and a
      fixed matrix on the continuous columns, each is a polyhedral function of
      ``rhs - A_I S`` plus ``c_I S``: semilinear. Otherwise an infimum over a semialgebraic
      set: semialgebraic (Tarski-Seidenberg). So it is, too, if the matrix is fixed, the other
      data range over a compact box, and integers are bounded where the objective is: the
      objective is then bounded below, the value for one of the costs is bounded above where
      it is finite, hence that for all of them is (Hoffman's bound for the continuous part),
      and only finitely many S are better. A point that is feasible for all data gives such a
      bound of the value at once: integers need be bounded only where the objective is not
      greater, and the minimum over these S is the value, on any box.
    * Only right-hand sides move: the program is a formula of (R, <, +, Z) with rational
      scalars. On a compact box and with a dual feasible point it is semilinear
      (Blair and Jeroslow 1984): only finitely many roundings occur. With an improving ray
      it is infinite, on a set that is the domain of the same program with costs 0; on all of
      the box, if the program is feasible for every right-hand side.

    Raises
    ------
    RejectedError
        If no line of the table applies.
    """
    moves_cost = {flag: varying.moves_cost(problem, integer=flag) for flag in (False, True)}
    moves_matrix = {flag: varying.moves_matrix(problem, integer=flag) for flag in (False, True)}
    moves_rhs = varying.moves_rhs(problem)
    only_rhs = not any(moves_cost.values()) and not any(moves_matrix.values())
    structures: tuple[Structure, ...]
    if not moves_rhs and not any(moves_matrix.values()):
        structures = (Structure.SEMILINEAR,)
    elif bounded is not None:
        if bounded.by_levels and (
            any(moves_matrix.values())
            or not (varying.has_compact_rhs() and varying.has_compact_cost())
        ):
            raise RejectedError("bounded: by levels only over compact boxes, with a fixed matrix")
        is_algebraic = moves_matrix[False] or moves_cost[False]
        structures = (Structure.SEMIALGEBRAIC if is_algebraic else Structure.SEMILINEAR,)
    elif not only_rhs:
        raise RejectedError("costs or the matrix move with the rest, and integers are unbounded")
    elif below is not None and (below.is_everywhere or varying.has_compact_rhs()):
        structures = (Structure.SEMILINEAR,)
    else:
        structures = ()
    # Whatever is semilinear here is so over the rationals.
    is_local = only_rhs or structures == (Structure.SEMILINEAR,)
    return _conclusion(problem, varying, structures, is_local=is_local, only_rhs=only_rhs)


def require_dual_feasible(problem: Problem, y: SparseVector) -> None:
    """A point that is feasible for the dual of the relaxation, whatever the right-hand side.

    For ``min``: ``y >= 0`` on ``>=`` rows, ``y <= 0`` on ``<=`` rows, and the reduced cost of
    a column is nonnegative unless it has an upper bound, nonpositive unless it has a lower one.
    """
    sign = 1 if problem.sense == "min" else -1
    for i, value in y:
        sense = problem.row_sense[i]
        if (sense == ">=" and value < 0) or (sense == "<=" and value > 0):
            raise RejectedError(f"dual: the entry of row {show(i)} has the wrong sign")
    reduced = [sign * value for value in problem.c]
    for i, value in y:
        for j, v in problem.A.rows[i]:
            reduced[j] -= value * v
    for j, value in enumerate(reduced):
        if (value > 0 and not isinstance(problem.lower[j], Fraction)) or (
            value < 0 and not isinstance(problem.upper[j], Fraction)
        ):
            raise RejectedError(f"dual: the reduced cost of column {show(j)} has the wrong sign")


def require_improving(problem: Problem, ray: SparseVector) -> None:
    """A direction in which every feasible point can go for ever, and improves."""
    x = dict(ray)
    for j, value in ray:
        if (value > 0 and isinstance(problem.upper[j], Fraction)) or (
            value < 0 and isinstance(problem.lower[j], Fraction)
        ):
            raise RejectedError(f"ray: it leaves the bounds of column {show(j)}")
    for i, row in enumerate(problem.A.rows):
        move = sum((v * x.get(j, 0) for j, v in row), Fraction(0))
        sense = problem.row_sense[i]
        if (move < 0 and sense != "<=") or (move > 0 and sense != ">="):
            raise RejectedError(f"ray: it leaves row {show(i)}")
    gain = sum((problem.c[j] * value for j, value in ray), Fraction(0))
    if (gain if problem.sense == "min" else -gain) >= 0:
        raise RejectedError("ray: it does not improve")


def require_climbing(problem: Problem, point: Sequence[Fraction], climb: SparseVector) -> None:
    """A point and a direction along which every row holds in the end, whatever its right-hand side.

    Both are integer on integer columns, and the direction stays within the bounds for ever.

    Raises
    ------
    RejectedError
        If that is not so.
    """
    for k, value in enumerate(point):
        if not problem.lower[k] <= value <= problem.upper[k]:
            raise RejectedError(f"point: the entry of column {show(k)} is out of its bounds")
    steps = dict(climb)
    for k, value in climb:
        if (problem.upper if value > 0 else problem.lower)[k] != (
            math.inf if value > 0 else -math.inf
        ):
            raise RejectedError(f"climb: it leaves the bounds of column {show(k)}")
    for k, flag in enumerate(problem.integer):
        if flag and (point[k].denominator, steps.get(k, Fraction(0)).denominator) != (1, 1):
            raise RejectedError(f"climb: the entry of column {show(k)} is not an integer")
    for i, row in enumerate(problem.A.rows):
        move = sum((v * steps.get(k, 0) for k, v in row), Fraction(0))
        is_rising = {"<=": move < 0, "=": False, ">=": move > 0}[problem.row_sense[i]]
        if not is_rising:
            raise RejectedError(f"climb: it does not go into row {show(i)}")


def _conclusion(
    problem: Problem,
    varying: Varying,
    structures: tuple[Structure, ...],
    *,
    is_local: bool,
    only_rhs: bool,
) -> Definable:
    only_cost = not varying.moves_rhs(problem) and not any(
        varying.moves_matrix(problem, integer=flag) for flag in (False, True)
    )
    m, n = problem.A.shape
    rows = f"{m} row{'s' * (m != 1)} and {n} column{'s' * (n != 1)}"
    return Definable(
        subject=f"the optimal value of a {problem.sense} program of {rows}",
        structures=structures,
        is_local=is_local,
        domain=varying.in_words(problem),
        is_total=False,
        # A polyhedral function is continuous on its domain.
        is_continuous=only_cost or (only_rhs and not any(problem.integer)),
        digest=varying.digest,
    )


def _items(step: Step, name: str, more: tuple[str, ...]) -> Iterator[Step]:
    """The proofs of a list, each read like a step."""
    for item in as_list(step.fields.get(name, []), name):
        fields = as_mapping(item, name)
        require_keys(fields, ("column", "side", "y", *more))
        yield Step(step.number, step.rule, fields)


def _proof_of(inner: Step, problem: Problem) -> tuple[int, Side, SparseVector]:
    y = inner.vector("y", size=len(problem.rhs)).to_fractions()
    return inner.index("column", size=len(problem.c)), _side(inner.fields["side"]), y


def _side(value: object) -> Side:
    match value:
        case "<=":
            return "<="
        case ">=":
            return ">="
        case other:
            raise RejectedError(f'side: "<=" or ">=" is expected, not {show(other)}')
