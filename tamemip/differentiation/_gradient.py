"""Conservative gradients of the optimal value of a mixed-integer program."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import final

from tamemip.arithmetic import Generators
from tamemip.differentiation._cones import Vector, dot, primitive_vector
from tamemip.differentiation._fibres import Fibres
from tamemip.differentiation._fibres_types import OptimalPair
from tamemip.differentiation._gradient_type import ConservativeGradient, Kind
from tamemip.differentiation._hypotheses import (
    coercive_price,
    has_complete_recourse,
)
from tamemip.differentiation._local_model import Fall, LocalModel
from tamemip.differentiation._moved_faces import dual_face_of, moved_face, moving_rays
from tamemip.differentiation._moving import (
    At,
    Moving,
    Wrt,
    direction_of_costs,
    read_moving,
)
from tamemip.differentiation._optimal_parts import OptimalParts, optimal_parts
from tamemip.differentiation._refusal import (
    Jump,
    not_lipschitz,
    refuse_pinned_columns,
    refuse_tight_integer_bounds,
    told,
)
from tamemip.errors import (
    InvalidInputError,
    NotAllowedError,
    NotLipschitzError,
    UnsupportedError,
)
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.solvers import Limits

__all__ = ["conservative_gradient"]

#: What the value is affine in, for fixed integers, a basis apart.
_SIDES = frozenset({"rhs", "lower", "upper"})
_KINDS = ("element", "conservative", "clarke")
_ZERO = Fraction(0)
#: Rays of duals along which a jump is looked for where it is not known that there is one.
_MOST_TRIALS = 8


def conservative_gradient(
    program: MixedIntegerProgram | ParametricProgram,
    *,
    wrt: Wrt = None,
    at: At = None,
    kind: Kind = "conservative",
    limits: Limits | None = None,
    limit: int = 1000,
) -> ConservativeGradient:
    r"""A conservative gradient of the optimal value in its data, or a refusal with a witness.

    With the optimal integer parts ``S``, and for each of them all optimal points ``x`` and all
    optimal duals ``y`` of the linear program that is left,

    .. math:: D_v(A, b, c) = \mathrm{conv} \{(-y x^T, y, x)\}

    is conservative where `v` is locally Lipschitz [1]_, [2]_: any optimal point may be paired
    with any optimal duals of the same part. That the value is locally Lipschitz is checked,
    exactly; where it jumps, nothing is a conservative gradient, and the call is refused.

    Parameters
    ----------
    program
        The program, or a `ParametricProgram` whose parameters are differentiated in.
    wrt
        ``"rhs"`` (the default of a program), ``"c"``, ``"A"``, ``"lower"``, ``"upper"``, a tuple
        of them, or ``"theta"`` (the default of a `ParametricProgram`).
    at
        Where: the value of the slot, or a mapping from slots to values for several; the
        program's own data if None. For a `ParametricProgram` the parameters, all zero if None.
    kind
        ``"conservative"``: all optimal parts, points and duals. ``"clarke"``: the Clarke
        subdifferential, of the pieces that are active on an open set only; it may be smaller.
        ``"element"``: one element, with less work.
    limits
        Of the search for the optimal parts.
    limit
        The most optimal parts.

    Returns
    -------
    ConservativeGradient
        The convex hull of finitely many generators, of the value as the user wrote it (a
        ``max`` is not negated). By integer columns' bounds the derivatives are zero.

    Raises
    ------
    NotLipschitzError
        If the value jumps there or arbitrarily near, with the jump and a horizon normal.
    NotAllowedError
        If the program has no finite value there, or a limit came first, or a hypothesis could
        not be proved.
    UnsupportedError
        If there are infinitely many optimal parts, or ``kind="clarke"`` is asked of a bilinear
        dependence with ties.
    InvalidInputError
        If a slot is unknown or ``at`` does not fit.

    References
    ----------
    .. [1] J. Bolte, E. Pauwels, "Conservative set valued fields, automatic differentiation,
       stochastic gradient methods and deep learning", Mathematical Programming 188 (2021),
       19-51.
    .. [2] J. R. Birge, F. Louveaux, "Introduction to Stochastic Programming", 2nd ed.,
       Springer, 2011, chapter 3.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     [3, 3, 1], [[1, 1, -1]], "=", [1], integrality=[True, False, False]
    ... )
    >>> D = tm.conservative_gradient(p)
    >>> D.generators, tm.conservative_gradient(p, kind="clarke").element
    ((array([3.]), array([-1.])), array([3.]))
    """
    if kind not in _KINDS:
        raise InvalidInputError(f"kind is {kind!r}; it has to be one of {', '.join(_KINDS)}.")
    moving = read_moving(program, wrt, at)
    return _Work(moving, kind, limits, limit).done()


@final
@dataclass(frozen=True)
class _Work:
    """One question."""

    moving: Moving
    kind: Kind
    limits: Limits | None
    limit: int

    def done(self) -> ConservativeGradient:
        moved = self.moving.moved
        reasons = list(self._compactness(moved))
        one_suffices = self.kind == "element" and self._is_lipschitz_everywhere(moved)
        parts = self._parts(1 if one_suffices else self.limit)
        if not parts.is_complete and not one_suffices:
            raise _incomplete(parts, self.limit)
        assert isinstance(parts.value, Fraction)
        refuse_pinned_columns(self.moving, parts.value)
        fibres = Fibres(self.moving.program)
        pairs = [_solved(fibres, part) for part in parts.parts]
        needs_faces = bool(moved - {"c"}) and not one_suffices
        faces = [dual_face_of(fibres, pair) for pair in pairs] if needs_faces else []
        model = self._model(pairs, faces)
        if model is not None:
            reasons += self._lipschitz(model, parts.value, pairs, faces)
        elif one_suffices and moved - {"c"}:
            reasons.append("continuous columns and slacks can repair every right-hand side")
        if moved <= {"c"}:
            if not one_suffices:
                for pair in pairs:
                    _refuse_unbounded_points(self.moving, parts.value, fibres.primal_face(pair))
            reasons.append("the value is finite near these costs, and concave (for max: convex)")
        flat = tuple(dict.fromkeys(self._generators(fibres, pairs, faces, model)))
        return ConservativeGradient(
            moving=self.moving,
            kind=self.kind,
            value=parts.value,
            parts=tuple(tuple(map(Fraction, part)) for part in parts.parts),
            flat=flat[:1] if self.kind == "element" else flat,
            is_complete=parts.is_complete,
            reasons=tuple(reasons),
        )

    # -- hypotheses ------------------------------------------------------------------------

    def _is_lipschitz_everywhere(self, moved: frozenset[str]) -> bool:
        """Whether one optimal part is enough to know that the value is Lipschitz."""
        exact = self.moving.program.exact
        if moved <= {"c"}:
            return coercive_price(self.moving.program) is not None
        if moved & {"lower", "upper"} and any(exact.integer):
            return False
        return has_complete_recourse(self.moving.program)

    def _compactness(self, moved: frozenset[str]) -> Iterator[str]:
        """What bilinear dependence needs: points of bounded cost stay in one compact set."""
        program = self.moving.program
        if "A" in moved or ("c" in moved and moved & _SIDES):
            if coercive_price(program) is None:
                raise NotAllowedError(
                    "costs or matrix entries move together with other data, and it is not proved "
                    "that points of bounded cost stay bounded. Give every column two finite bounds."
                )
            yield "points of bounded cost stay in one compact set"

    def _lipschitz(
        self,
        model: LocalModel,
        value: Fraction,
        pairs: Sequence[OptimalPair],
        faces: Sequence[Generators],
    ) -> Iterator[str]:
        """Refuse a jump; else say why there is none."""
        if self.moving.moved <= _SIDES:
            yield self._by_local_model(model, value)
            return
        refuse_tight_integer_bounds(self.moving, pairs)
        rays = [
            list(moving_rays(self.moving, pair, face))
            for pair, face in zip(pairs, faces, strict=True)
        ]
        if any(rays):
            if "rhs" in self.moving.slots and (fall := model.fall()) is not None:
                raise self._refusal_by_rhs(fall, model, value, pairs, faces)
            raise self._bilinear_refusal(pairs, rays, value)
        yield "the duals of what moves are bounded in every optimal integer part"

    def _by_local_model(self, model: LocalModel, value: Fraction) -> str:
        """Why there is no jump, if there is none, where sides move only."""
        if model.is_bounded:
            return "the optimal duals of every optimal integer part are bounded"
        fall = model.fall()
        if fall is None:
            return "where an optimal integer part ends, another one is as cheap"
        sign = 1 if self.moving.program.sense == "min" else -1
        normal = tuple(sign * v for v in fall.ray)
        raise not_lipschitz(self.moving, value, fall, normal, self.limits)

    def _refusal_by_rhs(
        self,
        fall: Fall,
        model: LocalModel,
        value: Fraction,
        pairs: Sequence[OptimalPair],
        faces: Sequence[Generators],
    ) -> NotLipschitzError:
        """A jump by right-hand sides, told in all that moves: the normal is ``(-y x^T, y, 0)``."""
        sign = 1 if self.moving.program.sense == "min" else -1
        ray = tuple(sign * v for v in fall.ray)
        point = next(
            pair.point
            for pair, face in zip(pairs, faces, strict=True)
            if ray in (*face.rays, *face.lines, *(tuple(-v for v in z) for z in face.lines))
            and max(sign * dot(y, fall.place) for y in face.vertices) == model.value(fall.place)
        )
        still = {slot: (_ZERO,) * math.prod(self.moving.shape(slot)) for slot in self.moving.slots}
        place, way = (
            tuple(v for part in {**still, "rhs": d}.values() for v in part)
            for d in (fall.place, fall.way)
        )
        normal = self.moving.derivatives(point, ray, is_ray=True)
        return not_lipschitz(self.moving, value, Fall(place, way, normal), normal, self.limits)

    def _bilinear_refusal(
        self, pairs: Sequence[OptimalPair], rays: Sequence[Sequence[Vector]], value: Fraction
    ) -> NotLipschitzError | NotAllowedError:
        """A jump along the image of a ray of duals, if there is one; else what is not proved."""
        moving = self.moving
        sign = 1 if moving.program.sense == "min" else -1
        ends = (
            moving.derivatives(pair.point, r, is_ray=True)
            for pair, own in zip(pairs, rays, strict=True)
            for r in own
        )
        ways = ((flat, way) for flat in ends for way in self._ways(flat))
        for flat, way in islice(ways, _MOST_TRIALS):
            d = tuple(sign * v for v in way)
            if any(d):
                fall = Fall((_ZERO,) * len(d), d, flat)
                refusal = not_lipschitz(moving, value, fall, flat, self.limits)
                if isinstance(refusal.jump, Jump) and refusal.jump.is_certified:
                    return refusal
        return NotAllowedError(
            "the duals of an optimal integer part are unbounded, and costs or matrix entries move: "
            "it is not proved that the value is Lipschitz. Differentiate the elastic envelope: "
            "tm.elastic(program, penalty=...)."
        )

    def _ways(self, flat: Vector) -> Iterator[Vector]:
        """A direction, and its part that leaves the matrix alone.

        Along the first, no jump can be measured where the matrix moves on a column without
        bounds; a jump along the second is a jump as well.
        """
        yield flat
        q = self.moving.parametric
        if q is not None and q.A:
            turns = {k for entry in q.A for k, _ in entry.slope}
            yield tuple(_ZERO if k in turns else v for k, v in enumerate(flat))

    def _model(
        self, pairs: Sequence[OptimalPair], faces: Sequence[Generators]
    ) -> LocalModel | None:
        """The value near the point, in what moves, in min orientation."""
        if not faces:
            return None
        moving = self.moving if self.moving.moved <= _SIDES else self.moving.only_rhs
        moved = (moved_face(moving, pair, face) for pair, face in zip(pairs, faces, strict=True))
        return LocalModel(tuple(dict.fromkeys(moved)), moving.size)

    # -- the parts and the generators ------------------------------------------------------

    def _parts(self, limit: int) -> OptimalParts:
        found = optimal_parts(self.moving.program, limits=self.limits, limit=limit)
        if not found.is_proved:
            raise NotAllowedError(
                f"the optimal value is not proved within the limits ({found.why}). Allow more."
            )
        if not isinstance(found.value, Fraction):
            at_least = (
                "infeasible" if not found.parts and _is_worst(self.moving, found) else "unbounded"
            )
            raise NotAllowedError(
                f"the program is {at_least} at this point: its value is {found.value}, "
                "which has no derivative."
            )
        return found

    def _generators(
        self,
        fibres: Fibres,
        pairs: Sequence[OptimalPair],
        faces: Sequence[Generators],
        model: LocalModel | None,
    ) -> Iterator[Vector]:
        moved = self.moving.moved
        sign = 1 if self.moving.program.sense == "min" else -1
        if moved <= _SIDES and model is not None:
            slopes = model.essential_slopes() if self.kind == "clarke" else model.slopes
            yield from (tuple(sign * v for v in y) for y in slopes)
            return
        pairings = list(self._pairings(fibres, pairs, faces))
        if self.kind == "clarke" and moved != {"c"} and len(set(pairings)) > 1:
            raise UnsupportedError(
                "the Clarke subdifferential of a bilinear dependence is known here only where it "
                "is one point; ask for kind='conservative'."
            )
        yield from pairings

    def _pairings(
        self, fibres: Fibres, pairs: Sequence[OptimalPair], faces: Sequence[Generators]
    ) -> Iterator[Vector]:
        for k, pair in enumerate(pairs):
            duals = faces[k].vertices if faces else (pair.duals,)
            points: tuple[Vector, ...] = (pair.point,)
            if self.kind != "element" and self.moving.moved & {"c", "A"}:
                points = fibres.primal_face(pair).vertices
            for x in points:
                for y in duals:
                    yield self.moving.derivatives(x, y)


def _solved(fibres: Fibres, part: Sequence[int]) -> OptimalPair:
    pair = fibres.optimal_pair(part)
    assert pair is not None, "an optimal part has an optimal point"
    return pair


def _refuse_unbounded_points(moving: Moving, value: Fraction, face: Generators) -> None:
    """Costs that fall along a ray of optimal points make the program unbounded."""
    lines = (side for line in face.lines for side in (line, tuple(-v for v in line)))
    for ray in (*face.rays, *lines):
        d = moving.image(direction_of_costs(moving.program, ray))
        if any(d):
            way = tuple(-v if moving.program.sense == "min" else v for v in d)
            best = -math.inf if moving.program.sense == "min" else math.inf
            raise NotLipschitzError(
                f"the optimal points are unbounded along {told(ray)}: with costs that are better "
                "along it by anything, the program is unbounded. Give the columns bounds.",
                jump=Jump(primitive_vector(way), value, best, is_certified=True),
                normal=d,
            )


def _incomplete(
    parts: OptimalParts, limit: int
) -> NotAllowedError | UnsupportedError | NotLipschitzError:
    if parts.ray is not None:
        return UnsupportedError(
            f"there are infinitely many optimal integer parts, along {told(parts.ray)}: "
            "give the integer columns bounds."
        )
    if len(parts.parts) >= limit:
        return NotAllowedError(
            f"there are more than {limit} optimal integer parts; raise `limit`, or ask for "
            "kind='element'."
        )
    return NotAllowedError(f"not all optimal integer parts are known ({parts.why}). Allow more.")


def _is_worst(moving: Moving, found: OptimalParts) -> bool:
    return (found.value == float("inf")) == (moving.program.sense == "min")
